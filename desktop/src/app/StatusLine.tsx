// The honest line: what of mine is at the hub, what is only here, when we last met, and a way to meet now.

import type { ReactNode } from "react";
import type { StatusView, SyncView } from "#platform";
import { bytesWords, recentWords } from "#ui/format.ts";
import { Check, Clock, Computer, Round } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { explain } from "#ui/problem.ts";
import type { Standing } from "./useStatus";
import { words } from "./words";

export function StatusLine({ standing }: { standing: Standing }) {
  const { status, syncing, syncNow } = standing;
  const settled =
    status !== null && status.unsent === 0 && status.setAside === 0 && status.lastContact !== null;
  return (
    <footer className="status">
      {status?.clockLooksWrong ? (
        <p className="status-warning" role="alert">
          <Clock /> {words.clockWrong}
        </p>
      ) : null}
      {status && status.quarantined > 0 ? (
        <p className="status-warning">
          <Clock /> {words.setAside(status.quarantined)}
        </p>
      ) : null}
      <div className="status-row">
        <section className="status-said" aria-label={words.statusLabel}>
          <span className={settled ? "status-main status-settled" : "status-main status-waiting"}>
            {settled ? <Check /> : <Computer />}
            <strong role="status">{status ? main(status) : words.statusUnknown}</strong>
          </span>
          <span className="status-detail">{detail(standing)}</span>
        </section>
        <button
          type="button"
          className="status-sync"
          onClick={syncing ? undefined : syncNow}
          aria-disabled={syncing}
        >
          <span className={syncing ? "status-turning" : "status-still"}>
            <Round />
          </span>
          {syncing ? words.meeting : words.syncNow}
          {syncing ? null : <Key>F8</Key>}
        </button>
      </div>
    </footer>
  );
}

function main(status: StatusView): string {
  if (status.unsent > 0) return words.onlyHere(status.unsent);
  if (status.lastContact === null) return words.neverMet;
  return status.setAside > 0 ? words.notMerged(status.setAside) : words.allAtHub;
}

function detail({ status, error, syncing, progress }: Standing): ReactNode {
  if (syncing) return progress ? meeting(progress) : null;
  if (!status) return null;
  const met = status.lastContact ? words.lastMet(recentWords(status.lastContact)) : words.neverMet;
  const attempt = status.lastAttempt;
  if (attempt?.problem) {
    const why = explain({ code: attempt.problem, detail: null });
    const next = status.sync.nextSeconds === null ? "" : ` ${words.nextTry(status.sync.nextSeconds)}`;
    return `${status.unsent > 0 || status.lastContact ? `${met}. ` : ""}${words.attemptFailed(recentWords(attempt.when), why)}${next}`;
  }
  if (error) return explain(error);
  if (status.sync.isMetered) return `${met}. ${words.metered}`;
  return status.unsent === 0 && !status.lastContact ? null : met;
}

/** What a meeting does, what it has before it, how fast it goes and how long that takes. */
function meeting(progress: SyncView): string {
  if (progress.state === "connecting") return words.connecting;
  const queue = progress.queue.map((it) => words.queued[it.class](it.entries));
  const rate = progress.rate === null ? [] : [words.rate(bytesWords(progress.rate))];
  const left = progress.secondsLeft ? [words.timeLeft(progress.secondsLeft)] : [];
  return [...queue, ...rate, ...left].join(", ");
}
