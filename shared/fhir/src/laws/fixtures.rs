//! The laws on files of our own, which hold every shape that we know to be awkward.

use record::{Content, Kind, ObservationValue};

use super::support::{Imported, Memory, chart, check_lossless, import, resources};
use crate::{Refusal, RegisterValue, Verdict};

const VISIT: &[u8] = include_bytes!("../../../../tests/fixtures/fhir/visit.json");
const AWKWARD: &[u8] = include_bytes!("../../../../tests/fixtures/fhir/awkward.json");
const LINES: &[u8] = include_bytes!("../../../../tests/fixtures/fhir/lines.ndjson");
const BROKEN: &[u8] = include_bytes!("../../../../tests/fixtures/fhir/broken.json");

fn fresh(bytes: &[u8]) -> Imported {
    import(bytes, &mut Memory::default())
}

#[test]
fn our_own_files_come_back_equal() {
    assert_eq!(check_lossless(VISIT), 11);
    assert_eq!(check_lossless(AWKWARD), resources(AWKWARD).len());
    assert_eq!(check_lossless(LINES), 4);
}

#[test]
fn what_was_imported_exported_and_imported_again_is_the_same() {
    for bytes in [VISIT, AWKWARD, LINES] {
        let first = fresh(bytes);
        for made in &first.charts {
            let out = crate::export(&chart(made));
            let again = fresh(crate::bundle(&out.resources).as_bytes());

            let contents = |it: &Imported| -> Vec<Content> {
                it.charts
                    .iter()
                    .flat_map(|it| &it.statements)
                    .map(|it| it.content.clone())
                    .collect()
            };
            let only = Imported {
                charts: vec![made.clone()],
                outcomes: Vec::new(),
            };
            assert_eq!(contents(&again), contents(&only));
            assert_eq!(again.charts[0].registers.len(), made.registers.len());
        }
    }
}

#[test]
fn a_visit_becomes_typed_statements_linked_to_it() {
    let imported = fresh(VISIT);
    let made = &imported.charts[0];
    let visit = made
        .statements
        .iter()
        .find(|it| matches!(it.content, Content::Encounter(_)))
        .unwrap();

    let kinds: Vec<Kind> = imported
        .outcomes
        .iter()
        .filter_map(|it| match &it.verdict {
            Verdict::Statement(kind) => Some(*kind),
            Verdict::Patient | Verdict::AlreadyHeld | Verdict::Refused(_) => None,
        })
        .collect();

    assert_eq!(
        kinds,
        [
            Kind::Opaque,
            Kind::Encounter,
            Kind::Observation,
            Kind::Observation,
            Kind::Condition,
            Kind::AllergyIntolerance,
            Kind::MedicationRequest,
            Kind::Immunization,
            Kind::Procedure,
            Kind::DiagnosticReport,
        ]
    );
    let linked = made
        .statements
        .iter()
        .filter(|it| it.encounter == Some(visit.id))
        .count();
    assert_eq!(linked, 7);
    assert_eq!(
        visit.source.as_deref(),
        Some("urn:uuid:00000000-0000-4000-8000-000000000010")
    );
}

#[test]
fn a_number_keeps_its_text() {
    let imported = fresh(VISIT);
    let mut weight = None;
    for statement in &imported.charts[0].statements {
        if let Content::Observation(it) = &statement.content
            && let Some(ObservationValue::Quantity(quantity)) = &it.value
        {
            weight.clone_from(&quantity.value);
        }
    }

    assert_eq!(weight.as_deref(), Some("72.50"));
}

#[test]
fn items_of_a_register_keep_their_order() {
    let imported = fresh(VISIT);
    let out = crate::export(&chart(&imported.charts[0]));
    let patient: serde_json::Value = serde_json::from_str(&out.resources[0].json).unwrap();

    assert_eq!(patient["name"], resources(VISIT)[0]["name"]);
    assert_eq!(patient["name"].as_array().unwrap().len(), 3);
}

#[test]
fn a_broken_resource_in_the_middle_refuses_only_itself() {
    let imported = fresh(BROKEN);
    let verdicts: Vec<String> = imported
        .outcomes
        .iter()
        .map(|it| match &it.verdict {
            Verdict::Refused(refusal) => format!("{} {refusal}", it.entry),
            Verdict::Patient | Verdict::AlreadyHeld | Verdict::Statement(_) => {
                format!("{} {:?}", it.entry, it.verdict)
            }
        })
        .collect();

    assert_eq!(
        verdicts,
        [
            "1 Patient",
            "2 not JSON: a syntax error, or nested deeper than 128 (line 1, column 69 of the entry)",
            "3 Statement(Observation)",
            "4 Observation.effectiveDateTime: there is no such day in the calendar",
            "5 no resourceType",
            "6 the entry has no resource",
            "7 Observation.subject: is missing",
            "8 Observation.subject: the patient it names is neither in this file nor held here",
            "9 Observation.valueQuantity.value: a number was expected",
            "10 Observation: impossible: /min between 0 and 300 were expected",
            "11 Patient.birthDate: there is no such day in the calendar",
            "12 the patient it is about (entry 11) was refused",
            "13 entry 3 of this file has the same identity",
            "14 Observation.status: is missing",
            "15 Observation.note[0].text: is null; leave the member out instead",
            "16 Statement(Observation)",
        ]
    );
}

