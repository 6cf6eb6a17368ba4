//! The feeds on their way here: each batch follows on the one before, and a cursor moves only by a
//! batch that the store has committed.

use std::collections::{BTreeMap, VecDeque};

use record::{DeviceId, ScopeId};
use wire::limits::MAX_UNTAKEN_BATCHES;
use wire::{Cursor, FeedBatch, FeedEnd, FeedHead, FeedItem};

use super::Summary;
use crate::abort::AbortReason;

/// How far the feeds have come.
#[derive(Debug)]
pub(super) struct Taking {
    own: DeviceId,
    feeds: BTreeMap<ScopeId, Feed>,
    /// The cursor after each batch that the store has yet to commit, oldest first.
    untaken: VecDeque<Cursor>,
}

/// One scope's feed.
#[derive(Debug)]
struct Feed {
    epoch: u32,
    /// The last position that came.
    received: u64,
    /// Where the feed is known to end.
    end: u64,
}

impl Taking {
    /// Compares the cursors with the feeds that the hub has for us.
    pub(super) fn begin(
        own: DeviceId,
        cursors: &[Cursor],
        heads: &[FeedHead],
    ) -> Result<Self, AbortReason> {
        let mut feeds = BTreeMap::new();
        for head in heads {
            let received = match cursors.iter().find(|cursor| cursor.scope == head.scope) {
                Some(cursor) if cursor.position > 0 => {
                    compare(cursor, head)?;
                    cursor.position
                }
                // Of this feed nothing was taken yet.
                Some(_) | None => 0,
            };
            let feed = Feed {
                epoch: head.feed_epoch,
                received,
                end: head.position,
            };
            feeds.insert(head.scope, feed);
        }
        // A cursor without a feed is of a scope that the site has left. It keeps its charts.
        Ok(Self {
            own,
            feeds,
            untaken: VecDeque::new(),
        })
    }

    /// Says whether everything that the hub is known to have is taken.
    pub(super) fn is_finished(&self) -> bool {
        self.untaken.is_empty() && self.feeds.values().all(|feed| feed.received >= feed.end)
    }

    /// The hub said where the feeds end now.
    pub(super) fn ends_at(&mut self, ends: &[FeedEnd]) -> Result<(), AbortReason> {
        for end in ends {
            let scope = end.scope;
            let feed = self
                .feeds
                .get_mut(&scope)
                .ok_or(AbortReason::FeedUnannounced { scope })?;
            if feed.epoch != end.feed_epoch {
                return Err(AbortReason::UnknownFeedEpoch { scope });
            }
            feed.end = feed.end.max(end.position);
        }
        Ok(())
    }

    /// A batch came.
    pub(super) fn received(&mut self, batch: &FeedBatch) -> Result<(), AbortReason> {
        let scope = batch.scope();
        let feed = self
            .feeds
            .get_mut(&scope)
            .ok_or(AbortReason::FeedUnannounced { scope })?;
        if feed.epoch != batch.feed_epoch() {
            return Err(AbortReason::UnknownFeedEpoch { scope });
        }
        if feed.received != batch.from() {
            let (expected, from) = (feed.received, batch.from());
            return Err(AbortReason::FeedGap {
                scope,
                expected,
                from,
            });
        }
        if self.untaken.len() >= MAX_UNTAKEN_BATCHES {
            return Err(AbortReason::WindowExceeded);
        }
        for item in batch.items() {
            match item {
                FeedItem::Own { position } if position.device != self.own => {
                    return Err(AbortReason::NotOurs {
                        device: position.device,
                    });
                }
                FeedItem::Own { .. } | FeedItem::Change { .. } | FeedItem::Other { .. } => {}
            }
        }
        feed.received = batch.to();
        feed.end = feed.end.max(batch.to());
        self.untaken.push_back(batch.cursor());
        Ok(())
    }

    /// The store committed a batch.
    pub(super) fn taken(&mut self, cursor: Cursor) -> Result<(), AbortReason> {
        if self.untaken.pop_front() == Some(cursor) {
            Ok(())
        } else {
            Err(AbortReason::OutOfStep)
        }
    }
}

fn compare(cursor: &Cursor, head: &FeedHead) -> Result<(), AbortReason> {
    let scope = cursor.scope;
    if cursor.feed_epoch != head.feed_epoch {
        return Err(AbortReason::UnknownFeedEpoch { scope });
    }
    if cursor.position > head.position {
        return Err(AbortReason::FeedBehind { scope });
    }
    if cursor.position == head.position && cursor.digest != head.digest {
        return Err(AbortReason::FeedMismatch { scope });
    }
    Ok(())
}

/// Counts what a batch brings.
pub(super) fn count(batch: &FeedBatch, summary: &mut Summary) {
    let own = batch
        .items()
        .iter()
        .filter(|item| matches!(item, FeedItem::Own { .. }))
        .count();
    let others = batch.items().len().saturating_sub(own);
    summary.own_taken = summary.own_taken.saturating_add(own as u64);
    summary.entries_taken = summary.entries_taken.saturating_add(others as u64);
}
