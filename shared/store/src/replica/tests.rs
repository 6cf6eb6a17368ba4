//! The replica's store: its log, what it takes, and what it remembers.

use audit::{ChainHash, Entry, EntryKind, LogHead, LogPosition};
use crypto::DatabaseKey;
use record::{About, ChartId, DeviceId, Hlc, PersonId, ScopeId, StatementId};

use super::*;

mod again;
mod aside;
mod blob;
mod faults;
mod leave;
mod member;
mod search;
mod tail;

const CHART: ChartId = ChartId::new([1; 16]);
const OTHER: ChartId = ChartId::new([2; 16]);

fn store() -> ReplicaStore {
    let mut store = ReplicaStore::in_memory().unwrap();
    store.begin_log(DeviceId(3), 1).unwrap();
    store
}

fn key() -> DatabaseKey {
    DatabaseKey::from_bytes([1; 32])
}

fn change(chart: ChartId, number: u8) -> NewEntry {
    NewEntry {
        entry: Entry {
            kind: EntryKind::CHANGE,
            chart: Some(chart),
            hlc: Hlc::new(1_000 + u64::from(number), 0),
            person: PersonId(5),
            payload: vec![number; 200],
        },
        change: Some(NewChange { hash: [number; 32] }),
    }
}

fn access(chart: Option<ChartId>) -> NewEntry {
    let (kind, payload) = (EntryKind::ACCESS, b"opened".to_vec());
    let entry = Entry {
        kind,
        chart,
        hlc: Hlc::new(900, 0),
        person: PersonId(5),
        payload,
    };
    NewEntry {
        entry,
        change: None,
    }
}

fn row(chart: ChartId, name: &str) -> SearchRow {
    SearchRow {
        chart,
        about: About::Patient,
        number: "1004-00017-6".to_owned(),
        name: name.to_owned(),
        birth_date: "1984-03-12".to_owned(),
        sex: "female".to_owned(),
        place: "Kibera".to_owned(),
        phone: "0712 345 678".to_owned(),
        also: vec!["Mama Njeri".to_owned()],
        conflict: false,
    }
}

fn update(chart: ChartId, name: &str) -> ChartUpdate {
    ChartUpdate {
        chart,
        snapshot: vec![9; 500],
        heads: vec![[7; 32], [8; 32]],
        row: row(chart, name),
        attachments: Vec::new(),
    }
}

fn rewritten(update: ChartUpdate) -> Repair {
    Repair {
        charts: vec![update],
        ..Repair::default()
    }
}

fn visit(chart: ChartId, number: u8) -> Commit {
    Commit {
        entries: vec![access(Some(chart)), change(chart, number)],
        charts: vec![update(chart, "Amina Wanjiru")],
        ..Commit::default()
    }
}

fn foreign(chart: ChartId, seq: u64) -> ForeignChange {
    ForeignChange {
        position: LogPosition {
            device: DeviceId(8),
            epoch: 1,
            seq,
        },
        chart,
        hlc: Hlc::new(5_000, 0),
        person: PersonId(6),
        hash: [u8::try_from(seq).unwrap(); 32],
        bytes: vec![1; 100],
    }
}

fn taken(position: u64) -> Taken {
    Taken {
        cursor: Some(Cursor {
            scope: ScopeId(4),
            feed_epoch: 77,
            position,
            digest: [3; 16],
        }),
        ..Taken::nothing(ScopeId(4))
    }
}

fn places(changes: &[StoredChange]) -> Vec<u64> {
    changes.iter().map(|it| it.position.seq).collect()
}

#[test]
fn a_commit_is_in_the_log_in_the_chart_and_in_search() {
    let mut store = store();

    let head = store.commit(&visit(CHART, 1)).unwrap();

    let log = store.own_entries(1, 0, usize::MAX).unwrap();
    assert_eq!(log.len(), 2);
    assert_eq!(Entry::from_bytes(&log[1].bytes), Ok(change(CHART, 1).entry));
    assert_eq!((head.seq, head.chain), (2, log[1].chain));
    assert_eq!(store.changes_of(CHART).unwrap()[0].bytes, vec![1; 200]);
    assert_eq!(store.own_change_hash(1, 2).unwrap(), Some([1; 32]));
    let snapshot = store.snapshot(CHART).unwrap().unwrap();
    assert_eq!(
        snapshot,
        Snapshot {
            bytes: vec![9; 500],
            heads: vec![[7; 32], [8; 32]]
        }
    );
    assert_eq!(store.find("amina", 10).unwrap()[0].chart, CHART);
}

