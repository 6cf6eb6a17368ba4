//! Tests of the replica at work, without a person or a network.

mod aside;
mod bounds;
mod brief;
mod carried;
mod contact;
mod lan;
mod leave;
mod packs;
mod tail;

use record::ScopeId;
use sync::{AbortReason, ClientEffect};
use wire::limits::SEGMENT_READ_BYTES;
use wire::{FeedDigest, FeedItem, Version};

use super::*;
use crate::testing::*;

#[test]
fn what_one_device_wrote_another_shows() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();

    deliver(feed_of(&a), &mut b);

    let view = b.open(&chart).unwrap();
    assert_eq!(view.visits[0].author, "Amina Nurse");
    assert_eq!(view.unsent, 0);
    assert!(!view.visits[0].only_here);
    assert_eq!(b.find("dang").unwrap().len(), 1);
    assert_eq!(a.verify().unwrap().digest, b.verify().unwrap().digest);
}

#[test]
fn a_change_that_comes_before_what_it_needs_is_held() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    let mut items = feed_of(&a);
    let first = items.remove(0);

    deliver(items, &mut b);
    assert!(b.open(&chart).is_err());
    deliver(vec![first], &mut b);

    assert_eq!(b.open(&chart).unwrap().visits.len(), 1);
    assert!(b.verify().unwrap().ok);
}

#[test]
fn what_cannot_be_taken_is_kept_aside_and_stops_nothing() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    let mut items = feed_of(&a);
    let Some(FeedItem::Change {
        position,
        chart: id,
        hlc,
        person,
        payload,
    }) = items.first().cloned()
    else {
        panic!("a registration is a change");
    };
    let mut altered = payload;
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let position = audit::LogPosition {
        seq: 99,
        ..position
    };
    items.insert(
        0,
        FeedItem::Change {
            position,
            chart: id,
            hlc,
            person,
            payload: altered,
        },
    );
    let position = audit::LogPosition {
        seq: 100,
        ..position
    };
    items.push(FeedItem::Other {
        kind: 77,
        position,
        payload: vec![1, 2, 3],
    });

    deliver(items, &mut b);

    assert!(b.open(&chart).is_ok());
    assert_eq!(b.status().unwrap().quarantined, 2);
}

/// Offers items with a digest that is not theirs. Nothing of it may be taken.
#[track_caller]
fn check_refused(items: Vec<FeedItem>, digest: FeedDigest, to: &mut crate::Client) {
    let before = to.driver().standing().unwrap();

    let carried = offer(items, digest, to);

    let mismatch = AbortReason::FeedMismatch { scope: ScopeId(1) };
    assert_eq!(carried, Carried::Aborted(mismatch));
    assert_eq!(to.driver().standing().unwrap().cursors, before.cursors);
    assert_eq!(to.status().unwrap().charts, 0);
}

#[test]
fn a_batch_that_its_digest_does_not_stand_for_is_refused_whole() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    let items = feed_of(&a);
    let digest = digest_after(&items, &b);

    // One change left out, one put in the place of another, and another digest.
    let left_out = items[..items.len() - 1].to_vec();
    check_refused(left_out, digest, &mut b);
    let mut twice = items.clone();
    *twice.last_mut().unwrap() = items[0].clone();
    check_refused(twice, digest, &mut b);
    check_refused(items.clone(), FeedDigest([7; 16]), &mut b);

    assert!(matches!(offer(items, digest, &mut b), Carried::Event(_)));
    assert_eq!(b.open(&chart).unwrap().family, "Đặng");
}

#[test]
fn what_was_written_here_counts_in_the_digest_and_must_be_here() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    a.register(&woman()).unwrap();
    let own: Vec<FeedItem> = feed_of(&a)
        .iter()
        .map(|it| match it {
            FeedItem::Own { position }
            | FeedItem::Change { position, .. }
            | FeedItem::Gone { position, .. }
            | FeedItem::Leave { position, .. }
            | FeedItem::Other { position, .. } => FeedItem::Own {
                position: *position,
            },
        })
        .collect();
    let digest = digest_after(&own, &a);

    assert!(matches!(
        offer(own.clone(), digest, &mut a),
        Carried::Event(_)
    ));
    let next = digest_after(&own, &a);
    assert!(matches!(
        offer(own.clone(), next, &mut a),
        Carried::Event(_)
    ));
    // The other clinic never wrote these. Passed over, they would be missing for good.
    check_refused(own, FeedDigest::EMPTY, &mut b);
}

#[test]
fn a_batch_taken_twice_changes_nothing() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    a.register(&woman()).unwrap();

    deliver(feed_of(&a), &mut b);
    let once = b.verify().unwrap();
    deliver(feed_of(&a), &mut b);

    let twice = b.verify().unwrap();
    assert_eq!((once.digest, once.changes), (twice.digest, twice.changes));
}

#[test]
fn what_the_hub_has_stored_is_no_longer_only_here() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    client.record_visit(&chart, &cough()).unwrap();
    let head = client.driver().log_head().unwrap();

    client
        .driver_mut()
        .carry_out(ClientEffect::NoteStored(head))
        .unwrap();

    let view = client.record_visit(&chart, &cough()).unwrap();
    let only_here: Vec<bool> = view.visits.iter().map(|it| it.only_here).collect();
    assert_eq!(only_here.iter().filter(|it| **it).count(), 1);
    assert_eq!(view.unsent, 1);
    assert_eq!(
        client.status().unwrap().at_hub,
        u32::try_from(head.seq).unwrap()
    );
}

