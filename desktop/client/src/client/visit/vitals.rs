//! Vital signs as they were typed, checked, as observations with LOINC codes and UCUM units.

use record::{
    Age, CodeableConcept, Coding, Observation, ObservationComponent, ObservationValue, Quantity,
    Vital, VitalError,
};

use super::coded;
use crate::inputs::number;
use crate::project::BLOOD_PRESSURE;
use crate::views::{CommandError, ErrorCode, VitalsInput};

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";
const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

/// Checks every vital sign and makes an observation of each; the two blood pressures are one.
pub(super) fn observations(
    input: &VitalsInput,
    age: Option<&Age>,
    confirmed: bool,
) -> Result<Vec<Observation>, CommandError> {
    let mut measured: Vec<(Vital, Quantity)> = Vec::new();
    let mut unlikely = None;
    for vital in Vital::ALL {
        let (field, text) = typed(input, vital);
        let Some(value) = number(text, field)? else {
            continue;
        };
        let quantity = quantity(vital, value);
        vital
            .check_at(&quantity, age)
            .map_err(|error| vital_fault(error, field))?;
        if vital.is_unlikely(&quantity, age) {
            unlikely.get_or_insert(field);
        }
        measured.push((vital, quantity));
    }
    let find = |vital: Vital| measured.iter().find(|it| it.0 == vital).map(|it| &it.1);
    if let (Some(high), Some(low)) = (find(Vital::Systolic), find(Vital::Diastolic)) {
        Vital::check_pressures(high, low)
            .map_err(|error| vital_fault(error, "vitals.diastolic"))?;
    }
    // What is impossible comes first: it cannot be confirmed away.
    if let (Some(field), false) = (unlikely, confirmed) {
        return Err(CommandError::field(ErrorCode::Unlikely, field));
    }
    let both = find(Vital::Systolic).is_some() && find(Vital::Diastolic).is_some();
    let (pressures, others): (Vec<_>, Vec<_>) = measured
        .into_iter()
        .partition(|it| both && matches!(it.0, Vital::Systolic | Vital::Diastolic));
    let panel = (!pressures.is_empty()).then(|| blood_pressure(pressures));
    Ok(panel
        .into_iter()
        .chain(others.into_iter().map(single))
        .collect())
}

/// Returns a vital sign's field and what was typed into it.
fn typed(input: &VitalsInput, vital: Vital) -> (&'static str, Option<&str>) {
    let (field, text) = match vital {
        Vital::HeartRate => ("vitals.pulse", &input.pulse),
        Vital::Systolic => ("vitals.systolic", &input.systolic),
        Vital::Diastolic => ("vitals.diastolic", &input.diastolic),
        Vital::Respiration => ("vitals.respiration", &input.respiration),
        Vital::Temperature => ("vitals.temperature", &input.temperature),
        Vital::Oxygen => ("vitals.oxygen", &input.oxygen),
        Vital::Weight => ("vitals.weight", &input.weight),
        Vital::Height => ("vitals.height", &input.height),
    };
    (field, text.as_deref())
}

fn quantity(vital: Vital, value: String) -> Quantity {
    Quantity {
        value: Some(value),
        system: Some(UCUM.to_owned()),
        code: Some(vital.unit().to_owned()),
        ..Quantity::default()
    }
}

fn loinc(code: &str) -> CodeableConcept {
    CodeableConcept {
        coding: vec![Coding {
            system: Some(LOINC.to_owned()),
            code: Some(code.to_owned()),
            ..Coding::default()
        }],
        ..CodeableConcept::default()
    }
}

fn single((vital, quantity): (Vital, Quantity)) -> Observation {
    Observation {
        value: Some(ObservationValue::Quantity(quantity)),
        ..vital_sign(loinc(vital.loinc()))
    }
}

fn blood_pressure(pressures: Vec<(Vital, Quantity)>) -> Observation {
    let component = pressures
        .into_iter()
        .map(|(vital, quantity)| ObservationComponent {
            code: loinc(vital.loinc()),
            value: Some(ObservationValue::Quantity(quantity)),
            rest: None,
        });
    Observation {
        component: component.collect(),
        ..vital_sign(loinc(BLOOD_PRESSURE))
    }
}

fn vital_sign(code: CodeableConcept) -> Observation {
    Observation {
        status: Some("final".to_owned()),
        category: vec![coded(OBSERVATION_CATEGORY, "vital-signs")],
        code,
        ..Observation::default()
    }
}

fn vital_fault(error: VitalError, field: &str) -> CommandError {
    let code = match error {
        VitalError::NotANumber => ErrorCode::NotANumber,
        VitalError::Fahrenheit | VitalError::OutOfRange { .. } | VitalError::PressuresSwapped => {
            ErrorCode::Impossible
        }
        _ => ErrorCode::Impossible,
    };
    let mut fault = CommandError::field(code, field);
    if let Some(detail) = &mut fault.detail {
        detail.text = Some(error.to_string());
    }
    fault
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed_as(change: impl FnOnce(&mut VitalsInput)) -> VitalsInput {
        let mut input = VitalsInput::default();
        change(&mut input);
        input
    }

    #[track_caller]
    fn check(input: &VitalsInput, confirmed: bool, expected: Result<usize, (ErrorCode, &str)>) {
        let found = observations(input, None, confirmed);
        let found = found
            .map(|it| it.len())
            .map_err(|it| (it.code, it.detail.and_then(|it| it.field)));
        assert_eq!(
            found,
            expected.map_err(|(code, field)| (code, Some(field.to_owned())))
        );
    }

    #[test]
    fn both_pressures_are_one_observation() {
        let input = typed_as(|it| {
            it.systolic = Some("120".to_owned());
            it.diastolic = Some("80".to_owned());
            it.weight = Some("72,50".to_owned());
        });

        let found = observations(&input, None, false).unwrap();

        assert_eq!(found.len(), 2);
        assert_eq!(found[0].component.len(), 2);
        assert_eq!(
            found[1].value,
            Some(ObservationValue::Quantity(quantity(
                Vital::Weight,
                "72.50".to_owned()
            )))
        );
    }

    #[test]
    fn the_impossible_is_refused_even_if_confirmed() {
        let hot = typed_as(|it| it.temperature = Some("98.6".to_owned()));
        check(
            &hot,
            true,
            Err((ErrorCode::Impossible, "vitals.temperature")),
        );
        let swapped = typed_as(|it| {
            it.systolic = Some("80".to_owned());
            it.diastolic = Some("120".to_owned());
        });
        check(
            &swapped,
            true,
            Err((ErrorCode::Impossible, "vitals.diastolic")),
        );
    }

    #[test]
    fn the_unlikely_must_be_confirmed() {
        let fast = typed_as(|it| it.pulse = Some("230".to_owned()));
        check(&fast, false, Err((ErrorCode::Unlikely, "vitals.pulse")));
        check(&fast, true, Ok(1));
    }

    #[test]
    fn one_pressure_alone_is_an_observation_of_its_own() {
        check(
            &typed_as(|it| it.systolic = Some("120".to_owned())),
            false,
            Ok(1),
        );
        check(&VitalsInput::default(), false, Ok(0));
    }
}
