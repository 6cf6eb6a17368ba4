//! Members that stand in one object more than once.
//!
//! JSON leaves open what they mean, and a reader that keeps the last drops the others without a word. A resource
//! with such a member is refused: nobody knows which of them its system meant.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::Refusal;
use crate::json::At;
use crate::read::not_json;

/// Refuses a resource that has a member twice, wherever it stands.
pub(crate) fn check(text: &str, resource_type: &str) -> Result<(), Refusal> {
    let found = RefCell::new(None);
    let walk = Walk {
        at: &At::resource(resource_type),
        found: &found,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    match json.deserialize_any(walk) {
        Ok(()) => Ok(()),
        Err(problem) => Err(found.into_inner().unwrap_or_else(|| not_json(&problem))),
    }
}

/// Walks over one value, and leaves the first repeated member in `found`.
#[derive(Clone, Copy)]
struct Walk<'a> {
    at: &'a At<'a>,
    found: &'a RefCell<Option<Refusal>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _value: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _value: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _value: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _value: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _value: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        let mut index = 0;
        loop {
            let at = self.at.index(index);
            let walk = Walk { at: &at, ..self };
            if array.next_element_seed(walk)?.is_none() {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = object.next_key::<String>()? {
            let at = self.at.member(&name);
            if names.contains(&name) {
                let refusal = at.refuse("stands there more than once; keep the one that is right");
                self.found.replace(Some(refusal));
                return Err(A::Error::custom("a member is repeated"));
            }
            object.next_value_seed(Walk { at: &at, ..self })?;
            names.insert(name);
        }
        Ok(())
    }
}
