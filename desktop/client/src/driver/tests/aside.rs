//! Tests of changes that were held for others and turn out not to be taken.

use audit::LogPosition;
use replica::{Change, ChartDoc, Intent};
use store::{ForeignChange, Taken};

use super::*;
use crate::Client;

/// A chart's first change, and two that follow it under one number of one actor: only one of them can be taken.
struct Fork {
    chart: ChartId,
    first: Change,
    second: Change,
    rival: Change,
}

fn fork() -> Fork {
    let chart = ChartId::new([7; 16]);
    let mut doc = ChartDoc::new(chart);
    let actor = Actor::new([9; 16]);
    let first = doc.edit(&actor, Hlc::new(NOON_MS, 0), &[sex(1)]).unwrap();
    let second = doc.clone().edit(&actor, Hlc::new(NOON_MS, 2), &[sex(2)]);
    let rival = doc.edit(&actor, Hlc::new(NOON_MS, 3), &[sex(3)]);
    Fork {
        chart,
        first,
        second: second.unwrap(),
        rival: rival.unwrap(),
    }
}

fn sex(count: u16) -> Intent {
    let stamp = record::Stamp {
        at: Hlc::new(NOON_MS, count),
        device: DeviceId(2),
        person: NURSE_B,
        site: SiteId(2),
    };
    Intent::SetSex(record::Stamped {
        value: record::Sex::Female,
        stamp,
        reason: None,
    })
}

fn place(seq: u64) -> LogPosition {
    LogPosition {
        device: DeviceId(2),
        epoch: 1,
        seq,
    }
}

fn item(seq: u64, chart: ChartId, change: &Change) -> FeedItem {
    FeedItem::Change {
        position: place(seq),
        chart,
        hlc: Hlc::new(NOON_MS, 0),
        person: NURSE_B,
        payload: change.bytes.clone(),
    }
}

/// The chart holds this many changes, nothing waits, and what is set aside came from this place.
#[track_caller]
fn check(client: &Client, chart: ChartId, changes: usize, aside: u64) {
    let store = client.driver().store();
    assert_eq!(store.changes_of(chart).unwrap().len(), changes);
    assert_eq!(store.waiting_of(chart).unwrap(), []);
    let places: Vec<LogPosition> = store
        .quarantined()
        .unwrap()
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(places, [place(aside)]);
}

#[test]
fn a_change_that_was_held_and_is_refused_is_set_aside() {
    let mut client = World::new().nurse_a();
    let fork = fork();
    deliver(vec![item(2, fork.chart, &fork.second)], &mut client);
    assert_eq!(client.status().unwrap().quarantined, 0);

    let rest = vec![
        item(1, fork.chart, &fork.first),
        item(3, fork.chart, &fork.rival),
    ];
    deliver(rest, &mut client);

    check(&client, fork.chart, 2, 2);
    assert!(client.verify().unwrap().ok);
}

#[test]
fn a_change_that_was_held_and_is_damaged_is_set_aside() {
    let mut client = World::new().nurse_a();
    let fork = fork();
    let damaged = ForeignChange {
        position: place(2),
        chart: fork.chart,
        hlc: Hlc::new(NOON_MS, 0),
        person: NURSE_B,
        hash: *fork.second.hash.as_bytes(),
        bytes: vec![0; 100],
    };
    let held = Taken {
        cursor: Some(store::Cursor {
            scope: ScopeId(1),
            feed_epoch: 1,
            position: 1,
            digest: FeedDigest::EMPTY.0,
        }),
        waiting: vec![damaged],
        ..Taken::nothing(ScopeId(1))
    };
    client.driver_mut().store_mut().take(&held).unwrap();

    deliver(vec![item(1, fork.chart, &fork.first)], &mut client);

    check(&client, fork.chart, 1, 2);
}
