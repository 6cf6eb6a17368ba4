//! What a peer holds of a scope compared with what is stored, where its cursor says nothing to this hub.
//!
//! A chart that left the scope is among what is compared, under a hash of its own: nobody holds that, so every peer
//! asks for it and is told to let the chart go.

use audit::LogPosition;
use record::{ChartId, DeviceId, ScopeId};
use store::StoreError;
use wire::FeedItem;

use crate::hub::Hub;
use crate::standing::change;

impl Hub {
    /// Reads which changes of a scope's charts there are, and which charts left it.
    pub(crate) fn held(&self, scope: ScopeId, limit: usize) -> Result<Vec<sync::Held>, StoreError> {
        let of = |(hlc, hash): (record::Hlc, [u8; 32])| sync::Held {
            at_ms: hlc.ms(),
            hash,
        };
        let left = self.store.charts_left(scope)?.into_iter();
        let left = left.map(|chart| sync::Held {
            at_ms: 0,
            hash: leave_hash(scope, chart),
        });
        let held = self.store.held(scope, limit)?.into_iter().map(of);
        Ok(held.chain(left).take(limit).collect())
    }

    /// Reads changes of a scope's charts by their hashes. Nothing comes back as the reader's own: it asked for them.
    pub(crate) fn wanted(
        &self,
        scope: ScopeId,
        hashes: &[[u8; 32]],
        max_bytes: usize,
    ) -> Result<(usize, Vec<FeedItem>), StoreError> {
        let (answered, rows) = self.store.wanted(scope, hashes, max_bytes)?;
        let mut items: Vec<FeedItem> = rows.into_iter().map(change).collect();
        let asked = hashes.get(..answered).unwrap_or_default();
        for chart in self.store.charts_left(scope)? {
            if asked.contains(&leave_hash(scope, chart)) {
                items.push(leave(chart));
            }
        }
        Ok((answered, items))
    }
}

/// Tells a peer that a chart is in the scope no more.
pub(crate) const fn leave(chart: ChartId) -> FeedItem {
    let position = LogPosition {
        device: DeviceId::HUB,
        epoch: 0,
        seq: 0,
    };
    FeedItem::Leave { position, chart }
}

/// Returns what stands for a chart that left a scope.
fn leave_hash(scope: ScopeId, chart: ChartId) -> [u8; 32] {
    let parts: [&[u8]; 2] = [&scope.0.to_be_bytes(), chart.as_bytes()];
    *crypto::hash("posta/repair/leave/v1", &parts).as_bytes()
}
