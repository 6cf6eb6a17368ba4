//! Whole sessions between the two ends, in every order that a link and two stores allow.

mod attach;
mod copies;
mod urgent;

use audit::LogPosition;
use proptest::collection::vec;
use proptest::prelude::*;
use record::ScopeId;
use wire::{FeedItem, Version, Versions};

use super::happening::{disasters, happenings};
use super::*;
use crate::{AbortReason, Summary};

/// Clinic 1 has scope 1, clinic 2 has scope 2, the office has both.
fn world() -> World {
    World::new(&[&[1], &[2], &[1, 2]])
}

fn synced(world: &mut World) {
    for who in 0..world.devices.len() {
        world.disconnect(who);
        world.connect(who);
    }
    world.run();
}

/// Everything is everywhere that it belongs, and nowhere else.
fn check_converged(world: &World) {
    for (who, device) in world.devices.iter().enumerate() {
        assert_eq!(device.aborted, None, "device {who}");
        assert_eq!(
            device.log,
            world.hub.log(device.id, 1),
            "the hub has the log of device {who}"
        );
        assert_eq!(device.noted, device.log.head(), "device {who} knows that");
        for (scope, rows) in world
            .hub
            .feeds
            .iter()
            .filter(|(it, _)| world.hub.is_entitled(who, **it))
        {
            for (position, entry) in rows {
                match device.held.get(&(*scope, *position)) {
                    Some(FeedItem::Own { position: own }) => {
                        assert_eq!(own, position);
                        assert_eq!(position.device, device.id);
                    }
                    Some(FeedItem::Change {
                        position: from,
                        payload,
                        ..
                    }) => {
                        assert_eq!((from, payload), (position, entry));
                    }
                    None if position.device == device.id => {}
                    other => panic!("device {who} holds {other:?} of {position} in scope {scope}"),
                }
            }
        }
        let is_there = |(scope, position): &(ScopeId, LogPosition)| {
            world.hub.feeds[scope].iter().any(|row| row.0 == *position)
        };
        assert!(
            device.held.keys().all(is_there),
            "device {who} holds nothing else"
        );
        for (scope, cursor) in &device.cursors {
            let end = world.hub.feeds[scope].len() as u64;
            assert_eq!(world.hub.head(*scope, end), Some(*cursor), "device {who}");
        }
    }
}

#[test]
fn with_nothing_to_do_one_round_trip_is_all() {
    let mut world = world();

    world.connect(0);
    world.run();

    let Summary { round_trips, .. } = world.devices[0].finished[0];
    assert_eq!(round_trips, 1);
    assert_eq!(world.devices[0].finished.len(), 1);
}

#[test]
fn with_everything_synced_one_round_trip_is_all() {
    let mut world = world();
    for seq in 0..50 {
        world.devices[0].write(vec![1, seq]);
    }
    synced(&mut world);
    synced(&mut world);
    world.disconnect(0);

    world.devices[0].begin();
    let mut end = world.hub.admit(0);
    let mut link = Link::default();
    while world.devices[0].step(&mut link.up) {}
    assert_eq!(link.up.len(), 1, "HELLO is all that is said");
    end.received(Link::receive(&mut link.up).unwrap());
    while end.step(&mut world.hub, &mut link.down) {}
    assert_eq!(link.down.len(), 1, "WELCOME is all that is answered");
    world.devices[0].received(Link::receive(&mut link.down).unwrap());
    while world.devices[0].step(&mut link.up) {}

    assert!(link.up.is_empty());
    assert_eq!(world.devices[0].finished[0].round_trips, 1);
}

#[test]
fn one_visit_is_stored_merged_and_echoed_in_one_session() {
    let mut world = world();
    world.devices[0].write(vec![0, 1]);
    world.devices[0].write(vec![1, 2]);

    world.connect(0);
    world.run();

    let summary = world.devices[0].finished.last().unwrap().clone();
    assert_eq!((summary.entries_pushed, summary.entries_stored), (2, 2));
    assert_eq!((summary.own_taken, summary.entries_taken), (1, 0));
    assert_eq!(summary.round_trips, 1);
    synced(&mut world);
    check_converged(&world);
}

#[test]
fn more_than_the_windows_hold_goes_through() {
    let mut world = world();
    for at in 0..100_u8 {
        world.devices[0].write(vec![1, at]);
        world.devices[1].write(vec![2, at]);
    }

    synced(&mut world);
    synced(&mut world);

    check_converged(&world);
    assert_eq!(world.devices[2].held.len(), 200);
}

/// The protocol as the release before this one speaks it.
const OLDER: Versions = Versions(Version::ONE, Version::ONE);

#[test]
fn an_older_release_at_either_end_loses_nothing() {
    for (devices, hub) in [(OLDER, Versions::SPOKEN), (Versions::SPOKEN, OLDER)] {
        let mut world = world();
        world.hub.versions = hub;
        world.devices[0].versions = devices;
        for at in 0..20 {
            world.devices[0].write(vec![1, at]);
            world.devices[1].write(vec![2, at]);
        }

        synced(&mut world);
        synced(&mut world);

        check_converged(&world);
        assert_eq!(world.devices[2].held.len(), 40);
    }
}

