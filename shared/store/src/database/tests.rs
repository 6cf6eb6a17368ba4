//! What opens, what does not, and that nothing is touched then.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::{HubStore, ReplicaStore};

mod first;

fn key(byte: u8) -> DatabaseKey {
    DatabaseKey::from_bytes([byte; 32])
}

/// A closed replica store with something in it.
fn made() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("replica.db");
    let mut store = ReplicaStore::create(&path, &key(1)).unwrap();
    store.put("name", b"value").unwrap();
    for number in 0..50 {
        store.put(&format!("more {number}"), &[7; 1000]).unwrap();
    }
    drop(store);
    (folder, path)
}

/// Every file of a folder and its bytes.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap())
        .map(|it| {
            (
                it.file_name().into_string().unwrap(),
                fs::read(it.path()).unwrap(),
            )
        })
        .collect()
}

/// Opens and expects an error that leaves every byte as it was, and no file beside.
#[track_caller]
fn check_refused(folder: &TempDir, path: &Path, with: u8) -> OpenError {
    let before = contents(folder.path());

    let error = ReplicaStore::open(path, &key(with)).unwrap_err();

    assert_eq!(
        before.len(),
        contents(folder.path()).len(),
        "{error}: files came or went"
    );
    assert!(before == contents(folder.path()), "{error}: bytes changed");
    error
}

/// Changes a store as only someone with its key can.
fn alter(path: &Path, with: u8, sql: &str) {
    let connection = Connection::open(path).unwrap();
    // The salt is read from the file, as SQLCipher's own tools do.
    let key: String = key(with)
        .expose()
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    connection
        .execute_batch(&format!("PRAGMA key = \"x'{key}'\""))
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn what_was_kept_is_there_after_opening_again() {
    let (_folder, path) = made();

    let store = ReplicaStore::open(&path, &key(1)).unwrap();

    assert_eq!(store.get("name").unwrap(), Some(b"value".to_vec()));
}

#[test]
fn a_store_that_was_dropped_leaves_one_file() {
    let (folder, _path) = made();

    assert_eq!(
        contents(folder.path()).into_keys().collect::<Vec<_>>(),
        ["replica.db"]
    );
}

#[test]
fn no_byte_of_the_file_is_in_clear() {
    let (folder, _path) = made();

    for (name, bytes) in contents(folder.path()) {
        assert!(
            !bytes.windows(5).any(|it| it == b"value" || it == b"SQLit"),
            "{name}"
        );
    }
}

#[test]
fn a_store_is_not_made_over_another() {
    let (folder, path) = made();
    let before = contents(folder.path());

    assert!(matches!(
        ReplicaStore::create(&path, &key(2)),
        Err(OpenError::Exists)
    ));
    assert!(before == contents(folder.path()));
}

#[test]
fn what_an_interrupted_making_left_behind_does_not_hinder() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("replica.db");
    fs::write(folder.path().join("replica.db.new"), b"half").unwrap();

    drop(ReplicaStore::create(&path, &key(1)).unwrap());

    assert_eq!(
        contents(folder.path()).into_keys().collect::<Vec<_>>(),
        ["replica.db"]
    );
}

#[test]
fn a_wrong_key_is_told_and_touches_nothing() {
    let (folder, path) = made();

    assert!(matches!(
        check_refused(&folder, &path, 2),
        OpenError::WrongKey
    ));
}

#[test]
fn a_wrong_key_touches_nothing_after_a_crash_either() {
    let (folder, path) = made();
    let mut store = ReplicaStore::open(&path, &key(1)).unwrap();
    store.put("name", b"newer").unwrap();
    // What a killed process leaves: the file, and a journal not yet carried over.
    let crashed = TempDir::new().unwrap();
    for name in ["replica.db", "replica.db-wal"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let path = crashed.path().join("replica.db");

    assert!(matches!(
        check_refused(&crashed, &path, 2),
        OpenError::WrongKey
    ));

    let store = ReplicaStore::open(&path, &key(1)).unwrap();
    assert_eq!(store.get("name").unwrap(), Some(b"newer".to_vec()));
}

#[test]
fn a_plain_file_is_told_and_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("replica.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE it (a)")
        .unwrap();

    assert!(matches!(
        check_refused(&folder, &path, 1),
        OpenError::NotEncrypted
    ));
}

