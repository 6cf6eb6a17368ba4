//! From what a file says of one chart to changes: as few as fit the limits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use fhir::{Held, ImportedChart, ImportedStatement, RegisterValue};
use record::{ChartId, Content, Statement, StatementId};
use replica::{ChartDoc, Intent};
use store::{Commit, NewEntry, Source};

use super::super::Client;
use super::super::pen::Pen;
use super::{Run, damaged};
use crate::driver::{Room, update_of};
use crate::views::{CommandError, ErrorCode, ImportLine};

/// How many bytes of changes one transaction holds: enough that flushing the disk costs little beside them,
/// little enough that a crash repeats seconds.
const MAX_BATCH_BYTES: usize = 4 << 20;

/// How many charts one transaction holds.
pub(super) const MAX_BATCH_CHARTS: usize = 64;

/// How many results wait for a transaction: where nothing is new, none would ever come.
pub(super) const MAX_BATCH_RESULTS: usize = 10_000;

/// What the next transaction will hold.
#[derive(Default)]
pub(super) struct Batch {
    entries: Vec<NewEntry>,
    docs: BTreeMap<ChartId, ChartDoc>,
    sources: Vec<Source>,
    bytes: usize,
    resources: usize,
    /// What became of each resource that was handled since the last transaction.
    pub(super) results: Vec<ImportLine>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MAX_BATCH_BYTES
            || self.docs.len() >= MAX_BATCH_CHARTS
            || self.results.len() >= MAX_BATCH_RESULTS
    }

    pub(super) const fn resources(&self) -> usize {
        self.resources
    }

    pub(super) fn into_commit(
        self,
        mut entries: Vec<NewEntry>,
        meta: Option<(String, Vec<u8>)>,
    ) -> Commit {
        entries.extend(self.entries);
        Commit {
            entries,
            charts: self.docs.values().map(update_of).collect(),
            sources: self.sources,
            meta: meta.into_iter().collect(),
            ..Commit::default()
        }
    }
}

/// What is to be written of a chart, once what is here already is left out.
struct News {
    statements: Vec<(ImportedStatement, Option<StatementId>)>,
    /// The entries of the file that were here already, as they are.
    unchanged: BTreeSet<usize>,
}

impl Client {
    /// Adds a chart to the batch. Returns the entries of the file that were here already, as they are.
    pub(super) fn write_imported(
        &mut self,
        imported: ImportedChart,
        run: &mut Run<'_>,
    ) -> Result<BTreeSet<usize>, CommandError> {
        let chart = imported.chart;
        let batched = run.batch.docs.remove(&chart);
        let was_batched = batched.is_some();
        let mut doc = match batched {
            Some(doc) => doc,
            None => self
                .driver
                .chart(chart)?
                .unwrap_or_else(|| ChartDoc::new(chart)),
        };
        let news = news(&doc, imported.statements)?;
        let is_new = doc.heads() == ChartDoc::new(chart).heads();
        let says_something =
            !news.statements.is_empty() || (is_new && !imported.registers.is_empty());
        if is_new && says_something {
            let pen = self.pen()?;
            let mut intents = vec![Intent::SetAbout(pen.stamped(imported.about, None))];
            let registers = imported.registers.into_iter();
            intents.extend(registers.map(|it| register_intent(it, &pen)));
            self.push_changes(&mut doc, &intents, run)?;
        }
        if says_something {
            let again = news.statements.iter().filter(|it| it.1.is_some()).count();
            run.known.count(chart, again);
            run.batch.resources += news.statements.len();
            self.write_statements(&mut doc, news.statements, run)?;
        }
        // A document with changes that are not stored yet must be the one that the next edit starts from.
        if was_batched || says_something {
            run.batch.docs.insert(chart, doc);
        }
        Ok(news.unchanged)
    }

    /// Writes statements, as many in one change as fit.
    fn write_statements(
        &mut self,
        doc: &mut ChartDoc,
        statements: Vec<(ImportedStatement, Option<StatementId>)>,
        run: &mut Run<'_>,
    ) -> Result<(), CommandError> {
        let mut left = VecDeque::from(statements);
        while !left.is_empty() {
            let pen = self.pen()?;
            let mut intents = Vec::new();
            let mut room = Room::default();
            while let Some((imported, replaces)) = left.front() {
                let statement = stamp(imported, *replaces, &pen);
                let size = statement.seal()?.len();
                if !intents.is_empty() && !room.has(size) {
                    break;
                }
                room.fill(size);
                intents.push(Intent::AddStatement(Box::new(statement)));
                note_source(doc.id(), imported, run);
                left.pop_front();
            }
            self.push_changes(doc, &intents, run)?;
        }
        Ok(())
    }

