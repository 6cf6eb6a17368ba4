import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { StatusView } from "#platform";
import { StatusLine } from "./StatusLine";
import type { Standing } from "./useStatus";
import { words } from "./words";

const status: StatusView = {
  person: "Amina Nurse",
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
};

function shown(changes: Partial<StatusView>): string {
  const standing: Standing = {
    status: { ...status, ...changes },
    error: null,
    syncing: false,
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
