//! What was ordered, given, done and reported.

use record::{
    CodeableConcept, Content, DiagnosticReport, Immunization, MedicationRequest, Procedure,
    Reference,
};
use serde_json::{Value, json};

use super::{Said, Setting};
use crate::Refusal;
use crate::json::{At, Damaged, Object};
use crate::values::{
    Element as _, concept, element, list, object, period, put, put_concept, put_list, put_period,
    put_text, put_when, text, when,
};

fn demand(members: &Object, name: &str, at: &At<'_>) -> Result<(), Refusal> {
    if members.contains_key(name) {
        Ok(())
    } else {
        Err(at.member(name).refuse("is missing"))
    }
}

pub(super) fn read_medication(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    demand(members, "status", at)?;
    demand(members, "intent", at)?;
    let authored_on = when(members, "authoredOn", at)?;
    let request = MedicationRequest {
        status: text(members, "status", at)?,
        intent: text(members, "intent", at)?,
        medication: medicine(members, at)?,
        dosage: dosage(members, at)?,
        authored_on: authored_on.clone(),
        rest: None,
    };
    Ok(Said {
        content: Content::MedicationRequest(request),
        occurred: authored_on,
    })
}

/// Reads which medicine: from the concept, else from what the reference is called or the contained medicine it
/// points to.
fn medicine(members: &Object, at: &At<'_>) -> Result<CodeableConcept, Refusal> {
    if members.contains_key("medicationCodeableConcept") {
        return concept(members, "medicationCodeableConcept", at);
    }
    let Some(reference) = element::<Reference>(members, "medicationReference", at)? else {
        return Err(at.member("medicationCodeableConcept").refuse("is missing"));
    };
    let contained = members
        .get("contained")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|it| {
            let id = it.get("id").and_then(Value::as_str);
            id.is_some()
                && id
                    == reference
                        .reference
                        .as_deref()
                        .and_then(|it| it.strip_prefix('#'))
        });
    match contained.and_then(|it| it.get("code")) {
        Some(code) => CodeableConcept::from_json(code, &at.member("contained")),
        None => Ok(CodeableConcept {
            text: reference.display,
            ..CodeableConcept::default()
        }),
    }
}

/// Reads how to take it, in words.
fn dosage(members: &Object, at: &At<'_>) -> Result<Option<String>, Refusal> {
    let at = at.member("dosageInstruction");
    let instructions = match members.get("dosageInstruction") {
        None => return Ok(None),
        Some(Value::Array(instructions)) => instructions,
        Some(_) => return Err(at.refuse("an array was expected")),
    };
    let mut words = Vec::new();
    for (index, instruction) in instructions.iter().enumerate() {
        let at = at.index(index);
        words.extend(text(object(instruction, &at)?, "text", &at)?);
    }
    Ok((!words.is_empty()).then(|| words.join("; ")))
}

pub(super) fn write_medication(
    request: &MedicationRequest,
    setting: &Setting,
) -> Result<Object, Damaged> {
    let mut members = setting.begin("MedicationRequest");
    put_text(
        &mut members,
        "status",
        setting.or_default(request.status.as_deref(), "active"),
    );
    put_text(
        &mut members,
        "intent",
        setting.or_default(request.intent.as_deref(), "order"),
    );
    put_concept(
        &mut members,
        "medicationCodeableConcept",
        &request.medication,
    )?;
    put_when(&mut members, "authoredOn", request.authored_on.as_ref());
    if let Some(dosage) = &request.dosage {
        put(
            &mut members,
            "dosageInstruction",
            json!([{ "text": dosage }]),
        );
    }
    Ok(members)
}

pub(super) fn read_immunization(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    demand(members, "status", at)?;
    demand(members, "vaccineCode", at)?;
    let occurrence = when(members, "occurrenceDateTime", at)?;
    let immunization = Immunization {
        status: text(members, "status", at)?,
        vaccine_code: concept(members, "vaccineCode", at)?,
        occurrence: occurrence.clone(),
        rest: None,
    };
    Ok(Said {
        content: Content::Immunization(immunization),
        occurred: occurrence,
    })
}

pub(super) fn write_immunization(
    immunization: &Immunization,
    setting: &Setting,
) -> Result<Object, Damaged> {
    let mut members = setting.begin("Immunization");
    put_text(
        &mut members,
        "status",
        setting.or_default(immunization.status.as_deref(), "completed"),
    );
    put_concept(&mut members, "vaccineCode", &immunization.vaccine_code)?;
    put_when(
        &mut members,
        "occurrenceDateTime",
        immunization.occurrence.as_ref(),
    );
    if immunization.occurrence.is_none() && setting.born.is_some() {
        put_text(&mut members, "occurrenceString", Some("unknown"));
    }
    Ok(members)
}

pub(super) fn read_procedure(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    demand(members, "status", at)?;
    let performed = period(members, "performedPeriod", at)?;
    let occurred = match when(members, "performedDateTime", at)? {
        Some(when) => Some(when),
        None => performed.as_ref().and_then(|it| it.start.clone()),
    };
    let procedure = Procedure {
        status: text(members, "status", at)?,
        code: concept(members, "code", at)?,
        performed,
        rest: None,
    };
    Ok(Said {
        content: Content::Procedure(procedure),
        occurred,
    })
}

pub(super) fn write_procedure(procedure: &Procedure, setting: &Setting) -> Result<Object, Damaged> {
    let mut members = setting.begin("Procedure");
    put_text(
        &mut members,
        "status",
        setting.or_default(procedure.status.as_deref(), "completed"),
    );
    put_concept(&mut members, "code", &procedure.code)?;
    match &procedure.performed {
        Some(performed) => put_period(&mut members, "performedPeriod", Some(performed)),
        None => setting.put_occurred(&mut members, "performedDateTime"),
    }
    Ok(members)
}

pub(super) fn read_report(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    demand(members, "status", at)?;
    demand(members, "code", at)?;
    let issued = when(members, "issued", at)?;
    let effective = match when(members, "effectiveDateTime", at)? {
        Some(when) => Some(when),
        None => period(members, "effectivePeriod", at)?.and_then(|it| it.start),
    };
    let report = DiagnosticReport {
        status: text(members, "status", at)?,
        category: list(members, "category", at)?,
        code: concept(members, "code", at)?,
        result: list(members, "result", at)?,
        issued,
        conclusion: text(members, "conclusion", at)?,
        rest: None,
    };
    Ok(Said {
        content: Content::DiagnosticReport(report),
        occurred: effective,
    })
}

pub(super) fn write_report(
    report: &DiagnosticReport,
    setting: &Setting,
) -> Result<Object, Damaged> {
    let mut members = setting.begin("DiagnosticReport");
    put_text(
        &mut members,
        "status",
        setting.or_default(report.status.as_deref(), "final"),
    );
    put_list(&mut members, "category", &report.category)?;
    put_concept(&mut members, "code", &report.code)?;
    setting.put_occurred(&mut members, "effectiveDateTime");
    put_when(&mut members, "issued", report.issued.as_ref());
    put_list(&mut members, "result", &report.result)?;
    put_text(&mut members, "conclusion", report.conclusion.as_deref());
    Ok(members)
}
