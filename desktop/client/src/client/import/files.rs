//! The files of an import: found, measured, and read in pieces of bounded size.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use fhir::Document;

/// How much of an NDJSON file is read at once. Its resources are charts' parts, so larger pieces save changes.
const PIECE_BYTES: u64 = 64 << 20;

/// The longest line of an NDJSON file: a resource is smaller by far, and a Bundle can be had in parts.
const LINE_BYTES: u64 = 64 << 20;

/// How far the end of a line that is too long is looked for. A file without one is no NDJSON.
const SKIP_BYTES: u64 = 1 << 30;

/// How deep folders are searched. Exports have one or two levels.
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
    let mut search = Search::default();
    for path in paths {
        if path.is_dir() {
            let before = search.found.len();
            // Who names a folder twice means it: observations may stand before the patients that they are about.
            search.searched.clear();
            search.folder(path, 0);
            if search.found.len() == before {
                search.found.push(Found::unreadable(
                    path,
                    "there is no .json or .ndjson file in this folder",
                ));
            }
        } else {
            search.found.push(Found::measure(path));
        }
    }
    search.finish()
}

/// A search under way.
#[derive(Default)]
struct Search {
    found: Vec<Found>,
    /// The folders under this one that were searched, by their true paths: links lead to them again, or round in a loop.
    searched: BTreeSet<PathBuf>,
    /// Those with something in them that are too deep, by their true paths and their names: a link may lead to them from
    /// less deep.
    too_deep: Vec<(PathBuf, PathBuf)>,
}

impl Search {
    /// Returns what was found, and what could not be reached.
    fn finish(mut self) -> Vec<Found> {
        let problem = format!("folders inside folders are searched {MAX_DEPTH} deep");
        for (path, name) in self.too_deep {
            if self.searched.insert(path) {
                self.found.push(Found::unreadable(&name, &problem));
            }
        }
        self.found
    }

    /// Searches a folder, unless it was searched before.
    fn folder(&mut self, folder: &Path, depth: u32) {
        let listed = folder
            .canonicalize()
            .and_then(|it| Ok((it, paths_in(folder)?)));
        let (path, paths) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                let problem = error.kind().to_string();
                self.found.push(Found::unreadable(folder, &problem));
                return;
            }
        };
        if self.searched.contains(&path) {
            return;
        }
        if depth > MAX_DEPTH {
            if paths.iter().any(|it| it.is_dir() || is_fhir(it)) {
                self.too_deep.push((path, folder.to_owned()));
            }
            return;
        }
        self.searched.insert(path);
        for path in paths {
            if path.is_dir() {
                self.folder(&path, depth + 1);
            } else if is_fhir(&path) {
                self.found.push(Found::measure(&path));
            }
        }
    }
}

fn is_fhir(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str());
    matches!(extension, Some("json" | "ndjson"))
}

fn paths_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|it| it.ok().map(|it| it.path()))
        .collect();
    paths.sort();
    Ok(paths)
}

impl Found {
    fn measure(path: &Path) -> Self {
        match std::fs::metadata(path) {
            // A pipe or a device may give nothing for ever, or never end.
            Ok(facts) if !facts.is_file() => Self::unreadable(
                path,
                "it is not a file: a pipe or a device cannot be imported",
            ),
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

/// A part of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Whole lines of NDJSON, or all of another file.
    Bytes(Vec<u8>),
    /// A line that is too long to be read, and was passed over.
    LongLine,
}

/// How much is read at once.
#[derive(Clone, Copy)]
struct Limits {
    piece_bytes: u64,
    line_bytes: u64,
    skip_bytes: u64,
}

/// A file, a piece at a time: NDJSON by whole lines, anything else at once.
pub(super) struct Pieces {
    reader: BufReader<File>,
    is_ndjson: bool,
    limits: Limits,
    has_begun: bool,
    /// The beginning of a line that is too long, after the lines before it were handed out.
    has_long_line: bool,
    is_done: bool,
}

impl Pieces {
    /// Opens a file, unless it is too large to be read whole.
    pub(super) fn open(found: &Found) -> Result<Self, String> {
        let limits = Limits {
            piece_bytes: PIECE_BYTES,
            line_bytes: LINE_BYTES,
            skip_bytes: SKIP_BYTES,
        };
        Self::within(found, limits)
    }

    fn within(found: &Found, limits: Limits) -> Result<Self, String> {
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
            limits,
            has_begun: false,
            has_long_line: false,
            is_done: false,
        })
    }

    /// Returns the next piece; none after the last.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, String> {
        let read = if self.is_done {
            Ok(None)
        } else if self.has_long_line {
            self.pass_long_line().map(Some)
        } else if self.is_ndjson {
            self.lines()
        } else {
            self.is_done = true;
            self.whole().map(Some)
        };
        read.map_err(|error| {
            let is_ours = error.kind() == io::ErrorKind::InvalidData;
            if is_ours {
                error.to_string()
            } else {
                error.kind().to_string()
            }
        })
    }

    fn whole(&mut self) -> io::Result<Piece> {
        let mut bytes = Vec::new();
        let mut part = self.reader.by_ref().take(Document::MAX_BYTES);
        part.read_to_end(&mut bytes)?;
        Ok(Piece::Bytes(bytes))
    }

    /// Reads whole lines, until there are enough, one is too long, or the file ends.
    fn lines(&mut self) -> io::Result<Option<Piece>> {
        let mut bytes = Vec::new();
        while (bytes.len() as u64) < self.limits.piece_bytes {
            let before = bytes.len();
            let mut line = self.reader.by_ref().take(self.limits.line_bytes);
            let count = line.read_until(b'\n', &mut bytes)? as u64;
            if count > 0 && bytes.ends_with(b"\n") {
                continue;
            }
            if count >= self.limits.line_bytes && !self.reader.fill_buf()?.is_empty() {
                bytes.truncate(before);
                self.has_long_line = true;
                break;
            }
            self.is_done = true;
            break;
        }
        if bytes.is_empty() && self.has_long_line {
            self.has_begun = true;
            return self.pass_long_line().map(Some);
        }
        // An empty file is told so by whoever reads it; the end of one that had pieces is not a fault.
        let is_end = bytes.is_empty() && self.has_begun;
        self.has_begun = true;
        Ok((!is_end).then_some(Piece::Bytes(bytes)))
    }

    /// Goes to the end of a line that is too long.
    fn pass_long_line(&mut self) -> io::Result<Piece> {
        self.has_long_line = false;
        let mut passed = 0;
        loop {
            let part = self.reader.fill_buf()?;
            if part.is_empty() {
                self.is_done = true;
                return Ok(Piece::LongLine);
            }
            let end = part.iter().position(|it| *it == b'\n');
            let count = end.map_or(part.len(), |it| it + 1);
            self.reader.consume(count);
            if end.is_some() {
                return Ok(Piece::LongLine);
            }
            passed += count as u64;
            if passed > self.limits.skip_bytes {
                self.is_done = true;
                let problem = "a line has no end: this is no NDJSON";
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
        }
    }
}

/// Says why a line was passed over.
pub(super) fn long_line() -> String {
    format!(
        "the line is longer than {} MB: export it in parts",
        LINE_BYTES >> 20
    )
}

#[cfg(test)]
mod tests;
