import { expect, test } from "vitest";
import { fitting, gaps, isEmpty, readVisit, toInput, type VisitTyped, visitEmpty } from "./typed";

const typed = (change: Partial<VisitTyped>): VisitTyped => ({ ...visitEmpty, reason: "Cough", ...change });

test("a number stays the text that was typed, with a point", () => {
  const vitals = { ...visitEmpty.vitals, weight: " 72,50 ", pulse: "80" };
  const input = toInput(typed({ vitals }), false);
  expect(input.vitals.weight).toBe("72.50");
  expect(input.vitals.pulse).toBe("80");
  expect(input.vitals.height).toBeNull();
});

test("the three answers about allergies stay three", () => {
  const said = (change: Partial<VisitTyped>) => {
    const { allergy, noKnownAllergies } = toInput(typed(change), false);
    return [allergy?.substance ?? null, noKnownAllergies];
  };
  expect(said({})).toEqual([null, false]);
  expect(said({ allergyAnswer: "none" })).toEqual([null, true]);
  expect(said({ allergyAnswer: "found", substance: " Latex " })).toEqual(["Latex", false]);
  expect(said({ allergyAnswer: "none", substance: "Latex" })).toEqual([null, true]);
});

test("what is missing is named before anything is sent", () => {
  expect(gaps(visitEmpty)).toEqual(["reason"]);
  expect(gaps(typed({ allergyAnswer: "found" }))).toEqual(["substance"]);
  expect(gaps(typed({ dosage: "twice a day" }))).toEqual(["medicine"]);
  expect(gaps(typed({}))).toEqual([]);
});

test("a draft comes back as it was kept; one of another shape does not", () => {
  const visit = typed({ note: "Better.\nSleeps well." });
  expect(readVisit(JSON.parse(JSON.stringify(visit)))).toEqual(visit);
  for (const other of [null, 7, "text", {}, { reason: "Cough" }]) expect(readVisit(other)).toBeNull();
  expect(isEmpty(visit)).toBe(false);
  expect(isEmpty(visitEmpty)).toBe(true);
});

test("an answer that an allergy on the chart contradicts is taken back", () => {
  const none = typed({ allergyAnswer: "none", note: "kept" });
  expect(fitting(none, 0)).toEqual(none);
  expect(fitting(none, 1)).toEqual(typed({ allergyAnswer: "nothing", note: "kept" }));
});