#[test]
fn resources_about_nobody_go_to_the_directory() {
    let imported = fresh(LINES);

    let about: Vec<record::About> = imported.charts.iter().map(|it| it.about).collect();

    assert_eq!(about, [record::About::Patient, record::About::Directory]);
    assert_eq!(imported.charts[1].statements.len(), 2);
}

#[test]
fn ndjson_by_type_is_joined_across_files() {
    let mut registry = Memory::default();
    let patient = br#"{"resourceType":"Patient","id":"8666cd40-7af9-48c6-a1a6-86a161195542","gender":"male"}"#;
    let visit = br#"{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/8666cd40-7af9-48c6-a1a6-86a161195542"}}"#;
    let measured = br#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/8666cd40-7af9-48c6-a1a6-86a161195542"},"encounter":{"reference":"Encounter/e"}}"#;

    let first = import(patient, &mut registry);
    let second = import(visit, &mut registry);
    let third = import(measured, &mut registry);

    assert_eq!(
        first.charts[0].registers,
        [RegisterValue::Sex(record::Sex::Male)]
    );
    assert_eq!(second.charts[0].chart, first.charts[0].chart);
    assert_eq!(
        third.charts[0].statements[0].encounter,
        Some(second.charts[0].statements[0].id)
    );
    let Content::Observation(observation) = &third.charts[0].statements[0].content else {
        panic!()
    };
    assert_eq!(
        observation.rest, None,
        "what the surroundings say is not kept twice"
    );
}

#[test]
fn a_bundle_a_line_is_read_like_bundles() {
    let visit: serde_json::Value = serde_json::from_slice(VISIT).unwrap();
    let other = visit
        .to_string()
        .replace("00000000-0000-4000", "11111111-0000-4000");

    let imported = fresh(format!("{visit}\n\n{other}\n").as_bytes());

    assert_eq!((imported.charts.len(), imported.outcomes.len()), (3, 22));
    assert_eq!(
        imported.charts[0].statements.len(),
        imported.charts[1].statements.len()
    );
}

#[test]
fn a_composition_of_plain_words_becomes_a_note() {
    let file = br#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","id":"1"}},
        {"resource":{"resourceType":"Composition","status":"final","type":{"text":"Letter"},"subject":{"reference":"Patient/1"},
        "date":"2026","author":[{"display":"X"}],"title":"T","section":[{"text":{"status":"additional",
        "div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">pulse &lt; 60<br/>&amp; steady</div>"}}]}}]}"#;

    let imported = fresh(file);

    let Content::Note(note) = &imported.charts[0].statements[1].content else {
        panic!("not a note")
    };
    assert_eq!(note.text, "pulse < 60\n& steady");
}

#[test]
fn a_patient_who_is_not_there_refuses_what_is_about_them() {
    let measured = br#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/7"}}"#;

    let imported = fresh(measured);

    let expected = Refusal::UnknownPatient {
        path: "Observation.subject".to_owned(),
    };
    assert_eq!(imported.outcomes[0].verdict, Verdict::Refused(expected));
    assert_eq!(imported.charts.len(), 0);
}

#[test]
fn a_resource_too_large_for_one_statement_is_kept_in_parts() {
    let scan = "QUJD\\u00e9\\\"".repeat(20_000);
    let file = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[
        {{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{{"resourceType":"Patient","photo":[{{"data":"{scan}"}}]}}}},
        {{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000002","resource":{{"resourceType":"DocumentReference","subject":{{"reference":"urn:uuid:00000000-0000-4000-8000-000000000001"}},"content":[{{"attachment":{{"data":"{scan}"}}}}]}}}},
        {{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000003","resource":{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},"subject":{{"reference":"urn:uuid:00000000-0000-4000-8000-000000000001"}},"valueString":"{scan}"}}}}
        ]}}"#
    );

    let imported = fresh(file.as_bytes());

    let sources = imported.charts[0]
        .statements
        .iter()
        .filter(|it| it.source.is_some())
        .count();
    assert_eq!(
        (sources, imported.charts[0].statements.len() > 20),
        (3, true)
    );
    for resource in crate::export(&chart(&imported.charts[0])).resources {
        let original = resources(file.as_bytes())
            .into_iter()
            .find(|it| it["resourceType"] == resource.resource_type);
        let mut json: serde_json::Value = serde_json::from_str(&resource.json).unwrap();
        json.as_object_mut().unwrap().remove("id");
        assert_eq!(Some(json), original);
    }
}
