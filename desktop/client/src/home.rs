//! The folder that a device lives in: which files there are, and that only one program has it open.
//!
//! ```text
//! lock                 held by the program that has the home open
//! generation           names the state that the database must be in
//! link                 what syncing may take of this computer's link
//! facts                what may be known before unlocking: site, device, who can unlock
//! attempts             wrong passphrases since the last right one
//! keys/device.secret   half of every slot's key
//! keys/<person>.slot   a person's keys under their passphrase
//! keys/<person>.asked  those of somebody who may not unlock yet
//! keys/dbk.age         the database's key, sealed to the people
//! keys/dbk-next.age    its next key, while the database is written anew
//! replica.db           everything else, encrypted: the device's own keys too
//! replica-next.db      the same under its next key, while it is being written
//! ```
//!
//! Folders are for the owner alone (0700), files too (0600). A file is written beside its place, flushed and
//! renamed, so that a power cut leaves the old one or the new one.

mod attempts;
mod facts;
mod files;
mod generation;
mod link;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use record::PersonId;

pub(crate) use attempts::Attempts;
pub(crate) use facts::{Facts, Listed, State};
pub(crate) use files::{FileError, is_broken, only_for_owner, private_folder};
use files::{flush_folder, read_bounded, write_private};
pub(crate) use generation::Generation;

/// A home that this process has to itself until it is dropped.
#[derive(Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    /// Its lock goes with it.
    _lock: File,
}

/// Why a home was not entered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HomeError {
    /// Enrol first.
    #[error("there is no home here")]
    Missing,
    /// Close the other program.
    #[error("another program has this home open")]
    InUse,
    /// Say which file.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The largest key file that is read: an age file for many people has a few kB.
const MAX_KEY_BYTES: u64 = 64 * 1024;

impl Home {
    /// Tells whether there is a home, whatever its state.
    pub(crate) fn is_at(folder: &Path) -> bool {
        folder.join("facts").is_file()
    }

    /// Enters a home that is there already, whatever its state.
    pub(crate) fn enter(folder: &Path) -> Result<Self, HomeError> {
        if !Self::is_at(folder) {
            return Err(HomeError::Missing);
        }
        Self::take(folder)
    }

    /// Makes an empty home, or enters one in which an enrolment broke off before it had asked anybody
    /// anything. What such a one left is put aside, never deleted.
    pub(crate) fn found(folder: &Path) -> Result<Self, HomeError> {
        private_folder(folder)?;
        let home = Self::take(folder)?;
        if !home.facts_path().is_file() {
            files::put_aside(
                folder,
                &["keys", "replica.db", "replica.db-wal", "replica.db-shm"],
            )?;
        }
        private_folder(&folder.join("keys"))?;
        Ok(home)
    }

