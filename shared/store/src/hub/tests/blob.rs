//! Attachments at the hub: whose they are, and their bytes once for all charts.

use crypto::{Blob, BlobTree};

use super::*;
use crate::StoredGroup;
use crate::blob::MAX_RANGES;

fn attachment(chart: Option<ChartId>) -> Entry {
    Entry {
        kind: EntryKind::ATTACHMENT,
        chart,
        ..access(CHART)
    }
}

/// A hub where device 3 has attached something to a chart of scope 4, and to none.
fn attached() -> (HubStore, Blob, StoredGroup) {
    let bytes = b"a scan".to_vec();
    let (blob, tree) = BlobTree::of(&bytes).unwrap();
    let mut store = store();
    let run = Sender::new(3).run(&[change(CHART, 1), attachment(Some(CHART)), attachment(None)]);
    store.ingest(&run, &mut unnoted, &mut salts()).unwrap();
    let kept = |leaf| Materialised {
        leaf,
        outcome: Outcome::Attached(blob),
    };
    store
        .took(
            &[applied(0, 1), kept(1), kept(2)],
            &[in_scopes(CHART, &[4])],
        )
        .unwrap();
    let group = StoredGroup {
        number: 0,
        hash: tree.groups()[0],
        bytes,
    };
    (store, blob, group)
}

#[test]
fn a_blob_is_known_to_who_attached_it_and_to_who_holds_its_chart() {
    let (store, blob, _group) = attached();
    let other = Blob::new(blob.hash(), blob.size() + 1).unwrap();

    assert!(store.has_attached(DeviceId(3), &blob).unwrap());
    assert!(!store.has_attached(DeviceId(2), &blob).unwrap());
    assert!(!store.has_attached(DeviceId(3), &other).unwrap());
    assert_eq!(store.scopes_of_blob(&blob).unwrap(), [ScopeId(4)]);
    assert_eq!(store.scopes_of_blob(&other).unwrap(), []);
}

#[test]
fn what_a_device_is_told_is_counted_for_it_alone() {
    let (mut store, ..) = attached();
    assert_eq!(store.told_whole(DeviceId(3)).unwrap(), 0);

    assert_eq!(store.tell_whole(DeviceId(3)).unwrap(), 1);
    assert_eq!(store.tell_whole(DeviceId(3)).unwrap(), 2);

    assert_eq!(store.told_whole(DeviceId(3)).unwrap(), 2);
    assert_eq!(store.told_whole(DeviceId(2)).unwrap(), 0);
}

#[test]
fn a_blob_is_missing_until_it_is_whole() {
    let (mut store, blob, group) = attached();
    assert_eq!(store.missing_blobs().unwrap(), [blob]);
    assert_eq!(store.blob_lacking(&blob).unwrap(), [(0, 1)]);

    assert_eq!(store.keep_group(&blob, &group).unwrap(), []);

    assert_eq!(store.missing_blobs().unwrap(), []);
    assert_eq!(store.whole_blobs().unwrap(), [blob]);
    assert_eq!(store.blob_group(&blob, 0).unwrap(), Some(group.bytes));
    assert_eq!(store.check_blob(&blob).unwrap(), Vec::<u32>::new());
}

#[test]
fn what_is_lacking_is_told_in_so_many_ranges() {
    let store = store();
    let size = 4 * MAX_RANGES as u64 * crypto::GROUP_BYTES as u64;
    let blob = Blob::new(crypto::BlobHash::from_bytes([1; 32]), size).unwrap();
    let sql = "INSERT INTO blob (id, hash, size) VALUES (1, ?1, ?2)";
    let hash = blob.hash();
    let row = (hash.as_bytes(), size);
    store.connection.execute(sql, row).unwrap();
    // After every second group that is here a range begins, and one stands before the first.
    let lacking_with = |number: usize| {
        let sql = "INSERT INTO blob_group (blob, number, hash, bytes) VALUES (1, ?1, x'', x'')";
        store.connection.execute(sql, [2 * number + 1]).unwrap();
        store.blob_lacking(&blob).unwrap()
    };

    for number in 0..MAX_RANGES - 1 {
        assert_eq!(lacking_with(number).len(), number + 2);
    }
    let more = lacking_with(MAX_RANGES - 1);

    assert_eq!((more.len(), more[0]), (MAX_RANGES, (0, 1)));
}
