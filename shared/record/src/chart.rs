//! A chart as it stands: its registers settled, its statements opened.
//!
//! This is a view for reading. Writing goes through the replica's intents; nothing here is written back.

mod replacement;
mod summary;

use std::collections::BTreeSet;

use crate::{
    Address, Agreement, BirthDate, ChartId, Contact, ContactPoint, Deceased, HumanName, Identifier,
    ItemId, Kind, Language, Register, Sex, Statement, StatementId,
};
use serde::{Deserialize, Serialize};

pub use replacement::StatementConflict;
pub use summary::Visit;

/// What a chart is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A patient.
    #[default]
    Patient,
    /// Nobody: imported organisations, practitioners and the like, which patients' records point to.
    Directory,
}

/// One entry of a repeating register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<T> {
    /// Its name, the same at every site.
    pub id: ItemId,
    /// Its value, or values.
    pub register: Register<T>,
}

/// One patient's record as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// The chart's name.
    pub id: ChartId,
    /// What it is about.
    pub about: About,
    /// Names, by their ids: those of one series in the order they were made.
    pub names: Vec<Item<HumanName>>,
    /// Identifiers, the numbers that Posta issues among them.
    pub identifiers: Vec<Item<Identifier>>,
    /// Birth date.
    pub birth_date: Option<Register<BirthDate>>,
    /// Sex.
    pub sex: Option<Register<Sex>>,
    /// Whether the patient died.
    pub deceased: Option<Register<Deceased>>,
    /// Phones, e-mail.
    pub telecoms: Vec<Item<ContactPoint>>,
    /// Addresses.
    pub addresses: Vec<Item<Address>>,
    /// Relatives and neighbours.
    pub contacts: Vec<Item<Contact>>,
    /// Languages.
    pub languages: Vec<Item<Language>>,
    /// Every statement, replaced ones too, by the time of recording.
    pub statements: Vec<Statement>,
    /// Statements whose bytes could not be opened: shown as damaged, never dropped.
    pub damaged: Vec<StatementId>,
    /// Registers that hold what only a newer release, or nobody, can read.
    pub unknown_registers: Vec<String>,
}

impl Chart {
    /// Makes the view of a chart in which nothing is written.
    #[must_use]
    pub const fn empty(id: ChartId) -> Self {
        Self {
            id,
            about: About::Patient,
            names: Vec::new(),
            identifiers: Vec::new(),
            birth_date: None,
            sex: None,
            deceased: None,
            telecoms: Vec::new(),
            addresses: Vec::new(),
            contacts: Vec::new(),
            languages: Vec::new(),
            statements: Vec::new(),
            damaged: Vec::new(),
            unknown_registers: Vec::new(),
        }
    }

    /// Returns the statements that stand: neither replaced nor withdrawn, nor withdrawing.
    pub fn live(&self) -> impl Iterator<Item = &Statement> {
        self.standing()
            .filter(|it| it.kind() != Kind::EnteredInError)
    }

    /// Returns the statements that no other replaces, those that withdraw among them.
    fn standing(&self) -> impl Iterator<Item = &Statement> {
        let replaced: BTreeSet<StatementId> = self
            .statements
            .iter()
            .flat_map(|it| it.replaces.iter().copied())
            .collect();
        self.statements
            .iter()
            .filter(move |it| !replaced.contains(&it.id))
    }

    /// Tells whether a person must decide something.
    #[must_use]
    pub fn has_conflict(&self) -> bool {
        fn conflict<T>(register: Option<&Register<T>>) -> bool {
            register.is_some_and(|it| it.agreement == Agreement::Conflict)
        }
        conflict(self.birth_date.as_ref())
            || conflict(self.sex.as_ref())
            || conflict(self.deceased.as_ref())
            || !self.conflicting_statements().is_empty()
    }
}
