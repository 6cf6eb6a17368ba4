// Every chart with two values that someone must choose between.

import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { type ConflictView, platform } from "#platform";
import { conflictAbout, conflictValueWords } from "#ui/conflict.ts";
import { Back } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { explain } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { useKeys } from "#ui/useKeys.ts";
import { words as common } from "#ui/words.ts";
import { words } from "./words";
import "./Conflict.css";

interface ConflictsProps {
  onOpen: (chart: string) => void;
  onBack: () => void;
}

export function Conflicts({ onOpen, onBack }: ConflictsProps) {
  const { run, busy, error } = useCommand();
  const [conflicts, setConflicts] = useState<readonly ConflictView[] | null>(null);
  useKeys({ Escape: onBack });

  useEffect(() => {
    const look = async () => setConflicts(await run(platform.conflicts));
    void look();
  }, [run]);

  return (
    <main className="conflicts">
      <div className="conflicts-head">
        <div>
          <h1 className="conflicts-title">{words.listTitle}</h1>
          <p className="soft">{words.listHint}</p>
        </div>
        <Button variant="default" leftSection={<Back />} onClick={onBack}>
          {words.back} <Key>Esc</Key>
        </Button>
      </div>
      {busy ? <p className="soft">{common.loading}</p> : null}
      {error ? <Notice kind="danger">{explain(error)}</Notice> : null}
      {conflicts?.length === 0 ? <Notice kind="settled">{words.none}</Notice> : null}
      <ul className="conflicts-list">
        {conflicts?.map((it) => (
          <li key={`${it.chart} ${it.register} ${it.subject}`} className="conflicts-one card">
            <div className="conflicts-who">
              <p className="conflicts-name">{it.name || common.nameless}</p>
              <p className="small soft number">{it.number}</p>
            </div>
            <div className="conflicts-what">
              <p className="small soft">{conflictAbout(it)}</p>
              <p className="conflicts-values">
                {it.values.map((value) => conflictValueWords(it.register, value)).join("  ·  ")}
              </p>
            </div>
            <Button variant="default" onClick={() => onOpen(it.chart)}>
              {words.open}
            </Button>
          </li>
        ))}
      </ul>
    </main>
  );
}
