//! What this end takes: judged, committed and answered one after another.

use std::cmp::Ordering;
use std::collections::VecDeque;

use audit::{LogHead, LogPosition};
use wire::limits::{MAX_PROVEN, MAX_UNSTORED_SEGMENTS};
use wire::{
    Declined, FeedChain, FeedItem, FeedSeal, ItemMark, Message, RefusalCode, Return, ReturnStep,
    Segment, Stored,
};

use super::{FeedGiven, LanEffect, LanSummary};

#[derive(Debug, Default)]
pub(super) struct Taking {
    /// The segment that the store was given: where it ends, and how many entries it has.
    storing: Option<(LogPosition, u64)>,
    /// Those that wait for it.
    waiting: VecDeque<Segment>,
    feed: Feed,
}

/// A feed that the peer gives.
#[derive(Debug, Default)]
enum Feed {
    #[default]
    None,
    /// The store looks whether it can be taken.
    Judging { begins: u64, seal: FeedSeal },
    /// The peer shows what the hub signed.
    Proof(Proof),
    /// It is proven, and the items come.
    Proven(Proven),
    /// The store was given this many items.
    Storing(Proven, usize),
}

/// What the peer has shown of a feed.
#[derive(Debug)]
struct Proof {
    /// The place before the first mark.
    begins: u64,
    /// The chain there.
    before: FeedChain,
    /// The chain after the last mark.
    chain: FeedChain,
    marks: Vec<ItemMark>,
    seal: FeedSeal,
}

/// What of a feed is proven and was not taken yet.
#[derive(Debug)]
struct Proven {
    /// The place before the first.
    at: u64,
    /// The chain there.
    before: FeedChain,
    marks: VecDeque<ItemMark>,
    seal: FeedSeal,
}

