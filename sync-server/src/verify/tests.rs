//! What a verification says of a hub that is whole, and of one that is not.

use audit::{EntryKind, LogHead, Seal};
use crypto::SigningKey;
use record::Sex;
use store::{HubChart, HubCommit, Materialised, Outcome};

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
    hub.keys.history = SigningKey::from_seed([5; 32]);

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
    hub.roster.devices[0].log = SigningKey::from_seed([5; 32]).public();

    let found = hub.verify();

    let (position, leaf) = match &found.problems[..] {
        [Problem::History(finding), ..] => place(finding),
        problems => panic!("{problems:?}"),
    };
    assert_eq!(position.map(|it| (it.device, it.seq)), Some((a.device, 2)));
    assert!(leaf.is_some());
}

/// Writes a seal over a head with a key on a laptop of person 1; returns what a verification finds and the seal's place.
fn sealed(
    sign: impl FnOnce(&Laptop) -> (LogHead, SigningKey),
) -> (Vec<&'static str>, Verification) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    let (head, key) = sign(&a);
    let seal = Seal::sign(head, &key).to_bytes().unwrap();
    let seq = a.write(EntryKind::SEAL, None, seal);
    a.push(&mut hub);

    let found = hub.verify();

    let seals = found.problems.iter().map(|it| {
        let Problem::Seal { position, what, .. } = it else {
            panic!("{it:?}")
        };
        assert_eq!((position.device, position.seq), (a.device, seq));
        *what
    });
    (seals.collect(), found.clone())
}

#[test]
fn a_seal_that_its_person_did_not_sign_or_not_there_is_found_with_its_place() {
    let own = |a: &Laptop| a.own_key();
    let other = SigningKey::from_seed([5; 32]);

    let (found, whole) = sealed(|a| (a.head(), own(a)));
    assert!(found.is_empty() && whole.is_clean());
    let (found, whole) = sealed(|a| (a.head(), other));
    assert_eq!(found, ["its person did not sign it"]);
    assert!(!whole.is_clean());
    let (found, _whole) = sealed(|a| (a.start.next(&a.entries[0]), own(a)));
    assert_eq!(found, ["it is not over the log just before it"]);
}

#[test]
fn a_seal_that_cannot_be_read_or_is_a_strangers_is_found() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.write(EntryKind::SEAL, None, b"no seal".to_vec());
    a.person = record::PersonId(2);
    let seal = Seal::sign(a.head(), &a.own_key()).to_bytes().unwrap();
    a.write(EntryKind::SEAL, None, seal);
    a.push(&mut hub);

    let found = hub.verify().problems;

    let what: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(what[0].contains("entry 2") && what[0].ends_with("it cannot be read"));
    assert!(what[1].contains("entry 3") && what[1].ends_with("no key on this device"));
    assert_eq!(found.len(), 2);
}

/// A hub with one chart of site 1, that verifies.
fn with_a_chart() -> Hub {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    a.register(7);
    a.push(&mut hub);
    settle(&mut hub);
    hub.sign_checkpoint().unwrap();
    assert_eq!(hub.verify().problems, []);
    hub
}

#[test]
fn a_change_that_is_in_no_chart_is_found() {
    let mut hub = with_a_chart();
    let mut b = Laptop::enrol(&mut hub, 2, 2);
    b.register(8);
    hub.ingest(b.device, &b.segment(0)).unwrap();
    let lost = hub.store().unmaterialised(100).unwrap();
    let outcomes: Vec<Materialised> = lost
        .iter()
        .map(|it| Materialised {
            leaf: it.leaf,
            outcome: Outcome::Noted,
        })
        .collect();
    let note = &mut |_: &[_]| HubCommit::default();
    hub.store
        .materialised(&outcomes, &[], note, &mut || [0; 16])
        .unwrap();

    let problems = hub.verify().problems;

    assert!(
        matches!(problems.as_slice(), [Problem::Unserved { position, .. }] if position.device == b.device),
        "{problems:?}"
    );
}

#[test]
fn a_chart_that_was_put_into_another_scope_is_found() {
    let mut hub = with_a_chart();
    let chart = hub.store().charts().unwrap()[0];
    let kept = hub.store().snapshot(chart).unwrap().unwrap();
    let other = hub.roster.sites[1].home;
    let moved = HubChart {
        chart,
        snapshot: kept.bytes,
        heads: kept.heads,
        joins: vec![other],
    };
    let note = &mut |_: &[_]| HubCommit::default();
    hub.store
        .materialised(&[], &[moved], note, &mut || [0; 16])
        .unwrap();

    let problems = hub.verify().problems;

    assert!(
        problems.contains(&Problem::WrongScope { chart }),
        "{problems:?}"
    );
}

#[test]
fn an_attachment_whose_bytes_are_not_what_its_hash_names_is_found() {
    let (mut hub, _world) = hub();
    let (blob, tree) = crypto::BlobTree::of(b"a scan").unwrap();
    let damaged = store::StoredGroup {
        number: 0,
        hash: tree.groups()[0],
        bytes: b"a scam".to_vec(),
    };
    hub.store.keep_group(&blob, &damaged).unwrap();

    let found = hub.verify();

    let hash = blob.hash();
    assert_eq!(found.problems, [Problem::Attachment { hash, groups: 1 }]);
}

#[test]
fn an_attachment_of_the_log_that_is_not_listed_is_found() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let chart = a.register(7).id();
    let (blob, _tree) = crypto::BlobTree::of(b"a scan").unwrap();
    let payload = audit::Attached::new(&blob).to_bytes().unwrap();
    let seq = a.write(EntryKind::ATTACHMENT, Some(chart), payload);
    hub.ingest(a.device, &a.segment(0)).unwrap();
    let entries = hub.store.unmaterialised(999).unwrap();
    let noted: Vec<Materialised> = entries
        .iter()
        .map(|it| Materialised {
            leaf: it.leaf,
            outcome: Outcome::Noted,
        })
        .collect();
    let mut nothing = |_: &[store::QuarantineRow]| HubCommit::default();
    let mut salt = || [0; audit::SALT_BYTES];
    hub.store
        .materialised(&noted, &[], &mut nothing, &mut salt)
        .unwrap();

    let found = hub.verify();

    assert!(
        found.problems.iter().any(|it| matches!(
            it,
            Problem::Unlisted { position, .. } if position.seq == seq
        )),
        "{:?}",
        found.problems
    );
}

#[test]
fn so_many_problems_are_listed_and_the_others_counted() {
    let mut found = Verification::default();
    for number in 0..Verification::MAX_PROBLEMS + 2 {
        found.found(Problem::Checkpoint { number });
    }

    assert_eq!(found.problems.len(), Verification::MAX_PROBLEMS);
    assert_eq!(found.more, 2);
}
