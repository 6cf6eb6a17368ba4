// Corrects who a patient is: what changes is shown once more, and a reason goes with it.

import { Button, TextInput } from "@mantine/core";
import { type ChangeEvent, type FormEvent, useRef, useState } from "react";
import { type ChartView, platform } from "#platform";
import { BirthField } from "#ui/BirthField.tsx";
import { readBirth } from "#ui/birth.ts";
import { Choice } from "#ui/Choice.tsx";
import { Dialog } from "#ui/Dialog.tsx";
import { Back } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { PatientBanner } from "#ui/PatientBanner.tsx";
import { fieldProblem, generalProblem } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { useFocusProblem } from "#ui/useFocusProblem.ts";
import { useKeys } from "#ui/useKeys.ts";
import { begin, type CorrectTyped, changes, toInput } from "./typed";
import { words } from "./words";
import "./Correct.css";

const FIELDS = ["name", "name.given", "name.family", "sex", "birthDate", "phone", "phone.value", "reason"];

interface CorrectProps {
  chart: ChartView;
  onSaved: (chart: ChartView) => void;
  onBack: () => void;
}

export function Correct({ chart, onSaved, onBack }: CorrectProps) {
  const saving = useCommand();
  const form = useRef<HTMLFormElement>(null);
  const [typed, setTyped] = useState<CorrectTyped>(() => begin(chart));
  const [checked, setChecked] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const error = saving.error;
  const input = toInput(chart, typed, new Date());
  const changed = changes(chart, input);
  const birth = readBirth(typed.birth, new Date());

  const set = <K extends keyof CorrectTyped>(field: K, value: CorrectTyped[K]) =>
    setTyped((it) => ({ ...it, [field]: value }));
  const text = (field: "given" | "family" | "phone" | "line" | "city" | "district" | "reason") => ({
    value: typed[field],
    onChange: (event: ChangeEvent<HTMLInputElement>) => set(field, event.currentTarget.value),
    maxLength: field === "reason" ? 500 : 200,
    autoComplete: "off",
    spellCheck: false,
  });
  const save = async () => {
    setChecked(true);
    if (changed.length === 0 || input.reason === "" || birth.is === "problem") return;
    const saved = await saving.run(() => platform.correctIdentity(chart.chart, input));
    if (saved) onSaved(saved);
  };
  const leave = () => {
    if (changed.length === 0) onBack();
    else setLeaving(true);
  };
  useFocusProblem(form, error ?? (checked && input.reason === "" ? "gap" : null));
  useKeys({ Escape: leave, "Ctrl+Enter": () => void save() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  const general = generalProblem(error, FIELDS);

  return (
    <main className="patient-screen">
      <div className="banner-holder">
        <PatientBanner
          compact
          chart={chart}
          actions={
            <Button size="sm" variant="default" leftSection={<Back />} onClick={leave}>
              {words.back} <Key>Esc</Key>
            </Button>
          }
        />
      </div>
      <div className="patient-body">
        <form className="correct-form card" onSubmit={submit} noValidate ref={form}>
          <div className="correct-fields">
            <h2 className="correct-title">{words.title}</h2>
            <div className="correct-pair">
              <TextInput
                label={words.given}
                {...text("given")}
                error={fieldProblem(error, "name.given")}
                autoFocus
              />
              <TextInput
                label={words.family}
                {...text("family")}
                error={fieldProblem(error, "name.family")}
              />
            </div>
            <Choice
              label={words.sex}
              options={words.sexes}
              value={typed.sex}
              onChange={(sex) => set("sex", sex)}
              problem={fieldProblem(error, "sex")}
            />
            <BirthField
              typed={typed.birth}
              onChange={(it) => set("birth", it)}
              problem={fieldProblem(error, "birthDate")}
            />
            <div className="correct-pair">
              <TextInput
                label={words.phone}
                {...text("phone")}
                inputMode="tel"
                error={fieldProblem(error, "phone.value") ?? fieldProblem(error, "phone")}
              />
              <TextInput label={words.line} {...text("line")} />
              <TextInput label={words.village} {...text("city")} />
              <TextInput label={words.district} {...text("district")} />
            </div>
          </div>
          <div className="correct-sum">
            <h2 className="correct-sum-title">{words.changes}</h2>
            {changed.length === 0 ? (
              <p className={checked ? "choice-problem" : "soft"}>{words.nothing}</p>
            ) : (
              <ul className="correct-changes" aria-live="polite">
                {changed.map((it) => (
                  <li key={it.what} className="correct-change">
                    <span className="small soft">{it.what}</span>
                    <span>
                      <s className="soft">{it.old}</s> → <strong>{it.next}</strong>
                    </span>
                  </li>
                ))}
              </ul>
            )}
            <TextInput
              label={words.reason}
              placeholder={words.reasonHint}
              {...text("reason")}
              error={checked && input.reason === "" ? words.needsReason : fieldProblem(error, "reason")}
            />
            <p className="small soft">{words.hint}</p>
            {general ? <Notice kind="danger">{general}</Notice> : null}
            <Button type="submit" loading={saving.busy}>
              {words.save} <Key>Ctrl Enter</Key>
            </Button>
          </div>
        </form>
      </div>
      {leaving ? (
        <Dialog title={words.leave} onClose={() => setLeaving(false)}>
          <p>{words.leaveText}</p>
          <div className="dialog-foot">
            <Button variant="default" onClick={() => setLeaving(false)} data-autofocus>
              {words.leaveNo}
            </Button>
            <Button onClick={onBack}>{words.leaveYes}</Button>
          </div>
        </Dialog>
      ) : null}
    </main>
  );
}
