//! The folder that holds a hub: `hub.key`, `hub.db` and the lock of the one process that serves it.
//!
//! The key lies beside the database it opens. That guards a copy of the database alone (a backup, a discarded
//! disk's image), not the machine: the hub must come back by itself after a power cut.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crypto::DatabaseKey;

use crate::restored::Generation;
use crate::world::{World, random};

/// A folder that holds, or is to hold, a hub.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
}

/// Why a home could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// Point at another folder, or make a hub there.
    #[error("there is no hub in {}: point --home at one, or make one with `posta-hub init`", .0.display())]
    NoHub(PathBuf),
    /// Choose another folder. Nothing was touched.
    #[error("{} already holds a hub; choose another --home, nothing was touched", .0.display())]
    AlreadyAHub(PathBuf),
    /// Put the right key file back.
    #[error("the key file {} is damaged: put back a copy of it, the hub's database cannot be read without", .0.display())]
    DamagedKey(PathBuf),
    /// Stop the other process, or leave it be.
    #[error("another `posta-hub serve` is already serving this home{}; stop that one first", process_words(.0.as_deref()))]
    AlreadyServed(Option<String>),
    /// Look at the folder's permissions and the disk.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn process_words(process: Option<&str>) -> String {
    process
        .map(|it| format!(" (process {it})"))
        .unwrap_or_default()
}

/// Held as long as this process serves a home. The system lets go of it however the process ends.
#[derive(Debug)]
pub struct ServeLock {
    _held: File,
}

impl Home {
    /// How long the key is.
    const KEY_BYTES: usize = 32;

    /// Names a folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns where the database lies.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.folder.join("hub.db")
    }

    fn key_file(&self) -> PathBuf {
        self.folder.join("hub.key")
    }

    fn generation_file(&self) -> PathBuf {
        self.folder.join("generation")
    }

    /// Reads which start of which hub this home has seen last; none if none or if that cannot be read.
    pub(crate) fn generation(&self) -> Result<Option<Generation>, HomeError> {
        let path = self.generation_file();
        let mut bytes = Vec::with_capacity(Generation::BYTES + 1);
        match File::open(&path) {
            Ok(file) => file
                .take(Generation::BYTES as u64 + 1)
                .read_to_end(&mut bytes)
                .map_err(io_error("could not read", &path))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("could not read", &path)(error)),
        };
        Ok(Generation::from_bytes(&bytes))
    }

    /// Writes which start of which hub this is, whole or not at all.
    pub(crate) fn put_generation(&self, generation: &Generation) -> Result<(), HomeError> {
        let path = self.generation_file();
        let new = path.with_extension("new");
        let written = private()
            .create(true)
            .truncate(true)
            .open(&new)
            .and_then(|mut file| {
                file.write_all(&generation.to_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::rename(&new, &path));
        written.map_err(io_error("could not write", &path))
    }

    /// Makes the folder and a new key in it, readable by its owner only; refuses where a hub is.
    pub(crate) fn create(&self, world: &dyn World) -> Result<DatabaseKey, HomeError> {
        let key_file = self.key_file();
        if key_file.exists() || self.database().exists() {
            return Err(HomeError::AlreadyAHub(self.folder.clone()));
        }
        private_folder(&self.folder).map_err(io_error("could not make", &self.folder))?;
        let key: [u8; Self::KEY_BYTES] = random(world);
        write_private(&key_file, &key).map_err(io_error("could not write", &key_file))?;
        // The database must never outlive its key in a power cut, so the name is made durable first.
        File::open(&self.folder)
            .and_then(|it| it.sync_all())
            .map_err(io_error("could not write", &self.folder))?;
        Ok(DatabaseKey::from_bytes(key))
    }

    /// Reads the key of the hub that is here.
    pub(crate) fn key(&self) -> Result<DatabaseKey, HomeError> {
        let path = self.key_file();
        if !path.exists() && !self.database().exists() {
            return Err(HomeError::NoHub(self.folder.clone()));
        }
        let mut bytes = Vec::with_capacity(Self::KEY_BYTES + 1);
        File::open(&path)
            .and_then(|it| it.take(Self::KEY_BYTES as u64 + 1).read_to_end(&mut bytes))
            .map_err(io_error("could not read", &path))?;
        let key = <[u8; Self::KEY_BYTES]>::try_from(bytes.as_slice())
            .map_err(|_length| HomeError::DamagedKey(path))?;
        Ok(DatabaseKey::from_bytes(key))
    }

    /// Takes the right to serve this home, which one process can hold. Where no hub is, nothing is touched.
    pub fn lock_for_serving(&self) -> Result<ServeLock, HomeError> {
        self.key()?;
        let path = self.folder.join("lock");
        let could_not = || io_error("could not lock", &path);
        let mut options = private();
        let mut file = options
            .read(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(could_not())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(HomeError::AlreadyServed(holder(&mut file)));
            }
            Err(TryLockError::Error(source)) => return Err(could_not()(source)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(could_not())?;
        Ok(ServeLock { _held: file })
    }
}

/// Reads which process holds a lock, if it says so in digits.
fn holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Io {
        action,
        path,
        source,
    }
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Opens for writing; a file that is made is its owner's only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Makes a folder for its owner alone, unless it is there.
pub(crate) fn private_folder_at(path: &Path) -> Result<(), HomeError> {
    private_folder(path).map_err(io_error("could not make", path))
}

/// Writes a file that is not there yet, for its owner alone.
pub(crate) fn write_private_at(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    write_private(path, bytes).map_err(io_error("could not write", path))
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private().create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::OsWorld;

    #[test]
    fn a_home_is_never_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path().join("hub"));
        let made = home.create(&OsWorld).unwrap();

        let again = home.create(&OsWorld);

        assert!(matches!(again, Err(HomeError::AlreadyAHub(_))));
        assert_eq!(home.key().unwrap().expose(), made.expose());
    }

    #[cfg(unix)]
    #[test]
    fn the_key_and_the_lock_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path().join("hub"));
        home.create(&OsWorld).unwrap();
        let _held = home.lock_for_serving().unwrap();

        for path in [home.key_file(), home.folder().join("lock")] {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
    }

    #[test]
    fn a_folder_without_a_hub_is_not_served_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Home::new(folder.path().join("missing"));
        let other = Home::new(folder.path());

        for home in [&missing, &other] {
            let refused = home.lock_for_serving();
            assert!(matches!(refused, Err(HomeError::NoHub(_))), "{refused:?}");
        }

        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_empty_folder_and_a_damaged_key_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());

        assert!(matches!(home.key(), Err(HomeError::NoHub(_))));
        fs::write(home.key_file(), b"short").unwrap();
        assert!(matches!(home.key(), Err(HomeError::DamagedKey(_))));
    }

    #[test]
    fn a_home_is_served_by_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path().join("hub"));
        home.create(&OsWorld).unwrap();
        let held = home.lock_for_serving().unwrap();

        let second = home.lock_for_serving();

        let Err(HomeError::AlreadyServed(Some(process))) = second else {
            panic!("served twice")
        };
        assert_eq!(process, std::process::id().to_string());
        drop(held);
        home.lock_for_serving().unwrap();
    }
}
