//! Looking again into what was set aside, and making a chart again.
//!
//! After an update, or once what was wrong is mended, a person may have an entry looked into again: with it goes every
//! change of its chart that builds on it. Each release and each rebuilt chart is an entry of the hub's own log.

use std::collections::BTreeSet;

use audit::SessionEvent;
use record::ChartId;
use replica::CheckedChange;
use store::{HubCommit, QuarantineRow, SetAside, StoreError};

use crate::charts::{Halt, made_again};
use crate::hub::Hub;
use crate::judge::Reason;
use crate::pen::Subject;
use crate::world::random;

/// What was let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    /// How many entries wait to be looked into again: the one that was named, and those that build on it.
    pub entries: usize,
}

/// What was made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many changes the chart has.
    pub changes: usize,
    /// How many positions were added to feeds that lacked a change of it.
    pub feed_positions: usize,
}

/// Why nothing was released or made again. All is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuarantineError {
    /// See the list.
    #[error(
        "no entry with leaf {0} is set aside: `posta-hub quarantine list` shows those that are"
    )]
    NotSetAside(u64),
    /// See the chart's name.
    #[error("the hub has no change of chart {0}")]
    NoSuchChart(ChartId),
    /// Keep the database, and ask who makes Posta: its log has all that was ever written.
    #[error("chart {0} cannot be made again from its changes; what was saved of it is untouched")]
    NotMadeAgain(ChartId),
    /// Try again later, and look at the log.
    #[error("changes cannot be merged at present: {0}")]
    Unavailable(String),
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Returns one entry that was set aside.
    pub fn set_aside_at(&self, leaf: u64) -> Result<QuarantineRow, QuarantineError> {
        let rows = self.store.quarantined(None, leaf)?;
        let found = rows.into_iter().find(|it| it.leaf == leaf);
        found.ok_or(QuarantineError::NotSetAside(leaf))
    }

    /// Returns what builds on an entry that was set aside and was set aside too, by leaf.
    pub fn builds_on(&self, row: &QuarantineRow) -> Result<BTreeSet<u64>, StoreError> {
        let Some(chart) = row.chart else {
            return Ok(BTreeSet::new());
        };
        let mut leaves = descendants(&self.store.set_aside_of(chart)?, row.leaf);
        leaves.remove(&row.leaf);
        Ok(leaves)
    }

    /// Has an entry that was set aside looked into again, and all that builds on it: by whoever merges next.
    pub fn release(&mut self, leaf: u64) -> Result<Released, QuarantineError> {
        let row = self.set_aside_at(leaf)?;
        let mut leaves = self.builds_on(&row)?;
        leaves.insert(leaf);
        if let Some(chart) = row.chart.filter(|_| row.reason == Reason::ChartFull.word()) {
            // A person has looked at who writes so much, and lets them.
            self.store.forget_written(chart, row.position.device)?;
        }
        let subject = Subject {
            device: Some(row.position.device),
            number: i64::try_from(row.position.seq).ok(),
            person: None,
        };
        let commit = self.commit_of(SessionEvent::QuarantineReleased, subject, row.chart);
        let leaves: Vec<u64> = leaves.into_iter().collect();
        let world = self.world.as_ref();
        let entries = self
            .store
            .release(&leaves, &commit, &mut || random(world))?;
        Ok(Released { entries })
    }

    /// Makes a chart's document again from its changes, and completes the feeds of its scopes. No other process may
    /// serve the hub meanwhile.
    pub fn rebuild_chart(&mut self, chart: ChartId) -> Result<Rebuilt, QuarantineError> {
        let changes = self.store.change_hashes(chart)?.len();
        if changes == 0 {
            return Err(QuarantineError::NoSuchChart(chart));
        }
        let document = match made_again(self.merger.as_mut(), &self.store, chart) {
            Ok(document) => document.ok_or(QuarantineError::NotMadeAgain(chart))?,
            Err(Halt::Store(error)) => return Err(error.into()),
            Err(Halt::Unavailable(why)) => return Err(QuarantineError::Unavailable(why)),
        };
        let commit = self.commit_of(SessionEvent::ChartRebuilt, Subject::default(), Some(chart));
        let world = self.world.as_ref();
        let feed_positions = self
            .store
            .remake(chart, &document, &commit, &mut || random(world))?;
        Ok(Rebuilt {
            changes,
            feed_positions,
        })
    }

    fn commit_of(
        &mut self,
        event: SessionEvent,
        subject: Subject,
        chart: Option<ChartId>,
    ) -> HubCommit {
        let mut entry = self.entry(event, subject);
        entry.chart = chart;
        HubCommit {
            entries: vec![entry],
            meta: vec![self.pen.clock()],
            ..HubCommit::default()
        }
    }
}

/// Returns an entry's leaf and those of all that build on it, among a chart's that were set aside.
fn descendants(aside: &[SetAside], leaf: u64) -> BTreeSet<u64> {
    let mut leaves = BTreeSet::from([leaf]);
    let hash_of = |it: &SetAside| <[u8; 32]>::try_from(&it.hash[..]).ok();
    let first = aside.iter().find(|it| it.leaf == leaf).and_then(hash_of);
    let mut hashes: BTreeSet<[u8; 32]> = first.into_iter().collect();
    let changes: Vec<(u64, CheckedChange)> = aside
        .iter()
        .filter_map(|it| Some((it.leaf, replica::check(&it.payload).ok()?)))
        .collect();
    loop {
        let before = leaves.len();
        for (leaf, change) in &changes {
            if change
                .deps()
                .iter()
                .any(|it| hashes.contains(it.as_bytes()))
            {
                leaves.insert(*leaf);
                hashes.insert(*change.hash().as_bytes());
            }
        }
        if leaves.len() == before {
            return leaves;
        }
    }
}

#[cfg(test)]
mod tests;
