//! Charts, lists and conflicts as text.

use desktop_client::{
    Age, AgeUnit, AlsoRecorded, ChartView, ConflictRegister, ConflictView, PatientRow, VisitView,
    VitalView,
};

use crate::output::{Lines, counted};

/// Patients, a line each.
pub(crate) fn rows(rows: &[PatientRow]) -> String {
    let mut lines = Lines::default();
    for row in rows {
        let born = row.birth_date.as_deref().unwrap_or("born ?");
        let sex = row.sex.as_deref().unwrap_or("sex ?");
        let mut marks = String::new();
        if row.conflict {
            marks.push_str("  to decide");
        }
        if row.only_here {
            marks.push_str("  only here");
        }
        lines.add(format!(
            "{:<12}  {:<28}  {born:<10}  {sex:<7}  {:<20}  {:<14}  {}{marks}",
            row.number, row.name, row.place, row.phone, row.chart
        ));
    }
    if rows.is_empty() {
        lines.add("nobody found");
    }
    lines.finish()
}

/// A chart.
pub(crate) fn chart(view: &ChartView) -> String {
    let mut lines = Lines::default();
    lines.add(format!("{}  {}", view.number, view.name));
    lines.labelled("chart", &view.chart);
    identity(view, &mut lines);
    for conflict in &view.conflicts {
        add_conflict(conflict, &mut lines);
    }
    dangers(view, &mut lines);
    for visit in &view.visits {
        add_visit(visit, &mut lines);
    }
    let shown = u32::try_from(view.visits.len()).unwrap_or(u32::MAX);
    if view.visit_count > shown {
        lines.add(format!("… and {} earlier visits", view.visit_count - shown));
    }
    if view.from_newer_release > 0 {
        lines.add(format!(
            "{} things recorded by a newer release are not shown",
            view.from_newer_release
        ));
    }
    if view.damaged > 0 {
        lines.add(format!("{} damaged statements are not shown", view.damaged));
    }
    if view.unsent > 0 {
        let entries = counted(view.unsent, "entry", "entries");
        lines.add(format!("{entries} of this chart only on this computer"));
    }
    lines.finish()
}

fn identity(view: &ChartView, lines: &mut Lines) {
    lines.labelled("sex", view.sex.as_deref().unwrap_or_default());
    let estimated = if view.birth_estimated {
        ", estimated"
    } else {
        ""
    };
    let aged = view
        .age
        .map(|it| format!(" ({})", age(it)))
        .unwrap_or_default();
    if let Some(date) = &view.birth_date {
        lines.labelled("born", format!("{date}{estimated}{aged}"));
    }
    if let Some(death) = &view.deceased {
        lines.labelled("died", death.when.as_deref().unwrap_or("at a time unknown"));
    }
    also("also named", &view.name_also_recorded, lines);
    for name in &view.other_names {
        lines.labelled("other name", &name.value);
    }
    for phone in &view.phones {
        lines.labelled("phone", &phone.value);
        also("  also", &phone.also_recorded, lines);
    }
    for address in &view.addresses {
        lines.labelled("address", &address.text);
        also("  also", &address.also_recorded, lines);
    }
    for contact in &view.contacts {
        let who = format!(
            "{} {} {}",
            contact.relationship, contact.name, contact.phone
        );
        lines.labelled("contact", who.trim());
    }
    for identifier in &view.identifiers {
        lines.labelled(
            "number",
            format!("{} ({})", identifier.value, identifier.system),
        );
    }
}

fn also(label: &str, others: &[AlsoRecorded], lines: &mut Lines) {
    for other in others {
        let by = &other.by;
        lines.labelled(
            label,
            format!("{} ({}, {}, {})", other.value, by.author, by.site, by.when),
        );
    }
}

fn dangers(view: &ChartView, lines: &mut Lines) {
    for allergy in &view.allergies {
        let more: Vec<&str> = allergy
            .criticality
            .as_deref()
            .into_iter()
            .chain(allergy.reaction.as_deref())
            .collect();
        lines.labelled(
            "ALLERGY",
            format!("{}  {}", allergy.text, more.join(", ")).trim_end(),
        );
    }
    if view.no_known_allergies {
        lines.labelled("allergies", "none known");
    } else if view.no_allergies_recorded {
        lines.labelled("allergies", "not asked yet");
    }
    for problem in &view.problems {
        let code = problem
            .code
            .as_deref()
            .map(|it| format!(" [{it}]"))
            .unwrap_or_default();
        lines.labelled(
            "problem",
            format!("{}{code} since {}", problem.text, problem.since),
        );
    }
    for medicine in &view.medicines {
        let dosage = medicine
            .dosage
            .as_deref()
            .map(|it| format!(", {it}"))
            .unwrap_or_default();
        lines.labelled("medicine", format!("{}{dosage}", medicine.text));
    }
}

fn add_visit(visit: &VisitView, lines: &mut Lines) {
    let only_here = if visit.only_here { "  (only here)" } else { "" };
    let brought = if visit.imported { "brought in by " } else { "" };
    lines.gap();
    lines.add(format!(
        "{}  {}  {brought}{}, {}{only_here}",
        visit.when, visit.reason, visit.author, visit.site
    ));
    let measured = |it: &VitalView| format!("{} {} {}", it.name, it.value, it.unit);
    let vitals: Vec<String> = visit.vitals.iter().map(measured).collect();
    lines.labelled("  vitals", vitals.join("; "));
    for result in &visit.results {
        lines.labelled("  result", measured(result));
    }
    for diagnosis in &visit.diagnoses {
        let code = diagnosis
            .code
            .as_deref()
            .map(|it| format!(" [{it}]"))
            .unwrap_or_default();
        lines.labelled("  diagnosis", format!("{}{code}", diagnosis.text));
    }
    for other in &visit.others {
        lines.paragraph("  other", &format!("{}: {}", other.kind, other.text));
    }
    lines.paragraph("  note", &visit.note);
}

/// What is to be decided.
pub(crate) fn conflicts(found: &[ConflictView]) -> String {
    let mut lines = Lines::default();
    for conflict in found {
        lines.add(format!(
            "{}  {}  {}",
            conflict.number, conflict.name, conflict.chart
        ));
        add_conflict(conflict, &mut lines);
    }
    if found.is_empty() {
        lines.add("nothing to decide");
    }
    lines.finish()
}

fn add_conflict(conflict: &ConflictView, lines: &mut Lines) {
    let name = match conflict.register {
        ConflictRegister::BirthDate => "birth date",
        ConflictRegister::Sex => "sex",
        ConflictRegister::Deceased => "death",
        ConflictRegister::Statement => conflict.subject.as_str(),
    };
    lines.add(format!("  TO DECIDE: {name}"));
    for value in &conflict.values {
        let key = if value.key == value.value {
            String::new()
        } else {
            format!(" [{}]", value.key)
        };
        let reason = value
            .reason
            .as_deref()
            .map(|it| format!(": {it}"))
            .unwrap_or_default();
        lines.add(format!(
            "    {}{key}  by {}, {}, {}{reason}",
            value.value, value.author, value.site, value.when
        ));
    }
}

fn age(age: Age) -> String {
    let unit = match age.unit {
        AgeUnit::Years => "years",
        AgeUnit::Months => "months",
        AgeUnit::Days => "days",
    };
    let about = if age.about { "about " } else { "" };
    format!("{about}{} {unit}", age.value)
}
