// Where this replica stands, fresh: asked after everything that is done here, told by every meeting with the hub.

import { useCallback, useEffect, useRef, useState } from "react";
import { type CommandError, platform, type StatusView, type SyncView } from "#platform";
import { attempt } from "#ui/useCommand.ts";

/** Times in words ("4 minutes ago") grow old by themselves. */
const REFRESH_MS = 30_000;

export interface Standing {
  status: StatusView | null;
  error: CommandError | null;
  syncing: boolean;
  /** How far the meeting is that is under way. */
  progress: SyncView | null;
  /** Grows each time the hub brought something. */
  arrivals: number;
  refresh: () => void;
  syncNow: () => void;
}

export function useStatus(unlocked: StatusView | null): Standing {
  const [status, setStatus] = useState<StatusView | null>(unlocked);
  const [error, setError] = useState<CommandError | null>(null);
  const [syncing, setSyncing] = useState(false);
  const [progress, setProgress] = useState<SyncView | null>(null);
  const [arrivals, setArrivals] = useState(0);

  const refresh = useCallback(() => {
    const ask = async () => {
      const result = await attempt(platform.status);
      if (result.status === "ok") setStatus(result.data);
      setError(result.status === "ok" ? null : result.error);
    };
    void ask();
  }, []);

  const asked = useRef(false);
  const syncNow = useCallback(() => {
    // One at a time: whoever asks again is waiting for the same meeting.
    if (asked.current) return;
    asked.current = true;
    const sync = async () => {
      setSyncing(true);
      const result = await attempt(platform.syncNow);
      asked.current = false;
      setSyncing(false);
      setError(result.status === "ok" ? null : result.error);
    };
    void sync().then(refresh);
  }, [refresh]);

  useEffect(() => {
    setStatus(unlocked);
    setError(null);
    if (!unlocked) return undefined;
    const deaf = platform.onStatusChanged((news) => {
      setSyncing(news.syncing);
      setProgress(news.sync);
      if (news.status) setStatus(news.status);
      if (news.taken > 0) setArrivals((it) => it + 1);
    });
    const timer = window.setInterval(refresh, REFRESH_MS);
    return () => {
      deaf();
      window.clearInterval(timer);
    };
  }, [unlocked, refresh]);

  return { status, error, syncing, progress, arrivals, refresh, syncNow };
}
