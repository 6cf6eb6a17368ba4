//! What must hold when the disk is full or the power goes.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn on_disk() -> (TempDir, ReplicaStore) {
    let folder = TempDir::new().unwrap();
    let mut store = ReplicaStore::create(&folder.path().join("replica.db"), &key()).unwrap();
    store.begin_log(DeviceId(3), 1).unwrap();
    store.commit(&visit(CHART, 1)).unwrap();
    (folder, store)
}

fn large(number: u8) -> Commit {
    let mut commit = visit(OTHER, number);
    commit.entries[1].entry.payload = vec![number; 60_000];
    commit.sources = vec![Source {
        key: "x".to_owned(),
        chart: OTHER,
        statement: StatementId::new([number; 16]),
    }];
    commit
}

/// Copies what a killed process leaves behind, and opens it.
fn after_a_kill(folder: &Path) -> (TempDir, ReplicaStore) {
    let copy = TempDir::new().unwrap();
    for file in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let store = ReplicaStore::open(&copy.path().join("replica.db"), &key()).unwrap();
    (copy, store)
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing_half_written() {
    let (folder, mut store) = on_disk();
    for room in 0..12 {
        store.leave_room(room).unwrap();

        assert!(
            matches!(store.commit(&large(2)), Err(StoreError::Full)),
            "with room for {room} pages"
        );

        assert_eq!(store.log_head().unwrap().seq, 2);
        assert_eq!(store.changes_of(OTHER).unwrap(), []);
        assert_eq!(store.snapshot(OTHER).unwrap(), None);
        assert_eq!(store.source_of("x").unwrap(), None);
    }

    store.leave_room(1_000).unwrap();
    store.commit(&large(2)).unwrap();

    let (_copy, store) = after_a_kill(folder.path());
    assert_eq!(store.log_head().unwrap().seq, 4);
    assert_eq!(store.changes_of(OTHER).unwrap()[0].bytes, vec![2; 60_000]);
    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn a_batch_that_does_not_fit_does_not_move_the_cursor() {
    let (_folder, mut store) = on_disk();
    let changes = (1..200)
        .map(|seq| ForeignChange {
            bytes: vec![0; 5_000],
            ..foreign(OTHER, seq)
        })
        .collect();
    store.leave_room(10).unwrap();

    assert!(matches!(
        store.take(&Taken {
            changes,
            ..taken(199)
        }),
        Err(StoreError::Full)
    ));

    assert_eq!(store.cursors().unwrap(), []);
    assert_eq!(store.changes_of(OTHER).unwrap(), []);
}

#[test]
fn what_was_committed_is_there_after_a_kill() {
    let (folder, mut store) = on_disk();
    let head = store.commit(&visit(OTHER, 2)).unwrap();

    let (_copy, killed) = after_a_kill(folder.path());

    assert_eq!(killed.log_head().unwrap(), head);
    assert_eq!(killed.find("wanjiru", 10).unwrap().len(), 2);
    assert_eq!(killed.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn an_interrupted_transaction_leaves_nothing() {
    let (folder, mut store) = on_disk();
    // So little memory for pages that what is not committed goes to the journal's file already.
    store
        .connection
        .execute_batch("PRAGMA cache_size = 5; PRAGMA cache_spill = 5")
        .unwrap();

    let stopped = database::write(&mut store.connection, |connection| {
        log::append(connection, &large(2).entries)?;
        log::append(connection, &large(3).entries)?;
        let (_copy, killed) = after_a_kill(folder.path());
        assert_eq!(killed.log_head().unwrap().seq, 2);
        assert_eq!(killed.changes_of(OTHER).unwrap(), []);
        Err::<(), _>(StoreError::Busy)
    });

    assert!(stopped.is_err());
    assert_eq!(store.log_head().unwrap().seq, 2);
    assert_eq!(store.commit(&visit(OTHER, 4)).unwrap().seq, 4);
}

#[test]
fn a_journal_that_was_cut_off_loses_only_what_was_not_there_whole() {
    let (folder, mut store) = on_disk();
    store.commit(&visit(OTHER, 2)).unwrap();
    let journal = fs::read(folder.path().join("replica.db-wal")).unwrap();
    let mut seen = Vec::new();

    for length in (0..journal.len()).step_by(journal.len() / 40) {
        let copy = TempDir::new().unwrap();
        let path = copy.path().join("replica.db");
        fs::copy(folder.path().join("replica.db"), &path).unwrap();
        fs::write(copy.path().join("replica.db-wal"), &journal[..length]).unwrap();
        let killed = ReplicaStore::open(&path, &key()).unwrap();
        // Either a commit is there with all that belongs to it, or nothing of it is.
        let head = killed.log_head().map_or(0, |it| it.seq);
        assert_eq!(
            killed.charts().unwrap().len() as u64,
            head / 2,
            "journal of {length} bytes"
        );
        assert_eq!(killed.find("wanjiru", 10).unwrap().len() as u64, head / 2);
        seen.push(head);
    }

    assert!(
        seen.is_sorted() && seen.contains(&0) && seen.contains(&2),
        "{seen:?}"
    );
}

#[test]
fn a_journal_that_is_half_carried_over_loses_nothing() {
    const PAGE: usize = 4096;
    let (folder, mut store) = on_disk();
    for number in 0..30 {
        store.commit(&large(number)).unwrap();
    }
    let head = store.log_head().unwrap();
    let (copy, carried_over) = after_a_kill(folder.path());
    drop(carried_over);
    let before = fs::read(folder.path().join("replica.db")).unwrap();
    let after = fs::read(copy.path().join("replica.db")).unwrap();
    assert!(after.len() > before.len());

    for pages in (0..after.len() / PAGE).step_by(29) {
        let crashed = TempDir::new().unwrap();
        let path = crashed.path().join("replica.db");
        fs::copy(
            folder.path().join("replica.db-wal"),
            crashed.path().join("replica.db-wal"),
        )
        .unwrap();
        let mut half = after[..pages * PAGE].to_vec();
        half.extend(before.iter().skip(pages * PAGE));
        fs::write(&path, half).unwrap();

        let store = ReplicaStore::open(&path, &key()).unwrap();

        assert_eq!(
            store.log_head().unwrap(),
            head,
            "{pages} pages carried over"
        );
        assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn a_change_is_on_the_disk_once() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("replica.db");
    let mut store = ReplicaStore::create(&path, &key()).unwrap();
    store.begin_log(DeviceId(3), 1).unwrap();
    let empty = fs::metadata(&path).unwrap().len();
    for number in 0..200 {
        let mut change = change(CHART, number);
        change.entry.payload = vec![number; 10_000];
        store
            .commit(&Commit {
                entries: vec![change],
                ..Commit::default()
            })
            .unwrap();
    }
    drop(store);

    let grown = fs::metadata(&path).unwrap().len() - empty;

    assert!(grown < 2_000_000 * 13 / 10, "{grown} bytes for 2,000,000");
}

#[test]
fn what_was_committed_is_on_the_disk_when_the_commit_returns() {
    let (folder, created) = on_disk();
    database::check_durable(&created.connection);
    drop(created);

    let opened = ReplicaStore::open(&folder.path().join("replica.db"), &key()).unwrap();

    database::check_durable(&opened.connection);
}
