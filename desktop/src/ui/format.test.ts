import { expect, test } from "vitest";
import { ageWords, bytesWords, dateWords, folded, recentWords, whenWords } from "./format";

const NOW = new Date(2026, 10, 22, 14, 30);
const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).toISOString();

test("a date says as much as is known", () => {
  expect(dateWords("1991")).toBe("1991");
  expect(dateWords("1991-03")).toBe("Mar 1991");
  expect(dateWords("1991-03-09")).toBe("9 Mar 1991");
  expect(dateWords("soon")).toBe("soon");
});

test("a time is told by the calendar day", () => {
  expect(whenWords(at(22, 0, 5), NOW)).toBe("today 00:05");
  expect(whenWords(at(21, 23, 55), NOW)).toBe("yesterday 23:55");
  expect(whenWords(at(20, 9), NOW)).toBe("20 Nov 2026, 09:00");
  expect(whenWords("2026-11-22", NOW)).toBe("22 Nov 2026");
});

test("what was lately is told in minutes, what lies ahead as it is", () => {
  expect(recentWords(at(22, 14, 30), NOW)).toBe("just now");
  expect(recentWords(at(22, 14, 29), NOW)).toBe("1 minute ago");
  expect(recentWords(at(22, 13, 31), NOW)).toBe("59 minutes ago");
  expect(recentWords(at(22, 13, 30), NOW)).toBe("today 13:30");
  expect(recentWords(at(22, 15, 30), NOW)).toBe("today 15:30");
});

test("an age says when it is a guess", () => {
  expect(ageWords({ value: 1, unit: "months", about: false })).toBe("1 month");
  expect(ageWords({ value: 34, unit: "years", about: true })).toBe("about 34 years");
  expect(ageWords(null)).toBe("Age not known");
});

test("accents and capitals do not matter", () => {
  expect(folded("NGUYỄN Thị Peña")).toBe("nguyen thi pena");
});

test("bytes are told in the unit that makes the number short", () => {
  expect(bytesWords(0)).toBe("0 B");
  expect(bytesWords(842)).toBe("840 B");
  expect(bytesWords(999.6)).toBe("1 kB");
  expect(bytesWords(7_400)).toBe("7.4 kB");
  expect(bytesWords(1_234_567)).toBe("1.2 MB");
});
