//! Resources too large for one statement, kept as several.
//!
//! A statement must fit one change. A larger resource (a scan inside a DocumentReference) becomes a run of opaque
//! statements, each with a part of the resource's text; the first has the resource's source, the others name the
//! first. Export joins them again.

use std::collections::BTreeMap;

use record::{Content, Json, Opaque, Statement, StatementId};
use serde_json::{Value, json};

use crate::json::{Object, kept};

/// The largest resource that is taken, as JSON text: three hundred changes.
pub(crate) const MAX_RESOURCE_BYTES: usize = 8 << 20;

/// The bytes of text in a part. As a JSON text in a JSON text every byte may need a second one, and the rest of the
/// statement needs some.
const PART_BYTES: usize = 28_000;

/// Below this a resource fits one statement, whatever it is written as.
const SURELY_FITS_BYTES: usize = 20_000;

const MEMBER: &str = "urn:posta:part";

/// Tells whether a statement of this content fits; `text_bytes` is the resource's size as JSON.
pub(crate) fn fits(content: &Content, text_bytes: usize, source: &str) -> bool {
    if text_bytes <= SURELY_FITS_BYTES {
        return true;
    }
    let statement = Statement {
        id: StatementId::new([0xff; 16]),
        replaces: vec![StatementId::new([0xff; 16])],
        encounter: Some(StatementId::new([0xff; 16])),
        stamp: record::Stamp {
            at: record::Hlc::from_u64(u64::MAX),
            device: record::DeviceId(u32::MAX),
            person: record::PersonId(u32::MAX),
            site: record::SiteId(u32::MAX),
        },
        role: "x".repeat(64),
        occurred: None,
        // The reason of a replacement and the time are added by others.
        reason: Some("x".repeat(600)),
        source: Some(source.to_owned()),
        content: content.clone(),
    };
    statement.seal().is_ok()
}

/// Takes a resource's text apart; the first part is named `first`.
pub(crate) fn split(resource_type: &str, text: &str, first: StatementId) -> Vec<Content> {
    let mut pieces = Vec::new();
    let mut left = text;
    while !left.is_empty() {
        let mut end = left.len().min(PART_BYTES);
        while !left.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, after) = left.split_at(end);
        pieces.push(piece);
        left = after;
    }
    let count = pieces.len();
    let digest = crate::values::digest(text.as_bytes());
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| {
            // The first part tells of the whole, so that equal resources have equal first parts.
            let mut part =
                json!({ "at": index + 1, "count": count, "digest": digest, "text": piece });
            if index > 0
                && let Some(part) = part.as_object_mut()
            {
                part.insert("of".to_owned(), Value::from(first.to_string()));
            }
            Content::Opaque(Opaque {
                resource_type: resource_type.to_owned(),
                json: Json(json!({ MEMBER: part }).to_string()),
            })
        })
        .collect()
}

/// A part of a resource.
struct Part {
    of: Option<String>,
    at: u64,
    count: u64,
    text: String,
}

/// Returns an opaque statement's part, if it is one.
fn part(statement: &Statement) -> Option<Part> {
    let Content::Opaque(opaque) = &statement.content else {
        return None;
    };
    // Most opaque statements are whole, and large: only a part begins like one.
    if !opaque.json.0.starts_with(&format!("{{\"{MEMBER}\"")) {
        return None;
    }
    let mut members: Object = kept(&opaque.json).ok()?;
    let mut part = members.remove(MEMBER)?;
    let Value::String(text) = part.get_mut("text")?.take() else {
        return None;
    };
    Some(Part {
        of: part.get("of").and_then(Value::as_str).map(str::to_owned),
        at: part.get("at")?.as_u64()?,
        count: part.get("count")?.as_u64()?,
        text,
    })
}

/// The parts among a chart's statements.
#[derive(Default)]
pub(crate) struct Parts {
    later: BTreeMap<(String, u64), String>,
}

/// What a statement is.
pub(crate) enum Piece {
    /// Not a part of anything.
    Whole,
    /// A part that is not the first: its first part speaks for it.
    Later,
    /// The first part, with the joined text; `None` if others are missing.
    First(Option<String>),
}

impl Parts {
    /// Gathers the later parts of all resources.
    pub(crate) fn gather(statements: &[Statement]) -> Self {
        let mut later = BTreeMap::new();
        for part in statements.iter().filter_map(part) {
            if let Some(of) = part.of {
                later.insert((of, part.at), part.text);
            }
        }
        Self { later }
    }

    /// Tells what a statement is, and joins a first part with its others.
    pub(crate) fn piece(&self, statement: &Statement) -> Piece {
        let Some(part) = part(statement) else {
            return Piece::Whole;
        };
        if part.of.is_some() {
            return Piece::Later;
        }
        let of = statement.id.to_string();
        let mut text = part.text;
        for at in 2..=part.count.min(MAX_RESOURCE_BYTES as u64) {
            let Some(piece) = self.later.get(&(of.clone(), at)) else {
                return Piece::First(None);
            };
            text.push_str(piece);
        }
        Piece::First(Some(text))
    }
}
