//! Tests of what keeps a person from writing what they did not mean.

use super::*;

#[test]
fn a_chart_is_chosen_by_identifier_or_number_and_never_by_a_name() {
    let mut client = World::new().nurse_a();
    let registered = client.register(&woman()).unwrap();
    let mut named = |text: &str| client.chart_named(text).map_err(|it| it.code);

    for text in [registered.chart.as_str(), "1000-00000-5", " 1000000005 "] {
        assert_eq!(named(text).as_ref(), Ok(&registered.chart), "{text}");
    }
    // Found by each of these, she is the only one. None of them says that she is meant.
    for text in [
        "hoa",
        "dang",
        "nyeri",
        "1000",
        "0722555123",
        "1000-00000-6",
        "",
    ] {
        assert_eq!(named(text), Err(ErrorCode::ChartNotFound), "{text}");
    }
    assert_eq!(named("1000-00001-8"), Err(ErrorCode::ChartNotFound));
    assert_eq!(
        log_words(&client).last().map(String::as_str),
        Some("search")
    );
}

#[test]
fn that_no_allergy_is_known_is_not_recorded_beside_one() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    let none_known = VisitInput {
        no_known_allergies: true,
        ..cough()
    };
    let allergic = VisitInput {
        allergy: Some(crate::views::AllergyInput {
            substance: "Penicillin".to_owned(),
            ..crate::views::AllergyInput::default()
        }),
        ..cough()
    };
    client.record_visit(&chart, &none_known).unwrap();
    client.record_visit(&chart, &none_known).unwrap();
    client.record_visit(&chart, &allergic).unwrap();
    let before = log(&client).len();

    let refused = client.record_visit(&chart, &none_known).unwrap_err();

    assert_eq!(refused.code, ErrorCode::AllergyStands);
    assert_eq!(
        refused.detail.unwrap().field.as_deref(),
        Some("noKnownAllergies")
    );
    assert_eq!(log(&client).len(), before);
    let view = client.open(&chart).unwrap();
    assert!(!view.no_known_allergies && view.visits.len() == 3);
}

#[test]
fn a_decision_is_between_the_values_that_were_seen() {
    let (_a, mut b, chart) = two_birth_dates();
    let decide = |client: &mut Client, value: &str, shown: &[&str]| {
        let input = ResolveInput {
            chart: chart.chart.clone(),
            register: ConflictRegister::BirthDate,
            value: value.to_owned(),
            shown: Some(shown.iter().map(|it| (*it).to_owned()).collect()),
            reason: "identity card seen".to_owned(),
        };
        client.resolve(&input).map_err(|it| it.code)
    };
    let (one, other) = ("1985-03-12", "1984-12-03");
    let before = log(&b).len();

    // One of two was seen; a third was seen that is not there; the choice is none of those seen.
    for shown in [&[one][..], &[one, other, "1980"], &[]] {
        let refused = decide(&mut b, one, shown);
        assert_eq!(refused.err(), Some(ErrorCode::ConflictChanged), "{shown:?}");
    }
    let refused = decide(&mut b, "1980", &[one, other]);
    assert_eq!(refused.err(), Some(ErrorCode::ConflictChanged));
    assert_eq!(log(&b).len(), before);

    let decided = decide(&mut b, one, &[other, one]).unwrap();
    assert!(decided.conflicts.is_empty());
}
