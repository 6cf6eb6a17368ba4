// What the patient has, takes, and who belongs to them.

import type { ReactNode } from "react";
import type { ChartView, MedicineView, ProblemView } from "#platform";
import { dateWords } from "#ui/format.ts";
import { Computer } from "#ui/icons.tsx";
import { words as common } from "#ui/words.ts";
import { words } from "./words";

const OVER = new Set([
  "resolved",
  "inactive",
  "remission",
  "completed",
  "stopped",
  "cancelled",
  "entered-in-error",
]);

interface Line {
  id: string;
  text: string;
  detail: string;
  code: string;
  since: string;
  status: string | null;
  onlyHere: boolean;
}

export function Problems({ problems }: { problems: readonly ProblemView[] }) {
  const lines = problems.map((it) => ({ ...it, detail: "", code: it.code ?? "" }));
  return <List title={words.problems} none={words.noProblems} lines={lines} />;
}

export function Medicines({ medicines }: { medicines: readonly MedicineView[] }) {
  const lines = medicines.map((it) => ({ ...it, detail: it.dosage ?? "", code: "" }));
  return <List title={words.medicines} none={words.noMedicines} lines={lines} />;
}

function List({ title, none, lines }: { title: string; none: string; lines: readonly Line[] }) {
  const current = lines.filter((it) => !OVER.has(it.status ?? ""));
  const over = lines.filter((it) => OVER.has(it.status ?? ""));
  return (
    <section className="list card">
      <h2 className="list-title">
        {title} {current.length > 0 ? <span className="list-count">{current.length}</span> : null}
      </h2>
      {current.length === 0 ? <p className="soft">{none}</p> : null}
      <ul>{current.map(line)}</ul>
      {over.length > 0 ? (
        <details className="list-over">
          <summary>{words.earlier(over.length)}</summary>
          <ul>{over.map(line)}</ul>
        </details>
      ) : null}
    </section>
  );
}

function line(it: Line): ReactNode {
  const status = it.status && it.status !== "active" ? (words.status[it.status] ?? it.status) : "";
  const small = [it.code, status, words.since(dateWords(it.since))].filter((part) => part !== "");
  return (
    <li key={it.id} className="line">
      <p className="line-text">
        {it.text}
        {it.onlyHere ? (
          <span className="only-here" title={common.onlyHere}>
            <Computer />
            <span className="unseen">{common.onlyHere}</span>
          </span>
        ) : null}
      </p>
      {it.detail ? <p className="line-detail">{it.detail}</p> : null}
      <p className="line-since">{small.join(" · ")}</p>
    </li>
  );
}

/** Relatives, former names and numbers of other systems: shown where there are any. */
export function People({ chart }: { chart: ChartView }) {
  const { contacts, otherNames, identifiers, phones, addresses } = chart;
  const further = [
    ...otherNames.map((it) => ({ id: it.id, label: it.usage ?? words.otherNames, text: it.value })),
    ...phones.slice(1).map((it) => ({ id: it.id, label: it.usage ?? common.phone, text: it.value })),
    ...addresses.slice(1).map((it) => ({ id: it.id, label: common.village, text: it.text })),
    ...contacts.map((it) => ({
      id: it.id,
      label: it.relationship,
      text: [it.name, it.phone].filter((part) => part !== "").join(", "),
    })),
  ];
  if (further.length === 0 && identifiers.length === 0) return null;
  return (
    <section className="list card">
      <h2 className="list-title">{words.contacts}</h2>
      <dl className="people">
        {further.map((it) => (
          <div key={it.id}>
            <dt>{it.label}</dt>
            <dd>{it.text}</dd>
          </div>
        ))}
      </dl>
      {identifiers.length > 0 ? (
        <details className="list-over">
          <summary>{words.otherNumbers}</summary>
          <dl className="people">
            {identifiers.map((it) => (
              <div key={it.id}>
                <dt>{it.system}</dt>
                <dd>{it.value}</dd>
              </div>
            ))}
          </dl>
        </details>
      ) : null}
    </section>
  );
}
