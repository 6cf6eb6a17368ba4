//! Recording a visit: what was measured, diagnosed, ordered and written, as statements in one change.

mod vitals;

use audit::AccessEvent;
use record::{
    Age, AllergyIntolerance, Chart, CodeableConcept, Coding, Condition, Content, Encounter,
    EncounterStatus, MedicationRequest, Note, Period, When,
};
use replica::Intent;
use roster::Action;

use super::access::Deed;
use super::pen::Pen;
use super::{Client, chart_id};
use crate::inputs::{MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_REASON_BYTES, optional, required};
use crate::views::{
    AllergyInput, ChartView, CommandError, DiagnosisInput, ErrorCode, MedicineInput, VisitInput,
};

const ICD_10: &str = "http://hl7.org/fhir/sid/icd-10";
const CLINICAL_CONDITION: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const CONDITION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/condition-category";
const CLINICAL_ALLERGY: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";
const SNOMED: &str = "http://snomed.info/sct";

impl Client {
    /// Records a visit. Impossible measurements are refused; unlikely ones need `confirmed`. That no allergy is
    /// known is refused while one stands.
    pub fn record_visit(
        &mut self,
        chart: &str,
        input: &VisitInput,
    ) -> Result<ChartView, CommandError> {
        let chart = chart_id(chart)?;
        let deed = Deed::to(AccessEvent::Visit, chart);
        self.permit(Action::WriteClinical, &deed)?;
        let mut doc = self.driver.held_chart(chart)?;
        let known = doc.view();
        // "None known" would be passed over as long as the allergy stands, and come up when it is taken back.
        let has_allergy = known.allergies().iter().any(|it| !it.1.is_none_known());
        if input.no_known_allergies && has_allergy {
            return Err(CommandError::field(
                ErrorCode::AllergyStands,
                "noKnownAllergies",
            ));
        }
        let age = self.age_of(&known);
        self.edit(&mut doc, &deed, |client, pen| {
            let now = When::from_ms(client.driver.host().now_ms());
            visit(input, now, age.as_ref(), pen)
        })?;
        self.view(&doc)
    }

    fn age_of(&self, chart: &Chart) -> Option<Age> {
        let birth = &chart.birth_date.as_ref()?.shown.value;
        Age::on(birth, &self.driver.today())
    }
}

fn visit(
    input: &VisitInput,
    now: When,
    age: Option<&Age>,
    pen: &mut Pen,
) -> Result<Vec<Intent>, CommandError> {
    let observations = vitals::observations(&input.vitals, age, input.confirmed)?;
    let encounter = pen.statement_id();
    let content = Content::Encounter(Encounter {
        status: Some(EncounterStatus::Closed),
        reason_code: vec![in_words(required(
            &input.reason,
            "reason",
            MAX_REASON_BYTES,
        )?)],
        period: Some(Period {
            start: Some(now),
            end: None,
        }),
        ..Encounter::default()
    });
    let opened = pen.statement(encounter, None, None, content);
    let mut intents = vec![Intent::AddStatement(Box::new(opened))];
    let mut state = |content| intents.push(pen.state(Some(encounter), None, content));
    for observation in observations {
        state(Content::Observation(observation));
    }
    if let Some(input) = &input.diagnosis {
        state(diagnosis(input)?);
    }
    match (&input.allergy, input.no_known_allergies) {
        (Some(_), true) => {
            return Err(CommandError::field(
                ErrorCode::FieldInvalid,
                "noKnownAllergies",
            ));
        }
        (Some(input), false) => state(allergy(input)?),
        (None, true) => state(no_known_allergy()),
        (None, false) => {}
    }
    if let Some(input) = &input.medicine {
        state(medicine(input)?);
    }
    if let Some(text) = optional(Some(&input.note), "note", MAX_NOTE_BYTES)? {
        state(Content::Note(Note { text, rest: None }));
    }
    Ok(intents)
}

fn diagnosis(input: &DiagnosisInput) -> Result<Content, CommandError> {
    let text = required(&input.text, "diagnosis.text", MAX_NAME_BYTES)?;
    let code = optional(input.code.as_deref(), "diagnosis.code", 20)?;
    let coding = code.map(|code| Coding {
        system: Some(ICD_10.to_owned()),
        code: Some(code.to_uppercase()),
        ..Coding::default()
    });
    Ok(Content::Condition(Condition {
        clinical_status: Some(coded(CLINICAL_CONDITION, "active")),
        category: vec![coded(CONDITION_CATEGORY, "encounter-diagnosis")],
        code: CodeableConcept {
            coding: coding.into_iter().collect(),
            text: Some(text),
            rest: None,
        },
        ..Condition::default()
    }))
}

fn allergy(input: &AllergyInput) -> Result<Content, CommandError> {
    let criticality = optional(input.criticality.as_deref(), "allergy.criticality", 20)?;
    if !matches!(
        criticality.as_deref(),
        None | Some("low" | "high" | "unable-to-assess")
    ) {
        return Err(CommandError::field(
            ErrorCode::FieldInvalid,
            "allergy.criticality",
        ));
    }
    Ok(Content::AllergyIntolerance(AllergyIntolerance {
        clinical_status: Some(coded(CLINICAL_ALLERGY, "active")),
        criticality,
        code: in_words(required(
            &input.substance,
            "allergy.substance",
            MAX_NAME_BYTES,
        )?),
        reaction: optional(
            input.reaction.as_deref(),
            "allergy.reaction",
            MAX_NAME_BYTES,
        )?,
        ..AllergyIntolerance::default()
    }))
}

/// "None known" is a statement of its own: it says that somebody asked.
fn no_known_allergy() -> Content {
    Content::AllergyIntolerance(AllergyIntolerance {
        clinical_status: Some(coded(CLINICAL_ALLERGY, "active")),
        code: CodeableConcept {
            text: Some("No known allergies".to_owned()),
            ..coded(SNOMED, "716186003")
        },
        ..AllergyIntolerance::default()
    })
}

fn medicine(input: &MedicineInput) -> Result<Content, CommandError> {
    Ok(Content::MedicationRequest(MedicationRequest {
        status: Some("active".to_owned()),
        intent: Some("order".to_owned()),
        medication: in_words(required(&input.text, "medicine.text", MAX_NAME_BYTES)?),
        dosage: optional(input.dosage.as_deref(), "medicine.dosage", MAX_NAME_BYTES)?,
        ..MedicationRequest::default()
    }))
}

fn in_words(text: String) -> CodeableConcept {
    CodeableConcept {
        text: Some(text),
        ..CodeableConcept::default()
    }
}

fn coded(system: &str, code: &str) -> CodeableConcept {
    CodeableConcept {
        coding: vec![Coding {
            system: Some(system.to_owned()),
            code: Some(code.to_owned()),
            ..Coding::default()
        }],
        ..CodeableConcept::default()
    }
}
