//! Files that are there whole or not at all: what is carried away on a stick, and must not be found half written.
//!
//! Such a file is written beside its place under another name and gets its own when all of it is on the disk. A crash
//! leaves at most the other name, which the next try writes over. What is in the file is not encrypted here.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::database::{beside, sync_folder};

/// Why a file was not written. There is nothing under its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WholeFileError {
    /// Give another name: what is there stays as it is.
    #[error("{} is there already: give another name, or delete it first", .0.display())]
    Exists(PathBuf),
    /// Make room, or take another disk or stick.
    #[error("there is no room for {}: make room, or take another disk or stick", .0.display())]
    Full(PathBuf),
    /// Look at the folder's permissions, the disk or the stick.
    #[error("{} could not be written: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

impl WholeFileError {
    fn new(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        if is_full(&error) {
            Self::Full(path)
        } else {
            Self::Io { path, error }
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded].contains(&error.kind())
}

/// Opens such a file to be read. What is no file, such as a pipe that never ends, is refused.
pub fn open_whole(path: &Path) -> io::Result<BufReader<File>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
    }
    File::open(path).map(BufReader::new)
}

/// Writes a file that is not there yet. Whatever `fill` says went wrong, nothing is left of it.
pub fn write_whole<T, E: From<WholeFileError>>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let at = |error| WholeFileError::new(path, error);
    if path.try_exists().map_err(at)? {
        return Err(WholeFileError::Exists(path.to_owned()).into());
    }
    let unfinished = beside(path, ".part");
    let filled = fill_and_sync(path, &unfinished, fill).and_then(|filled| {
        fs::rename(&unfinished, path).map_err(at)?;
        Ok(filled)
    });
    if filled.is_err() {
        // If it cannot even be deleted, the next try writes over it.
        fs::remove_file(&unfinished).unwrap_or_default();
    }
    let filled = filled?;
    match sync_folder(path) {
        Err(error) if !is_unknown_there(&error) => Err(at(error).into()),
        Ok(()) | Err(_) => Ok(filled),
    }
}

/// Some file systems of sticks know no flushing of folders.
fn is_unknown_there(error: &io::Error) -> bool {
    [io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported].contains(&error.kind())
}

fn fill_and_sync<T, E: From<WholeFileError>>(
    path: &Path,
    unfinished: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> Result<T, E> {
    let at = |error| WholeFileError::new(path, error);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut output = Noted {
        output: BufWriter::new(options.open(unfinished).map_err(at)?),
        full: false,
    };
    let filled = fill(&mut output);
    if output.full {
        // Whatever the writer made of it, this is why.
        return Err(WholeFileError::Full(path.to_owned()).into());
    }
    let filled = filled?;
    output
        .output
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(at)?;
    Ok(filled)
}

/// Remembers that there was no room: who writes may pass that on in words of its own.
struct Noted<W> {
    output: W,
    full: bool,
}

impl<W> Noted<W> {
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.inspect_err(|error| self.full |= is_full(error))
    }
}

impl<W: Write> Write for Noted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.output.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.output.flush();
        self.note(flushed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(path: &Path, bytes: &[u8]) -> Result<(), WholeFileError> {
        write_whole(path, |output| {
            output
                .write_all(bytes)
                .map_err(|error| WholeFileError::new(path, error))
        })
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());

        for no_file in [pipe.as_path(), folder.path()] {
            let kind = open_whole(no_file).unwrap_err().kind();
            assert_eq!(kind, io::ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn a_file_is_written_once_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");

        write(&path, b"first").unwrap();
        let again = write(&path, b"second");

        assert!(matches!(again, Err(WholeFileError::Exists(it)) if it == path));
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["bundle"]);
    }

    #[test]
    fn what_a_crash_left_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        fs::write(folder.path().join("bundle.part"), b"longer than the file").unwrap();

        write(&path, b"whole").unwrap();

        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert_eq!(names(folder.path()), ["bundle"]);
    }

    #[test]
    fn nothing_is_left_of_what_was_not_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");

        let failed = write_whole(&path, |output| {
            output.write_all(b"half").unwrap();
            Err::<(), _>(WholeFileError::Exists(PathBuf::new()))
        });
        let nowhere = write(&folder.path().join("none").join("bundle"), b"x");

        assert!(failed.is_err());
        assert!(matches!(nowhere, Err(WholeFileError::Io { .. })));
        assert_eq!(names(folder.path()), [""; 0]);
    }

    /// `/dev/full` is a disk without room.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_stick_without_room_gets_no_file() {
        for size in [10, 1_000_000] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("bundle");
            std::os::unix::fs::symlink("/dev/full", folder.path().join("bundle.part")).unwrap();

            let full = write(&path, &vec![7; size]);

            assert!(matches!(full, Err(WholeFileError::Full(it)) if it == path));
            assert_eq!(names(folder.path()), [""; 0]);
        }
    }
}
