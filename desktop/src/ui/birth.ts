// A birth date as it is typed: three numbers, of which the year alone is enough, or an age.

export interface BirthTyped {
  /** Whether the date is known, or only about how old. */
  known: "date" | "age";
  day: string;
  month: string;
  year: string;
  age: string;
  ageUnit: "years" | "months";
}

export type BirthProblem = "incomplete" | "notANumber" | "noSuchDay" | "dateAhead" | "tooOld";

export type BirthRead =
  | { is: "empty" }
  | { is: "date"; date: string; estimated: boolean }
  | { is: "problem"; problem: BirthProblem };

const OLDEST = 130;

export const birthEmpty: BirthTyped = {
  known: "date",
  day: "",
  month: "",
  year: "",
  age: "",
  ageUnit: "years",
};

/** What was typed for a date that is recorded. */
export function birthTyped(date: string | null): BirthTyped {
  const [year = "", month = "", day = ""] = (date ?? "").split("T")[0]?.split("-") ?? [];
  return { ...birthEmpty, year, month: month.replace(/^0/, ""), day: day.replace(/^0/, "") };
}

/** Reads what was typed. The host checks it again; this is for answering while the person types. */
export function readBirth(typed: BirthTyped, today: Date): BirthRead {
  return typed.known === "age" ? readAge(typed, today) : readDate(typed, today);
}

function readAge(typed: BirthTyped, today: Date): BirthRead {
  const text = typed.age.trim();
  if (text === "") return { is: "empty" };
  if (!/^\d{1,3}$/.test(text)) return { is: "problem", problem: "notANumber" };
  const age = Number(text);
  if (typed.ageUnit === "years") {
    if (age > OLDEST) return { is: "problem", problem: "tooOld" };
    return { is: "date", date: `${today.getFullYear() - age}`.padStart(4, "0"), estimated: true };
  }
  if (age > 12 * OLDEST) return { is: "problem", problem: "tooOld" };
  const months = today.getFullYear() * 12 + today.getMonth() - age;
  return { is: "date", date: `${Math.floor(months / 12)}-${two((months % 12) + 1)}`, estimated: true };
}

function readDate(typed: BirthTyped, today: Date): BirthRead {
  const [day, month, year] = [typed.day.trim(), typed.month.trim(), typed.year.trim()];
  if (day === "" && month === "" && year === "") return { is: "empty" };
  if ([day, month, year].some((it) => !/^\d*$/.test(it))) return { is: "problem", problem: "notANumber" };
  if (year.length !== 4 || (day !== "" && month === "")) return { is: "problem", problem: "incomplete" };
  const date = [year, month, day]
    .filter((it) => it !== "")
    .map((it) => two(Number(it)))
    .join("-");
  if (month !== "" && (Number(month) < 1 || Number(month) > 12))
    return { is: "problem", problem: "noSuchDay" };
  if (day !== "" && !dayExists(Number(year), Number(month), Number(day))) {
    return { is: "problem", problem: "noSuchDay" };
  }
  if (date > isoDay(today).slice(0, date.length)) return { is: "problem", problem: "dateAhead" };
  if (Number(year) < today.getFullYear() - OLDEST) return { is: "problem", problem: "tooOld" };
  return { is: "date", date, estimated: false };
}

function dayExists(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isoDay(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function two(number: number): string {
  return `${number}`.padStart(2, "0");
}
