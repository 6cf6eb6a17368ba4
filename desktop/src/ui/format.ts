// Dates, times and people in words. Times arrive as ISO 8601; dates may be a year, a month or a day.

import type { Age } from "#platform";
import { locale, words } from "./words";

const dayFormat = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const monthFormat = new Intl.DateTimeFormat(locale, { month: "short", year: "numeric", timeZone: "UTC" });
const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const localDayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });

/** "12 Mar 1991", "Mar 1991", "1991": as much as is known, and no more. */
export function dateWords(date: string): string {
  const instant = Date.parse(date);
  if (Number.isNaN(instant)) return date;
  if (date.length === 4) return date;
  if (date.length === 7) return monthFormat.format(instant);
  if (date.length === 10) return dayFormat.format(instant);
  return localDayFormat.format(instant);
}

/** "today 14:05", "yesterday 09:12", "12 Mar 2025, 09:12"; without a time, the date alone. */
export function whenWords(when: string, now: Date = new Date()): string {
  const instant = new Date(when);
  if (Number.isNaN(instant.getTime()) || when.length <= 10) return dateWords(when);
  const days = daysBetween(instant, now);
  const clock = clockFormat.format(instant);
  if (days === 0) return `${words.today} ${clock}`;
  if (days === 1) return `${words.yesterday} ${clock}`;
  return `${localDayFormat.format(instant)}, ${clock}`;
}

/** "just now", "4 minutes ago", then as {@link whenWords}. A time ahead of ours is told as it is. */
export function recentWords(when: string, now: Date = new Date()): string {
  const minutes = Math.floor((now.getTime() - Date.parse(when)) / 60_000);
  if (minutes === 0) return words.now;
  if (minutes > 0 && minutes < 60) return words.minutesAgo(minutes);
  return whenWords(when, now);
}

/** Calendar days from the first instant to the second, by this computer's calendar. */
function daysBetween(from: Date, to: Date): number {
  const midnight = (it: Date) => Date.UTC(it.getFullYear(), it.getMonth(), it.getDate());
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

export function ageWords(age: Age | null): string {
  if (!age) return words.ageNotKnown;
  const said = words.age(age.value, age.unit);
  return age.about ? `${words.about} ${said}` : said;
}

export function sexWords(sex: string | null): string {
  return sex ? (words.sex[sex] ?? sex) : words.sexNotRecorded;
}

const bytesFormat = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });

/** "840 B", "7.4 kB", "1.2 MB": as much as a glance takes in. */
export function bytesWords(bytes: number): string {
  const rounded = Number(bytes.toPrecision(2));
  if (rounded < 1_000) return `${bytesFormat.format(rounded)} B`;
  if (rounded < 1_000_000) return `${bytesFormat.format(rounded / 1_000)} kB`;
  return `${bytesFormat.format(rounded / 1_000_000)} MB`;
}

/** Letters as the search sees them: small, without accents. */
export function folded(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}
