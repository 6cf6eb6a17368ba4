//! Reading and writing one member of an object, with the refusal that names it.

use record::When;
use serde_json::Value;

use super::Element;
use crate::Refusal;
use crate::json::{At, Damaged, Object};

/// Takes a value as an object.
pub(crate) fn object<'a>(json: &'a Value, at: &At<'_>) -> Result<&'a Object, Refusal> {
    json.as_object()
        .ok_or_else(|| at.refuse("an object was expected"))
}

/// Reads a text.
pub(crate) fn text(members: &Object, name: &str, at: &At<'_>) -> Result<Option<String>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(at.member(name).refuse("a text was expected")),
    }
}

/// Reads an array of texts; nulls, which only hold a place for an extension, are passed over.
pub(crate) fn texts(members: &Object, name: &str, at: &At<'_>) -> Result<Vec<String>, Refusal> {
    let at = at.member(name);
    let mut texts = Vec::new();
    for (index, json) in array(members.get(name), &at)?.iter().enumerate() {
        match json {
            Value::String(text) => texts.push(text.clone()),
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(at.index(index).refuse("a text was expected"));
            }
        }
    }
    Ok(texts)
}

/// Reads true or false.
pub(crate) fn flag(members: &Object, name: &str, at: &At<'_>) -> Result<Option<bool>, Refusal> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(at.member(name).refuse("true or false was expected")),
    }
}

/// Reads a date or time.
pub(crate) fn when(members: &Object, name: &str, at: &At<'_>) -> Result<Option<When>, Refusal> {
    let Some(text) = text(members, name, at)? else {
        return Ok(None);
    };
    When::parse(&text)
        .map(Some)
        .map_err(|problem| at.member(name).refuse(problem.to_string()))
}

/// Reads one element.
pub(crate) fn element<T: Element>(
    members: &Object,
    name: &str,
    at: &At<'_>,
) -> Result<Option<T>, Refusal> {
    let Some(json) = members.get(name) else {
        return Ok(None);
    };
    T::from_json(json, &at.member(name)).map(Some)
}

/// Reads an array of elements.
pub(crate) fn list<T: Element>(
    members: &Object,
    name: &str,
    at: &At<'_>,
) -> Result<Vec<T>, Refusal> {
    let at = at.member(name);
    let array = array(members.get(name), &at)?;
    array
        .iter()
        .enumerate()
        .map(|(index, json)| T::from_json(json, &at.index(index)))
        .collect()
}

fn array<'a>(json: Option<&'a Value>, at: &At<'_>) -> Result<&'a [Value], Refusal> {
    match json {
        None => Ok(&[]),
        Some(Value::Array(array)) => Ok(array),
        Some(_) => Err(at.refuse("an array was expected")),
    }
}

/// Writes a member.
pub(crate) fn put(members: &mut Object, name: &str, json: Value) {
    members.insert(name.to_owned(), json);
}

/// Writes a text, if there is one.
pub(crate) fn put_text(members: &mut Object, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        put(members, name, Value::from(text));
    }
}

/// Writes texts, if there are any.
pub(crate) fn put_texts(members: &mut Object, name: &str, texts: &[String]) {
    if !texts.is_empty() {
        put(members, name, Value::from(texts.to_vec()));
    }
}

/// Writes a date or time, if there is one.
pub(crate) fn put_when(members: &mut Object, name: &str, when: Option<&When>) {
    put_text(members, name, when.map(When::as_str));
}

/// Writes an element, if there is one.
pub(crate) fn put_element<T: Element>(
    members: &mut Object,
    name: &str,
    value: Option<&T>,
) -> Result<(), Damaged> {
    if let Some(value) = value {
        put(members, name, value.to_json()?);
    }
    Ok(())
}

/// Writes elements, if there are any.
pub(crate) fn put_list<T: Element>(
    members: &mut Object,
    name: &str,
    values: &[T],
) -> Result<(), Damaged> {
    if !values.is_empty() {
        let array = values
            .iter()
            .map(Element::to_json)
            .collect::<Result<Vec<_>, _>>()?;
        put(members, name, Value::Array(array));
    }
    Ok(())
}