#[test]
fn the_log_is_one_chain() {
    let mut store = store();
    for number in 0..5 {
        store.commit(&visit(CHART, number)).unwrap();
    }

    let log = store.own_entries(1, 0, usize::MAX).unwrap();

    let mut head = LogHead::start(DeviceId(3), 1);
    for entry in log {
        head = head.next(&entry.bytes);
        assert_eq!((head.seq, head.chain), (entry.seq, entry.chain));
        assert_eq!(store.chain_at(1, entry.seq).unwrap(), Some(entry.chain));
    }
    assert_eq!(store.log_head().unwrap(), head);
    assert_eq!(
        store.chain_at(1, 0).unwrap(),
        Some(ChainHash::start(DeviceId(3), 1))
    );
    assert_eq!(store.chain_at(1, 99).unwrap(), None);
}

#[test]
fn the_log_is_read_in_portions_of_at_least_one() {
    let mut store = store();
    for number in 0..5 {
        store.commit(&visit(CHART, number)).unwrap();
    }

    assert_eq!(store.own_entries(1, 0, 1).unwrap().len(), 1);
    assert_eq!(store.own_entries(1, 0, 300).unwrap().len(), 3);
    assert_eq!(store.own_entries(1, 7, usize::MAX).unwrap()[0].seq, 8);
    assert_eq!(store.own_entries(1, 10, usize::MAX).unwrap(), []);
}

#[test]
fn what_the_hub_has_is_counted_and_never_goes_back() {
    let mut store = store();
    store.commit(&visit(CHART, 1)).unwrap();
    store.commit(&visit(OTHER, 2)).unwrap();
    assert_eq!(
        (
            store.unsent().unwrap(),
            store.unsent_of(CHART).unwrap().len()
        ),
        (4, 1)
    );

    store.note_stored(1, 2).unwrap();
    store.note_stored(1, 1).unwrap();

    assert_eq!((store.stored().unwrap(), store.unsent().unwrap()), (2, 2));
    assert_eq!(
        (
            store.unsent_of(CHART).unwrap().len(),
            store.unsent_of(OTHER).unwrap().len()
        ),
        (0, 1)
    );
    store.note_stored(1, 1_000).unwrap();
    assert_eq!((store.stored().unwrap(), store.unsent().unwrap()), (4, 0));
    store.note_lost(1, 1).unwrap();
    store.note_lost(1, 3).unwrap();
    assert_eq!((store.stored().unwrap(), store.unsent().unwrap()), (1, 3));
}

#[test]
fn without_a_log_nothing_is_committed() {
    let mut store = ReplicaStore::in_memory().unwrap();

    assert!(matches!(
        store.commit(&visit(CHART, 1)),
        Err(StoreError::NoLog)
    ));
    assert!(matches!(store.log_head(), Err(StoreError::NoLog)));
    assert_eq!(store.unsent().unwrap(), 0);
}

