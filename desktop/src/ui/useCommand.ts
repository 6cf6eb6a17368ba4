// One command at a time from one screen: whether it is under way, and what went wrong.

import { useCallback, useRef, useState } from "react";
import type { CommandError, Result } from "#platform";

export interface Running {
  busy: boolean;
  error: CommandError | null;
  /** Carries the command out, unless one is under way already; returns what it gave, or null. */
  run: <T>(command: () => Promise<Result<T, CommandError>>) => Promise<T | null>;
  clear: () => void;
}

export function useCommand(): Running {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<CommandError | null>(null);
  const underWay = useRef(false);

  const run = useCallback(async <T>(command: () => Promise<Result<T, CommandError>>): Promise<T | null> => {
    if (underWay.current) return null;
    underWay.current = true;
    setBusy(true);
    setError(null);
    const result = await attempt(command);
    underWay.current = false;
    setBusy(false);
    if (result.status === "ok") return result.data;
    setError(result.error);
    return null;
  }, []);

  const clear = useCallback(() => setError(null), []);
  return { busy, error, run, clear };
}

/** A bridge that fails, not the command itself, is a fault as well: it must end in words, never in silence. */
export async function attempt<T>(
  command: () => Promise<Result<T, CommandError>>,
): Promise<Result<T, CommandError>> {
  try {
    return await command();
  } catch {
    return { status: "error", error: { code: "fault", detail: null } };
  }
}
