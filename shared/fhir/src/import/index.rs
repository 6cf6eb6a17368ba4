//! What is read of an entry before its chart is known: its name, and whose it is.

use serde_json::Value;

use super::Registry;
use crate::json::{At, Object, check};
use crate::read::{Entry, not_json};
use crate::{Refusal, parts, source, unique};

/// An entry that may become part of a chart.
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

    /// Returns the resource's `id`.
    pub(super) fn id(&self) -> Option<&str> {
        self.local.as_deref()?.split_once('/').map(|it| it.1)
    }
}

/// A reference that may name the patient.
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

/// An entry that was refused.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) resource_type: Option<String>,
    /// Its `id`, where FHIR allows it.
    pub(super) id: Option<String>,
    /// What it would be called: what points to a refused patient is told so.
    pub(super) names: Vec<String>,
    pub(super) refusal: Refusal,
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self {
            resource_type: None,
            id: None,
            names: Vec::new(),
            refusal,
        }
    }
}

/// Reads what must be known of an entry.
pub(super) fn index<'a>(
    entry: &Entry<'a>,
    registry: &mut impl Registry,
) -> Result<Indexed<'a>, Unread> {
    let text = entry.text.clone()?;
    if text.len() > parts::MAX_RESOURCE_BYTES {
        return Err(Refusal::TooLarge {
            size: text.len(),
            limit: parts::MAX_RESOURCE_BYTES,
        }
        .into());
    }
    let members: Object = serde_json::from_str(text).map_err(|problem| not_json(&problem))?;
    let resource_type = match members.get("resourceType") {
        Some(Value::String(name)) if is_type(name) => name.clone(),
        Some(_) | None => return Err(Refusal::NoResourceType.into()),
    };
    let local = members
        .get("id")
        .and_then(Value::as_str)
        .map(|id| format!("{resource_type}/{id}"));
    let full_url = entry.full_url.clone().filter(|it| !it.is_empty());
    let checked = unique::check(text, &resource_type)
        .and_then(|()| pointers_checked(&resource_type, &members, full_url.as_deref()));
    match checked {
        Ok(pointers) => {
            let made_up = || source::of_bytes(registry.chart_id().as_bytes());
            let source = full_url.or_else(|| local.clone()).unwrap_or_else(made_up);
            Ok(Indexed {
                number: entry.number,
                resource_type,
                source,
                local,
                pointers,
                text,
            })
        }
        Err(refusal) => {
            let names = full_url.into_iter().chain(local).collect();
            let id = members.get("id").and_then(Value::as_str);
            Err(Unread {
                resource_type: Some(resource_type),
                id: id.filter(|it| is_id(it)).map(str::to_owned),
                names,
                refusal,
            })
        }
    }
}

fn pointers_checked(
    resource_type: &str,
    members: &Object,
    full_url: Option<&str>,
) -> Result<Vec<Pointer>, Refusal> {
    let at = At::resource(resource_type);
    if resource_type == "Bundle" {
        return Err(
            at.refuse("a Bundle inside a file of resources; import it as a file of its own")
        );
    }
    check(members, &at)?;
    let right_id = members
        .get("id")
        .is_none_or(|it| it.as_str().is_some_and(is_id));
    if !right_id {
        return Err(at
            .member("id")
            .refuse("1 to 64 letters, digits, hyphens and dots were expected"));
    }
    if full_url.is_some_and(|it| it.len() > source::MAX_BYTES) {
        return Err(at.refuse(format!(
            "its fullUrl has more than {} bytes",
            source::MAX_BYTES
        )));
    }
    if resource_type == "Patient" {
        Ok(Vec::new())
    } else {
        pointers(members, &at)
    }
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

record::discreet!(Indexed['_], Pointer);
