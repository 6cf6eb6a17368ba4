//! A store at work: acts one after another, each acknowledged when it returned, and what must be there of each.

use std::fmt::Debug;
use std::path::Path;

use crate::Disk;
use store::{OpenError, StoreError};

/// A store with the acts that are tried on it.
pub(super) trait Work: Sized {
    /// What the store's file is called.
    const FILE: &'static str;
    /// How many acts there are.
    const ACTS: usize;

    /// Makes the store.
    fn create(path: &Path) -> Result<Self, OpenError>;

    /// Opens it.
    fn open(path: &Path) -> Result<Self, OpenError>;

    /// Does one thing, in a transaction of its own.
    fn act(&mut self, number: usize) -> Result<(), Failed>;

    /// Checks that what this act did is there.
    fn has(&self, number: usize) -> Result<(), String>;

    /// Checks the file and what must hold of any store, whatever was done.
    fn is_whole(&self) -> Result<(), String>;
}

/// Why an act was not done, as its caller is told.
pub(super) enum Failed {
    /// The disk is full.
    Full,
    /// The disk failed.
    Broken,
    /// Something else.
    Other(String),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Full) {
            return Self::Full;
        }
        if matches!(error, StoreError::Failed { .. }) {
            return Self::Broken;
        }
        Self::Other(format!("{error:?}"))
    }
}

impl Debug for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full => "it is full",
            Self::Broken => "it failed",
            Self::Other(why) => why,
        })
    }
}

/// Opens what is in a folder: it is whole, has all that was acknowledged, and goes on.
pub(super) fn judge<W: Work>(folder: &Path, acknowledged: &[usize]) -> Result<(), String> {
    // Watched, it flushes nothing in truth, which would cost most of the time.
    let _unflushed = Disk::watch(folder);
    let mut store = W::open(&folder.join(W::FILE)).map_err(|it| format!("did not open: {it:?}"))?;
    store.is_whole()?;
    for number in acknowledged {
        let lost = |it| format!("act {number} was acknowledged: {it}");
        store.has(*number).map_err(lost)?;
    }
    let next = W::ACTS;
    let done = store.act(next);
    done.map_err(|it| format!("did not go on: {it:?}"))?;
    store.has(next)
}

/// Says that something must be as it is.
pub(super) fn must<T: PartialEq + Debug>(found: T, wanted: T) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{found:?}, not {wanted:?}"))
    }
}
