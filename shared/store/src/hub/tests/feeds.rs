//! What became of entries, and what readers take.

use proptest::prelude::*;

use super::*;
use crate::Cursor;

/// A store that has taken in changes to the given charts, one entry each.
fn with(charts: &[ChartId]) -> HubStore {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let entries: Vec<Entry> = (0..)
        .zip(charts)
        .map(|(number, chart)| change(*chart, number))
        .collect();
    store
        .ingest(&sender.run(&entries), &mut unnoted, &mut salts())
        .unwrap();
    store
}

fn seqs(store: &HubStore, scope: u32) -> Vec<u64> {
    let read = store
        .read_feed(ScopeId(scope), 0, usize::MAX, 1_000)
        .unwrap();
    read.map_or_else(Vec::new, |it| {
        it.rows
            .iter()
            .map(|row| match row {
                FeedPlace::Change(row) => row.position.seq,
                FeedPlace::Gone { .. } | FeedPlace::Leave(_) => 0,
            })
            .collect()
    })
}

fn waiting(leaf: u64, number: u64, missing: &[u64]) -> Materialised {
    let missing = missing.iter().map(|it| hash(*it)).collect();
    Materialised {
        leaf,
        outcome: Outcome::Waiting {
            hash: hash(number),
            missing,
        },
    }
}

fn set_aside(leaf: u64, number: u64) -> Materialised {
    let (hash, reason) = (Some(hash(number)), "its hash is wrong".to_owned());
    Materialised {
        leaf,
        outcome: Outcome::Quarantined { hash, reason },
    }
}

#[test]
fn an_applied_change_goes_to_every_scope_of_its_chart() {
    let mut store = with(&[CHART, OTHER, CHART]);

    let charts = [in_scopes(CHART, &[1, 2]), in_scopes(OTHER, &[2])];
    store
        .took(&[applied(0, 10), applied(1, 11), applied(2, 12)], &charts)
        .unwrap();

    assert_eq!(
        (seqs(&store, 1), seqs(&store, 2), seqs(&store, 3)),
        (vec![1, 3], vec![1, 2, 3], vec![])
    );
    assert_eq!(store.unmaterialised(10).unwrap(), []);
    assert_eq!(store.changes_of(CHART).unwrap().len(), 2);
    assert_eq!(store.scopes_of(CHART).unwrap(), [ScopeId(1), ScopeId(2)]);
    assert_eq!(store.snapshot(CHART).unwrap().unwrap().heads, [[1; 32]]);
    assert_eq!(store.charts().unwrap(), [CHART, OTHER]);
}

#[test]
fn a_chart_that_joins_brings_what_it_had() {
    let mut store = with(&[CHART, CHART, CHART]);
    store
        .took(&[applied(0, 10), applied(1, 11)], &[in_scopes(CHART, &[1])])
        .unwrap();

    store
        .took(&[applied(2, 12)], &[in_scopes(CHART, &[1, 5])])
        .unwrap();

    assert_eq!(
        (seqs(&store, 1), seqs(&store, 5)),
        (vec![1, 2, 3], vec![1, 2, 3])
    );
}

#[test]
fn a_feed_is_read_in_portions_of_at_least_one() {
    let mut store = with(&[CHART; 5]);
    let outcomes: Vec<_> = (0..5).map(|it| applied(it, it)).collect();
    store.took(&outcomes, &[in_scopes(CHART, &[1])]).unwrap();

    let rows = |from, bytes, rows| {
        store
            .read_feed(ScopeId(1), from, bytes, rows)
            .unwrap()
            .map(|it| it.rows.len())
    };

    assert_eq!(rows(0, 1, 10), Some(1));
    assert_eq!(rows(0, 350, 10), Some(2));
    assert_eq!(rows(0, usize::MAX, 3), Some(3));
    assert_eq!(rows(3, usize::MAX, 10), Some(2));
    assert_eq!(rows(5, usize::MAX, 10), None);
    let read = store.read_feed(ScopeId(1), 4, 1, 1).unwrap().unwrap();
    let [FeedPlace::Change(row)] = read.rows.as_slice() else {
        panic!("a change is there: {read:?}");
    };
    assert_eq!(
        (row.payload.clone(), row.hash, row.chart),
        (change(CHART, 4).payload, hash(4), CHART)
    );
}

