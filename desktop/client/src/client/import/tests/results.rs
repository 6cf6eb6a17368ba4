//! Tests of what is told of each resource.

use serde_json::json;

use super::super::telling::MAX_LINES;
use super::super::writing::MAX_BATCH_CHARTS;
use super::*;
use crate::views::{CommandError, ImportOutcome};

/// Imports, and returns each result as `file:at kind/id outcome`.
fn results(client: &mut Client, paths: &[PathBuf]) -> (ImportReport, Vec<String>) {
    let mut told = Vec::new();
    let mut tell = |it: &ImportLine| {
        assert_eq!(it.reason.is_some(), it.outcome == ImportOutcome::Refused);
        let file = Path::new(&it.file).file_name().unwrap();
        let kind = it.resource.as_deref().unwrap_or("?");
        let id = it.id.as_ref().and_then(|it| it.chars().last());
        let id = id.unwrap_or('?');
        let outcome = format!("{:?}", it.outcome).to_lowercase();
        told.push(format!(
            "{}:{} {kind}/{id} {outcome}",
            file.display(),
            it.at
        ));
        Ok(())
    };
    let report = client
        .import_fhir_telling(paths, &mut |_progress| {}, &mut tell)
        .unwrap();
    (report, told)
}

#[test]
fn each_resource_has_one_result() {
    let folder = tempfile::tempdir().unwrap();
    let mut broken = bundle("Kariuki", "72.50");
    broken["entry"][2]["resource"]["effectiveDateTime"] = json!("2026-02-31");
    broken["entry"]
        .as_array_mut()
        .unwrap()
        .push(json!({"resource": {"id": "not a name of FHIR"}}));
    let paths = [
        write(&folder, "ana.json", &broken.to_string()),
        folder.path().join("missing.json"),
    ];
    let mut client = nurse();

    let (first, told) = results(&mut client, &paths);
    let (again, told_again) = results(&mut client, &paths);

    assert_eq!(
        told,
        [
            "ana.json:3 Observation/3 refused",
            "ana.json:5 ?/? refused",
            "ana.json:1 Patient/1 imported",
            "ana.json:2 Encounter/2 imported",
            "ana.json:4 Claim/4 imported",
            "missing.json:0 ?/? refused",
        ]
    );
    assert_eq!(
        (first.imported, first.unchanged, first.refused),
        (3, 0, 3),
        "the counts are those of the results"
    );
    assert_eq!(
        told_again,
        told.iter()
            .map(|it| it.replace("imported", "unchanged"))
            .collect::<Vec<_>>()
    );
    assert_eq!((again.imported, again.unchanged, again.refused), (0, 3, 3));
}

#[test]
fn a_result_is_told_only_of_what_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let people: Vec<String> = (0..MAX_BATCH_CHARTS + 1)
        .map(|it| "x".repeat(it + 1))
        .collect();
    let paths: Vec<PathBuf> = people
        .iter()
        .map(|name| {
            write(
                &folder,
                &format!("{name}.json"),
                &bundle(name, "70").to_string(),
            )
        })
        .collect();
    let mut client = nurse();
    let mut told = 0_u32;
    let mut fail_at_last = |_result: &ImportLine| {
        told += 1;
        Err(CommandError::new(ErrorCode::FileFailed))
    };

    let error = client
        .import_fhir_telling(&paths, &mut |_progress| {}, &mut fail_at_last)
        .unwrap_err();

    assert_eq!((error.code, told), (ErrorCode::FileFailed, 1));
    // The first transaction was whole before its first result was told; the second was never begun.
    let charts = client.status().unwrap().charts as usize;
    assert_eq!(charts, MAX_BATCH_CHARTS);
    assert!(client.verify().unwrap().ok);
}

#[test]
fn a_report_lists_the_first_refusals_and_counts_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let line = json!({"resourceType": "Observation", "id": "1", "status": "final"}).to_string();
    let path = write(&folder, "all.ndjson", &vec![line; MAX_LINES + 3].join("\n"));
    let mut client = nurse();

    let (report, told) = results(&mut client, &[path]);

    assert_eq!(
        (report.refused, report.lines.len(), report.lines_left_out),
        (u32::try_from(MAX_LINES).unwrap() + 3, MAX_LINES, 3)
    );
    let last = "all.ndjson:1003 Observation/1 refused".to_owned();
    assert!(told.len() == MAX_LINES + 3 && told.contains(&last));
}

#[test]
fn a_broken_first_line_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let good: Vec<String> = (1..=5)
        .map(|it| json!({"resourceType": "Patient", "id": it.to_string()}).to_string())
        .collect();
    let file = format!("{{\"resourceType\":\n{}", good.join("\n"));
    let path = write(&folder, "all.ndjson", &file);

    let report = import(&mut nurse(), &[path]);

    assert_eq!((report.imported, report.refused, report.unread), (5, 1, 0));
    assert_eq!(report.lines[0].at, 1);
}
