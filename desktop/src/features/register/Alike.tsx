// Who is here already with a similar name: one look before there are two charts of one person.

import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { type PatientRow, platform } from "#platform";
import { ageWords, sexWords } from "#ui/format.ts";
import { attempt } from "#ui/useCommand.ts";
import { words as common } from "#ui/words.ts";
import { words } from "./words";

/** Each look is a search in the log: it waits for a rest of the hand longer than finding does. */
const REST_MS = 500;
/** A single letter is like everybody's. */
const FEWEST_LETTERS = 3;
const MOST = 5;

interface AlikeProps {
  given: string;
  family: string;
  onOpen: (row: PatientRow) => void;
}

export function Alike({ given, family, onOpen }: AlikeProps) {
  const [rows, setRows] = useState<readonly PatientRow[] | null>(null);
  const text = `${given} ${family}`.trim();

  useEffect(() => {
    if (text.length < FEWEST_LETTERS) {
      setRows(null);
      return undefined;
    }
    let newest = true;
    const look = async () => {
      const found = await attempt(() => platform.findPatients(text));
      if (newest) setRows(found.status === "ok" ? found.data : null);
    };
    const timer = window.setTimeout(() => void look(), REST_MS);
    return () => {
      newest = false;
      window.clearTimeout(timer);
    };
  }, [text]);

  return (
    <aside className="alike" aria-label={words.alikeTitle}>
      <h2 className="alike-title">{words.alikeTitle}</h2>
      <div aria-live="polite">
        {rows === null ? <p className="small soft">{words.alikeHint}</p> : null}
        {rows?.length === 0 ? <p className="small soft">{words.alikeNone}</p> : null}
        <ul className="alike-list">
          {rows?.slice(0, MOST).map((row) => (
            <li key={row.chart} className="alike-one card">
              <p className="alike-name">{row.name || common.nameless}</p>
              <p className="small">
                {sexWords(row.sex)}, {ageWords(row.age)}
                {row.place ? ` — ${row.place}` : ""}
              </p>
              <p className="small soft number">
                {[row.number, row.phone].filter((it) => it !== "").join("  ·  ")}
              </p>
              <Button size="sm" variant="default" onClick={() => onOpen(row)}>
                {words.alikeOpen}
              </Button>
            </li>
          ))}
        </ul>
      </div>
    </aside>
  );
}
