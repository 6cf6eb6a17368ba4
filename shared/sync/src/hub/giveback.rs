//! Taking back from clients what a hub that was restored has lost, as far as its own signature proves it.
//!
//! A client offers a seal that this hub signed before it was restored. It shows what stands for each item of the feed
//! from where this hub's own ends; only if those give the chain that was signed are changes among them taken.

use std::collections::BTreeSet;
use std::sync::Arc;

use record::ScopeId;
use wire::limits::MAX_PROVEN;
use wire::{FeedChain, FeedItem, FeedSeal, ItemMark, Message, RefusalCode, Return, ReturnStep};

use super::{Given, HubEffect};

/// What is taken back in a session.
#[derive(Debug, Default)]
pub(super) struct Returning {
    /// The scopes of which something was offered: once each.
    offered: BTreeSet<ScopeId>,
    now: Option<Now>,
    /// What the store was asked.
    asked: Option<Asked>,
}

/// The scope that something is given back of.
#[derive(Debug)]
struct Now {
    begins: u64,
    seal: FeedSeal,
    /// How far the client has shown the feed, and the chain there; none until the store knows where to begin.
    shown: Option<(u64, FeedChain)>,
    marks: BTreeSet<ItemMark>,
    /// What is proven, once it is.
    proven: Option<Arc<BTreeSet<ItemMark>>>,
    /// How many changes were given.
    given: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Judge(ScopeId),
    Take(ScopeId),
}

impl Returning {
    /// The peer says something of a scope that it repairs.
    pub(super) fn received(&mut self, message: Return) -> Result<HubEffect, RefusalCode> {
        let Return { scope, step } = message;
        if self.asked.is_some() {
            return Err(RefusalCode::WindowExceeded);
        }
        match step {
            ReturnStep::Offer { begins, seal } => {
                if seal.scope != scope || !self.offered.insert(scope) {
                    return Err(RefusalCode::RepairUnasked);
                }
                self.now = Some(Now {
                    begins,
                    seal,
                    shown: None,
                    marks: BTreeSet::new(),
                    proven: None,
                    given: 0,
                });
                self.asked = Some(Asked::Judge(scope));
                Ok(HubEffect::JudgeSeal { begins, seal })
            }
            ReturnStep::Marks(marks) => self.shown(scope, &marks),
            ReturnStep::Items(items) => self.given(scope, items),
            ReturnStep::After(_) | ReturnStep::No => Err(RefusalCode::Unexpected),
        }
    }

    /// The store answered from where on the seal says what is lacking here; none if it is worth nothing.
    pub(super) fn judged(
        &mut self,
        scope: ScopeId,
        start: Option<(u64, FeedChain)>,
    ) -> Result<HubEffect, RefusalCode> {
        self.answers(Asked::Judge(scope))?;
        let now = self.now.as_mut().ok_or(RefusalCode::Failed)?;
        let fits = |it: &(u64, FeedChain)| {
            let end = now.seal.position;
            (now.begins..end).contains(&it.0) && end.saturating_sub(it.0) <= MAX_PROVEN
        };
        now.shown = start.filter(fits);
        Ok(match now.shown {
            Some((position, _)) => answer(scope, ReturnStep::After(position)),
            None => self.refuse(scope),
        })
    }

    fn shown(&mut self, scope: ScopeId, marks: &[ItemMark]) -> Result<HubEffect, RefusalCode> {
        let now = of(&mut self.now, scope)?;
        let (position, chain) = now.shown.ok_or(RefusalCode::RepairUnasked)?;
        let position = position.saturating_add(marks.len() as u64);
        if marks.is_empty() || position > now.seal.position || now.proven.is_some() {
            return Err(RefusalCode::RepairTooLong);
        }
        let chain = marks.iter().fold(chain, |chain, it| chain.then(it));
        now.marks.extend(marks);
        now.shown = Some((position, chain));
        if position < now.seal.position {
            return Ok(answer(scope, ReturnStep::After(position)));
        }
        if chain != now.seal.chain {
            return Ok(self.refuse(scope));
        }
        now.proven = Some(Arc::new(std::mem::take(&mut now.marks)));
        Ok(answer(scope, ReturnStep::After(position)))
    }

    fn given(&mut self, scope: ScopeId, items: Vec<FeedItem>) -> Result<HubEffect, RefusalCode> {
        let now = of(&mut self.now, scope)?;
        let proven = now.proven.clone().ok_or(RefusalCode::RepairUnasked)?;
        // One at least each time, so that this ends.
        now.given = now.given.saturating_add(items.len().max(1));
        if now.given > proven.len() {
            return Err(RefusalCode::RepairTooLong);
        }
        self.asked = Some(Asked::Take(scope));
        Ok(HubEffect::TakeBack(Given {
            scope,
            items,
            proven,
        }))
    }

    /// The store has what was given, or would not take it.
    pub(super) fn taken(&mut self, scope: ScopeId, taken: bool) -> Result<HubEffect, RefusalCode> {
        self.answers(Asked::Take(scope))?;
        let end = of(&mut self.now, scope)?.seal.position;
        Ok(if taken {
            answer(scope, ReturnStep::After(end))
        } else {
            self.refuse(scope)
        })
    }

    /// The peer has repaired a scope: nothing more is taken back of it.
    pub(super) fn end(&mut self, scope: ScopeId) {
        if self.now.as_ref().is_some_and(|it| it.seal.scope == scope) && self.asked.is_none() {
            self.now = None;
        }
    }

    fn answers(&mut self, asked: Asked) -> Result<(), RefusalCode> {
        if self.asked.take() == Some(asked) {
            Ok(())
        } else {
            Err(RefusalCode::Failed)
        }
    }

    fn refuse(&mut self, scope: ScopeId) -> HubEffect {
        self.now = None;
        answer(scope, ReturnStep::No)
    }
}

fn of(now: &mut Option<Now>, scope: ScopeId) -> Result<&mut Now, RefusalCode> {
    let now = now.as_mut().filter(|it| it.seal.scope == scope);
    now.ok_or(RefusalCode::RepairUnasked)
}

fn answer(scope: ScopeId, step: ReturnStep) -> HubEffect {
    HubEffect::Send(Message::Return(Return { scope, step }))
}
