import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { StatusView, SyncView } from "#platform";
import { StatusLine } from "./StatusLine";
import type { Standing } from "./useStatus";
import { words } from "./words";

const status: StatusView = {
  person: "Amina Nurse",
  personId: 1,
  mayVouch: false,
  role: "nurse",
  site: "Clinic A",
  device: "laptop 1",
  deviceId: 1,
  charts: 3,
  atHub: 9,
  unsent: 0,
  lastContact: "1970-01-15T12:00:00Z",
  lastAttempt: null,
  rosterEpoch: 1,
  conflicts: 0,
  quarantined: 0,
  setAside: 0,
  notAtHub: 0,
  hubRestored: null,
  leaving: 0,
  askedFor: 0,
  attachmentsToGo: 0,
  attachmentsToCome: 0,
  restored: null,
  clockLooksWrong: false,
  sync: {
    state: "idle",
    nextSeconds: null,
    isMetered: false,
    limit: null,
    queue: [],
    bytesUp: 0,
    bytesDown: 0,
    rate: null,
    secondsLeft: null,
  },
};

function shown(changes: Partial<StatusView>, progress: SyncView | null = null): string {
  const standing: Standing = {
    status: { ...status, ...changes },
    error: null,
    syncing: progress !== null,
    progress,
    arrivals: 0,
    refresh: () => {},
    syncNow: () => {},
  };
  return renderToStaticMarkup(createElement(StatusLine, { standing }));
}

test("a clock that looks wrong is an alert, and one that is right is none", () => {
  const wrong = shown({ clockLooksWrong: true });
  expect(wrong).toContain('role="alert"');
  expect(wrong).toContain(words.clockWrong);

  expect(shown({})).not.toContain('role="alert"');
});

test("when we last met is said, and nothing is said of a meeting that never was", () => {
  expect(shown({})).toMatch(/last met .*Jan 1970/);
  expect(shown({ lastContact: null })).toContain(words.neverMet);
});

test("a meeting says what it has before it, how fast it goes and how long that takes", () => {
  const progress: SyncView = {
    ...status.sync,
    state: "syncing",
    queue: [
      { class: "own", entries: 3, bytes: 900 },
      { class: "feeds", entries: 1200, bytes: null },
    ],
    rate: 7_400,
    secondsLeft: 240,
  };

  const told = shown({}, progress);

  expect(told).toContain("3 entries to send, 1,200 changes to come, 7.4 kB a second, about 4 minutes left");
  expect(shown({}, { ...progress, rate: null, secondsLeft: null })).not.toContain("left");
  expect(shown({}, { ...status.sync, state: "connecting" })).toContain(words.connecting);
});

test("that a link is metered is said, and what waits for that", () => {
  expect(shown({ sync: { ...status.sync, isMetered: true } })).toContain(words.metered);
  expect(shown({})).not.toContain(words.metered);
});

test("after a failed try it is said when the next one is", () => {
  const lastAttempt = { when: "1970-01-15T12:00:00Z", problem: "hubUnreachable" as const };
  const failed = (nextSeconds: number | null) =>
    shown({ lastAttempt, sync: { ...status.sync, state: "waiting", nextSeconds } });

  expect(failed(400)).toContain(words.nextTry(400));
  expect(failed(10)).toContain("within a minute");
  expect(failed(null)).not.toContain("tried again");
});