#[test]
fn a_log_is_begun_once_and_a_new_one_only_forward() {
    let mut store = store();
    let head = store.commit(&visit(CHART, 1)).unwrap();

    assert_eq!(store.begin_log(DeviceId(3), 1).unwrap(), head);
    assert_eq!(
        store.begin_log(DeviceId(3), 2).unwrap(),
        LogHead::start(DeviceId(3), 2)
    );
    assert!(matches!(
        store.begin_log(DeviceId(3), 1),
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(store.own_entries(1, 0, usize::MAX).unwrap().len(), 2);
    assert_eq!(store.log_head().unwrap().seq, 0);
}

#[test]
fn a_change_without_its_hash_is_refused_whole() {
    let mut store = store();
    let mut bad = visit(CHART, 1);
    bad.entries[1].change = None;

    assert!(matches!(
        store.commit(&bad),
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(store.log_head().unwrap().seq, 0);
    assert_eq!(store.count_charts().unwrap(), 0);
}

#[test]
fn an_entry_that_is_too_large_leaves_nothing_of_its_commit() {
    let mut store = store();
    let mut bad = visit(CHART, 1);
    bad.meta = vec![("draft".to_owned(), b"text".to_vec())];
    bad.entries[1].entry.payload = vec![0; Entry::MAX_PAYLOAD_BYTES + 1];

    assert!(matches!(
        store.commit(&bad),
        Err(StoreError::Refused { .. })
    ));
    assert_eq!(store.own_entries(1, 0, usize::MAX).unwrap(), []);
    assert_eq!(store.get("draft").unwrap(), None);
}

#[test]
fn what_came_from_elsewhere_is_kept_with_its_cursor_and_once() {
    let mut store = store();
    let batch = Taken {
        changes: vec![foreign(CHART, 1), foreign(CHART, 2)],
        charts: vec![update(CHART, "Amina")],
        ..taken(2)
    };

    store.take(&batch).unwrap();
    store.take(&batch).unwrap();

    assert_eq!(places(&store.changes_of(CHART).unwrap()), [1, 2]);
    assert_eq!(store.cursors().unwrap(), [batch.cursor.unwrap()]);
    assert_eq!(store.log_head().unwrap().seq, 0);
    assert_eq!(store.last_hlc().unwrap(), Hlc::new(5_000, 0));
    store.drop_cursor(ScopeId(4)).unwrap();
    assert_eq!(store.cursors().unwrap(), []);
}

#[test]
fn a_change_that_waited_comes_behind_what_it_waited_for() {
    let mut store = store();
    store
        .take(&Taken {
            waiting: vec![foreign(CHART, 2)],
            ..taken(1)
        })
        .unwrap();
    assert_eq!(places(&store.waiting_of(CHART).unwrap()), [2]);
    assert_eq!(store.changes_of(CHART).unwrap(), []);

    let settled = vec![foreign(CHART, 2).position];
    store
        .take(&Taken {
            changes: vec![foreign(CHART, 1)],
            settled,
            ..taken(2)
        })
        .unwrap();

    assert_eq!(places(&store.changes_of(CHART).unwrap()), [1, 2]);
    assert_eq!(store.waiting_of(CHART).unwrap(), []);
}

#[test]
fn what_could_not_be_taken_is_kept_with_the_reason() {
    let mut store = store();
    let reason = "its hash is wrong".to_owned();
    let quarantined = vec![Quarantined {
        what: Aside::Change(foreign(CHART, 1)),
        reason: reason.clone(),
    }];

    store
        .take(&Taken {
            quarantined,
            ..taken(1)
        })
        .unwrap();

    assert_eq!(
        store.quarantined().unwrap(),
        [(foreign(CHART, 1).position, reason)]
    );
    assert_eq!(store.changes_of(CHART).unwrap(), []);
    assert_eq!(store.charts_in_log().unwrap(), []);
}

#[test]
fn an_imported_object_is_found_by_its_address() {
    let mut store = store();
    let key = "https://example.org/Patient/1".to_owned();
    let sources = vec![Source {
        key: key.clone(),
        chart: CHART,
        statement: StatementId::new([4; 16]),
    }];

    store
        .commit(&Commit {
            sources,
            ..visit(CHART, 1)
        })
        .unwrap();

    assert_eq!(
        store.source_of(&key).unwrap(),
        Some((CHART, StatementId::new([4; 16])))
    );
    assert_eq!(
        store.source_of("https://example.org/Patient/2").unwrap(),
        None
    );
}

#[test]
fn small_things_are_remembered_until_they_are_forgotten() {
    let mut store = store();
    store.put("draft", b"one").unwrap();
    store.put("draft", b"two").unwrap();
    assert_eq!(store.get("draft").unwrap(), Some(b"two".to_vec()));

    store.remove("draft").unwrap();

    assert_eq!(store.get("draft").unwrap(), None);
}

#[test]
fn the_clock_resumes_from_the_newest_reading() {
    let mut store = store();
    assert_eq!(store.last_hlc().unwrap(), Hlc::default());

    store.commit(&visit(CHART, 9)).unwrap();
    store.commit(&visit(CHART, 3)).unwrap();

    assert_eq!(store.last_hlc().unwrap(), Hlc::new(1_009, 0));
}
