// Who unlocks this computer: each colleague with where they stand, letting another in, one's own passphrase.

import { Button } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { type ColleagueView, platform, type StatusView } from "#platform";
import { dateWords } from "#ui/format.ts";
import { Back } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { explain } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { useKeys } from "#ui/useKeys.ts";
import { words as common } from "#ui/words.ts";
import { ChangePassphrase } from "./ChangePassphrase";
import { LetIn } from "./LetIn";
import { words } from "./words";
import "./People.css";

interface PeopleProps {
  status: StatusView | null;
  /** Grows each time the hub brought something: a colleague may have been approved. */
  arrivals: number;
  onBack: () => void;
}

export function People({ status, arrivals, onBack }: PeopleProps) {
  const { run, busy, error } = useCommand();
  const [people, setPeople] = useState<readonly ColleagueView[] | null>(null);
  const [letting, setLetting] = useState<ColleagueView | null>(null);
  const [changing, setChanging] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  useKeys({ Escape: onBack });

  const look = useCallback(async () => {
    const found = await run(platform.colleagues);
    if (found) setPeople(found);
  }, [run]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what arrives from the hub is the reason to look again
  useEffect(() => {
    void look();
  }, [look, arrivals, status?.rosterEpoch]);

  return (
    <main className="people">
      <div className="people-head">
        <div>
          <h1 className="people-title">{words.title}</h1>
          <p className="soft">{words.hint}</p>
        </div>
        <Button variant="default" leftSection={<Back />} onClick={onBack}>
          {words.back} <Key>Esc</Key>
        </Button>
      </div>
      {said ? <Notice kind="settled">{said}</Notice> : null}
      {error ? <Notice kind="danger">{explain(error)}</Notice> : null}
      {busy && !people ? <p className="soft">{common.loading}</p> : null}
      <ul className="people-list">
        {people?.map((it) => (
          <Colleague
            key={it.id}
            colleague={it}
            isYou={it.id === status?.personId}
            onLetIn={() => setLetting(it)}
            onChange={() => setChanging(true)}
          />
        ))}
      </ul>
      {letting && status ? (
        <LetIn
          colleague={letting}
          mayVouch={status.mayVouch}
          onClose={() => {
            setLetting(null);
            void look();
          }}
        />
      ) : null}
      {changing ? (
        <ChangePassphrase
          onClose={() => setChanging(false)}
          onChanged={() => {
            setChanging(false);
            setSaid(words.changed);
          }}
        />
      ) : null}
    </main>
  );
}

interface ColleagueProps {
  colleague: ColleagueView;
  isYou: boolean;
  onLetIn: () => void;
  onChange: () => void;
}

function Colleague({ colleague, isYou, onLetIn, onChange }: ColleagueProps) {
  const { name, role, standing, until, words: six } = colleague;
  const act = standing === "noKeys" ? words.letIn : words.again;
  return (
    <li className={`people-one card people-${standing}`}>
      <div>
        <p className="people-name">
          {name} {isYou ? <span className="people-you">{words.you}</span> : null}
        </p>
        <p className="small soft">{common.role[role] ?? role}</p>
      </div>
      <div>
        <p className="people-standing">{words.standing[standing]}</p>
        {until ? <p className="small soft">{words.until(dateWords(until.slice(0, 10)))}</p> : null}
      </div>
      {isYou ? (
        <Button variant="default" onClick={onChange}>
          {words.change}
        </Button>
      ) : (
        <Button variant={standing === "noKeys" ? "filled" : "default"} onClick={onLetIn}>
          {act}
          <span className="unseen"> {name}</span>
        </Button>
      )}
      {six ? <SixWords words={six} /> : null}
    </li>
  );
}

/** The six words that the office compares. */
export function SixWords({ words: six }: { words: readonly string[] }) {
  return (
    <div className="people-six">
      <p className="small">{words.readWords}</p>
      <ol className="people-words">
        {six.map((it, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a word may come twice, its place does not
          <li key={place}>{it}</li>
        ))}
      </ol>
    </div>
  );
}
