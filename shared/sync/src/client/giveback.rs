//! Giving back to a hub that was restored what it lost of others' changes, as far as its own signature proves them.
//!
//! What was written here goes up with the own log. Of the rest the store says how much it can prove; the hub says from
//! where on it lacks that, is shown the order of the feed from there, and then given the changes. Whatever it does not
//! take stays counted as not at the hub.

use std::collections::VecDeque;

use record::ScopeId;
use wire::limits::MAX_WANTED;
use wire::{FeedItem, FeedSeal, ItemMark, Message, Return, ReturnStep};

use super::ClientEffect;
use crate::abort::AbortReason;

/// What a store can prove of changes that the hub does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provable {
    /// The place from after which on the order of the feed is known.
    pub begins: u64,
    /// The hub's signature over the feed up to a later place.
    pub seal: FeedSeal,
    /// The hashes of the changes among them, those first that others depend on.
    pub hashes: Vec<[u8; 32]>,
}

/// What is given back of one scope.
#[derive(Debug)]
pub(super) struct Returning {
    scope: ScopeId,
    step: Step,
    seal: Option<FeedSeal>,
    begins: u64,
    /// The last place whose mark the hub has.
    shown: u64,
    /// What is still to be given.
    left: VecDeque<[u8; 32]>,
    /// What the hub has taken.
    taken: Vec<[u8; 32]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The store was asked what it can prove.
    Reading,
    /// The hub was offered the seal.
    Offering,
    /// The store was asked for marks.
    ReadingMarks,
    /// The hub was shown marks.
    Showing,
    /// The store was asked for this many changes.
    ReadingChanges(usize),
    /// The hub was given changes that answer this many.
    Giving(usize),
}

/// What is next.
#[derive(Debug)]
pub(super) enum Next {
    /// This.
    Do(ClientEffect),
    /// Nothing more: the hub has taken these.
    Over(Vec<[u8; 32]>),
}

impl Returning {
    /// Begins with what only this end holds.
    pub(super) fn begin(scope: ScopeId, only_here: Vec<[u8; 32]>) -> (Self, ClientEffect) {
        let returning = Self {
            scope,
            step: Step::Reading,
            seal: None,
            begins: 0,
            shown: 0,
            left: VecDeque::new(),
            taken: Vec::new(),
        };
        let hashes = only_here;
        (returning, ClientEffect::ReadProvable { scope, hashes })
    }

    /// The store answered what it can prove.
    pub(super) fn provable(&mut self, provable: Option<Provable>) -> Result<Next, AbortReason> {
        self.at(Step::Reading)?;
        let Some(Provable {
            begins,
            seal,
            hashes,
        }) = provable
        else {
            return Ok(self.over());
        };
        if seal.scope != self.scope || hashes.is_empty() || begins >= seal.position {
            return Ok(self.over());
        }
        self.begins = begins;
        self.seal = Some(seal);
        self.left = hashes.into();
        self.step = Step::Offering;
        Ok(self.send(ReturnStep::Offer { begins, seal }))
    }

    /// The store answered with what follows in the feed.
    pub(super) fn marks(&mut self, marks: Vec<ItemMark>) -> Result<Next, AbortReason> {
        self.at(Step::ReadingMarks)?;
        if marks.is_empty() {
            return Err(AbortReason::OutOfStep);
        }
        self.shown = self.shown.saturating_add(marks.len() as u64);
        self.step = Step::Showing;
        Ok(self.send(ReturnStep::Marks(marks)))
    }

    /// The store answered with changes for this many hashes, from the first.
    pub(super) fn changes(
        &mut self,
        answered: usize,
        items: Vec<FeedItem>,
    ) -> Result<Next, AbortReason> {
        let Step::ReadingChanges(asked) = self.step else {
            return Err(AbortReason::OutOfStep);
        };
        if !(1..=asked).contains(&answered) {
            return Err(AbortReason::OutOfStep);
        }
        self.step = Step::Giving(answered);
        Ok(self.send(ReturnStep::Items(items)))
    }

    /// The hub answered.
    pub(super) fn answered(&mut self, step: &ReturnStep) -> Result<Next, AbortReason> {
        let position = match (self.step, step) {
            (Step::Offering | Step::Showing | Step::Giving(_), ReturnStep::No) => {
                return Ok(self.over());
            }
            (Step::Offering | Step::Showing | Step::Giving(_), ReturnStep::After(position)) => {
                *position
            }
            (Step::Offering | Step::Showing | Step::Giving(_), _)
            | (Step::Reading | Step::ReadingMarks | Step::ReadingChanges(_), _) => {
                return Err(self.stray());
            }
        };
        let end = self.seal.map_or(0, |it| it.position);
        match self.step {
            Step::Offering if (self.begins..end).contains(&position) => {
                self.shown = position;
                Ok(self.show(end))
            }
            Step::Showing if position == self.shown && position < end => Ok(self.show(end)),
            Step::Showing if position == self.shown && position == end => Ok(self.give()),
            Step::Giving(answered) if position == end => {
                let given = answered.min(self.left.len());
                self.taken.extend(self.left.drain(..given));
                Ok(self.give())
            }
            Step::Offering
            | Step::Showing
            | Step::Giving(_)
            | Step::Reading
            | Step::ReadingMarks
            | Step::ReadingChanges(_) => Err(self.stray()),
        }
    }

    fn show(&mut self, up_to: u64) -> Next {
        self.step = Step::ReadingMarks;
        Next::Do(ClientEffect::ReadMarks {
            scope: self.scope,
            after: self.shown,
            up_to,
        })
    }

    fn give(&mut self) -> Next {
        let hashes: Vec<[u8; 32]> = self.left.iter().take(MAX_WANTED).copied().collect();
        if hashes.is_empty() {
            return self.over();
        }
        self.step = Step::ReadingChanges(hashes.len());
        let scope = self.scope;
        Next::Do(ClientEffect::ReadChanges { scope, hashes })
    }

    fn over(&mut self) -> Next {
        Next::Over(std::mem::take(&mut self.taken))
    }

    fn send(&self, step: ReturnStep) -> Next {
        let scope = self.scope;
        Next::Do(ClientEffect::Send(Message::Return(Return { scope, step })))
    }

    fn at(&self, step: Step) -> Result<(), AbortReason> {
        if self.step == step {
            Ok(())
        } else {
            Err(AbortReason::OutOfStep)
        }
    }

    fn stray(&self) -> AbortReason {
        let (scope, step) = (self.scope, ReturnStep::No);
        let kind = Message::Return(Return { scope, step }).kind();
        AbortReason::UnexpectedMessage { kind }
    }
}
