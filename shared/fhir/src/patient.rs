//! FHIR's Patient to registers and back.
//!
//! The registers are typed values; every other member of the resource (extensions, marital status, narrative …) is
//! kept beside them as one object, the *remainder*. On the way out the registers win wherever they were edited since:
//! a kept member is only laid over a register's own if it still says the same.

use record::{
    Address, BirthDate, Contact, ContactPoint, Deceased, HumanName, Identifier, Language, Sex, When,
};
use serde_json::{Value, json};

use crate::Refusal;
use crate::json::{At, Damaged, Object, diff, kept, lay};
use crate::values::{
    Element, fingerprint, flag, lay_where_equal, list, put, put_text, text, when, winning_list,
};

/// Marks a birth date that was guessed, in `_birthDate`.
const ESTIMATED: &str = "urn:posta:estimated";
/// Remembers in the remainder what the registers said when the narrative was written.
const NARRATED: &str = "urn:posta:narrated";
/// How many names, addresses … one patient may have, and how many bytes each: together they must fit the changes
/// that carry them, and no person has more.
pub(crate) const MAX_ITEMS: usize = 100;
pub(crate) const MAX_ITEM_BYTES: usize = 8_000;

/// Who a patient is, as the registers have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) birth_date: Option<BirthDate>,
    pub(crate) sex: Option<Sex>,
    pub(crate) deceased: Option<Deceased>,
    pub(crate) names: Vec<HumanName>,
    pub(crate) identifiers: Vec<Identifier>,
    pub(crate) telecoms: Vec<ContactPoint>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) languages: Vec<Language>,
}

impl Person {
    /// Reads a Patient's registers.
    pub(crate) fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        let person = Self {
            birth_date: birth_date(members, at)?,
            sex: sex(members, at)?,
            deceased: deceased(members, at)?,
            names: items(members, "name", at)?,
            identifiers: items(members, "identifier", at)?,
            telecoms: items(members, "telecom", at)?,
            addresses: items(members, "address", at)?,
            contacts: items(members, "contact", at)?,
            languages: items(members, "communication", at)?,
        };
        if person.died_before_birth() {
            return Err(at
                .member("deceasedDateTime")
                .refuse("before the birth date"));
        }
        Ok(person)
    }

    /// Returns what the Patient says beyond the registers, for a resource that is otherwise written as `header`.
    pub(crate) fn remainder(&self, members: &Object, header: &Object) -> Result<Object, Damaged> {
        let mut written = self.write()?;
        lay(&mut written, header.clone());
        let mut remainder = match diff(members, &written) {
            Some(rest) => kept(&rest)?,
            None => Object::new(),
        };
        if remainder.contains_key("text") {
            put(
                &mut remainder,
                NARRATED,
                Value::from(fingerprint(&self.write()?)),
            );
        }
        Ok(remainder)
    }

    /// Writes the Patient with its remainder.
    pub(crate) fn compose(&self, header: Object, mut remainder: Object) -> Result<Object, Damaged> {
        let registers = self.write()?;
        if let Some(narrated) = remainder.shift_remove(NARRATED)
            && narrated != fingerprint(&registers)
        {
            // The narrative tells the patient's identity in prose, and it is no longer true.
            remainder.shift_remove("text");
        }
        let mut whole = header;
        lay(&mut whole, registers);
        lay_where_equal(&mut whole, remainder, |candidate| {
            Self::read(candidate, &At::resource("Patient")).is_ok_and(|it| it == *self)
        });
        Ok(whole)
    }

    /// Writes the members that the registers stand for.
    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        winning_list(&mut members, "identifier", &self.identifiers)?;
        winning_list(&mut members, "name", &self.names)?;
        winning_list(&mut members, "telecom", &self.telecoms)?;
        put_text(&mut members, "gender", self.sex.map(sex_code));
        if let Some(birth) = &self.birth_date {
            put_text(&mut members, "birthDate", Some(birth.date.as_str()));
            if birth.estimated {
                let mark = json!({ "extension": [{ "url": ESTIMATED, "valueBoolean": true }] });
                put(&mut members, "_birthDate", mark);
            }
        }
        match &self.deceased {
            None => {}
            Some(Deceased::Living) => put(&mut members, "deceasedBoolean", Value::Bool(false)),
            Some(Deceased::Dead) => put(&mut members, "deceasedBoolean", Value::Bool(true)),
            Some(Deceased::On(when)) => {
                put_text(&mut members, "deceasedDateTime", Some(when.as_str()));
            }
        }
        winning_list(&mut members, "address", &self.addresses)?;
        winning_list(&mut members, "contact", &self.contacts)?;
        winning_list(&mut members, "communication", &self.languages)?;
        Ok(members)
    }

    fn died_before_birth(&self) -> bool {
        let (Some(birth), Some(Deceased::On(death))) = (&self.birth_date, &self.deceased) else {
            return false;
        };
        let shorter = birth.date.as_str().len().min(death.date().len());
        match (
            birth.date.as_str().get(..shorter),
            death.date().get(..shorter),
        ) {
            (Some(birth), Some(death)) => death < birth,
            (Some(_) | None, Some(_) | None) => false,
        }
    }
}

fn birth_date(members: &Object, at: &At<'_>) -> Result<Option<BirthDate>, Refusal> {
    let Some(date) = when(members, "birthDate", at)? else {
        return Ok(None);
    };
    if date.date() != date.as_str() {
        return Err(at
            .member("birthDate")
            .refuse("a date without a time was expected"));
    }
    let estimated = members
        .get("_birthDate")
        .and_then(|it| it.get("extension"))
        .and_then(Value::as_array)
        .is_some_and(|it| {
            it.iter()
                .any(|it| it.get("url").is_some_and(|url| url == ESTIMATED))
        });
    Ok(Some(BirthDate { date, estimated }))
}

fn sex(members: &Object, at: &At<'_>) -> Result<Option<Sex>, Refusal> {
    match text(members, "gender", at)?.as_deref() {
        None => Ok(None),
        Some("female") => Ok(Some(Sex::Female)),
        Some("male") => Ok(Some(Sex::Male)),
        Some("other") => Ok(Some(Sex::Other)),
        Some("unknown") => Ok(Some(Sex::Unknown)),
        Some(_) => Err(at
            .member("gender")
            .refuse("none of male, female, other, unknown")),
    }
}

const fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    }
}

fn deceased(members: &Object, at: &At<'_>) -> Result<Option<Deceased>, Refusal> {
    let dead = flag(members, "deceasedBoolean", at)?;
    let on: Option<When> = when(members, "deceasedDateTime", at)?;
    match (dead, on) {
        (None, None) => Ok(None),
        (Some(true), None) => Ok(Some(Deceased::Dead)),
        (Some(false), None) => Ok(Some(Deceased::Living)),
        (None, Some(on)) => Ok(Some(Deceased::On(on))),
        (Some(_), Some(_)) => Err(at
            .member("deceasedBoolean")
            .refuse("stands beside deceasedDateTime; only one may")),
    }
}

fn items<T: Element>(members: &Object, name: &str, at: &At<'_>) -> Result<Vec<T>, Refusal> {
    let array = members.get(name).and_then(Value::as_array);
    if array.is_some_and(|it| it.len() > MAX_ITEMS) {
        return Err(at.member(name).refuse(format!("more than {MAX_ITEMS}")));
    }
    for (index, item) in array.into_iter().flatten().enumerate() {
        if item.to_string().len() > MAX_ITEM_BYTES {
            return Err(at
                .member(name)
                .index(index)
                .refuse(format!("more than {MAX_ITEM_BYTES} bytes")));
        }
    }
    list(members, name, at)
}
