//! What a person may type at most, and how much they are shown at once.

use super::super::access::MAX_QUERY_BYTES;
use super::super::conflicts::MAX_LISTED;
use super::super::drafts::MAX_DRAFT_BYTES;
use super::super::find::MAX_RESULTS;
use super::*;
use crate::driver::update_of;
use crate::inputs::{MAX_NAME_BYTES, MAX_NOTE_BYTES, MAX_REASON_BYTES};
use crate::views::RegisterInput;

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Puts a text into one field of a form.
type Fill<T> = fn(&mut T, String);

/// The texts of a registration, by the names of their fields.
const NAMES: [(&str, Fill<RegisterInput>); 6] = [
    ("family", |it, text| it.family = text),
    ("given", |it, text| it.given = text),
    ("phone", |it, text| it.phone = Some(text)),
    ("village", |it, text| it.village = Some(text)),
    ("district", |it, text| it.district = Some(text)),
    ("motherName", |it, text| it.mother_name = Some(text)),
];

#[test]
fn the_longest_names_are_written_and_a_longer_one_is_refused_with_its_field() {
    let mut client = World::new().nurse_a();
    let mut longest = woman();
    for (_field, fill) in NAMES {
        fill(&mut longest, long(MAX_NAME_BYTES));
    }

    let family = client.register(&longest).unwrap().family;
    for (field, fill) in NAMES {
        let mut longer = longest.clone();
        fill(&mut longer, long(MAX_NAME_BYTES + 1));
        let refused = client.register(&longer).map(|_view| ()).unwrap_err();
        assert_eq!(refused, CommandError::field(ErrorCode::FieldTooLong, field));
    }

    assert_eq!(family, long(MAX_NAME_BYTES));
    assert_eq!(client.status().unwrap().charts, 1);
}

/// The texts of a visit, by the names of their fields, and how long they may be.
const TEXTS: [(&str, usize, Fill<VisitInput>); 7] = [
    ("reason", MAX_REASON_BYTES, |it, text| it.reason = text),
    ("note", MAX_NOTE_BYTES, |it, text| it.note = text),
    ("diagnosis.text", MAX_NAME_BYTES, |it, text| {
        it.diagnosis.get_or_insert_default().text = text;
    }),
    ("allergy.substance", MAX_NAME_BYTES, |it, text| {
        it.allergy.get_or_insert_default().substance = text;
    }),
    ("allergy.reaction", MAX_NAME_BYTES, |it, text| {
        it.allergy.get_or_insert_default().reaction = Some(text);
    }),
    ("medicine.text", MAX_NAME_BYTES, |it, text| {
        it.medicine.get_or_insert_default().text = text;
    }),
    ("medicine.dosage", MAX_NAME_BYTES, |it, text| {
        it.medicine.get_or_insert_default().dosage = Some(text);
    }),
];

#[test]
fn the_longest_visit_is_one_change_and_a_longer_one_is_refused_with_its_field() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    let mut longest = cough();
    for (_field, most, fill) in TEXTS {
        fill(&mut longest, long(most));
    }
    let before = changes(&client);

    let visits = client.record_visit(&chart, &longest).unwrap().visits.len();
    for (field, most, fill) in TEXTS {
        let mut longer = longest.clone();
        fill(&mut longer, long(most + 1));
        let refused = client.record_visit(&chart, &longer);
        let refused = refused.map(|_view| ()).unwrap_err();
        assert_eq!(refused, CommandError::field(ErrorCode::FieldTooLong, field));
    }

    assert_eq!(changes(&client), before + 1);
    assert_eq!(client.open(&chart).unwrap().visits.len(), visits);
}

fn changes(client: &Client) -> usize {
    let is_change = |it: &&audit::Entry| it.kind == EntryKind::CHANGE;
    log(client).iter().filter(is_change).count()
}

#[test]
fn a_draft_holds_the_longest_form_and_what_is_longer_leaves_the_one_before() {
    let mut client = World::new().nurse_a();
    let draft = long(MAX_DRAFT_BYTES);

    client.keep_draft(Client::REGISTRATION, &draft).unwrap();
    let more = client.keep_draft(Client::REGISTRATION, &long(MAX_DRAFT_BYTES + 1));

    assert_eq!(code(more), ErrorCode::FieldTooLong);
    assert_eq!(client.draft(Client::REGISTRATION).unwrap(), Some(draft));
}

#[test]
fn the_log_keeps_the_beginning_of_what_was_searched_for() {
    let mut client = World::new().nurse_a();
    let mut kept = |query: &str| {
        client.find(query).unwrap();
        let searched = log(&client)
            .into_iter()
            .rfind(|it| it.kind == EntryKind::ACCESS);
        Access::from_bytes(&searched.unwrap().payload)
            .unwrap()
            .query
    };

    let most = long(MAX_QUERY_BYTES);
    assert_eq!(kept(&most).as_ref(), Some(&most));
    assert_eq!(kept(&format!("{most}y")), Some(most));
    // A letter is not cut in two.
    let before = long(MAX_QUERY_BYTES - 1);
    assert_eq!(kept(&format!("{before}\u{e9}")), Some(before));
}

#[test]
fn so_many_are_found_and_so_many_conflicts_listed_at_once() {
    let mut client = World::new().nurse_a();
    let mut charts = Vec::new();
    for _ in 0..=MAX_LISTED {
        let chart = client.register(&woman()).unwrap().chart;
        let doc = client.driver.held_chart(chart.parse().unwrap()).unwrap();
        let mut update = update_of(&doc);
        update.row.conflict = true;
        charts.push(update);
    }
    let repair = store::Repair {
        charts,
        ..store::Repair::default()
    };
    client.driver.store_mut().repair(&repair).unwrap();
    let before = log(&client).len();

    assert_eq!(client.find("hoa").unwrap().len(), MAX_RESULTS);
    client.conflicts().unwrap();

    // The search, the list, and each chart of the list.
    assert_eq!(log(&client).len() - before, 1 + 1 + MAX_LISTED);
}
