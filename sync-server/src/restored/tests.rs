//! A hub that was put back from an older copy, and those who only say so.

use wire::{Cursor, FeedDigest, Hello, Message, Show};

use super::*;
use crate::driver::{HubDriver, Output};
use crate::testing::{Laptop, Still, exchange, hub, settle};

/// A hub, the store of a backup of it, and a device whose checkpoint is of after that backup.
fn restored() -> (Hub, Laptop, String, Still) {
    let (mut hub, world) = hub();
    let mut laptop = Laptop::enrol(&mut hub, 1, 1);
    laptop.register(1);
    laptop.push(&mut hub);
    hub.sign_checkpoint().unwrap();
    let backup = hub.store().copy_in_memory().unwrap();
    laptop.register(2);
    hub.ingest(laptop.device, &laptop.segment(2)).unwrap();
    settle(&mut hub);
    hub.sign_checkpoint().unwrap();
    let note = hub.store().checkpoint().unwrap().unwrap();
    let hub = Hub::resume(backup, Box::new(world.clone())).unwrap();
    (hub, laptop, note, world)
}

fn size(hub: &Hub, note: &str) -> u64 {
    let key = hub.keys.history.public();
    Checkpoint::verify(note, &key).unwrap().size
}

/// HELLO of a device that holds a checkpoint.
fn hello(laptop: &Laptop, hub: &Hub, note: &str) -> Message {
    let Message::Hello(hello) = laptop.hello(vec![]) else {
        unreachable!()
    };
    Message::Hello(Hello {
        checkpoint: Some(CheckpointMark::of(note)),
        checkpoint_size: Some(size(hub, note)),
        ..hello
    })
}

#[test]
fn a_device_proves_once_that_the_hub_was_restored() {
    let (mut hub, laptop, note, _world) = restored();
    let before = hub.store().feed_epoch().unwrap();
    let mut driver = HubDriver::admit(&mut hub, laptop.tls.public()).unwrap();

    let message = hello(&laptop, &hub, &note);
    let asked = exchange(&mut hub, &mut driver, message);
    let shown = Message::Show(Show {
        checkpoint: Some(note.clone()),
        roster: None,
    });
    let welcome = exchange(&mut hub, &mut driver, shown);

    assert_eq!(asked, [Output::Send(Message::Show(Show::default()))]);
    assert!(
        matches!(welcome.as_slice(), [Output::Send(Message::Welcome(_)), ..]),
        "{welcome:?}"
    );
    assert_ne!(hub.store().feed_epoch().unwrap(), before);
    let restored = hub.restored().unwrap().unwrap();
    assert_eq!((restored.times, restored.proved), (1, size(&hub, &note)));
    let noted = crate::testing::noted(&hub, SessionEvent::HubRestored);
    assert_eq!(noted, [i64::try_from(restored.proved).unwrap()]);
    assert_eq!(hub.status().unwrap().restored, 1);

    let mut again = HubDriver::admit(&mut hub, laptop.tls.public()).unwrap();
    let message = hello(&laptop, &hub, &note);
    let outputs = exchange(&mut hub, &mut again, message);
    assert!(matches!(
        outputs.as_slice(),
        [Output::Send(Message::Welcome(_)), ..]
    ));
    assert_eq!(hub.restored().unwrap(), Some(restored));
}

#[test]
fn what_a_device_saw_after_a_restore_proves_that_the_same_copy_was_put_back_again() {
    let (mut hub, laptop, note, world) = restored();
    let backup = hub.store().copy_in_memory().unwrap();
    let mut driver = HubDriver::admit(&mut hub, laptop.tls.public()).unwrap();
    let message = hello(&laptop, &hub, &note);
    exchange(&mut hub, &mut driver, message);
    let shown = Message::Show(Show {
        checkpoint: Some(note),
        roster: None,
    });
    let welcome = exchange(&mut hub, &mut driver, shown);
    let seen = match welcome.first() {
        Some(Output::Send(Message::Welcome(welcome))) => welcome.checkpoint.clone().unwrap(),
        other => panic!("{other:?}"),
    };

    let mut again = Hub::resume(backup, Box::new(world)).unwrap();

    let mark = CheckpointMark::of(&seen);
    assert!(again.is_unknown(size(&again, &seen), mark).unwrap());
    assert!(again.take_proof(&seen).unwrap());
    assert!(!hub.take_proof(&seen).unwrap(), "it is of this history");
}

