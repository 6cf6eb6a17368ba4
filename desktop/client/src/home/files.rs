//! Private files that survive a power cut: written beside their place, flushed, renamed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A file or folder that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {said}", path.display())]
pub(crate) struct FileError {
    pub(crate) path: PathBuf,
    pub(crate) kind: io::ErrorKind,
    /// Whether it is the disk that failed.
    pub(crate) is_broken: bool,
    /// What the system said.
    said: String,
}

/// What Unix says of a disk that fails (`EIO`): the standard library has no name for it.
const BROKEN: Option<i32> = if cfg!(unix) { Some(5) } else { None };

impl FileError {
    #[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
    pub(crate) fn new(path: &Path, error: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            kind: error.kind(),
            is_broken: is_broken(&error),
            said: error.to_string(),
        }
    }

    /// A file that is there and is not what it should be.
    pub(crate) fn damaged(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            kind: io::ErrorKind::InvalidData,
            is_broken: false,
            said: io::ErrorKind::InvalidData.to_string(),
        }
    }
}

/// Tells whether it is the disk that failed.
pub(crate) fn is_broken(error: &io::Error) -> bool {
    BROKEN.is_some() && error.raw_os_error() == BROKEN
}

/// Reads a file of at most so many bytes.
pub(super) fn read_bounded(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(|error| FileError::new(path, error))?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::new(path, error))?;
    if bytes.len() as u64 > limit {
        return Err(FileError::damaged(path));
    }
    Ok(bytes)
}

/// Writes a file so that there is always the old one or the new one.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let fresh = path.with_extension("new");
    write_flushed(&fresh, bytes).map_err(|error| FileError::new(&fresh, error))?;
    std::fs::rename(&fresh, path).map_err(|error| FileError::new(path, error))?;
    match path.parent() {
        Some(folder) => flush_folder(folder),
        None => Ok(()),
    }
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    only_for_owner(&mut options);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a folder for the owner alone, unless there is one.
pub(crate) fn private_folder(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| FileError::new(path, error))
}

/// Has files made for the owner alone. On Windows the profile's own rights do.
pub(crate) fn only_for_owner(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    std::convert::identity(options);
}

/// Moves what is there of the named files into a folder of its own beside them.
pub(super) fn put_aside(folder: &Path, names: &[&str]) -> Result<(), FileError> {
    let there: Vec<&&str> = names
        .iter()
        .filter(|name| folder.join(name).exists())
        .collect();
    if there.is_empty() {
        return Ok(());
    }
    let mut number = 1_u32;
    while folder.join(format!("aside-{number}")).exists() {
        number += 1;
    }
    let aside = folder.join(format!("aside-{number}"));
    private_folder(&aside)?;
    for name in there {
        let from = folder.join(name);
        std::fs::rename(&from, aside.join(name)).map_err(|error| FileError::new(&from, error))?;
    }
    flush_folder(folder)
}

/// A rename is only on the disk once its folder is.
pub(super) fn flush_folder(folder: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    File::open(folder)
        .and_then(|it| it.sync_all())
        .map_err(|error| FileError::new(folder, error))?;
    #[cfg(not(unix))]
    std::convert::identity(folder);
    Ok(())
}
