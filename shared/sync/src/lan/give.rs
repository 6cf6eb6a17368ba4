//! What this end gives, one thing at a time: first the logs, in which the newest words are, then the feeds.

use std::collections::VecDeque;

use audit::LogPosition;
use record::DeviceId;
use wire::limits::MAX_MARKS;
use wire::{
    Declined, Done, FeedItem, FeedSeal, Hello, ItemMark, Message, RefusalCode, Return, ReturnStep,
    Segment,
};

use super::{LanEffect, LanStanding, LanSummary};

/// What is to be given.
#[derive(Debug, Clone, Copy)]
enum Job {
    /// A log, after a place up to another.
    Log {
        device: DeviceId,
        epoch: u32,
        after: u64,
        up_to: u64,
    },
    /// A feed, after a place up to the hub's signature.
    Feed { after: u64, seal: FeedSeal },
}

/// Who is waited for.
#[derive(Debug)]
enum Waits {
    Nobody,
    /// The store, for what is next of a log.
    LogRead {
        device: DeviceId,
        epoch: u32,
        up_to: u64,
    },
    /// The peer, for having stored a segment.
    Stored {
        end: LogPosition,
        count: u64,
        up_to: u64,
    },
    /// The store, for what stands for a feed's places.
    OfferRead {
        after: u64,
        seal: FeedSeal,
    },
    /// The peer, for a step of a feed.
    Step {
        seal: FeedSeal,
        /// The place that the feed is given after.
        after: u64,
        /// The place that the peer names if it goes on.
        expected: u64,
        stage: Stage,
    },
    /// The store, for items of a feed.
    ItemsRead {
        seal: FeedSeal,
        after: u64,
    },
    /// DONE was said.
    Done,
}

/// What of a feed the peer is shown.
#[derive(Debug)]
enum Stage {
    /// That the hub signed it; these marks are left.
    Proof(VecDeque<ItemMark>),
    /// Its items.
    Items,
}

#[derive(Debug)]
pub(super) struct Giving {
    jobs: VecDeque<Job>,
    waits: Waits,
}

impl Giving {
    /// Compares what is held here with what the peer says that it holds.
    pub(super) fn begin(standing: &LanStanding, peer: &Hello) -> Self {
        let logs = standing.offers.iter().filter_map(|offer| {
            let (device, epoch) = (offer.head.device, offer.head.epoch);
            let of_log = peer
                .logs
                .iter()
                .filter(|it| (it.device, it.epoch) == (device, epoch));
            let has = of_log.map(|it| it.seq).max().unwrap_or(0);
            let after = has.max(offer.begins);
            (device != peer.device && after < offer.head.seq).then_some(Job::Log {
                device,
                epoch,
                after,
                up_to: offer.head.seq,
            })
        });
        let feeds = standing.feeds.iter().filter_map(|(begins, seal)| {
            let cursor = peer.cursors.iter().find(|it| it.scope == seal.scope);
            let after = match cursor {
                Some(cursor) if cursor.position > 0 && cursor.feed_epoch != seal.feed_epoch => {
                    return None;
                }
                Some(cursor) => cursor.position,
                None => 0,
            };
            (*begins <= after && after < seal.position).then_some(Job::Feed { after, seal: *seal })
        });
        Self {
            jobs: logs.chain(feeds).collect(),
            waits: Waits::Nobody,
        }
    }

