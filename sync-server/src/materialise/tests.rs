//! What becomes of entries.

use std::panic::{AssertUnwindSafe, catch_unwind};

use record::{CodeableConcept, ItemId, Language, PersonId, Sex, SiteId, Stamped};
use roster::Role;

use super::*;
use crate::charts::rebuild;
use crate::testing::{Laptop, Mortal, hub, set_aside as aside, settle};

mod actors;
mod floods;

fn chart(n: u8) -> ChartId {
    ChartId::new([n; 16])
}

fn feed_end(hub: &Hub, scope: u32) -> u64 {
    hub.store().feed_head(ScopeId(scope)).unwrap().position
}

#[test]
fn a_new_chart_joins_the_scope_of_its_site_and_its_changes_fan_out() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    a.opened(chart(7));
    let born = a.born("1984-03-12");
    a.edit(&mut doc, born);

    a.push(&mut hub);

    assert_eq!(aside(&hub), []);
    assert_eq!(hub.store().scopes_of(chart(7)).unwrap(), [ScopeId(1)]);
    assert_eq!((feed_end(&hub, 1), feed_end(&hub, 2)), (2, 0));
    assert_eq!(rebuild(hub.store(), chart(7)).unwrap().heads(), doc.heads());
}

#[test]
fn steps_of_one_entry_and_of_many_end_alike() {
    let ends: Vec<_> = [1, 2, 64]
        .into_iter()
        .map(|limit| {
            let (mut hub, _world) = hub();
            let mut a = Laptop::enrol(&mut hub, 1, 1);
            let mut doc = a.register(7);
            for year in ["1984", "1984-03", "1985-01-01"] {
                let born = a.born(year);
                a.edit(&mut doc, born);
            }
            hub.ingest(a.device, &a.segment(0)).unwrap();
            while hub.materialise(limit).unwrap().entries > 0 {}
            hub.store().feed_head(ScopeId(1)).unwrap()
        })
        .collect();

    assert_eq!(ends[0].position, 4);
    assert!(ends.iter().all(|it| *it == ends[0]));
}

#[test]
fn what_is_set_aside_holds_up_nothing_but_its_descendants() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    let mut stamped_by_another = Laptop::enrol(&mut hub, 2, 2);
    stamped_by_another.actor = a.actor;
    // Written on laptop A, but the value says that B's nurse wrote it on B's laptop.
    let forged = stamped_by_another.sex(Sex::Male);
    let bad = a.edit(&mut doc, forged);
    let born = a.born("1984");
    let descendant = a.edit(&mut doc, born);
    let garbage = a.write(EntryKind::CHANGE, Some(chart(8)), b"garbage".to_vec());
    a.register(9);

    a.push(&mut hub);

    let found = aside(&hub);
    let places: Vec<u64> = found.iter().map(|it| it.0).collect();
    assert_eq!(places, [bad, descendant, garbage]);
    assert_eq!(found[0].1, "stamp-of-another");
    assert!(found[2].1.starts_with("structure: "), "{found:?}");
    assert_eq!(hub.store().scopes_of(chart(9)).unwrap(), [ScopeId(1)]);
    assert_eq!(feed_end(&hub, 1), 2);
}

#[test]
fn a_role_that_may_not_write_is_set_aside() {
    let (mut hub, _world) = hub();
    let analyst = hub
        .add_person("Count", Role::Analyst, &[SiteId(1)])
        .unwrap();
    let registrar = hub
        .add_person("Desk", Role::Registrar, &[SiteId(1)])
        .unwrap();
    let mut counts = Laptop::enrol_for(&mut hub, SiteId(1), analyst, 1);
    let mut desk = Laptop::enrol_for(&mut hub, SiteId(1), registrar, 2);
    counts.register(7);
    desk.register(8);

    counts.push(&mut hub);
    desk.push(&mut hub);

    assert_eq!(aside(&hub), [(2, "not-allowed".to_owned())]);
    assert_eq!(hub.store().charts().unwrap(), [chart(8)]);
}

#[test]
fn a_person_who_may_not_unlock_the_device_wrote_nothing_there() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.person = PersonId(2);
    a.register(7);

    a.push(&mut hub);

    assert_eq!(aside(&hub), [(2, "person-not-on-device".to_owned())]);
}

