//! A person's record as a FHIR R4 transaction Bundle.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{Person, Visit};

const ICD_10_CM: &str = "http://hl7.org/fhir/sid/icd-10-cm";
const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";

/// Makes a UUID (version 4) from the population's own randomness.
pub(super) fn uuid(rng: &mut ChaCha8Rng) -> String {
    let high: u64 = rng.random();
    let low: u64 = rng.random();
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        8 | (low >> 62),
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff,
    )
}

/// Returns the Bundle.
pub(super) fn of(person: &Person) -> Value {
    let mut entries = vec![entry("Patient", &person.uuid, patient(person))];
    if let Some(allergy) = person.allergy {
        let id = part_uuid(person, "a", 0);
        entries.push(entry("AllergyIntolerance", &id, json!({
            "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active"),
            "verificationStatus": concept("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", "confirmed"),
            "criticality": allergy.criticality,
            "code": {"text": allergy.substance},
            "patient": subject(person),
            "reaction": [{"manifestation": [{"text": allergy.reaction}]}],
        })));
    }
    for (index, visit) in person.visits.iter().enumerate() {
        entries.extend(visit_entries(person, visit, index));
    }
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

fn patient(person: &Person) -> Value {
    let phone = person.phone.iter();
    let telecom = phone.map(|it| json!({"system": "phone", "value": it, "use": "mobile"}));
    let mut patient = json!({
        "identifier": [{"system": "urn:posta:synthetic", "value": format!("S{:06}", person.index)}],
        "name": [{"use": "official", "family": person.family, "given": person.given.split(' ').collect::<Vec<_>>()}],
        "telecom": telecom.collect::<Vec<_>>(),
        "gender": if person.is_female { "female" } else { "male" },
        "birthDate": person.birth_date,
        "address": [{"use": "home", "city": person.village, "district": person.district}],
        "contact": [{"relationship": [{"text": "mother"}], "name": {"text": person.mother}}],
    });
    if person.phone.is_none()
        && let Some(members) = patient.as_object_mut()
    {
        // FHIR has no empty lists.
        members.remove("telecom");
    }
    patient
}

fn visit_entries(person: &Person, visit: &Visit, index: usize) -> Vec<Value> {
    let encounter = part_uuid(person, "e", index);
    let when = time(visit, 0);
    let link = json!({"reference": format!("urn:uuid:{encounter}")});
    let mut entries = vec![entry(
        "Encounter",
        &encounter,
        json!({
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": subject(person),
            "reasonCode": [{"text": visit.diagnosis.complaint}],
            "period": {"start": when, "end": time(visit, 20)},
        }),
    )];
    let condition_status = if visit.diagnosis.is_chronic {
        "active"
    } else {
        "resolved"
    };
    entries.push(entry("Condition", &part_uuid(person, "c", index), json!({
        "clinicalStatus": concept("http://terminology.hl7.org/CodeSystem/condition-clinical", condition_status),
        "code": {
            "coding": [{"system": ICD_10_CM, "code": visit.diagnosis.code, "display": visit.diagnosis.text}],
            "text": visit.diagnosis.text,
        },
        "subject": subject(person),
        "encounter": link,
        "onsetDateTime": when,
        "recordedDate": when,
    })));
    entries.push(entry(
        "MedicationRequest",
        &part_uuid(person, "m", index),
        json!({
            "status": if visit.diagnosis.is_chronic { "active" } else { "completed" },
            "intent": "order",
            "medicationCodeableConcept": {"text": visit.diagnosis.medicine},
            "subject": subject(person),
            "encounter": link,
            "authoredOn": when,
            "dosageInstruction": [{"text": visit.diagnosis.dosage}],
        }),
    ));
    entries.extend(observations(person, visit, index, &link));
    entries.push(entry("Composition", &part_uuid(person, "n", index), json!({
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "11506-3", "display": "Progress note"}]},
        "subject": subject(person),
        "encounter": link,
        "date": when,
        "author": [{"display": "Clinic nurse"}],
        "title": "Progress note",
        "section": [{"text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", visit.note)}}],
    })));
    entries
}

fn observations(person: &Person, visit: &Visit, index: usize, encounter: &Value) -> Vec<Value> {
    let vitals = &visit.vitals;
    let tenths = |value: u32| format!("{}.{}", value / 10, value % 10);
    let measured = [
        (
            "8480-6",
            "Systolic blood pressure",
            vitals.systolic.to_string(),
            "mm[Hg]",
        ),
        (
            "8462-4",
            "Diastolic blood pressure",
            vitals.diastolic.to_string(),
            "mm[Hg]",
        ),
        (
            "8310-5",
            "Body temperature",
            tenths(vitals.temperature_tenths),
            "Cel",
        ),
        ("29463-7", "Body weight", tenths(vitals.weight_tenths), "kg"),
        ("8867-4", "Heart rate", vitals.pulse.to_string(), "/min"),
        (
            "2708-6",
            "Oxygen saturation in Arterial blood",
            vitals.oxygen.to_string(),
            "%",
        ),
    ];
    let observation = |(place, (code, display, value, unit)): (
        usize,
        &(&str, &str, String, &str),
    )| {
        let number: Value = serde_json::from_str(value).unwrap_or(Value::Null);
        entry(
            "Observation",
            &part_uuid(person, &format!("o{place}"), index),
            json!({
                "status": "final",
                "category": [concept("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs")],
                "code": {"coding": [{"system": LOINC, "code": code, "display": display}]},
                "subject": subject(person),
                "encounter": encounter,
                "effectiveDateTime": time(visit, 5),
                "valueQuantity": {"value": number, "unit": unit, "system": UCUM, "code": unit},
            }),
        )
    };
    measured.iter().enumerate().map(observation).collect()
}

fn entry(resource_type: &str, id: &str, resource: Value) -> Value {
    let mut whole = serde_json::Map::new();
    whole.insert("resourceType".to_owned(), json!(resource_type));
    whole.insert("id".to_owned(), json!(id));
    if let Value::Object(members) = resource {
        whole.extend(members);
    }
    json!({
        "fullUrl": format!("urn:uuid:{id}"),
        "resource": whole,
        "request": {"method": "POST", "url": resource_type},
    })
}

fn subject(person: &Person) -> Value {
    json!({"reference": format!("urn:uuid:{}", person.uuid)})
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

/// Returns the UUID of a part of the person's record: theirs, with the part's letter and place worked in.
///
/// Multiplying by an odd number loses nothing, so no two parts share one.
fn part_uuid(person: &Person, part: &str, index: usize) -> String {
    let letters = part.bytes().fold(0_u32, |sum, b| (sum << 8) | u32::from(b));
    let place = (letters << 8) | u32::try_from(index).unwrap_or(0);
    let (head, tail) = person.uuid.split_at(8);
    let head = u32::from_str_radix(head, 16).unwrap_or(0) ^ place.wrapping_mul(0x9e37_79b1);
    format!("{head:08x}{tail}")
}

fn time(visit: &Visit, minutes_later: u32) -> String {
    let minute = visit.minute + minutes_later;
    format!(
        "{}T{:02}:{:02}:00+00:00",
        visit.date,
        minute / 60,
        minute % 60
    )
}
