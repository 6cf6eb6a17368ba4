//! Notes: what a clinician wrote, as a FHIR Composition of one section.
//!
//! Another system's Composition becomes a note if it is one section of plain words; one with a structure of its own
//! is kept whole.

use record::{Content, Note};
use serde_json::json;

use super::{Said, Setting};
use crate::Refusal;
use crate::json::{At, Object};
use crate::values::{put, put_text, put_when, when};

const KIND: &str = "urn:posta:kind";
const PERSON: &str = "urn:posta:person";
const OPENING: &str = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
const CLOSING: &str = "</div>";

/// Tells whether a Composition is a note: one section of plain words.
pub(super) fn is_note(members: &Object) -> bool {
    words(members).is_some()
}

pub(super) fn read(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    let text = words(members).ok_or_else(|| at.member("section").refuse("is not a note's"))?;
    Ok(Said {
        content: Content::Note(Note { text, rest: None }),
        occurred: when(members, "date", at)?,
    })
}

fn words(members: &Object) -> Option<String> {
    let div = members
        .get("section")?
        .get(0)?
        .get("text")?
        .get("div")?
        .as_str()?;
    let inner = div.strip_prefix(OPENING)?.strip_suffix(CLOSING)?;
    let text = inner.replace("<br/>", "\n");
    if text.contains('<') {
        return None;
    }
    Some(
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

pub(super) fn write(note: &Note, setting: &Setting) -> Object {
    let mut members = setting.begin("Composition");
    put_text(&mut members, "status", Some("final"));
    put(
        &mut members,
        "type",
        json!({
            "coding": [
                { "system": "http://loinc.org", "code": "11506-3", "display": "Progress note" },
                { "system": KIND, "code": "Note" },
            ],
        }),
    );
    put_when(&mut members, "date", setting.occurred.as_ref());
    if let Some(born) = &setting.born {
        if setting.occurred.is_none() {
            put_when(&mut members, "date", Some(&born.recorded));
        }
        let author =
            json!([{ "identifier": { "system": PERSON, "value": born.person.to_string() } }]);
        put(&mut members, "author", author);
    }
    put_text(&mut members, "title", Some("Progress note"));
    let escaped = note
        .text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let div = format!("{OPENING}{}{CLOSING}", escaped.replace('\n', "<br/>"));
    put(
        &mut members,
        "section",
        json!([{ "text": { "status": "generated", "div": div } }]),
    );
    members
}
