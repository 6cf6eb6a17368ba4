//! Signing feeds: whoever holds a run of one can then prove to others that this hub once handed it out.
//!
//! The chain over a feed is computed when it is needed, from the last place where it was. It is the same whoever
//! computes it, so a hub that was restored has that of its older copy again.

use record::ScopeId;
use store::{FeedFact, StoreError};
use wire::{BatchSeal, FeedBatch, FeedChain, FeedItem, FeedSeal, ItemMark};

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
