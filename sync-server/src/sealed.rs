//! Signing feeds: whoever holds a run of one can then prove to others that this hub once handed it out.
//!
//! The chain over a feed is computed when it is needed, from the last place where it was. It is the same whoever
//! computes it, so a hub that was restored has that of its older copy again.

use std::collections::BTreeMap;

use record::{ChartId, ScopeId};
use store::{FeedFact, StoreError};
use wire::limits::MAX_TAIL_PLACES;
use wire::{
    BatchSeal, ChartPack, FeedBatch, FeedChain, FeedItem, FeedSeal, ItemMark, PackTail, TailPlace,
};

use crate::hub::Hub;

/// How many places of a feed are read at once; the chain is kept at each multiple of it.
const STEP: u64 = 1_024;

impl Hub {
    /// Adds the hub's word to a batch that ends where its feed ends now. One that says nothing but what its reader
    /// wrote goes without: the next one speaks for it.
    pub(crate) fn seal(&mut self, batch: FeedBatch) -> Result<FeedBatch, StoreError> {
        let (scope, to) = (batch.scope(), batch.to());
        let is_own = |it: &FeedItem| matches!(it, FeedItem::Own { .. });
        if self.store.feed_head(scope)?.position != to || batch.items().iter().all(is_own) {
            return Ok(batch);
        }
        let before = self.feed_chain(scope, batch.from())?;
        let chain = self.feed_chain(scope, to)?;
        let seal = FeedSeal::sign(scope, batch.feed_epoch(), to, chain, &self.keys.history);
        Ok(batch.sealed(BatchSeal {
            before,
            signature: seal.signature,
        }))
    }

    /// Adds the newest places of the feed to the last pack, so that its reader can prove what it was brought.
    pub(crate) fn with_tail(&mut self, pack: ChartPack) -> Result<ChartPack, StoreError> {
        let doing = "telling the newest places of a feed";
        let head = pack.head();
        if !pack.is_last() {
            return Ok(pack);
        }
        let begins = head.position.saturating_sub(MAX_TAIL_PLACES as u64);
        let count = usize::try_from(head.position.saturating_sub(begins)).unwrap_or(0);
        let facts = self.store.feed_facts(head.scope, begins, count)?;
        let mut is_in = BTreeMap::<ChartId, bool>::new();
        let mut places = Vec::with_capacity(facts.len());
        for fact in &facts {
            places.push(match fact {
                FeedFact::Change {
                    position, chart, ..
                } if self.is_in(*chart, head.scope, &mut is_in)? => TailPlace::Held(*position),
                FeedFact::Change { .. } | FeedFact::Leave(_) => TailPlace::Mark(mark(fact)),
            });
        }
        let before = self.feed_chain(head.scope, begins)?;
        let chain = self.feed_chain(head.scope, head.position)?;
        let key = &self.keys.history;
        let seal = FeedSeal::sign(head.scope, head.feed_epoch, head.position, chain, key);
        let seal = BatchSeal {
            before,
            signature: seal.signature,
        };
        let tail = PackTail::new(&places, seal).map_err(|_bad| StoreError::Damaged { doing })?;
        Ok(pack.with_tail(tail))
    }

    /// Tells whether a chart is in a scope, and remembers it.
    fn is_in(
        &self,
        chart: ChartId,
        scope: ScopeId,
        known: &mut BTreeMap<ChartId, bool>,
    ) -> Result<bool, StoreError> {
        if let Some(is_in) = known.get(&chart) {
            return Ok(*is_in);
        }
        let is_in = self.store.scopes_of(chart)?.contains(&scope);
        known.insert(chart, is_in);
        Ok(is_in)
    }

    /// Returns the chain over a feed at a place that it reaches.
    pub(crate) fn feed_chain(
        &mut self,
        scope: ScopeId,
        position: u64,
    ) -> Result<FeedChain, StoreError> {
        let newest = self.chains.get(&scope).copied();
        let (mut at, mut chain) = match newest.filter(|it| it.0 <= position) {
            Some(newest) => newest,
            None => match self.store.feed_link(scope, position)? {
                Some((at, chain)) => (at, FeedChain(chain)),
                None => (0, FeedChain::start(scope)),
            },
        };
        while at < position {
            // Up to the next multiple, where it is kept.
            let limit = position.min(at - at % STEP + STEP) - at;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let facts = self.store.feed_facts(scope, at, limit)?;
            if facts.len() != limit {
                return Err(StoreError::Damaged {
                    doing: "reading what a feed holds",
                });
            }
            chain = facts.iter().fold(chain, |chain, it| chain.then(&mark(it)));
            at += facts.len() as u64;
            if at.is_multiple_of(STEP) {
                self.store.put_feed_link(scope, at, &chain.0)?;
            }
        }
        if newest.is_none_or(|it| it.0 < at) {
            self.chains.insert(scope, (at, chain));
        }
        Ok(chain)
    }
}

/// Returns what stands for a place of a feed.
fn mark(fact: &FeedFact) -> ItemMark {
    match fact {
        FeedFact::Leave(chart) => ItemMark::of_leave(*chart),
        FeedFact::Change {
            position,
            chart,
            hlc,
            person,
            hash,
        } => ItemMark::of_change(*position, *chart, *hlc, *person, hash),
    }
}

#[cfg(test)]
mod tests;
