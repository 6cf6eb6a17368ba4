// A visit as it is typed, and what of it goes to the host. Numbers stay the text that was typed: 72.50 stays 72.50.

import type { VisitInput } from "#platform";

export const VITALS = [
  "systolic",
  "diastolic",
  "temperature",
  "pulse",
  "respiration",
  "oxygen",
  "weight",
  "height",
] as const;

export type VitalName = (typeof VITALS)[number];
export type AllergyAnswer = "nothing" | "none" | "found";
export type Criticality = "high" | "low" | "unable-to-assess";

export interface VisitTyped {
  reason: string;
  vitals: Record<VitalName, string>;
  diagnosis: string;
  diagnosisCode: string;
  note: string;
  allergyAnswer: AllergyAnswer;
  substance: string;
  criticality: Criticality | null;
  reaction: string;
  medicine: string;
  dosage: string;
}

export const visitEmpty: VisitTyped = {
  reason: "",
  vitals: {
    systolic: "",
    diastolic: "",
    temperature: "",
    pulse: "",
    respiration: "",
    oxygen: "",
    weight: "",
    height: "",
  },
  diagnosis: "",
  diagnosisCode: "",
  note: "",
  allergyAnswer: "nothing",
  substance: "",
  criticality: null,
  reaction: "",
  medicine: "",
  dosage: "",
};

export type VisitGap = "reason" | "substance" | "medicine";

/** Takes up a kept draft if it has this release's shape. */
export function readVisit(kept: unknown): VisitTyped | null {
  if (typeof kept !== "object" || kept === null) return null;
  const known = Object.keys(visitEmpty).every((key) => key in kept);
  return known ? (kept as VisitTyped) : null;
}

/** Takes back "none known" if the chart has allergies: it may have gained one since the draft was kept. */
export function fitting(typed: VisitTyped, allergies: number): VisitTyped {
  const contradicts = typed.allergyAnswer === "none" && allergies > 0;
  return contradicts ? { ...typed, allergyAnswer: "nothing" } : typed;
}

export function isEmpty(typed: VisitTyped): boolean {
  return JSON.stringify(typed) === JSON.stringify(visitEmpty);
}

/** What must still be written before it can be saved. */
export function gaps(typed: VisitTyped): VisitGap[] {
  const found: VisitGap[] = [];
  if (typed.reason.trim() === "") found.push("reason");
  if (typed.allergyAnswer === "found" && typed.substance.trim() === "") found.push("substance");
  if (typed.medicine.trim() === "" && typed.dosage.trim() !== "") found.push("medicine");
  return found;
}

export function toInput(typed: VisitTyped, confirmed: boolean): VisitInput {
  const vitals = Object.fromEntries(VITALS.map((it) => [it, number(typed.vitals[it])]));
  return {
    reason: typed.reason.trim(),
    vitals: vitals as VisitInput["vitals"],
    noKnownAllergies: typed.allergyAnswer === "none",
    diagnosis: filled(typed.diagnosis)
      ? { text: typed.diagnosis.trim(), code: filled(typed.diagnosisCode) }
      : null,
    note: typed.note.trim(),
    allergy:
      typed.allergyAnswer === "found"
        ? {
            substance: typed.substance.trim(),
            criticality: typed.criticality,
            reaction: filled(typed.reaction),
          }
        : null,
    medicine: filled(typed.medicine) ? { text: typed.medicine.trim(), dosage: filled(typed.dosage) } : null,
    confirmed,
  };
}

/** A decimal comma is a decimal point; the host judges the rest. */
function number(text: string): string | null {
  return filled(text.replace(",", "."));
}

function filled(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}
