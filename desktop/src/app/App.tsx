// Which screen stands, and what leads from one to the next. No address bar: a patient never is part of an address.

import { useCallback, useState } from "react";
import { flushSync } from "react-dom";
import { type ChartView, type ConflictView, type PatientRow, platform, type StatusView } from "#platform";
import { explain } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { useKeys } from "#ui/useKeys.ts";
import { Chart } from "../features/chart/Chart";
import { Conflicts } from "../features/conflict/Conflicts";
import { Resolve } from "../features/conflict/Resolve";
import { Correct } from "../features/correct/Correct";
import { Enrol } from "../features/enrol/Enrol";
import { Find } from "../features/find/Find";
import { People } from "../features/people/People";
import { Register } from "../features/register/Register";
import { Unlock } from "../features/unlock/Unlock";
import { Visit } from "../features/visit/Visit";
import { Broken } from "./Broken";
import { Frame } from "./Frame";
import { Help } from "./Help";
import { sentChart, sentRow } from "./sent";
import { useIdle } from "./useIdle";
import { type Standing, useStatus } from "./useStatus";
import { words } from "./words";

type Screen =
  | { at: "find" }
  | { at: "register"; text: string }
  | { at: "conflicts" }
  | { at: "people" }
  | { at: "chart"; chart: ChartView; said: string | null; read: number }
  | { at: "visit"; chart: ChartView; read: number }
  | { at: "correct"; chart: ChartView; read: number };

/** As many as fit under the field without scrolling. */
const RECENT_MOST = 6;

export function App() {
  const [unlocked, setUnlocked] = useState<StatusView | null>(null);
  const [wasLocked, setWasLocked] = useState(false);
  const lock = useCallback((byItself: boolean) => {
    // The screens go first, and hand over what was typed last; then the client may go.
    flushSync(() => {
      setUnlocked(null);
      setWasLocked(byItself);
    });
    void platform.lock();
  }, []);
  useIdle(unlocked !== null, () => lock(true));

  const [enrolling, setEnrolling] = useState<{ begun: boolean } | null>(null);
  const notEnrolled = useCallback((begun: boolean) => setEnrolling({ begun }), []);
  const enrolled = useCallback(() => setEnrolling(null), []);

  if (enrolling) return <Enrol begun={enrolling.begun} onDone={enrolled} />;
  if (!unlocked) return <Unlock wasLocked={wasLocked} onUnlocked={setUnlocked} onNotEnrolled={notEnrolled} />;
  return <Work unlocked={unlocked} onLock={() => lock(false)} />;
}

function Work({ unlocked, onLock }: { unlocked: StatusView; onLock: () => void }) {
  const standing = useStatus(unlocked);
  const opening = useCommand();
  const [screen, setScreen] = useState<Screen>({ at: "find" });
  const [typed, setTyped] = useState("");
  const [recent, setRecent] = useState<readonly PatientRow[]>([]);
  const [begun, setBegun] = useState<ReadonlySet<string>>(new Set());
  const [resolving, setResolving] = useState<ConflictView | null>(null);
  const [helping, setHelping] = useState(false);

  const show = (chart: ChartView, said: string | null, read = standing.arrivals) => {
    setScreen({ at: "chart", chart, said, read });
    setRecent((rows) =>
      [rowOf(chart), ...rows.filter((it) => it.chart !== chart.chart)].slice(0, RECENT_MOST),
    );
    standing.refresh();
  };
  /** Remembers on which charts a visit was begun and not saved. */
  const noteDraft = (chart: string, kept: boolean) =>
    setBegun((charts) => new Set(kept ? [...charts, chart] : [...charts].filter((it) => it !== chart)));
  const open = async (chart: string) => {
    const [opened, draft] = await Promise.all([
      opening.run(() => platform.openChart(chart)),
      platform.draft(chart).catch(() => null),
    ]);
    if (!opened) return;
    setTyped("");
    noteDraft(chart, draft?.status === "ok" && draft.data !== null);
    show(opened, null);
  };
  const find = () => {
    opening.clear();
    setScreen({ at: "find" });
  };
  const register = () => setScreen({ at: "register", text: screen.at === "find" ? typed : "" });
  const conflicts = () => setScreen({ at: "conflicts" });
  const people = () => setScreen({ at: "people" });
  const help = () => setHelping(true);
  useKeys({
    F1: help,
    F2: find,
    F3: register,
    F7: people,
    F8: standing.syncNow,
    F9: onLock,
  });

  return (
    <Frame
      standing={standing}
      at={screen.at}
      onFind={find}
      onRegister={register}
      onConflicts={conflicts}
      onHelp={help}
      onPeople={people}
      onLock={onLock}
    >
      <Broken onStart={find}>
        {screen.at === "find" ? (
          <Find
            typed={typed}
            onTyped={setTyped}
            recent={standing.status?.unsent === 0 ? recent.map(sentRow) : recent}
            charts={standing.status?.charts ?? 0}
            conflicts={standing.status?.conflicts ?? 0}
            opening={opening.busy}
            problem={opening.error ? explain(opening.error) : null}
            onOpen={(row) => void open(row.chart)}
            onRegister={register}
            onConflicts={conflicts}
          />
        ) : (
          <OtherScreen
            screen={screen}
            standing={standing}
            begun={begun}
            go={{
              find,
              show,
              noteDraft,
              open: (chart) => void open(chart),
              set: setScreen,
              resolve: setResolving,
            }}
          />
        )}
      </Broken>
      {resolving ? (
        <Resolve
          conflict={resolving}
          onClose={() => setResolving(null)}
          onResolved={(chart) => {
            setResolving(null);
            show(chart, words.resolved);
          }}
        />
      ) : null}
      {helping ? <Help onClose={() => setHelping(false)} /> : null}
    </Frame>
  );
}

