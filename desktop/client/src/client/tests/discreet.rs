//! What is shown to a person is shown to nobody who reads a log.

use super::*;

/// Words of a patient that must never be in a log line: of who she is, and of what she has.
const SECRETS: [&str; 6] = ["hoa", "đặng", "nyeri", "0722", "1984", "cough"];

#[test]
fn nothing_of_a_patient_is_in_debug() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    let view = client.record_visit(&chart, &cough()).unwrap();
    let rows = client.find("hoa").unwrap();
    let (mut one, _other, _chart) = two_birth_dates();
    let conflicts = one.conflicts().unwrap();
    let id = chart.parse().unwrap();
    let kept = client.driver.store().snapshot(id).unwrap();
    let doc = client.driver.chart(id).unwrap().unwrap();

    let printed = format!(
        "{view:?} {rows:?} {conflicts:?} {kept:?} {doc:?} {:?} {:?}",
        doc.view(),
        doc.view().statements
    );

    assert!(printed.contains("ChartView"), "{printed}");
    for secret in SECRETS {
        assert!(
            !printed.to_lowercase().contains(secret),
            "{secret}: {printed}"
        );
    }
}
