//! What the model's devices keep to prove what they took, and how its hub judges it.

use audit::LogPosition;
use record::{ChartId, Hlc, PersonId, ScopeId};
use wire::{BatchSeal, FeedBatch, FeedChain, FeedItem, FeedSeal, ItemMark};

use super::device::Device;
use super::hub::{Hub, change, hash_of};
use crate::{ClientEvent, Given, HubEvent, Provable};

/// The order of a feed's newest places.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    begins: u64,
    items: Vec<LogPosition>,
    seal: FeedSeal,
}

fn mark(position: &LogPosition) -> ItemMark {
    let (chart, hlc, person) = (ChartId::new([1; 16]), Hlc::default(), PersonId(1));
    ItemMark::of_change(*position, chart, hlc, person, &hash_of(*position))
}

fn chain(before: FeedChain, items: &[LogPosition]) -> FeedChain {
    items.iter().fold(before, |chain, it| chain.then(&mark(it)))
}

fn position_of(item: &FeedItem) -> LogPosition {
    match item {
        FeedItem::Own { position }
        | FeedItem::Change { position, .. }
        | FeedItem::Gone { position, .. }
        | FeedItem::Leave { position, .. }
        | FeedItem::Other { position, .. } => *position,
    }
}

impl Hub {
    fn chain_at(&self, scope: ScopeId, position: u64) -> Option<FeedChain> {
        let rows = self
            .feeds
            .get(&scope)?
            .get(..usize::try_from(position).ok()?)?;
        let items: Vec<LogPosition> = rows.iter().map(|it| it.0).collect();
        Some(chain(FeedChain::start(scope), &items))
    }

    /// Adds the hub's word to a batch that reaches its feed's end.
    pub(crate) fn sealed(&self, batch: FeedBatch) -> FeedBatch {
        let (scope, to) = (batch.scope(), batch.to());
        if self.feeds[&scope].len() as u64 != to {
            return batch;
        }
        let at = |position| self.chain_at(scope, position).unwrap();
        let (before, after) = (at(batch.from()), at(to));
        let seal = FeedSeal::sign(scope, batch.feed_epoch(), to, after, &super::hub_key());
        batch.sealed(BatchSeal {
            before,
            signature: seal.signature,
        })
    }

    pub(crate) fn judge(&self, begins: u64, seal: &FeedSeal) -> HubEvent {
        let scope = seal.scope;
        let ended = self.ended.iter().find(|it| it.0 == seal.feed_epoch);
        let end = ended.and_then(|(_, ends)| ends.get(&scope).copied());
        let start = end.unwrap_or(begins);
        let signed = seal.verify(&super::hub_key().public()).is_ok();
        let chain = self.chain_at(scope, start).filter(|_| signed);
        HubEvent::SealJudged {
            scope,
            start: chain.map(|it| (start, it)),
        }
    }

    pub(crate) fn take_back(
        &mut self,
        Given {
            scope,
            items,
            proven,
        }: Given,
    ) -> HubEvent {
        let taken = items
            .iter()
            .all(|it| proven.contains(&mark(&position_of(it))));
        for item in items.into_iter().filter(|_| taken) {
            let FeedItem::Change {
                position, payload, ..
            } = item
            else {
                panic!("{item:?}")
            };
            let feed = self.feeds.entry(scope).or_default();
            if !feed.iter().any(|it| it.0 == position) {
                feed.push((position, payload));
                self.given_back += 1;
                self.grown = true;
            }
        }
        HubEvent::TakenBack { scope, taken }
    }
}

impl Device {
    /// Keeps the order of what a batch brings, from the first on that the hub signed.
    pub(crate) fn follow(&mut self, batch: &FeedBatch) {
        let Some(BatchSeal { before, signature }) = batch.seal() else {
            // The model knows the order from one signed batch to the next only if nothing is between.
            return;
        };
        let items: Vec<LogPosition> = batch.items().iter().map(position_of).collect();
        let seal = FeedSeal {
            scope: batch.scope(),
            feed_epoch: batch.feed_epoch(),
            position: batch.to(),
            chain: chain(before, &items),
            signature,
        };
        assert!(seal.verify(&super::hub_key().public()).is_ok());
        let tail = self.tails.get_mut(&batch.scope());
        match tail {
            Some(tail) if tail.seal.position == batch.from() && tail.seal.chain == before => {
                tail.items.extend(items);
                tail.seal = seal;
            }
            Some(_) | None => {
                let begins = batch.from();
                let tail = Tail {
                    begins,
                    items,
                    seal,
                };
                self.tails.insert(batch.scope(), tail);
            }
        }
    }

    pub(crate) fn provable(&self, scope: ScopeId, hashes: &[[u8; 32]]) -> ClientEvent {
        let own = |it: &&LogPosition| (it.device, it.epoch) == (self.id, self.log.head().epoch);
        let provable = self.tails.get(&scope).map(|tail| Provable {
            begins: tail.begins,
            seal: tail.seal,
            hashes: tail
                .items
                .iter()
                .filter(|it| !own(it))
                .map(|it| hash_of(*it))
                .filter(|it| hashes.contains(it))
                .collect(),
        });
        ClientEvent::ProvableRead { scope, provable }
    }

    pub(crate) fn marks(&self, scope: ScopeId, after: u64, up_to: u64) -> ClientEvent {
        let tail = &self.tails[&scope];
        let from = usize::try_from(after - tail.begins).unwrap();
        let to = usize::try_from(up_to - tail.begins).unwrap();
        // A few at a time.
        let marks = tail.items[from..to].iter().take(3).map(mark).collect();
        ClientEvent::MarksRead { scope, marks }
    }

    pub(crate) fn changes(&self, scope: ScopeId, hashes: &[[u8; 32]]) -> ClientEvent {
        let some = &hashes[..hashes.len().min(2)];
        let of = |hash: &[u8; 32]| {
            let items = self.held.iter().filter(|((of, _), _)| *of == scope);
            let (_, item) = items
                .into_iter()
                .find(|((_, at), _)| hash_of(*at) == *hash)?;
            match item {
                FeedItem::Change {
                    position, payload, ..
                } => Some(change(*position, payload)),
                FeedItem::Own { position } => Some(change(*position, &self.own(*position)?)),
                FeedItem::Gone { .. } | FeedItem::Leave { .. } | FeedItem::Other { .. } => None,
            }
        };
        ClientEvent::ChangesRead {
            scope,
            answered: some.len(),
            items: some.iter().filter_map(of).collect(),
        }
    }

    /// Returns what stands at a place of an own log.
    fn own(&self, at: LogPosition) -> Option<Vec<u8>> {
        let mut logs = self.older.iter().chain([&self.log]);
        let log = logs.find(|it| it.head().epoch == at.epoch)?;
        log.entries
            .get(usize::try_from(at.seq).ok()?.checked_sub(1)?)
            .cloned()
    }
}
