//! The feeds on their way to the peer: read in turns, a few batches at a time.

use std::collections::{BTreeMap, VecDeque};

use record::ScopeId;
use wire::limits::{FEED_READ_BYTES, MAX_UNTAKEN_BATCHES};
use wire::{Cursor, FeedBatch, FeedHead, Message, RefusalCode, Version};

use super::HubEffect;

/// How far the feeds have come.
#[derive(Debug)]
pub(super) struct Sending {
    /// The version of the protocol that is spoken.
    version: Version,
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
    /// The feed grew while the store was reading it: the answer may not know yet.
    grew_meanwhile: bool,
}

impl Sending {
    /// Compares the peer's cursors with the feeds of its scopes.
    pub(super) fn begin(
        version: Version,
        cursors: &[Cursor],
        at_cursors: &[Cursor],
        heads: &[FeedHead],
    ) -> Result<Self, RefusalCode> {
        let mut feeds = BTreeMap::new();
        for head in heads {
            let sent = match cursors.iter().find(|cursor| cursor.scope == head.scope) {
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
                    grew_meanwhile: false,
                },
            );
        }
        Ok(Self {
            version,
            feeds,
            reading: None,
            last: None,
            untaken: VecDeque::new(),
        })
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
        })
    }

    /// Returns the scope whose turn it is: the first with more after the last one.
    fn turn(&self) -> Option<ScopeId> {
        let mut waiting = self
            .feeds
            .iter()
            .filter(|(_, feed)| feed.more)
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