#[test]
fn a_digest_is_the_sum_of_the_hashes() {
    let mut store = with(&[CHART; 3]);
    let outcomes: Vec<_> = (0..3).map(|it| applied(it, it)).collect();
    store.took(&outcomes, &[in_scopes(CHART, &[1])]).unwrap();
    let sum = (0..3)
        .map(|it| u128::from_be_bytes(*hash(it).first_chunk().unwrap()))
        .fold(0_u128, u128::wrapping_add)
        .to_be_bytes();

    let head = store.feed_head(ScopeId(1)).unwrap();

    assert_eq!(
        head,
        FeedHead {
            scope: ScopeId(1),
            feed_epoch: 77,
            position: 3,
            digest: sum
        }
    );
    assert_eq!(store.feed_digest_at(ScopeId(1), 3).unwrap(), Some(sum));
    assert_eq!(
        store
            .read_feed(ScopeId(1), 0, usize::MAX, 9)
            .unwrap()
            .unwrap()
            .digest,
        sum
    );
    assert_eq!(store.feed_digest_at(ScopeId(1), 0).unwrap(), Some([0; 16]));
    assert_eq!(store.feed_digest_at(ScopeId(1), 4).unwrap(), None);
}

#[test]
fn a_change_waits_until_what_it_misses_is_applied() {
    let mut store = with(&[CHART, CHART]);
    store.took(&[waiting(0, 10, &[11])], &[]).unwrap();
    assert_eq!(leaves(&store.unmaterialised(10).unwrap()), [1]);

    store
        .took(&[applied(1, 11)], &[in_scopes(CHART, &[1])])
        .unwrap();
    assert_eq!(leaves(&store.unmaterialised(10).unwrap()), [0]);
    store.took(&[applied(0, 10)], &[]).unwrap();

    assert_eq!(leaves(&store.unmaterialised(10).unwrap()), []);
    assert_eq!(seqs(&store, 1), [2, 1]);
    assert_eq!(store.counts().unwrap().waiting, 0);
}

#[test]
fn what_builds_on_something_set_aside_is_set_aside() {
    let mut store = with(&[CHART; 4]);
    let outcomes = [
        waiting(0, 10, &[11]),
        waiting(1, 11, &[12]),
        set_aside(2, 12),
        waiting(3, 13, &[10]),
    ];

    store.took(&outcomes, &[]).unwrap();

    let rows = store.quarantined(None, 0).unwrap();
    assert_eq!(
        rows.iter().map(|it| it.leaf).collect::<Vec<_>>(),
        [0, 1, 2, 3]
    );
    assert_eq!(rows[2].reason, "its hash is wrong");
    assert_eq!(rows[2].chart, Some(CHART));
    assert!(store.is_set_aside(&hash(13)).unwrap() && !store.is_set_aside(&hash(14)).unwrap());
    assert_eq!(store.unmaterialised(10).unwrap(), []);
    assert_eq!(store.quarantined(Some(DeviceId(3)), 3).unwrap().len(), 1);
    assert_eq!(store.quarantined(Some(DeviceId(4)), 0).unwrap(), []);
}

#[test]
fn what_was_set_aside_stops_nothing_else() {
    let mut store = with(&[CHART, OTHER]);

    store
        .took(
            &[set_aside(0, 10), applied(1, 11)],
            &[in_scopes(OTHER, &[1])],
        )
        .unwrap();

    assert_eq!(seqs(&store, 1), [2]);
}

