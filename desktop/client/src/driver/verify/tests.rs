//! Tests of what is found when a cache says what the log does not.

use record::StatementId;
use serde_json::json;
use store::{KeptSource, SourceAddress};

use super::*;
use crate::Client;
use crate::testing::*;

const UNIVERSAL: &str = "urn:uuid:00000000-0000-4000-8000-000000000001";

/// A nurse who has imported one patient whose address means the same everywhere, and one whose does not.
fn importer() -> Client {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.json");
    let id = UNIVERSAL.trim_start_matches("urn:uuid:");
    let entries = [
        json!({"fullUrl": UNIVERSAL, "resource": {"resourceType": "Patient", "id": id,
            "name": [{"use": "official", "family": "Kariuki", "given": ["Ana"]}]}}),
        json!({"resource": {"resourceType": "Patient", "id": "2",
            "name": [{"use": "official", "family": "Otieno", "given": ["Ben"]}]}}),
    ];
    let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
    std::fs::write(&path, bundle.to_string()).unwrap();
    let mut client = World::new().nurse_a();
    let report = client.import_fhir(&[path], &mut |_progress| {}).unwrap();
    assert_eq!(report.imported, 2, "{report:?}");
    assert!(client.verify().unwrap().ok);
    client
}

/// Alters the database, sees that it is found and named, repairs it, and sees that nothing is left to find.
#[track_caller]
fn check(client: &mut Client, alteration: &Repair, named: Option<ChartId>, text: &str) {
    client.driver_mut().store_mut().repair(alteration).unwrap();

    let found = client.verify().unwrap();

    let expected = Check {
        chart: named.map(|it| it.to_string()),
        text: text.to_owned(),
    };
    assert_eq!((found.ok, found.problems), (false, vec![expected]));
    assert_eq!(client.repair().unwrap(), 1);
    let mended = client.verify().unwrap();
    assert!(mended.ok, "{:?}", mended.problems);
}

fn listed(client: &Client, key: &str) -> Option<KeptSource> {
    let all = client.driver().store().sources().unwrap();
    all.into_iter()
        .find(|it| it.address == SourceAddress::of(key))
}

#[test]
fn a_chart_in_lists_that_the_log_does_not_have_is_found_and_removed() {
    let mut client = World::new().nurse_a();
    let chart = client.register(&woman()).unwrap().chart;
    let mut ghost = update_of(&client.driver().held_chart(chart.parse().unwrap()).unwrap());
    ghost.chart = ChartId::new([9; 16]);
    ghost.row.chart = ghost.chart;
    let named = Some(ghost.chart);

    check(
        &mut client,
        &Repair {
            charts: vec![ghost],
            ..Repair::default()
        },
        named,
        "a document or a list has the chart, and the log does not",
    );

    assert_eq!(client.find("hoa").unwrap().len(), 1);
    assert_eq!(client.status().unwrap().charts, 1);
}

#[test]
fn a_chart_that_is_in_no_list_is_found_and_listed_again() {
    let mut client = World::new().nurse_a();
    let chart: ChartId = client.register(&woman()).unwrap().chart.parse().unwrap();
    let gone = Repair {
        ghosts: vec![chart],
        ..Repair::default()
    };
    client.driver_mut().store_mut().repair(&gone).unwrap();

    let found = client.verify().unwrap();

    assert_eq!(found.problems.len(), 2, "{:?}", found.problems);
    client.repair().unwrap();
    assert!(client.verify().unwrap().ok);
    assert_eq!(client.find("hoa").unwrap().len(), 1);
}

#[test]
fn an_imported_object_that_the_list_lacks_is_found_and_listed_again() {
    let mut client = importer();
    let honest = listed(&client, UNIVERSAL).unwrap();

    check(
        &mut client,
        &Repair {
            no_sources: vec![honest.address],
            ..Repair::default()
        },
        Some(honest.chart),
        "1 imported objects are there and are not listed",
    );

    assert_eq!(listed(&client, UNIVERSAL), Some(honest));
}

#[test]
fn an_imported_object_that_is_listed_elsewhere_is_found_and_put_right() {
    let mut client = importer();
    let honest = listed(&client, UNIVERSAL).unwrap();
    let mut charts = client.driver().store().charts().unwrap();
    charts.retain(|it| *it != honest.chart);
    let wrong = KeptSource {
        chart: charts[0],
        ..honest
    };

    check(
        &mut client,
        &Repair {
            sources: vec![wrong],
            ..Repair::default()
        },
        Some(wrong.chart),
        "1 imported objects are listed and are not there",
    );

    assert_eq!(listed(&client, UNIVERSAL), Some(honest));
}

#[test]
fn a_listed_object_of_no_statement_or_no_chart_is_found_and_removed() {
    let mut client = importer();
    let chart = listed(&client, UNIVERSAL).unwrap().chart;
    let mut source = KeptSource {
        address: SourceAddress::of("Patient/7"),
        chart,
        statement: StatementId::new([7; 16]),
    };
    let alteration = |source| Repair {
        sources: vec![source],
        ..Repair::default()
    };

    check(
        &mut client,
        &alteration(source),
        Some(chart),
        "1 imported objects are listed and are not there",
    );
    source.chart = ChartId::new([9; 16]);
    check(
        &mut client,
        &alteration(source),
        Some(source.chart),
        "imported objects are listed in the chart, and the log does not have it",
    );

    assert_eq!(listed(&client, "Patient/7"), None);
}

#[test]
fn what_another_clinic_imported_is_no_object_that_the_list_lacks() {
    let mut a = importer();
    let mut b = World::new().nurse_b();
    deliver(feed_of(&a), &mut b);

    // The other clinic has the same statements, and has imported none of them.
    assert_eq!(b.driver().store().sources().unwrap(), []);
    let found = b.verify().unwrap();
    assert!(found.ok, "{:?}", found.problems);
    assert_eq!(found.digest, a.verify().unwrap().digest);
}

#[test]
fn a_chart_of_which_only_what_waits_has_come_is_nothing_amiss() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    let mut items = feed_of(&a);
    items.remove(0);

    deliver(items, &mut b);

    let found = b.verify().unwrap();
    assert!(found.ok, "{:?}", found.problems);
    assert_eq!(found.charts, 0);
}

#[test]
fn so_many_problems_are_listed_and_all_are_counted() {
    let mut found = Verifying::new(Sources::new(Vec::new(), DeviceId(1)));
    for _ in 0..MAX_PROBLEMS + 2 {
        found.problem(None, "damaged".to_owned());
    }

    assert_eq!(found.problems.len(), MAX_PROBLEMS);
    assert_eq!(found.count, MAX_PROBLEMS as u64 + 2);
}