#[test]
fn a_damaged_file_is_told_from_a_wrong_key() {
    let (folder, path) = made();
    let mut bytes = fs::read(&path).unwrap();
    bytes[1000] ^= 1;
    fs::write(&path, bytes).unwrap();

    assert!(matches!(
        check_refused(&folder, &path, 1),
        OpenError::Damaged
    ));
    assert!(matches!(
        check_refused(&folder, &path, 2),
        OpenError::WrongKey
    ));
}

#[test]
fn a_file_that_was_cut_off_is_damaged() {
    for length in [0, 7, 100, 4096, 3 * 4096] {
        let (folder, path) = made();
        let mut bytes = fs::read(&path).unwrap();
        bytes.truncate(length);
        fs::write(&path, bytes).unwrap();

        let error = check_refused(&folder, &path, 1);

        assert!(
            matches!(error, OpenError::Damaged),
            "{length} bytes: {error:?}"
        );
    }
}

#[test]
fn damage_further_inside_is_told_when_it_is_read() {
    let (_folder, path) = made();
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    for page in 2..pages {
        bytes[page * 4096 + 100] ^= 1;
    }
    fs::write(&path, bytes).unwrap();

    let store = ReplicaStore::open(&path, &key(1));

    match store {
        Ok(store) => {
            assert!(matches!(
                store.get("more 7"),
                Err(StoreError::Damaged { .. })
            ));
            assert!(
                !store
                    .check_file()
                    .unwrap_or_else(|error| vec![error.to_string()])
                    .is_empty()
            );
        }
        Err(error) => assert!(matches!(error, OpenError::Damaged), "{error:?}"),
    }
}

#[test]
fn a_newer_schema_is_told_and_left_alone() {
    let (folder, path) = made();
    alter(
        &path,
        1,
        "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)",
    );

    assert!(matches!(
        check_refused(&folder, &path, 1),
        OpenError::TooNew { found: 99, .. }
    ));
}

#[test]
fn a_newer_schema_in_the_journal_is_told_and_left_alone() {
    let (folder, path) = made();
    let newer = Connection::open(&path).unwrap();
    newer.execute_batch(&key_pragma(&key(1))).unwrap();
    newer.execute_batch("PRAGMA user_version = 99").unwrap();
    let crashed = TempDir::new().unwrap();
    for name in ["replica.db", "replica.db-wal"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }

    let error = check_refused(&crashed, &crashed.path().join("replica.db"), 1);

    assert!(matches!(error, OpenError::TooNew { found: 99, .. }));
}

#[test]
fn a_hubs_store_is_not_a_replicas() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hub.db");
    drop(HubStore::create(&path, &key(1), 5).unwrap());

    assert!(matches!(
        check_refused(&folder, &path, 1),
        OpenError::OtherKind
    ));
}

#[test]
fn a_missing_file_is_not_made() {
    let folder = TempDir::new().unwrap();

    let error = check_refused(&folder, &folder.path().join("replica.db"), 1);

    assert!(matches!(error, OpenError::Io(it) if it.kind() == ErrorKind::NotFound));
}

#[test]
fn a_folder_is_no_store() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("replica.db")).unwrap();

    assert!(matches!(
        ReplicaStore::open(&folder.path().join("replica.db"), &key(1)),
        Err(OpenError::Io(_))
    ));
}

#[test]
fn a_second_opener_of_a_replica_is_told_at_once() {
    let (_folder, path) = made();
    let mut first = ReplicaStore::open(&path, &key(1)).unwrap();

    assert!(matches!(
        ReplicaStore::open(&path, &key(1)),
        Err(OpenError::InUse)
    ));

    first.put("name", b"still writes").unwrap();
    drop(first);
    assert!(ReplicaStore::open(&path, &key(1)).is_ok());
}

#[test]
fn a_path_may_have_any_letters() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("a b%20c?d#é.db");

    drop(ReplicaStore::create(&path, &key(1)).unwrap());

    assert!(ReplicaStore::open(&path, &key(1)).is_ok());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_folder, path) = made();

    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn the_whole_file_is_found_in_order() {
    let (_folder, path) = made();
    let store = ReplicaStore::open(&path, &key(1)).unwrap();

    assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
}

#[test]
fn what_is_there_can_be_opened_while_another_process_writes_it() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("hub.db");
    let mut writer = HubStore::create(&path, &key(1), 5).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);

    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u32;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                writer
                    .put(&format!("key {}", number % 500), &[7; 9_000])
                    .unwrap();
                number += 1;
            }
        });
        let opened: Vec<_> = (0..100)
            .map(|_| HubStore::open(&path, &key(1)).map(drop))
            .collect();
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    });
}
