//! The laws of settling: no order of arrival matters, and nothing is lost.

use proptest::prelude::*;

use super::*;
use crate::{BirthDate, ContactPoint, Deceased, When};

fn stamp() -> impl Strategy<Value = Stamp> {
    // Few enough that equal stamps occur.
    (0_u64..3, 0_u32..2, 0_u32..2).prop_map(|(ms, device, person)| Stamp {
        at: Hlc::new(ms, 0),
        device: DeviceId(device),
        person: PersonId(person),
        site: SiteId(device),
    })
}

fn stamped<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Stamped<T>> {
    (value, stamp(), proptest::option::of("[ab]")).prop_map(|(value, stamp, reason)| Stamped {
        value,
        stamp,
        reason,
    })
}

fn birth_date() -> impl Strategy<Value = BirthDate> {
    let dates = [
        "1984",
        "1984-03",
        "1984-03-12",
        "1984-04",
        "1985",
        "1985-01-01",
    ];
    (proptest::sample::select(dates.to_vec()), any::<bool>()).prop_map(|(text, estimated)| {
        BirthDate {
            date: When::parse(text).unwrap(),
            estimated,
        }
    })
}

fn deceased() -> impl Strategy<Value = Deceased> {
    let on = |text: &str| Deceased::On(When::parse(text).unwrap());
    proptest::sample::select(vec![
        Deceased::Living,
        Deceased::Dead,
        on("2026"),
        on("2026-01"),
        on("2025"),
    ])
}

fn phone() -> impl Strategy<Value = ContactPoint> {
    "[12]".prop_map(|value| ContactPoint {
        value: Some(value),
        ..ContactPoint::default()
    })
}

/// Checks every law of settling on one set of values.
fn check<T>(
    class: MergeClass,
    values: &[Stamped<T>],
    shuffled: Vec<Stamped<T>>,
    split: usize,
) -> Result<(), TestCaseError>
where
    T: Clone + PartialEq + Refines + Serialize + std::fmt::Debug,
{
    let settle = |it: Vec<Stamped<T>>| Register::settle(class, it);
    let all = |it: &Option<Register<T>>| {
        it.as_ref()
            .map_or(Vec::new(), |it| it.all().cloned().collect::<Vec<_>>())
    };
    let settled = settle(values.to_vec());

    prop_assert_eq!(&settle(shuffled), &settled, "commutative");
    prop_assert_eq!(&settle([values, values].concat()), &settled, "idempotent");
    prop_assert_eq!(&settle(all(&settled)), &settled, "settled is settled");
    let (left, right) = values.split_at(split.min(values.len()));
    let left_first = [all(&settle(left.to_vec())), right.to_vec()].concat();
    prop_assert_eq!(&settle(left_first), &settled, "associative");
    for value in values {
        let kept = all(&settled);
        let stands = kept
            .iter()
            .any(|it| it.value == value.value || it.value.refines(&value.value));
        prop_assert!(stands, "nothing that was said is lost");
    }
    prop_assert_eq!(settled.is_none(), values.is_empty());
    Ok(())
}

macro_rules! laws {
    ($($name:ident: $class:expr, $value:expr;)*) => {
        proptest! {
            $(#[test]
            fn $name(
                (values, shuffled) in proptest::collection::vec(stamped($value), 0..7)
                    .prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
                split in 0_usize..7,
            ) {
                check($class, &values, shuffled, split)?;
            })*
        }
    };
}

laws! {
    birth_dates_settle_alike_in_any_order: MergeClass::MustReview, birth_date();
    deaths_settle_alike_in_any_order: MergeClass::MustReview, deceased();
    phones_settle_alike_in_any_order: MergeClass::LastWriter, phone();
}

fn written(text: &str, ms: u64) -> Stamped<BirthDate> {
    Stamped {
        value: BirthDate {
            date: When::parse(text).unwrap(),
            estimated: false,
        },
        stamp: Stamp {
            at: Hlc::new(ms, 0),
            device: DeviceId(1),
            person: PersonId(1),
            site: SiteId(1),
        },
        reason: None,
    }
}

#[test]
fn two_birth_dates_are_a_conflict_and_the_newer_is_shown() {
    let values = vec![written("1984-03-12", 1), written("1985", 2)];

    let settled = Register::settle(MergeClass::MustReview, values).unwrap();

    assert_eq!(settled.agreement, Agreement::Conflict);
    assert_eq!(settled.shown.value.date.as_str(), "1985");
    assert_eq!(settled.others.len(), 1);
}

#[test]
fn a_birth_date_that_only_refines_another_settles_itself() {
    let values = vec![written("1984-03-12", 1), written("1984", 2)];

    let settled = Register::settle(MergeClass::MustReview, values).unwrap();

    assert_eq!(settled.agreement, Agreement::Agreed);
    assert_eq!(settled.shown.value.date.as_str(), "1984-03-12");
}

#[test]
fn of_two_phones_the_later_is_shown_and_the_other_also_recorded() {
    let values = vec![written("1984", 1), written("1985", 2)];

    let settled = Register::settle(MergeClass::LastWriter, values).unwrap();

    assert_eq!(settled.agreement, Agreement::AlsoRecorded);
}
