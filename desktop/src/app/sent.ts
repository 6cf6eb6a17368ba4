// What a screen said of being only here, once everything is at the hub.

import type { ChartView, PatientRow } from "#platform";

/** Takes the marks "only on this computer" off a chart that was read before everything was sent. */
export function sentChart(chart: ChartView): ChartView {
  const sent = <T extends { onlyHere: boolean }>(them: T[]): T[] =>
    them.map((it) => ({ ...it, onlyHere: false }));
  const { allergies, problems, medicines, visits } = chart;
  return {
    ...chart,
    unsent: 0,
    allergies: sent(allergies),
    problems: sent(problems),
    medicines: sent(medicines),
    visits: sent(visits),
  };
}

/** The same for the line of a list. */
export function sentRow(row: PatientRow): PatientRow {
  return { ...row, onlyHere: false };
}
