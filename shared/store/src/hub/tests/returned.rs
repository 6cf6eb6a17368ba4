//! Changes that came back.

use super::*;
use crate::StoredChange;

fn lost(seq: u64) -> StoredChange {
    StoredChange {
        position: LogPosition {
            device: DeviceId(9),
            epoch: 2,
            seq,
        },
        hlc: Hlc::new(500 + seq, 0),
        person: PersonId(8),
        hash: hash(seq),
        bytes: vec![seq.to_le_bytes()[0]; 30],
    }
}

fn entry() -> Entry {
    Entry {
        kind: EntryKind::RETURNED,
        chart: Some(CHART),
        hlc: Hlc::new(9_000, 0),
        person: PersonId::NOBODY,
        payload: b"it came back".to_vec(),
    }
}

#[test]
fn what_came_back_is_served_as_its_writers_wherever_changes_are_read() {
    let mut store = store();
    let clock = ("clock".to_owned(), vec![1]);
    let changes = [(entry(), lost(4)), (entry(), lost(5)), (entry(), lost(4))];

    let kept = store.take_back(&changes, &clock, &mut salts()).unwrap();
    store
        .took(&[applied(0, 4), applied(1, 5)], &[in_scopes(CHART, &[1])])
        .unwrap();

    assert_eq!(kept, 2);
    assert_eq!(store.changes_of(CHART).unwrap(), [lost(4), lost(5)]);
    assert_eq!(store.returned(1).unwrap(), Some(lost(5).bytes));
    let at = lost(5).position;
    assert_eq!(store.change_at(at).unwrap(), Some((CHART, lost(5).bytes)));
    assert_eq!(
        store.first_change_of(CHART).unwrap(),
        Some(lost(4).position)
    );
    let held = store.held(ScopeId(1), 9).unwrap();
    assert_eq!(held, [(lost(4).hlc, hash(4)), (lost(5).hlc, hash(5))]);
    let read = store.read_feed(ScopeId(1), 0, usize::MAX, 9).unwrap();
    let rows = read.unwrap().rows;
    let packs = store
        .read_charts(ScopeId(1), (0, 0), usize::MAX, 9)
        .unwrap();
    let wanted = store.wanted(ScopeId(1), &[hash(5)], usize::MAX).unwrap();
    let FeedPlace::Change(row) = &rows[1] else {
        panic!("{rows:?}")
    };
    assert_eq!(
        (row.position, row.hlc, row.person, &row.payload),
        (at, lost(5).hlc, PersonId(8), &lost(5).bytes)
    );
    assert_eq!(wanted.1, std::slice::from_ref(row));
    assert_eq!(packs.rows[1].1, ChartRow::Change(row.clone()));
    let facts = store.feed_facts(ScopeId(1), 1, 9).unwrap();
    assert!(matches!(facts[0], FeedFact::Change { position, .. } if position == at));
}

#[test]
fn a_log_may_bring_again_what_came_back_and_no_place_is_taken_twice() {
    let (mut store, mut sender) = (store(), Sender::new(9));
    let clock = ("clock".to_owned(), vec![1]);
    store
        .ingest(&sender.run(&[change(CHART, 1)]), &mut unnoted, &mut salts())
        .unwrap();
    let taken = StoredChange {
        position: LogPosition {
            device: DeviceId(9),
            epoch: 1,
            seq: 1,
        },
        ..lost(1)
    };
    let later = StoredChange {
        position: LogPosition {
            seq: 2,
            ..taken.position
        },
        ..lost(2)
    };

    let changes = [(entry(), taken), (entry(), later)];
    let kept = store.take_back(&changes, &clock, &mut salts()).unwrap();
    let again = store.ingest(&sender.run(&[change(CHART, 2)]), &mut unnoted, &mut salts());

    assert_eq!(kept, 1);
    assert_eq!(again.unwrap().seq, 2);
}