    fn take(folder: &Path) -> Result<Self, HomeError> {
        let path = folder.join("lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        only_for_owner(&mut options);
        let lock = options
            .open(&path)
            .map_err(|error| FileError::new(&path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                folder: folder.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(HomeError::InUse),
            Err(TryLockError::Error(error)) => Err(FileError::new(&path, error).into()),
        }
    }

    /// Returns the folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns where the database is.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("replica.db")
    }

    /// Tells whether somebody has keys here.
    pub(crate) fn has_facts(&self) -> bool {
        self.facts_path().is_file()
    }

    /// Reads what may be known before unlocking.
    pub(crate) fn facts(&self) -> Result<Facts, FileError> {
        Facts::read(&self.facts_path())
    }

    /// Reads the same of a home that may be open elsewhere.
    pub(crate) fn facts_of(folder: &Path) -> Result<Facts, HomeError> {
        let path = folder.join("facts");
        if !path.is_file() {
            return Err(HomeError::Missing);
        }
        Ok(Facts::read(&path)?)
    }

    /// Writes what may be known before unlocking.
    pub(crate) fn write_facts(&self, facts: &Facts) -> Result<(), FileError> {
        write_private(&self.facts_path(), &facts.to_bytes())
    }

    /// Reads the wrong passphrases since the last right one.
    pub(crate) fn attempts(&self) -> Attempts {
        read_bounded(&self.folder.join("attempts"), MAX_KEY_BYTES).map_or_else(
            |_none| Attempts::default(),
            |bytes| Attempts::from_bytes(&bytes),
        )
    }

    /// Writes the wrong passphrases since the last right one.
    pub(crate) fn write_attempts(&self, attempts: &Attempts) -> Result<(), FileError> {
        write_private(&self.folder.join("attempts"), &attempts.to_bytes())
    }

    /// Forgets the wrong passphrases: the log has them.
    pub(crate) fn clear_attempts(&self) -> Result<(), FileError> {
        let path = self.folder.join("attempts");
        std::fs::remove_file(&path).map_err(|error| FileError::new(&path, error))
    }

    /// Reads a key file.
    pub(crate) fn read_key(&self, name: &KeyFile) -> Result<Vec<u8>, FileError> {
        read_bounded(&self.key_path(name), MAX_KEY_BYTES)
    }

    /// Writes a key file.
    pub(crate) fn write_key(&self, name: &KeyFile, bytes: &[u8]) -> Result<(), FileError> {
        write_private(&self.key_path(name), bytes)
    }

    /// Removes a key file.
    pub(crate) fn remove_key(&self, name: &KeyFile) -> Result<(), FileError> {
        let path = self.key_path(name);
        std::fs::remove_file(&path).map_err(|error| FileError::new(&path, error))
    }

    /// Tells whether there is a key file.
    pub(crate) fn has_key(&self, name: &KeyFile) -> bool {
        self.key_path(name).is_file()
    }

    /// Removes a key file, if there is one.
    pub(crate) fn drop_key(&self, name: &KeyFile) -> Result<(), FileError> {
        if self.has_key(name) {
            self.remove_key(name)?;
        }
        Ok(())
    }

    /// Gives the slot of somebody who asked its place, if it has not got it yet.
    pub(crate) fn promote_slot(&self, person: PersonId) -> Result<(), FileError> {
        self.move_key(&KeyFile::AskedSlot(person), &KeyFile::Slot(person))
    }

    /// Returns where the database is written anew under its next key.
    pub(crate) fn next_database(&self) -> PathBuf {
        self.folder.join("replica-next.db")
    }

    /// Tells whether a change of the database's key was begun.
    pub(crate) fn has_next_key(&self) -> bool {
        self.has_key(&KeyFile::NextDatabase)
    }

    /// Ends a change of the database's key: the database under it is in its place.
    pub(crate) fn adopt_next_key(&self) -> Result<(), FileError> {
        self.move_key(&KeyFile::NextDatabase, &KeyFile::Database)
    }

    /// Forgets a change of the database's key that broke off before the database was in its place.
    pub(crate) fn drop_next_key(&self) -> Result<(), FileError> {
        let path = self.next_database();
        if path.is_file() {
            std::fs::remove_file(&path).map_err(|error| FileError::new(&path, error))?;
        }
        self.drop_key(&KeyFile::NextDatabase)
    }

    fn move_key(&self, from: &KeyFile, to: &KeyFile) -> Result<(), FileError> {
        if self.has_key(from) {
            let (from, to) = (self.key_path(from), self.key_path(to));
            std::fs::rename(&from, &to).map_err(|error| FileError::new(&from, error))?;
            flush_folder(&self.folder.join("keys"))?;
        }
        Ok(())
    }

    fn key_path(&self, name: &KeyFile) -> PathBuf {
        self.folder.join("keys").join(match name {
            KeyFile::DeviceSecret => "device.secret".to_owned(),
            KeyFile::Database => "dbk.age".to_owned(),
            KeyFile::NextDatabase => "dbk-next.age".to_owned(),
            KeyFile::Slot(person) => format!("{person}.slot"),
            KeyFile::AskedSlot(person) => format!("{person}.asked"),
        })
    }

    fn facts_path(&self) -> PathBuf {
        self.folder.join("facts")
    }
}

/// The files in `keys/`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum KeyFile {
    /// Half of every slot's key.
    DeviceSecret,
    /// The database's key, sealed to the people.
    Database,
    /// Its next key, sealed to the people who are left.
    NextDatabase,
    /// A person's keys; nobody's while the hub has yet to say who it is.
    Slot(PersonId),
    /// A person's keys, until they may unlock.
    AskedSlot(PersonId),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_program_is_told_that_the_home_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let first = Home::found(folder.path()).unwrap();
        first.write_facts(&Facts::pending("laptop")).unwrap();

        assert!(matches!(Home::enter(folder.path()), Err(HomeError::InUse)));
        drop(first);
        assert!(Home::enter(folder.path()).is_ok());
    }

    #[test]
    fn a_folder_without_a_home_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();

        assert!(matches!(
            Home::enter(folder.path()),
            Err(HomeError::Missing)
        ));
    }

    #[test]
    fn what_a_broken_enrolment_left_is_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::found(folder.path()).unwrap();
        home.write_key(&KeyFile::DeviceSecret, b"half").unwrap();
        drop(home);

        let home = Home::found(folder.path()).unwrap();

        assert!(home.read_key(&KeyFile::DeviceSecret).is_err());
        assert!(folder.path().join("aside-1/keys/device.secret").is_file());
    }

    #[test]
    fn a_key_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::found(folder.path()).unwrap();
        let is_read = |size: u64| {
            let bytes = vec![7; usize::try_from(size).unwrap()];
            home.write_key(&KeyFile::Database, &bytes).unwrap();
            home.read_key(&KeyFile::Database).is_ok()
        };

        assert!(is_read(MAX_KEY_BYTES));
        assert!(!is_read(MAX_KEY_BYTES + 1));
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home");
        let home = Home::found(&path).unwrap();
        home.write_key(&KeyFile::Database, b"key").unwrap();

        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("keys")), 0o700);
        assert_eq!(mode(&path.join("keys/dbk.age")), 0o600);
        assert_eq!(mode(&path.join("lock")), 0o600);
    }
}
