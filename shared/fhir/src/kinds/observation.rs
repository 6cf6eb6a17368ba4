//! Observations: vital signs, laboratory results, answers.

use record::{Content, Observation, ObservationComponent, ObservationValue, Quantity, Vital};
use serde_json::Value;

use super::{Said, Setting};
use crate::Refusal;
use crate::json::{At, Damaged, Object};
use crate::values::{
    Element, concept, element, flag, list, object, put_concept, put_element, put_list, put_text,
    rest, text, when,
};

pub(super) fn read(members: &Object, at: &At<'_>) -> Result<Said, Refusal> {
    let status =
        text(members, "status", at)?.ok_or_else(|| at.member("status").refuse("is missing"))?;
    if !members.contains_key("code") {
        return Err(at.member("code").refuse("is missing"));
    }
    let observation = Observation {
        status: Some(status),
        category: list(members, "category", at)?,
        code: concept(members, "code", at)?,
        value: read_value(members, at)?,
        component: list(members, "component", at)?,
        rest: None,
    };
    check_vitals(&observation, at)?;
    let occurred = match when(members, "effectiveDateTime", at)? {
        Some(when) => Some(when),
        None => match members.get("effectivePeriod") {
            Some(period) => {
                let at = at.member("effectivePeriod");
                when(object(period, &at)?, "start", &at)?
            }
            None => when(members, "effectiveInstant", at)?,
        },
    };
    Ok(Said {
        content: Content::Observation(observation),
        occurred,
    })
}

pub(super) fn write(observation: &Observation, setting: &Setting) -> Result<Object, Damaged> {
    let mut members = setting.begin("Observation");
    put_text(
        &mut members,
        "status",
        setting.or_default(observation.status.as_deref(), "final"),
    );
    put_list(&mut members, "category", &observation.category)?;
    put_concept(&mut members, "code", &observation.code)?;
    setting.put_occurred(&mut members, "effectiveDateTime");
    write_value(&mut members, observation.value.as_ref())?;
    put_list(&mut members, "component", &observation.component)?;
    Ok(members)
}

/// Reads the result. Numbers, answers and times that FHIR keeps apart are shown as what they are nearest to; the
/// resource's own member is kept in the rest.
fn read_value(members: &Object, at: &At<'_>) -> Result<Option<ObservationValue>, Refusal> {
    let mut values = members
        .keys()
        .filter(|it| it.starts_with("value") && it.as_str() != "value");
    let Some(name) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(at
            .member(name)
            .refuse("stands beside another result; only one may"));
    }
    let value = match name.as_str() {
        "valueQuantity" => element(members, name, at)?.map(ObservationValue::Quantity),
        "valueCodeableConcept" => element(members, name, at)?.map(ObservationValue::Concept),
        "valueString" | "valueTime" => text(members, name, at)?.map(ObservationValue::Text),
        "valueDateTime" => {
            when(members, name, at)?.map(|it| ObservationValue::Text(it.to_string()))
        }
        "valueBoolean" => flag(members, name, at)?
            .map(|it| ObservationValue::Text(if it { "yes" } else { "no" }.to_owned())),
        "valueInteger" => match members.get(name) {
            Some(Value::Number(number)) => Some(ObservationValue::Quantity(Quantity {
                value: Some(number.to_string()),
                ..Quantity::default()
            })),
            Some(_) | None => return Err(at.member(name).refuse("a number was expected")),
        },
        _ => None,
    };
    Ok(value)
}

fn write_value(members: &mut Object, value: Option<&ObservationValue>) -> Result<(), Damaged> {
    match value {
        None => Ok(()),
        Some(ObservationValue::Quantity(quantity)) => {
            put_element(members, "valueQuantity", Some(quantity))
        }
        Some(ObservationValue::Concept(concept)) => {
            put_element(members, "valueCodeableConcept", Some(concept))
        }
        Some(ObservationValue::Text(text)) => {
            put_text(members, "valueString", Some(text));
            Ok(())
        }
    }
}

impl Element for ObservationComponent {
    fn read(members: &Object, at: &At<'_>) -> Result<Self, Refusal> {
        Ok(Self {
            code: concept(members, "code", at)?,
            value: read_value(members, at)?,
            rest: None,
        })
    }

    fn write(&self) -> Result<Object, Damaged> {
        let mut members = Object::new();
        put_concept(&mut members, "code", &self.code)?;
        write_value(&mut members, self.value.as_ref())?;
        Ok(members)
    }

    rest!();
}

/// Refuses a vital sign that no living patient has.
fn check_vitals(observation: &Observation, at: &At<'_>) -> Result<(), Refusal> {
    let own = std::iter::once((&observation.code, observation.value.as_ref()));
    let components = observation
        .component
        .iter()
        .map(|it| (&it.code, it.value.as_ref()));
    let (mut systolic, mut diastolic) = (None, None);
    for (code, value) in own.chain(components) {
        let Some(ObservationValue::Quantity(quantity)) = value else {
            continue;
        };
        let Some(vital) = vital(code) else { continue };
        vital
            .check(quantity)
            .map_err(|problem| at.refuse(problem.to_string()))?;
        match vital {
            Vital::Systolic => systolic = Some(quantity),
            Vital::Diastolic => diastolic = Some(quantity),
            Vital::HeartRate
            | Vital::Respiration
            | Vital::Temperature
            | Vital::Oxygen
            | Vital::Weight
            | Vital::Height => {}
        }
    }
    if let (Some(systolic), Some(diastolic)) = (systolic, diastolic) {
        Vital::check_pressures(systolic, diastolic)
            .map_err(|problem| at.refuse(problem.to_string()))?;
    }
    Ok(())
}

fn vital(code: &record::CodeableConcept) -> Option<Vital> {
    let loinc = |it: &&record::Coding| it.system.as_deref() == Some("http://loinc.org");
    code.coding
        .iter()
        .filter(loinc)
        .find_map(|it| Vital::of_loinc(it.code.as_deref()?))
}
