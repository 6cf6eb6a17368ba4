//! Tests of names that mean something only where they stand: `Patient/1`, which every system has.

use super::*;

/// A patient, a visit's measurement and a directory entry, named as small systems name them.
fn patient(family: &str) -> Value {
    json!({"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1984-03-12",
        "name": [{"use": "official", "family": family, "given": ["Ana"]}]})
}

fn weight(kilograms: u32) -> Value {
    json!({"resourceType": "Observation", "id": "1", "status": "final",
        "subject": {"reference": "Patient/1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}], "text": "Weight"},
        "effectiveDateTime": "2026-01-05T09:05:00Z",
        "valueQuantity": {"value": kilograms, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}})
}

/// A Bundle whose entries have no address of their own.
fn bundle_of(family: &str, kilograms: u32) -> String {
    let entries = [patient(family), weight(kilograms)].map(|it| json!({"resource": it}));
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string()
}

fn counts(report: &ImportReport) -> (u32, u32, u32) {
    (report.imported, report.unchanged, report.refused)
}

/// The chart found under this name has this one weight.
#[track_caller]
fn check_weight(client: &mut Client, name: &str, expected: &[&str]) {
    let found = client.find(name).unwrap();
    assert_eq!(found.len(), 1, "{name}");
    let chart = found[0].chart.parse().unwrap();
    let doc = client.driver.held_chart(chart).unwrap();
    let weights: Vec<String> = doc
        .view()
        .statements
        .iter()
        .filter_map(|it| {
            let record::Content::Observation(observation) = &it.content else {
                return None;
            };
            serde_json::to_string(&observation.value).ok()
        })
        .collect();
    assert_eq!(weights.len(), expected.len(), "{name}: {weights:?}");
    for (weight, expected) in weights.iter().zip(expected) {
        assert!(weight.contains(expected), "{name}: {weight}");
    }
}

#[test]
fn two_bundles_that_each_have_a_patient_1_make_two_charts() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        write(&folder, "a.json", &bundle_of("Kariuki", 70)),
        write(&folder, "b.json", &bundle_of("Mwangi", 81)),
    ];
    let mut client = nurse();

    let report = import(&mut client, &paths);

    assert_eq!(counts(&report), (4, 0, 0), "{:?}", report.lines);
    assert_eq!(client.status().unwrap().charts, 2);
    check_weight(&mut client, "kariuki", &["70"]);
    check_weight(&mut client, "mwangi", &["81"]);
    assert_eq!(counts(&import(&mut client, &paths)), (0, 4, 0));
}

#[test]
fn the_ndjson_files_of_a_folder_mean_the_same_patient() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "Patient.ndjson", &patient("Kariuki").to_string());
    write(&folder, "Observation.ndjson", &weight(70).to_string());
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("Patient.ndjson"), patient("Mwangi").to_string()).unwrap();
    std::fs::write(other.join("Weight.ndjson"), weight(81).to_string()).unwrap();
    // Observations before patients: the folder is given twice, as a person does who was told to.
    let paths = [folder.path().to_owned(), folder.path().to_owned()];
    let mut client = nurse();

    let report = import(&mut client, &paths);

    assert_eq!(counts(&report), (4, 3, 1), "{:?}", report.lines);
    check_weight(&mut client, "kariuki", &["70"]);
    check_weight(&mut client, "mwangi", &["81"]);
}

#[test]
fn a_second_patient_of_one_name_in_a_folder_is_refused_and_nothing_more_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        write(&folder, "1.ndjson", &patient("Kariuki").to_string()),
        write(&folder, "2.ndjson", &patient("Kariuki").to_string()),
        write(&folder, "3.ndjson", &weight(70).to_string()),
        write(&folder, "4.ndjson", &patient("Mwangi").to_string()),
        write(&folder, "5.ndjson", &weight(81).to_string()),
    ];
    let mut client = nurse();

    let report = import(&mut client, &paths);

    assert_eq!(counts(&report), (2, 1, 2), "{:?}", report.lines);
    let reasons: Vec<&str> = report
        .lines
        .iter()
        .filter_map(|it| it.reason.as_deref())
        .collect();
    assert!(
        reasons[0].contains("another patient of this folder"),
        "{reasons:?}"
    );
    assert!(
        reasons[1].contains("neither in this file nor held"),
        "{reasons:?}"
    );
    check_weight(&mut client, "kariuki", &["70"]);
}

#[test]
fn an_import_that_broke_off_after_the_patients_goes_on_with_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let patients = write(&folder, "1-Patient.ndjson", &patient("Kariuki").to_string());
    let observations = write(&folder, "2-Observation.ndjson", &weight(70).to_string());
    let mut client = nurse();
    import(&mut client, std::slice::from_ref(&patients));

    let report = import(&mut client, &[patients, observations]);

    assert_eq!(counts(&report), (1, 1, 0), "{:?}", report.lines);
    check_weight(&mut client, "kariuki", &["70"]);
}
