//! The feeds on their way to the peer: read in turns, a few batches at a time.
//!
//! A feed of which the peer holds nothing comes in packs up to where it ends now, and goes on from there.

use std::collections::{BTreeMap, VecDeque};

use audit::LogHead;
use record::ScopeId;
use wire::limits::{FEED_READ_BYTES, MAX_UNTAKEN_BATCHES, MAX_UNTAKEN_PACKS};
use wire::{
    ChartPack, Cursor, FeedBatch, FeedHead, Message, PackMark, PackProgress, RefusalCode, Version,
};

use super::{Holds, HubEffect, REPAIRING};

/// How far the feeds have come.
#[derive(Debug)]
pub(super) struct Sending {
    /// The version of the protocol that is spoken.
    version: Version,
    /// What of its own logs the peer holds.
    holds: Holds,
    /// The peer wants nothing now but charts that it asked for.
    feeds_wait: bool,
    feeds: BTreeMap<ScopeId, Feed>,
    /// The scope that the store was asked for.
    reading: Option<ScopeId>,
    /// The scope that was read last. The one after it is next, so that none waits for another's end.
    last: Option<ScopeId>,
    /// What the peer says when it has taken each batch and pack on its way, oldest first.
    untaken: VecDeque<Untaken>,
}

/// What is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Untaken {
    Batch(Cursor),
    Pack(Cursor),
}

/// What the peer says of its feeds.
#[derive(Debug, Clone)]
pub(super) struct OfPeer<'a> {
    /// How far it has taken each.
    pub(super) cursors: &'a [Cursor],
    /// How far it has taken the packs of those that it has no cursor of.
    pub(super) packs: &'a [PackProgress],
    /// The version of the protocol that it speaks: from the second on there are packs.
    pub(super) version: Version,
    /// What of its own logs it holds.
    pub(super) holds: Holds,
    /// It wants nothing now but charts that it asked for.
    pub(super) feeds_wait: bool,
}

