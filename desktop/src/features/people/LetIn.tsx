// A colleague sits down and chooses a passphrase; the manager may vouch for them.

import { Button, Checkbox } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type ColleagueView, platform } from "#platform";
import { Dialog } from "#ui/Dialog.tsx";
import { dateWords } from "#ui/format.ts";
import { Notice } from "#ui/Notice.tsx";
import { fieldProblem, generalProblem } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { words as common } from "#ui/words.ts";
import { NewPassphrase, useNewPassphrase } from "./NewPassphrase";
import { SixWords } from "./People";
import { words } from "./words";

interface LetInProps {
  colleague: ColleagueView;
  /** Whether the one at work may vouch for colleagues. */
  mayVouch: boolean;
  onClose: () => void;
}

export function LetIn({ colleague, mayVouch, onClose }: LetInProps) {
  const [done, setDone] = useState<ColleagueView | null>(null);
  const title = colleague.standing === "noKeys" ? words.letInTitle : words.againTitle;
  return (
    <Dialog title={(done ? words.doneTitle : title)(colleague.name)} onClose={onClose}>
      {done ? (
        <Done colleague={done} onClose={onClose} />
      ) : (
        <LetInForm colleague={colleague} mayVouch={mayVouch} onClose={onClose} onDone={setDone} />
      )}
    </Dialog>
  );
}

type FormProps = LetInProps & { onDone: (colleague: ColleagueView) => void };

function LetInForm({ colleague, mayVouch, onClose, onDone }: FormProps) {
  const { run, error, busy } = useCommand();
  const chosen = useNewPassphrase();
  const [vouch, setVouch] = useState(mayVouch);

  const letIn = async (event: FormEvent) => {
    event.preventDefault();
    const passphrase = chosen.take();
    if (passphrase === null) return;
    const done = await run(() => platform.introduce(colleague.id, passphrase, vouch));
    if (done) onDone(done);
  };
  const general = generalProblem(error, ["passphrase"]);

  return (
    <form className="people-form" onSubmit={(event) => void letIn(event)} noValidate>
      <p>{words.handOver(colleague.name)}</p>
      {colleague.standing === "noKeys" ? null : <p className="soft">{words.forgot}</p>}
      <NewPassphrase chosen={chosen} problem={fieldProblem(error, "passphrase")} autoFocus />
      {mayVouch ? (
        <Checkbox
          label={words.vouch(colleague.name)}
          description={words.vouchHint}
          checked={vouch}
          onChange={(event) => setVouch(event.currentTarget.checked)}
        />
      ) : null}
      {vouch ? null : <p className="small soft">{words.office}</p>}
      {general ? <Notice kind="danger">{general}</Notice> : null}
      <div className="dialog-foot">
        <Button variant="default" onClick={onClose}>
          {common.cancel}
        </Button>
        <Button type="submit" loading={busy}>
          {words.save}
        </Button>
      </div>
    </form>
  );
}

function Done({ colleague, onClose }: { colleague: ColleagueView; onClose: () => void }) {
  return (
    <div className="people-form">
      <p>{colleague.until ? words.until(dateWords(colleague.until.slice(0, 10))) : words.office}</p>
      {colleague.words ? <SixWords words={colleague.words} /> : null}
      <div className="dialog-foot">
        <Button onClick={onClose} data-autofocus>
          {words.done}
        </Button>
      </div>
    </div>
  );
}
