//! A register that a person edited in Posta goes out as they wrote it, whatever was kept beside it.

use record::{BirthDate, Chart, When};
use serde_json::{Value, json};

use super::support::{Memory, chart, import, register};

fn amina() -> Chart {
    let bytes = include_bytes!("../../../../tests/fixtures/fhir/visit.json");
    chart(&import(bytes, &mut Memory::default()).charts[0])
}

fn patient(chart: &Chart) -> Value {
    let out = crate::export(chart);
    assert_eq!(out.left_out, []);
    serde_json::from_str(&out.resources[0].json).unwrap()
}

#[test]
fn an_edited_birth_date_wins_and_its_old_birth_time_is_gone() {
    let mut chart = amina();

    chart.birth_date = Some(register(BirthDate {
        date: When::parse("1985").unwrap(),
        estimated: true,
    }));

    let patient = patient(&chart);
    assert_eq!(patient["birthDate"], "1985");
    assert_eq!(
        patient["_birthDate"]["extension"][0]["url"],
        "urn:posta:estimated"
    );
    assert_eq!(
        patient["maritalStatus"]["text"], "M",
        "what was not edited stays"
    );
}

#[test]
fn a_narrative_of_what_the_registers_no_longer_say_is_left_out() {
    let untouched = patient(&amina());
    let mut chart = amina();
    chart.telecoms[0].register = register(record::ContactPoint {
        value: Some("0711".into()),
        ..Default::default()
    });

    let edited = patient(&chart);

    assert!(untouched.get("text").is_some());
    assert_eq!(edited.get("text"), None);
    assert_eq!(edited["telecom"][0], json!({ "value": "0711" }));
}

#[test]
fn an_edit_that_kept_the_old_rest_still_wins() {
    let mut chart = amina();
    let mut contact = chart.contacts[0].register.shown.value.clone();
    contact.phone = Some("0722".into());
    chart.contacts[0].register = register(contact);

    let contact = &patient(&chart)["contact"][0];

    assert_eq!(
        contact["telecom"],
        json!([{ "system": "phone", "value": "0722" }])
    );
    assert_eq!(contact["name"]["family"], "Wanjiru");
    assert_eq!(contact["gender"], "male");
}

#[test]
fn an_edited_family_name_loses_the_extension_of_the_old_one() {
    let mut chart = amina();
    let maiden = chart
        .names
        .iter_mut()
        .find(|it| it.register.shown.value.usage.as_deref() == Some("maiden"))
        .unwrap();
    let mut name = maiden.register.shown.value.clone();
    name.family = Some("Odhiambo".into());
    maiden.register = register(name);

    let name = &patient(&chart)["name"][1];

    assert_eq!(name["family"], "Odhiambo");
    assert_eq!(name.get("_family"), None);
}

#[test]
fn what_was_replaced_or_withdrawn_is_not_written() {
    let mut chart = amina();
    let before = crate::export(&chart).resources.len();
    let mut withdrawal = chart.statements[2].clone();
    withdrawal.id = record::StatementId::new([9; 16]);
    withdrawal.replaces = vec![chart.statements[2].id];
    withdrawal.source = None;
    withdrawal.content = record::Content::EnteredInError(record::EnteredInError {});
    chart.statements.push(withdrawal);

    assert_eq!(crate::export(&chart).resources.len(), before - 1);
}

#[test]
fn damaged_and_unknown_statements_are_said_to_be_left_out() {
    let mut chart = amina();
    let before = crate::export(&chart).resources.len();
    chart.damaged.push(record::StatementId::new([8; 16]));
    chart.statements[1].content = record::Content::Unknown(record::UnknownContent {
        kind: "Dream".into(),
    });

    let out = crate::export(&chart);

    let reasons: Vec<&str> = out.left_out.iter().map(|it| it.reason).collect();
    assert_eq!(
        reasons,
        ["recorded by a newer version", "its bytes are damaged"]
    );
    assert_eq!(out.resources.len(), before - 1);
}
