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
