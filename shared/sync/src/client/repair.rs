//! Making scopes whole again whose cursors say nothing to the hub, one scope after another.
//!
//! What both ends hold is compared, what is missing here is fetched, and then the cursor is where the hub's feed ended
//! when the session began. What is missing there is given back as far as it can be proven, and what cannot is noted: what
//! was written here goes up with the own log, and the rest comes back with the logs of those who wrote it. Whatever a repair cannot do, the feed does from its beginning.

use std::collections::{BTreeSet, VecDeque};

use record::ScopeId;
use wire::limits::{MAX_COMPARED, MAX_REPAIR_ROUNDS, MAX_REPAIRED, MAX_WANTED};
use wire::{Cursor, FeedHead, FeedItem, ItemMark, Message, Repair, RepairStep, Return};

use super::giveback::{self, Provable, Returning};
use super::{ClientEffect, Summary};
use crate::abort::AbortReason;
use crate::held::{Asking, Held};

/// How far the repairs have come.
#[derive(Debug, Default)]
pub(super) struct Repairing {
    /// Where the feeds ended that are to be repaired after this one.
    waiting: VecDeque<FeedHead>,
    now: Option<Scope>,
}

/// The scope that is repaired.
#[derive(Debug)]
struct Scope {
    head: FeedHead,
    step: Step,
    rounds: u32,
    /// How many changes are held here.
    held: usize,
    only_here: Vec<[u8; 32]>,
    only_there: VecDeque<[u8; 32]>,
}

#[derive(Debug)]
enum Step {
    /// The store was asked what is held.
    Reading,
    /// The hub was asked what it holds.
    Comparing(Box<Asking>),
    /// The hub is given back what it lost.
    Returning(Box<Returning>),
    /// The hub was asked for this many changes.
    Fetching(usize),
    /// The store was given changes that answer this many.
    Keeping(usize),
    /// The store was given the cursor.
    Ending,
}

/// What a repair asks for next.
#[derive(Debug)]
pub(super) enum Next {
    /// That this be done.
    Do(Vec<ClientEffect>),
    /// That the scope's feed be taken from its beginning: the hub knows, or is to be told.
    Restart(ScopeId, HubKnows),
}

/// Whether the hub knows that a repair was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HubKnows {
    Yes,
    No,
}

impl Repairing {
    pub(super) fn begin(scopes: &[ScopeId], feeds: &[FeedHead]) -> Self {
        let of = |scope: &ScopeId| feeds.iter().find(|it| it.scope == *scope).copied();
        Self {
            waiting: scopes.iter().filter_map(of).collect(),
            now: None,
        }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.waiting.is_empty() && self.now.is_none()
    }

    /// Begins with the next scope.
    pub(super) fn go_on(&mut self) -> Option<ClientEffect> {
        if self.now.is_some() {
            return None;
        }
        let head = self.waiting.pop_front()?;
        self.now = Some(Scope {
            head,
            step: Step::Reading,
            rounds: 0,
            held: 0,
            only_here: Vec::new(),
            only_there: VecDeque::new(),
        });
        Some(ClientEffect::ReadHeld {
            scope: head.scope,
            limit: MAX_COMPARED.saturating_add(1),
        })
    }

    /// The store answered what is held.
    pub(super) fn read(&mut self, scope: ScopeId, held: &[Held]) -> Result<Next, AbortReason> {
        let now = self.of(scope, |step| matches!(step, Step::Reading))?;
        if held.len() > MAX_COMPARED {
            return Ok(self.give_up(scope));
        }
        let (asking, question) = Asking::begin(held).map_err(|_bad| AbortReason::OutOfStep)?;
        now.step = Step::Comparing(Box::new(asking));
        now.rounds = 1;
        now.held = held.len();
        Ok(send(scope, RepairStep::Compare(question)))
    }

    /// The hub answered.
    pub(super) fn received(&mut self, repair: Repair) -> Result<Next, AbortReason> {
        let Repair { scope, step } = repair;
        match step {
            RepairStep::Compare(answer) => self.compared(scope, &answer),
            RepairStep::Items { answered, items } => self.fetched(scope, answered, items),
            RepairStep::GiveUp => {
                self.of(scope, |step| matches!(step, Step::Comparing(_)))?;
                self.now = None;
                Ok(Next::Restart(scope, HubKnows::Yes))
            }
            RepairStep::Want(_) => Err(stray()),
        }
    }

    fn compared(&mut self, scope: ScopeId, answer: &[u8]) -> Result<Next, AbortReason> {
        let now = self.of(scope, |step| matches!(step, Step::Comparing(_)))?;
        let Step::Comparing(asking) = &mut now.step else {
            return Err(stray());
        };
        let found = asking
            .answered(answer)
            .map_err(|_bad| AbortReason::Incomparable { scope })?;
        now.only_here.extend(found.only_here);
        now.only_there.extend(found.only_there);
        if now.only_here.len() > now.held {
            // What is held here was named twice: whoever does so each round fills the memory.
            return Err(AbortReason::Incomparable { scope });
        }
        if now.only_there.len() > MAX_REPAIRED {
            return Ok(self.give_up(scope));
        }
        let Some(question) = found.next else {
            return Ok(Next::Do(now.give_back()));
        };
        now.rounds = now.rounds.saturating_add(1);
        if now.rounds > MAX_REPAIR_ROUNDS {
            return Ok(self.give_up(scope));
        }
        Ok(send(scope, RepairStep::Compare(question)))
    }

    /// The store answered what of it can be proven.
    pub(super) fn provable(
        &mut self,
        scope: ScopeId,
        provable: Option<Provable>,
    ) -> Result<Next, AbortReason> {
        self.returning(scope, |it| it.provable(provable), &mut Summary::default())
    }

