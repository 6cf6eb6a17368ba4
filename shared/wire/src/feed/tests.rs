//! Batches: one item a position, own entries nearly free, nothing skipped.

use proptest::collection::vec;
use proptest::prelude::*;
use record::DeviceId;

use super::*;
use crate::limits::{MAX_FEED_PACKED_BYTES, MAX_UNPACKED_BYTES};
use crate::pack::{pack, pack_brief};

fn own(seq: u64) -> FeedItem {
    FeedItem::Own {
        position: LogPosition {
            device: DeviceId(3),
            epoch: 1,
            seq,
        },
    }
}

fn batch(from: u64, items: Vec<FeedItem>) -> FeedBatch {
    FeedBatch::new(ScopeId(1), 2, from, FeedDigest([9; 16]), items).unwrap()
}

fn there_and_back(batch: &FeedBatch) -> Result<FeedBatch, ShapeError> {
    FeedBatch::try_from(BatchShape::try_from(batch).unwrap())
}

fn items() -> impl Strategy<Value = FeedItem> {
    let position =
        (0_u32..4, 0_u32..3, any::<u64>()).prop_map(|(device, epoch, seq)| LogPosition {
            device: DeviceId(device),
            epoch,
            seq,
        });
    (
        0_u8..6,
        position,
        any::<[u8; 16]>(),
        any::<u64>(),
        vec(any::<u8>(), 0..60),
    )
        .prop_map(|(kind, position, chart, hlc, payload)| match kind {
            0 | 1 => FeedItem::Own { position },
            4 => FeedItem::Gone {
                position,
                hash: crypto::sha256(&payload),
                mark: None,
            },
            5 => FeedItem::Leave {
                position,
                chart: ChartId::new(chart),
            },
            2 => FeedItem::Other {
                kind: 7,
                position,
                payload,
            },
            _ => FeedItem::Change {
                position,
                chart: ChartId::new(chart),
                hlc: Hlc::from_u64(hlc),
                person: PersonId(4),
                payload,
            },
        })
}

#[test]
fn a_batch_covers_one_position_for_each_item() {
    let batch = batch(40, vec![own(1), own(2), own(9)]);

    assert_eq!((batch.from(), batch.to()), (40, 43));
    assert_eq!(batch.cursor().position, 43);
}

#[test]
fn own_entries_cost_next_to_nothing() {
    let day = batch(
        0,
        (0..1_000).map(|visit| own(visit * 3 + visit % 2)).collect(),
    );
    let visit = batch(0, vec![own(17)]);

    let day_bytes = BatchShape::try_from(&day).unwrap().packed.len();
    let visit_bytes = BatchShape::try_from(&visit).unwrap().packed.len();

    assert!(day_bytes < 60, "{day_bytes} bytes for a thousand");
    assert!(visit_bytes < 12, "{visit_bytes} bytes for one");
}

#[test]
fn a_batch_above_a_limit_is_not_made_or_not_sent() {
    let scope = ScopeId(1);
    let make = |from, items| FeedBatch::new(scope, 1, from, FeedDigest::EMPTY, items);
    let change = |size| FeedItem::Other {
        kind: 9,
        position: LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 1,
        },
        payload: vec![0; size],
    };

    assert_eq!(make(0, vec![]), Err(BatchError::Empty));
    assert_eq!(
        make(0, vec![own(1); MAX_FEED_ITEMS + 1]),
        Err(BatchError::TooLarge)
    );
    assert_eq!(make(u64::MAX, vec![own(1)]), Err(BatchError::TooLarge));
    let heavy = make(0, vec![change(MAX_UNPACKED_BYTES)]).unwrap();
    assert_eq!(
        BatchShape::try_from(&heavy).err(),
        Some(ShapeError::TooLarge)
    );
}

#[test]
fn items_that_pack_to_more_than_a_batch_holds_are_neither_sent_nor_read() {
    // Nothing packs these: the bytes of a hash after another.
    let blocks =
        (0_u32..).map(|n| *crypto::hash("posta/test/noise", &[&n.to_be_bytes()]).as_bytes());
    let noise: Vec<u8> = blocks.flatten().take(MAX_FEED_PACKED_BYTES + 1).collect();
    let item = |payload: &[u8]| FeedItem::Other {
        kind: 9,
        position: LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 1,
        },
        payload: payload.to_vec(),
    };
    let fits = batch(0, vec![item(&noise[..MAX_FEED_PACKED_BYTES - 100])]);
    let heavy = batch(0, vec![item(&noise)]);
    let unpacked = encode(&runs_of(heavy.items(), true).unwrap()).unwrap();
    let shape = BatchShape {
        packed: pack(&unpacked),
        ..BatchShape::try_from(&batch(0, vec![own(1)])).unwrap()
    };

    assert_eq!(there_and_back(&fits), Ok(fits));
    assert!(unpacked.len() < MAX_UNPACKED_BYTES);
    assert_eq!(
        BatchShape::try_from(&heavy).err(),
        Some(ShapeError::TooLarge)
    );
    assert_eq!(FeedBatch::try_from(shape), Err(ShapeError::TooLarge));
}

