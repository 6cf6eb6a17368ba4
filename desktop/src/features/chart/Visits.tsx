// The last visits, newest first; the newest two open, the others one key away.

import type { VisitView } from "#platform";
import { whenWords } from "#ui/format.ts";
import { Computer } from "#ui/icons.tsx";
import { words as common } from "#ui/words.ts";
import { measured } from "./vitals";
import { words } from "./words";

const OPEN = 2;

export function Visits({ visits, count }: { visits: readonly VisitView[]; count: number }) {
  return (
    <section className="visits card">
      <h2 className="list-title">
        {words.visits}{" "}
        {count > 0 ? <span className="list-count">{words.visitsShown(visits.length, count)}</span> : null}
      </h2>
      {visits.length === 0 ? (
        <p className="soft">
          {words.noVisits} {words.noVisitsHint}
        </p>
      ) : null}
      <ol>
        {visits.map((it, index) => (
          <li key={it.id}>
            <details className="visit" open={index < OPEN}>
              <summary className="visit-head">
                <span className="visit-when">{whenWords(it.when)}</span>
                <span className="visit-reason">{it.reason}</span>
                {it.onlyHere ? (
                  <span className="only-here">
                    <Computer /> {common.onlyHere}
                  </span>
                ) : null}
              </summary>
              <VisitBody visit={it} />
            </details>
          </li>
        ))}
      </ol>
    </section>
  );
}

function VisitBody({ visit }: { visit: VisitView }) {
  const vitals = measured(visit.vitals);
  return (
    <div className="visit-body">
      <p className="visit-by">
        {visit.imported ? words.broughtIn(visit.author, visit.site) : `${visit.author}, ${visit.site}`}
      </p>
      {vitals.length > 0 ? (
        <dl className="vitals" aria-label={words.vitals}>
          {vitals.map((it) => (
            <div key={it.key} className="vital">
              <dt>{it.name}</dt>
              <dd>
                <strong>{it.value}</strong> {it.unit}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {visit.diagnoses.length > 0 ? (
        <ul className="diagnoses">
          {visit.diagnoses.map((it) => (
            <li key={`${it.text} ${it.code ?? ""}`} className="diagnosis">
              {it.text}
              {it.code ? <span className="soft small"> {it.code}</span> : null}
            </li>
          ))}
        </ul>
      ) : null}
      {visit.results.length > 0 ? (
        <dl className="results" aria-label={words.results}>
          {measured(visit.results).map((it) => (
            <div key={it.key} className="result">
              <dt>{it.name}</dt>
              <dd>
                {it.value} {it.unit}
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {visit.others.length > 0 ? (
        <ul className="others">
          {visit.others.map((it) => (
            <li key={`${it.kind} ${it.text}`}>
              <span className="soft small">{words.kind[it.kind] ?? it.kind}</span> {it.text}
            </li>
          ))}
        </ul>
      ) : null}
      {visit.note ? <p className="visit-note">{visit.note}</p> : null}
    </div>
  );
}
