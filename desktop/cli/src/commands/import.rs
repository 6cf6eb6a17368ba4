//! `posta import`

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use desktop_client::{CommandError, ErrorCode, ImportLine, ImportProgress, ImportReport};
use indicatif::{ProgressBar, ProgressStyle};

use super::work;
use crate::arguments::{Common, Import};
use crate::output::{Lines, Output, counted};
use crate::run::Failure;

/// How many refusals are printed for people. The JSON report lists more, and `--results` has all.
const MAX_SHOWN: usize = 20;

/// Imports, with a progress bar on a terminal.
pub(crate) fn run(
    common: &Common,
    command: &Import,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    let Import::Fhir { paths, results } = command;
    let bar = bar(output.is_json());
    let report = work(common, |client| {
        let mut results = results.as_deref().map(Results::create).transpose()?;
        import(client, paths, results.as_mut(), &bar)
    })?;
    bar.finish_and_clear();
    output.result(&report, text)?;
    if has_failed(&report) {
        Err(Failure::Told)
    } else {
        Ok(())
    }
}

/// A resource that is refused among others is a line in the report. A file that is not even read is a failure, and
/// so is an import that nothing came of.
const fn has_failed(report: &ImportReport) -> bool {
    let taken = report.imported > 0 || report.unchanged > 0;
    report.unread > 0 || (report.refused > 0 && !taken)
}

fn import(
    client: &mut desktop_client::Client,
    paths: &[PathBuf],
    mut results: Option<&mut Results>,
    bar: &ProgressBar,
) -> Result<ImportReport, Failure> {
    let mut tell = |progress: ImportProgress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.bytes);
        bar.set_message(format!("{} resources", progress.resources));
    };
    let mut write = |line: &ImportLine| match &mut results {
        Some(results) => results.write(line),
        None => Ok(()),
    };
    let report = client.import_fhir_telling(paths, &mut tell, &mut write);
    // Also of an import that broke off: what is in the file by then is stored.
    results.map_or(Ok(()), Results::finish)?;
    Ok(report?)
}

/// A file that takes a line for each resource as it is stored. Nothing of it is held in memory.
struct Results(BufWriter<File>);

impl Results {
    /// Makes the file, for the owner alone as exports are. One that is there may be the only account of an earlier import.
    fn create(path: &Path) -> Result<Self, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // It names patients' records. On Windows the folder's own rights do.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(path)
            .map_err(|error| Failure::Words(format!("{}: {}", path.display(), error.kind())))?;
        Ok(Self(BufWriter::new(file)))
    }

    fn write(&mut self, line: &ImportLine) -> Result<(), CommandError> {
        serde_json::to_writer(&mut self.0, line)
            .map_err(std::io::Error::from)
            .and_then(|()| self.0.write_all(b"\n"))
            .map_err(|error| unwritten(&error))
    }

    fn finish(&mut self) -> Result<(), CommandError> {
        self.0.flush().map_err(|error| unwritten(&error))
    }
}

fn unwritten(error: &std::io::Error) -> CommandError {
    let text = format!("the file of results could not be written: {}", error.kind());
    CommandError::text(ErrorCode::FileFailed, text)
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
        "{} imported, {} unchanged, {} refused, in {} from {}",
        report.imported,
        report.unchanged,
        report.refused,
        counted(report.charts, "chart", "charts"),
        counted(report.files, "file", "files")
    ));
    for line in report.lines.iter().take(MAX_SHOWN) {
        let place = if line.at == 0 {
            String::new()
        } else {
            format!(", resource {}", line.at)
        };
        let resource = match (&line.resource, &line.id) {
            (Some(kind), Some(id)) => format!(" ({kind}/{id})"),
            (Some(kind), None) => format!(" ({kind})"),
            (None, _) => String::new(),
        };
        let reason = line.reason.as_deref().unwrap_or_default();
        lines.add(format!("  {}{place}{resource}: {reason}", line.file));
    }
    let refused = report.lines.len() as u64 + u64::from(report.lines_left_out);
    let more = refused.saturating_sub(MAX_SHOWN as u64);
    if more > 0 {
        lines.add(format!(
            "  … and {more} more; `--results FILE` lists every resource"
        ));
    }
    lines.finish()
}

#[cfg(test)]
mod tests {
    use desktop_client::ImportOutcome;

    use super::*;

    fn refused(at: u32) -> ImportLine {
        ImportLine {
            file: "all.ndjson".to_owned(),
            at,
            resource: Some("Observation".to_owned()),
            id: Some("o-1".to_owned()),
            outcome: ImportOutcome::Refused,
            reason: Some("Observation.code: is missing".to_owned()),
        }
    }

    #[test]
    fn results_are_one_json_object_a_line_in_a_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.ndjson");
        let mut results = Results::create(&path).unwrap();

        results.write(&refused(7)).unwrap();
        results.write(&refused(8)).unwrap();
        results.finish().unwrap();

        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            r#"{"file":"all.ndjson","at":7,"resource":"Observation","id":"o-1","outcome":"refused","reason":"Observation.code: is missing"}"#
        );
        assert_eq!(lines.len(), 2);
        // It may be the only account of that import.
        assert!(Results::create(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn the_first_refusals_are_shown_and_the_others_counted() {
        let shown = |refusals: usize| {
            let report = ImportReport {
                lines: (1..).map(refused).take(refusals).collect(),
                ..ImportReport::default()
            };
            let text = text(&report);
            (text.matches("is missing").count(), text.contains(" more;"))
        };

        assert_eq!(shown(MAX_SHOWN), (MAX_SHOWN, false));
        assert_eq!(shown(MAX_SHOWN + 1), (MAX_SHOWN, true));
    }

    #[test]
    fn an_import_that_nothing_came_of_has_failed() {
        let check = |imported, unchanged, refused, expected| {
            let report = ImportReport {
                imported,
                unchanged,
                refused,
                ..ImportReport::default()
            };
            assert_eq!(has_failed(&report), expected, "{report:?}");
        };

        check(0, 0, 3, true);
        check(1, 0, 3, false);
        check(0, 1, 3, false);
        check(0, 0, 0, false);
    }

    #[test]
    fn people_see_the_first_refusals_and_how_many_more_there_are() {
        let report = ImportReport {
            refused: 1_200,
            lines: (1..=1_000).map(refused).collect(),
            lines_left_out: 200,
            ..ImportReport::default()
        };

        let text = text(&report);

        assert!(text.contains("resource 20 (Observation/o-1): Observation.code: is missing"));
        assert!(!text.contains("resource 21 "), "{text}");
        assert!(text.contains("and 1180 more; `--results FILE`"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn the_results_are_for_the_owner_alone_and_never_written_over() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.ndjson");

        assert!(Results::create(&path).is_ok());

        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(Results::create(&path).is_err());
    }
}
