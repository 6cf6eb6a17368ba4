// The measurements of a visit: any may stay empty, Tab goes through them in the order a nurse takes them.

import { TextInput } from "@mantine/core";
import type { CommandError } from "#platform";
import { fieldProblem } from "#ui/problem.ts";
import { VITALS, type VitalName } from "./typed";
import { words } from "./words";

interface VitalsProps {
  typed: Record<VitalName, string>;
  onChange: (typed: Record<VitalName, string>) => void;
  error: CommandError | null;
}

export function Vitals({ typed, onChange, error }: VitalsProps) {
  const trouble = VITALS.map((it) => ({ name: it, text: fieldProblem(error, `vitals.${it}`) })).filter(
    (it) => it.text !== null,
  );
  return (
    <fieldset className="measures">
      <legend className="choice-label">{words.vitals}</legend>
      <div className="measures-grid">
        {VITALS.map((it) => (
          <TextInput
            key={it}
            label={words.vital[it].label}
            rightSection={<span className="measure-unit">{words.vital[it].unit}</span>}
            rightSectionWidth="3.4rem"
            rightSectionPointerEvents="none"
            inputMode="decimal"
            autoComplete="off"
            maxLength={8}
            value={typed[it]}
            onChange={(event) => onChange({ ...typed, [it]: event.currentTarget.value })}
            error={trouble.some((found) => found.name === it)}
          />
        ))}
      </div>
      {trouble.map((it) => (
        <p key={it.name} className="choice-problem" role="alert">
          {words.vital[it.name].label}: {it.text}
        </p>
      ))}
    </fieldset>
  );
}
