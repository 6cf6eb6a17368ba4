//! What messages are made of: runs of logs and feeds, packs, comparisons, groups of attachments.

use audit::LogHead;
use crypto::{Blob, BlobTree, GROUP_BYTES};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use wire::{
    BatchSeal, BlobGroup, BlobMessage, ChartPack, Cursor, FeedBatch, FeedChain, FeedDigest,
    FeedItem, FeedSeal, GroupRange, ItemMark, PackMark, PackRow, PackedChange, RefusalCode, Repair,
    RepairStep, Return, ReturnStep, Segment, Want,
};

use super::key;
use super::say::{Known, cursor};
use crate::draw::{Draw, OWN};

/// Returns a segment that some log goes on with.
pub(super) fn segment(draw: &mut Draw<'_>) -> Segment {
    let before = draw.head();
    sealed(before, &draw.some(2, Draw::run))
}

pub(super) fn sealed(before: LogHead, entries: &[Vec<u8>]) -> Segment {
    let one = [b"entry".to_vec()];
    let entries = if entries.is_empty() {
        &one[..]
    } else {
        entries
    };
    match Segment::seal(before, entries, &key()) {
        Ok(segment) => segment,
        Err(why) => unreachable!("small entries fit: {why}"),
    }
}

pub(super) fn item(draw: &mut Draw<'_>) -> FeedItem {
    let mut position = draw.position();
    let chart = ChartId::new([draw.below(3); 16]);
    match draw.below(6) {
        0 => {
            if !draw.rarely() {
                position.device = OWN;
            }
            FeedItem::Own { position }
        }
        1..=3 => FeedItem::Change {
            position,
            chart,
            hlc: Hlc::new(1_790_000_000_000, 0),
            person: PersonId(2),
            payload: draw.run(),
        },
        4 => FeedItem::Leave { position, chart },
        _ => FeedItem::Gone {
            position,
            hash: draw.hash(),
            mark: None,
        },
    }
}

pub(super) fn batch(draw: &mut Draw<'_>, known: &Known) -> Option<FeedBatch> {
    let from = cursor(draw, known);
    let items = draw.some(3, item);
    let digest = FeedDigest([draw.below(3); 16]);
    let batch = FeedBatch::new(from.scope, from.feed_epoch, from.position, digest, items).ok()?;
    if !draw.rarely() {
        return Some(batch);
    }
    let before = FeedChain(draw.hash());
    let signature = draw.signature();
    Some(batch.sealed(BatchSeal { before, signature }))
}

pub(super) fn mark(draw: &mut Draw<'_>) -> PackMark {
    PackMark {
        chart: draw.place(),
        change: draw.place(),
    }
}

pub(super) fn pack(draw: &mut Draw<'_>, known: &Known) -> Option<ChartPack> {
    let head = cursor(draw, known);
    let from = if draw.is() {
        PackMark::START
    } else {
        mark(draw)
    };
    packed(draw, head, from)
}

/// Returns a pack that follows on a mark.
pub(super) fn packed(draw: &mut Draw<'_>, head: Cursor, from: PackMark) -> Option<ChartPack> {
    let rows = draw.some(2, |draw| PackRow {
        mark: PackMark {
            chart: from.chart.saturating_add(1),
            change: draw.place(),
        },
        chart: ChartId::new([draw.below(3); 16]),
        change: draw.is().then(|| PackedChange {
            position: draw.position(),
            hlc: Hlc::new(1_790_000_000_000, 0),
            person: PersonId(2),
            payload: None,
        }),
    });
    let complete = rows.is_empty() || draw.is();
    ChartPack::seal(head, from, &rows, complete, &key()).ok()
}

pub(super) fn repair(draw: &mut Draw<'_>) -> Repair {
    let scope = draw.scope();
    let step = match draw.below(8) {
        0..=3 => RepairStep::Compare(compared(draw)),
        4..=5 => RepairStep::Want(draw.some(4, Draw::hash)),
        6 => RepairStep::Items {
            answered: u32::from(draw.below(4)),
            items: draw.some(2, item),
        },
        _ => RepairStep::GiveUp,
    };
    Repair { scope, step }
}

/// Returns a comparison: the first byte is the version of what compares.
fn compared(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut bytes = vec![0x61];
    for _ in 0..draw.below(4) {
        // Up to when, up to which hash, and what is said of all before that.
        bytes.push(draw.below(4));
        let prefix = draw.below(3);
        bytes.push(prefix);
        bytes.extend(vec![draw.byte(); prefix.into()]);
        match draw.below(3) {
            0 => bytes.push(0),
            1 => bytes.extend([&[1][..], &[draw.byte(); 16]].concat()),
            _ => {
                let hashes = draw.some(2, Draw::hash);
                bytes.extend([2, u8::try_from(hashes.len()).unwrap_or(0)]);
                bytes.extend(hashes.concat());
            }
        }
    }
    bytes.extend(draw.run());
    bytes
}

