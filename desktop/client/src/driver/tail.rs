//! Following what the hub signs of each feed, so that what was taken of it can be proven to others.
//!
//! Nothing that is taken depends on it: a feed whose order cannot be followed is taken as ever, and is followed again
//! from the next batch on that the hub has signed.

use std::collections::BTreeSet;

use audit::LogPosition;
use crypto::Signature;
use record::ScopeId;
use store::{FeedTail, ForeignChange, Identity, TailSeal, TailStep};
use sync::{ClientEvent, Provable};
use wire::limits::{FEED_READ_BYTES, MAX_MARKS};
use wire::{BatchSeal, ChartPack, FeedBatch, FeedChain, FeedItem, FeedSeal, ItemMark, TailPlace};

use super::ReplicaDriver;
use super::arrived::{Arrived, Fact};
use crate::views::CommandError;

/// Which places of a feed.
#[derive(Clone, Copy)]
struct Sealed {
    scope: ScopeId,
    feed_epoch: u32,
    /// The place before the first.
    from: u64,
    /// The last.
    to: u64,
}

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
        let of = Sealed {
            scope: batch.scope(),
            feed_epoch: batch.feed_epoch(),
            from: batch.from(),
            to: batch.to(),
        };
        let tail = self.store.feed_tail(batch.scope())?;
        let known = tail.filter(|it| it.ends == batch.from());
        if let Some(FeedTail { chain, .. }) = known {
            let step = self.step(of, &marks, FeedChain(chain), batch.seal());
            if step.is_some() {
                return Ok(step);
            }
        }
        if batch.from() == 0 {
            // Nothing comes before. If the hub signs something else later, it begins anew there.
            let start = FeedChain::start(batch.scope());
            let step = self.step(of, &marks, start, batch.seal());
            return Ok(step.map(|it| TailStep { anew: true, ..it }));
        }
        // It begins here: nobody but the hub can say what comes before.
        Ok(batch.seal().and_then(|seal| {
            let step = self.step(of, &marks, seal.before, Some(seal))?;
            Some(TailStep { anew: true, ..step })
        }))
    }

    /// Says what the last pack tells of its feed's order; none if it tells nothing, or what cannot be told here or be
    /// believed. `arrived` is what came with it.
    pub(super) fn tail_of(
        &self,
        pack: &ChartPack,
        arrived: &Arrived,
    ) -> Result<Option<TailStep>, CommandError> {
        let (head, told) = (pack.head(), pack.tail());
        let Some((seal, places)) = told.and_then(|it| Some((it.seal(), it.places().ok()?))) else {
            return Ok(None);
        };
        if places.is_empty() {
            return Ok(None);
        }
        let Some(from) = head.position.checked_sub(places.len() as u64) else {
            return Ok(None);
        };
        let now = arrived.marks();
        let mut marks = Vec::with_capacity(places.len());
        for place in places {
            let found = match place {
                TailPlace::Mark(mark) => Some(mark),
                TailPlace::Held(at) => match now.get(&at) {
                    Some(mark) => Some(*mark),
                    None => self.store.identity_of(at)?.map(|it| mark(at, &it)),
                },
            };
            let Some(found) = found else { return Ok(None) };
            marks.push(found);
        }
        let sealed = Sealed {
            scope: head.scope,
            feed_epoch: head.feed_epoch,
            from,
            to: head.position,
        };
        let step = self.step(sealed, &marks, seal.before, Some(seal));
        Ok(step.map(|it| TailStep { anew: true, ..it }))
    }

    /// Returns what of a batch comes after a place, with the hub's word about it; none if nothing comes after it.
    ///
    /// The word is about all of the batch. It holds for the rest too, once it is known what the chain is between.
    pub(crate) fn rest_of(
        &self,
        batch: FeedBatch,
        at: u64,
    ) -> Result<Option<FeedBatch>, CommandError> {
        let known = usize::try_from(at.saturating_sub(batch.from())).unwrap_or(usize::MAX);
        if known == 0 || batch.seal().is_none() {
            return Ok(batch.after(at));
        }
        let mut arrived = Arrived::default();
        for item in batch.items().iter().take(known) {
            arrived.add(item);
        }
        let (scope, seal) = (batch.scope(), batch.seal());
        let before = match (seal, self.marks(&arrived.facts)?) {
            (Some(seal), Some(marks)) => {
                Some(marks.iter().fold(seal.before, |chain, it| chain.then(it)))
            }
            (Some(_), None) => {
                let tail = self.store.feed_tail(scope)?.filter(|it| it.ends == at);
                tail.map(|it| FeedChain(it.chain))
            }
            (None, _) => None,
        };
        let seal = before
            .zip(seal)
            .map(|(before, seal)| BatchSeal { before, ..seal });
        Ok(batch.after(at).map(|rest| match seal {
            Some(seal) => rest.sealed(seal),
            None => rest,
        }))
    }

    /// Reads what can be proven of changes that the hub does not have. What stands in the own log goes up with that, and
    /// its chart is then in the site's own scope; in any other scope it proves that the chart was there.
    pub(super) fn provable(
        &self,
        scope: ScopeId,
        hashes: Vec<[u8; 32]>,
    ) -> Result<ClientEvent, CommandError> {
        let tail = self.store.feed_tail(scope)?;
        let Some((begins, seal)) = tail.and_then(|it| Some((it.begins, it.seal?))) else {
            let provable = None;
            return Ok(ClientEvent::ProvableRead { scope, provable });
        };
        let sealed = usize::try_from(seal.position.saturating_sub(begins)).unwrap_or(0);
        let marks = self.store.feed_marks(scope, begins, sealed)?;
        let marks: BTreeSet<ItemMark> = marks.into_iter().map(ItemMark).collect();
        let (own, site) = (self.store.log_head()?, self.site()?);
        let home = self.roster.site(site).map(|it| it.home);
        let goes_up = |at: &LogPosition| {
            Some(scope) == home && (at.device, at.epoch) == (own.device, own.epoch)
        };
        let found = self
            .store
            .identities(scope, &hashes.into_iter().collect())?
            .into_iter()
            .filter(|(at, _)| !goes_up(at))
            .filter(|(at, it)| marks.contains(&mark(*at, it)));
        let provable = Some(Provable {
            begins,
            seal: FeedSeal {
                scope,
                feed_epoch: seal.feed_epoch,
                position: seal.position,
                chain: FeedChain(seal.chain),
                signature: Signature::from_bytes(seal.signature),
            },
            hashes: found.map(|(_, it)| it.hash).collect(),
        });
        Ok(ClientEvent::ProvableRead { scope, provable })
    }

    /// Reads what stands for the items of a feed after a place, as many as a message holds.
    pub(super) fn feed_marks(
        &self,
        scope: ScopeId,
        after: u64,
        up_to: u64,
    ) -> Result<ClientEvent, CommandError> {
        let limit = usize::try_from(up_to.saturating_sub(after)).unwrap_or(0);
        let marks = self.store.feed_marks(scope, after, limit.min(MAX_MARKS))?;
        let marks = marks.into_iter().map(ItemMark).collect();
        Ok(ClientEvent::MarksRead { scope, marks })
    }

    /// Reads changes that the hub lost, as many as a message holds.
    pub(super) fn lost(
        &self,
        scope: ScopeId,
        hashes: &[[u8; 32]],
    ) -> Result<ClientEvent, CommandError> {
        let (answered, changes) = self.store.changes_held(scope, hashes, FEED_READ_BYTES)?;
        let item = |it: ForeignChange| FeedItem::Change {
            position: it.position,
            chart: it.chart,
            hlc: it.hlc,
            person: it.person,
            payload: it.bytes,
        };
        Ok(ClientEvent::ChangesRead {
            scope,
            answered,
            items: changes.into_iter().map(item).collect(),
        })
    }

    /// Adds places to what comes before them; none if the hub signed another order.
    fn step(
        &self,
        of: Sealed,
        marks: &[ItemMark],
        before: FeedChain,
        seal: Option<BatchSeal>,
    ) -> Option<TailStep> {
        let chain = marks.iter().fold(before, |chain, mark| chain.then(mark));
        let seal = seal.map(|it| FeedSeal {
            scope: of.scope,
            feed_epoch: of.feed_epoch,
            position: of.to,
            chain,
            signature: it.signature,
        });
        if let Some(seal) = seal
            && seal.verify(&self.roster.hub.history).is_err()
        {
            tracing::warn!(scope = %of.scope, "the hub did not sign a feed as it was taken");
            return None;
        }
        Some(TailStep {
            from: of.from,
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
                Fact::Own(position) => {
                    let own = self.store.identity_of(*position)?;
                    own.map(|it| mark(*position, &it))
                }
                Fact::Unknown => None,
            };
            let Some(mark) = mark else { return Ok(None) };
            marks.push(mark);
        }
        Ok(Some(marks))
    }
}

/// Returns what stands for a change in its feed's chain.
pub(super) fn mark(at: LogPosition, it: &Identity) -> ItemMark {
    ItemMark::of_change(at, it.chart, it.hlc, it.person, &it.hash)
}
