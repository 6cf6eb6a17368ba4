//! `posta bundle`: meeting the hub by a file on a stick.

use desktop_client::BundleReport;

use super::work;
use crate::arguments::{Bundle, Common};
use crate::output::{Lines, Output, counted};
use crate::run::Failure;

/// Writes a file for the hub, or reads one of it.
pub(crate) fn run(
    common: &Common,
    command: &Bundle,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        Bundle::Write { file } => {
            let report = work(common, |client| Ok(client.write_bundle(file)?))?;
            output.result(&report, |report| written(report, file))
        }
        Bundle::Read { file } => {
            let report = work(common, |client| Ok(client.read_bundle(file)?))?;
            output.result(&report, read)
        }
    }
}

fn written(report: &BundleReport, file: &std::path::Path) -> String {
    let mut lines = Lines::default();
    lines.add(format!(
        "{}: {}, for the hub alone to open",
        file.display(),
        counted(report.entries, "entry", "entries")
    ));
    lines.add(format!(
        "at the hub: posta-hub bundle read {}; until its receipt comes back, all of it stays unconfirmed here",
        file.display()
    ));
    lines.finish()
}

fn read(report: &BundleReport) -> String {
    let BundleReport { stored, taken, .. } = *report;
    let mut lines = Lines::default();
    lines.add(format!(
        "the hub has {} more of this computer, and {} came from it",
        counted(stored, "entry", "entries"),
        counted(taken, "change", "changes")
    ));
    lines.finish()
}
