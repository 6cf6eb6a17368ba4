// A register with two values: both, side by side, with who, where, when and why; no value is favoured by its place.

import { Button } from "@mantine/core";
import type { ConflictView } from "#platform";
import { conflictAbout, conflictValueWords } from "#ui/conflict.ts";
import { recentWords } from "#ui/format.ts";
import { Fork } from "#ui/icons.tsx";
import { words } from "./words";

export function ConflictBanner({ conflict, onResolve }: { conflict: ConflictView; onResolve: () => void }) {
  const title = words.conflictTitle(conflictAbout(conflict), conflict.values.length);
  return (
    <section className="conflict" aria-label={title}>
      <div className="conflict-head">
        <Fork />
        <h2 className="conflict-title">{title}</h2>
        <Button size="sm" onClick={onResolve}>
          {words.decide}
        </Button>
      </div>
      <ul className="conflict-values">
        {conflict.values.map((it) => (
          <li key={it.key} className="conflict-value">
            <p className="conflict-what">{conflictValueWords(conflict.register, it)}</p>
            <p className="small">{words.by(it.author, it.site, it.device)}</p>
            <p className="small soft">
              {recentWords(it.when)}
              {it.reason ? ` — ${words.because(it.reason)}` : ""}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
