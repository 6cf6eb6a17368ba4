//! A visit with what was found in it.

use record::{Content, Observation, ObservationComponent, Vital};

use super::conflict::statement_subject;
use super::texts::{concept_code, concept_text, value_text};
use super::{Lens, recorded};
use crate::views::{DiagnosisView, OtherView, VisitView, VitalView};

/// LOINC's panel of both blood pressures.
pub(crate) const BLOOD_PRESSURE: &str = "85354-9";

/// Makes the view of a visit.
pub(super) fn visit_view(visit: &record::Visit<'_>, lens: &Lens<'_>) -> VisitView {
    let statement = visit.statement;
    let began = visit
        .encounter
        .period
        .as_ref()
        .and_then(|it| it.start.as_ref());
    let when = began.or(statement.occurred.as_ref());
    let mut view = VisitView {
        id: statement.id.to_string(),
        when: when.map_or_else(|| recorded(&statement.stamp), |it| it.as_str().to_owned()),
        site: lens.site(statement.stamp.site),
        author: lens.person(statement.stamp.person),
        imported: statement.source.is_some(),
        reason: statement_subject(statement),
        diagnoses: Vec::new(),
        vitals: Vec::new(),
        results: Vec::new(),
        others: Vec::new(),
        note: String::new(),
        only_here: lens.is_only_here(&statement.stamp),
    };
    for made in &visit.statements {
        view.only_here |= lens.is_only_here(&made.stamp);
        match &made.content {
            Content::Observation(it) if is_vital(it) => view.vitals.push(vital_view(it)),
            Content::Observation(it) => view.results.push(vital_view(it)),
            Content::Condition(it) => view.diagnoses.push(DiagnosisView {
                text: concept_text(&it.code),
                code: concept_code(&it.code),
            }),
            Content::Note(it) => {
                if !view.note.is_empty() {
                    view.note.push_str("\n\n");
                }
                view.note.push_str(&it.text);
            }
            Content::AllergyIntolerance(_)
            | Content::MedicationRequest(_)
            | Content::Immunization(_)
            | Content::Procedure(_)
            | Content::DiagnosticReport(_) => view.others.push(OtherView {
                kind: made.kind().name().to_owned(),
                text: statement_subject(made),
            }),
            Content::Encounter(_)
            | Content::DocumentReference(_)
            | Content::Opaque(_)
            | Content::EnteredInError(_)
            | Content::Unknown(_) => {}
        }
    }
    view
}

fn is_vital(observation: &Observation) -> bool {
    let codes = |it: &record::CodeableConcept| -> Vec<String> {
        it.coding.iter().filter_map(|it| it.code.clone()).collect()
    };
    observation
        .category
        .iter()
        .any(|it| codes(it).iter().any(|it| it == "vital-signs"))
        || codes(&observation.code)
            .iter()
            .any(|it| it == BLOOD_PRESSURE || Vital::of_loinc(it).is_some())
}

fn vital_view(observation: &Observation) -> VitalView {
    let (mut value, mut unit) = observation
        .value
        .as_ref()
        .map(value_text)
        .unwrap_or_default();
    if observation.value.is_none() && !observation.component.is_empty() {
        let parts = in_reading_order(&observation.component);
        let texts: Vec<(String, String)> = parts
            .iter()
            .filter_map(|it| it.value.as_ref())
            .map(value_text)
            .collect();
        value = texts
            .iter()
            .map(|it| it.0.as_str())
            .collect::<Vec<_>>()
            .join("/");
        unit = texts.into_iter().next().map(|it| it.1).unwrap_or_default();
    }
    let code = concept_code(&observation.code);
    let name = code.as_deref().and_then(vital_name).map(str::to_owned);
    VitalView {
        name: name.unwrap_or_else(|| concept_text(&observation.code)),
        code,
        value,
        unit,
    }
}

/// Blood pressures are read systolic first, however they were written.
fn in_reading_order(parts: &[ObservationComponent]) -> Vec<&ObservationComponent> {
    let mut parts: Vec<&ObservationComponent> = parts.iter().collect();
    parts.sort_by_key(|it| concept_code(&it.code).as_deref() == Some(Vital::Diastolic.loinc()));
    parts
}

/// Returns what a clinic calls a vital sign.
pub(crate) fn vital_name(loinc: &str) -> Option<&'static str> {
    if loinc == BLOOD_PRESSURE {
        return Some("Blood pressure");
    }
    Some(match Vital::of_loinc(loinc)? {
        Vital::HeartRate => "Pulse",
        Vital::Systolic => "Systolic pressure",
        Vital::Diastolic => "Diastolic pressure",
        Vital::Respiration => "Respiration",
        Vital::Temperature => "Temperature",
        Vital::Oxygen => "Oxygen saturation",
        Vital::Weight => "Weight",
        Vital::Height => "Height",
    })
}
