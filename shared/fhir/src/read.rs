//! A file's bytes, taken apart into resources.
//!
//! A file is a Bundle, one resource, or NDJSON (a resource or a Bundle a line). Who knows that a file is NDJSON, by
//! its name, says so; else its first lines tell. Each entry is found by brackets alone and read by
//! itself, so a broken one refuses only itself; what follows a bracket that is never closed cannot be told apart and
//! is refused as one. Nothing is copied: an entry is a slice of the file.

mod scan;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Refusal;
use scan::{Broken, Scanner};

/// What some systems put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How many entries a file may have. Their index takes some 200 bytes each.
pub(crate) const MAX_ENTRIES: usize = 1_000_000;

/// A file of FHIR: a Bundle, one resource, or NDJSON.
#[derive(Debug)]
pub struct Document<'a> {
    entries: Vec<Entry<'a>>,
}

/// Why a whole file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Ask for another file.
    #[error("not a FHIR JSON file: {0}")]
    NotFhir(&'static str),
    /// Ask for the file in parts (NDJSON, or several Bundles).
    #[error("the file has more than {limit} resources; export it in parts")]
    TooMany {
        /// How many are taken.
        limit: usize,
    },
}

/// One entry of a file.
#[derive(Clone)]
pub(crate) struct Entry<'a> {
    /// Which one, from 1.
    pub(crate) number: usize,
    /// Its address in the Bundle.
    pub(crate) full_url: Option<String>,
    /// The resource's text, or why there is none.
    pub(crate) text: Result<&'a str, Refusal>,
}

impl<'a> Document<'a> {
    /// The largest file to hand over, in bytes; the caller refuses a larger one before reading it.
    pub const MAX_BYTES: u64 = 512 << 20;

    /// Finds the resources in a file's bytes.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let text = object(bytes)?;
        let entries = if is_lines(text) {
            lines(text.as_bytes())?
        } else {
            one_value(text)?
        };
        Ok(Self { entries })
    }

    /// Finds the resources in the bytes of a file that says it is NDJSON: a line that is none refuses only itself.
    pub fn read_lines(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let entries = lines(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))?;
        if entries.is_empty() {
            return Err(ReadError::NotFhir("it is empty"));
        }
        Ok(Self { entries })
    }

    /// Returns how many entries the file has, broken ones too.
    #[must_use]
    pub const fn entries(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<'a>> {
        self.entries.iter()
    }
}

/// Returns the text of what begins as a JSON object.
fn object(bytes: &[u8]) -> Result<&str, ReadError> {
    let text = std::str::from_utf8(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes))
        .map_err(|_not_utf8| ReadError::NotFhir("it is not text (UTF-8)"))?
        .trim();
    match text.bytes().next() {
        Some(b'{') => Ok(text),
        None => Err(ReadError::NotFhir("it is empty")),
        Some(b'<') => Err(ReadError::NotFhir("it is XML; export it as JSON")),
        Some(b'[') => Err(ReadError::NotFhir(
            "it is a list; export it as a Bundle or as NDJSON",
        )),
        Some(_) => Err(ReadError::NotFhir("it does not begin with a JSON object")),
    }
}

/// NDJSON: the first line is closed and the next one begins an object of its own.
fn is_lines(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let first = lines.next().unwrap_or("");
    let second = lines.next();
    first.len() > 1 && first.ends_with('}') && second.is_some_and(|it| it.starts_with('{'))
}

/// Reads a line by line: resources, or whole Bundles.
fn lines(bytes: &[u8]) -> Result<Vec<Entry<'_>>, ReadError> {
    let mut entries = Vec::new();
    for line in bytes.split(|it| *it == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let number = entries.len() + 1;
        match object(line).and_then(one_value) {
            Err(problem @ ReadError::TooMany { .. }) => return Err(problem),
            Err(ReadError::NotFhir(problem)) => {
                let text = Err(Refusal::NotJson(problem.to_owned()));
                push(
                    &mut entries,
                    Entry {
                        number,
                        full_url: None,
                        text,
                    },
                )?;
            }
            Ok(found) => {
                for (index, entry) in found.into_iter().enumerate() {
                    push(
                        &mut entries,
                        Entry {
                            number: number + index,
                            ..entry
                        },
                    )?;
                }
            }
        }
    }
    Ok(entries)
}