#[test]
fn a_site_cannot_write_to_a_chart_that_it_does_not_hold() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    a.push(&mut hub);
    let mut b = Laptop::enrol(&mut hub, 2, 2);
    let mut office = Laptop::enrol(&mut hub, 3, 3);

    let born = b.born("1984");
    b.edit(&mut doc.clone(), born);
    b.push(&mut hub);
    let born = office.born("1985");
    office.edit(&mut doc, born);
    office.push(&mut hub);

    let reasons: Vec<String> = aside(&hub).into_iter().map(|it| it.1).collect();
    assert_eq!(reasons, ["chart-not-held"]);
    assert_eq!(feed_end(&hub, 1), 2);
}

#[test]
fn a_hub_that_was_put_back_takes_what_a_site_wrote_about_a_chart_that_it_held() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    a.push(&mut hub);
    let mut b = Laptop::enrol(&mut hub, 2, 2);
    hub.begin_feeds_anew(0).unwrap();

    let born = b.born("1984");
    b.edit(&mut doc, born);
    let born = b.born("1985");
    b.edit(&mut replica::ChartDoc::new(chart(7)), born);
    b.push(&mut hub);

    assert_eq!(
        aside(&hub),
        [(3, "chart-not-held".to_owned())],
        "it never held it"
    );
    assert_eq!(feed_end(&hub, 1), 2);
}

/// Has clinic B write about a chart of A's that it knows and does not hold, so far as the hub knows; then something happens.
#[track_caller]
fn check_judged_anew(happens: impl FnOnce(&mut Hub)) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    a.push(&mut hub);
    let mut b = Laptop::enrol(&mut hub, 2, 2);
    let born = b.born("1984");
    b.edit(&mut doc, born);
    b.push(&mut hub);
    assert_eq!(aside(&hub), [(2, "chart-not-held".to_owned())]);

    happens(&mut hub);
    settle(&mut hub);

    assert_eq!(aside(&hub), []);
    assert_eq!(feed_end(&hub, 1), 2);
}

#[test]
fn what_was_set_aside_is_judged_anew_once_the_hub_knows_that_it_was_put_back() {
    check_judged_anew(|hub| hub.begin_feeds_anew(0).unwrap());
}

#[test]
fn what_was_set_aside_is_judged_anew_when_the_chart_joins() {
    check_judged_anew(|hub| {
        let home = hub.roster().site(SiteId(2)).unwrap().home;
        let scope = hub.roster().scope(home).unwrap().name.clone();
        hub.join_chart(&chart(7).to_string(), &scope).unwrap();
    });
}

#[test]
fn a_change_waits_for_what_it_depends_on() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut office = Laptop::enrol(&mut hub, 3, 3);
    let mut doc = a.register(7);
    let born = office.born("1985");
    office.edit(&mut doc, born);

    office.push(&mut hub);
    let waiting = hub.store().counts().unwrap().waiting;
    a.push(&mut hub);

    assert_eq!(waiting, 1);
    assert_eq!(hub.store().counts().unwrap().waiting, 0);
    assert_eq!(aside(&hub), []);
    assert_eq!(hub.store().scopes_of(chart(7)).unwrap(), [ScopeId(1)]);
    assert_eq!(rebuild(hub.store(), chart(7)).unwrap().heads(), doc.heads());
}

#[test]
fn one_place_in_an_actors_sequence_is_used_once() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    let (one, other) = (a.born("1984"), a.born("1985"));
    let mut cloned = doc.clone();
    a.edit(&mut doc, one);
    let twice = a.edit(&mut cloned, other);

    a.push(&mut hub);

    let found = aside(&hub);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, twice);
    assert!(found[0].1.starts_with("not-merged: "), "{found:?}");
}

#[test]
fn what_was_stored_before_its_device_was_revoked_is_merged_however_late() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    hub.ingest(a.device, &a.segment(0)).unwrap();

    hub.revoke_device(a.device).unwrap();
    hub.revoke_device(a.device).unwrap();
    settle(&mut hub);

    assert_eq!(aside(&hub), []);
    assert_eq!(feed_end(&hub, 1), 1);
}

