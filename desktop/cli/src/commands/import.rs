//! `posta import`

use std::io::IsTerminal as _;
use std::path::PathBuf;

use desktop_client::{ImportProgress, ImportReport};
use indicatif::{ProgressBar, ProgressStyle};

use super::work;
use crate::arguments::{Common, Import};
use crate::output::{Lines, Output};
use crate::run::Failure;

/// How many refusals are printed for people; JSON has more.
const MAX_SHOWN: usize = 20;

/// Imports, with a progress bar on a terminal.
pub(crate) fn run(
    common: &Common,
    command: &Import,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Import::Fhir { paths } = command;
    let bar = bar(output.is_json());
    let report = work(common, |client| import(client, paths, &bar))?;
    bar.finish_and_clear();
    output.result(&report, text)?;
    // A resource that is refused is a line in the report. A file that is not even read is a failure.
    if report.lines.iter().any(|it| it.at == 0) {
        Err(Failure::Told)
    } else {
        Ok(())
    }
}

fn import(
    client: &mut desktop_client::Client,
    paths: &[PathBuf],
    bar: &ProgressBar,
) -> Result<ImportReport, Failure> {
    let mut tell = |progress: ImportProgress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.bytes);
        bar.set_message(format!("{} resources", progress.resources));
    };
    Ok(client.import_fhir(paths, &mut tell)?)
}

fn bar(json: bool) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{bar:40} {bytes}/{total_bytes}  {msg}  {eta} left";
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_invalid| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn text(report: &ImportReport) -> String {
    let mut lines = Lines::default();
    lines.add(format!(
        "{} imported, {} unchanged, {} refused, in {} charts from {} files",
        report.imported, report.unchanged, report.refused, report.charts, report.files
    ));
    for line in report.lines.iter().take(MAX_SHOWN) {
        let place = if line.at == 0 {
            String::new()
        } else {
            format!(", resource {}", line.at)
        };
        let resource = line
            .resource
            .as_deref()
            .map(|it| format!(" ({it})"))
            .unwrap_or_default();
        lines.add(format!("  {}{place}{resource}: {}", line.file, line.reason));
    }
    if report.lines.len() > MAX_SHOWN {
        lines.add(format!(
            "  … and {} more; --json lists them",
            report.lines.len() - MAX_SHOWN
        ));
    }
    lines.finish()
}
