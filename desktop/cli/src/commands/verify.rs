//! `posta verify`

use desktop_client::VerifyReport;

use super::upkeep;
use crate::arguments::{Common, Verify};
use crate::output::{Lines, Output};
use crate::run::Failure;

/// Derives everything again and compares; with `--repair`, writes what differs again first.
pub(crate) fn run(
    common: &Common,
    command: &Verify,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let mut client = upkeep(common)?;
    if command.repair {
        client.repair()?;
    }
    let report = client.verify()?;
    output.result(&report, text)?;
    if report.ok {
        Ok(())
    } else {
        Err(Failure::Told)
    }
}

fn text(report: &VerifyReport) -> String {
    let mut lines = Lines::default();
    let VerifyReport {
        entries,
        charts,
        changes,
        digest,
        ..
    } = report;
    lines.add(format!(
        "{entries} log entries followed, {charts} charts derived again from {changes} changes"
    ));
    for problem in &report.problems {
        let chart = problem
            .chart
            .as_deref()
            .map(|it| format!("chart {it}: "))
            .unwrap_or_default();
        lines.add(format!("  {chart}{}", problem.text));
    }
    lines.add(format!("views {digest}"));
    lines.add(if report.ok {
        "verify: ok"
    } else {
        "verify: not as it should be; caches can be written again with --repair"
    });
    lines.finish()
}
