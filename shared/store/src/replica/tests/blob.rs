//! Attachments' bytes: kept in groups, wanted, offered, and gone with the last chart that has them.

use crypto::{Blob, BlobHash, BlobTree, GROUP_BYTES};

use super::leave::{file, leaving};
use super::*;
use crate::StoredGroup;
use crate::replica::blob::MAX_MISSED;

const WORDS: &[u8] = b"a scan of Wanjiru's old card ";

/// A file of so many bytes that says the words all over.
fn bytes(size: usize) -> Vec<u8> {
    WORDS.iter().copied().cycle().take(size).collect()
}

fn groups(bytes: &[u8]) -> (Blob, Vec<StoredGroup>) {
    let (blob, tree) = BlobTree::of(bytes).unwrap();
    let groups =
        (0..)
            .zip(bytes.chunks(GROUP_BYTES).zip(tree.groups()))
            .map(|(number, (bytes, hash))| StoredGroup {
                number,
                hash: *hash,
                bytes: bytes.to_vec(),
            });
    (blob, groups.collect())
}

/// A chart as it stands with this attached.
fn with(chart: ChartId, blobs: &[Blob]) -> ChartUpdate {
    ChartUpdate {
        attachments: blobs.to_vec(),
        ..update(chart, "Amina Wanjiru")
    }
}

/// What somebody writes who attaches a file here.
fn attached(chart: ChartId, number: u8, bytes: &[u8]) -> (Blob, Commit) {
    let (blob, groups) = groups(bytes);
    let commit = Commit {
        charts: vec![with(chart, &[blob])],
        blobs: vec![NewBlob { blob, groups }],
        ..visit(chart, number)
    };
    (blob, commit)
}

/// A store whose charts name a blob that is not here, with the groups to come.
fn wanting(size: usize) -> (ReplicaStore, Blob, Vec<StoredGroup>) {
    let (blob, groups) = groups(&bytes(size));
    let mut store = store();
    let batch = Taken {
        changes: vec![foreign(CHART, 1)],
        charts: vec![with(CHART, &[blob])],
        ..taken(1)
    };
    store.take(&batch).unwrap();
    (store, blob, groups)
}

#[test]
fn what_is_attached_here_is_whole_at_once_and_offered_until_the_hub_has_it() {
    let mut store = store();
    let bytes = bytes(2 * GROUP_BYTES + 9);
    let (blob, commit) = attached(CHART, 1, &bytes);

    store.commit(&commit).unwrap();

    let read: Vec<u8> = (0..blob.groups())
        .flat_map(|it| store.blob_group(&blob, it).unwrap().unwrap())
        .collect();
    assert_eq!(read, bytes);
    assert!(store.blob_tree(&blob).unwrap().unwrap().proof(1).is_some());
    assert_eq!(store.blobs_to_offer(9).unwrap(), [blob]);
    assert_eq!(store.blobs_to_want(u64::MAX, 9).unwrap(), []);
    assert_eq!(store.count_blobs(u64::MAX).unwrap(), (1, 0));

    store.note_blob_at_hub(&blob).unwrap();
    assert_eq!(store.blobs_to_offer(9).unwrap(), []);
    assert!(store.blob_state(&blob).unwrap().at_hub);

    store.doubt_blobs().unwrap();
    assert_eq!(store.blobs_to_offer(9).unwrap(), [blob]);
}

#[test]
fn what_is_lacking_is_told_in_ranges_until_nothing_is() {
    let (mut store, blob, groups) = wanting(5 * GROUP_BYTES - 1);
    assert_eq!(
        store.blobs_to_want(u64::MAX, 9).unwrap(),
        [(blob, vec![(0, 5)])]
    );

    assert_eq!(
        store.keep_group(&blob, &groups[3]).unwrap(),
        [(0, 3), (4, 5)]
    );
    assert_eq!(
        store.keep_group(&blob, &groups[0]).unwrap(),
        [(1, 3), (4, 5)]
    );
    assert_eq!(
        store.keep_group(&blob, &groups[0]).unwrap(),
        [(1, 3), (4, 5)]
    );
    assert!(!store.blob_state(&blob).unwrap().is_whole);
    assert_eq!(store.blob_tree(&blob).unwrap(), None);
    for number in [1, 2, 4] {
        store.keep_group(&blob, &groups[number]).unwrap();
    }

    assert_eq!(store.blobs_to_want(u64::MAX, 9).unwrap(), []);
    let state = store.blob_state(&blob).unwrap();
    assert!(state.is_whole && state.at_hub, "it came from the hub");
    assert_eq!(store.check_blob(&blob).unwrap(), Vec::<u32>::new());
}

#[test]
fn a_group_of_a_wrong_size_or_place_is_not_kept() {
    let (mut store, blob, groups) = wanting(2 * GROUP_BYTES);
    for group in [
        StoredGroup {
            number: 2,
            ..groups[0].clone()
        },
        StoredGroup {
            bytes: vec![1; 7],
            ..groups[0].clone()
        },
    ] {
        assert!(store.keep_group(&blob, &group).is_err());
    }
    assert_eq!(store.blob_group(&blob, 0).unwrap(), None);
}