impl Taking {
    /// Tells whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        let storing = matches!(self.feed, Feed::Judging { .. } | Feed::Storing(..));
        self.storing.is_none() && self.waiting.is_empty() && !storing
    }

    /// A segment came.
    pub(super) fn segment(&mut self, segment: Segment) -> Result<(), RefusalCode> {
        let under_way = self
            .waiting
            .len()
            .saturating_add(usize::from(self.storing.is_some()));
        if under_way >= MAX_UNSTORED_SEGMENTS {
            return Err(RefusalCode::WindowExceeded);
        }
        self.waiting.push_back(segment);
        Ok(())
    }

    /// Gives the store what is next.
    pub(super) fn go_on(&mut self) -> Option<LanEffect> {
        if self.storing.is_some() {
            return None;
        }
        let segment = self.waiting.pop_front()?;
        self.storing = Some((segment.end(), u64::from(segment.count())));
        Some(LanEffect::TakeSegment(segment))
    }

    /// The store took a segment, or did not.
    pub(super) fn segment_taken(
        &mut self,
        taken: Result<LogHead, RefusalCode>,
        summary: &mut LanSummary,
    ) -> Result<LanEffect, RefusalCode> {
        let (place, count) = self.storing.take().ok_or(RefusalCode::Failed)?;
        let message = match taken {
            Ok(head) if head.position() == place => {
                summary.entries_taken = summary.entries_taken.saturating_add(count);
                Message::Stored(Stored { place, chain: None })
            }
            Ok(_elsewhere) => return Err(RefusalCode::Failed),
            Err(code) => {
                summary.declined = summary.declined.saturating_add(1);
                Message::Declined(Declined { place, code })
            }
        };
        Ok(LanEffect::Send(message))
    }

    /// The peer says something of a feed that it gives.
    pub(super) fn given(&mut self, step: Return) -> Result<Option<LanEffect>, RefusalCode> {
        let scope = step.scope;
        match (std::mem::take(&mut self.feed), step.step) {
            // Who gives may stop with a feed at any place, and go on with another.
            (Feed::None | Feed::Proof(_) | Feed::Proven(_), ReturnStep::Offer { begins, seal }) => {
                if seal.scope != scope {
                    return Err(RefusalCode::Malformed);
                }
                self.offered(begins, seal).map(Some)
            }
            (Feed::Proof(mut proof), ReturnStep::Marks(more)) if proof.seal.scope == scope => {
                let chain = more
                    .iter()
                    .fold(proof.chain, |chain, mark| chain.then(mark));
                if more.is_empty() {
                    return Err(RefusalCode::Malformed);
                }
                proof.chain = chain;
                proof.marks.extend(more);
                self.shown(proof).map(Some)
            }
            (Feed::Proven(proven), ReturnStep::Items(items)) if proven.seal.scope == scope => {
                let count = items.len();
                if count == 0 || count > proven.marks.len() {
                    return Err(RefusalCode::Malformed);
                }
                let given = proven.give(items);
                self.feed = Feed::Storing(proven, count);
                Ok(Some(LanEffect::TakeGiven(given)))
            }
            (
                Feed::None
                | Feed::Judging { .. }
                | Feed::Proof(_)
                | Feed::Proven(_)
                | Feed::Storing(..),
                ReturnStep::Offer { .. }
                | ReturnStep::Marks(_)
                | ReturnStep::Items(_)
                | ReturnStep::After(_)
                | ReturnStep::No,
            ) => Err(RefusalCode::Unexpected),
        }
    }

    /// The peer offers a feed.
    fn offered(&mut self, begins: u64, seal: FeedSeal) -> Result<LanEffect, RefusalCode> {
        match seal.position.checked_sub(begins) {
            None | Some(0) => Err(RefusalCode::Malformed),
            Some(places) if places > MAX_PROVEN => Err(RefusalCode::TooLarge),
            Some(_) => {
                self.feed = Feed::Judging { begins, seal };
                Ok(LanEffect::JudgeOffer { begins, seal })
            }
        }
    }

    /// The peer has shown what stands for a feed, up to a place or whole.
    fn shown(&mut self, proof: Proof) -> Result<LanEffect, RefusalCode> {
        let Proof {
            begins,
            before,
            chain,
            marks,
            seal,
        } = proof;
        let at = begins.saturating_add(marks.len() as u64);
        self.feed = match at.cmp(&seal.position) {
            Ordering::Greater => return Err(RefusalCode::Malformed),
            Ordering::Less => Feed::Proof(Proof {
                begins,
                before,
                chain,
                marks,
                seal,
            }),
            Ordering::Equal if chain == seal.chain => Feed::Proven(Proven {
                at: begins,
                before,
                marks: marks.into(),
                seal,
            }),
            // The hub signed something else.
            Ordering::Equal => return Ok(answer(&seal, ReturnStep::No)),
        };
        Ok(answer(&seal, ReturnStep::After(at)))
    }

    /// The store says from which chain an offer goes on, or that it cannot be taken.
    pub(super) fn judged(&mut self, before: Option<FeedChain>) -> Result<LanEffect, RefusalCode> {
        let Feed::Judging { begins, seal } = std::mem::take(&mut self.feed) else {
            return Err(RefusalCode::Failed);
        };
        let Some(before) = before else {
            return Ok(answer(&seal, ReturnStep::No));
        };
        self.feed = Feed::Proof(Proof {
            begins,
            before,
            chain: before,
            marks: Vec::new(),
            seal,
        });
        Ok(answer(&seal, ReturnStep::After(begins)))
    }

    /// The store took items, or did not.
    pub(super) fn given_taken(
        &mut self,
        position: Option<u64>,
        summary: &mut LanSummary,
    ) -> Result<LanEffect, RefusalCode> {
        let Feed::Storing(mut proven, count) = std::mem::take(&mut self.feed) else {
            return Err(RefusalCode::Failed);
        };
        let seal = proven.seal;
        let Some(position) = position else {
            return Ok(answer(&seal, ReturnStep::No));
        };
        let taken = proven.marks.drain(..count);
        proven.before = taken.fold(proven.before, |chain, mark| chain.then(&mark));
        proven.at = proven.at.saturating_add(count as u64);
        if proven.at != position {
            return Err(RefusalCode::Failed);
        }
        summary.places_taken = summary.places_taken.saturating_add(count as u64);
        if !proven.marks.is_empty() {
            self.feed = Feed::Proven(proven);
        }
        Ok(answer(&seal, ReturnStep::After(position)))
    }
}

impl Proven {
    fn give(&self, items: Vec<FeedItem>) -> FeedGiven {
        FeedGiven {
            seal: self.seal,
            from: self.at,
            before: self.before,
            marks: self.marks.iter().take(items.len()).copied().collect(),
            items,
        }
    }
}

fn answer(seal: &FeedSeal, step: ReturnStep) -> LanEffect {
    let scope = seal.scope;
    LanEffect::Send(Message::Return(Return { scope, step }))
}
