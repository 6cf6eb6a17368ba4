// Decides between values that were written apart. None is chosen beforehand; the reason is required.

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { type ChartView, type ConflictView, platform } from "#platform";
import { Choice } from "#ui/Choice.tsx";
import { conflictAbout, conflictValueWords } from "#ui/conflict.ts";
import { Dialog } from "#ui/Dialog.tsx";
import { recentWords } from "#ui/format.ts";
import { Notice } from "#ui/Notice.tsx";
import { explain } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { words as common } from "#ui/words.ts";
import { words } from "./words";
import "./Conflict.css";

interface ResolveProps {
  conflict: ConflictView;
  onResolved: (chart: ChartView) => void;
  onClose: () => void;
}

export function Resolve({ conflict, onResolved, onClose }: ResolveProps) {
  const saving = useCommand();
  const [value, setValue] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [checked, setChecked] = useState(false);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (value === null || reason.trim() === "") return;
    const { chart, register } = conflict;
    const shown = conflict.values.map((it) => it.key);
    const saved = await saving.run(() =>
      platform.resolveConflict({ chart, register, value, shown, reason: reason.trim() }),
    );
    if (saved) onResolved(saved);
  };

  return (
    <Dialog title={words.title(conflictAbout(conflict))} size="38rem" onClose={onClose}>
      <form className="resolve" onSubmit={(event) => void save(event)} noValidate>
        <p className="resolve-who">
          {conflict.name || common.nameless} <span className="soft number">{conflict.number}</span>
        </p>
        <Choice
          label={words.value}
          stacked
          options={conflict.values.map((it) => ({
            value: it.key,
            label: conflictValueWords(conflict.register, it),
            detail: (
              <>
                {words.by(it.author, it.site, it.device, recentWords(it.when))}
                {it.reason ? <> — {words.because(it.reason)}</> : null}
              </>
            ),
          }))}
          value={value}
          onChange={setValue}
          problem={checked && value === null ? words.needsValue : null}
          autoFocus
        />
        <TextInput
          label={words.reason}
          placeholder={words.reasonHint}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={checked && reason.trim() === "" ? words.needsReason : undefined}
          maxLength={500}
          autoComplete="off"
        />
        {saving.error ? <Notice kind="danger">{explain(saving.error)}</Notice> : null}
        <div className="dialog-foot">
          <p className="small soft">{words.kept}</p>
          <Button variant="default" onClick={onClose}>
            {common.cancel}
          </Button>
          <Button type="submit" loading={saving.busy}>
            {words.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
