//! A chart's document: editing it, merging into it, reading it.

use record::{Chart, ChartId, Hlc};

use crate::{Actor, ChangeHash, CheckedChange, Intent};

/// One chart's document.
#[derive(Debug, Clone)]
pub struct ChartDoc {
    id: ChartId,
}

/// A change made here: what the log keeps and the network carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub hash: ChangeHash,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a snapshot was not loaded. Rebuild the chart from its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not a snapshot.
    #[error("the snapshot is damaged")]
    Damaged,
}

/// Why an edit was not made. The document stands as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Split the intents over several edits.
    #[error("the edit does not fit one change")]
    TooLarge,
    /// Nothing would change: leave it.
    #[error("the edit changes nothing")]
    NothingToWrite,
    /// A statement could not be sealed: tell the person.
    #[error("a statement cannot be written")]
    Statement(#[from] record::StatementError),
}

/// Why changes were not merged. The document stands as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Hold the changes until these have come.
    #[error("{} changes must come first", .0.len())]
    MissingDependencies(Vec<ChangeHash>),
    /// Quarantine this change and what depends on it; the others may be tried again.
    #[error("change {change} was refused: {reason}")]
    Refused {
        /// The culprit.
        change: ChangeHash,
        /// Why.
        reason: ApplyRefusal,
    },
}

/// Why one change was not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyRefusal {
    /// automerge would not take it.
    #[error("it cannot be merged")]
    Rejected,
}

impl ChartDoc {
    /// Makes an empty chart.
    #[must_use]
    pub fn new(id: ChartId) -> Self {
        Self { id }
    }

    /// Loads what `save` gave.
    pub fn load(id: ChartId, snapshot: &[u8]) -> Result<Self, LoadError> {
        todo!("{id} {}", snapshot.len())
    }

    /// Returns the chart's name.
    #[must_use]
    pub const fn id(&self) -> ChartId {
        self.id
    }

    /// Returns a snapshot: a cache that differs between equal replicas. Never hash, sign or compare it.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        todo!()
    }

    /// Returns the newest changes, sorted. Two replicas with the same heads hold the same chart.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        todo!()
    }

    /// Writes the intents as one change.
    pub fn edit(
        &mut self,
        actor: &Actor,
        at: Hlc,
        intents: &[Intent],
    ) -> Result<Change, EditError> {
        todo!("{actor} {at:?} {}", intents.len())
    }

    /// Merges changes from elsewhere, in any order; those it holds already are passed over. All or none.
    pub fn apply(&mut self, changes: &[CheckedChange]) -> Result<(), ApplyError> {
        todo!("{}", changes.len())
    }

    /// Tells whether the document holds a change.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        todo!("{hash}")
    }

    /// Returns the changes that must come before this one.
    #[must_use]
    pub fn missing(&self, change: &CheckedChange) -> Vec<ChangeHash> {
        todo!("{}", change.hash())
    }

    /// Returns every change, each after those it depends on.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        todo!()
    }

    /// Returns the chart as it stands.
    #[must_use]
    pub fn view(&self) -> Chart {
        todo!()
    }
}
