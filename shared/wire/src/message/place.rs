//! The places that a message names: one behind the last that can be counted to is no place.

use audit::{LogHead, LogPosition};

use super::Message;
use crate::charts::PackProgress;
use crate::feed::FeedItem;
use crate::giveback::ReturnStep;
use crate::limits::MAX_PLACE;
use crate::repair::RepairStep;
use crate::session::Cursor;

impl Message {
    /// Says whether every place of a log or a feed that the message names can be counted to.
    pub(super) fn names_places(&self) -> bool {
        match self {
            Self::Hello(it) => {
                let packs = it.packs.iter().all(is_progress);
                it.logs.iter().all(is_head) && it.cursors.iter().all(is_cursor) && packs
            }
            Self::Welcome(it) => it.stored.iter().all(is_head) && it.feeds.iter().all(is_cursor),
            Self::Push(it) => is_place(it.last_seq()),
            Self::Early(it) => is_place(it.segment.last_seq()),
            Self::Stored(it) => is_position(&it.place),
            Self::Declined(it) => is_position(&it.place),
            Self::Feed(it) => is_place(it.to()) && it.items().iter().all(is_item),
            Self::Taken(it) => is_cursor(it),
            Self::Done(it) => {
                let quarantined = it.quarantined.iter().all(|it| is_position(&it.position));
                it.ends().all(|it| is_place(it.position)) && quarantined
            }
            Self::Probe(it) => it.seqs.iter().all(|it| is_place(*it)),
            Self::Probed(it) => it.marks.iter().all(|(seq, _mark)| is_place(*seq)),
            Self::Repair(it) => match &it.step {
                RepairStep::Items { items, .. } => items.iter().all(is_item),
                RepairStep::Compare(_) | RepairStep::Want(_) | RepairStep::GiveUp => true,
            },
            Self::Return(it) => match &it.step {
                ReturnStep::Offer { begins, seal } => is_place(*begins) && is_place(seal.position),
                ReturnStep::Items(items) => items.iter().all(is_item),
                ReturnStep::After(position) => is_place(*position),
                ReturnStep::Marks(_) | ReturnStep::No => true,
            },
            Self::Pack(it) => {
                let mark = it.from();
                is_progress(&it.progress()) && is_place(mark.chart) && is_place(mark.change)
            }
            Self::Fetch(it) => is_position(&it.entry),
            Self::Fetched(it) => is_position(&it.entry) && it.feed.iter().all(is_cursor),
            Self::Refused(_)
            | Self::Enrol(_)
            | Self::Enrolling(_)
            | Self::Show(_)
            | Self::Want(_)
            | Self::Blob(_)
            | Self::Meet(_)
            | Self::Wait(_)
            | Self::Unknown { .. } => true,
        }
    }
}

/// Says whether a log or a feed can have this place.
pub(crate) const fn is_place(number: u64) -> bool {
    number <= MAX_PLACE
}

const fn is_position(position: &LogPosition) -> bool {
    is_place(position.seq)
}

const fn is_head(head: &LogHead) -> bool {
    is_place(head.seq)
}

const fn is_cursor(cursor: &Cursor) -> bool {
    is_place(cursor.position)
}

const fn is_progress(progress: &PackProgress) -> bool {
    let PackProgress { head, mark } = progress;
    is_cursor(head) && is_place(mark.chart) && is_place(mark.change)
}

fn is_item(item: &FeedItem) -> bool {
    let (FeedItem::Own { position }
    | FeedItem::Change { position, .. }
    | FeedItem::Gone { position, .. }
    | FeedItem::Leave { position, .. }
    | FeedItem::Other { position, .. }) = item;
    is_position(position)
}
