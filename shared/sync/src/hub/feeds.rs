//! The feeds on their way to the peer: read in turns, a few batches at a time.

use std::collections::{BTreeMap, VecDeque};

use audit::LogHead;
use record::ScopeId;
use wire::limits::{FEED_READ_BYTES, MAX_UNTAKEN_BATCHES};
use wire::{Cursor, FeedBatch, FeedHead, Message, RefusalCode, Version};

use super::{Holds, HubEffect, REPAIRING};

/// How far the feeds have come.
#[derive(Debug)]
pub(super) struct Sending {
    /// The version of the protocol that is spoken.
    version: Version,
    /// What of its own logs the peer holds.
    holds: Holds,
    feeds: BTreeMap<ScopeId, Feed>,
    /// The scope that the store was asked for.
    reading: Option<ScopeId>,
    /// The scope that was read last. The one after it is next, so that none waits for another's end.
    last: Option<ScopeId>,
    /// The cursor after each batch on its way, oldest first.
    untaken: VecDeque<Cursor>,
}

/// One scope's feed.
#[derive(Debug)]
struct Feed {
    epoch: u32,
    /// The last position that was sent.
    sent: u64,
    /// More may follow.
    more: bool,
    /// The peer repairs what it holds first.
    waits: bool,
    /// The feed grew while the store was reading it: the answer may not know yet.
    grew_meanwhile: bool,
}

impl Sending {
    /// Compares the peer's cursors with the feeds of its scopes. From version 2 on, those that do not fit wait for
    /// the peer to repair what it holds.
    pub(super) fn begin(
        (version, holds): (Version, Holds),
        cursors: &[Cursor],
        at_cursors: &[Cursor],
        heads: &[FeedHead],
    ) -> Result<Self, RefusalCode> {
        let mut feeds = BTreeMap::new();
        for head in heads {
            let mut waits = false;
            let sent = match cursors.iter().find(|cursor| cursor.scope == head.scope) {
                Some(cursor) if cursor.position > 0 && version >= REPAIRING => {
                    waits = !at_cursors.contains(cursor);
                    cursor.position
                }
                Some(cursor) if cursor.position > 0 => {
                    compare(cursor, head, at_cursors)?;
                    cursor.position
                }
                // Of this feed nothing was taken yet.
                Some(_) | None => 0,
            };
            let more = sent < head.position;
            feeds.insert(
                head.scope,
                Feed {
                    epoch: head.feed_epoch,
                    sent,
                    more,
                    waits,
                    grew_meanwhile: false,
                },
            );
        }
        Ok(Self {
            version,
            holds,
            feeds,
            reading: None,
            last: None,
            untaken: VecDeque::new(),
        })
    }

    /// The peer has proved that it holds its log up to this head.
    pub(super) fn proved(&mut self, head: &LogHead) {
        self.holds.add(head);
    }

    /// Returns the scopes that the peer has to repair.
    pub(super) fn to_repair(&self) -> Vec<ScopeId> {
        let waiting = self.feeds.iter().filter(|(_, feed)| feed.waits);
        waiting.map(|(scope, _)| *scope).collect()
    }

    /// The peer has what a feed holds up to here: the rest may follow.
    pub(super) fn repaired(&mut self, scope: ScopeId, position: u64) {
        if let Some(feed) = self.feeds.get_mut(&scope) {
            feed.sent = position;
            feed.waits = false;
            feed.more = true;
        }
    }

    /// A feed grew, or may have.
    pub(super) fn grew(&mut self, scope: ScopeId) {
        let reading = self.reading == Some(scope);
        if let Some(feed) = self.feeds.get_mut(&scope) {
            feed.more = true;
            feed.grew_meanwhile |= reading;
        }
    }

    /// The feeds are known to end here.
    pub(super) fn end_at(&mut self, heads: &[FeedHead]) {
        for head in heads {
            if self
                .feeds
                .get(&head.scope)
                .is_some_and(|feed| feed.sent < head.position)
            {
                self.grew(head.scope);
            }
        }
    }

    /// Asks for the next batch while fewer are on their way than may be.
    pub(super) fn go_on(&mut self) -> Option<HubEffect> {
        if self.reading.is_some() || self.untaken.len() >= MAX_UNTAKEN_BATCHES {
            return None;
        }
        let scope = self.turn()?;
        let from = self.feeds.get(&scope)?.sent;
        self.reading = Some(scope);
        self.last = Some(scope);
        Some(HubEffect::ReadFeed {
            scope,
            from,
            max_bytes: FEED_READ_BYTES,
            version: self.version,
            holds: self.holds.clone(),
        })
    }

    /// Returns the scope whose turn it is: the first with more after the last one.
    fn turn(&self) -> Option<ScopeId> {
        let mut waiting = self
            .feeds
            .iter()
            .filter(|(_, feed)| feed.more && !feed.waits)
            .map(|(scope, _)| *scope);
        let first = waiting.clone().next();
        waiting.find(|scope| Some(*scope) > self.last).or(first)
    }

    /// The store answered with what follows.
    pub(super) fn read(
        &mut self,
        scope: ScopeId,
        batch: Option<FeedBatch>,
    ) -> Result<Option<HubEffect>, RefusalCode> {
        if self.reading.take() != Some(scope) {
            return Err(RefusalCode::Failed);
        }
        let feed = self.feeds.get_mut(&scope).ok_or(RefusalCode::Failed)?;
        let Some(batch) = batch else {
            feed.more = std::mem::take(&mut feed.grew_meanwhile);
            return Ok(None);
        };
        let follows =
            batch.scope() == scope && batch.feed_epoch() == feed.epoch && batch.from() == feed.sent;
        if !follows {
            return Err(RefusalCode::Failed);
        }
        feed.sent = batch.to();
        feed.grew_meanwhile = false;
        self.untaken.push_back(batch.cursor());
        Ok(Some(HubEffect::Send(Message::Feed(batch))))
    }

    /// The peer has a batch on its disk.
    pub(super) fn taken(&mut self, cursor: Cursor) -> Result<HubEffect, RefusalCode> {
        if self.untaken.pop_front() == Some(cursor) {
            Ok(HubEffect::NoteTaken(cursor))
        } else {
            Err(RefusalCode::CursorUnexplained)
        }
    }
}

fn compare(cursor: &Cursor, head: &FeedHead, at_cursors: &[Cursor]) -> Result<(), RefusalCode> {
    if cursor.feed_epoch != head.feed_epoch {
        return Err(RefusalCode::UnknownFeedEpoch);
    }
    if cursor.position > head.position {
        return Err(RefusalCode::CursorAhead);
    }
    if at_cursors.contains(cursor) {
        Ok(())
    } else {
        Err(RefusalCode::FeedMismatch)
    }
}
