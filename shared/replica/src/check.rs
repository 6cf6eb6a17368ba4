//! The structural check: what a change from outside must be before automerge sees it.

use crate::{Actor, ChangeHash, Field};

/// A change that passed the structural check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedChange {
    bytes: Vec<u8>,
    hash: ChangeHash,
    actor: Actor,
    seq: u64,
    start_op: u64,
    deps: Vec<ChangeHash>,
    operations: usize,
}

/// One value that a change writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write<'a> {
    /// Into which container; `None` for one that a newer release made.
    pub field: Option<Field>,
    /// Under which key: a register's name, or an item's or statement's id.
    pub key: &'a str,
    /// The bytes.
    pub value: &'a [u8],
    /// Whether it takes the place of values that the writer had seen.
    pub replaces: bool,
}

/// Why a change was refused unseen. Quarantine it and go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeRefusal {
    /// The bytes end early or run on.
    #[error("the change's bytes are damaged")]
    Damaged,
}

/// Checks the structure of a change without giving it to automerge.
pub fn check(bytes: &[u8]) -> Result<CheckedChange, ChangeRefusal> {
    todo!("{}", bytes.len())
}

impl CheckedChange {
    /// Returns the raw bytes, as they are kept and sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the change's name.
    #[must_use]
    pub const fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// Returns who wrote it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Returns its place among the actor's changes to this chart, from 1.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the number of its first operation.
    #[must_use]
    pub const fn start_op(&self) -> u64 {
        self.start_op
    }

    /// Returns the changes that its writer had last seen.
    #[must_use]
    pub fn deps(&self) -> &[ChangeHash] {
        &self.deps
    }

    /// Returns how many operations it has.
    #[must_use]
    pub const fn operations(&self) -> usize {
        self.operations
    }

    /// Returns what it writes.
    pub fn writes(&self) -> impl Iterator<Item = Write<'_>> {
        std::iter::empty()
    }
}
