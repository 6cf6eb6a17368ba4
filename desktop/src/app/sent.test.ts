import { expect, test } from "vitest";
import type { ChartView } from "#platform";
import { sentChart } from "./sent";

test("once everything is at the hub, nothing on a chart is only here", () => {
  const only = [{ onlyHere: true }, { onlyHere: false }];
  const lists = { allergies: only, problems: only, medicines: only, visits: only };
  const chart = { name: "Amina", unsent: 4, ...lists } as unknown as ChartView;

  const sent = sentChart(chart);

  const marks = [sent.allergies, sent.problems, sent.medicines, sent.visits].flat().map((it) => it.onlyHere);
  expect(marks).toEqual(Array(8).fill(false));
  expect(sent.unsent).toBe(0);
  expect(sent.name).toBe("Amina");
});
