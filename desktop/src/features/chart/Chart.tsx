// A chart on one screen: who, what is dangerous, what must be decided, what they have and take, what happened last.

import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { ChartView, ConflictView } from "#platform";
import { Pen, Plus } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { PatientBanner } from "#ui/PatientBanner.tsx";
import { useKeys } from "#ui/useKeys.ts";
import { ConflictBanner } from "./ConflictBanner";
import { Medicines, People, Problems } from "./Lists";
import { Visits } from "./Visits";
import { words } from "./words";
import "./Chart.css";

interface ChartProps {
  chart: ChartView;
  /** What was just done, to be said once. */
  said: string | null;
  hasDraft: boolean;
  /** Whether the hub brought something since this was read. */
  stale: boolean;
  onVisit: () => void;
  onCorrect: () => void;
  onResolve: (conflict: ConflictView) => void;
  onFind: () => void;
  onShowNewest: () => void;
}

export function Chart(props: ChartProps) {
  const { chart, said, hasDraft, stale, onVisit, onCorrect, onResolve, onFind } = props;
  const screen = useRef<HTMLElement>(null);
  useKeys({ F4: onVisit, F6: onCorrect, Escape: onFind });
  useEffect(() => {
    // A screen reader begins with the name; the next Tab goes to the first thing that can be done.
    if (chart.chart) screen.current?.querySelector("h1")?.focus();
  }, [chart.chart]);

  return (
    <main className="patient-screen" ref={screen}>
      <div className="banner-holder">
        <PatientBanner
          chart={chart}
          actions={
            <>
              <Button variant="default" leftSection={<Pen />} onClick={onCorrect}>
                {words.correct} <Key>F6</Key>
              </Button>
              <Button leftSection={<Plus />} onClick={onVisit}>
                {hasDraft ? words.resumeVisit : words.visit} <Key>F4</Key>
              </Button>
            </>
          }
        />
      </div>
      <div className="patient-body chart">
        <div className="chart-notices">
          {said ? <Notice kind="settled">{said}</Notice> : null}
          {chart.conflicts.map((it) => (
            <ConflictBanner
              key={`${it.register} ${it.subject}`}
              conflict={it}
              onResolve={() => onResolve(it)}
            />
          ))}
          {hasDraft ? <Notice kind="doubt">{words.draft}</Notice> : null}
          {stale ? (
            <Notice
              kind="settled"
              action={
                <Button variant="default" size="sm" onClick={props.onShowNewest}>
                  {words.show}
                </Button>
              }
            >
              {words.arrived}
            </Notice>
          ) : null}
          {chart.damaged > 0 ? <Notice kind="danger">{words.damaged(chart.damaged)}</Notice> : null}
          {chart.fromNewerRelease > 0 ? (
            <Notice kind="doubt">{words.newer(chart.fromNewerRelease)}</Notice>
          ) : null}
        </div>
        <div className="chart-columns">
          <div className="chart-lists">
            <Problems problems={chart.problems} />
            <Medicines medicines={chart.medicines} />
            <People chart={chart} />
          </div>
          <Visits visits={chart.visits} count={chart.visitCount} />
        </div>
      </div>
    </main>
  );
}
