//! The order of a feed's newest places.

use super::super::tail::{MAX_PLACES, SLACK};
use super::*;
use crate::{FeedTail, TailSeal, TailStep};

fn step(from: u64, count: u64) -> TailStep {
    let mark = |at: u64| [at.to_le_bytes()[0]; 32];
    TailStep {
        from,
        marks: (from + 1..=from + count).map(mark).collect(),
        chain: mark(from + count),
        seal: None,
        anew: false,
    }
}

fn sealed(from: u64, count: u64) -> TailStep {
    TailStep {
        seal: Some(TailSeal {
            feed_epoch: 77,
            position: from + count,
            chain: [9; 32],
            signature: [8; 64],
        }),
        ..step(from, count)
    }
}

fn follow(store: &mut ReplicaStore, step: TailStep) -> FeedTail {
    let taken = Taken {
        tail: Some(step),
        ..Taken::nothing(ScopeId(4))
    };
    store.take(&taken).unwrap();
    store.feed_tail(ScopeId(4)).unwrap().unwrap()
}

#[test]
fn a_tail_goes_on_where_it_ended_and_begins_anew_elsewhere() {
    let mut store = store();
    assert_eq!(store.feed_tail(ScopeId(4)).unwrap(), None);

    let tail = follow(&mut store, sealed(10, 2));
    assert_eq!((tail.begins, tail.ends, tail.chain), (10, 12, [12; 32]));
    let tail = follow(&mut store, step(12, 3));
    assert_eq!((tail.begins, tail.ends, tail.chain), (10, 15, [15; 32]));
    assert_eq!(tail.seal.map(|it| it.position), Some(12));
    let marks = store.feed_marks(ScopeId(4), 11, 3).unwrap();
    assert_eq!(marks, [[12; 32], [13; 32], [14; 32]]);

    let tail = follow(&mut store, step(40, 1));
    assert_eq!((tail.begins, tail.ends, tail.seal), (40, 41, None));
    assert_eq!(store.feed_marks(ScopeId(4), 0, 99).unwrap(), [[41_u8; 32]]);
    let anew = TailStep {
        anew: true,
        ..sealed(41, 1)
    };
    let tail = follow(&mut store, anew);
    assert_eq!((tail.begins, tail.ends), (41, 42));
    assert_eq!(store.feed_tail(ScopeId(5)).unwrap(), None);
}

#[test]
fn the_oldest_places_go_when_there_are_too_many() {
    let mut store = store();
    let most = MAX_PLACES + SLACK - 1;
    follow(&mut store, sealed(0, most - 1));

    let tail = follow(&mut store, sealed(most - 1, 1));
    assert_eq!((tail.begins, tail.ends), (0, most));

    let tail = follow(&mut store, sealed(most, 1));
    assert_eq!((tail.begins, tail.ends), (SLACK, most + 1));
    let marks = store.feed_marks(ScopeId(4), 0, usize::MAX / 2).unwrap();
    assert_eq!(marks.len() as u64, MAX_PLACES);
}