fn push<'a>(entries: &mut Vec<Entry<'a>>, entry: Entry<'a>) -> Result<(), ReadError> {
    if entries.len() >= MAX_ENTRIES {
        return Err(ReadError::TooMany { limit: MAX_ENTRIES });
    }
    entries.push(entry);
    Ok(())
}

/// Reads a file of one JSON object: a Bundle or a resource.
fn one_value(text: &str) -> Result<Vec<Entry<'_>>, ReadError> {
    let mut scanner = Scanner::new(text);
    let mut kind = None;
    let mut bundle_type = None;
    let mut entries = None;
    let mut intact = true;
    scanner.pass(b'{');
    while !scanner.pass(b'}') {
        let Ok(name) = scanner.value() else {
            intact = false;
            break;
        };
        if !scanner.pass(b':') {
            return Err(ReadError::NotFhir("it is not JSON"));
        }
        if name == "\"entry\"" && scanner.peek() == Some(b'[') {
            let (found, closed) = elements(&mut scanner)?;
            if entries.replace(found).is_some() {
                return Err(ReadError::NotFhir("it has two lists of entries"));
            }
            intact = closed;
        } else {
            match scanner.value() {
                Ok(value) if name == "\"resourceType\"" => kind = Some(value),
                Ok(value) if name == "\"type\"" => bundle_type = Some(value),
                Ok(_) => {}
                Err(Broken::Ends | Broken::Misplaced) => intact = false,
            }
        }
        if !intact {
            break;
        }
        scanner.pass(b',');
    }
    if kind != Some("\"Bundle\"") {
        return single(text, kind, intact);
    }
    if !scanner.left().trim().is_empty() && intact {
        return Err(ReadError::NotFhir("something follows the Bundle"));
    }
    if bundle_type == Some("\"history\"") {
        return Err(ReadError::NotFhir(
            "a history Bundle has several versions of each resource; export a collection",
        ));
    }
    Ok(entries.unwrap_or_default())
}

fn single<'a>(
    text: &'a str,
    kind: Option<&str>,
    intact: bool,
) -> Result<Vec<Entry<'a>>, ReadError> {
    if kind.is_none() {
        let problem = if intact {
            "it has no resourceType"
        } else {
            "it breaks off or is not JSON"
        };
        return Err(ReadError::NotFhir(problem));
    }
    Ok(vec![Entry {
        number: 1,
        full_url: None,
        text: Ok(text),
    }])
}

/// Finds a Bundle's entries; the second value tells whether the list was closed.
fn elements<'a>(scanner: &mut Scanner<'a>) -> Result<(Vec<Entry<'a>>, bool), ReadError> {
    let mut entries = Vec::new();
    scanner.pass(b'[');
    while !scanner.pass(b']') {
        let number = entries.len() + 1;
        let Ok(text) = scanner.value() else {
            let problem = "the file breaks off in this entry; nothing after it could be read";
            let text = Err(Refusal::NotJson(problem.to_owned()));
            push(
                &mut entries,
                Entry {
                    number,
                    full_url: None,
                    text,
                },
            )?;
            return Ok((entries, false));
        };
        push(&mut entries, entry(number, text))?;
        scanner.pass(b',');
    }
    Ok((entries, true))
}

/// The members of a Bundle's entry that matter here.
#[derive(Deserialize)]
struct Shell<'a> {
    #[serde(rename = "fullUrl", default)]
    full_url: Option<String>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
}

fn entry(number: usize, text: &str) -> Entry<'_> {
    match serde_json::from_str::<Shell<'_>>(text) {
        Err(problem) => Entry {
            number,
            full_url: None,
            text: Err(not_json(&problem)),
        },
        Ok(shell) => Entry {
            number,
            full_url: shell.full_url,
            text: shell.resource.map(RawValue::get).ok_or(Refusal::NoResource),
        },
    }
}

/// Says where JSON is broken, without the words around it.
pub(crate) fn not_json(problem: &serde_json::Error) -> Refusal {
    let what = match problem.classify() {
        serde_json::error::Category::Eof => "it breaks off",
        serde_json::error::Category::Syntax => "a syntax error, or nested deeper than 128",
        serde_json::error::Category::Data => "a member has the wrong type",
        serde_json::error::Category::Io => "it could not be read",
    };
    Refusal::NotJson(format!(
        "{what} (line {}, column {} of the entry)",
        problem.line(),
        problem.column()
    ))
}

record::discreet!(Entry['_]);

#[cfg(test)]
mod tests;
