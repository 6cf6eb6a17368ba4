//! Tests of importing and exporting.

mod names;
mod results;

use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::ExportFormat;
use crate::testing::{NURSE_A, TestHost, World, log, person_key};

/// A patient with a visit, a weight and something outside the subset.
fn bundle(name: &str, weight: &str) -> Value {
    let id = |number: u32| format!("00000000-0000-4000-8000-{:08}{number:04}", name.len());
    let subject = json!({"reference": format!("urn:uuid:{}", id(1))});
    let visit = json!({"reference": format!("urn:uuid:{}", id(2))});
    let weight: Value = serde_json::from_str(weight).unwrap();
    let resources = [
        json!({"resourceType": "Patient", "id": id(1), "gender": "female", "birthDate": "1984-03-12",
            "name": [{"use": "official", "family": name, "given": ["Ana"]}]}),
        json!({"resourceType": "Encounter", "id": id(2), "status": "finished", "subject": subject,
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "period": {"start": "2026-01-05T09:00:00Z", "end": "2026-01-05T09:15:00Z"}}),
        json!({"resourceType": "Observation", "id": id(3), "status": "final", "subject": subject,
            "encounter": visit,
            "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "Weight"},
            "effectiveDateTime": "2026-01-05T09:05:00Z",
            "valueQuantity": {"value": weight, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}}),
        json!({"resourceType": "Claim", "id": id(4), "status": "active", "use": "claim",
            "patient": subject, "created": "2026-01-05"}),
    ];
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|it| json!({"fullUrl": format!("urn:uuid:{}", it["id"].as_str().unwrap()), "resource": it}))
        .collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

fn nurse() -> Client {
    World::new().nurse_a()
}

fn write(folder: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn import(client: &mut Client, paths: &[PathBuf]) -> ImportReport {
    client.import_fhir(paths, &mut |_progress| {}).unwrap()
}

#[test]
fn a_file_imported_twice_is_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(&folder, "ana.json", &bundle("Kariuki", "72.50").to_string());
    let mut client = nurse();

    let first = import(&mut client, std::slice::from_ref(&path));
    let entries = log(&client).len();
    let again = import(&mut client, &[path]);

    assert_eq!(
        (first.imported, first.unchanged, first.refused),
        (4, 0, 0),
        "{:?}",
        first.lines
    );
    assert_eq!(
        (again.imported, again.unchanged, again.refused),
        (0, 4, 0),
        "{:?}",
        again.lines
    );
    assert_eq!(log(&client).len(), entries);
    let found = client.find("kariuki").unwrap();
    let view = client.open(&found[0].chart).unwrap();
    assert_eq!(view.visits[0].vitals[0].value, "72.50");
    assert!(client.verify().unwrap().ok);
}

#[test]
fn a_resource_that_changed_replaces_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = nurse();
    let path = write(&folder, "ana.json", &bundle("Kariuki", "72.50").to_string());
    import(&mut client, std::slice::from_ref(&path));

    std::fs::write(&path, bundle("Kariuki", "73").to_string()).unwrap();
    let second = import(&mut client, std::slice::from_ref(&path));

    assert_eq!(
        (second.imported, second.unchanged),
        (1, 3),
        "{:?}",
        second.lines
    );
    let chart = client.find("kariuki").unwrap()[0].chart.clone();
    let view = client.open(&chart).unwrap();
    assert_eq!(view.visits[0].vitals.len(), 1);
    assert_eq!(view.visits[0].vitals[0].value, "73");

    // The older file does not bring back what the newer one corrected.
    std::fs::write(&path, bundle("Kariuki", "72.50").to_string()).unwrap();
    assert_eq!(import(&mut client, &[path]).unchanged, 4);
}

#[test]
fn a_broken_resource_is_refused_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut broken = bundle("Kariuki", "72.50");
    broken["entry"][2]["resource"]["effectiveDateTime"] = json!("2026-02-31");
    let path = write(&folder, "ana.json", &broken.to_string());
    let mut client = nurse();

    let report = import(&mut client, &[path]);

    assert_eq!((report.imported, report.refused), (3, 1));
    assert_eq!(report.lines[0].at, 3);
    let reason = report.lines[0].reason.as_deref().unwrap();
    assert!(reason.contains("effectiveDateTime"), "{reason}");
}

#[test]
fn a_file_that_is_none_says_so_and_the_others_are_imported() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        write(&folder, "a.json", "this is not JSON"),
        folder.path().join("missing.json"),
        write(&folder, "b.json", &bundle("Kariuki", "72.50").to_string()),
    ];
    let mut client = nurse();

    let report = import(&mut client, &paths);

    assert_eq!((report.imported, report.files, report.unread), (4, 2, 2));
    assert_eq!(report.lines.iter().filter(|it| it.at == 0).count(), 2);
}

