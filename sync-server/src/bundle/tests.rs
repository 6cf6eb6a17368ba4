//! Bundles at the hub: in order, twice, out of order, damaged, of a device that may not write any.

use audit::EntryKind;
use crypto::BoxKey;

use super::*;
use crate::testing::{Laptop, hub, set_aside, settle};

/// A laptop with entries that the hub does not have.
fn laptop(hub: &mut Hub) -> Laptop {
    let mut laptop = Laptop::enrol(hub, 1, 1);
    laptop.register(7);
    laptop
}

/// What a laptop writes for the hub: everything that it has, from a place of its log on.
fn written(laptop: &Laptop, hub: &Hub, after: u64) -> Vec<u8> {
    let messages = [
        laptop.hello(Vec::new()),
        Message::Push(laptop.segment(after)),
    ];
    written_of(laptop, hub, &messages)
}

fn written_of(laptop: &Laptop, hub: &Hub, messages: &[Message]) -> Vec<u8> {
    let recipient = hub.roster().hub.seal.unwrap();
    let sealed = SealingWriter::new(&[recipient], Vec::new()).unwrap();
    let header = BundleHeader {
        version: Version::TWO,
        from: laptop.device,
        to: DeviceId::HUB,
        wall_ms: 1,
        id: [1; 16],
    };
    let mut bundle = BundleWriter::new(sealed, &header).unwrap();
    for message in messages {
        bundle.add(message).unwrap();
    }
    bundle.finish(&laptop.log).unwrap().finish().unwrap()
}

fn read(hub: &mut Hub, bytes: &[u8]) -> Result<BundleRead, BundleFault> {
    hub.read_bundle(|| Ok(bytes))
}

#[test]
fn what_a_bundle_brings_is_stored_and_merged_once() {
    let (mut hub, _world) = hub();
    let laptop = laptop(&mut hub);
    let bundle = written(&laptop, &hub, 0);

    let first = read(&mut hub, &bundle).unwrap();
    let size = hub.store().counts().unwrap().charts;
    let again = read(&mut hub, &bundle).unwrap();

    assert_eq!((first.entries, first.fresh), (2, 2));
    assert_eq!((again.entries, again.fresh), (2, 0));
    assert_eq!((size, hub.store().counts().unwrap().charts), (1, 1));
    assert_eq!(set_aside(&hub), []);
    assert!(hub.verify().is_clean());
}

#[test]
fn a_bundle_that_comes_before_the_one_it_follows_loses_nothing() {
    let (mut hub, _world) = hub();
    let mut laptop = laptop(&mut hub);
    let first = written(&laptop, &hub, 0);
    laptop.write(EntryKind(4_000), None, vec![1]);
    let second = written(&laptop, &hub, 2);

    let early = read(&mut hub, &second);
    read(&mut hub, &first).unwrap();
    let late = read(&mut hub, &second).unwrap();

    assert!(matches!(
        early,
        Err(BundleFault::Gap {
            seq: 3,
            stored: 0,
            ..
        })
    ));
    assert_eq!(late.fresh, 1);
}

#[test]
fn a_bundle_of_a_revoked_device_or_for_somebody_else_is_refused() {
    let (mut hub, _world) = hub();
    let laptop = laptop(&mut hub);
    let bundle = written(&laptop, &hub, 0);
    let other = SealingWriter::new(&[BoxKey::from_seed([3; 32]).public()], Vec::new()).unwrap();
    let other = other.finish().unwrap();

    let sealed_to_another = read(&mut hub, &other);
    hub.revoke_device(laptop.device).unwrap();
    let of_a_revoked_one = read(&mut hub, &bundle);

    assert!(matches!(sealed_to_another, Err(BundleFault::OtherKey)));
    assert!(matches!(of_a_revoked_one, Err(BundleFault::NoDevice(it)) if it == laptop.device));
    assert_eq!(hub.store().counts().unwrap().charts, 0);
}

#[test]
fn a_damaged_bundle_changes_nothing() {
    let (mut hub, _world) = hub();
    let laptop = laptop(&mut hub);
    let bundle = written(&laptop, &hub, 0);
    let before = hub.store().history_size().unwrap();

    for at in (0..bundle.len()).step_by(7) {
        let mut damaged = bundle.clone();
        damaged[at] ^= 1;
        assert!(read(&mut hub, &damaged).is_err(), "byte {at}");
        assert!(read(&mut hub, &bundle[..at]).is_err(), "cut at {at}");
    }

    assert_eq!(hub.store().history_size().unwrap(), before);
}

