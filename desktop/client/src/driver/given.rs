//! Feeds between two devices: what the hub signed is taken as from the hub, whoever brings it.

use std::collections::{BTreeMap, BTreeSet};

use audit::LogPosition;
use record::{ChartId, ScopeId};
use store::Identity;
use sync::{FeedGiven, LanEvent};
use wire::limits::{FEED_READ_BYTES, MAX_FEED_ITEMS, MAX_PROVEN};
use wire::{BatchSeal, FeedBatch, FeedChain, FeedDigest, FeedItem, FeedSeal, ItemMark};

use super::ReplicaDriver;
use super::arrived::{Arrived, Fact};
use super::carried::lasting;
use super::effects::Carried;
use super::tail::mark;
use crate::views::CommandError;

impl ReplicaDriver {
    /// Reads what stands for the places of a feed up to the hub's signature; none if that is not all known.
    pub(super) fn read_offer(&self, after: u64, seal: &FeedSeal) -> Result<LanEvent, CommandError> {
        let count = seal.position.saturating_sub(after);
        let limit = usize::try_from(count.min(MAX_PROVEN)).unwrap_or(0);
        let marks = self.store.feed_marks(seal.scope, after, limit)?;
        let is_whole = marks.len() as u64 == count;
        let marks = marks.into_iter().map(ItemMark).collect();
        Ok(LanEvent::OfferRead(is_whole.then_some(marks)))
    }

    /// Reads items of a feed by what stands for them, as many as a message holds, up to one that is not here any more.
    pub(super) fn read_items(
        &self,
        scope: ScopeId,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<FeedItem>, CommandError> {
        let count = usize::try_from(up_to.saturating_sub(after)).unwrap_or(0);
        let marks = self
            .store
            .feed_marks(scope, after, count.min(MAX_FEED_ITEMS))?;
        let found = self.standing_for(scope, &marks)?;
        let leaves = self.leaves(&marks, &found)?;
        let (mut items, mut size) = (Vec::new(), 0_usize);
        for stands in marks.into_iter().map(ItemMark) {
            if let Some(chart) = leaves.get(&stands) {
                items.push(leave(*chart));
                continue;
            }
            let Some((position, it)) = found.get(&stands) else {
                break;
            };
            let Some(payload) = self.store.payload_at(*position)? else {
                break;
            };
            size = size.saturating_add(payload.len());
            if size > FEED_READ_BYTES && !items.is_empty() {
                break;
            }
            items.push(FeedItem::Change {
                position: *position,
                chart: it.chart,
                hlc: it.hlc,
                person: it.person,
                payload,
            });
        }
        Ok(items)
    }

    /// Finds the changes that marks stand for.
    fn standing_for(
        &self,
        scope: ScopeId,
        marks: &[[u8; 32]],
    ) -> Result<BTreeMap<ItemMark, (LogPosition, Identity)>, CommandError> {
        let wanted: BTreeSet<ItemMark> = marks.iter().copied().map(ItemMark).collect();
        let found = self
            .store
            .identities_where(scope, &mut |at, it| wanted.contains(&mark(at, it)))?;
        Ok(found
            .into_iter()
            .map(|(at, it)| (mark(at, &it), (at, it)))
            .collect())
    }

    /// Finds the charts whose leaving marks stand for.
    fn leaves(
        &self,
        marks: &[[u8; 32]],
        found: &BTreeMap<ItemMark, (LogPosition, Identity)>,
    ) -> Result<BTreeMap<ItemMark, ChartId>, CommandError> {
        if marks.iter().all(|it| found.contains_key(&ItemMark(*it))) {
            return Ok(BTreeMap::new());
        }
        let charts = self.store.charts_known()?.into_iter();
        Ok(charts.map(|it| (ItemMark::of_leave(it), it)).collect())
    }

    /// Looks whether an offer goes on where this device is, in a scope of its site, signed by its hub. Returns the
    /// feed's chain there.
    pub(super) fn judge_offer(
        &self,
        begins: u64,
        seal: &FeedSeal,
    ) -> Result<Option<FeedChain>, CommandError> {
        let scope = seal.scope;
        let is_ours = lasting(&self.scopes()).contains(&scope);
        let is_signed = seal.verify(&self.roster.hub.history).is_ok();
        let is_packed = self.packs()?.iter().any(|it| it.head.scope == scope);
        // What is held is to be compared with what the hub holds, and a cursor would say that it was.
        let is_lost = self.has_lost_cursor(scope)?;
        if !is_ours || !is_signed || is_packed || is_lost {
            return Ok(None);
        }
        let cursors = self.store.cursors()?;
        let cursor = cursors.iter().find(|it| it.scope == scope);
        let at = cursor.map_or(0, |it| it.position);
        let is_same_feed = cursor.is_none_or(|it| at == 0 || it.feed_epoch == seal.feed_epoch);
        if at != begins || !is_same_feed {
            return Ok(None);
        }
        if begins == 0 {
            return Ok(Some(FeedChain::start(scope)));
        }
        let tail = self.store.feed_tail(scope)?;
        Ok(tail
            .filter(|it| it.ends == begins)
            .map(|it| FeedChain(it.chain)))
    }

    /// Takes items as from the hub, if they are those that were proven. Returns where the cursor then is.
    pub(super) fn take_given(&mut self, given: FeedGiven) -> Result<Option<u64>, CommandError> {
        let FeedGiven {
            seal,
            from,
            before,
            marks,
            items,
        } = given;
        let mut arrived = Arrived::default();
        for item in &items {
            arrived.add(item);
        }
        // What is gone says its mark itself, and would be passed over for ever.
        let are_whole = items
            .iter()
            .all(|it| matches!(it, FeedItem::Change { .. } | FeedItem::Leave { .. }));
        let is_proven = are_whole
            && arrived.facts.len() == marks.len()
            && arrived
                .facts
                .iter()
                .zip(&marks)
                .all(|(fact, mark)| matches!(fact, Fact::Mark(it) if it == mark));
        let Some(digest) = self.digest_at(seal.scope, from)?.filter(|_at| is_proven) else {
            tracing::warn!(scope = %seal.scope, "what was given is not what the hub signed");
            return Ok(None);
        };
        let digest = digest.and(arrived.digest);
        let Ok(batch) = FeedBatch::new(seal.scope, seal.feed_epoch, from, digest, items) else {
            return Ok(None);
        };
        let batch = if batch.to() == seal.position {
            batch.sealed(BatchSeal {
                before,
                signature: seal.signature,
            })
        } else {
            batch
        };
        match self.take_batch(&batch)? {
            Carried::Event(_taken) => Ok(Some(batch.to())),
            // A copy of this device went on in its log: that is for the hub to sort out.
            Carried::Aborted(_) | Carried::Done | Carried::Send(_) | Carried::Finished(_) => {
                Ok(None)
            }
        }
    }

    /// Returns the digest of a feed where its cursor is; none if that is elsewhere.
    fn digest_at(&self, scope: ScopeId, at: u64) -> Result<Option<FeedDigest>, CommandError> {
        let cursors = self.store.cursors()?;
        let cursor = cursors.iter().find(|it| it.scope == scope);
        Ok(match cursor {
            Some(cursor) => (cursor.position == at).then_some(FeedDigest(cursor.digest)),
            None => (at == 0).then_some(FeedDigest::EMPTY),
        })
    }
}

fn leave(chart: ChartId) -> FeedItem {
    FeedItem::Leave {
        position: LogPosition {
            device: record::DeviceId::HUB,
            epoch: 0,
            seq: 0,
        },
        chart,
    }
}
