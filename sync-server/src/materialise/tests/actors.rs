//! Whose an automerge actor is.

use super::*;

#[test]
fn an_actor_that_no_entry_named_writes_nothing() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let named = std::mem::replace(&mut a.actor, replica::Actor::new([99; 16]));
    a.register(7);
    let mut b = Laptop::enrol(&mut hub, 2, 2);
    b.push(&mut hub);
    a.push(&mut hub);

    // Naming another's actor does not make it one's own.
    b.actor = named;
    b.started();
    b.register(8);
    b.push(&mut hub);

    let reasons: Vec<String> = aside(&hub).into_iter().map(|it| it.1).collect();
    assert_eq!(reasons, ["actor-undeclared", "actor-undeclared"]);
}

#[test]
fn a_neighbour_who_names_anothers_actor_first_does_not_have_it() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    let mut thief = Laptop::enrol(&mut hub, 1, 2);
    let own = std::mem::replace(&mut thief.actor, a.actor);
    thief.named(None);
    thief.named(Some(a.nonce));
    let mut forged = doc.clone();
    let born = thief.born("1901");
    let stolen = thief.edit(&mut forged, born);
    thief.actor = own;

    // Whoever met it on the network of the clinic has all of A's log, and comes to the hub before A.
    thief.push(&mut hub);
    let born = a.born("1984-03-12");
    a.edit(&mut doc, born);
    a.push(&mut hub);

    assert_eq!(aside(&hub), [(stolen, "actor-undeclared".to_owned())]);
    assert_eq!(rebuild(hub.store(), chart(7)).unwrap().heads(), doc.heads());
}

#[test]
fn a_neighbour_who_copies_a_change_into_its_own_log_has_nothing_set_aside_but_the_copy() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut b = Laptop::enrol(&mut hub, 1, 2);
    let mut thief = Laptop::enrol(&mut hub, 1, 3);
    let mut doc = a.register(7);
    let first = Entry::from_bytes(a.entries.last().unwrap()).unwrap();
    let copied = thief.write(EntryKind::CHANGE, first.chart, first.payload);
    let born = b.born("1984-03-12");
    b.edit(&mut doc, born);

    // The copy comes first, then what builds on the change, then the change.
    thief.push(&mut hub);
    b.push(&mut hub);
    a.push(&mut hub);

    assert_eq!(aside(&hub), [(copied, "actor-undeclared".to_owned())]);
    assert_eq!(rebuild(hub.store(), chart(7)).unwrap().heads(), doc.heads());
}

#[test]
fn an_actor_that_an_earlier_release_named_is_its_devices_until_another_proves_it() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut older = Laptop::enrol_earlier(&mut hub, 1, 2);
    older.actor = replica::Actor::new([99; 16]);
    older.named(None);
    older.register(8);
    older.actor = a.actor;
    older.named(None);
    older.push(&mut hub);
    a.register(7);
    a.push(&mut hub);

    assert_eq!(aside(&hub), []);
    assert_eq!(hub.store().charts().unwrap(), [chart(8), chart(7)]);
}