#[test]
fn a_batch_that_lies_about_what_it_covers_is_refused() {
    let lie = |change: fn(&mut BatchShape)| {
        let mut shape = BatchShape::try_from(&batch(5, vec![own(1), own(2)])).unwrap();
        change(&mut shape);
        FeedBatch::try_from(shape).unwrap_err()
    };

    assert_eq!(lie(|it| it.to = 8), ShapeError::Gap);
    assert_eq!(lie(|it| it.to = 6), ShapeError::Gap);
    assert_eq!(lie(|it| it.from = 4), ShapeError::Gap);
    assert_eq!(lie(|it| it.from = u64::MAX), ShapeError::TooLarge);
    assert_eq!(lie(|it| it.packed = pack(&[0x80])), ShapeError::Gap);
    assert_eq!(lie(|it| it.packed = vec![]), ShapeError::Damaged);
    let bomb = |it: &mut BatchShape| it.packed = pack(&vec![0; MAX_UNPACKED_BYTES + 1]);
    assert_eq!(lie(bomb), ShapeError::TooLarge);
}

#[test]
fn a_run_of_too_many_own_entries_is_refused() {
    let position = LogPosition {
        device: DeviceId(3),
        epoch: 1,
        seq: 1,
    };
    let run = |steps: Vec<u64>| {
        let rest = ByteBuf::from(encode(&steps).unwrap());
        BatchShape {
            scope: ScopeId(1),
            feed_epoch: 1,
            from: 0,
            to: steps.len() as u64 + 1,
            digest: FeedDigest::EMPTY,
            packed: pack(&encode(&vec![RunShape(OWN, position, rest)]).unwrap()),
            before: None,
            signature: None,
        }
    };

    assert!(FeedBatch::try_from(run(vec![1; MAX_FEED_ITEMS - 1])).is_ok());
    let many = FeedBatch::try_from(run(vec![1; MAX_FEED_ITEMS]));
    assert_eq!(many.err(), Some(ShapeError::TooLarge));
    assert_eq!(
        FeedBatch::try_from(run(vec![u64::MAX])).err(),
        Some(ShapeError::Damaged)
    );
}

#[test]
fn a_sealed_batch_reads_back_and_half_of_a_seal_is_none() {
    let seal = BatchSeal {
        before: FeedChain([7; 32]),
        signature: Signature::from_bytes([9; 64]),
    };
    let sealed = batch(4, vec![own(1), own(2)]).sealed(seal);

    assert_eq!(there_and_back(&sealed), Ok(sealed.clone()));
    assert_eq!(sealed.clone().after(4).unwrap().seal(), Some(seal));
    assert_eq!(sealed.clone().after(5).unwrap().seal(), None);
    let mut half = BatchShape::try_from(&sealed).unwrap();
    half.before = None;
    assert_eq!(FeedBatch::try_from(half).unwrap().seal(), None);
}

proptest! {
    #[test]
    fn any_batch_reads_back(items in vec(items(), 1..60), from in 0..u64::MAX / 2) {
        let batch = batch(from, items);

        prop_assert_eq!(there_and_back(&batch), Ok(batch.clone()));
        let brief = batch.in_brief();
        prop_assert_eq!(there_and_back(&brief), Ok(brief));
    }

    #[test]
    fn arbitrary_items_in_brief_never_panic(runs in vec((0_u16..3, any::<u64>()), 0..4), unpacked: Vec<u8>) {
        let runs: Vec<RunShape> = runs
            .into_iter()
            .map(|(kind, seq)| {
                let position = LogPosition { device: DeviceId(1), epoch: 1, seq };
                RunShape(kind, position, ByteBuf::new())
            })
            .collect();
        let runs = encode(&runs).unwrap();
        let length = u32::try_from(runs.len()).unwrap().to_be_bytes();
        for brief in [unpacked.clone(), [length.as_slice(), &runs, &unpacked].concat()] {
            let shape = BatchShape {
                scope: ScopeId(1),
                feed_epoch: 1,
                from: 0,
                to: 1,
                digest: FeedDigest::EMPTY,
                packed: pack_brief(&brief).unwrap(),
                before: None,
                signature: None,
            };
            if let Ok(batch) = FeedBatch::try_from(shape) {
                prop_assert_eq!(batch.to(), 1);
            }
        }
    }

    #[test]
    fn arbitrary_items_never_panic(unpacked: Vec<u8>, from: u64, to: u64) {
        let packed = pack(&unpacked);
        let shape = BatchShape {
            scope: ScopeId(1),
            feed_epoch: 1,
            from,
            to,
            digest: FeedDigest::EMPTY,
            packed,
            before: None,
            signature: None,
        };

        if let Ok(batch) = FeedBatch::try_from(shape) {
            prop_assert_eq!(batch.to(), to);
        }
    }
}

#[test]
fn what_stands_for_a_change_that_is_gone_is_told_to_those_who_read_it() {
    let gone = |mark| FeedItem::Gone {
        position: LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 1,
        },
        hash: [1; 32],
        mark,
    };
    let marked = batch(0, vec![gone(Some(ItemMark([2; 32])))]);

    let brief = marked.clone().in_brief();
    assert_eq!(there_and_back(&brief), Ok(brief));
    assert_eq!(there_and_back(&marked), Ok(batch(0, vec![gone(None)])));
    for length in [31, 33, 63, 65] {
        let bytes = encode(&serde_bytes::Bytes::new(&vec![7; length])).unwrap();
        let position = LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 1,
        };
        let run = RunShape(GONE, position, ByteBuf::from(bytes));
        let read = add_items_of(&run, &mut Vec::new());
        assert_eq!(read, Err(ShapeError::Damaged), "{length} bytes");
    }
}