interface Ways {
  find: () => void;
  /** Shows a chart that was read just now, or when so much had arrived. */
  show: (chart: ChartView, said: string | null, read?: number) => void;
  noteDraft: (chart: string, kept: boolean) => void;
  open: (chart: string) => void;
  set: (screen: Screen) => void;
  resolve: (conflict: ConflictView) => void;
}

interface OtherScreenProps {
  screen: Exclude<Screen, { at: "find" }>;
  standing: Standing;
  begun: ReadonlySet<string>;
  go: Ways;
}

function OtherScreen({ screen, standing, begun, go }: OtherScreenProps) {
  switch (screen.at) {
    case "register":
      return (
        <Register
          text={screen.text}
          onRegistered={(chart) => go.show(chart, words.registered(chart.number))}
          onOpen={(row) => go.open(row.chart)}
          onBack={go.find}
        />
      );
    case "conflicts":
      return <Conflicts onOpen={go.open} onBack={go.find} />;
    case "people":
      return <People status={standing.status} arrivals={standing.arrivals} onBack={go.find} />;
    case "chart": {
      const { read } = screen;
      const chart = standing.status?.unsent === 0 ? sentChart(screen.chart) : screen.chart;
      return (
        <Chart
          key={chart.chart}
          chart={chart}
          said={screen.said}
          hasDraft={begun.has(chart.chart)}
          stale={standing.arrivals > read}
          onVisit={() => go.set({ at: "visit", chart, read })}
          onCorrect={() => go.set({ at: "correct", chart, read })}
          onResolve={go.resolve}
          onFind={go.find}
          onShowNewest={() => go.open(chart.chart)}
        />
      );
    }
    case "visit":
      return (
        <Visit
          chart={screen.chart}
          stale={standing.arrivals > screen.read}
          onSaved={(chart) => {
            go.noteDraft(chart.chart, false);
            go.show(chart, words.visitSaved);
          }}
          onBack={(draftKept) => {
            go.noteDraft(screen.chart.chart, draftKept);
            go.show(screen.chart, null, screen.read);
          }}
          onShowNewest={() => go.open(screen.chart.chart)}
        />
      );
    case "correct":
      return (
        <Correct
          chart={screen.chart}
          onSaved={(chart) => go.show(chart, words.corrected)}
          onBack={() => go.show(screen.chart, null, screen.read)}
        />
      );
  }
}

/** A chart as a line of the list, for those opened lately. */
function rowOf(chart: ChartView): PatientRow {
  const { number, name, sex, birthDate, age } = chart;
  return {
    chart: chart.chart,
    number,
    name,
    sex,
    birthDate,
    age,
    place: chart.addresses[0]?.text ?? "",
    phone: chart.phones[0]?.value ?? "",
    conflict: chart.conflicts.length > 0,
    onlyHere: chart.unsent > 0,
  };
}
