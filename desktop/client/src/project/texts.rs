//! The record's values as words.

use record::{
    Address, Age, BirthDate, CodeableConcept, ContactPoint, Deceased, HumanName, ObservationValue,
    Sex, When,
};

use crate::views::{self, AgeUnit};

/// Returns a name as people write it: given names, then the family's.
pub(crate) fn name_text(name: &HumanName) -> String {
    let parts = name
        .prefix
        .iter()
        .chain(&name.given)
        .chain(&name.family)
        .chain(&name.suffix);
    let written = parts
        .map(|it| it.trim())
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if written.is_empty() {
        name.text.clone().unwrap_or_default()
    } else {
        written
    }
}

/// Returns an address in one line.
pub(crate) fn address_text(address: &Address) -> String {
    let parts = address
        .line
        .iter()
        .chain(&address.city)
        .chain(&address.district)
        .chain(&address.state)
        .chain(&address.postal_code)
        .chain(&address.country);
    let written = parts
        .map(|it| it.trim())
        .filter(|it| !it.is_empty())
        .collect::<Vec<_>>()
        .join(", ");
    if written.is_empty() {
        address.text.clone().unwrap_or_default()
    } else {
        written
    }
}

/// Returns a phone or the like.
pub(crate) fn telecom_text(telecom: &ContactPoint) -> String {
    telecom.value.clone().unwrap_or_default()
}

/// Returns a concept's words.
pub(crate) fn concept_text(concept: &CodeableConcept) -> String {
    concept.words().unwrap_or_default().to_owned()
}

/// Returns a concept's first code.
pub(crate) fn concept_code(concept: &CodeableConcept) -> Option<String> {
    concept.coding.iter().find_map(|it| it.code.clone())
}

/// Returns a result and its unit.
pub(crate) fn value_text(value: &ObservationValue) -> (String, String) {
    match value {
        ObservationValue::Quantity(it) => (
            it.value.clone().unwrap_or_default(),
            it.unit
                .as_ref()
                .or(it.code.as_ref())
                .map_or_else(String::new, |unit| unit_text(unit)),
        ),
        ObservationValue::Concept(it) => (concept_text(it), String::new()),
        ObservationValue::Text(it) => (it.clone(), String::new()),
    }
}

/// Returns a UCUM code as people read it.
fn unit_text(ucum: &str) -> String {
    match ucum {
        "mm[Hg]" => "mmHg",
        "Cel" => "°C",
        "/min" | "{beats}/min" => "per min",
        other => other,
    }
    .to_owned()
}

/// Returns FHIR's code.
pub(crate) const fn sex_code(sex: Sex) -> &'static str {
    match sex {
        Sex::Female => "female",
        Sex::Male => "male",
        Sex::Other => "other",
        Sex::Unknown => "unknown",
    }
}

/// Returns `living`, `dead` or the date of death.
pub(crate) fn deceased_text(deceased: &Deceased) -> String {
    match deceased {
        Deceased::Living => "living".to_owned(),
        Deceased::Dead => "dead".to_owned(),
        Deceased::On(when) => when.as_str().to_owned(),
    }
}

/// Returns how old someone is, or was when they died, in the unit people would say.
pub(crate) fn age(
    birth: Option<&BirthDate>,
    deceased: Option<&Deceased>,
    today: &When,
) -> Option<views::Age> {
    let until = match deceased {
        Some(Deceased::On(when)) => when,
        // At a time unknown: nobody can say how old they were.
        Some(Deceased::Dead) => return None,
        Some(Deceased::Living) | None => today,
    };
    let age = Age::on(birth?, until)?;
    let months = u32::from(age.years) * 12 + u32::from(age.months);
    let (value, unit) = match months {
        0 => (u32::from(age.days), AgeUnit::Days),
        1..24 => (months, AgeUnit::Months),
        24.. => (u32::from(age.years), AgeUnit::Years),
    };
    Some(views::Age {
        value,
        unit,
        about: age.approximate,
    })
}
