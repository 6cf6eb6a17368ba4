//! The bytes of each release, which every later one must read.
//!
//! `tests/fixtures/replica/v0.1.0` holds the two changes of a small chart, a registration and a visit, and its
//! snapshot, as release 0.1.0 wrote them. They are never written again. A release that writes other bytes for the
//! same edits adds a folder of its own, and a test here that reads it.

use record::Hlc;

use crate::samples::{CHART, START_MS, actor, chart_with_visits, registration, visit};
use crate::{ChartDoc, check};

const REGISTRATION: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/fixtures/replica/v0.1.0/registration.change"
));
const VISIT: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/fixtures/replica/v0.1.0/visit.change"
));
const SNAPSHOT: &[u8] = include_bytes!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../tests/fixtures/replica/v0.1.0/chart.snapshot"
));

#[test]
fn this_release_writes_the_same_bytes() {
    let (_, changes) = chart_with_visits(1);

    assert_eq!(changes[0].bytes(), REGISTRATION);
    assert_eq!(changes[1].bytes(), VISIT);
}

#[test]
fn the_changes_of_0_1_0_are_read() {
    let mut doc = ChartDoc::new(CHART);

    doc.apply(&[check(VISIT).unwrap(), check(REGISTRATION).unwrap()])
        .unwrap();

    let (written, _) = chart_with_visits(1);
    assert_eq!(doc.view(), written.view());
    assert_eq!(
        doc.heads()[0].to_string(),
        "d39c06514e295efc27ad0d2979bbe7d4864c7f16d7fe36d45e8a0f41485e0c4a"
    );
}

#[test]
fn the_snapshot_of_0_1_0_is_read_and_written_upon() {
    let mut doc = ChartDoc::load(CHART, SNAPSHOT).unwrap();

    let (written, changes) = chart_with_visits(1);
    assert_eq!(doc.view(), written.view());
    assert_eq!(doc.heads(), written.heads());
    assert_eq!(doc.changes()[1].bytes, changes[1].bytes());
    let later = Hlc::new(START_MS + 1, 0);
    doc.edit(&actor(9), later, &visit(later, 9, [9; 6]))
        .unwrap();
    doc.edit(&actor(9), later, &registration(later, 9)).unwrap();
}
