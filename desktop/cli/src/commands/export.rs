//! `posta export`

use desktop_client::{ExportFormat, ExportReport};

use super::work;
use crate::arguments::{Common, Export};
use crate::output::{Lines, Output};
use crate::run::Failure;

/// Exports every chart.
pub(crate) fn run(
    common: &Common,
    command: &Export,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Export::Fhir { out, ndjson } = command;
    let format = if *ndjson {
        ExportFormat::Ndjson
    } else {
        ExportFormat::Bundles
    };
    let report = work(common, |client| Ok(client.export_fhir(out, format)?))?;
    output.result(&report, |report| text(report, out))
}

fn text(report: &ExportReport, out: &std::path::Path) -> String {
    let ExportReport {
        charts,
        resources,
        left_out,
        ..
    } = report;
    let mut lines = Lines::default();
    lines.add(format!(
        "{resources} resources of {charts} charts are in {}, readable to you alone and not encrypted.",
        out.display()
    ));
    if *left_out > 0 {
        lines.add(format!(
            "{left_out} statements have no FHIR form and were left out."
        ));
    }
    lines.finish()
}
