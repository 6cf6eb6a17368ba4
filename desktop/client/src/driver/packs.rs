//! Taking a pack of whole charts: the hub's signature, then each change as any change from elsewhere, in one
//! transaction with how far the packs have come.
//!
//! A session that is cut goes on after the last pack that was taken: at most one comes twice.

use record::ScopeId;
use wire::{ChartPack, Cursor, FeedItem, PackProgress, PackWindow, PackedChange, PackedChart};

use super::ReplicaDriver;
use super::arrived::Arrived;
use crate::meta;
use crate::views::CommandError;

impl ReplicaDriver {
    /// Takes a pack and returns what is said of it; none, and nothing is taken, if the hub did not sign it, or takes
    /// for ours what is not here.
    pub(super) fn take_pack(&mut self, pack: &ChartPack) -> Result<Option<Cursor>, CommandError> {
        let charts = match pack.open_after(&mut self.told, &self.roster.hub.history) {
            Ok(charts) => charts,
            Err(error) => {
                tracing::error!(%error, "a pack of charts was not taken");
                return Ok(None);
            }
        };
        let mut arrived = Arrived::default();
        for PackedChart { chart, changes } in charts {
            if changes.is_empty() {
                arrived.left(chart);
            }
            for change in changes {
                arrived.add(&item(chart, change));
            }
        }
        for own in &arrived.own {
            if !self.holds_own(*own)? {
                return Ok(None);
            }
        }
        if pack.is_last() {
            self.told = PackWindow::default();
        }
        let mut packs = self.packs()?;
        packs.retain(|it| it.head.scope != pack.head().scope);
        if !pack.is_last() {
            packs.push(pack.progress());
        }
        // The cursor comes with the last pack.
        let cursor = pack.is_last().then(|| pack.head());
        let tail = self.tail_of(pack, &arrived)?;
        let (mut taken, clock) = self.merge_all(pack.head().scope, cursor, arrived)?;
        taken.tail = tail;
        taken
            .meta
            .push((meta::PACKS.to_owned(), meta::to_bytes(&packs)));
        self.store.take(&taken)?;
        self.clock = clock;
        Ok(Some(pack.taken()))
    }

    /// Returns the charts of a pack that is the next to be taken, for whoever looks on.
    #[must_use]
    pub fn look_into(&self, pack: &ChartPack) -> Vec<PackedChart> {
        let charts = pack.open_after(&mut self.told.clone(), &self.roster.hub.history);
        charts.unwrap_or_default()
    }

    /// Forgets how far the packs of a feed were taken.
    pub(super) fn forget_packs(&mut self, scope: ScopeId) -> Result<(), CommandError> {
        let mut packs = self.packs()?;
        packs.retain(|it| it.head.scope != scope);
        Ok(meta::write(&mut self.store, meta::PACKS, &packs)?)
    }

    /// Returns how far the packs of feeds were taken that have no cursor yet.
    pub(super) fn packs(&self) -> Result<Vec<PackProgress>, CommandError> {
        Ok(meta::read(&self.store, meta::PACKS)?.unwrap_or_default())
    }
}

fn item(chart: record::ChartId, change: PackedChange) -> FeedItem {
    let PackedChange {
        position,
        hlc,
        person,
        payload,
    } = change;
    match payload {
        None => FeedItem::Own { position },
        Some(payload) => FeedItem::Change {
            position,
            chart,
            hlc,
            person,
            payload,
        },
    }
}
