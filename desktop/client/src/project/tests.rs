//! Tests of what is shown.

use std::collections::BTreeSet;

use record::{DeviceId, Hlc, PersonId, SiteId, Stamp, When};

use super::{Lens, NOTHING_UNSENT};
use crate::testing::*;
use crate::views::{AgeUnit, AllergyInput, CorrectionInput, VisitInput};

#[test]
fn an_age_is_told_in_the_unit_people_would_say() {
    let mut client = World::new().nurse_a();
    let mut age = |born: &str| {
        let input = crate::RegisterInput {
            birth_date: Some(born.to_owned()),
            ..woman()
        };
        let age = client.register(&input).unwrap().age.unwrap();
        (age.value, age.unit, age.about)
    };

    assert_eq!(age("1984-03-12"), (42, AgeUnit::Years, false));
    assert_eq!(age("2026-05-01"), (6, AgeUnit::Months, false));
    assert_eq!(age("2026-11-20"), (2, AgeUnit::Days, false));
    assert_eq!(age("1984"), (42, AgeUnit::Years, true));
}

#[test]
fn only_what_this_device_wrote_and_the_hub_has_not_confirmed_is_only_here() {
    let unsent = BTreeSet::from([Hlc::new(5, 0)]);
    let lens = Lens {
        roster: None,
        today: &When::from_ms(0),
        device: DeviceId(1),
        unsent: &unsent,
        visits: 0,
    };
    let written = |device, ms| Stamp {
        at: Hlc::new(ms, 0),
        device: DeviceId(device),
        person: PersonId(1),
        site: SiteId(1),
    };

    assert!(lens.is_only_here(&written(1, 5)));
    assert!(!lens.is_only_here(&written(2, 5)), "another wrote it");
    // A copy of this device wrote it later, and the hub told of it.
    assert!(!lens.is_only_here(&written(1, 6)));
    let nothing = Lens {
        unsent: &NOTHING_UNSENT,
        ..lens
    };
    assert!(!nothing.is_only_here(&written(1, 5)));
}

#[test]
fn what_could_kill_comes_first() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    for (substance, criticality) in [
        ("Dust", Some("low")),
        ("Penicillin", Some("high")),
        ("Nuts", None),
    ] {
        let allergy = AllergyInput {
            substance: substance.to_owned(),
            criticality: criticality.map(str::to_owned),
            reaction: None,
        };
        client
            .record_visit(
                &chart,
                &VisitInput {
                    allergy: Some(allergy),
                    ..cough()
                },
            )
            .unwrap();
    }

    let view = client.open(&chart).unwrap();

    let shown: Vec<&str> = view.allergies.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(shown, ["Penicillin", "Nuts", "Dust"]);
}

#[test]
fn a_phone_that_was_corrected_apart_is_also_recorded() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap();
    deliver(feed_of(&a), &mut b);
    let correct = |client: &mut crate::Client, value: &str| {
        let phone = crate::PhoneInput {
            id: Some(chart.phones[0].id.clone()),
            value: value.to_owned(),
        };
        let input = CorrectionInput {
            phone: Some(phone),
            reason: "new number".to_owned(),
            ..CorrectionInput::default()
        };
        client.correct(&chart.chart, &input).unwrap();
    };
    correct(&mut a, "0711 111");
    correct(&mut b, "0722 222");

    deliver(feed_of(&a), &mut b);

    let view = b.open(&chart.chart).unwrap();
    assert_eq!(view.phones.len(), 1);
    assert_eq!(view.phones[0].also_recorded.len(), 1);
    assert!(view.conflicts.is_empty());
    // Neither number is lost to a search.
    for number in ["0711111", "0722222"] {
        assert_eq!(b.find(number).unwrap().len(), 1, "{number}");
    }
}
