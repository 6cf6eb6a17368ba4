//! Answering clients that make scopes whole again: one question at a time.

use std::collections::BTreeMap;

use record::ScopeId;
use wire::limits::{FEED_READ_BYTES, MAX_COMPARED, MAX_REPAIR_ROUNDS, MAX_REPAIRED};
use wire::{Cursor, FeedHead, FeedItem, Message, RefusalCode, Repair, RepairStep};

use super::HubEffect;
use crate::held::{Answering, Held};

/// The scopes that the peer has to repair.
#[derive(Debug, Default)]
pub(super) struct Repairing {
    scopes: BTreeMap<ScopeId, Scope>,
    /// What is held of the scope that was asked about last.
    held: Option<(ScopeId, Answering)>,
    /// What the store was asked.
    asked: Option<Asked>,
}

/// One scope that is to be repaired.
#[derive(Debug)]
struct Scope {
    /// Where its feed ended when the session began.
    head: FeedHead,
    rounds: u32,
    /// How often changes were asked for. Each answer brings one at least.
    wanted: usize,
}

#[derive(Debug)]
enum Asked {
    /// What is held, to answer this.
    Held(ScopeId, Vec<u8>),
    /// This many changes.
    Wanted(ScopeId, usize),
}

/// What is to be done about a step.
#[derive(Debug)]
pub(super) enum Next {
    /// This.
    Do(HubEffect),
    /// Let the feed begin after this position.
    Feed(ScopeId, u64),
    /// Tell the peer that there is too much to compare, and let the feed begin at its beginning.
    GiveUp(ScopeId),
}

impl Repairing {
    pub(super) fn begin(heads: impl Iterator<Item = FeedHead>) -> Self {
        let scope = |head: FeedHead| {
            let (rounds, wanted) = (0, 0);
            let scope = Scope {
                head,
                rounds,
                wanted,
            };
            (head.scope, scope)
        };
        Self {
            scopes: heads.map(scope).collect(),
            ..Self::default()
        }
    }

    /// Tells whether the peer is repairing a scope.
    pub(super) fn has(&self, scope: ScopeId) -> bool {
        self.scopes.contains_key(&scope)
    }

    /// The peer asks.
    pub(super) fn received(&mut self, repair: Repair) -> Result<Next, RefusalCode> {
        let Repair { scope, step } = repair;
        if self.asked.is_some() {
            return Err(RefusalCode::WindowExceeded);
        }
        let state = self
            .scopes
            .get_mut(&scope)
            .ok_or(RefusalCode::RepairUnasked)?;
        match step {
            RepairStep::Compare(question) => {
                state.rounds = state.rounds.saturating_add(1);
                if state.rounds > MAX_REPAIR_ROUNDS {
                    return Err(RefusalCode::RepairTooLong);
                }
                if let Some((held, answering)) = &self.held
                    && *held == scope
                {
                    return answer(scope, answering, &question);
                }
                self.held = None;
                self.asked = Some(Asked::Held(scope, question));
                Ok(Next::Do(HubEffect::ReadHeld {
                    scope,
                    limit: MAX_COMPARED.saturating_add(1),
                }))
            }
            RepairStep::Want(hashes) => {
                state.wanted = state.wanted.saturating_add(1);
                if hashes.is_empty() || state.wanted > MAX_REPAIRED {
                    return Err(RefusalCode::RepairTooLong);
                }
                self.asked = Some(Asked::Wanted(scope, hashes.len()));
                Ok(Next::Do(HubEffect::ReadWanted {
                    scope,
                    hashes,
                    max_bytes: FEED_READ_BYTES,
                }))
            }
            RepairStep::GiveUp => {
                self.end(scope);
                Ok(Next::Feed(scope, 0))
            }
            RepairStep::Items { .. } => Err(RefusalCode::Unexpected),
        }
    }

    /// The store answered what is held.
    pub(super) fn held(&mut self, scope: ScopeId, held: &[Held]) -> Result<Next, RefusalCode> {
        let Some(Asked::Held(asked, question)) = self.asked.take() else {
            return Err(RefusalCode::Failed);
        };
        if asked != scope {
            return Err(RefusalCode::Failed);
        }
        if held.len() > MAX_COMPARED {
            self.end(scope);
            return Ok(Next::GiveUp(scope));
        }
        let answering = Answering::new(held).map_err(|_bad| RefusalCode::Failed)?;
        let next = answer(scope, &answering, &question);
        self.held = Some((scope, answering));
        next
    }

    /// The store answered with what was wanted.
    pub(super) fn wanted(
        &mut self,
        scope: ScopeId,
        answered: usize,
        items: Vec<FeedItem>,
    ) -> Result<Next, RefusalCode> {
        let Some(Asked::Wanted(asked, count)) = self.asked.take() else {
            return Err(RefusalCode::Failed);
        };
        if asked != scope || !(1..=count).contains(&answered) {
            return Err(RefusalCode::Failed);
        }
        let answered = u32::try_from(answered).map_err(|_many| RefusalCode::Failed)?;
        let step = RepairStep::Items { answered, items };
        Ok(Next::Do(HubEffect::Send(Message::Repair(Repair {
            scope,
            step,
        }))))
    }

    /// The peer says how far it has come. Tells whether that ends a repair.
    pub(super) fn taken(&mut self, cursor: Cursor) -> bool {
        let ends = self
            .scopes
            .get(&cursor.scope)
            .is_some_and(|it| it.head == cursor);
        if ends {
            self.end(cursor.scope);
        }
        ends
    }

    fn end(&mut self, scope: ScopeId) {
        self.scopes.remove(&scope);
        self.held = None;
    }
}

fn answer(scope: ScopeId, answering: &Answering, question: &[u8]) -> Result<Next, RefusalCode> {
    let answer = answering
        .answer(question)
        .map_err(|_bad| RefusalCode::Malformed)?;
    let step = RepairStep::Compare(answer);
    Ok(Next::Do(HubEffect::Send(Message::Repair(Repair {
        scope,
        step,
    }))))
}