    /// Writes intents as one change or, if that is too large after all, as several.
    fn push_changes(
        &mut self,
        doc: &mut ChartDoc,
        intents: &[Intent],
        run: &mut Run<'_>,
    ) -> Result<(), CommandError> {
        let mut waiting = vec![intents];
        while let Some(intents) = waiting.pop() {
            // Its own reading for each: the log's readings rise.
            let at = self.driver.tick();
            match self.driver.change(doc, self.person, at, intents) {
                Ok(entry) => {
                    run.batch.bytes = run.batch.bytes.saturating_add(entry.entry.payload.len());
                    run.batch.entries.push(entry);
                }
                Err(error) if error.code == ErrorCode::TooLarge && intents.len() > 1 => {
                    let (first, second) = intents.split_at(intents.len() / 2);
                    waiting.push(second);
                    waiting.push(first);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Leaves out what is here already as it is, and what belongs to it.
///
/// Only what was imported before is read again: most files bring a chart that is new, or add little to one, such
/// as the directory, that has much.
fn news(doc: &ChartDoc, statements: Vec<ImportedStatement>) -> Result<News, CommandError> {
    let mut dropped: BTreeSet<StatementId> = BTreeSet::new();
    let mut stands_for: BTreeMap<StatementId, StatementId> = BTreeMap::new();
    let mut news = News {
        statements: Vec::new(),
        unchanged: BTreeSet::new(),
    };
    for mut statement in statements {
        if statement.part_of.is_some_and(|it| dropped.contains(&it)) {
            dropped.insert(statement.id);
            continue;
        }
        if let Some(visit) = statement.encounter.and_then(|it| stands_for.get(&it)) {
            statement.encounter = Some(*visit);
        }
        let Some(id) = statement.held else {
            news.statements.push((statement, None));
            continue;
        };
        let held = doc
            .statement(id)
            .ok_or_else(|| damaged("an imported statement is not in its chart"))?;
        if was_said(doc, held, &statement.content) {
            dropped.insert(statement.id);
            stands_for.insert(statement.id, id);
            news.unchanged.insert(statement.entry);
        } else {
            news.statements.push((statement, Some(id)));
        }
    }
    Ok(news)
}

/// Tells whether a statement, or one that it took the place of, says this already. Of two files that differ
/// about one thing the later import stands, and importing either again changes nothing.
fn was_said(doc: &ChartDoc, held: Statement, content: &Content) -> bool {
    let mut seen = BTreeSet::from([held.id]);
    let mut waiting = vec![held];
    while let Some(known) = waiting.pop() {
        if known.content == *content {
            return true;
        }
        let before = known.replaces.into_iter().filter(|it| seen.insert(*it));
        waiting.extend(before.filter_map(|it| doc.statement(it)));
    }
    false
}

fn stamp(imported: &ImportedStatement, replaces: Option<StatementId>, pen: &Pen) -> Statement {
    let mut statement = pen.statement(
        imported.id,
        imported.encounter,
        imported.occurred.clone(),
        imported.content.clone(),
    );
    statement.replaces = replaces.into_iter().collect();
    statement.source.clone_from(&imported.source);
    if replaces.is_some() {
        statement.reason = Some("imported again, with other content".to_owned());
    }
    statement
}

fn note_source(chart: ChartId, imported: &ImportedStatement, run: &mut Run<'_>) {
    let (Some(source), None) = (&imported.source, imported.part_of) else {
        return;
    };
    let held = Held {
        chart,
        statement: imported.id,
    };
    let key = run.known.note(source, held);
    run.batch.sources.push(Source {
        key,
        chart,
        statement: imported.id,
    });
}

fn register_intent(value: RegisterValue, pen: &Pen) -> Intent {
    match value {
        RegisterValue::BirthDate(it) => Intent::SetBirthDate(pen.stamped(it, None)),
        RegisterValue::Sex(it) => Intent::SetSex(pen.stamped(it, None)),
        RegisterValue::Deceased(it) => Intent::SetDeceased(pen.stamped(it, None)),
        RegisterValue::Name(id, it) => Intent::PutName(id, pen.stamped(it, None)),
        RegisterValue::Identifier(id, it) => Intent::PutIdentifier(id, pen.stamped(it, None)),
        RegisterValue::Telecom(id, it) => Intent::PutTelecom(id, pen.stamped(it, None)),
        RegisterValue::Address(id, it) => Intent::PutAddress(id, pen.stamped(it, None)),
        RegisterValue::Contact(id, it) => Intent::PutContact(id, pen.stamped(it, None)),
        RegisterValue::Language(id, it) => Intent::PutLanguage(id, pen.stamped(it, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::ImportOutcome;

    #[test]
    fn a_batch_is_full_of_bytes_or_of_results() {
        let line = ImportLine {
            file: String::new(),
            at: 1,
            resource: None,
            id: None,
            outcome: ImportOutcome::Unchanged,
            reason: None,
        };
        let is_full = |bytes: usize, results: usize| {
            let batch = Batch {
                bytes,
                results: vec![line.clone(); results],
                ..Batch::default()
            };
            batch.is_full()
        };

        assert!(!is_full(MAX_BATCH_BYTES - 1, MAX_BATCH_RESULTS - 1));
        assert!(is_full(MAX_BATCH_BYTES, 0));
        assert!(is_full(0, MAX_BATCH_RESULTS));
    }
}
