// Registers a patient, with a number that is free even offline, and looks for the same person first.

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { type ChartView, type Draft, type PatientRow, platform, useDraft } from "#platform";
import { BirthField } from "#ui/BirthField.tsx";
import { readBirth } from "#ui/birth.ts";
import { Choice } from "#ui/Choice.tsx";
import { Back } from "#ui/icons.tsx";
import { Key } from "#ui/Key.tsx";
import { Notice } from "#ui/Notice.tsx";
import { fieldProblem, generalProblem } from "#ui/problem.ts";
import { useCommand } from "#ui/useCommand.ts";
import { useFocusProblem } from "#ui/useFocusProblem.ts";
import { useKeys } from "#ui/useKeys.ts";
import { words as common } from "#ui/words.ts";
import { Alike } from "./Alike";
import { begin, type RegisterTyped, read, toInput } from "./typed";
import { words } from "./words";
import "./Register.css";

const FIELDS = ["family", "given", "sex", "birthDate", "phone", "village", "district", "motherName"] as const;

interface RegisterProps {
  /** What was searched for when nobody was found. */
  text: string;
  onRegistered: (chart: ChartView) => void;
  onOpen: (row: PatientRow) => void;
  onBack: () => void;
}

export function Register(props: RegisterProps) {
  const draft = useDraft<RegisterTyped>("register", begin(props.text), read);
  if (!draft.value) return <p className="register soft">{common.loading}</p>;
  return <RegisterForm {...props} draft={{ ...draft, value: draft.value }} />;
}

interface FormProps extends RegisterProps {
  draft: Draft<RegisterTyped> & { value: RegisterTyped };
}

function RegisterForm({ draft, onRegistered, onOpen, onBack }: FormProps) {
  const saving = useCommand();
  const form = useRef<HTMLFormElement>(null);
  const [checked, setChecked] = useState(false);
  const typed = draft.value;
  const birth = readBirth(typed.birth, new Date());
  const nameless = typed.family.trim() === "" && typed.given.trim() === "";

  const set = <K extends keyof RegisterTyped>(field: K, value: RegisterTyped[K]) =>
    draft.set({ ...typed, [field]: value });
  const text = (field: "family" | "given" | "phone" | "village" | "district" | "mother") => ({
    value: typed[field],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => set(field, event.currentTarget.value),
    maxLength: 200,
    autoComplete: "off",
    spellCheck: false,
  });

  const save = async () => {
    setChecked(true);
    if (nameless || typed.sex === null || birth.is === "problem") return;
    const chart = await saving.run(() => platform.registerPatient(toInput(typed, new Date())));
    if (!chart) return;
    draft.drop();
    onRegistered(chart);
  };
  const leave = () => {
    if (isUntouched(typed)) draft.drop();
    onBack();
  };
  useFocusProblem(form, saving.error ?? (checked && (nameless || typed.sex === null) ? "gap" : null));
  useKeys({ Escape: leave, "Ctrl+Enter": () => void save() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  const general = generalProblem(saving.error, FIELDS);

  return (
    <main className="register">
      <form className="register-form card" onSubmit={submit} noValidate ref={form}>
        <div className="register-head">
          <h1 className="register-title">{words.title}</h1>
          <Button variant="subtle" leftSection={<Back />} onClick={leave}>
            {words.back} <Key>Esc</Key>
          </Button>
        </div>
        {draft.resumed ? (
          <Notice
            kind="settled"
            action={
              <Button variant="default" size="sm" onClick={() => draft.set(begin(""))}>
                {words.clear}
              </Button>
            }
          >
            {words.draft}
          </Notice>
        ) : null}
        {general ? <Notice kind="danger">{general}</Notice> : null}
        <div className="register-pair">
          <TextInput
            label={words.given}
            {...text("given")}
            error={checked && nameless ? words.needsName : fieldProblem(saving.error, "given")}
            autoFocus
          />
          <TextInput label={words.family} {...text("family")} error={fieldProblem(saving.error, "family")} />
        </div>
        <Choice
          label={words.sex}
          options={words.sexes}
          value={typed.sex}
          onChange={(sex) => set("sex", sex)}
          problem={checked && typed.sex === null ? words.needsSex : fieldProblem(saving.error, "sex")}
        />
        <BirthField
          typed={typed.birth}
          onChange={(it) => set("birth", it)}
          problem={fieldProblem(saving.error, "birthDate")}
        />
        <div className="register-pair">
          <TextInput
            label={words.phone}
            {...text("phone")}
            inputMode="tel"
            error={fieldProblem(saving.error, "phone")}
          />
          <TextInput
            label={words.mother}
            {...text("mother")}
            error={fieldProblem(saving.error, "motherName")}
          />
          <TextInput
            label={words.village}
            {...text("village")}
            error={fieldProblem(saving.error, "village")}
          />
          <TextInput
            label={words.district}
            {...text("district")}
            error={fieldProblem(saving.error, "district")}
          />
        </div>
        <div className="form-foot">
          <p className="small soft">{words.keeping[draft.keeping]}</p>
          <Button type="submit" loading={saving.busy}>
            {words.save} <Key>Ctrl Enter</Key>
          </Button>
        </div>
      </form>
      <Alike given={typed.given} family={typed.family} onOpen={onOpen} />
    </main>
  );
}

function isUntouched(typed: RegisterTyped): boolean {
  return JSON.stringify(typed) === JSON.stringify(begin(""));
}
