//! Taking back what this hub lost when it was put back from an older copy.
//!
//! Anyone could bring anything as what was lost. What is taken is only what this hub has signed: a seal over a feed as
//! it once was, from the place on where that feed goes over into what is here. Each change becomes an entry of the hub's
//! own log, which says whose it is and who brought it, and is then looked into like any other.

use std::collections::{BTreeMap, BTreeSet};

use audit::{Entry, EntryKind, Returned};
use record::{ChartId, DeviceId, ScopeId};
use replica::CheckedChange;
use store::{HubCommit, Materialised, Outcome, StoreError, StoredChange};
use sync::{Given, HubEvent};
use wire::limits::MAX_PROVEN;
use wire::{FeedChain, FeedItem, FeedSeal, ItemMark};

use crate::hub::Hub;
use crate::judge::Reason;
use crate::world::random;

impl Hub {
    /// Finds from which place on a seal says what this hub does not have any more, with the chain there; nowhere if this
    /// hub did not sign it, or its feed never was what the seal stands for.
    pub(crate) fn judge_seal(
        &mut self,
        begins: u64,
        seal: &FeedSeal,
    ) -> Result<HubEvent, StoreError> {
        let (scope, start) = (seal.scope, self.start_of(begins, seal)?);
        Ok(HubEvent::SealJudged { scope, start })
    }

    fn start_of(
        &mut self,
        begins: u64,
        seal: &FeedSeal,
    ) -> Result<Option<(u64, FeedChain)>, StoreError> {
        if seal.verify(&self.keys.history.public()).is_err() {
            tracing::warn!(scope = %seal.scope, "what was offered is not signed by this hub");
            return Ok(None);
        }
        let known = self.store.feed_epoch_end(seal.feed_epoch, seal.scope)?;
        let head = self.store.feed_head(seal.scope)?;
        // Where the epoch ends here is not where it parted: this hub may have given the same places again before it knew
        // that it was put back. So all that the peer can show is compared, unless that is too much.
        let earliest = begins.max(seal.position.saturating_sub(MAX_PROVEN));
        let start = match known {
            Some(end) if earliest > begins && end < seal.position => end,
            Some(_) | None => earliest,
        };
        if begins > start || start > head.position {
            return Ok(None);
        }
        Ok(Some((start, self.feed_chain(seal.scope, start)?)))
    }

    /// Takes changes back, if each of them is proven, or none.
    pub(crate) fn take_back(
        &mut self,
        by: DeviceId,
        given: &Given,
    ) -> Result<HubEvent, StoreError> {
        let Given {
            scope,
            items,
            proven,
        } = given;
        let scope = *scope;
        let (mut changes, mut back) = (Vec::new(), BTreeSet::new());
        for item in items {
            let Some((chart, change)) = lost(item, proven) else {
                tracing::warn!(%scope, device = by.0, "something was given back that is not proven");
                let taken = false;
                return Ok(HubEvent::TakenBack { scope, taken });
            };
            if self.store.has_change(chart, &change.hash)? {
                // It was lost only that the chart is in this scope.
                if self.was_in(chart, scope)? {
                    back.insert((chart, scope));
                }
                continue;
            }
            let returned = Returned {
                position: change.position,
                hlc: change.hlc,
                person: change.person,
                hash: change.hash,
                by,
                scope,
            };
            let payload = returned.to_bytes().map_err(|_never| StoreError::Refused {
                doing: "note what came back",
            })?;
            let entry = Entry {
                chart: Some(chart),
                ..self.entry_of(EntryKind::RETURNED, payload)
            };
            changes.push((entry, change));
        }
        if !changes.is_empty() {
            let (clock, world) = (self.pen.clock(), self.world.as_ref());
            self.store
                .take_back(&changes, &clock, &mut || random(world))?;
        }
        if !back.is_empty() {
            let commit = self.join_again(back);
            self.commit(commit)?;
        }
        let taken = true;
        Ok(HubEvent::TakenBack { scope, taken })
    }

    /// Tells whether a chart is to be in a scope again that this hub says it is not in: unless it is known to have left
    /// it. One that was never in any is in the scopes of its writer's site once it is looked into.
    fn was_in(&self, chart: ChartId, scope: ScopeId) -> Result<bool, StoreError> {
        let scopes = self.store.scopes_of(chart)?;
        let left = self.store.scopes_left(chart)?;
        let is_new = scopes.is_empty() && left.is_empty();
        Ok(!is_new && !scopes.contains(&scope) && !left.contains(&scope))
    }

    /// Returns the charts that join scopes again by what came back, of those entries that were not set aside.
    pub(crate) fn joined_again(
        &mut self,
        again: &BTreeMap<usize, (ChartId, ScopeId)>,
        outcomes: &[Materialised],
    ) -> HubCommit {
        let is_taken = |place: usize| {
            let outcome = outcomes.get(place).map(|it| &it.outcome);
            matches!(outcome, Some(Outcome::Noted | Outcome::Applied { .. }))
        };
        let taken = again.iter().filter(|it| is_taken(*it.0));
        self.join_again(taken.map(|it| *it.1).collect())
    }

    /// Returns what came back by an entry of the hub's own log, and the change.
    pub(crate) fn came_back(
        &self,
        leaf: u64,
        entry: &Entry,
    ) -> Result<Result<(Returned, CheckedChange), Reason>, StoreError> {
        let Ok(returned) = Returned::from_bytes(&entry.payload) else {
            return Ok(Err(Reason::EntryDamaged));
        };
        let Some(bytes) = self.store.returned(leaf)? else {
            return Ok(Err(Reason::EntryDamaged));
        };
        Ok(match replica::check(&bytes) {
            Ok(change) if *change.hash().as_bytes() == returned.hash => Ok((returned, change)),
            Ok(_) => Err(Reason::EntryDamaged),
            Err(refusal) => Err(Reason::Structure(refusal)),
        })
    }

    /// Returns in which scope a chart begins that nothing is known of any more but what came back.
    pub(crate) fn home_of(&self, returned: &Returned) -> ScopeId {
        let device = self.roster.device(returned.position.device);
        let site = device.and_then(|it| self.roster.site(it.site));
        site.map_or(returned.scope, |it| it.home)
    }
}

/// Returns the change of an item and its chart, if the change is whole and proven.
fn lost(item: &FeedItem, proven: &BTreeSet<ItemMark>) -> Option<(ChartId, StoredChange)> {
    let FeedItem::Change {
        position,
        chart,
        hlc,
        person,
        payload,
    } = item
    else {
        return None;
    };
    let hash = *replica::check(payload).ok()?.hash().as_bytes();
    let mark = ItemMark::of_change(*position, *chart, *hlc, *person, &hash);
    let change = StoredChange {
        position: *position,
        hlc: *hlc,
        person: *person,
        hash,
        bytes: payload.clone(),
    };
    proven.contains(&mark).then_some((*chart, change))
}

#[cfg(test)]
mod tests;