#[test]
fn an_import_that_broke_off_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["A", "Bb", "Ccc"];
    let paths: Vec<PathBuf> = names
        .iter()
        .map(|name| {
            write(
                &folder,
                &format!("{name}.json"),
                &bundle(name, "70").to_string(),
            )
        })
        .collect();
    let world = World::new();
    let host = TestHost::new(1);
    let mut client =
        Client::for_person(world.device(1, &host), NURSE_A, person_key(NURSE_A)).unwrap();
    import(&mut client, &paths[..1]);
    // Whatever the process had not stored when it died is gone with it.
    let store = client.into_driver().into_store();
    let driver = crate::ReplicaDriver::resume(store, world.identity(1), Box::new(host)).unwrap();
    let mut client = Client::for_person(driver, NURSE_A, person_key(NURSE_A)).unwrap();

    let report = import(&mut client, &paths);

    assert_eq!((report.imported, report.unchanged), (8, 4));
    assert_eq!(client.status().unwrap().charts, 3);
}

#[test]
fn a_large_patient_becomes_several_changes_in_one_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let mut large = bundle("Kariuki", "70");
    for number in 0..400 {
        let mut extra = large["entry"][2].clone();
        let id = format!("00000000-0000-4000-9000-{number:012}");
        extra["fullUrl"] = json!(format!("urn:uuid:{id}"));
        extra["resource"]["id"] = json!(id);
        extra["resource"]["note"] = json!([{"text": format!("{number} {}", "x".repeat(400))}]);
        large["entry"].as_array_mut().unwrap().push(extra);
    }
    let path = write(&folder, "large.json", &large.to_string());
    let mut client = nurse();

    let report = import(&mut client, std::slice::from_ref(&path));

    assert_eq!((report.imported, report.refused), (404, 0));
    let changes: Vec<usize> = log(&client)
        .iter()
        .filter(|it| it.kind == audit::EntryKind::CHANGE)
        .map(|it| it.payload.len())
        .collect();
    assert!(changes.len() > 3, "{changes:?}");
    assert!(changes.iter().all(|it| *it <= 64 * 1024), "{changes:?}");
    assert_eq!(import(&mut client, &[path]).imported, 0);
}

#[test]
fn what_several_files_say_of_one_chart_is_one_line_of_changes() {
    let folder = tempfile::tempdir().unwrap();
    let organisation = |number: u32| {
        let id = format!("00000000-0000-4000-9000-{number:012}");
        json!({"fullUrl": format!("urn:uuid:{id}"),
            "resource": {"resourceType": "Organization", "id": id, "name": format!("Clinic {number}")}})
    };
    let file = |name: &str, organisations: &[u32]| {
        let mut content = bundle(name, "70");
        let entries = content["entry"].as_array_mut().unwrap();
        entries.extend(organisations.iter().map(|it| organisation(*it)));
        write(&folder, &format!("{name}.json"), &content.to_string())
    };
    // The second adds nothing to the directory, the third does: all in one transaction.
    let paths = [file("A", &[1, 2]), file("Bb", &[1]), file("Ccc", &[2, 3])];
    let mut client = nurse();

    let report = import(&mut client, &paths);

    assert_eq!(
        (report.imported, report.unchanged, report.charts),
        (15, 2, 4),
        "{:?}",
        report.lines
    );
    assert!(client.verify().unwrap().ok);
    assert_eq!(import(&mut client, &paths).imported, 0);
}

#[test]
fn a_directory_that_is_full_is_followed_by_another_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let organisation = |number: u32| {
        let id = format!("00000000-0000-4000-9000-{number:012}");
        json!({"resourceType": "Organization", "id": id, "name": format!("Clinic {number}")})
            .to_string()
    };
    let file = |name: &str, numbers: std::ops::Range<u32>| {
        let lines: Vec<String> = numbers.map(organisation).collect();
        write(&folder, name, &lines.join("\n"))
    };
    let (first, both) = (
        file("first.ndjson", 0..1_000),
        file("both.ndjson", 0..1_010),
    );
    let mut client = nurse();
    assert_eq!(import(&mut client, &[first]).imported, 1_000);

    let second = import(&mut client, std::slice::from_ref(&both));

    assert_eq!((second.imported, second.unchanged), (10, 1_000));
    assert_eq!(import(&mut client, &[both]).unchanged, 1_010);
    assert_eq!(client.driver.store().charts_in_log().unwrap().len(), 2);
}

#[test]
fn what_was_imported_goes_out_equal() {
    let folder = tempfile::tempdir().unwrap();
    let original = bundle("Kariuki", "72.50");
    let path = write(&folder, "ana.json", &original.to_string());
    let mut client = World::new().manager_a();
    import(&mut client, &[path]);

    let out = folder.path().join("out");
    let report = client.export_fhir(&out, ExportFormat::Bundles).unwrap();

    assert_eq!(
        (report.charts, report.resources, report.left_out),
        (1, 4, 0)
    );
    let text = std::fs::read_to_string(out.join(&report.files[0])).unwrap();
    let exported: Value = serde_json::from_str(&text).unwrap();
    let resources = |bundle: &Value| {
        let mut found: Vec<Value> = bundle["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["resource"].clone())
            .collect();
        found.sort_by_key(|it| it["id"].to_string());
        found
    };
    assert_eq!(resources(&exported), resources(&original));
    let exports = client.export_fhir(&out, ExportFormat::Ndjson).unwrap_err();
    assert_eq!(exports.code, ErrorCode::FileFailed);
}
