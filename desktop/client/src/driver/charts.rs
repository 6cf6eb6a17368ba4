//! Charts out of the store: from the snapshot where it is whole, else again from the changes.

use record::ChartId;
use replica::{ApplyError, ChangeHash, ChartDoc, CheckedChange};
use store::{ChartUpdate, StoredChange};

use super::ReplicaDriver;
use super::attach::attachments_of;
use crate::project::search_row;
use crate::views::{CommandError, ErrorCode};

impl ReplicaDriver {
    /// Loads a chart; none if it is not held here.
    pub(crate) fn chart(&self, chart: ChartId) -> Result<Option<ChartDoc>, CommandError> {
        let Some(snapshot) = self.store.snapshot(chart)? else {
            let changes = self.store.changes_of(chart)?;
            return if changes.is_empty() {
                Ok(None)
            } else {
                rebuild(chart, &changes).map(Some)
            };
        };
        match ChartDoc::load(chart, &snapshot.bytes) {
            Ok(doc) if same_heads(&doc.heads(), &snapshot.heads) => Ok(Some(doc)),
            // The snapshot is a cache. The changes are the truth.
            Ok(_) | Err(_) => {
                tracing::warn!(%chart, "a chart's snapshot is damaged; it is derived again");
                rebuild(chart, &self.store.changes_of(chart)?).map(Some)
            }
        }
    }

    /// Loads a chart that must be held here.
    pub(crate) fn held_chart(&self, chart: ChartId) -> Result<ChartDoc, CommandError> {
        self.chart(chart)?
            .ok_or_else(|| CommandError::new(ErrorCode::ChartNotFound))
    }
}

/// Derives a chart from its changes alone.
pub(super) fn rebuild(chart: ChartId, changes: &[StoredChange]) -> Result<ChartDoc, CommandError> {
    let damaged =
        |what: String| CommandError::text(ErrorCode::Damaged, format!("chart {chart}: {what}"));
    let mut checked = Vec::with_capacity(changes.len());
    for change in changes {
        checked.push(check_stored(change).map_err(damaged)?);
    }
    let mut doc = ChartDoc::new(chart);
    match doc.apply(&checked) {
        Ok(()) => Ok(doc),
        Err(error @ (ApplyError::MissingDependencies(_) | ApplyError::Refused { .. })) => {
            Err(damaged(error.to_string()))
        }
        Err(error) => Err(damaged(error.to_string())),
    }
}

/// Checks a change that the store gave back: it must still be the one that was stored.
pub(super) fn check_stored(change: &StoredChange) -> Result<CheckedChange, String> {
    let checked =
        replica::check(&change.bytes).map_err(|error| format!("{}: {error}", change.position))?;
    if checked.hash().as_bytes() != &change.hash {
        return Err(format!(
            "{}: the change is not the one that was stored",
            change.position
        ));
    }
    Ok(checked)
}

/// Derives what is kept of a chart beside its changes.
pub(crate) fn update_of(doc: &ChartDoc) -> ChartUpdate {
    let view = doc.view();
    ChartUpdate {
        chart: doc.id(),
        snapshot: doc.save(),
        heads: raw_heads(&doc.heads()),
        row: search_row(&view),
        attachments: attachments_of(&view),
    }
}

pub(super) fn raw_heads(heads: &[ChangeHash]) -> Vec<[u8; 32]> {
    heads.iter().map(|it| *it.as_bytes()).collect()
}

pub(super) fn same_heads(heads: &[ChangeHash], stored: &[[u8; 32]]) -> bool {
    raw_heads(heads) == stored
}