/// One scope's feed.
#[derive(Debug)]
struct Feed {
    epoch: u32,
    /// What is still to come in packs; the feed goes on after them.
    packs: Option<PackProgress>,
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
        held: OfPeer<'_>,
        at_cursors: &[Cursor],
        heads: &[FeedHead],
    ) -> Result<Self, RefusalCode> {
        let mut feeds = BTreeMap::new();
        for head in heads {
            let mut waits = false;
            let cursor = held.cursors.iter().find(|it| it.scope == head.scope);
            let sent = match cursor {
                Some(cursor) if cursor.position > 0 && held.version >= REPAIRING => {
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
            let in_packs = held.version >= Version::TWO && sent == 0 && more;
            feeds.insert(
                head.scope,
                Feed {
                    epoch: head.feed_epoch,
                    packs: in_packs.then(|| packs_from(held.packs, head, at_cursors)),
                    sent,
                    more,
                    waits,
                    grew_meanwhile: false,
                },
            );
        }
        Ok(Self {
            version: held.version,
            holds: held.holds,
            feeds_wait: held.feeds_wait,
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

    /// Names the feeds that the peer was told of.
    pub(super) fn has(&self, scope: ScopeId) -> bool {
        self.feeds.contains_key(&scope)
    }

    /// A feed began while the session runs.
    pub(super) fn began(&mut self, head: &FeedHead) {
        let feed = self.feeds.entry(head.scope).or_insert(Feed {
            epoch: head.feed_epoch,
            packs: None,
            sent: 0,
            more: false,
            waits: false,
            grew_meanwhile: false,
        });
        feed.more |= feed.sent < head.position;
    }

    /// Says whether there is nothing to send, as far as is known, and everything that was sent is taken.
    pub(super) fn is_idle(&self) -> bool {
        let waits = |feed: &Feed| (feed.more || feed.packs.is_some()) && !feed.waits;
        self.reading.is_none() && self.untaken.is_empty() && !self.feeds.values().any(waits)
    }

    /// Asks for the next batch or pack while fewer are on their way than may be.
    pub(super) fn go_on(&mut self) -> Option<HubEffect> {
        if self.reading.is_some() || self.untaken.len() >= MAX_UNTAKEN_BATCHES {
            return None;
        }
        let scope = self.turn()?;
        let feed = self.feeds.get(&scope)?;
        self.reading = Some(scope);
        self.last = Some(scope);
        Some(match feed.packs {
            Some(PackProgress { head, mark }) => HubEffect::ReadPack {
                head,
                after: mark,
                holds: self.holds.clone(),
            },
            None => HubEffect::ReadFeed {
                scope,
                from: feed.sent,
                max_bytes: FEED_READ_BYTES,
                version: self.version,
                holds: self.holds.clone(),
            },
        })
    }

    /// Returns the scope whose turn it is: the first with more after the last one.
    fn turn(&self) -> Option<ScopeId> {
        let packs = self.untaken.iter();
        let packs = packs.filter(|it| matches!(it, Untaken::Pack(_))).count();
        let has_more = |feed: &Feed| match feed.packs {
            Some(_) => packs < MAX_UNTAKEN_PACKS,
            None => feed.more,
        };
        let mut waiting = self
            .feeds
            .iter()
            .filter(|(_, feed)| has_more(feed) && !feed.waits)
            .filter(|(scope, _)| !self.feeds_wait || scope.is_of_guests())
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
        self.untaken.push_back(Untaken::Batch(batch.cursor()));
        Ok(Some(HubEffect::Send(Message::Feed(batch))))
    }

    /// The store answered with the next pack.
    pub(super) fn pack_read(&mut self, pack: ChartPack) -> Result<HubEffect, RefusalCode> {
        let scope = pack.head().scope;
        if self.reading.take() != Some(scope) {
            return Err(RefusalCode::Failed);
        }
        let feed = self.feeds.get_mut(&scope).ok_or(RefusalCode::Failed)?;
        let asked = feed.packs.ok_or(RefusalCode::Failed)?;
        if (asked.head, asked.mark) != (pack.head(), pack.from()) {
            return Err(RefusalCode::Failed);
        }
        if pack.is_last() {
            feed.packs = None;
            feed.sent = asked.head.position;
            // It may have grown since the packs began.
            feed.more = true;
        } else {
            feed.packs = Some(pack.progress());
        }
        self.untaken.push_back(Untaken::Pack(pack.taken()));
        Ok(HubEffect::Send(Message::Pack(pack)))
    }

    /// The peer has a batch or a pack on its disk.
    pub(super) fn taken(&mut self, cursor: Cursor) -> Result<Option<HubEffect>, RefusalCode> {
        match self.untaken.pop_front() {
            // A pack that is not the last brings no cursor.
            Some(Untaken::Pack(taken)) if taken == cursor && cursor.position == 0 => Ok(None),
            Some(Untaken::Batch(taken) | Untaken::Pack(taken)) if taken == cursor => {
                Ok(Some(HubEffect::NoteTaken(cursor)))
            }
            Some(Untaken::Batch(_) | Untaken::Pack(_)) | None => {
                Err(RefusalCode::CursorUnexplained)
            }
        }
    }
}

/// Returns from where the packs of a feed go on: where the peer stands, if that is a place of this feed.
fn packs_from(packs: &[PackProgress], head: &FeedHead, at_cursors: &[Cursor]) -> PackProgress {
    let goes_on = |it: &&PackProgress| {
        let theirs = it.head;
        (theirs.scope, theirs.feed_epoch) == (head.scope, head.feed_epoch)
            && (1..=head.position).contains(&theirs.position)
            && at_cursors.contains(&theirs)
    };
    packs.iter().find(goes_on).copied().unwrap_or(PackProgress {
        head: *head,
        mark: PackMark::START,
    })
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