#[test]
fn what_is_stored_after_its_device_was_revoked_is_set_aside() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    hub.ingest(a.device, &a.segment(0)).unwrap();
    let before = hub.roster.clone();
    let born = a.born("1984");
    let late = a.edit(&mut doc, born);

    hub.revoke_device(a.device).unwrap();
    // A process that has not read the newer roster yet still takes entries in.
    let after = std::mem::replace(&mut hub.roster, before);
    hub.ingest(a.device, &a.segment(2)).unwrap();
    hub.roster = after;
    settle(&mut hub);

    assert_eq!(aside(&hub), [(late, "device-revoked".to_owned())]);
    assert_eq!(feed_end(&hub, 1), 1);
}

#[test]
fn bytes_that_are_no_entry_are_kept_and_set_aside() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.entries.push(b"no entry".to_vec());
    a.register(7);

    a.push(&mut hub);

    assert_eq!(aside(&hub), [(2, "entry-damaged".to_owned())]);
    let listed = hub.status().unwrap().quarantine;
    let listed: Vec<_> = listed
        .iter()
        .map(|it| (it.device, it.seq, it.reason.as_str()))
        .collect();
    assert_eq!(listed, [(a.device, 2, "entry-damaged")]);
    assert_eq!(feed_end(&hub, 1), 1);
}

#[test]
fn kinds_of_a_newer_release_are_kept_and_hinder_nothing() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.write(EntryKind(4_000), Some(chart(7)), vec![1, 2, 3]);
    a.register(7);

    a.push(&mut hub);

    assert_eq!(aside(&hub), []);
    assert_eq!(feed_end(&hub, 1), 1);
}

/// The places in their logs of the entries that the hub's own log says were set aside.
fn noted(hub: &Hub) -> Vec<i64> {
    crate::testing::noted(hub, SessionEvent::Quarantined)
}

#[test]
fn a_process_that_dies_while_it_sets_aside_leaves_both_the_entry_and_its_note_or_neither() {
    let mut deaths = 0;
    for questions in 0..12 {
        let (mut hub, still) = hub();
        let mut a = Laptop::enrol(&mut hub, 1, 1);
        a.write(EntryKind::CHANGE, Some(chart(7)), b"garbage".to_vec());
        a.write(EntryKind::CHANGE, Some(chart(8)), b"garbage".to_vec());
        hub.ingest(a.device, &a.segment(0)).unwrap();
        let mortal = Mortal::new(&still);
        let mut hub = Hub::resume(hub.into_store(), Box::new(mortal.clone())).unwrap();

        mortal.dies_after(questions);
        let lived = catch_unwind(AssertUnwindSafe(|| hub.materialise(STEP))).is_ok();
        let mut hub = Hub::resume(hub.into_store(), Box::new(still)).unwrap();

        deaths += u32::from(!lived);
        let places: Vec<i64> = aside(&hub).iter().map(|it| it.0.cast_signed()).collect();
        assert_eq!(noted(&hub), places, "killed after {questions} questions");
        settle(&mut hub);
        assert_eq!(noted(&hub), [2, 3], "killed after {questions} questions");
        assert!(hub.verify().is_clean());
    }
    // Two entries, each asks for the time twice and for a salt: every place in the transaction was died in.
    assert_eq!(deaths, 6);
}

#[test]
fn what_is_set_aside_because_of_another_is_noted_too_and_once() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut office = Laptop::enrol(&mut hub, 3, 3);
    let mut doc = a.register(7);
    let mut stamped_by_another = Laptop::enrol(&mut hub, 2, 2);
    stamped_by_another.actor = a.actor;
    let forged = stamped_by_another.sex(Sex::Male);
    let bad = a.edit(&mut doc, forged);
    let born = office.born("1985");
    let waits = office.edit(&mut doc, born);
    office.push(&mut hub);
    assert!(noted(&hub).is_empty());

    a.push(&mut hub);
    settle(&mut hub);

    let mut expected = [bad, waits].map(u64::cast_signed);
    expected.sort_unstable();
    assert_eq!(noted(&hub), expected);
}
