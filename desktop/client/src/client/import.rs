//! Importing FHIR: file by file, chart by chart, many charts a transaction.
//!
//! Where each resource went is stored with it, in one transaction. So an import that broke off is taken up by
//! importing the same files again: what is here already is found unchanged. What became of each resource is handed
//! on once it is stored, and not kept: a report has counts and the first refusals.

mod desk;
mod files;
mod telling;
mod writing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use audit::{AccessEvent, Outcome};
use fhir::{Document, Import};
use roster::Action;

use super::Client;
use super::access::Deed;
use crate::views::{CommandError, ErrorCode, ImportLine, ImportReport};
use desk::Known;
use files::{Found, Piece, Pieces};
use telling::Listeners;
use writing::{Batch, MAX_BATCH_RESULTS};

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
        self.import_fhir_telling(paths, progress, &mut |_result| Ok(()))
    }

    /// Imports FHIR files as [`Self::import_fhir`] does, and hands on what became of each resource and of each
    /// file that could not be read: in the order in which they are handled, after the transaction that holds
    /// them. An error of `results` ends the import; what is stored by then stays.
    pub fn import_fhir_telling(
        &mut self,
        paths: &[PathBuf],
        progress: &mut dyn FnMut(ImportProgress),
        results: &mut dyn FnMut(&ImportLine) -> Result<(), CommandError>,
    ) -> Result<ImportReport, CommandError> {
        self.permit(Action::ImportRecords, &Deed::new(AccessEvent::Import))?;
        self.driver.actor()?;
        let mut run = Run {
            known: Known::take_up(self.driver.store(), self.driver.host())?,
            batch: Batch::default(),
            report: ImportReport::default(),
            progress: ImportProgress::default(),
            entries_before: 0,
            tell: Listeners { progress, results },
        };
        let found = files::find(paths);
        run.progress.total_bytes = found.iter().map(|it| it.size_bytes).sum();
        for file in found {
            let before = run.progress.bytes;
            self.import_file(&file, &mut run)?;
            run.progress.bytes = before.saturating_add(file.size_bytes);
            (run.tell.progress)(run.progress);
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
                Ok(Some(Piece::LongLine)) => {
                    run.refuse_line(&file.path, files::long_line());
                }
                Ok(Some(Piece::Bytes(piece))) => {
                    let (size, piece) = (piece.len() as u64, Rc::new(piece));
                    self.import_piece(&file.path, &piece, run)?;
                    run.known.end_piece();
                    run.progress.bytes += size;
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
        bytes: &Rc<Vec<u8>>,
        run: &mut Run<'_>,
    ) -> Result<(), CommandError> {
        let read = if files::is_ndjson(path) {
            Document::read_lines(bytes)
        } else {
            Document::read(bytes)
        };
        let document = match read {
            Ok(document) => document,
            Err(error) => {
                run.refuse_file(path, error.to_string());
                return Ok(());
            }
        };
        run.known.begin_piece(path, Rc::clone(bytes));
        let mut import = {
            let mut desk = run.known.desk(self.driver.store(), self.driver.host());
            Import::begin(&document, &mut desk)
        };
        run.known.check()?;
        for refused in import.refused().chunks(MAX_BATCH_RESULTS) {
            run.count(path, refused.to_vec(), &BTreeSet::new());
            self.flush_full(run)?;
        }
        loop {
            let next = {
                let mut desk = run.known.desk(self.driver.store(), self.driver.host());
                import.next_chart(&mut desk)
            };
            run.known.check()?;
            let Some(mut chart) = next else { break };
            let outcomes = std::mem::take(&mut chart.outcomes);
            let unchanged = self.write_imported(chart, run)?;
            run.count(path, outcomes, &unchanged);
            self.flush_full(run)?;
            run.tell_share(bytes.len(), import.charts_left());
        }
        run.entries_before += document.entries();
        Ok(())
    }

    fn flush_full(&mut self, run: &mut Run<'_>) -> Result<(), CommandError> {
        if run.batch.is_full() {
            self.flush(run)?;
        }
        Ok(())
    }

    /// Stores the batch in one transaction, then hands its results on.
    fn flush(&mut self, run: &mut Run<'_>) -> Result<(), CommandError> {
        let results = std::mem::take(&mut run.batch.results);
        if !run.batch.is_empty() {
            self.store_batch(run)?;
        }
        results.iter().try_for_each(&mut run.tell.results)
    }

    fn store_batch(&mut self, run: &mut Run<'_>) -> Result<(), CommandError> {
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
    tell: Listeners<'a>,
}

/// What the person sees if a chart cannot be extended because it is not what was stored.
fn damaged(what: &str) -> CommandError {
    CommandError::text(ErrorCode::Damaged, what)
}

#[cfg(test)]
mod tests;
