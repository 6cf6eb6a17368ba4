//! What a verification says of a hub that is whole, and of one that is not.

use audit::EntryKind;
use record::Sex;

use super::*;
use crate::testing::{Laptop, hub, settle};

#[test]
fn a_hub_at_work_verifies() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut office = Laptop::enrol(&mut hub, 3, 3);
    let mut doc = a.register(7);
    let male = office.sex(Sex::Male);
    office.edit(&mut doc, male);
    a.write(EntryKind::CHANGE, None, vec![0]);
    a.push(&mut hub);
    office.push(&mut hub);
    settle(&mut hub);
    hub.sign_checkpoint().unwrap();

    let found = hub.verify();

    assert_eq!(found.problems, []);
    assert!(found.is_clean());
    assert_eq!(
        (found.entries, found.covered),
        (hub.store().history_size().unwrap(), found.entries)
    );
    assert_eq!((found.feed_positions, found.charts), (2, 1));
    hub.note_verified().unwrap();
    assert!(hub.verify().is_clean());
}

#[test]
fn a_history_that_another_key_signed_is_found() {
    let (mut hub, _world) = hub();
    hub.keys.history = crypto::SigningKey::from_seed([5; 32]);

    let found = hub.verify();

    assert!(!found.is_clean());
    assert_eq!(
        found.problems.first(),
        Some(&Problem::Checkpoint { number: 1 })
    );
}

#[test]
fn a_devices_key_that_was_exchanged_is_found_with_its_place() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    hub.roster.devices[0].log = crypto::SigningKey::from_seed([5; 32]).public();

    let found = hub.verify();

    let (position, leaf) = match &found.problems[..] {
        [Problem::History(finding), ..] => place(finding),
        problems => panic!("{problems:?}"),
    };
    assert_eq!(position.map(|it| (it.device, it.seq)), Some((a.device, 2)));
    assert!(leaf.is_some());
}
