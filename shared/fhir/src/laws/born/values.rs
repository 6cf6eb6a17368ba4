//! Values as Posta's screens write them, and as another system extended them.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use record::{
    CodeableConcept, Coding, Json, ObservationComponent, ObservationValue, Period, Quantity, When,
};

pub(super) fn text() -> impl Strategy<Value = String> {
    "[a-zA-Zéß東 <>&\"'\\\\/0-9.-]{1,12}"
}

pub(super) fn when() -> impl Strategy<Value = When> {
    let date =
        (1900_u32..2026, 1_u32..13, 1_u32..29, 0_u8..4).prop_map(|(year, month, day, form)| {
            match form {
                0 => format!("{year}"),
                1 => format!("{year}-{month:02}"),
                2 => format!("{year}-{month:02}-{day:02}"),
                _ => format!("{year}-{month:02}-{day:02}T09:30:00+03:00"),
            }
        });
    date.prop_map(|it| When::parse(&it).unwrap())
}

pub(super) fn day() -> impl Strategy<Value = When> {
    (1900_u32..1950, 1_u32..13, 1_u32..29)
        .prop_map(|(year, month, day)| When::parse(&format!("{year}-{month:02}-{day:02}")).unwrap())
}

pub(super) fn period() -> impl Strategy<Value = Period> {
    (when(), of(Just(When::parse("2026-12-31").unwrap()))).prop_map(|(start, end)| Period {
        start: Some(start),
        end,
    })
}

/// What another system added and we do not name; its number must keep its zeros.
pub(super) fn rest(member: &'static str) -> impl Strategy<Value = Option<Json>> {
    of(text()).prop_map(move |it| {
        it.map(|it| {
            Json(format!(
                "{{\"{member}\":[{{\"url\":{},\"valueDecimal\":72.50}}]}}",
                serde_json::json!(it)
            ))
        })
    })
}

pub(super) fn coding() -> impl Strategy<Value = Coding> {
    (of(text()), of(text()), text(), rest("extension")).prop_map(|(system, code, display, rest)| {
        Coding {
            system,
            code,
            display: Some(display),
            rest,
        }
    })
}

pub(super) fn concept() -> impl Strategy<Value = CodeableConcept> {
    (vec(coding(), 1..3), of(text()), rest("extension"))
        .prop_map(|(coding, text, rest)| CodeableConcept { coding, text, rest })
}

pub(super) fn quantity() -> impl Strategy<Value = Quantity> {
    (
        "-?[1-9][0-9]{0,3}(\\.[0-9]{1,3})?",
        of(text()),
        of(text()),
        rest("extension"),
    )
        .prop_map(|(value, unit, code, rest)| Quantity {
            value: Some(value),
            unit,
            system: None,
            code,
            rest,
        })
}

pub(super) fn value() -> impl Strategy<Value = ObservationValue> {
    prop_oneof![
        quantity().prop_map(ObservationValue::Quantity),
        concept().prop_map(ObservationValue::Concept),
        text().prop_map(ObservationValue::Text),
    ]
}

pub(super) fn component() -> impl Strategy<Value = ObservationComponent> {
    (concept(), of(value()), rest("extension"))
        .prop_map(|(code, value, rest)| ObservationComponent { code, value, rest })
}
