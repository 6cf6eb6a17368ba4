//! Merging changes into a chart's document: all that automerge does for the hub while it serves, behind a narrow door.
//!
//! There are two who do it. [`Here`] merges in the process that asks: for the simulation and for tests, which must be the same from
//! one seed. [`ChildMerger`] asks a child process that has a chart's document and the changes, and neither the
//! database nor its key: what a hostile change costs, in memory, time or a crash, it costs the child.

pub(crate) mod child;
mod frames;
mod limits;
mod process;

use std::collections::BTreeSet;

use record::ChartId;
use replica::{ApplyError, ApplyRefusal, ChangeHash, ChartDoc, CheckedChange};
use store::Snapshot;

pub(crate) use process::ChildMerger;

/// Merges changes into charts' documents.
pub(crate) trait Merger: Send {
    /// Merges changes into one chart's document. Nothing is kept from one call to the next.
    fn merge(&mut self, work: &Work<'_>) -> Result<Merged, MergeError>;
}

/// What is to be merged.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a> {
    /// The chart.
    pub(crate) chart: ChartId,
    /// Its document as it was saved, and its heads; none for an empty chart.
    pub(crate) document: Option<&'a Snapshot>,
    /// A change that the document must have.
    pub(crate) newest: Option<[u8; 32]>,
    /// What is to be merged into it, each after those it depends on.
    pub(crate) changes: &'a [CheckedChange],
}

/// What came of it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Merged {
    /// The chart's document with all that was taken.
    pub(crate) document: Snapshot,
    /// What was not taken: its place among the changes, and why.
    pub(crate) refused: Vec<(usize, NotTaken)>,
}

/// Why a change was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The chart's document would not take it.
    Refused(ApplyRefusal),
    /// It depends on one that was not taken.
    Dependent,
}

/// Merges as [`Here`] does, and as if nobody survived some of the changes: for the simulation.
pub(crate) struct Frail {
    /// It dies over changes whose hash begins below this.
    pub(crate) below: u8,
}

impl Merger for Frail {
    fn merge(&mut self, work: &Work<'_>) -> Result<Merged, MergeError> {
        let is_deadly = |it: &CheckedChange| it.hash().as_bytes().first() < Some(&self.below);
        if work.changes.iter().any(is_deadly) {
            return Err(MergeError::Died(Death::Ended));
        }
        Here.merge(work)
    }
}

/// Why nothing was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MergeError {
    /// The document is not what it is said to be: make it again from its changes.
    Unfit,
    /// Who merged did not survive this work, or not in time: find out which change it was.
    Died(Death),
    /// There is nobody who merges, whatever the work: try again later.
    Unavailable(String),
}

/// How it ended for who merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// It crashed, or needed more memory than it may.
    Ended,
    /// It needed more time than it may.
    TooLong,
    /// Its answer was none.
    Nonsense,
    /// The chart and the changes are more than it is given at once.
    TooLarge,
}

impl Death {
    /// Says it, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ended => "merging it crashed or took too much memory",
            Self::TooLong => "merging it took too long",
            Self::Nonsense => "merging it gave no sense",
            Self::TooLarge => "its chart is too large to be merged",
        }
    }
}

/// Merges in this process. A panic inside automerge is caught; memory and time are not limited.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Here;

impl Merger for Here {
    fn merge(&mut self, work: &Work<'_>) -> Result<Merged, MergeError> {
        let mut doc = match work.document {
            None => ChartDoc::new(work.chart),
            Some(saved) => opened(work.chart, saved, work.newest).ok_or(MergeError::Unfit)?,
        };
        let mut refused = Vec::new();
        if doc.apply(work.changes).is_err() {
            for (place, change) in work.changes.iter().enumerate() {
                if let Err(error) = doc.apply(std::slice::from_ref(change)) {
                    refused.push((place, not_taken(&error)));
                }
            }
        }
        let document = Snapshot {
            bytes: doc.save(),
            heads: heads(&doc),
        };
        Ok(Merged { document, refused })
    }
}

/// Opens a saved document, if it is what is said of it.
fn opened(chart: ChartId, saved: &Snapshot, newest: Option<[u8; 32]>) -> Option<ChartDoc> {
    let doc = ChartDoc::load(chart, &saved.bytes).ok()?;
    let has_newest = newest.is_none_or(|it| doc.contains(&ChangeHash::new(it)));
    (has_newest && heads(&doc) == saved.heads).then_some(doc)
}

const fn not_taken(error: &ApplyError) -> NotTaken {
    match error {
        // It came because all before it was there or came too: that was refused.
        ApplyError::MissingDependencies(_) => NotTaken::Dependent,
        ApplyError::Refused { reason, .. } => NotTaken::Refused(*reason),
        _ => NotTaken::Refused(ApplyRefusal::Rejected),
    }
}

/// Tells whether an answer can be: the newest changes follow from those that were taken.
fn is_believable(work: &Work<'_>, merged: &Merged) -> bool {
    merged.document.heads == expected_heads(work, merged)
}

/// Returns the newest changes of a document with what was taken: those that no other builds on.
fn expected_heads(work: &Work<'_>, merged: &Merged) -> Vec<[u8; 32]> {
    let refused: BTreeSet<usize> = merged.refused.iter().map(|(at, _why)| *at).collect();
    let before = match work.document {
        Some(document) => document.heads.clone(),
        None => heads(&ChartDoc::new(work.chart)),
    };
    let taken = work.changes.iter().enumerate();
    let taken: Vec<&CheckedChange> = taken
        .filter(|(at, _change)| !refused.contains(at))
        .map(|(_at, change)| change)
        .collect();
    let built_on: BTreeSet<&ChangeHash> = taken.iter().flat_map(|it| it.deps()).collect();
    let new = taken.iter().map(|it| *it.hash().as_bytes());
    let all: BTreeSet<[u8; 32]> = before.into_iter().chain(new).collect();
    all.into_iter()
        .filter(|it| !built_on.contains(&ChangeHash::new(*it)))
        .collect()
}

/// Returns the hashes of a document's newest changes, sorted.
pub(crate) fn heads(doc: &ChartDoc) -> Vec<[u8; 32]> {
    doc.heads().iter().map(|it| *it.as_bytes()).collect()
}

#[cfg(test)]
mod tests;
