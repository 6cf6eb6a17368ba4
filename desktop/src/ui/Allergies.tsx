// Allergies, so that nobody can mistake one of the three answers for another: these; none, we asked; nobody asked.

import type { AllergyView, ChartView } from "#platform";
import { dateWords } from "./format";
import { Check, Danger, Question } from "./icons";
import { words } from "./words";
import "./Allergies.css";

export function Allergies({ chart }: { chart: ChartView }) {
  const said = words.allergies;
  const active = chart.allergies.filter(isActive);
  if (active.length > 0) {
    return (
      <section className="allergies allergies-some" aria-label={said.title}>
        <Danger />
        <h2 className="allergies-title">{said.title}</h2>
        <ul className="allergies-list">
          {active.map((it) => (
            <Allergy key={it.id} allergy={it} />
          ))}
        </ul>
      </section>
    );
  }
  const unasked = !chart.noKnownAllergies;
  return (
    <section
      className={unasked ? "allergies allergies-unasked" : "allergies allergies-none"}
      aria-label={said.title}
    >
      {unasked ? <Question /> : <Check />}
      <h2 className="allergies-title">{said.title}</h2>
      <p>
        <strong>{unasked ? said.notAsked : said.none}.</strong>{" "}
        {unasked ? said.notAskedDetail : said.noneDetail}
      </p>
    </section>
  );
}

function Allergy({ allergy }: { allergy: AllergyView }) {
  const said = words.allergies;
  return (
    <li className="allergy">
      <strong className="allergy-what">{allergy.text}</strong>
      {allergy.criticality === "high" ? <span className="allergy-severe">{said.severe}</span> : null}
      {allergy.reaction ? <span>{allergy.reaction}</span> : null}
      <span className="allergy-where">{said.recorded(dateWords(allergy.when), allergy.site)}</span>
    </li>
  );
}

/** An allergy without a status counts as active: to leave it out would be the dangerous mistake. */
function isActive(allergy: AllergyView): boolean {
  return allergy.status !== "inactive" && allergy.status !== "resolved";
}
