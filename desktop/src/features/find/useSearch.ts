// Searching while somebody types: the newest letters win, whatever order the answers come in.

import { useEffect, useState } from "react";
import { type CommandError, type PatientRow, platform } from "#platform";
import { attempt } from "#ui/useCommand.ts";

/** Every search becomes an entry in the log, so a word in the middle of being typed is not searched for. */
const REST_MS = 180;

export interface Search {
  rows: readonly PatientRow[];
  /** Whether the rows are not yet those of the newest letters. */
  pending: boolean;
  error: CommandError | null;
}

interface Answer {
  text: string;
  rows: readonly PatientRow[];
  error: CommandError | null;
}

const NOTHING: Answer = { text: "", rows: [], error: null };

export function useSearch(typed: string): Search {
  const text = typed.trim();
  const [answer, setAnswer] = useState<Answer>(NOTHING);

  useEffect(() => {
    if (text === "") {
      setAnswer(NOTHING);
      return undefined;
    }
    let newest = true;
    const look = async () => {
      const result = await attempt(() => platform.findPatients(text));
      if (!newest) return;
      const ok = result.status === "ok";
      setAnswer({ text, rows: ok ? result.data : [], error: ok ? null : result.error });
    };
    const timer = window.setTimeout(() => void look(), REST_MS);
    return () => {
      newest = false;
      window.clearTimeout(timer);
    };
  }, [text]);

  return { rows: answer.rows, pending: answer.text !== text, error: answer.error };
}
