//! Telling a database that was put back alone from the one that belongs into the folder.
//!
//! With each unlocking the folder and the database agree on a new name for the state they are in. A database from
//! a backup has an older name. A folder that was copied whole has the same name in both places: that is found by the
//! hub's answer.

use super::files::FileError;
use super::{Home, read_bounded, write_private};

/// How many bytes a name has.
const NAME_BYTES: usize = 16;

/// The names in the file: the one that the database has, and the one that it is about to get. Between writing the
/// file and the database, either may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation {
    pub(crate) now: [u8; NAME_BYTES],
    pub(crate) next: [u8; NAME_BYTES],
}

impl Generation {
    /// Tells whether a database of this name belongs into the folder.
    pub(crate) fn fits(&self, name: &[u8; NAME_BYTES]) -> bool {
        [self.now, self.next].contains(name)
    }
}

impl Home {
    /// Reads the names; none if there is no such file, or it is damaged.
    pub(crate) fn generation(&self) -> Option<Generation> {
        let path = self.folder.join("generation");
        let bytes = read_bounded(&path, 2 * NAME_BYTES as u64).ok()?;
        let (now, next) = bytes.split_at_checked(NAME_BYTES)?;
        Some(Generation {
            now: now.try_into().ok()?,
            next: next.try_into().ok()?,
        })
    }

    /// Writes the names.
    pub(crate) fn write_generation(&self, generation: &Generation) -> Result<(), FileError> {
        let bytes = [generation.now, generation.next].concat();
        write_private(&self.folder.join("generation"), &bytes)
    }
}
