// Patients as lines: what tells two people of one name apart stands in columns.

import { useEffect, useRef } from "react";
import type { PatientRow } from "#platform";
import { ageWords, sexWords } from "#ui/format.ts";
import { Computer, Fork } from "#ui/icons.tsx";
import { words as common } from "#ui/words.ts";
import { split } from "./marked";
import { words } from "./words";

interface PatientListProps {
  rows: readonly PatientRow[];
  text: string;
  active: number;
  stale: boolean;
  onPoint: (index: number) => void;
  onOpen: (row: PatientRow) => void;
}

export function PatientList({ rows, text, active, stale, onPoint, onOpen }: PatientListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({ block: "nearest" });
  }, [active]);

  return (
    <div
      ref={list}
      id="find-results"
      className={stale ? "patients card patients-stale" : "patients card"}
      role="listbox"
      aria-label={words.results}
    >
      {rows.map((row, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard by the field that owns this list
        <div
          key={row.chart}
          id={`find-${row.chart}`}
          className="patient"
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          onClick={() => onOpen(row)}
          onMouseMove={() => index !== active && onPoint(index)}
        >
          <span className="patient-name">
            <Marked text={row.name || common.nameless} sought={text} />
            {row.conflict || row.onlyHere ? <Flags row={row} /> : null}
          </span>
          <span className="patient-age">
            {sexWords(row.sex)}, {ageWords(row.age)}
          </span>
          <span className="patient-place">
            <Marked text={row.place} sought={text} />
          </span>
          <span className="patient-phone number">
            <Marked text={row.phone} sought={text} />
          </span>
          <span className="patient-number number">
            <Marked text={row.number} sought={text} />
          </span>
        </div>
      ))}
    </div>
  );
}

function Flags({ row }: { row: PatientRow }) {
  return (
    <span className="patient-flags">
      {row.conflict ? (
        <span className="patient-flag patient-conflict">
          <Fork /> {words.conflict}
        </span>
      ) : null}
      {row.onlyHere ? (
        <span className="patient-flag">
          <Computer /> {common.onlyHere}
        </span>
      ) : null}
    </span>
  );
}

/** The text with the parts that were sought made strong. */
function Marked({ text, sought }: { text: string; sought: string }) {
  const parts = split(text, sought);
  return parts.map((part) =>
    part.hit ? <mark key={part.at}>{part.text}</mark> : <span key={part.at}>{part.text}</span>,
  );
}
