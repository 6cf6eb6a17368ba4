//! Tests of homes whose files are damaged, newer, or not the home's own.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use super::*;

#[test]
fn damaged_and_newer_files_are_told_apart_and_left_alone() {
    let folder = enrolled();
    let with = |name: &str, bytes: &[u8]| unlock_with(folder.path(), name, bytes);

    assert_eq!(with("facts", b"junk"), Some(ErrorCode::Damaged));
    let newer = serde_ipld_dagcbor::to_vec(&BTreeMap::from([("version", 2)]));
    assert_eq!(with("facts", &newer.unwrap()), Some(ErrorCode::TooNew));
    assert_eq!(with("keys/1.slot", b"junk"), Some(ErrorCode::Damaged));
    assert_eq!(with("keys/dbk.age", b"junk"), Some(ErrorCode::Damaged));
    assert_eq!(
        with("keys/device.secret", b"junk"),
        Some(ErrorCode::Damaged)
    );
    assert!(unlock(folder.path(), PASSPHRASE, &TestHost::new(2)).is_ok());
}

#[test]
fn records_that_are_not_this_homes_are_told_apart_and_left_alone() {
    let folder = enrolled();
    let replica = |folder: &Path| std::fs::read(folder.join("replica.db")).unwrap();
    let with = |bytes: &[u8]| unlock_with(folder.path(), "replica.db", bytes);
    let own = replica(folder.path());
    let key = key_of(folder.path());

    assert_eq!(with(&[7; 8192]), Some(ErrorCode::WrongKey));
    let other = enrolled_as(9);
    assert_eq!(with(&replica(other.path())), Some(ErrorCode::WrongKey));
    assert_eq!(with(&plain_database()), Some(ErrorCode::NotEncrypted));
    let mut damaged = own.clone();
    damaged[2_000..2_100].fill(0);
    assert_eq!(with(&damaged), Some(ErrorCode::Damaged));
    assert_eq!(with(&own[..2_000]), Some(ErrorCode::Damaged));

    let hub = tempfile::tempdir().unwrap();
    let path = hub.path().join("replica.db");
    drop(store::HubStore::create(&path, &key, 5).unwrap());
    assert_eq!(with(&replica(hub.path())), Some(ErrorCode::WrongKind));

    let path = folder.path().join("replica.db");
    let newer = ReplicaStore::open(&path, &key).unwrap();
    newer.claim_schema(99).unwrap();
    drop(newer);
    assert_eq!(with(&replica(folder.path())), Some(ErrorCode::TooNew));

    std::fs::write(&path, own).unwrap();
    assert!(unlock(folder.path(), PASSPHRASE, &TestHost::new(2)).is_ok());
}

/// Unlocks with a file replaced. However that ends, the file and everything beside it stay as they were.
fn unlock_with(home: &Path, name: &str, bytes: &[u8]) -> Option<ErrorCode> {
    let path = home.join(name);
    let kept = std::fs::read(&path).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let before = names(home);

    let code = unlock(home, PASSPHRASE, &TestHost::new(2)).err();

    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    assert_eq!(names(home), before);
    std::fs::write(path, kept).unwrap();
    code
}

/// Settles while something is in the way, then again without it: in the same process, and it must be enrolled.
#[track_caller]
fn check_settled_again(what: &str, block: impl Fn(&mut Enrolment), free: impl Fn(&mut Enrolment)) {
    let folder = tempfile::tempdir().unwrap();
    let mut enrolment = begin(folder.path()).unwrap();
    let roster = approval(&enrolment);
    let settle = |it: &mut Enrolment| it.settle(DeviceId(1), PersonId(1), &roster);

    block(&mut enrolment);
    let failed = settle(&mut enrolment).map_err(|it| it.code);
    free(&mut enrolment);

    assert!(
        matches!(failed, Err(ErrorCode::DiskFull | ErrorCode::FileFailed)),
        "{what}: {failed:?}"
    );
    settle(&mut enrolment).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    check(settle(&mut enrolment), ErrorCode::AlreadyEnrolled);
    drop(enrolment);
    assert!(
        unlock(folder.path(), PASSPHRASE, &TestHost::new(4)).is_ok(),
        "{what}"
    );
}

#[test]
fn a_settling_that_failed_is_done_again_by_the_same_process() {
    check_settled_again(
        "a full disk",
        |it| fill(it.store.as_mut().unwrap()),
        |_it| {},
    );
    // A folder where a file is to be written.
    for name in ["keys/1.new", "facts.new"] {
        check_settled_again(
            name,
            |it| std::fs::create_dir(in_home(it, name)).unwrap(),
            |it| std::fs::remove_dir(in_home(it, name)).unwrap(),
        );
    }
}

/// Leaves no room for a roster, as long as the file is not opened again.
fn fill(store: &mut ReplicaStore) {
    store.leave_room(0).unwrap();
    let mut number = 0;
    while store.put(&format!("filler {number}"), &[0; 500]).is_ok() {
        number += 1;
    }
}

/// Returns the path of something in the home of an enrolment.
fn in_home(enrolment: &Enrolment, name: &str) -> std::path::PathBuf {
    enrolment.home.database().with_file_name(name)
}

fn names(folder: &Path) -> BTreeSet<OsString> {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|it| it.unwrap().file_name()).collect()
}

/// The key of a home's database.
fn key_of(home: &Path) -> DatabaseKey {
    let home = Home::enter(home).unwrap();
    let host = TestHost::new(2);
    let person = open_slot(&home, PersonId(1), PASSPHRASE, &host).unwrap();
    database_key(&home, &person).unwrap()
}

/// An empty `SQLite` database as any tool makes one.
fn plain_database() -> Vec<u8> {
    let mut page = vec![0; 4096];
    page[..16].copy_from_slice(b"SQLite format 3\0");
    // 4096 bytes a page, the old journal, four numbers that never differ, one page.
    page[16..28].copy_from_slice(&[0x10, 0, 1, 1, 0, 64, 32, 32, 0, 0, 0, 1]);
    page[31] = 1;
    page[47] = 4; // the schema's format
    page[59] = 1; // UTF-8
    page[100] = 13; // a leaf without a cell
    page[105..107].copy_from_slice(&[0x10, 0]);
    page
}
