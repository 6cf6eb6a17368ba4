//! From a file's resources to charts: one chart at a time, so that only one stands in memory.
//!
//! First every entry is read once to learn whose it is (`plan`); then each chart's resources are read again and
//! become registers and statements (`build`). A resource about a patient who is neither in the file nor held is
//! refused, never given a chart of its own; a resource about nobody goes to the directory.

mod build;
mod index;
mod plan;

use record::{
    About, Address, BirthDate, ChartId, Contact, ContactPoint, Content, Deceased, HumanName,
    Identifier, ItemId, Language, Sex, StatementId, When,
};

use crate::{Document, Outcome};

/// What the importer asks its caller for.
pub trait Registry {
    /// Returns a fresh chart's name: 16 random bytes.
    fn chart_id(&mut self) -> ChartId;
    /// Returns a fresh statement's name, later ones sorting after earlier ones.
    fn statement_id(&mut self) -> StatementId;
    /// Returns a fresh item's name.
    fn item_id(&mut self) -> ItemId;
    /// Returns where a resource that was imported before is kept, by its source. One that is not `is_universal`
    /// means something only where it stands: in this file, or among the files of one export.
    fn held(&self, source: &str) -> Option<Held>;
    /// Tells whether a patient of this source, with another text, came before where the source means one thing.
    /// Asked once for each patient of a file.
    fn is_another(&mut self, source: &str, text: &str) -> bool;
    /// Returns the chart that takes one more resource about nobody, of so many bytes.
    fn directory(&mut self, bytes: usize) -> ChartId;
}

/// Where an imported resource is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The chart.
    pub chart: ChartId,
    /// The statement.
    pub statement: StatementId,
}

/// One file on its way into charts.
#[derive(Debug)]
pub struct Import<'a> {
    plan: plan::Plan<'a>,
    next: usize,
}

impl<'a> Import<'a> {
    /// Finds out which resource belongs to which chart.
    pub fn begin(document: &'a Document<'a>, registry: &mut impl Registry) -> Self {
        Self {
            plan: plan::Plan::of(document, registry),
            next: 0,
        }
    }

    /// Returns what was refused before any chart was made.
    #[must_use]
    pub fn refused(&self) -> &[Outcome] {
        &self.plan.refused
    }

    /// Returns how many charts are still to come.
    #[must_use]
    pub const fn charts_left(&self) -> usize {
        self.plan.charts.len().saturating_sub(self.next)
    }

    /// Returns the next chart; `None` after the last.
    pub fn next_chart(&mut self, registry: &mut impl Registry) -> Option<ImportedChart> {
        let planned = self.plan.charts.get(self.next)?;
        self.next += 1;
        Some(build::chart(&self.plan, planned, registry))
    }
}

/// What one file says for one chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedChart {
    /// The chart.
    pub chart: ChartId,
    /// Whether the chart is to be made; otherwise the registry held it.
    pub is_new: bool,
    /// What it is about.
    pub about: About,
    /// Who the patient is. Empty for a chart that was held: what people wrote here is not overwritten.
    pub registers: Vec<RegisterValue>,
    /// What was observed, decided or done.
    pub statements: Vec<ImportedStatement>,
    /// What became of each entry.
    pub outcomes: Vec<Outcome>,
}

/// The value of one register.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the registers' own")]
pub enum RegisterValue {
    BirthDate(BirthDate),
    Sex(Sex),
    Deceased(Deceased),
    Name(ItemId, HumanName),
    Identifier(ItemId, Identifier),
    Telecom(ItemId, ContactPoint),
    Address(ItemId, Address),
    Contact(ItemId, Contact),
    Language(ItemId, Language),
}

/// A statement to be: the caller adds author, role and stamp.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportedStatement {
    /// Which resource of the file says it, as its outcome counts.
    pub entry: usize,
    /// Its name, a fresh one.
    pub id: StatementId,
    /// The statement of an earlier import of the same resource. If its content is equal, drop this one and those
    /// that are `part_of` it; else this one replaces it.
    pub held: Option<StatementId>,
    /// The statement that this one is a part of: a resource too large for one statement is kept as several.
    pub part_of: Option<StatementId>,
    /// The visit it was made in.
    pub encounter: Option<StatementId>,
    /// When it happened.
    pub occurred: Option<When>,
    /// What it was called where it came from.
    pub source: Option<String>,
    /// What it says.
    pub content: Content,
}

record::discreet!(ImportedStatement);