#[test]
fn what_proves_nothing_changes_nothing() {
    let (mut hub, _laptop, note, _world) = restored();
    let ours = hub.store().checkpoint().unwrap().unwrap();
    let forged = note.replacen('\n', "\n9", 1);
    let other = {
        let (mut other, _world) = super::super::testing::hub();
        other.keys = crate::keys::Keys::generate(&crate::world::OsWorld);
        let key = other.keys.history.clone();
        let root = other.store().history_root(1).unwrap();
        Checkpoint::new(&key.public(), 90, root).sign(&key).unwrap()
    };

    for note in [ours.as_str(), &forged, &other, "", "no note"] {
        assert!(!hub.take_proof(note).unwrap(), "{note:?}");
    }

    assert_eq!(hub.restored().unwrap(), None);
    assert!(hub.take_proof(&note).unwrap());
    assert!(!hub.take_proof(&note).unwrap(), "once is enough");
}

#[test]
fn a_cursor_from_before_the_restore_goes_on_and_one_beyond_is_repaired() {
    let (mut hub, laptop, note, _world) = restored();
    let reader = Laptop::enrol(&mut hub, 3, 3);
    let scope = hub.roster().sites[0].home;
    let fits = hub.feed_heads(&[scope]).unwrap()[0];
    let beyond = Cursor {
        position: fits.position + 1,
        ..fits
    };
    let altered = Cursor {
        digest: FeedDigest([9; 16]),
        ..fits
    };
    hub.take_proof(&note).unwrap();
    laptop.push(&mut hub);

    let repaired = |hub: &mut Hub, cursor| {
        let mut driver = HubDriver::admit(hub, reader.tls.public()).unwrap();
        let outputs = exchange(hub, &mut driver, reader.hello(vec![cursor]));
        match outputs.first() {
            Some(Output::Send(Message::Welcome(welcome))) => welcome.repair.clone(),
            other => panic!("{other:?}"),
        }
    };

    assert_eq!(repaired(&mut hub, fits), []);
    assert_eq!(repaired(&mut hub, beyond), [scope]);
    assert_eq!(repaired(&mut hub, altered), [scope]);
    let unknown = Cursor {
        feed_epoch: 0,
        ..fits
    };
    assert_eq!(repaired(&mut hub, unknown), [scope]);
}

#[test]
fn sessions_of_older_feeds_are_told_to_come_again() {
    let (mut hub, laptop, note, _world) = restored();
    let mut driver = HubDriver::admit(&mut hub, laptop.tls.public()).unwrap();
    exchange(&mut hub, &mut driver, laptop.hello(vec![]));

    hub.take_proof(&note).unwrap();
    let outputs = exchange(&mut hub, &mut driver, Message::Unknown { kind: 99 });
    driver.feed_grew(hub.roster().sites[0].home);
    let after = driver.step(&mut hub);

    assert_eq!(outputs, []);
    assert!(
        matches!(&after, Some(Output::Send(Message::Refused(it))) if it.code == wire::RefusalCode::Stopping),
        "{after:?}"
    );
}

#[test]
fn a_store_that_is_older_than_its_home_was_restored() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::new(folder.path());
    let (mut hub, world) = hub();
    hub.note_start(&home).unwrap();
    hub.note_start(&home).unwrap();
    assert_eq!(hub.restored().unwrap(), None);
    let backup = hub.store().copy_in_memory().unwrap();
    let before = hub.store().feed_epoch().unwrap();
    hub.note_start(&home).unwrap();

    let mut hub = Hub::resume(backup, Box::new(world)).unwrap();
    hub.note_start(&home).unwrap();
    assert_eq!(hub.restored().unwrap().unwrap().times, 1);
    assert_ne!(hub.store().feed_epoch().unwrap(), before);
    hub.note_start(&home).unwrap();
    assert_eq!(
        hub.restored().unwrap().unwrap().times,
        1,
        "it is noted once"
    );

    // A crash after the store and before the home leaves the home behind: that proves nothing.
    let older = home.generation().unwrap().unwrap();
    hub.note_start(&home).unwrap();
    home.put_generation(&older).unwrap();
    hub.note_start(&home).unwrap();
    assert_eq!(hub.restored().unwrap().unwrap().times, 1);
}
