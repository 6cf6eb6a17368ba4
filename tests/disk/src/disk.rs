//! One watched folder: what was done to its files, and what is to fail.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::vfs;

/// The folders that are watched.
static WATCHED: Mutex<Vec<Weak<Inner>>> = Mutex::new(Vec::new());

/// A watched folder, until the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    steps: Vec<Step>,
    fault: Option<Fault>,
    failed: u32,
    lies: bool,
}

/// One change of a file, or word that something is done. Files are named without their folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A file was made.
    Create(String),
    /// Bytes were written at a place.
    Write(String, u64, Vec<u8>),
    /// A file was cut to a size.
    Truncate(String, u64),
    /// A file was flushed, and its name with it.
    Sync(String),
    /// A file was removed; if so, with its folder flushed.
    Delete(String, bool),
    /// Somebody was told that what has this number is done.
    Acknowledge(usize),
}

/// What goes wrong with a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It takes nothing more: files do not grow, no new one is made.
    Full,
    /// It fails in whatever it is asked.
    Broken,
}

/// When a disk fails.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// How many steps that could fail still succeed.
    pub after: u32,
    /// What goes wrong.
    pub how: How,
    /// Whether all later ones fail as well.
    pub goes_on: bool,
}

/// What is asked of a file, as far as it can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Create,
    Write,
    Truncate,
    Sync,
    Delete,
}

impl Disk {
    /// Watches a folder: files that SQLite opens there from now on.
    #[must_use]
    pub fn watch(folder: &Path) -> Self {
        vfs::register();
        let inner = Arc::new(Inner {
            folder: folder.to_owned(),
            state: Mutex::default(),
        });
        watched().push(Arc::downgrade(&inner));
        Self(inner)
    }

    /// Says that what has this number is done.
    pub fn acknowledge(&self, number: usize) {
        self.state().steps.push(Step::Acknowledge(number));
    }

    /// Returns what was done so far.
    #[must_use]
    pub fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    /// Has the disk fail, or be whole again.
    pub fn fail(&self, fault: Option<Fault>) {
        let mut state = self.state();
        state.fault = fault;
        state.failed = 0;
    }

    /// Returns how many steps failed since it was told to fail.
    #[must_use]
    pub fn failed(&self) -> u32 {
        self.state().failed
    }

    /// Has the disk say from now on that it flushed what it did not: a test that finds nothing then finds nothing ever.
    pub fn lie(&self) {
        self.state().lies = true;
    }

    /// Finds who watches a file, and what it is called there.
    pub(crate) fn of(path: &Path) -> Option<(Self, String)> {
        let folder = path.parent()?;
        let name = path.file_name()?.to_str()?.to_owned();
        let mut all = watched();
        all.retain(|it| it.strong_count() > 0);
        let inner = all
            .iter()
            .filter_map(Weak::upgrade)
            .find(|it| it.folder == folder)?;
        Some((Self(inner), name))
    }

    /// Notes a step, unless the disk fails in it.
    pub(crate) fn take(&self, asked: Asked, step: Step) -> Result<(), How> {
        let mut state = self.state();
        if let Some(how) = state.fails(asked) {
            state.failed += 1;
            return Err(how);
        }
        if asked != Asked::Sync || !state.lies {
            state.steps.push(step);
        }
        Ok(())
    }

    /// Notes what was done of a step in which the disk failed.
    pub(crate) fn take_part(&self, step: Step) {
        self.state().steps.push(step);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fails(&mut self, asked: Asked) -> Option<How> {
        let fault = self.fault.as_mut()?;
        // A full disk still flushes, shortens and removes.
        if fault.how == How::Full && !matches!(asked, Asked::Create | Asked::Write) {
            return None;
        }
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let how = fault.how;
        if !fault.goes_on {
            self.fault = None;
        }
        Some(how)
    }
}

fn watched() -> MutexGuard<'static, Vec<Weak<Inner>>> {
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner)
}