#[test]
fn no_entry_is_passed_over() {
    let mut store = with(&[CHART; 3]);

    assert!(matches!(
        store.took(&[applied(9, 1)], &[]),
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(leaves(&store.unmaterialised(2).unwrap()), [0, 1]);
    assert_eq!(store.unmaterialised_of(DeviceId(3)).unwrap(), 3);
}

#[test]
fn an_entry_may_be_looked_into_before_those_that_came_earlier() {
    let mut store = with(&[CHART; 4]);
    let left = |store: &HubStore| {
        let left = leaves(&store.unmaterialised(9).unwrap());
        let turn = store.unmaterialised_in_turn(DeviceId(3), 9).unwrap();
        assert_eq!(leaves(&turn), left);
        assert_eq!(
            store.unmaterialised_of(DeviceId(3)).unwrap(),
            left.len() as u64
        );
        assert_eq!(store.counts().unwrap().unmaterialised, left.len() as u64);
        assert_eq!(store.unmaterialised_in_turn(DeviceId(4), 9).unwrap(), []);
        left
    };

    store.took(&[applied(1, 11)], &[]).unwrap();
    assert_eq!(
        (left(&store), store.looked_into().unwrap()),
        (vec![0, 2, 3], 0)
    );
    store.took(&[applied(2, 12), applied(1, 11)], &[]).unwrap();
    assert_eq!(
        (left(&store), store.looked_into().unwrap()),
        (vec![0, 3], 0)
    );
    store.took(&[applied(0, 10)], &[]).unwrap();
    assert_eq!((left(&store), store.looked_into().unwrap()), (vec![3], 3));
    store.took(&[applied(3, 13)], &[]).unwrap();
    assert_eq!((left(&store), store.looked_into().unwrap()), (vec![], 4));
}

#[test]
fn an_outcome_that_is_kept_twice_feeds_once() {
    let mut store = with(&[CHART]);

    store
        .took(&[applied(0, 10)], &[in_scopes(CHART, &[1])])
        .unwrap();
    store
        .took(&[applied(0, 10)], &[in_scopes(CHART, &[1])])
        .unwrap();

    assert_eq!(seqs(&store, 1), [1]);
}

#[test]
fn what_a_device_wrote_into_a_chart_is_counted_once() {
    let mut store = with(&[CHART, CHART]);
    let charts = [in_scopes(CHART, &[1])];

    store
        .took(&[applied(0, 10), applied(1, 11)], &charts)
        .unwrap();
    store.took(&[applied(1, 11)], &[]).unwrap();

    let payload = u64::try_from(change(CHART, 0).payload.len()).unwrap();
    let written = Written {
        operations: 6,
        bytes: 2 * payload,
    };
    assert_eq!(store.written(CHART, DeviceId(3)).unwrap(), written);
    assert_eq!(
        store.written(CHART, DeviceId(4)).unwrap(),
        Written::default()
    );
}

#[test]
fn an_actor_belongs_to_the_log_that_named_it_first_or_proved_it() {
    let mut store = with(&[CHART]);
    let other = Sender::new(4).run(&[change(CHART, 0)]);
    store.ingest(&other, &mut unnoted, &mut salts()).unwrap();
    let named = |leaf, is_proven| Materialised {
        leaf,
        outcome: Outcome::Actor(audit::DeclaredActor {
            actor: [4; 16],
            is_proven,
        }),
    };

    store
        .took(&[named(0, false), named(1, false)], &[])
        .unwrap();

    assert_eq!(store.actor(&[4; 16]).unwrap(), Some((DeviceId(3), 1)));
    assert_eq!(store.actor(&[5; 16]).unwrap(), None);

    store.took(&[named(1, true)], &[]).unwrap();
    assert_eq!(store.actor(&[4; 16]).unwrap(), Some((DeviceId(4), 1)));

    store.took(&[named(0, false)], &[]).unwrap();
    assert_eq!(store.actor(&[4; 16]).unwrap(), Some((DeviceId(4), 1)));
}

#[test]
fn what_a_device_has_taken_is_remembered() {
    let mut store = store();
    let cursor = Cursor {
        scope: ScopeId(1),
        feed_epoch: 77,
        position: 4,
        digest: [5; 16],
    };
    store.note_taken(DeviceId(3), &cursor).unwrap();

    store
        .note_taken(
            DeviceId(3),
            &Cursor {
                position: 6,
                ..cursor
            },
        )
        .unwrap();

    assert_eq!(
        store.taken(DeviceId(3)).unwrap(),
        [Cursor {
            position: 6,
            ..cursor
        }]
    );
    assert_eq!(store.taken(DeviceId(4)).unwrap(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever batches entries are looked into in, every scope's feed holds each change of its charts once,
    /// its positions have no hole, and its digest is their sum.
    #[test]
    fn feeds_hold_each_change_once(charts in proptest::collection::vec(1_u8..4, 1..30), batch in 1_usize..7) {
        let ids: Vec<ChartId> = charts.iter().map(|it| ChartId::new([*it; 16])).collect();
        let mut store = with(&ids);

        loop {
            let found = store.unmaterialised(batch).unwrap();
            if found.is_empty() {
                break;
            }
            let outcomes: Vec<_> = found.iter().map(|it| applied(it.leaf, it.leaf)).collect();
            let touched: Vec<_> = found
                .iter()
                .map(|it| it.entry.as_ref().unwrap().chart.unwrap())
                .map(|chart| in_scopes(chart, if chart == CHART { &[1, 2] } else { &[2] }))
                .collect();
            store.took(&outcomes, &touched).unwrap();
        }

        let first: Vec<u64> = (1..).zip(&ids).filter(|(_, it)| **it == CHART).map(|(seq, _)| seq).collect();
        prop_assert_eq!(seqs(&store, 1), first);
        prop_assert_eq!(seqs(&store, 2), (1..=ids.len() as u64).collect::<Vec<_>>());
        let sum = (0..ids.len() as u64)
            .map(|it| u128::from_be_bytes(*hash(it).first_chunk().unwrap()))
            .fold(0, u128::wrapping_add);
        prop_assert_eq!(store.feed_head(ScopeId(2)).unwrap().digest, sum.to_be_bytes());
    }
}
