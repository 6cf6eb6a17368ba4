import { expect, test } from "vitest";
import type { ChartView } from "#platform";
import { begin, type CorrectTyped, changes, toInput } from "./typed";

const TODAY = new Date(2026, 10, 22);
const CHART = {
  chart: "c",
  name: "Amina Uwimana",
  nameId: "n1",
  family: "Uwimana",
  given: "Amina",
  sex: "female",
  birthDate: "1991-03-12",
  birthEstimated: false,
  phones: [{ id: "p1", value: "0788 123 456", usage: null, alsoRecorded: [] }],
  addresses: [],
} as unknown as ChartView;

const input = (change: Partial<CorrectTyped>) => toInput(CHART, { ...begin(CHART), ...change }, TODAY);

test("an untouched form changes nothing", () => {
  expect(changes(CHART, input({}))).toEqual([]);
});

test("only what was changed is sent, for the entry that was changed", () => {
  const phone = input({ phone: " 0722 000 111 " });
  expect(phone.phone).toEqual({ id: "p1", value: "0722 000 111" });
  expect([phone.name, phone.sex, phone.birthDate, phone.address]).toEqual([null, null, null, null]);
  expect(input({ city: "Gikondo" }).address).toEqual({ id: null, line: "", city: "Gikondo", district: "" });
});

test("a guessed age replaces a date only when one was typed", () => {
  const birth = { ...begin(CHART).birth, known: "age" as const };
  expect(input({ birth }).birthDate).toBeNull();
  const guessed = input({ birth: { ...birth, age: "40" } });
  expect([guessed.birthDate, guessed.birthEstimated]).toEqual(["1986", true]);
});

test("the change is said in words, old and new", () => {
  const found = changes(CHART, input({ family: "Uwase", sex: "other" }));
  expect(found).toEqual([
    { what: "Name", old: "Amina Uwimana", next: "Amina Uwase" },
    { what: "Sex", old: "Female", next: "Other" },
  ]);
});
