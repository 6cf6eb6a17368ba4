//! What an import says of itself while it runs and when it is done: counts, lines, and a result for each resource.
//!
//! A result is handed on only after the transaction that holds it, so that whoever keeps results never has
//! "imported" for what a crash took back. No more results wait than a batch holds.

use std::collections::BTreeSet;
use std::path::Path;

use fhir::Verdict;

use super::{ImportProgress, Run};
use crate::views::{CommandError, ImportLine, ImportOutcome, ImportReport};

/// How many lines of a report are kept. Who has more has the same fault a thousand times.
pub(super) const MAX_LINES: usize = 1_000;

/// Whom an import tells.
pub(super) struct Listeners<'a> {
    pub(super) progress: &'a mut dyn FnMut(ImportProgress),
    pub(super) results: &'a mut dyn FnMut(&ImportLine) -> Result<(), CommandError>,
}

impl Run<'_> {
    /// Notes that a file, or the rest of it, could not be read.
    pub(super) fn refuse_file(&mut self, path: &Path, reason: String) {
        self.report.refused += 1;
        self.report.unread += 1;
        self.note(ImportLine {
            file: path.display().to_string(),
            at: 0,
            resource: None,
            id: None,
            outcome: ImportOutcome::Refused,
            reason: Some(reason),
        });
    }

    /// Notes that a line of a file could not be read; what follows it can.
    pub(super) fn refuse_line(&mut self, path: &Path, reason: String) {
        self.report.refused += 1;
        self.entries_before += 1;
        self.note(ImportLine {
            file: path.display().to_string(),
            at: u32::try_from(self.entries_before).unwrap_or(u32::MAX),
            resource: None,
            id: None,
            outcome: ImportOutcome::Refused,
            reason: Some(reason),
        });
    }

    /// Notes what became of resources; those whose entry is `unchanged` were here already, as they are.
    pub(super) fn count(
        &mut self,
        path: &Path,
        outcomes: Vec<fhir::Outcome>,
        unchanged: &BTreeSet<usize>,
    ) {
        let handled = u32::try_from(outcomes.len()).unwrap_or(u32::MAX);
        self.progress.resources = self.progress.resources.saturating_add(handled);
        for it in outcomes {
            let (outcome, reason) = match it.verdict {
                Verdict::AlreadyHeld => (ImportOutcome::Unchanged, None),
                Verdict::Patient | Verdict::Statement(_) if unchanged.contains(&it.entry) => {
                    (ImportOutcome::Unchanged, None)
                }
                Verdict::Patient | Verdict::Statement(_) => (ImportOutcome::Imported, None),
                Verdict::Refused(refusal) => (ImportOutcome::Refused, Some(refusal.to_string())),
            };
            *self.report.count_of(outcome) += 1;
            let at = self.entries_before + it.entry;
            self.note(ImportLine {
                file: path.display().to_string(),
                at: u32::try_from(at).unwrap_or(u32::MAX),
                resource: it.resource_type,
                id: it.id,
                outcome,
                reason,
            });
        }
    }

    fn note(&mut self, line: ImportLine) {
        if line.outcome == ImportOutcome::Refused {
            if self.report.lines.len() < MAX_LINES {
                self.report.lines.push(line.clone());
            } else {
                self.report.lines_left_out += 1;
            }
        }
        self.batch.results.push(line);
    }

    /// Tells how far a piece has come, by the charts that are left of it.
    pub(super) fn tell_share(&mut self, bytes: usize, left: usize) {
        let share = bytes as u64 / (left as u64 + 1);
        let progress = ImportProgress {
            bytes: self.progress.bytes.saturating_add(share),
            ..self.progress
        };
        (self.tell.progress)(progress);
    }
}

impl ImportReport {
    const fn count_of(&mut self, outcome: ImportOutcome) -> &mut u32 {
        match outcome {
            ImportOutcome::Imported => &mut self.imported,
            ImportOutcome::Unchanged => &mut self.unchanged,
            ImportOutcome::Refused => &mut self.refused,
        }
    }
}
