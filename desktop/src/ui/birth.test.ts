import { expect, test } from "vitest";
import { type BirthRead, type BirthTyped, birthEmpty, birthTyped, readBirth } from "./birth";

const TODAY = new Date(2026, 10, 22);

function check(typed: Partial<BirthTyped>, expected: BirthRead) {
  expect(readBirth({ ...birthEmpty, ...typed }, TODAY)).toEqual(expected);
}

const date = (date: string, estimated = false): BirthRead => ({ is: "date", date, estimated });
const problem = (problem: "incomplete" | "notANumber" | "noSuchDay" | "dateAhead" | "tooOld"): BirthRead => ({
  is: "problem",
  problem,
});

test("a year, a month or a day is enough", () => {
  check({}, { is: "empty" });
  check({ year: "1991" }, date("1991"));
  check({ month: "3", year: "1991" }, date("1991-03"));
  check({ day: "9", month: "3", year: "1991" }, date("1991-03-09"));
  check({ day: "29", month: "2", year: "2024" }, date("2024-02-29"));
});

test("what is no date is said", () => {
  check({ year: "91" }, problem("incomplete"));
  check({ day: "9", year: "1991" }, problem("incomplete"));
  check({ day: "31", month: "2", year: "2026" }, problem("noSuchDay"));
  check({ month: "13", year: "1991" }, problem("noSuchDay"));
  check({ year: "199x" }, problem("notANumber"));
});

test("nobody is born tomorrow, today is fine", () => {
  check({ day: "23", month: "11", year: "2026" }, problem("dateAhead"));
  check({ day: "22", month: "11", year: "2026" }, date("2026-11-22"));
  check({ month: "12", year: "2026" }, problem("dateAhead"));
  check({ year: "1895" }, problem("tooOld"));
});

test("an age becomes an estimate", () => {
  check({ known: "age", age: "30" }, date("1996", true));
  check({ known: "age", age: "4", ageUnit: "months" }, date("2026-07", true));
  check({ known: "age", age: "11", ageUnit: "months" }, date("2025-12", true));
  check({ known: "age", age: "131" }, problem("tooOld"));
  check({ known: "age", age: "x" }, problem("notANumber"));
});

test("a recorded date can be typed over", () => {
  for (const recorded of ["1991", "1991-03", "1991-03-09"]) {
    expect(readBirth(birthTyped(recorded), TODAY)).toEqual(date(recorded));
  }
});
