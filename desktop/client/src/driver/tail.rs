//! Following what the hub signs of each feed, so that what was taken of it can be proven to others.
//!
//! Nothing that is taken depends on it: a feed whose order cannot be followed is taken as ever, and is followed again
//! from the next batch on that the hub has signed.

use store::{FeedTail, TailSeal, TailStep};
use wire::{BatchSeal, FeedBatch, FeedChain, FeedSeal, ItemMark};

use super::ReplicaDriver;
use super::arrived::Fact;
use crate::views::CommandError;

impl ReplicaDriver {
    /// Says what a batch adds to what is known of its feed's order; none if that cannot be told, or be believed.
    pub(super) fn follow(
        &self,
        batch: &FeedBatch,
        facts: &[Fact],
    ) -> Result<Option<TailStep>, CommandError> {
        let Some(marks) = self.marks(facts)? else {
            return Ok(None);
        };
        let tail = self.store.feed_tail(batch.scope())?;
        let known = tail.filter(|it| it.ends == batch.from());
        if let Some(FeedTail { chain, .. }) = known {
            let step = self.step(batch, &marks, FeedChain(chain), batch.seal());
            if step.is_some() {
                return Ok(step);
            }
        }
        // It begins here: nobody but the hub can say what comes before.
        Ok(batch.seal().and_then(|seal| {
            let step = self.step(batch, &marks, seal.before, Some(seal))?;
            Some(TailStep { anew: true, ..step })
        }))
    }

    /// Adds a batch to what comes before it; none if the hub signed another order.
    fn step(
        &self,
        batch: &FeedBatch,
        marks: &[ItemMark],
        before: FeedChain,
        seal: Option<BatchSeal>,
    ) -> Option<TailStep> {
        let chain = marks.iter().fold(before, |chain, mark| chain.then(mark));
        let seal = seal.map(|it| FeedSeal {
            scope: batch.scope(),
            feed_epoch: batch.feed_epoch(),
            position: batch.to(),
            chain,
            signature: it.signature,
        });
        if let Some(seal) = seal
            && seal.verify(&self.roster.hub.history).is_err()
        {
            tracing::warn!(scope = %batch.scope(), "the hub did not sign a feed as it was taken");
            return None;
        }
        Some(TailStep {
            from: batch.from(),
            marks: marks.iter().map(|it| it.0).collect(),
            chain: chain.0,
            seal: seal.map(|it| TailSeal {
                feed_epoch: it.feed_epoch,
                position: it.position,
                chain: it.chain.0,
                signature: *it.signature.as_bytes(),
            }),
            anew: false,
        })
    }

    /// Returns what stands for the items of a batch; none if it cannot be told of one of them.
    fn marks(&self, facts: &[Fact]) -> Result<Option<Vec<ItemMark>>, CommandError> {
        let mut marks = Vec::with_capacity(facts.len());
        for fact in facts {
            let mark = match fact {
                Fact::Mark(mark) => Some(*mark),
                Fact::Own(position) => self.store.identity_of(*position)?.map(|it| {
                    ItemMark::of_change(*position, it.chart, it.hlc, it.person, &it.hash)
                }),
                Fact::Unknown => None,
            };
            let Some(mark) = mark else { return Ok(None) };
            marks.push(mark);
        }
        Ok(Some(marks))
    }
}
