//! The feeds on their way here: each batch follows on the one before, and a cursor moves only by a
//! batch that the store has committed.

use std::collections::{BTreeMap, VecDeque};

use record::{DeviceId, ScopeId};
use wire::limits::{MAX_UNTAKEN_BATCHES, MAX_UNTAKEN_PACKS};
use wire::{
    ChartPack, Cursor, FeedBatch, FeedEnd, FeedHead, FeedItem, PackMark, PackProgress, Version,
};

use super::{ClientStanding, REPAIRING, Summary};
use crate::abort::AbortReason;

/// How far the feeds have come.
#[derive(Debug)]
pub(super) struct Taking {
    own: DeviceId,
    /// The feeds wait for another session, but for charts that were asked for.
    feeds_wait: bool,
    feeds: BTreeMap<ScopeId, Feed>,
    /// What is said of each batch and pack that the store has yet to commit, oldest first.
    untaken: VecDeque<Cursor>,
    /// How many of them are packs that are not the last of their feed.
    untaken_packs: usize,
}

/// One scope's feed.
#[derive(Debug)]
struct Feed {
    epoch: u32,
    /// The last position that came.
    received: u64,
    /// Where the feed is known to end.
    end: u64,
    /// How far its packs have come, here or in an earlier session.
    packs: Option<PackProgress>,
    /// A pack came in this session: only the next one may follow.
    in_packs: bool,
}

impl Taking {
    /// Compares the cursors with the feeds that the hub has for us. Those to be repaired go on where they end now.
    pub(super) fn begin(
        version: Version,
        standing: &ClientStanding,
        heads: &[FeedHead],
        repair: &[ScopeId],
    ) -> Result<Self, AbortReason> {
        let ClientStanding {
            device,
            cursors,
            packs,
            ..
        } = standing;
        let mut feeds = BTreeMap::new();
        for head in heads {
            let cursor = cursors
                .iter()
                .find(|cursor| cursor.scope == head.scope && cursor.position > 0);
            let received = match cursor {
                Some(_) if repair.contains(&head.scope) => head.position,
                // The hub knows where its older feed went over into this one, and has compared.
                Some(cursor) if version >= REPAIRING && cursor.feed_epoch != head.feed_epoch => {
                    cursor.position
                }
                Some(cursor) => {
                    compare(cursor, head)?;
                    cursor.position
                }
                // Of this feed nothing was taken yet.
                None => 0,
            };
            let feed = Feed {
                epoch: head.feed_epoch,
                received,
                end: head.position,
                packs: packs.iter().find(|it| it.head.scope == head.scope).copied(),
                in_packs: false,
            };
            feeds.insert(head.scope, feed);
        }
        // A cursor without a feed is of a scope that the site has left. It keeps its charts.
        Ok(Self {
            own: *device,
            feeds_wait: standing.feeds_wait,
            feeds,
            untaken: VecDeque::new(),
            untaken_packs: 0,
        })
    }

    /// Says whether everything is taken that the hub is known to have for this session. A hub that knows nothing of
    /// feeds that wait sends them all the same; then what came is taken.
    pub(super) fn is_finished(&self) -> bool {
        let mut awaited = self
            .feeds
            .iter()
            .filter(|(scope, _feed)| !self.feeds_wait || scope.is_of_guests());
        self.untaken.is_empty() && awaited.all(|(_scope, feed)| feed.received >= feed.end)
    }

    /// Returns how many positions have not come that are known to be there.
    pub(super) fn left(&self) -> u64 {
        let left = |it: &Feed| it.end.saturating_sub(it.received);
        self.feeds.values().map(left).fold(0, u64::saturating_add)
    }

    /// A feed will come from its beginning.
    pub(super) fn restart(&mut self, scope: ScopeId) {
        if let Some(feed) = self.feeds.get_mut(&scope) {
            feed.received = 0;
        }
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

    /// A feed began, or ends elsewhere: it brings what was asked for.
    pub(super) fn began(&mut self, head: &FeedHead) -> Result<(), AbortReason> {
        self.feeds.entry(head.scope).or_insert(Feed {
            epoch: head.feed_epoch,
            received: 0,
            end: head.position,
            packs: None,
            in_packs: false,
        });
        self.ends_at(&[FeedEnd::from(*head)])
    }

    /// A pack came. The packs of a feed begin anew, or where the last session was cut, and then follow each other.
    pub(super) fn received_pack(&mut self, pack: &ChartPack) -> Result<(), AbortReason> {
        let FeedHead {
            scope, feed_epoch, ..
        } = pack.head();
        let feed = self
            .feeds
            .get_mut(&scope)
            .ok_or(AbortReason::FeedUnannounced { scope })?;
        if feed.epoch != feed_epoch {
            return Err(AbortReason::UnknownFeedEpoch { scope });
        }
        let goes_on = feed
            .packs
            .is_some_and(|it| (it.head, it.mark) == (pack.head(), pack.from()));
        let begins = !feed.in_packs && pack.from() == PackMark::START;
        if feed.received > 0 || !(goes_on || begins) {
            return Err(AbortReason::FeedGap {
                scope,
                expected: feed.received,
                from: 0,
            });
        }
        let is_over = self.untaken.len() >= MAX_UNTAKEN_BATCHES;
        if is_over || self.untaken_packs >= MAX_UNTAKEN_PACKS {
            return Err(AbortReason::WindowExceeded);
        }
        feed.in_packs = true;
        if pack.is_last() {
            feed.packs = None;
            feed.received = pack.head().position;
            feed.end = feed.end.max(feed.received);
        } else {
            feed.packs = Some(pack.progress());
            self.untaken_packs = self.untaken_packs.saturating_add(1);
        }
        self.untaken.push_back(pack.taken());
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
        if feed.received != batch.from() || (feed.in_packs && feed.packs.is_some()) {
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
                FeedItem::Own { .. }
                | FeedItem::Change { .. }
                | FeedItem::Gone { .. }
                | FeedItem::Leave { .. }
                | FeedItem::Other { .. } => {}
            }
        }
        feed.received = batch.to();
        feed.end = feed.end.max(batch.to());
        self.untaken.push_back(batch.cursor());
        Ok(())
    }

    /// The store committed a batch or a pack.
    pub(super) fn taken(&mut self, cursor: Cursor) -> Result<(), AbortReason> {
        if self.untaken.pop_front() == Some(cursor) {
            if cursor.position == 0 {
                self.untaken_packs = self.untaken_packs.saturating_sub(1);
            }
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
