//! Conditions and allergies.

use record::{AllergyIntolerance, CodeableConcept, Condition, Content};
use serde_json::{Value, json};

use super::{Said, Setting};
use crate::Refusal;
use crate::json::{At, Damaged, Object};
use crate::values::{
    Element as _, concept, element, list, put, put_concept, put_element, put_list, put_text,
    put_when, text, when,
};

pub(super) fn read_condition(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    let condition = Condition {
        clinical_status: element(members, "clinicalStatus", at)?,
        verification_status: element(members, "verificationStatus", at)?,
        category: list(members, "category", at)?,
        code: concept(members, "code", at)?,
        onset: when(members, "onsetDateTime", at)?,
        abatement: when(members, "abatementDateTime", at)?,
        recorded_date: when(members, "recordedDate", at)?,
        rest: None,
    };
    let occurred = condition
        .onset
        .clone()
        .or_else(|| condition.recorded_date.clone());
    Ok(Said {
        content: Content::Condition(condition),
        occurred,
    })
}

pub(super) fn write_condition(condition: &Condition, setting: &Setting) -> Result<Object, Damaged> {
    let mut members = setting.begin("Condition");
    put_element(
        &mut members,
        "clinicalStatus",
        condition.clinical_status.as_ref(),
    )?;
    put_element(
        &mut members,
        "verificationStatus",
        condition.verification_status.as_ref(),
    )?;
    put_list(&mut members, "category", &condition.category)?;
    put_concept(&mut members, "code", &condition.code)?;
    put_when(&mut members, "onsetDateTime", condition.onset.as_ref());
    put_when(
        &mut members,
        "abatementDateTime",
        condition.abatement.as_ref(),
    );
    put_when(
        &mut members,
        "recordedDate",
        condition.recorded_date.as_ref(),
    );
    Ok(members)
}

pub(super) fn read_allergy(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    let criticality = text(members, "criticality", at)?;
    if criticality
        .as_deref()
        .is_some_and(|it| !matches!(it, "low" | "high" | "unable-to-assess"))
    {
        return Err(at
            .member("criticality")
            .refuse("none of low, high, unable-to-assess"));
    }
    let allergy = AllergyIntolerance {
        clinical_status: element(members, "clinicalStatus", at)?,
        verification_status: element(members, "verificationStatus", at)?,
        criticality,
        code: concept(members, "code", at)?,
        reaction: read_reaction(members, at)?,
        recorded_date: when(members, "recordedDate", at)?,
        rest: None,
    };
    let occurred = match when(members, "onsetDateTime", at)? {
        Some(onset) => Some(onset),
        None => allergy.recorded_date.clone(),
    };
    Ok(Said {
        content: Content::AllergyIntolerance(allergy),
        occurred,
    })
}

pub(super) fn write_allergy(
    allergy: &AllergyIntolerance,
    setting: &Setting,
) -> Result<Object, Damaged> {
    let mut members = setting.begin("AllergyIntolerance");
    put_element(
        &mut members,
        "clinicalStatus",
        allergy.clinical_status.as_ref(),
    )?;
    if allergy.clinical_status.is_none() && setting.born.is_some() {
        put(&mut members, "clinicalStatus", active());
    }
    put_element(
        &mut members,
        "verificationStatus",
        allergy.verification_status.as_ref(),
    )?;
    put_text(&mut members, "criticality", allergy.criticality.as_deref());
    put_concept(&mut members, "code", &allergy.code)?;
    put_when(&mut members, "recordedDate", allergy.recorded_date.as_ref());
    if let Some(reaction) = &allergy.reaction {
        put(
            &mut members,
            "reaction",
            json!([{ "manifestation": [{ "text": reaction }] }]),
        );
    }
    Ok(members)
}

/// FHIR demands a clinical status of an allergy that was not withdrawn.
fn active() -> Value {
    json!({ "coding": [{
        "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
        "code": "active",
    }] })
}

/// Reads what happens, in words: the manifestations of all reactions.
fn read_reaction(members: &Object, at: &At<'_>) -> Result<Option<String>, Refusal> {
    let at = at.member("reaction");
    let reactions = match members.get("reaction") {
        None => return Ok(None),
        Some(Value::Array(reactions)) => reactions,
        Some(_) => return Err(at.refuse("an array was expected")),
    };
    let mut words: Vec<String> = Vec::new();
    for (index, reaction) in reactions.iter().enumerate() {
        let at = at.index(index);
        let at = at.member("manifestation");
        let manifestations = reaction.get("manifestation").and_then(Value::as_array);
        for manifestation in manifestations.into_iter().flatten() {
            let concept = CodeableConcept::from_json(manifestation, &at)?;
            words.extend(concept.words().map(str::to_owned));
        }
    }
    Ok((!words.is_empty()).then(|| words.join(", ")))
}