#[test]
fn a_bundle_of_a_newer_release_says_so() {
    let (mut hub, _world) = hub();
    let laptop = laptop(&mut hub);
    let recipient = hub.roster().hub.seal.unwrap();
    let sealed = SealingWriter::new(&[recipient], Vec::new()).unwrap();
    let header = BundleHeader {
        version: Version(900),
        from: laptop.device,
        to: DeviceId::HUB,
        wall_ms: 1,
        id: [1; 16],
    };
    let bundle = BundleWriter::new(sealed, &header).unwrap();
    let bytes = bundle.finish(&laptop.log).unwrap().finish().unwrap();

    let refused = read(&mut hub, &bytes).unwrap_err();

    assert!(refused.to_string().contains("update this program"));
}

#[test]
fn a_bundle_tells_a_hub_that_it_was_put_back() {
    let (mut hub, world) = hub();
    let mut laptop = laptop(&mut hub);
    laptop.push(&mut hub);
    hub.sign_checkpoint().unwrap();
    let backup = hub.store().copy_in_memory().unwrap();
    laptop.register(8);
    hub.ingest(laptop.device, &laptop.segment(2)).unwrap();
    settle(&mut hub);
    hub.sign_checkpoint().unwrap();
    let note = hub.store().checkpoint().unwrap();
    let mut hub = Hub::resume(backup, Box::new(world)).unwrap();
    let before = hub.store().feed_epoch().unwrap();
    let show = Message::Show(wire::Show {
        checkpoint: note,
        roster: None,
    });
    let messages = [
        laptop.hello(Vec::new()),
        show,
        Message::Push(laptop.segment(2)),
    ];
    let bundle = written_of(&laptop, &hub, &messages);

    let first = read(&mut hub, &bundle).unwrap();
    let begun = hub.store().feed_epoch().unwrap();
    let again = read(&mut hub, &bundle).unwrap();

    assert_ne!(begun, before);
    assert_eq!(hub.store().feed_epoch().unwrap(), begun, "once is enough");
    assert_eq!((first.fresh > 0, again.fresh), (true, 0));
    assert_eq!(hub.store().counts().unwrap().charts, 2);
}

#[test]
fn a_hub_of_an_earlier_release_is_given_a_key_once() {
    let (mut hub, _world) = hub();
    hub.keys.seal = None;
    let epoch = hub.roster().epoch;

    hub.ensure_seal_key().unwrap();
    hub.ensure_seal_key().unwrap();

    assert_eq!(hub.roster().epoch, epoch + 1);
    let public = hub.keys.seal.as_ref().map(BoxKey::public);
    assert_eq!(hub.roster().hub.seal, public);
}

#[test]
fn a_bundle_for_a_device_goes_on_where_it_is_known_to_be() {
    let (mut hub, _world) = hub();
    let mut a = laptop(&mut hub);
    let b = Laptop::enrol(&mut hub, 1, 2);
    a.push(&mut hub);
    settle(&mut hub);

    let all = hub
        .write_bundle(b.device, BundleFrom::Known, io::sink())
        .unwrap();
    let scope = hub.peer_of(b.device).unwrap().scopes[0];
    let head = hub.feed_heads(&[scope]).unwrap()[0];
    hub.note_taken(b.device, &head).unwrap();
    let nothing = hub
        .write_bundle(b.device, BundleFrom::Known, io::sink())
        .unwrap();
    let again = hub
        .write_bundle(b.device, BundleFrom::Start, io::sink())
        .unwrap();

    assert_eq!(
        (all.positions, nothing.positions, again.positions),
        (1, 0, 1)
    );

    // It says that it lost how far it had come, or that it was elsewhere.
    let lost = Cursor {
        feed_epoch: 0,
        position: 1,
        digest: FeedDigest::EMPTY,
        ..head
    };
    let elsewhere = Cursor {
        digest: FeedDigest([7; 16]),
        ..head
    };
    for (cursor, positions) in [(lost, 1), (head, 0), (elsewhere, 1)] {
        let hello = [b.hello(vec![cursor])];
        let bundle = written_of(&b, &hub, &hello);
        read(&mut hub, &bundle).unwrap();
        let written = hub.write_bundle(b.device, BundleFrom::Known, io::sink());
        assert_eq!(written.unwrap().positions, positions, "{cursor:?}");
    }
    a.write(EntryKind(4_000), None, vec![1]);
    let unknown = hub.write_bundle(DeviceId(900), BundleFrom::Known, io::sink());
    assert!(matches!(unknown, Err(BundleFault::NoDevice(_))));
}