    /// Tells whether all was given that there was, and that was said.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.waits, Waits::Done)
    }

    /// Begins what is next, unless something is under way.
    pub(super) fn go_on(&mut self) -> Option<LanEffect> {
        if !matches!(self.waits, Waits::Nobody) {
            return None;
        }
        let (waits, effect) = match self.jobs.pop_front() {
            Some(Job::Log {
                device,
                epoch,
                after,
                up_to,
            }) => (
                Waits::LogRead {
                    device,
                    epoch,
                    up_to,
                },
                LanEffect::ReadLog {
                    device,
                    epoch,
                    after,
                    up_to,
                },
            ),
            Some(Job::Feed { after, seal }) => (
                Waits::OfferRead { after, seal },
                LanEffect::ReadOffer { after, seal },
            ),
            None => (Waits::Done, LanEffect::Send(Message::Done(Done::default()))),
        };
        self.waits = waits;
        Some(effect)
    }

    /// The store read what follows in a log.
    pub(super) fn log_read(
        &mut self,
        segment: Option<Segment>,
    ) -> Result<Option<LanEffect>, RefusalCode> {
        let Waits::LogRead {
            device,
            epoch,
            up_to,
        } = self.waits
        else {
            return Err(RefusalCode::Failed);
        };
        let Some(segment) = segment else {
            self.waits = Waits::Nobody;
            return Ok(None);
        };
        let end = segment.end();
        if (end.device, end.epoch) != (device, epoch) {
            return Err(RefusalCode::Failed);
        }
        self.waits = Waits::Stored {
            end,
            count: u64::from(segment.count()),
            up_to,
        };
        Ok(Some(LanEffect::Send(Message::Push(segment))))
    }

    /// The peer has a segment on its disk.
    pub(super) fn stored(
        &mut self,
        place: LogPosition,
        summary: &mut LanSummary,
    ) -> Result<(), RefusalCode> {
        let Waits::Stored { end, count, up_to } = self.waits else {
            return Err(RefusalCode::Unexpected);
        };
        if place != end {
            return Err(RefusalCode::Malformed);
        }
        summary.entries_given = summary.entries_given.saturating_add(count);
        if end.seq < up_to {
            self.jobs.push_front(Job::Log {
                device: end.device,
                epoch: end.epoch,
                after: end.seq,
                up_to,
            });
        }
        self.waits = Waits::Nobody;
        Ok(())
    }

    /// The peer does not take a segment: the rest of that log would not follow on what it has.
    pub(super) fn declined(
        &mut self,
        declined: &Declined,
        summary: &mut LanSummary,
    ) -> Result<(), RefusalCode> {
        match self.waits {
            Waits::Stored { end, .. } if end == declined.place => {
                summary.declined = summary.declined.saturating_add(1);
                self.waits = Waits::Nobody;
                Ok(())
            }
            Waits::Nobody
            | Waits::LogRead { .. }
            | Waits::Stored { .. }
            | Waits::OfferRead { .. }
            | Waits::Step { .. }
            | Waits::ItemsRead { .. }
            | Waits::Done => Err(RefusalCode::Unexpected),
        }
    }

    /// The store read what stands for the places of a feed.
    pub(super) fn offer_read(
        &mut self,
        marks: Option<Vec<ItemMark>>,
    ) -> Result<Option<LanEffect>, RefusalCode> {
        let Waits::OfferRead { after, seal } = self.waits else {
            return Err(RefusalCode::Failed);
        };
        let Some(marks) = marks else {
            self.waits = Waits::Nobody;
            return Ok(None);
        };
        if marks.len() as u64 != seal.position.saturating_sub(after) {
            return Err(RefusalCode::Failed);
        }
        self.waits = Waits::Step {
            seal,
            after,
            expected: after,
            stage: Stage::Proof(marks.into()),
        };
        let begins = after;
        Ok(Some(step(&seal, ReturnStep::Offer { begins, seal })))
    }

    /// Tells whether a step is said by who takes.
    pub(super) const fn is_answer(step: &Return) -> bool {
        match step.step {
            ReturnStep::After(_) | ReturnStep::No => true,
            ReturnStep::Offer { .. } | ReturnStep::Marks(_) | ReturnStep::Items(_) => false,
        }
    }

    /// The peer answers a step of a feed.
    pub(super) fn answered(
        &mut self,
        answer: &Return,
        summary: &mut LanSummary,
    ) -> Result<Option<LanEffect>, RefusalCode> {
        let Waits::Step {
            seal,
            after,
            expected,
            stage,
        } = &mut self.waits
        else {
            return Err(RefusalCode::Unexpected);
        };
        let (seal, scope) = (*seal, seal.scope);
        if answer.scope != scope {
            return Err(RefusalCode::Malformed);
        }
        match &answer.step {
            ReturnStep::After(place) if place == expected => {}
            ReturnStep::No => {
                summary.declined = summary.declined.saturating_add(1);
                self.waits = Waits::Nobody;
                return Ok(None);
            }
            ReturnStep::After(_)
            | ReturnStep::Offer { .. }
            | ReturnStep::Marks(_)
            | ReturnStep::Items(_) => return Err(RefusalCode::Malformed),
        }
        let after = match stage {
            Stage::Proof(marks) if !marks.is_empty() => {
                let shown: Vec<ItemMark> = marks.drain(..marks.len().min(MAX_MARKS)).collect();
                *expected = expected.saturating_add(shown.len() as u64);
                return Ok(Some(step(&seal, ReturnStep::Marks(shown))));
            }
            Stage::Proof(_shown) => *after,
            Stage::Items => {
                let taken = expected.saturating_sub(*after);
                summary.places_given = summary.places_given.saturating_add(taken);
                *expected
            }
        };
        if after >= seal.position {
            self.waits = Waits::Nobody;
            return Ok(None);
        }
        self.waits = Waits::ItemsRead { seal, after };
        let up_to = seal.position;
        Ok(Some(LanEffect::ReadItems {
            scope,
            after,
            up_to,
        }))
    }

    /// The store read what follows in a feed.
    pub(super) fn items_read(
        &mut self,
        items: Vec<FeedItem>,
    ) -> Result<Option<LanEffect>, RefusalCode> {
        let Waits::ItemsRead { seal, after } = self.waits else {
            return Err(RefusalCode::Failed);
        };
        if items.is_empty() {
            // Its chart has left: what follows cannot be given from here.
            self.waits = Waits::Nobody;
            return Ok(None);
        }
        self.waits = Waits::Step {
            seal,
            after,
            expected: after.saturating_add(items.len() as u64),
            stage: Stage::Items,
        };
        Ok(Some(step(&seal, ReturnStep::Items(items))))
    }
}

fn step(seal: &FeedSeal, step: ReturnStep) -> LanEffect {
    let scope = seal.scope;
    LanEffect::Send(Message::Return(Return { scope, step }))
}
