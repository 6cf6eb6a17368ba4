//! JSON objects: what is written over what, where a member stands, and the checks that hold for every resource.
//!
//! `diff` and `overlay` are how nothing is lost: whatever our own fields would not write back exactly is kept as
//! `rest`, and laid over them on the way out. In `rest`, null means "this member was not there": FHIR has no null
//! members, and `check` refuses them.

use std::fmt;

use record::{Json, When};
use serde_json::{Map, Value};

use crate::Refusal;

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// A kept piece of JSON that cannot be read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Where in a resource a member stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    parent: Option<&'a Self>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// Begins at a resource of this type.
    pub(crate) const fn resource(name: &'a str) -> Self {
        Self {
            parent: None,
            step: Step::Member(name),
        }
    }

    /// Goes to a member.
    pub(crate) const fn member(&'a self, name: &'a str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Member(name),
        }
    }

    /// Goes to an element of an array.
    pub(crate) const fn index(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// Refuses what stands here. The problem names a rule, never a value.
    pub(crate) fn refuse(&self, problem: impl Into<String>) -> Refusal {
        Refusal::Member {
            path: self.to_string(),
            problem: problem.into(),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Index(index) => write!(f, "[{index}]"),
            // A member's name comes from the file: a strange one is not repeated.
            Step::Member(name) => {
                let plain = name.len() <= 64
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
                let dot = if self.parent.is_some() { "." } else { "" };
                write!(f, "{dot}{}", if plain { name } else { "…" })
            }
        }
    }
}

/// Returns what the written object lacks of the original: `overlay` of it on the written gives the original.
pub(crate) fn diff(original: &Object, written: &Object) -> Option<Json> {
    let mut rest = Object::new();
    for (name, value) in original {
        let sibling = format!("_{name}");
        // A primitive is kept with its extensions, so that they are not laid over another value later.
        let extended =
            original.contains_key(&sibling) && original.get(&sibling) != written.get(&sibling);
        if extended || written.get(name) != Some(value) {
            rest.insert(name.clone(), value.clone());
        }
    }
    for name in written.keys() {
        if !original.contains_key(name) {
            rest.insert(name.clone(), Value::Null);
        }
    }
    to_kept(rest)
}

/// Lays kept members over written ones; null removes.
pub(crate) fn overlay(written: &mut Object, rest: Option<&Json>) -> Result<(), Damaged> {
    let Some(rest) = rest else { return Ok(()) };
    lay(written, kept(rest)?);
    Ok(())
}

/// Lays members over written ones; null removes.
pub(crate) fn lay(written: &mut Object, members: Object) {
    for (name, value) in members {
        if value.is_null() {
            written.shift_remove(&name);
        } else {
            written.insert(name, value);
        }
    }
}

/// Reads a kept object.
pub(crate) fn kept(json: &Json) -> Result<Object, Damaged> {
    serde_json::from_str(&json.0).map_err(|_damaged| Damaged)
}

/// Writes an object to keep, its members sorted so that the same members are the same text; `None` if there is
/// nothing in it.
pub(crate) fn to_kept(mut object: Object) -> Option<Json> {
    object.sort_keys();
    (!object.is_empty()).then(|| Json(Value::Object(object).to_string()))
}

/// Checks what holds for every resource: no null members, and every date is in the calendar.
pub(crate) fn check(object: &Object, at: &At<'_>) -> Result<(), Refusal> {
    for (name, value) in object {
        let at = at.member(name);
        match value {
            Value::Null => return Err(at.refuse("is null; leave the member out instead")),
            Value::Object(object) => check(object, &at)?,
            Value::Array(array) => check_array(array, &at)?,
            Value::String(text) if is_date(name) => {
                When::parse(text).map_err(|problem| at.refuse(problem.to_string()))?;
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
        }
    }
    Ok(())
}

fn check_array(array: &[Value], at: &At<'_>) -> Result<(), Refusal> {
    for (index, value) in array.iter().enumerate() {
        let at = at.index(index);
        match value {
            Value::Object(object) => check(object, &at)?,
            Value::Array(_) => return Err(at.refuse("an array in an array is not FHIR")),
            Value::Null | Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
        }
    }
    Ok(())
}

/// Tells whether FHIR R4 uses a member of this name for dates and times only.
fn is_date(name: &str) -> bool {
    const DATES: [&str; 12] = [
        "authored",
        "authoredOn",
        "created",
        "date",
        "end",
        "issued",
        "lastUpdated",
        "received",
        "recorded",
        "sent",
        "start",
        "timestamp",
    ];
    name.ends_with("Date")
        || name.ends_with("DateTime")
        || name.ends_with("Instant")
        || DATES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Object {
        serde_json::from_str(text).unwrap()
    }

    #[track_caller]
    fn check_problem(text: &str, expected: Option<&str>) {
        let found = check(&object(text), &At::resource("Observation"));
        assert_eq!(
            found.err().map(|it| it.to_string()).as_deref(),
            expected,
            "checking {text}"
        );
    }

    #[test]
    fn what_differs_is_kept_and_laid_over() {
        let original = object(r#"{"a":1.50,"b":{"x":[1]},"c":"z"}"#);
        let mut written = object(r#"{"a":1.5,"c":"z","d":true}"#);

        let rest = diff(&original, &written);
        overlay(&mut written, rest.as_ref()).unwrap();

        assert_eq!(written, original);
        assert_eq!(written["a"].to_string(), "1.50");
    }

    #[test]
    fn what_is_equal_needs_no_rest() {
        assert_eq!(
            diff(&object(r#"{"a":1,"b":2}"#), &object(r#"{"b":2,"a":1}"#)),
            None
        );
    }

    #[test]
    fn a_null_member_is_refused_wherever_it_stands() {
        check_problem(
            r#"{"a":[{"b":null}]}"#,
            Some("Observation.a[0].b: is null; leave the member out instead"),
        );
        check_problem(r#"{"given":["x",null]}"#, None);
    }

    #[test]
    fn a_day_outside_the_calendar_is_refused_wherever_it_stands() {
        check_problem(
            r#"{"x":[{"birthDate":"2026-02-31"}]}"#,
            Some("Observation.x[0].birthDate: there is no such day in the calendar"),
        );
        check_problem(r#"{"valueString":"2026-02-31","start":5}"#, None);
    }

    #[test]
    fn a_strange_member_name_is_not_repeated() {
        check_problem(
            r#"{"Jane Doe":null}"#,
            Some("Observation.…: is null; leave the member out instead"),
        );
    }
}
