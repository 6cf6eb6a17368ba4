//! FHIR's data types to the record's values and back, none losing a member.
//!
//! Each type says only what it reads and what it writes. `Element::from_json` compares the two and keeps the
//! difference in the value's own `rest`, so a type cannot forget something that it does not name.

mod fields;
mod identity;
mod winning;

use record::{CodeableConcept, Coding, Json, Period, Quantity, Reference};
use serde_json::{Number, Value};

pub(crate) use fields::{
    element, flag, list, object, put, put_element, put_list, put_text, put_texts, put_when, text,
    texts, when,
};
pub(crate) use winning::{digest, fingerprint, lay_where_equal, winning_list};

use crate::Refusal;
use crate::json::{At, Damaged, Object, diff, overlay};

/// A FHIR data type that the record has a value for.
pub(crate) trait Element: Sized {
    /// Reads what the value's own fields name; members of a wrong type are refused.
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal>;
    /// Writes what the value's own fields say, without its rest.
    fn write(&self) -> Result<Object, Damaged>;
    /// Returns where the members are kept that the fields do not give back.
    fn rest(&mut self) -> &mut Option<Json>;
    /// Returns the kept members.
    fn kept_rest(&self) -> Option<&Json>;

    /// Reads a value so that `to_json` gives the same JSON.
    fn from_json(json: &Value, at: &At<'_>) -> Result<Self, Refusal> {
        let members = object(json, at)?;
        let mut value = Self::read(members, at)?;
        let written = value
            .write()
            .map_err(|Damaged| at.refuse("could not be kept"))?;
        *value.rest() = diff(members, &written);
        Ok(value)
    }

    /// Writes the value with what it keeps beyond its fields.
    fn to_json(&self) -> Result<Value, Damaged> {
        let mut written = self.write()?;
        overlay(&mut written, self.kept_rest())?;
        Ok(Value::Object(written))
    }
}

macro_rules! rest {
    () => {
        fn rest(&mut self) -> &mut Option<record::Json> {
            &mut self.rest
        }

        fn kept_rest(&self) -> Option<&record::Json> {
            self.rest.as_ref()
        }
    };
}
pub(crate) use rest;

impl Element for Coding {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            system: text(members, "system", at)?,
            code: text(members, "code", at)?,
            display: text(members, "display", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_text(&mut members, "system", self.system.as_deref());
        put_text(&mut members, "code", self.code.as_deref());
        put_text(&mut members, "display", self.display.as_deref());
        Ok(members)
    }

    rest!();
}

impl Element for CodeableConcept {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            coding: list(members, "coding", at)?,
            text: text(members, "text", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_list(&mut members, "coding", &self.coding)?;
        put_text(&mut members, "text", self.text.as_deref());
        Ok(members)
    }

    rest!();
}

impl Element for Quantity {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        let value = match members.get("value") {
            None => None,
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => return Err(at.member("value").refuse("a number was expected")),
        };
        Ok(Self {
            value,
            unit: text(members, "unit", at)?,
            system: text(members, "system", at)?,
            code: text(members, "code", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        if let Some(value) = &self.value {
            let number: Number = serde_json::from_str(value).map_err(|_not_a_number| Damaged)?;
            put(&mut members, "value", Value::Number(number));
        }
        put_text(&mut members, "unit", self.unit.as_deref());
        put_text(&mut members, "system", self.system.as_deref());
        put_text(&mut members, "code", self.code.as_deref());
        Ok(members)
    }

    rest!();
}

impl Element for Reference {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            reference: text(members, "reference", at)?,
            display: text(members, "display", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_text(&mut members, "reference", self.reference.as_deref());
        put_text(&mut members, "display", self.display.as_deref());
        Ok(members)
    }

    rest!();
}

/// Reads a period. It keeps no rest: one with more than a start and an end goes into its resource's rest.
pub(crate) fn period(members: &Object, name: &str, at: &At<'_>) -> Result<Option<Period>, Refusal> {
    let Some(json) = members.get(name) else {
        return Ok(None);
    };
    let at = at.member(name);
    let members = object(json, &at)?;
    let period = Period {
        start: when(members, "start", &at)?,
        end: when(members, "end", &at)?,
    };
    if ends_before_it_starts(&period) {
        return Err(at.refuse("ends before it starts"));
    }
    Ok(Some(period))
}

/// Days are compared, not instants: times of day may have other offsets.
fn ends_before_it_starts(period: &Period) -> bool {
    match (&period.start, &period.end) {
        (Some(start), Some(end))
            if start.date().len() == end.date().len() && start.date().len() == 10 =>
        {
            let apart = |it: &str| it.replace('-', "").parse::<u32>().unwrap_or(0);
            // A day apart can be one instant on both sides of the date line.
            apart(end.date()) + 1 < apart(start.date())
        }
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// Writes a period.
pub(crate) fn put_period(members: &mut Object, name: &str, period: Option<&Period>) {
    if let Some(period) = period {
        let mut inner = Object::new();
        put_when(&mut inner, "start", period.start.as_ref());
        put_when(&mut inner, "end", period.end.as_ref());
        put(members, name, Value::Object(inner));
    }
}

/// Writes a concept, unless it says nothing.
pub(crate) fn put_concept(
    members: &mut Object,
    name: &str,
    concept: &CodeableConcept,
) -> Result<(), Damaged> {
    if *concept == CodeableConcept::default() {
        return Ok(());
    }
    put_element(members, name, Some(concept))
}

/// Reads a concept; one that is not there says nothing.
pub(crate) fn concept(
    members: &Object,
    name: &str,
    at: &At<'_>,
) -> Result<CodeableConcept, Refusal> {
    Ok(element(members, name, at)?.unwrap_or_default())
}
