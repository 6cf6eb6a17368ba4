// What is being typed, kept in the encrypted replica until it is saved or thrown away: a power cut loses a second of it.

import { useCallback, useEffect, useRef, useState } from "react";
import { commands } from "./bindings";

/** How long a hand rests before what it typed is kept. */
const REST_MS = 700;

/** The last thing asked of the host's drafts. One after the other: an older keeping must not undo a dropping. */
let last: Promise<unknown> = Promise.resolve();

function inOrder<T>(ask: () => Promise<T>): Promise<T | null> {
  const next = last.then(ask).catch(() => null);
  last = next;
  return next;
}

/** Waits until everything that was typed is kept. */
export async function draftsKept(): Promise<void> {
  await last;
}

export interface Draft<T> {
  /** Null until the host has said whether something was kept. */
  value: T | null;
  /** Whether the value was taken up again rather than begun. */
  resumed: boolean;
  /** Whether the newest value is kept, waits for a rest of the hand, or could not be kept. */
  keeping: "kept" | "waiting" | "failed";
  set: (value: T) => void;
  /** Forgets it: it was saved as a record, or thrown away by the person. */
  drop: () => void;
}

export function useDraft<T>(place: string, empty: T, read: (kept: unknown) => T | null): Draft<T> {
  const [value, setValue] = useState<T | null>(null);
  const [resumed, setResumed] = useState(false);
  const [keeping, setKeeping] = useState<Draft<T>["keeping"]>("kept");
  const waiting = useRef<{ timer: number; text: string } | null>(null);
  const begin = useRef({ empty, read });

  const keep = useCallback(
    async (text: string) => {
      waiting.current = null;
      const result = await inOrder(() => commands.keepDraft(place, text));
      if (waiting.current === null) setKeeping(result?.status === "ok" ? "kept" : "failed");
    },
    [place],
  );

  useEffect(() => {
    let shown = true;
    const take = async () => {
      const result = await inOrder(() => commands.draft(place));
      const found = result?.status === "ok" && result.data !== null ? parsed(result.data) : null;
      const taken = found === null ? null : begin.current.read(found);
      if (!shown) return;
      setResumed(taken !== null);
      setValue(taken ?? begin.current.empty);
    };
    void take();
    return () => {
      shown = false;
      const last = waiting.current;
      if (last) {
        window.clearTimeout(last.timer);
        void keep(last.text);
      }
    };
  }, [place, keep]);

  const set = useCallback(
    (next: T) => {
      setValue(next);
      setKeeping("waiting");
      if (waiting.current) window.clearTimeout(waiting.current.timer);
      const text = JSON.stringify(next);
      waiting.current = { text, timer: window.setTimeout(() => void keep(text), REST_MS) };
    },
    [keep],
  );

  const drop = useCallback(() => {
    if (waiting.current) window.clearTimeout(waiting.current.timer);
    waiting.current = null;
    setKeeping("kept");
    setResumed(false);
    void inOrder(() => commands.dropDraft(place));
  }, [place]);

  return { value, resumed, keeping, set, drop };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