    /// The store answered with what stands for items of the feed.
    pub(super) fn marks(
        &mut self,
        scope: ScopeId,
        marks: Vec<ItemMark>,
    ) -> Result<Next, AbortReason> {
        self.returning(scope, |it| it.marks(marks), &mut Summary::default())
    }

    /// The store answered with changes.
    pub(super) fn changes(
        &mut self,
        scope: ScopeId,
        answered: usize,
        items: Vec<FeedItem>,
    ) -> Result<Next, AbortReason> {
        let read = |it: &mut Returning| it.changes(answered, items);
        self.returning(scope, read, &mut Summary::default())
    }

    /// The hub answered to what is given back.
    pub(super) fn returned(
        &mut self,
        answer: &Return,
        summary: &mut Summary,
    ) -> Result<Next, AbortReason> {
        self.returning(answer.scope, |it| it.answered(&answer.step), summary)
    }

    fn returning(
        &mut self,
        scope: ScopeId,
        go_on: impl FnOnce(&mut Returning) -> Result<giveback::Next, AbortReason>,
        summary: &mut Summary,
    ) -> Result<Next, AbortReason> {
        let now = self.of(scope, |step| matches!(step, Step::Returning(_)))?;
        let Step::Returning(returning) = &mut now.step else {
            return Err(stray());
        };
        match go_on(returning)? {
            giveback::Next::Do(effect) => Ok(Next::Do(vec![effect])),
            giveback::Next::Over(taken) => {
                summary.given_back = summary.given_back.saturating_add(taken.len() as u64);
                let taken: BTreeSet<[u8; 32]> = taken.into_iter().collect();
                now.only_here.retain(|it| !taken.contains(it));
                Ok(Next::Do(now.note()))
            }
        }
    }

    fn fetched(
        &mut self,
        scope: ScopeId,
        answered: u32,
        items: Vec<FeedItem>,
    ) -> Result<Next, AbortReason> {
        let now = self.of(scope, |step| matches!(step, Step::Fetching(_)))?;
        let answered = usize::try_from(answered).unwrap_or(usize::MAX);
        let asked = match now.step {
            Step::Fetching(asked) => asked,
            Step::Reading
            | Step::Comparing(_)
            | Step::Returning(_)
            | Step::Keeping(_)
            | Step::Ending => 0,
        };
        let fits = (1..=asked).contains(&answered) && items.len() <= answered;
        if !fits {
            return Err(AbortReason::Incomparable { scope });
        }
        now.step = Step::Keeping(answered);
        Ok(Next::Do(vec![ClientEffect::Keep { scope, items }]))
    }

    /// The store has what came.
    pub(super) fn kept(&mut self, scope: ScopeId) -> Result<Next, AbortReason> {
        let now = self
            .of(scope, |step| matches!(step, Step::Keeping(_)))
            .map_err(|_stray| AbortReason::OutOfStep)?;
        if let Step::Keeping(answered) = now.step {
            now.only_there.drain(..answered.min(now.only_there.len()));
        }
        Ok(Next::Do(vec![now.fetch()]))
    }

    /// The store has the cursor. Tells whether that is what a repair waited for.
    pub(super) fn ended(&mut self, cursor: Cursor) -> bool {
        let ends = self
            .now
            .as_ref()
            .is_some_and(|it| it.head == cursor && matches!(it.step, Step::Ending));
        if ends {
            self.now = None;
        }
        ends
    }

    fn give_up(&mut self, scope: ScopeId) -> Next {
        self.now = None;
        Next::Restart(scope, HubKnows::No)
    }

    /// Returns the scope that is repaired, if it is this one and at this step.
    fn of(
        &mut self,
        scope: ScopeId,
        at: impl FnOnce(&Step) -> bool,
    ) -> Result<&mut Scope, AbortReason> {
        match &mut self.now {
            Some(now) if now.head.scope == scope && at(&now.step) => Ok(now),
            Some(_) | None => Err(stray()),
        }
    }
}

impl Scope {
    /// Gives back what the hub does not have, if there is anything.
    fn give_back(&mut self) -> Vec<ClientEffect> {
        if self.only_here.is_empty() {
            return self.note();
        }
        let (returning, effect) = Returning::begin(self.head.scope, self.only_here.clone());
        self.step = Step::Returning(Box::new(returning));
        vec![effect]
    }

    /// Notes what the hub does not have, and goes on with what is missing here.
    fn note(&mut self) -> Vec<ClientEffect> {
        let noted = ClientEffect::NoteNotAtHub {
            scope: self.head.scope,
            hashes: std::mem::take(&mut self.only_here),
        };
        vec![noted, self.fetch()]
    }

    /// Asks for what is missing, or ends.
    fn fetch(&mut self) -> ClientEffect {
        if self.only_there.is_empty() {
            self.step = Step::Ending;
            return ClientEffect::MoveCursor(self.head);
        }
        let wanted: Vec<[u8; 32]> = self.only_there.iter().take(MAX_WANTED).copied().collect();
        self.step = Step::Fetching(wanted.len());
        ClientEffect::Send(Message::Repair(Repair {
            scope: self.head.scope,
            step: RepairStep::Want(wanted),
        }))
    }
}

fn send(scope: ScopeId, step: RepairStep) -> Next {
    Next::Do(vec![ClientEffect::Send(Message::Repair(Repair {
        scope,
        step,
    }))])
}

fn stray() -> AbortReason {
    let step = RepairStep::GiveUp;
    let scope = ScopeId(0);
    AbortReason::UnexpectedMessage {
        kind: Message::Repair(Repair { scope, step }).kind(),
    }
}
