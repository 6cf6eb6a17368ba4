//! Attachments: what is known of a scan or a photograph, as a FHIR DocumentReference. The bytes are not in it.
//!
//! Another system's DocumentReference, which names no bytes that are kept here, is kept whole.

use data_encoding::HEXLOWER;
use record::{Content, DocumentReference};
use serde_json::{Value, json};

use super::{Said, Setting};
use crate::Refusal;
use crate::json::{At, Object};
use crate::values::{object, put, put_text, text, when};

/// How an attachment of ours names its bytes: by their BLAKE3 hash.
const BYTES: &str = "urn:posta:blob:";

/// Tells whether a DocumentReference is one attachment whose bytes are named as ours are.
pub(super) fn is_ours(members: &Object) -> bool {
    attachment(members).is_some_and(|it| document(it).is_some())
}

fn attachment(members: &Object) -> Option<&Value> {
    match members.get("content")?.as_array()?.as_slice() {
        [only] => only.get("attachment"),
        [] | [_, _, ..] => None,
    }
}

fn document(attachment: &Value) -> Option<DocumentReference> {
    let hash = attachment.get("url")?.as_str()?.strip_prefix(BYTES)?;
    let hash = HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()?;
    Some(DocumentReference {
        title: None,
        content_type: attachment.get("contentType")?.as_str()?.to_owned(),
        hash,
        size: attachment.get("size")?.as_u64()?,
        rest: None,
    })
}

pub(super) fn read(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    let at = at.member("content");
    let attachment = attachment(members).ok_or_else(|| at.refuse("one was expected"))?;
    let document = document(attachment).ok_or_else(|| at.refuse("is not an attachment's"))?;
    let title = text(object(attachment, &at)?, "title", &at)?;
    let period = members.get("context").and_then(|it| it.get("period"));
    let occurred = match period {
        Some(period) => when(object(period, &at)?, "start", &at)?,
        None => None,
    };
    Ok(Said {
        content: Content::DocumentReference(DocumentReference { title, ..document }),
        occurred,
    })
}

pub(super) fn write(document: &DocumentReference, setting: &Setting) -> Object {
    let bare = Setting {
        encounter: None,
        ..setting.clone()
    };
    let mut members = bare.begin("DocumentReference");
    put_text(&mut members, "status", Some("current"));
    let mut attachment = Object::new();
    put_text(
        &mut attachment,
        "contentType",
        Some(document.content_type.as_str()),
    );
    let url = format!("{BYTES}{}", HEXLOWER.encode(&document.hash));
    put_text(&mut attachment, "url", Some(url.as_str()));
    put(&mut attachment, "size", json!(document.size));
    put_text(&mut attachment, "title", document.title.as_deref());
    put(
        &mut members,
        "content",
        json!([{ "attachment": attachment }]),
    );
    let mut context = Object::new();
    if let Some(reference) = &setting.encounter {
        put(
            &mut context,
            "encounter",
            json!([{ "reference": reference }]),
        );
    }
    if let Some(occurred) = &setting.occurred {
        put(
            &mut context,
            "period",
            json!({ "start": occurred.as_str() }),
        );
    }
    if !context.is_empty() {
        put(&mut members, "context", Value::Object(context));
    }
    members
}
