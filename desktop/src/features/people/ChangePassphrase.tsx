// One's own passphrase, changed by who knows it.

import { Button, PasswordInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { platform } from "#platform";
import { Dialog } from "#ui/Dialog.tsx";
import { Notice } from "#ui/Notice.tsx";
import { explain, fieldProblem, generalProblem } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { words as common } from "#ui/words.ts";
import { NewPassphrase, useNewPassphrase } from "./NewPassphrase";
import { words } from "./words";

/** Failures that are about the passphrase that there is. */
const OF_THE_OLD = new Set(["wrongPassphrase", "waitBeforeNextTry"]);

interface ChangeProps {
  onClose: () => void;
  onChanged: () => void;
}

export function ChangePassphrase({ onClose, onChanged }: ChangeProps) {
  const { run, error, busy } = useCommand();
  const chosen = useNewPassphrase();
  const [old, setOld] = useState("");

  const change = async (event: FormEvent) => {
    event.preventDefault();
    const passphrase = chosen.take();
    if (passphrase === null || old === "") return;
    const changed = await run(async () => {
      const done = await platform.changePassphrase(old, passphrase);
      return done.status === "ok" ? { status: "ok" as const, data: true } : done;
    });
    if (changed) onChanged();
  };
  const ofOld = error && OF_THE_OLD.has(error.code) ? explain(error) : null;
  const general = ofOld ? null : generalProblem(error, ["passphrase"]);

  return (
    <Dialog title={words.changeTitle} onClose={onClose}>
      <form className="people-form" onSubmit={(event) => void change(event)} noValidate>
        <PasswordInput
          label={words.old}
          value={old}
          onChange={(event) => setOld(event.currentTarget.value)}
          error={chosen.checked && old === "" ? words.needed : ofOld}
          autoComplete="off"
          data-autofocus
          visibilityToggleButtonProps={{ "aria-label": common.showPassphrase }}
        />
        <NewPassphrase chosen={chosen} problem={fieldProblem(error, "passphrase")} />
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
    </Dialog>
  );
}
