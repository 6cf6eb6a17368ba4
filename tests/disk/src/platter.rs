//! What is on the disk for good, and what a power cut leaves of the rest.
//!
//! A flush makes everything before it of that file stay, and the file's name: SQLite flushes the folder with the first flush
//! of a journal it made. Until then each write may be kept or lost by itself, sector by sector and in any order; so may a
//! new size, a new name and a removal. A sector is never a mixture of old and new.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::Step;

/// Files by their names.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a power cut leaves of what was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Nothing.
    Nothing,
    /// Everything, as if only the process was killed.
    Everything,
    /// What this seed decides, in sectors of so many bytes.
    Some {
        /// Decides.
        seed: u64,
        /// How many bytes a sector has.
        sector: usize,
    },
}

/// The disk's platter.
#[derive(Debug, Default)]
pub struct Platter {
    files: BTreeMap<String, File>,
}

#[derive(Debug, Default)]
struct File {
    /// What stays; none if there is no such file.
    stays: Option<Vec<u8>>,
    /// What was not flushed, in order.
    unflushed: Vec<Op>,
}

#[derive(Debug)]
enum Op {
    Create,
    Write(usize, Vec<u8>),
    Truncate(usize),
    Delete,
}

impl Platter {
    /// Begins with what lies in a folder. What SQLite shares between processes is not on the disk.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        for file in std::fs::read_dir(folder)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if file.file_type()?.is_file() && !name.ends_with("-shm") {
                let stays = Some(std::fs::read(file.path())?);
                let unflushed = Vec::new();
                files.insert(name, File { stays, unflushed });
            }
        }
        Ok(Self { files })
    }

    /// Takes in a step.
    pub fn take(&mut self, step: &Step) {
        let (name, op) = match step {
            Step::Create(name) => (name, Op::Create),
            Step::Write(name, at, bytes) => (name, Op::Write(size(*at), bytes.clone())),
            Step::Truncate(name, to) => (name, Op::Truncate(size(*to))),
            Step::Delete(name, false) => (name, Op::Delete),
            Step::Delete(name, true) => {
                self.files.remove(name);
                return;
            }
            Step::Sync(name) => {
                if let Some(file) = self.files.get_mut(name) {
                    file.flush();
                }
                return;
            }
            Step::Acknowledge(_) => return,
        };
        let file = self.files.entry(name.clone()).or_default();
        file.unflushed.push(op);
    }

    /// Tells whether anything of a file could still be lost.
    #[must_use]
    pub fn is_flushed(&self, name: &str) -> bool {
        self.files
            .get(name)
            .is_some_and(|it| it.unflushed.is_empty())
    }

    /// Returns what a power cut leaves.
    #[must_use]
    pub fn cut(&self, keep: Keep) -> Files {
        let mut luck = match keep {
            Keep::Nothing | Keep::Everything => None,
            Keep::Some { seed, sector } => Some((ChaCha8Rng::seed_from_u64(seed), sector)),
        };
        let mut left = Files::new();
        for (name, file) in &self.files {
            let mut content = file.stays.clone();
            for op in &file.unflushed {
                match (&mut luck, keep) {
                    (Some((rng, sector)), _) => op.keep_part(&mut content, rng, *sector),
                    (None, Keep::Nothing) => {}
                    (None, _) => op.keep(&mut content),
                }
            }
            if let Some(content) = content {
                left.insert(name.clone(), content);
            }
        }
        left
    }
}

impl File {
    fn flush(&mut self) {
        for op in self.unflushed.drain(..) {
            op.keep(&mut self.stays);
        }
    }
}

impl Op {
    fn keep(&self, content: &mut Option<Vec<u8>>) {
        match self {
            Self::Create => *content = Some(Vec::new()),
            Self::Delete => *content = None,
            Self::Truncate(to) => {
                if let Some(content) = content {
                    content.resize(*to, 0);
                }
            }
            Self::Write(at, bytes) => write(content, *at, bytes),
        }
    }

    fn keep_part(&self, content: &mut Option<Vec<u8>>, rng: &mut ChaCha8Rng, sector: usize) {
        let Self::Write(at, bytes) = self else {
            if rng.random_bool(0.5) {
                self.keep(content);
            }
            return;
        };
        // A disk keeps whole sectors; a write may begin in the middle of one.
        let mut from = 0;
        while from < bytes.len() {
            let to = (from + sector - (at + from) % sector).min(bytes.len());
            if let Some(part) = bytes.get(from..to).filter(|_| rng.random_bool(0.5)) {
                write(content, at + from, part);
            }
            from = to;
        }
    }
}

/// Writes into a file, which grows with zeros if need be. Into one whose name is lost nothing is written.
fn write(content: &mut Option<Vec<u8>>, at: usize, bytes: &[u8]) {
    let Some(content) = content else {
        return;
    };
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    if let Some(place) = content.get_mut(at..end) {
        place.copy_from_slice(bytes);
    }
}

fn size(of: u64) -> usize {
    usize::try_from(of).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(at: u64, byte: u8) -> Step {
        Step::Write("a".to_owned(), at, vec![byte; 1024])
    }

    #[test]
    fn what_was_flushed_stays_and_the_rest_may_go() {
        let mut platter = Platter::default();
        for step in [
            Step::Create("a".to_owned()),
            written(0, 1),
            Step::Sync("a".to_owned()),
            written(0, 2),
            written(1024, 3),
        ] {
            platter.take(&step);
        }

        assert_eq!(platter.cut(Keep::Nothing)["a"], [1; 1024]);
        assert_eq!(platter.cut(Keep::Everything)["a"][..1024], [2; 1024]);
        assert_eq!(platter.cut(Keep::Everything)["a"][1024..], [3; 1024]);
        let (mut older, mut newer) = (0, 0);
        for seed in 0..64 {
            let left = platter.cut(Keep::Some { seed, sector: 512 });
            let sector = &left["a"][..512];
            assert!(sector == [1; 512] || sector == [2; 512], "a torn sector");
            older += u32::from(sector[0] == 1);
            newer += u32::from(sector[0] == 2);
        }
        assert!(older > 10 && newer > 10, "{older} {newer}");
    }

    #[test]
    fn a_removal_and_a_new_name_may_be_lost_too() {
        let mut platter = Platter::default();
        platter.take(&Step::Create("a".to_owned()));
        platter.take(&written(0, 1));
        assert!(platter.cut(Keep::Nothing).is_empty());
        assert!(!platter.is_flushed("a"));

        platter.take(&Step::Sync("a".to_owned()));
        platter.take(&Step::Delete("a".to_owned(), false));
        assert_eq!(platter.cut(Keep::Nothing)["a"], [1; 1024]);
        assert!(platter.cut(Keep::Everything).is_empty());

        platter.take(&Step::Delete("a".to_owned(), true));
        assert!(platter.cut(Keep::Nothing).is_empty());
    }
}
