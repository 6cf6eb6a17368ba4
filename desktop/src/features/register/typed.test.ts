import { expect, test } from "vitest";
import { begin, read, toInput } from "./typed";

const TODAY = new Date(2026, 10, 22);

test("what was searched for becomes the name, if it is one", () => {
  const names = (text: string) => [begin(text).given, begin(text).family];
  expect(names("josé niyonzima")).toEqual(["José", "Niyonzima"]);
  expect(names("marie claire uwase")).toEqual(["Marie Claire", "Uwase"]);
  expect(names("élise")).toEqual(["Élise", ""]);
  expect(names("0788 123")).toEqual(["", ""]);
  expect(names("  ")).toEqual(["", ""]);
});

test("empty fields are left out, filled ones trimmed", () => {
  const typed = { ...begin("Amina Uwimana"), sex: "female" as const, village: " Gikondo " };
  const input = toInput(typed, TODAY);
  expect(input).toMatchObject({
    given: "Amina",
    family: "Uwimana",
    village: "Gikondo",
    phone: null,
    birthDate: null,
  });
});

test("a draft of another shape is not taken up", () => {
  expect(read({ family: "x" })).toBeNull();
  expect(read(begin("Amina"))).toEqual(begin("Amina"));
});
