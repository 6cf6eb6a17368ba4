// A registration as it is typed, and what of it goes to the host.

import type { RegisterInput } from "#platform";
import { type BirthTyped, birthEmpty, readBirth } from "#ui/birth.ts";

export type Sex = "female" | "male" | "other" | "unknown";

export interface RegisterTyped {
  family: string;
  given: string;
  sex: Sex | null;
  birth: BirthTyped;
  phone: string;
  village: string;
  district: string;
  mother: string;
}

/** Begins with the name that was searched for: the last word is the family name's most likely place. */
export function begin(text: string): RegisterTyped {
  const isName = /^[\p{Letter}\p{Mark}'’ .-]+$/u.test(text);
  const parts = isName ? text.trim().split(/\s+/) : [];
  const capital = (it: string) => it.charAt(0).toUpperCase() + it.slice(1);
  const family = parts.length > 1 ? (parts.at(-1) ?? "") : "";
  const given = parts.length > 1 ? parts.slice(0, -1) : parts;
  return {
    family: capital(family),
    given: given.map(capital).join(" "),
    sex: null,
    birth: birthEmpty,
    phone: "",
    village: "",
    district: "",
    mother: "",
  };
}

/** Takes up a kept draft if it has this release's shape. */
export function read(kept: unknown): RegisterTyped | null {
  if (typeof kept !== "object" || kept === null) return null;
  const empty = begin("");
  const known = Object.keys(empty).every((key) => key in kept);
  return known ? (kept as RegisterTyped) : null;
}

export function toInput(typed: RegisterTyped, today: Date): RegisterInput {
  const birth = readBirth(typed.birth, today);
  return {
    family: typed.family.trim(),
    given: typed.given.trim(),
    sex: typed.sex ?? "unknown",
    birthDate: birth.is === "date" ? birth.date : null,
    birthEstimated: birth.is === "date" && birth.estimated,
    phone: filled(typed.phone),
    village: filled(typed.village),
    district: filled(typed.district),
    motherName: filled(typed.mother),
  };
}

function filled(text: string): string | null {
  const trimmed = text.trim();
  return trimmed === "" ? null : trimmed;
}