#[test]
fn a_segment_holds_what_the_log_has_after_a_place() {
    let mut client = World::new().nurse_a();
    client.register(&woman()).unwrap();
    let head = client.driver().log_head().unwrap();
    let read = |client: &mut crate::Client, after_seq| {
        client
            .driver_mut()
            .carry_out(ClientEffect::ReadSegment {
                after_seq,
                version: Version::TWO,
                max_bytes: SEGMENT_READ_BYTES,
            })
            .unwrap()
    };

    let Carried::Event(sync::ClientEvent::SegmentRead(Some(segment))) = read(&mut client, 1) else {
        panic!("the log has more than one entry");
    };
    let key = client.driver().identity().log.public();
    assert_eq!(segment.open(&key).unwrap().after(), head);
    assert_eq!(
        read(&mut client, head.seq),
        Carried::Event(sync::ClientEvent::SegmentRead(None))
    );
}

#[test]
fn an_older_or_forged_roster_changes_nothing() {
    let world = World::new();
    let mut driver = world.device(1, &TestHost::new(1));
    let forger = SigningKey::from_seed([9; 32]);
    let mut forged = driver.roster().clone();
    forged.epoch = 9;
    forged.hub.roster = forger.public();
    let forged = forged.sign(&forger).unwrap();

    let newer = driver.roster().clone();
    let older = Roster { epoch: 0, ..newer };
    let older = older.sign(&world.hub).unwrap();

    // Whatever is wrong with a roster, the meeting goes on: with the one held.
    for roster in [forged, older] {
        let carried = driver.carry_out(ClientEffect::TakeRoster(roster)).unwrap();
        assert_eq!(carried, Carried::Done);
        assert_eq!(driver.roster().epoch, 1);
    }
    let kept: Option<SignedRoster> = meta::read(driver.store(), meta::ROSTER).unwrap();
    assert_eq!(kept, Some(world.signed));
}

fn rewrite(client: &mut crate::Client, update: store::ChartUpdate) {
    let repair = store::Repair {
        charts: vec![update],
        ..store::Repair::default()
    };
    client.driver_mut().store_mut().repair(&repair).unwrap();
}

#[test]
fn a_snapshot_that_was_doctored_is_found_and_written_again() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    let other = client.register(&woman()).unwrap().chart;
    let honest = client.verify().unwrap();
    assert!(honest.ok);

    // Another chart's caches in the place of this one's.
    let donor = client.driver().held_chart(other.parse().unwrap()).unwrap();
    let mut doctored = update_of(&donor);
    doctored.chart = chart.parse().unwrap();
    doctored.row.chart = doctored.chart;
    rewrite(&mut client, doctored);

    let found = client.verify().unwrap();
    assert!(!found.ok);
    assert_eq!(found.digest, honest.digest);
    assert!(
        found
            .problems
            .iter()
            .all(|it| it.chart.as_deref() == Some(&chart))
    );
    assert_eq!(client.repair().unwrap(), 1);
    assert!(client.verify().unwrap().ok);
}

#[test]
fn a_damaged_snapshot_does_not_keep_a_chart_from_opening() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    let doc = client.driver().held_chart(chart.parse().unwrap()).unwrap();
    let mut update = update_of(&doc);
    update.snapshot.truncate(20);
    rewrite(&mut client, update);

    assert_eq!(client.open(&chart).unwrap().family, "Đặng");
}

#[test]
fn a_chart_that_lacks_this_actors_last_change_is_not_written() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart.parse().unwrap();
    let driver = client.driver_mut();
    let mut stale = driver.held_chart(chart).unwrap();
    let mut fresh = stale.clone();
    let sex = |driver: &mut ReplicaDriver, value| {
        let at = driver.tick();
        let stamp = record::Stamp {
            at,
            device: DeviceId(1),
            person: NURSE_A,
            site: driver.site().unwrap(),
        };
        (
            at,
            vec![replica::Intent::SetSex(record::Stamped {
                value,
                stamp,
                reason: None,
            })],
        )
    };
    let (at, intents) = sex(driver, record::Sex::Male);
    driver.change(&mut fresh, NURSE_A, at, &intents).unwrap();

    let (at, intents) = sex(driver, record::Sex::Other);
    let refused = driver
        .change(&mut stale.clone(), NURSE_A, at, &intents)
        .unwrap_err();

    assert_eq!(refused.code, ErrorCode::Fault);
    // The change above was never stored. Whoever writes next does so as another actor.
    let before = driver.actor;
    assert_ne!(driver.actor().ok(), before);
    let (at, intents) = sex(driver, record::Sex::Other);
    assert!(driver.change(&mut stale, NURSE_A, at, &intents).is_ok());
}

#[test]
fn a_chart_that_came_back_without_what_was_written_last_is_written_by_another_actor() {
    let mut a = World::new().nurse_a();
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    let items = feed_of(&a);
    let all = a.driver().log_head().unwrap();
    a.driver_mut()
        .store
        .note_stored(all.epoch, all.seq)
        .unwrap();
    let left = FeedItem::Leave {
        position: audit::LogPosition {
            device: DeviceId::HUB,
            epoch: 0,
            seq: 0,
        },
        chart: chart.parse().unwrap(),
    };
    deliver(items.clone(), &mut a);
    deliver(vec![left], &mut a);
    assert_eq!(a.driver().store().count_charts().unwrap(), 0);

    // The hub has set the visit aside.
    deliver(items[..1].to_vec(), &mut a);

    assert_eq!(a.open(&chart).unwrap().visits.len(), 0);
    let view = a.record_visit(&chart, &cough()).unwrap();
    assert_eq!(view.visits.len(), 1);
}
