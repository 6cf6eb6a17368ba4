//! Charts that had joined a scope, or left one, after the copy was made from which a hub was put back.

use super::*;

/// A hub that was put back from a copy of before a chart joined another clinic's scope, and that clinic.
fn lost_join() -> (Lost, ChartDoc) {
    let (mut hub, world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let b = Laptop::enrol(&mut hub, 2, 2);
    let doc = a.register(7);
    a.push(&mut hub);
    hub.sign_checkpoint().unwrap();
    let backup = hub.store().copy_in_memory().unwrap();
    hub.join_chart(&chart().to_string(), "B").unwrap();
    let lost = lost_again((hub, world), (backup, |_: &mut _| {}), a, b, ScopeId(2));
    (lost, doc)
}

#[test]
fn a_chart_is_again_in_the_scope_that_the_hub_forgot_it_had_joined() {
    let (mut lost, _doc) = lost_join();
    assert_eq!(lost.hub.store().scopes_of(chart()).unwrap(), [SCOPE]);
    let before = lost.stored();

    lost.give_all();

    let scopes = lost.hub.store().scopes_of(chart()).unwrap();
    assert_eq!(scopes, [SCOPE, ScopeId(2)]);
    assert_eq!(lost.stored(), before + 1, "it is noted that it joined");
    lost.hub.sign_checkpoint().unwrap();
    assert!(lost.hub.verify().is_clean(), "{:?}", lost.hub.verify());
}

#[test]
fn a_chart_that_had_left_its_only_scope_is_again_in_the_one_that_it_had_joined() {
    let (mut hub, world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let b = Laptop::enrol(&mut hub, 2, 2);
    a.register(7);
    a.push(&mut hub);
    hub.leave_chart(&chart().to_string(), "A").unwrap();
    hub.sign_checkpoint().unwrap();
    let backup = hub.store().copy_in_memory().unwrap();
    hub.join_chart(&chart().to_string(), "B").unwrap();
    let mut lost = lost_again((hub, world), (backup, |_: &mut _| {}), a, b, ScopeId(2));
    assert_eq!(lost.hub.store().scopes_of(chart()).unwrap(), []);

    lost.give_all();

    let scopes = lost.hub.store().scopes_of(chart()).unwrap();
    assert_eq!(scopes, [ScopeId(2)]);
}

#[test]
fn what_was_written_to_a_chart_is_taken_once_the_hub_knows_again_that_its_writer_holds_it() {
    let (mut lost, _doc) = lost_join();
    let male = lost.office.sex(Sex::Male);
    // It builds on nothing of the chart, so it does not show by itself that its writer held it.
    lost.office.edit(&mut ChartDoc::new(chart()), male);
    lost.office.push(&mut lost.hub);
    let aside = crate::testing::set_aside(&lost.hub);
    assert_eq!(aside.len(), 1, "{aside:?}");

    lost.give_all();
    settle(&mut lost.hub);

    assert_eq!(crate::testing::set_aside(&lost.hub), []);
    let hashes = lost.hub.store().change_hashes(chart()).unwrap();
    assert_eq!(hashes.len(), 2);
    lost.hub.sign_checkpoint().unwrap();
    assert!(lost.hub.verify().is_clean(), "{:?}", lost.hub.verify());
}

#[test]
fn a_chart_that_is_known_to_have_left_a_scope_is_not_put_back_there() {
    let (mut lost, _doc) = lost_join();
    lost.hub.join_chart(&chart().to_string(), "B").unwrap();
    lost.hub.leave_chart(&chart().to_string(), "B").unwrap();

    assert!(!lost.hub.was_in(chart(), ScopeId(2)).unwrap());
}