#[test]
fn a_damaged_group_is_found_and_wanted_again_alone() {
    let (mut store, blob, groups) = wanting(3 * GROUP_BYTES);
    for group in &groups {
        store.keep_group(&blob, group).unwrap();
    }
    store
        .connection
        .execute(
            "UPDATE blob_group SET bytes = zeroblob(length(bytes)) WHERE number = 1",
            [],
        )
        .unwrap();

    let wrong = store.check_blob(&blob).unwrap();
    assert_eq!(wrong, [1]);
    let repair = Repair {
        groups: vec![(blob, wrong)],
        ..Repair::default()
    };
    store.repair(&repair).unwrap();

    assert_eq!(
        store.blobs_to_want(u64::MAX, 9).unwrap(),
        [(blob, vec![(1, 2)])]
    );
}

#[test]
fn the_smallest_is_wanted_first_and_a_large_one_only_by_who_asks() {
    let mut store = store();
    let named = |seed: u8, size| Blob::new(BlobHash::from_bytes([seed; 32]), size).unwrap();
    let (small, middle, large) = (named(3, 10), named(2, 500), named(1, 90_000));
    let batch = Taken {
        changes: vec![foreign(CHART, 1)],
        charts: vec![with(CHART, &[large, middle, small])],
        ..taken(1)
    };
    store.take(&batch).unwrap();
    let wanted = |store: &ReplicaStore, up_to, limit| -> Vec<Blob> {
        let wanted = store.blobs_to_want(up_to, limit).unwrap();
        wanted.into_iter().map(|it| it.0).collect()
    };

    assert_eq!(wanted(&store, 1_000, 9), [small, middle]);
    assert_eq!(wanted(&store, u64::MAX, 1), [small]);
    store.ask_for_blob(&large).unwrap();
    assert_eq!(wanted(&store, 1_000, 9), [large, small, middle]);
    assert_eq!(store.count_blobs(10).unwrap(), (0, 2));
}

#[test]
fn what_the_hub_did_not_have_keeps_nothing_back() {
    let mut store = store();
    let named = |seed: u8, size| Blob::new(BlobHash::from_bytes([seed; 32]), size).unwrap();
    let lost: Vec<Blob> = (0..=MAX_MISSED)
        .map(|it| named(u8::try_from(it).unwrap(), 1 + it as u64))
        .collect();
    let scan = named(200, 90_000);
    let batch = Taken {
        changes: vec![foreign(CHART, 1)],
        charts: vec![with(CHART, &[&lost[..], &[scan]].concat())],
        ..taken(1)
    };
    store.take(&batch).unwrap();
    let wanted = |store: &ReplicaStore, limit| -> Vec<Blob> {
        let wanted = store.blobs_to_want(u64::MAX, limit).unwrap();
        wanted.into_iter().map(|it| it.0).collect()
    };
    assert_eq!(wanted(&store, MAX_MISSED + 1), lost);

    for blob in &lost {
        store.note_blob_missed(blob).unwrap();
    }

    // A few of them are asked for again, after the others, and each has its turn.
    let again = wanted(&store, usize::MAX / 2);
    assert_eq!((again[0], &again[1..]), (scan, &lost[..MAX_MISSED]));
    assert_eq!(wanted(&store, 1), [scan]);
    for blob in &lost[..MAX_MISSED] {
        store.note_blob_missed(blob).unwrap();
    }
    assert_eq!(wanted(&store, 2), [scan, lost[MAX_MISSED]]);
    store.ask_for_blob(&lost[0]).unwrap();
    assert_eq!(wanted(&store, 2), [lost[0], scan]);
}

#[test]
fn an_attachment_of_a_chart_that_left_is_gone_without_a_trace() {
    let mut store = store();
    let shared = bytes(100);
    let (both, first) = attached(CHART, 1, &shared);
    let (_same, second) = attached(OTHER, 2, &shared);
    let (own, third) = attached(CHART, 3, &bytes(GROUP_BYTES + 50));
    let third = Commit {
        charts: vec![with(CHART, &[both, own])],
        ..third
    };
    for commit in [first, second, third] {
        store.commit(&commit).unwrap();
    }
    store.note_stored(1, 6).unwrap();
    let traces = |store: &ReplicaStore| {
        let file = file(store);
        file.windows(WORDS.len()).filter(|it| *it == WORDS).count()
    };
    assert!(traces(&store) > 2_000);

    store.take(&leaving(CHART, 3)).unwrap();
    assert_eq!(store.count_leaving().unwrap(), 1, "the hub has none of it");
    store.note_blob_at_hub(&both).unwrap();
    assert_eq!(store.count_leaving().unwrap(), 1);
    store.note_blob_at_hub(&own).unwrap();

    assert_eq!(store.count_leaving().unwrap(), 0);
    assert_eq!(store.whole_blobs().unwrap(), [both]);
    assert_eq!(store.blobs_of(CHART).unwrap(), []);
    assert_eq!(store.blobs_of(OTHER).unwrap(), [both]);
    assert!(traces(&store) <= 4, "{} traces", traces(&store));
    let lacking = store.keep_group(&own, &groups(&bytes(GROUP_BYTES + 50)).1[0]);
    assert_eq!(lacking.unwrap(), [], "what comes too late is not kept");
    assert_eq!(store.blob_group(&own, 0).unwrap(), None);
}

#[test]
fn what_a_leaving_chart_lacks_is_not_wanted() {
    let (mut store, _blob, _groups) = wanting(10);
    let mut own = visit(CHART, 2);
    own.charts.clear();
    store.commit(&own).unwrap();

    store.take(&leaving(CHART, 2)).unwrap();

    assert_eq!(store.count_leaving().unwrap(), 1);
    assert_eq!(store.blobs_to_want(u64::MAX, 9).unwrap(), []);
}
