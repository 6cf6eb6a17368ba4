//! What is read of an entry before its chart is known: its name, and whose it is.

use serde_json::Value;

use super::Registry;
use crate::json::{At, Object, check};
use crate::read::{Entry, not_json};
use crate::{Refusal, parts, source};

/// An entry that may become part of a chart.
#[derive(Debug)]
pub(super) struct Indexed<'a> {
    pub(super) number: usize,
    pub(super) resource_type: String,
    /// What it is called: its full URL, else `Type/id`, else a name made up here.
    pub(super) source: String,
    /// `Type/id`, where it has an id.
    pub(super) local: Option<String>,
    /// Whom it points to.
    pub(super) pointers: Vec<Pointer>,
    pub(super) text: &'a str,
}

impl Indexed<'_> {
    pub(super) fn is_patient(&self) -> bool {
        self.resource_type == "Patient"
    }
}

/// A reference that may name the patient.
#[derive(Debug)]
pub(super) struct Pointer {
    pub(super) reference: String,
    /// The member it stands in.
    pub(super) path: String,
    /// Whether the resource cannot be placed without it.
    pub(super) demands: bool,
}

/// The members that say whom a resource is about.
const SUBJECTS: [&str; 6] = [
    "subject",
    "patient",
    "beneficiary",
    "for",
    "individual",
    "candidate",
];

/// Reads what must be known of an entry; a refusal comes with the type, where it could be read.
pub(super) fn index<'a>(
    entry: &Entry<'a>,
    registry: &mut impl Registry,
) -> Result<Indexed<'a>, (Option<String>, Refusal)> {
    let text = entry.text.clone().map_err(|refusal| (None, refusal))?;
    if text.len() > parts::MAX_RESOURCE_BYTES {
        let (size, limit) = (text.len(), parts::MAX_RESOURCE_BYTES);
        return Err((None, Refusal::TooLarge { size, limit }));
    }
    let members: Object =
        serde_json::from_str(text).map_err(|problem| (None, not_json(&problem)))?;
    let resource_type = match members.get("resourceType") {
        Some(Value::String(name)) if is_type(name) => name.clone(),
        Some(_) | None => return Err((None, Refusal::NoResourceType)),
    };
    match name_and_pointers(entry, &resource_type, &members, registry) {
        Ok((source, local, pointers)) => Ok(Indexed {
            number: entry.number,
            resource_type,
            source,
            local,
            pointers,
            text,
        }),
        Err(refusal) => Err((Some(resource_type), refusal)),
    }
}

type Named = (String, Option<String>, Vec<Pointer>);

fn name_and_pointers(
    entry: &Entry<'_>,
    resource_type: &str,
    members: &Object,
    registry: &mut impl Registry,
) -> Result<Named, Refusal> {
    let at = At::resource(resource_type);
    if resource_type == "Bundle" {
        return Err(
            at.refuse("a Bundle inside a file of resources; import it as a file of its own")
        );
    }
    check(members, &at)?;
    let local = match members.get("id") {
        None => None,
        Some(Value::String(id)) if is_id(id) => Some(format!("{resource_type}/{id}")),
        Some(_) => {
            return Err(at
                .member("id")
                .refuse("1 to 64 letters, digits, hyphens and dots were expected"));
        }
    };
    let full_url = entry.full_url.clone().filter(|it| !it.is_empty());
    let source = full_url
        .or_else(|| local.clone())
        .unwrap_or_else(|| source::of_bytes(registry.chart_id().as_bytes()));
    if source.len() > source::MAX_BYTES {
        return Err(at.refuse(format!(
            "its fullUrl has more than {} bytes",
            source::MAX_BYTES
        )));
    }
    let pointers = if resource_type == "Patient" {
        Vec::new()
    } else {
        pointers(members, &at)?
    };
    Ok((source, local, pointers))
}

fn is_type(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

fn pointers(members: &Object, at: &At<'_>) -> Result<Vec<Pointer>, Refusal> {
    let mut pointers = Vec::new();
    for name in SUBJECTS {
        let at = at.member(name);
        match members.get(name) {
            None => {}
            Some(Value::Object(subject)) => match subject.get("reference") {
                Some(Value::String(reference)) => pointers.push(pointer(reference, &at, true)),
                Some(_) => return Err(at.member("reference").refuse("a text was expected")),
                None => return Err(at.refuse("names nobody by reference")),
            },
            Some(Value::Array(subjects)) => {
                pointers.extend(references(subjects).map(|it| pointer(it, &at, false)));
            }
            Some(_) => return Err(at.refuse("a reference was expected")),
        }
    }
    let participants = members
        .get("participant")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let at = at.member("participant");
    let actors = participants.filter_map(|it| it.get("actor")?.get("reference")?.as_str());
    pointers.extend(actors.map(|it| pointer(it, &at, false)));
    Ok(pointers)
}

fn references(array: &[Value]) -> impl Iterator<Item = &str> {
    array.iter().filter_map(|it| it.get("reference")?.as_str())
}

fn pointer(reference: &str, at: &At<'_>, demands: bool) -> Pointer {
    Pointer {
        reference: reference.to_owned(),
        path: at.to_string(),
        demands,
    }
}