pub(super) fn ranges(draw: &mut Draw<'_>, blob: &Blob) -> Vec<GroupRange> {
    if draw.is() {
        return vec![GroupRange(0, blob.groups())];
    }
    Vec::new()
}

pub(super) fn want(draw: &mut Draw<'_>) -> Want {
    let (blob, ..) = draw.blob();
    Want {
        blob,
        lacking: ranges(draw, &blob),
        code: if draw.rarely() {
            RefusalCode::BlobMismatch
        } else {
            RefusalCode::Done
        },
        told: draw.number(),
    }
}

pub(super) fn blob(draw: &mut Draw<'_>) -> BlobMessage {
    let (blob, tree, bytes) = draw.blob();
    match draw.below(4) {
        0 => BlobMessage::offer(blob),
        1 => BlobMessage::refusal(blob, RefusalCode::BlobMissing),
        _ => {
            let number = u32::from(draw.below(5));
            let mut group = group_of(&tree, &bytes, number);
            if draw.rarely() {
                group.bytes.push(0);
            }
            BlobMessage::group(blob, group)
        }
    }
}

/// Returns a group of a blob; of one beyond the end, nothing with nothing to prove it.
pub(super) fn group_of(tree: &BlobTree, bytes: &[u8], number: u32) -> BlobGroup {
    let at = usize::try_from(number).unwrap_or(usize::MAX);
    let group = bytes.chunks(GROUP_BYTES).nth(at);
    BlobGroup {
        number,
        bytes: group.unwrap_or_default().to_vec(),
        proof: tree.proof(number).unwrap_or_default(),
    }
}

pub(super) fn giving(draw: &mut Draw<'_>) -> Return {
    let scope = draw.scope();
    let step = match draw.below(6) {
        0 => ReturnStep::Offer {
            begins: draw.place(),
            seal: seal(draw),
        },
        1 | 2 => ReturnStep::Marks(draw.some(3, |draw| ItemMark(draw.hash()))),
        3 => ReturnStep::Items(draw.some(2, item)),
        4 => ReturnStep::After(draw.place()),
        _ => ReturnStep::No,
    };
    Return { scope, step }
}

/// Where a seal begins and ends that fits.
pub(super) const SEALED: (u64, u64) = (2, 5);

/// What stands for each item of a feed with such a seal.
pub(super) const SEALED_ITEM: ItemMark = ItemMark([1; 32]);

/// Returns the seal of a feed that holds the same over and over after its beginning.
pub(super) fn seal_of(scope: ScopeId) -> FeedSeal {
    let (begins, ends) = SEALED;
    let chain = (begins..ends).fold(FeedChain::start(scope), |it, _at| it.then(&SEALED_ITEM));
    FeedSeal::sign(scope, 1, ends, chain, &key())
}

/// Returns an offer of what such a seal stands for.
pub(super) fn offer(scope: ScopeId) -> Return {
    let (begins, seal) = (SEALED.0, seal_of(scope));
    let step = ReturnStep::Offer { begins, seal };
    Return { scope, step }
}

/// Returns what follows on an offer once the reader has come to a place: what stands for the rest, or items.
pub(super) fn goes_on(scope: ScopeId, place: u64, items: Vec<FeedItem>) -> Return {
    let left = SEALED.1.saturating_sub(place);
    let step = match usize::try_from(left) {
        Ok(left @ 1..) => ReturnStep::Marks(vec![SEALED_ITEM; left.min(3)]),
        Ok(0) | Err(_) => ReturnStep::Items(items),
    };
    Return { scope, step }
}

fn seal(draw: &mut Draw<'_>) -> FeedSeal {
    FeedSeal {
        feed_epoch: draw.short(),
        position: draw.place(),
        ..seal_of(draw.scope())
    }
}

/// Returns the first group of a blob that a play has.
pub(super) fn first_group(blob: &Blob, number: u32) -> Option<BlobMessage> {
    (0..3).find_map(|content| {
        let bytes = vec![content; usize::try_from(blob.size()).ok()?];
        let (of, tree) = BlobTree::of(&bytes)?;
        let number = (of == *blob && number < of.groups()).then_some(number)?;
        Some(BlobMessage::group(of, group_of(&tree, &bytes, number)))
    })
}

/// Returns the log of a device, with so many entries.
pub(super) fn log(device: DeviceId, epoch: u32, entries: u8) -> Vec<LogHead> {
    let mut heads = vec![LogHead::start(device, epoch)];
    for number in 0..entries {
        let next = heads.last().map(|it| it.next(&[number]));
        heads.extend(next);
    }
    heads
}
