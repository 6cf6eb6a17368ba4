// A correction as it is typed, and the part of it that differs from the chart: only that goes to the host.

import type { ChartView, CorrectionInput } from "#platform";
import { type BirthTyped, birthTyped, readBirth } from "#ui/birth.ts";
import { dateWords, sexWords } from "#ui/format.ts";
import { words } from "./words";

export type Sex = "female" | "male" | "other" | "unknown";

export interface CorrectTyped {
  given: string;
  family: string;
  sex: Sex | null;
  birth: BirthTyped;
  phone: string;
  line: string;
  city: string;
  district: string;
  reason: string;
}

export interface Change {
  what: string;
  old: string;
  next: string;
}

export function begin(chart: ChartView): CorrectTyped {
  const address = chart.addresses[0];
  return {
    given: chart.given,
    family: chart.family,
    sex: isSex(chart.sex) ? chart.sex : null,
    birth: birthTyped(chart.birthDate),
    phone: chart.phones[0]?.value ?? "",
    line: address?.line ?? "",
    city: address?.city ?? "",
    district: address?.district ?? "",
    reason: "",
  };
}

function isSex(sex: string | null): sex is Sex {
  return sex === "female" || sex === "male" || sex === "other" || sex === "unknown";
}

/** What the correction says beyond what the chart says already. */
export function toInput(chart: ChartView, typed: CorrectTyped, today: Date): CorrectionInput {
  const old = begin(chart);
  const birth = readBirth(typed.birth, today);
  const newBirth = birth.is === "date" && birth.date !== chart.birthDate ? birth : null;
  const changed = (...fields: (keyof CorrectTyped)[]) => fields.some((it) => typed[it] !== old[it]);
  return {
    name: changed("given", "family")
      ? { id: chart.nameId, given: typed.given.trim(), family: typed.family.trim() }
      : null,
    sex: changed("sex") ? typed.sex : null,
    birthDate: newBirth?.date ?? null,
    birthEstimated: newBirth ? newBirth.estimated : null,
    deceased: null,
    phone: changed("phone") ? { id: chart.phones[0]?.id ?? null, value: typed.phone.trim() } : null,
    address: changed("line", "city", "district")
      ? {
          id: chart.addresses[0]?.id ?? null,
          line: typed.line.trim(),
          city: typed.city.trim(),
          district: typed.district.trim(),
        }
      : null,
    reason: typed.reason.trim(),
  };
}

/** The same in words, for reading once more before saving. */
export function changes(chart: ChartView, input: CorrectionInput): Change[] {
  const found: Change[] = [];
  const add = (what: string, old: string, next: string) =>
    found.push({ what, old: old || words.empty, next: next || words.empty });
  const joined = (...parts: (string | null)[]) => parts.filter((it) => it).join(", ");
  const address = chart.addresses[0];
  if (input.name) add(words.name, chart.name, `${input.name.given} ${input.name.family}`.trim());
  if (input.sex) add(words.sex, sexWords(chart.sex), sexWords(input.sex));
  if (input.birthDate) {
    add(words.birthDate, chart.birthDate ? dateWords(chart.birthDate) : "", dateWords(input.birthDate));
  }
  if (input.phone) add(words.phone, chart.phones[0]?.value ?? "", input.phone.value);
  if (input.address) {
    const { line, city, district } = input.address;
    add(words.address, address?.text ?? "", joined(line, city, district));
  }
  return found;
}
