// Who the patient is, and what is dangerous to them: on top of every screen that is about one patient.

import type { ReactNode } from "react";
import type { AlsoRecorded, ChartView } from "#platform";
import { Allergies } from "./Allergies";
import { conflictAbout } from "./conflict";
import { ageWords, dateWords, recentWords, sexWords } from "./format";
import { Fork } from "./icons";
import { words } from "./words";
import "./PatientBanner.css";

interface PatientBannerProps {
  chart: ChartView;
  actions?: ReactNode;
  /** One line for who it is: on the screens where something is written. */
  compact?: boolean;
}

export function PatientBanner({ chart, actions, compact = false }: PatientBannerProps) {
  const phone = chart.phones[0];
  const address = chart.addresses[0];
  const also = [
    ...chart.nameAlsoRecorded,
    ...chart.phones.flatMap((it) => it.alsoRecorded),
    ...chart.addresses.flatMap((it) => it.alsoRecorded),
  ];
  return (
    <section className={compact ? "banner card banner-compact" : "banner card"}>
      <div className="banner-top">
        <h1 className="banner-name" tabIndex={-1}>
          {chart.name || words.nameless}
        </h1>
        <ul className="banner-facts">
          <li className="banner-vital">
            {sexWords(chart.sex)}, {ageWords(chart.age)}
            {chart.birthDate ? (
              <span className="banner-born"> {words.born(dateWords(chart.birthDate))}</span>
            ) : null}
          </li>
          {chart.deceased ? (
            <li className="banner-died">
              {words.died}
              {chart.deceased.when ? ` ${dateWords(chart.deceased.when)}` : ""}
            </li>
          ) : null}
          {compact && chart.conflicts.length > 0 ? (
            <li className="banner-undecided">
              <Fork /> {words.undecided(chart.conflicts.map(conflictAbout).join(", "))}
            </li>
          ) : null}
          <Fact label={words.number} value={chart.number} none={words.numberless} />
          {compact ? null : (
            <Fact label={words.phone} value={phone?.value ?? ""} none={words.phoneNotRecorded} />
          )}
          {compact ? null : (
            <Fact label={words.village} value={address?.text ?? ""} none={words.placeNotRecorded} />
          )}
        </ul>
        {actions ? <div className="banner-actions">{actions}</div> : null}
      </div>
      {compact ? null : <Also all={also} />}
      <Allergies chart={chart} />
    </section>
  );
}

function Fact({ label, value, none }: { label: string; value: string; none: string }) {
  return (
    <li className={value ? "banner-fact" : "banner-fact banner-fact-none"}>
      {value ? <span className="banner-label">{label} </span> : null}
      {value || none}
    </li>
  );
}

/** Values that were written apart from the ones shown and lost nothing by it: the newest stands above, these here. */
function Also({ all }: { all: readonly AlsoRecorded[] }) {
  if (all.length === 0) return null;
  return (
    <ul className="banner-also">
      {all.map((it) => (
        <li key={`${it.value} ${it.by.when}`}>
          {words.alsoRecorded(it.value, it.by.author, it.by.site, recentWords(it.by.when))}
        </li>
      ))}
    </ul>
  );
}
