// Asks for a birth date. Three fields cannot be mistaken for another order, and the reading stands below in words.

import { TextInput } from "@mantine/core";
import { type ChangeEvent, useId } from "react";
import { type BirthTyped, readBirth } from "./birth";
import { Choice } from "./Choice";
import { dateWords } from "./format";
import { birthWords, words } from "./words";
import "./BirthField.css";

interface BirthFieldProps {
  typed: BirthTyped;
  onChange: (typed: BirthTyped) => void;
  problem?: string | null;
}

export function BirthField({ typed, onChange, problem = null }: BirthFieldProps) {
  const id = useId();
  const read = readBirth(typed, new Date());
  const set = (field: keyof BirthTyped) => (event: ChangeEvent<HTMLInputElement>) =>
    onChange({ ...typed, [field]: event.currentTarget.value });
  const trouble =
    problem ?? (read.is === "problem" && isDone(typed) ? birthWords.problems[read.problem] : null);

  return (
    <fieldset className="birth" aria-describedby={`${id}-read`}>
      <legend className="choice-label">{birthWords.title}</legend>
      <div className="birth-row">
        <Choice
          label={birthWords.known}
          options={birthWords.kinds}
          value={typed.known}
          onChange={(known) => onChange({ ...typed, known })}
        />
        {typed.known === "date" ? (
          <div className="birth-parts">
            <TextInput
              label={words.day}
              className="birth-short"
              inputMode="numeric"
              maxLength={2}
              value={typed.day}
              onChange={set("day")}
              error={trouble !== null}
            />
            <TextInput
              label={words.month}
              className="birth-short"
              inputMode="numeric"
              maxLength={2}
              value={typed.month}
              onChange={set("month")}
              error={trouble !== null}
            />
            <TextInput
              label={words.year}
              className="birth-year"
              inputMode="numeric"
              maxLength={4}
              value={typed.year}
              onChange={set("year")}
              error={trouble !== null}
            />
          </div>
        ) : (
          <div className="birth-parts">
            <TextInput
              label={birthWords.age}
              className="birth-year"
              inputMode="numeric"
              maxLength={4}
              value={typed.age}
              onChange={set("age")}
              error={trouble !== null}
            />
            <Choice
              label={birthWords.unit}
              options={birthWords.units}
              value={typed.ageUnit}
              onChange={(ageUnit) => onChange({ ...typed, ageUnit })}
            />
          </div>
        )}
      </div>
      <p id={`${id}-read`} className={trouble ? "birth-read birth-trouble" : "birth-read"} aria-live="polite">
        {trouble ??
          (read.is === "date" ? birthWords.read(dateWords(read.date), read.estimated) : birthWords.hint)}
      </p>
    </fieldset>
  );
}

/** Whether enough was typed for a problem to be worth saying. */
function isDone(typed: BirthTyped): boolean {
  return typed.known === "age" ? typed.age !== "" : typed.year.length === 4;
}
