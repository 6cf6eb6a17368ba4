// What a visit may add to the chart: an allergy, or that none is known; a medicine.

import { TextInput } from "@mantine/core";
import type { ChartView, CommandError } from "#platform";
import { Choice } from "#ui/Choice.tsx";
import { fieldProblem } from "#ui/problem.ts";
import type { AllergyAnswer, VisitTyped } from "./typed";
import { words } from "./words";

interface AdditionProps {
  typed: VisitTyped;
  onChange: (change: Partial<VisitTyped>) => void;
  error: CommandError | null;
}

interface AllergyProps extends AdditionProps {
  chart: ChartView;
  needsSubstance: boolean;
}

export function AllergyFields({ chart, typed, onChange, needsSubstance, error }: AllergyProps) {
  const nothing = { value: "nothing", label: words.allergyNothing } as const;
  const none = { value: "none", label: words.allergyNone } as const;
  const found = { value: "found", label: words.allergyFound } as const;
  // With an allergy on the chart, "none known" would contradict it: withdrawing one is another, deliberate act.
  const options =
    chart.allergies.length > 0 || chart.noKnownAllergies ? [nothing, found] : [nothing, none, found];
  return (
    <div className="addition">
      <Choice<AllergyAnswer>
        label={words.allergy}
        options={options}
        value={typed.allergyAnswer}
        onChange={(allergyAnswer) => onChange({ allergyAnswer })}
      />
      {typed.allergyAnswer === "found" ? (
        <div className="addition-fields">
          <TextInput
            label={words.substance}
            value={typed.substance}
            onChange={(event) => onChange({ substance: event.currentTarget.value })}
            error={needsSubstance ? words.needsSubstance : fieldProblem(error, "allergy.substance")}
            maxLength={200}
          />
          <TextInput
            label={words.reaction}
            value={typed.reaction}
            onChange={(event) => onChange({ reaction: event.currentTarget.value })}
            error={fieldProblem(error, "allergy.reaction")}
            maxLength={500}
          />
          <Choice
            label={words.criticality}
            options={words.criticalities}
            value={typed.criticality}
            onChange={(criticality) => onChange({ criticality })}
          />
        </div>
      ) : null}
    </div>
  );
}

export function MedicineFields({
  typed,
  onChange,
  needsMedicine,
  error,
}: AdditionProps & { needsMedicine: boolean }) {
  return (
    <div className="addition-fields">
      <TextInput
        label={words.medicine}
        value={typed.medicine}
        onChange={(event) => onChange({ medicine: event.currentTarget.value })}
        error={needsMedicine ? words.needsMedicine : fieldProblem(error, "medicine.text")}
        maxLength={500}
      />
      <TextInput
        label={words.dosage}
        placeholder={words.dosageHint}
        value={typed.dosage}
        onChange={(event) => onChange({ dosage: event.currentTarget.value })}
        error={fieldProblem(error, "medicine.dosage")}
        maxLength={500}
      />
    </div>
  );
}
