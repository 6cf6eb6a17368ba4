// Measurements in the order and words a clinic reads them: the two pressures as one.

import type { VitalView } from "#platform";
import { words } from "./words";

export interface Measured {
  key: string;
  name: string;
  value: string;
  unit: string;
}

const SYSTOLIC = "8480-6";
const DIASTOLIC = "8462-4";

/** The order in which a clinic reads them; what is not in it comes after, as it was recorded. */
const ORDER = [
  "85354-9",
  SYSTOLIC,
  DIASTOLIC,
  "8867-4",
  "8310-5",
  "9279-1",
  "2708-6",
  "59408-5",
  "29463-7",
  "8302-2",
];

export function measured(recorded: readonly VitalView[]): Measured[] {
  const place = (it: VitalView) => {
    const known = ORDER.indexOf(it.code ?? "");
    return known < 0 ? ORDER.length : known;
  };
  const vitals = [...recorded].sort((a, b) => place(a) - place(b));
  const systolic = vitals.find((it) => it.code === SYSTOLIC);
  const diastolic = vitals.find((it) => it.code === DIASTOLIC);
  const paired = systolic !== undefined && diastolic !== undefined;
  const rest = paired ? vitals.filter((it) => it !== systolic && it !== diastolic) : vitals;
  const pressure: Measured[] = paired
    ? [
        {
          key: SYSTOLIC,
          name: words.bloodPressure,
          value: `${systolic.value}/${diastolic.value}`,
          unit: unitWords(systolic.unit),
        },
      ]
    : [];
  return [
    ...pressure,
    ...rest.map((it, at) => ({
      key: `${it.code ?? it.name} ${at}`,
      name: (it.code ? words.vital[it.code] : undefined) ?? it.name,
      value: it.value,
      unit: unitWords(it.unit),
    })),
  ];
}

function unitWords(unit: string): string {
  return words.unit[unit] ?? unit;
}
