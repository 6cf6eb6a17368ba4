//! Encounters: visits.

use record::{Content, Encounter, EncounterStatus, Period};
use serde_json::{Value, json};

use super::{Said, Setting};
use crate::Refusal;
use crate::json::{At, Damaged, Object};
use crate::values::{list, period, put, put_list, put_period, put_text, text};

/// Marks a visit written in Posta: FHIR has no word for "signed".
const STATUS: &str = "urn:posta:encounter-status";

pub(super) fn read(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    let fhir_status =
        text(members, "status", at)?.ok_or_else(|| at.member("status").refuse("is missing"))?;
    let status = our_status(members);
    let period = period(members, "period", at)?;
    let occurred = period.as_ref().and_then(|it| it.start.clone());
    let encounter = Encounter {
        status,
        fhir_status: status.is_none().then_some(fhir_status),
        types: list(members, "type", at)?,
        reason_code: list(members, "reasonCode", at)?,
        period,
        rest: None,
    };
    Ok(Said {
        content: Content::Encounter(encounter),
        occurred,
    })
}

fn our_status(members: &Object) -> Option<EncounterStatus> {
    let extensions = members.get("extension")?.as_array()?;
    let ours = extensions
        .iter()
        .find(|it| it.get("url").is_some_and(|url| url == STATUS))?;
    match ours.get("valueCode")?.as_str()? {
        "open" => Some(EncounterStatus::Open),
        "closed" => Some(EncounterStatus::Closed),
        "signed" => Some(EncounterStatus::Signed),
        _ => None,
    }
}

pub(super) fn write(encounter: &Encounter, setting: &Setting) -> Result<Object, Damaged> {
    // A visit is in no other visit: the setting's encounter is not written.
    let setting = &Setting {
        encounter: None,
        ..setting.clone()
    };
    let mut members = setting.begin("Encounter");
    if let Some(status) = encounter.status {
        let (name, code) = match status {
            EncounterStatus::Open => ("in-progress", "open"),
            EncounterStatus::Closed => ("finished", "closed"),
            EncounterStatus::Signed => ("finished", "signed"),
        };
        put(
            &mut members,
            "extension",
            json!([{ "url": STATUS, "valueCode": code }]),
        );
        put_text(&mut members, "status", Some(name));
        put(&mut members, "class", ambulatory());
    } else {
        let status = setting.or_default(encounter.fhir_status.as_deref(), "unknown");
        put_text(&mut members, "status", status);
        if setting.born.is_some() {
            put(&mut members, "class", ambulatory());
        }
    }
    put_list(&mut members, "type", &encounter.types)?;
    put_list(&mut members, "reasonCode", &encounter.reason_code)?;
    let began = setting.occurred.clone().filter(|_| setting.born.is_some());
    let period = encounter.period.clone().or_else(|| {
        began.map(|start| Period {
            start: Some(start),
            end: None,
        })
    });
    put_period(&mut members, "period", period.as_ref());
    Ok(members)
}

/// FHIR demands a class; at a health post patients come and go.
fn ambulatory() -> Value {
    json!({
        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "code": "AMB",
        "display": "ambulatory",
    })
}
