//! The table, in Markdown.

use serde_json::Value;

/// The rows: a label, and which figure of which phase it shows, in which unit.
const ROWS: &[(&str, &str, &str, Unit)] = &[
    (
        "FHIR JSON of the charts",
        "people",
        "json_bytes",
        Unit::Bytes,
    ),
    ("import by clinic A", "import", "seconds", Unit::Seconds),
    ("import, peak memory", "import", "peak_bytes", Unit::Bytes),
    ("first push by clinic A, up", "push", "appUp", Unit::Bytes),
    (
        "first push by clinic A, time",
        "push",
        "seconds",
        Unit::Seconds,
    ),
    (
        "first replica at clinic B, down",
        "replica",
        "appDown",
        Unit::Bytes,
    ),
    (
        "the FHIR JSON, zstd -9 --long",
        "packed",
        "fhir_zstd_bytes",
        Unit::Bytes,
    ),
    (
        "the charts as JSON, zstd -9 --long",
        "packed",
        "zstd_bytes",
        Unit::Bytes,
    ),
    (
        "first replica at clinic B, time",
        "replica",
        "seconds",
        Unit::Seconds,
    ),
    (
        "first replica, peak memory",
        "replica",
        "peak_bytes",
        Unit::Bytes,
    ),
    ("replica on disk", "disk", "replica_bytes", Unit::Bytes),
    ("hub on disk", "disk", "hub_bytes", Unit::Bytes),
    ("nothing to do, up", "idle", "appUp", Unit::Bytes),
    ("nothing to do, down", "idle", "appDown", Unit::Bytes),
    (
        "nothing to do, UDP up, new connection",
        "idle",
        "udpUp",
        Unit::Bytes,
    ),
    (
        "nothing to do, UDP down, new connection",
        "idle",
        "udpDown",
        Unit::Bytes,
    ),
    (
        "nothing to do, round trips",
        "idle",
        "roundTrips",
        Unit::Count,
    ),
    ("cursor lost, up", "compared", "appUp", Unit::Bytes),
    ("cursor lost, down", "compared", "appDown", Unit::Bytes),
    (
        "cursor lost, round trips",
        "compared",
        "roundTrips",
        Unit::Count,
    ),
    ("one visit, up", "visit", "appUp", Unit::Bytes),
    ("one visit, down", "visit", "appDown", Unit::Bytes),
    ("one visit, round trips", "visit", "roundTrips", Unit::Count),
    (
        "one visit, connection open, up (300 charts)",
        "open_visit",
        "up",
        Unit::Bytes,
    ),
    (
        "one visit, connection open, down (300 charts)",
        "open_visit",
        "down",
        Unit::Bytes,
    ),
    ("a day, up", "day", "appUp", Unit::Bytes),
    ("a day, down", "day", "appDown", Unit::Bytes),
    (
        "a day, its edits spread over eight hours, up (300 charts)",
        "spread_day",
        "up",
        Unit::Bytes,
    ),
    (
        "the day's edits as JSON",
        "edits",
        "json_bytes",
        Unit::Bytes,
    ),
    (
        "the day's edits as JSON, xz -9e",
        "edits",
        "xz_bytes",
        Unit::Bytes,
    ),
    ("open the replica", "look", "open_ms", Unit::Milliseconds),
    (
        "find a patient, p50",
        "look",
        "find_p50_ms",
        Unit::Milliseconds,
    ),
    (
        "find a patient, p99",
        "look",
        "find_p99_ms",
        Unit::Milliseconds,
    ),
    (
        "open a chart, p50",
        "look",
        "chart_p50_ms",
        Unit::Milliseconds,
    ),
    (
        "open a chart, p99",
        "look",
        "chart_p99_ms",
        Unit::Milliseconds,
    ),
    ("at work, peak memory", "look", "peak_bytes", Unit::Bytes),
];

#[derive(Clone, Copy)]
enum Unit {
    Bytes,
    Seconds,
    Milliseconds,
    Count,
}

/// Renders one column for each size that was measured.
pub(crate) fn render(columns: &[Value]) -> String {
    let mut text = String::from("| figure |");
    for column in columns {
        text.push_str(&format!(" {} charts |", column["charts"]));
    }
    text.push_str("\n|---|");
    text.push_str(&"---:|".repeat(columns.len()));
    for (label, phase, figure, unit) in ROWS {
        text.push_str(&format!("\n| {label} |"));
        for column in columns {
            text.push_str(&format!(
                " {} |",
                show(column[*phase][*figure].as_f64(), *unit)
            ));
        }
    }
    text
}

fn show(figure: Option<f64>, unit: Unit) -> String {
    let Some(figure) = figure else {
        return "–".to_owned();
    };
    match unit {
        Unit::Count => format!("{figure:.0}"),
        Unit::Seconds => format!("{figure:.1} s"),
        Unit::Milliseconds => format!("{figure:.1} ms"),
        Unit::Bytes if figure >= 1_000_000.0 => format!("{:.1} MB", figure / 1e6),
        Unit::Bytes if figure >= 10_000.0 => format!("{:.1} kB", figure / 1e3),
        Unit::Bytes => format!("{figure:.0} B"),
    }
}
