// Writes a visit. What is typed is kept while it is typed; the allergies stay in sight the whole time.

import { Button, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { type ChartView, type Draft, platform, useDraft } from "#platform";
import { Dialog } from "#ui/Dialog.tsx";
import { whenWords } from "#ui/format.ts";
import { Back } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { PatientBanner } from "#ui/PatientBanner.tsx";
import { fieldProblem, generalProblem } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { useFocusProblem } from "#ui/useFocusProblem.ts";
import { useKeys } from "#ui/useKeys.ts";
import { words as common } from "#ui/words.ts";
import { AllergyFields, MedicineFields } from "./Additions";
import {
  fitting,
  gaps,
  isEmpty,
  readVisit,
  toInput,
  VITALS,
  type VisitGap,
  type VisitTyped,
  visitEmpty,
} from "./typed";
import { Vitals } from "./Vitals";
import { words } from "./words";
import "./Visit.css";

const FIELDS = [
  "reason",
  "note",
  "diagnosis.text",
  "diagnosis.code",
  "allergy.substance",
  "allergy.reaction",
  "medicine.text",
  "medicine.dosage",
  ...VITALS.map((it) => `vitals.${it}`),
];
const NOTE_MOST = 20_000;

interface VisitProps {
  chart: ChartView;
  /** Whether the hub brought something since the chart was read. */
  stale: boolean;
  onSaved: (chart: ChartView) => void;
  /** Leaves for the chart; says whether something typed stays behind. */
  onBack: (draftKept: boolean) => void;
  /** Opens the chart as it is now; what was typed is kept. */
  onShowNewest: () => void;
}

export function Visit(props: VisitProps) {
  const draft = useDraft<VisitTyped>(props.chart.chart, visitEmpty, (kept) => {
    const typed = readVisit(kept);
    return typed && fitting(typed, props.chart.allergies.length);
  });
  if (!draft.value) return <p className="opening soft">{common.loading}</p>;
  return <VisitForm {...props} draft={draft} typed={draft.value} />;
}

interface FormProps extends VisitProps {
  draft: Draft<VisitTyped>;
  typed: VisitTyped;
}

function VisitForm({ chart, stale, onSaved, onBack, onShowNewest, draft, typed }: FormProps) {
  const saving = useCommand();
  const [missing, setMissing] = useState<VisitGap[]>([]);
  const [confirmed, setConfirmed] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  const error = saving.error;
  const form = useRef<HTMLFormElement>(null);
  useFocusProblem(form, error ?? (missing.length > 0 ? missing : null));

  const set = (change: Partial<VisitTyped>) => {
    draft.set({ ...typed, ...change });
    setMissing([]);
    // Who measured again did so for the values that stood then.
    if (change.vitals) setConfirmed(false);
  };
  const save = async () => {
    const found = gaps(typed);
    setMissing(found);
    if (found.length > 0) return;
    const saved = await saving.run(() => platform.recordVisit(chart.chart, toInput(typed, confirmed)));
    if (!saved) return;
    draft.drop();
    onSaved(saved);
  };
  const leave = () => {
    if (isEmpty(typed)) draft.drop();
    onBack(!isEmpty(typed));
  };
  const discard = () => {
    draft.drop();
    onBack(false);
  };
  useKeys({ Escape: leave, "Ctrl+Enter": () => void save() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  const unlikely = error?.code === "unlikely";
  const general = unlikely ? null : generalProblem(error, FIELDS);

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
      <form ref={form} className="visit-form card" onSubmit={submit} noValidate>
        <div className="visit-fields">
          <div className="visit-left">
            <div className="visit-title-row">
              <h2 className="visit-title">{words.title}</h2>
              <span className="soft small">{whenWords(new Date().toISOString())}</span>
            </div>
            {draft.resumed ? <Notice kind="settled">{words.resumed}</Notice> : null}
            {stale ? (
              <Notice
                kind="doubt"
                action={
                  <Button variant="default" size="sm" onClick={onShowNewest}>
                    {words.showNewest}
                  </Button>
                }
              >
                {words.arrived}
              </Notice>
            ) : null}
            <TextInput
              label={words.reason}
              placeholder={words.reasonHint}
              value={typed.reason}
              onChange={(event) => set({ reason: event.currentTarget.value })}
              error={missing.includes("reason") ? words.needsReason : fieldProblem(error, "reason")}
              maxLength={500}
              autoFocus
            />
            <Vitals typed={typed.vitals} onChange={(vitals) => set({ vitals })} error={error} />
            <AllergyFields
              chart={chart}
              typed={typed}
              onChange={set}
              needsSubstance={missing.includes("substance")}
              error={error}
            />
          </div>
          <div className="visit-right">
            <Diagnosis
              chart={chart}
              typed={typed}
              onChange={set}
              problem={fieldProblem(error, "diagnosis.text")}
            />
            <Textarea
              className="visit-note-field"
              label={words.note}
              placeholder={words.noteHint}
              value={typed.note}
              onChange={(event) => set({ note: event.currentTarget.value })}
              error={fieldProblem(error, "note")}
              maxLength={NOTE_MOST}
              rows={6}
            />
            <MedicineFields
              typed={typed}
              onChange={set}
              needsMedicine={missing.includes("medicine")}
              error={error}
            />
          </div>
        </div>
        <div className="visit-foot">
          {general ? <Notice kind="danger">{general}</Notice> : null}
          {unlikely ? (
            <Notice
              kind="doubt"
              title={words.unlikelyTitle(VITALS.find((it) => error.detail?.field === `vitals.${it}`) ?? null)}
            >
              <label className="visit-confirm">
                <input
                  type="checkbox"
                  checked={confirmed}
                  onChange={(event) => setConfirmed(event.currentTarget.checked)}
                />
                {words.confirm}
              </label>
            </Notice>
          ) : null}
          <div className="form-foot">
            <p className="small soft" aria-live="polite">
              {words.keeping[draft.keeping]}
            </p>
            {isEmpty(typed) ? null : (
              <Button variant="subtle" onClick={() => setDiscarding(true)}>
                {words.discard}
              </Button>
            )}
            <Button type="submit" loading={saving.busy}>
              {words.save} <Key>Ctrl Enter</Key>
            </Button>
          </div>
        </div>
      </form>
      {discarding ? (
        <Dialog title={words.discardSure} onClose={() => setDiscarding(false)}>
          <p>{words.discardText}</p>
          <div className="dialog-foot">
            <Button variant="default" onClick={() => setDiscarding(false)} data-autofocus>
              {words.discardNo}
            </Button>
            <Button onClick={discard}>{words.discardYes}</Button>
          </div>
        </Dialog>
      ) : null}
    </main>
  );
}

interface DiagnosisProps {
  chart: ChartView;
  typed: VisitTyped;
  onChange: (change: Partial<VisitTyped>) => void;
  problem: string | null;
}

/** The diagnosis, with the patient's own problems one press away. */
function Diagnosis({ chart, typed, onChange, problem }: DiagnosisProps) {
  const known = chart.problems
    .filter((it) => it.status !== "resolved" && it.text !== typed.diagnosis)
    .slice(0, 3);
  return (
    <div>
      <TextInput
        label={words.diagnosis}
        value={typed.diagnosis}
        onChange={(event) => onChange({ diagnosis: event.currentTarget.value, diagnosisCode: "" })}
        error={problem}
        maxLength={500}
      />
      {known.length > 0 ? (
        <p className="visit-again">
          <span className="small soft">{words.again}</span>
          {known.map((it) => (
            <button
              key={it.id}
              type="button"
              className="again"
              onClick={() => onChange({ diagnosis: it.text, diagnosisCode: it.code ?? "" })}
            >
              {it.text}
            </button>
          ))}
        </p>
      ) : null}
    </div>
  );
}
