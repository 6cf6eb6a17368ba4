//! Importing FHIR: file by file, chart by chart, many charts a transaction.
//!
//! Where each resource went is stored with it, in one transaction. So an import that broke off is taken up by
//! importing the same files again: what is here already is found unchanged.

mod desk;
mod files;
mod writing;

use std::path::{Path, PathBuf};

use audit::{AccessEvent, Outcome};
use fhir::{Document, Import, Verdict};
use roster::Action;

use super::Client;
use super::access::Deed;
use crate::views::{CommandError, ErrorCode, ImportLine, ImportOutcome, ImportReport};
use desk::Known;
use files::{Found, Pieces};
use writing::Batch;

/// How many lines of a report are kept. Who has more has the same fault a thousand times.
const MAX_LINES: usize = 1_000;

/// How far an import has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// Bytes of all files.
    pub total_bytes: u64,
    /// Bytes handled so far.
    pub bytes: u64,
    /// Resources handled so far.
    pub resources: u32,
}

impl Client {
    /// Imports FHIR files: Bundles, single resources, NDJSON, and folders of them. What cannot be taken is in
    /// the report; everything else is in charts. Only a store that fails, or a person who may not, is an error.
    pub fn import_fhir(
        &mut self,
        paths: &[PathBuf],
        progress: &mut dyn FnMut(ImportProgress),
    ) -> Result<ImportReport, CommandError> {
        self.permit(Action::ImportRecords, &Deed::new(AccessEvent::Import))?;
        self.driver.actor()?;
        let mut run = Run {
            known: Known::take_up(self.driver.store(), self.driver.host())?,
            batch: Batch::default(),
            report: ImportReport::default(),
            progress: ImportProgress::default(),
            entries_before: 0,
            tell: progress,
        };
        let found = files::find(paths);
        run.progress.total_bytes = found.iter().map(|it| it.size_bytes).sum();
        for file in found {
            let before = run.progress.bytes;
            self.import_file(&file, &mut run)?;
            run.progress.bytes = before.saturating_add(file.size_bytes);
            (run.tell)(run.progress);
        }
        self.flush(&mut run)?;
        run.report.charts = u32::try_from(run.known.charts()).unwrap_or(u32::MAX);
        Ok(run.report)
    }

    fn import_file(&mut self, file: &Found, run: &mut Run<'_>) -> Result<(), CommandError> {
        let mut pieces = match Pieces::open(file) {
            Ok(pieces) => pieces,
            Err(reason) => {
                run.refuse_file(&file.path, reason);
                return Ok(());
            }
        };
        run.report.files += 1;
        run.entries_before = 0;
        loop {
            match pieces.next() {
                Ok(Some(piece)) => {
                    self.import_piece(&file.path, &piece, run)?;
                    run.progress.bytes += piece.len() as u64;
                }
                Ok(None) => return Ok(()),
                Err(reason) => {
                    run.refuse_file(&file.path, reason);
                    return Ok(());
                }
            }
        }
    }

    fn import_piece(
        &mut self,
        path: &Path,
        bytes: &[u8],
        run: &mut Run<'_>,
    ) -> Result<(), CommandError> {
        let document = match Document::read(bytes) {
            Ok(document) => document,
            Err(error) => {
                run.refuse_file(path, error.to_string());
                return Ok(());
            }
        };
        run.known.begin_file(bytes);
        let mut import = {
            let mut desk = run.known.desk(self.driver.store(), self.driver.host());
            Import::begin(&document, &mut desk)
        };
        run.count(path, import.refused(), 0);
        loop {
            let next = {
                let mut desk = run.known.desk(self.driver.store(), self.driver.host());
                import.next_chart(&mut desk)
            };
            let Some(chart) = next else { break };
            let outcomes = chart.outcomes.clone();
            let unchanged = self.write_imported(chart, run)?;
            run.count(path, &outcomes, unchanged);
            if run.batch.is_full() {
                self.flush(run)?;
            }
            let begun = run.progress.bytes;
            run.tell_share(bytes.len(), import.charts_left());
            run.progress.bytes = begun;
        }
        run.entries_before += document.entries();
        Ok(())
    }

    /// Stores the batch in one transaction.
    fn flush(&mut self, run: &mut Run<'_>) -> Result<(), CommandError> {
        if run.batch.is_empty() {
            return Ok(());
        }
        let deed = Deed::new(AccessEvent::Import).with_results(run.batch.resources());
        let mut entries = self.begin()?;
        entries.push(self.access(&deed, Outcome::Done)?);
        let batch = std::mem::take(&mut run.batch);
        self.commit(batch.into_commit(entries, run.known.directory_meta()))?;
        run.known.stored();
        Ok(())
    }
}

/// One import under way.
struct Run<'a> {
    known: Known,
    batch: Batch,
    report: ImportReport,
    progress: ImportProgress,
    /// Entries of the file's pieces before this one.
    entries_before: usize,
    tell: &'a mut dyn FnMut(ImportProgress),
}

impl Run<'_> {
    fn refuse_file(&mut self, path: &Path, reason: String) {
        self.report.refused += 1;
        self.line(path, 0, None, reason);
    }

    fn line(&mut self, path: &Path, at: usize, resource: Option<String>, reason: String) {
        if self.report.lines.len() < MAX_LINES {
            self.report.lines.push(ImportLine {
                file: path.display().to_string(),
                at: u32::try_from(at).unwrap_or(u32::MAX),
                resource,
                outcome: ImportOutcome::Refused,
                reason,
            });
        }
    }

    /// Counts what became of resources; `unchanged` of those taken were here already, as they are.
    fn count(&mut self, path: &Path, outcomes: &[fhir::Outcome], unchanged: u32) {
        for outcome in outcomes {
            match &outcome.verdict {
                Verdict::Patient | Verdict::Statement(_) => self.report.imported += 1,
                Verdict::AlreadyHeld => self.report.unchanged += 1,
                Verdict::Refused(refusal) => {
                    self.report.refused += 1;
                    let at = self.entries_before + outcome.entry;
                    self.line(path, at, outcome.resource_type.clone(), refusal.to_string());
                }
            }
        }
        self.report.imported = self.report.imported.saturating_sub(unchanged);
        self.report.unchanged += unchanged;
        let handled = u32::try_from(outcomes.len()).unwrap_or(u32::MAX);
        self.progress.resources = self.progress.resources.saturating_add(handled);
    }

    /// Tells how far a piece has come, by the charts that are left of it.
    fn tell_share(&mut self, bytes: usize, left: usize) {
        let share = bytes as u64 / (left as u64 + 1);
        self.progress.bytes = self.progress.bytes.saturating_add(share);
        (self.tell)(self.progress);
    }
}

/// What the person sees if a chart cannot be extended because it is not what was stored.
fn damaged(what: &str) -> CommandError {
    CommandError::text(ErrorCode::Damaged, what)
}

#[cfg(test)]
mod tests;
