//! Attachments at the hub: whose they are, and their bytes once for all charts.

use crypto::{Blob, BlobTree};

use super::*;
use crate::StoredGroup;

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