#[test]
fn an_open_session_carries_what_comes_later() {
    let mut world = world();
    synced(&mut world);

    world.devices[0].write(vec![1, 1]);
    world.run();

    check_converged(&world);
    assert_eq!(world.devices[2].held.len(), 1);
    assert_eq!(world.devices[0].finished.len(), 2);
}

#[test]
fn a_lost_answer_is_harmless() {
    let mut world = world();
    world.devices[0].write(vec![1, 1]);
    world.connect(0);
    // Everything but the way down.
    while (0..3).any(|choice| world.step(0, choice)) {}
    let (link, _) = world.links[0].as_mut().unwrap();
    let welcome = Link::receive(&mut link.down).unwrap();
    world.devices[0].received(welcome);
    while (0..3).any(|choice| world.step(0, choice)) {}
    assert_eq!(world.hub.log(world.devices[0].id, 1).head().seq, 1);
    assert_eq!(world.devices[0].noted.seq, 0);

    synced(&mut world);

    assert_eq!(world.devices[0].finished.last().unwrap().entries_pushed, 0);
    check_converged(&world);
}

#[test]
fn what_an_old_link_still_brings_is_harmless() {
    let mut world = world();
    for at in 0..7 {
        world.devices[0].write(vec![1, at]);
    }
    world.connect(0);
    while (0..4).any(|choice| world.step(0, choice)) && world.devices[0].noted.seq == 0 {}
    // The device gives the link up; what it sent arrives later.
    let (mut old, mut old_end) = world.links[0].take().unwrap();
    world.devices[0].lose_link();
    world.devices[0].per_segment = 3;
    world.connect(0);
    for _ in 0..6 {
        world.step(0, 0);
        world.step(0, 1);
        world.step(0, 2);
        world.step(0, 3);
    }

    while let Some(message) = Link::receive(&mut old.up) {
        old_end.received(message);
        while old_end.step(&mut world.hub, &mut old.down) {}
    }
    world.run();

    check_converged(&World {
        links: Vec::new(),
        ..world
    });
}

#[test]
fn a_hub_that_lost_a_log_is_given_it_again() {
    let mut world = world();
    for at in 0..3 {
        world.devices[0].write(vec![1, at]);
    }
    synced(&mut world);
    let device = world.devices[0].id;
    world.hub.set_log(device, Log::new(device, 1));
    world.hub_was_restored = true;

    synced(&mut world);

    assert_eq!(world.devices[0].aborted, None);
    assert_eq!(
        world.hub.log(device, 1),
        world.devices[0].log,
        "it is stored again"
    );
    assert_eq!(world.devices[0].noted, world.devices[0].log.head());
}

#[test]
fn what_a_restored_hub_lost_of_a_device_that_is_gone_comes_back_from_its_readers() {
    let mut world = world();
    world.devices[0].write(vec![1, 1]);
    synced(&mut world);
    let backup = world.hub.clone();
    for at in 2..9 {
        world.devices[0].write(vec![1, at]);
        world.run();
    }
    assert_eq!(world.devices[2].held.len(), 8);
    (0..3).for_each(|who| world.disconnect(who));
    world.hub = backup;
    world.hub.begin_epoch();
    world.hub_was_restored = true;

    // The first device never comes again.
    world.connect(2);
    world.run();

    let summary = world.devices[2].finished.last().unwrap();
    assert_eq!((summary.given_back, world.hub.given_back), (7, 7));
    assert_eq!(world.devices[2].not_at_hub.get(&ScopeId(1)), Some(&0));
    assert_eq!(world.hub.feeds[&ScopeId(1)].len(), 8);
    // It was not gone after all: nothing is there twice.
    world.disconnect(2);
    synced(&mut world);
    check_converged(&world);
    assert_eq!(world.hub.feeds[&ScopeId(1)].len(), 8);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_interleaving_converges(
        happenings in vec(happenings(), 0..400),
        per_segment in 1_usize..4,
        per_batch in 1_usize..4,
    ) {
        let mut world = world();
        world.hub.per_batch = per_batch;
        for device in &mut world.devices {
            device.per_segment = per_segment;
        }

        for happening in happenings {
            world.happens(&happening);
        }
        synced(&mut world);
        synced(&mut world);

        check_converged(&world);
        for device in &world.devices {
            prop_assert!(!device.finished.is_empty());
        }
    }

    #[test]
    fn a_hub_that_was_restored_gets_everything_back(
        happenings in vec(disasters(), 0..400),
        per_segment in 1_usize..4,
        per_batch in 1_usize..4,
    ) {
        let mut world = world();
        world.hub.per_batch = per_batch;
        for device in &mut world.devices {
            device.per_segment = per_segment;
        }

        for happening in happenings {
            world.happens(&happening);
        }
        synced(&mut world);
        synced(&mut world);

        check_converged(&world);
    }
}
