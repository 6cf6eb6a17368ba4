//! A log that goes on where another ended.

use super::*;

const AGAIN: u32 = 5;

fn bytes(store: &ReplicaStore, epoch: u32) -> Vec<Vec<u8>> {
    let entries = store.own_entries(epoch, 0, usize::MAX).unwrap();
    entries.into_iter().map(|it| it.bytes).collect()
}

#[test]
fn what_the_hub_lacks_is_written_again_byte_for_byte() {
    let mut store = store();
    for number in 1..=4 {
        store.commit(&visit(CHART, number)).unwrap();
    }
    store.note_stored(1, 3).unwrap();
    let before = bytes(&store, 1);
    let changes = store.changes_of(CHART).unwrap();
    let beside = Beside {
        remember: vec![("begun".to_owned(), vec![1])],
        forget: Vec::new(),
    };

    let head = store.continue_log(AGAIN, 3, access(None), &beside).unwrap();

    let after = bytes(&store, AGAIN);
    assert_eq!(bytes(&store, 1), before[..3]);
    assert_eq!(after[1..], before[3..]);
    let chain = after
        .iter()
        .fold(LogHead::start(DeviceId(3), AGAIN), |it, entry| {
            it.next(entry)
        });
    assert_eq!((store.log_head().unwrap(), chain), (head, head));
    assert_eq!(store.stored().unwrap(), 0);
    assert_eq!(store.unsent().unwrap(), head.seq);
    assert!(store.unsent_bytes().unwrap() > 0);
    assert_eq!(store.get("begun").unwrap(), Some(vec![1]));
    let again = store.changes_of(CHART).unwrap();
    let hashes = |of: &[StoredChange]| of.iter().map(|it| it.hash).collect::<Vec<_>>();
    assert_eq!(hashes(&again), hashes(&changes), "in the same order");
    let ends: Vec<(u32, u64)> = store
        .older_logs()
        .unwrap()
        .iter()
        .map(|it| (it.epoch, it.seq))
        .collect();
    assert_eq!(ends, [(1, 3)]);
}

#[test]
fn what_a_copy_wrote_in_the_same_place_is_kept_beside_it() {
    let mut store = store();
    for number in 1..=2 {
        store.commit(&visit(CHART, number)).unwrap();
    }
    store
        .continue_log(2, 1, access(None), &Beside::default())
        .unwrap();

    let mut taken = taken(1);
    taken.changes = vec![foreign(CHART, 2)];
    taken.changes[0].position.device = DeviceId(3);
    taken.changes[0].position.epoch = 1;
    store.take(&taken).unwrap();

    assert_eq!(bytes(&store, 1).len(), 1, "it is not ours");
    assert_eq!(store.older_logs().unwrap()[0].seq, 1);
    assert_eq!(store.highest_log().unwrap(), 2);
    let position = taken.changes[0].position;
    let changes = store.changes_of(CHART).unwrap();
    assert!(changes.iter().any(|it| it.position == position));
}

#[test]
fn a_log_is_continued_only_by_a_later_one_and_where_it_is() {
    let mut store = store();
    store.commit(&visit(CHART, 1)).unwrap();
    let before = bytes(&store, 1);

    for (epoch, common) in [(1, 0), (0, 0), (2, 9)] {
        let refused = store.continue_log(epoch, common, access(None), &Beside::default());
        assert!(matches!(refused, Err(StoreError::Refused { .. })));
    }

    assert_eq!(bytes(&store, 1), before);
}
