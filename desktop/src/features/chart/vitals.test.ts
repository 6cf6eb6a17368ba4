import { expect, test } from "vitest";
import { measured } from "./vitals";

const vital = (code: string | null, value: string, unit: string) => ({ name: "named", code, value, unit });

test("the two pressures are read as one, first", () => {
  const said = measured([
    vital("8310-5", "36.8", "Cel"),
    vital("8462-4", "80", "mm[Hg]"),
    vital("8480-6", "120", "mm[Hg]"),
  ]);
  expect(said.map((it) => `${it.name} ${it.value} ${it.unit}`)).toEqual([
    "Blood pressure 120/80 mmHg",
    "Temperature 36.8 °C",
  ]);
});

test("a pressure alone stays alone, and what is not known keeps its own name and unit", () => {
  const said = measured([vital(null, "3", "furlong"), vital("8480-6", "120", "mm[Hg]")]);
  expect(said.map((it) => `${it.name} ${it.value} ${it.unit}`)).toEqual([
    "Systolic 120 mmHg",
    "named 3 furlong",
  ]);
});
