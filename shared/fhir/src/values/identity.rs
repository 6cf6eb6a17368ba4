//! The data types that say who a patient is.

use record::{Address, Contact, ContactPoint, ContactSystem, HumanName, Identifier, Language};
use serde_json::{Value, json};

use super::{
    Element, concept, element, flag, list, put, put_concept, put_text, put_texts, rest, text, texts,
};
use crate::Refusal;
use crate::json::{At, Damaged, Object};

impl Element for HumanName {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            family: text(members, "family", at)?,
            given: texts(members, "given", at)?,
            prefix: texts(members, "prefix", at)?,
            suffix: texts(members, "suffix", at)?,
            text: text(members, "text", at)?,
            usage: text(members, "use", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_text(&mut members, "use", self.usage.as_deref());
        put_text(&mut members, "text", self.text.as_deref());
        put_text(&mut members, "family", self.family.as_deref());
        put_texts(&mut members, "given", &self.given);
        put_texts(&mut members, "prefix", &self.prefix);
        put_texts(&mut members, "suffix", &self.suffix);
        Ok(members)
    }

    rest!();
}

impl Element for Identifier {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            system: text(members, "system", at)?,
            value: text(members, "value", at)?,
            usage: text(members, "use", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_text(&mut members, "use", self.usage.as_deref());
        put_text(&mut members, "system", self.system.as_deref());
        put_text(&mut members, "value", self.value.as_deref());
        Ok(members)
    }

    rest!();
}

impl Element for ContactPoint {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        let system = match text(members, "system", at)?.as_deref() {
            None => None,
            Some("phone") => Some(ContactSystem::Phone),
            Some("fax") => Some(ContactSystem::Fax),
            Some("email") => Some(ContactSystem::Email),
            Some("pager") => Some(ContactSystem::Pager),
            Some("url") => Some(ContactSystem::Url),
            Some("sms") => Some(ContactSystem::Sms),
            Some("other") => Some(ContactSystem::Other),
            Some(_) => {
                let problem = "none of phone, fax, email, pager, url, sms, other";
                return Err(at.member("system").refuse(problem));
            }
        };
        Ok(Self {
            system,
            value: text(members, "value", at)?,
            usage: text(members, "use", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_text(&mut members, "system", self.system.map(system_code));
        put_text(&mut members, "value", self.value.as_deref());
        put_text(&mut members, "use", self.usage.as_deref());
        Ok(members)
    }

    rest!();
}

const fn system_code(system: ContactSystem) -> &'static str {
    match system {
        ContactSystem::Phone => "phone",
        ContactSystem::Fax => "fax",
        ContactSystem::Email => "email",
        ContactSystem::Pager => "pager",
        ContactSystem::Url => "url",
        ContactSystem::Sms => "sms",
        ContactSystem::Other => "other",
    }
}

impl Element for Address {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            line: texts(members, "line", at)?,
            city: text(members, "city", at)?,
            district: text(members, "district", at)?,
            state: text(members, "state", at)?,
            postal_code: text(members, "postalCode", at)?,
            country: text(members, "country", at)?,
            usage: text(members, "use", at)?,
            text: text(members, "text", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_text(&mut members, "use", self.usage.as_deref());
        put_text(&mut members, "text", self.text.as_deref());
        put_texts(&mut members, "line", &self.line);
        put_text(&mut members, "city", self.city.as_deref());
        put_text(&mut members, "district", self.district.as_deref());
        put_text(&mut members, "state", self.state.as_deref());
        put_text(&mut members, "postalCode", self.postal_code.as_deref());
        put_text(&mut members, "country", self.country.as_deref());
        Ok(members)
    }

    rest!();
}

/// FHIR's `Patient.contact` has more than our three words; what they leave out stands in the rest.
impl Element for Contact {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        let relationship = list::<record::CodeableConcept>(members, "relationship", at)?;
        let name = element::<HumanName>(members, "name", at)?;
        let telecom = list::<ContactPoint>(members, "telecom", at)?;
        let phone = telecom
            .iter()
            .find(|it| {
                matches!(
                    it.system,
                    None | Some(ContactSystem::Phone | ContactSystem::Sms)
                )
            })
            .and_then(|it| it.value.clone());
        Ok(Self {
            relationship: relationship
                .iter()
                .find_map(|it| it.words().map(str::to_owned)),
            name: name.and_then(|it| spoken(&it)),
            phone,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        if let Some(relationship) = &self.relationship {
            put(
                &mut members,
                "relationship",
                json!([{ "text": relationship }]),
            );
        }
        if let Some(name) = &self.name {
            put(&mut members, "name", json!({ "text": name }));
        }
        if let Some(phone) = &self.phone {
            put(
                &mut members,
                "telecom",
                json!([{ "system": "phone", "value": phone }]),
            );
        }
        Ok(members)
    }

    rest!();
}

/// Returns a name as it is spoken; `None` if it says nothing.
fn spoken(name: &HumanName) -> Option<String> {
    if name.text.is_some() {
        return name.text.clone();
    }
    let parts = name
        .prefix
        .iter()
        .chain(&name.given)
        .chain(&name.family)
        .chain(&name.suffix);
    let spoken = parts.map(String::as_str).collect::<Vec<_>>().join(" ");
    (!spoken.is_empty()).then_some(spoken)
}

impl Element for Language {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            language: concept(members, "language", at)?,
            preferred: flag(members, "preferred", at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_concept(&mut members, "language", &self.language)?;
        if let Some(preferred) = self.preferred {
            put(&mut members, "preferred", Value::Bool(preferred));
        }
        Ok(members)
    }

    rest!();
}
