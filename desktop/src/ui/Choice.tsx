// One of a few, as large buttons: radio buttons underneath, so arrows, Tab and screen readers work as everywhere.

import { type ReactNode, useId } from "react";
import "./Choice.css";

export interface Option<V extends string> {
  value: V;
  label: string;
  detail?: ReactNode;
}

interface ChoiceProps<V extends string> {
  label: string;
  options: readonly Option<V>[];
  value: V | null;
  onChange: (value: V) => void;
  problem?: string | null;
  stacked?: boolean;
  autoFocus?: boolean;
}

export function Choice<V extends string>(props: ChoiceProps<V>) {
  const { label, options, value, onChange, problem, stacked = false, autoFocus = false } = props;
  const name = useId();
  const problemId = `${name}-problem`;
  return (
    <fieldset className="choice" aria-describedby={problem ? problemId : undefined}>
      <legend className="choice-label">{label}</legend>
      <div className={stacked ? "choice-options choice-stacked" : "choice-options"}>
        {options.map((option, index) => (
          <label key={option.value} className="choice-option">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={value === option.value}
              onChange={() => onChange(option.value)}
              // biome-ignore lint/a11y/noAutofocus: a screen that was asked for puts the hand where its work begins
              autoFocus={autoFocus && (value === option.value || (value === null && index === 0))}
            />
            <span className="choice-words">
              <span className="choice-name">{option.label}</span>
              {option.detail ? <span className="choice-detail">{option.detail}</span> : null}
            </span>
          </label>
        ))}
      </div>
      {problem ? (
        <p className="choice-problem" id={problemId}>
          {problem}
        </p>
      ) : null}
    </fieldset>
  );
}
