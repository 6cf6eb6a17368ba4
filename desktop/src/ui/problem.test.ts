import { expect, test } from "vitest";
import type { CommandError } from "#platform";
import { explain, fieldProblem, generalProblem } from "./problem";
import { problems } from "./words";

const onField = (field: string): CommandError => ({
  code: "notANumber",
  detail: { field, text: null, waitSeconds: null },
});

test("every code has words that end as a sentence does", () => {
  for (const [code, words] of Object.entries(problems)) expect(words, code).toMatch(/[.”]$/);
});

test("what has no code, or one of a newer release, is a fault", () => {
  expect(explain("invalid args" as unknown as CommandError)).toBe(problems.fault);
  expect(explain({ code: "fromTomorrow", detail: null } as unknown as CommandError)).toBe(problems.fault);
});

test("a problem stands beside its field, or above the form if the form has no such field", () => {
  const error = onField("vitals.pulse");
  expect(fieldProblem(error, "vitals.pulse")).toBe(problems.notANumber);
  expect(fieldProblem(error, "note")).toBeNull();
  expect(generalProblem(error, ["vitals.pulse"])).toBeNull();
  expect(generalProblem(error, ["note"])).toBe(problems.notANumber);
});
