//! Who is shown a chart has opened it, whatever they came for: so the log says.

use super::*;

/// Returns the words of the log's entries about a chart, those of changes left out, from this entry on.
fn about(client: &Client, chart: &str, from: usize) -> Vec<String> {
    log(client)
        .iter()
        .zip(log_words(client))
        .skip(from)
        .filter(|(entry, word)| {
            entry.chart.is_some_and(|it| it.to_string() == chart) && word != "change"
        })
        .map(|(_entry, word)| word)
        .collect()
}

#[test]
fn a_visit_and_a_correction_open_the_chart_that_they_show() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;

    let before = log(&client).len();
    client.record_visit(&chart, &cough()).unwrap();
    assert_eq!(about(&client, &chart, before), ["visit", "open chart"]);

    let before = log(&client).len();
    let input = CorrectionInput {
        reason: "asked again".to_owned(),
        sex: Some("other".to_owned()),
        ..CorrectionInput::default()
    };
    client.correct(&chart, &input).unwrap();
    assert_eq!(about(&client, &chart, before), ["correct", "open chart"]);
}

#[test]
fn a_decision_opens_the_chart_and_the_list_before_it_names_the_chart() {
    let (mut a, _b, chart) = two_birth_dates();
    let chart = chart.chart;

    let before = log(&a).len();
    let found = a.conflicts().unwrap();
    assert_eq!(about(&a, &chart, before), ["list"]);

    let before = log(&a).len();
    let input = ResolveInput {
        chart: chart.clone(),
        register: ConflictRegister::BirthDate,
        value: found[0].values[0].key.clone(),
        shown: None,
        reason: "identity card seen".to_owned(),
    };
    a.resolve(&input).unwrap();
    assert_eq!(about(&a, &chart, before), ["resolve", "open chart"]);
}
