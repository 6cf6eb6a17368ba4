//! The files of an import: found, measured, and read in pieces of bounded size.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use fhir::Document;

/// How much of an NDJSON file is read at once. Its resources are charts' parts, so larger pieces save changes.
const PIECE_BYTES: u64 = 64 << 20;

/// The longest line that ends a piece: a resource larger than this is refused anyway.
const LINE_BYTES: u64 = 16 << 20;

/// How deep folders are searched. Exports have one or two levels; a loop of links has no end.
const MAX_DEPTH: u32 = 8;

/// A file to import.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) size_bytes: u64,
    /// Why it cannot be read.
    problem: Option<String>,
}

/// Finds the files that the paths name, folders searched, in an order that is the same every time.
pub(super) fn find(paths: &[PathBuf]) -> Vec<Found> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = found.len();
            search(path, 0, &mut found);
            if found.len() == before {
                found.push(Found::unreadable(
                    path,
                    "there is no .json or .ndjson file in this folder",
                ));
            }
        } else {
            found.push(Found::measure(path));
        }
    }
    found
}

fn search(folder: &Path, depth: u32, found: &mut Vec<Found>) {
    if depth > MAX_DEPTH {
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            found.push(Found::unreadable(folder, &error.kind().to_string()));
            return;
        }
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|it| it.ok().map(|it| it.path()))
        .collect();
    paths.sort();
    for path in paths {
        let extension = path
            .extension()
            .and_then(|it| it.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            search(&path, depth + 1, found);
        } else if matches!(extension, "json" | "ndjson") {
            found.push(Found::measure(&path));
        }
    }
}

impl Found {
    fn measure(path: &Path) -> Self {
        match std::fs::metadata(path) {
            Ok(facts) => Self {
                path: path.to_owned(),
                size_bytes: facts.len(),
                problem: None,
            },
            Err(error) => Self::unreadable(path, &error.kind().to_string()),
        }
    }

    fn unreadable(path: &Path, problem: &str) -> Self {
        Self {
            path: path.to_owned(),
            size_bytes: 0,
            problem: Some(problem.to_owned()),
        }
    }
}

/// Tells whether a file holds a resource a line.
pub(super) fn is_ndjson(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "ndjson")
}

/// A file, a piece at a time: NDJSON by whole lines, anything else at once.
pub(super) struct Pieces {
    reader: BufReader<File>,
    is_ndjson: bool,
    has_begun: bool,
    is_done: bool,
}

impl Pieces {
    /// Opens a file, unless it is too large to be read whole.
    pub(super) fn open(found: &Found) -> Result<Self, String> {
        if let Some(problem) = &found.problem {
            return Err(problem.clone());
        }
        let is_ndjson = is_ndjson(&found.path);
        if !is_ndjson && found.size_bytes > Document::MAX_BYTES {
            let limit = Document::MAX_BYTES >> 20;
            return Err(format!(
                "the file is larger than {limit} MB: export it as NDJSON, or in several Bundles"
            ));
        }
        let file = File::open(&found.path).map_err(|error| error.kind().to_string())?;
        Ok(Self {
            reader: BufReader::new(file),
            is_ndjson,
            has_begun: false,
            is_done: false,
        })
    }

    /// Returns the next piece; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, String> {
        if self.is_done {
            return Ok(None);
        }
        let limit = if self.is_ndjson {
            PIECE_BYTES
        } else {
            Document::MAX_BYTES
        };
        let mut piece = Vec::new();
        self.read(limit, &mut piece)?;
        if !self.is_ndjson || (piece.len() as u64) < limit {
            self.is_done = true;
        } else {
            let mut line = Vec::new();
            let mut rest = self.reader.by_ref().take(LINE_BYTES);
            rest.read_until(b'\n', &mut line)
                .map_err(|error| error.kind().to_string())?;
            piece.extend(line);
        }
        // An empty file is told so by whoever reads it; the end of one that had pieces is not a fault.
        let is_end = piece.is_empty() && self.has_begun;
        self.has_begun = true;
        Ok((!is_end).then_some(piece))
    }

    fn read(&mut self, limit: u64, into: &mut Vec<u8>) -> Result<(), String> {
        let mut part = self.reader.by_ref().take(limit);
        part.read_to_end(into)
            .map(|_count| ())
            .map_err(|error| error.kind().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.json", "a.ndjson", "notes.txt"] {
            std::fs::write(folder.path().join(name), "{}").unwrap();
        }

        let found = find(&[folder.path().to_owned()]);

        let names: Vec<_> = found.iter().filter_map(|it| it.path.file_name()).collect();
        assert_eq!(names, ["a.ndjson", "b.json"]);
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let empty = find(&[folder.path().to_owned()]);
        let missing = find(&[folder.path().join("none.json")]);

        assert!(Pieces::open(&empty[0]).is_err_and(|it| it.contains("no .json")));
        assert!(Pieces::open(&missing[0]).is_err_and(|it| it.contains("not found")));
    }

    #[test]
    fn a_file_of_two_gigabytes_is_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge.json");
        File::create(&path).unwrap().set_len(2 << 30).unwrap();

        let found = find(&[path]);

        assert!(Pieces::open(&found[0]).is_err_and(|it| it.contains("512 MB")));
    }

    #[test]
    fn a_file_comes_whole_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.ndjson");
        std::fs::write(&path, "{}\n{}\n").unwrap();

        let mut pieces = Pieces::open(&find(&[path])[0]).unwrap();

        assert_eq!(pieces.next(), Ok(Some(b"{}\n{}\n".to_vec())));
        assert_eq!(pieces.next(), Ok(None));
    }
}
