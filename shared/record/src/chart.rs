//! A chart as it stands: its registers settled, its statements opened.
//!
//! This is a view for reading. Writing goes through the replica's intents; nothing here is written back.

use crate::{
    Address, Agreement, BirthDate, ChartId, Contact, ContactPoint, Deceased, HumanName, Identifier,
    ItemId, Language, Register, Sex, Statement, StatementId,
};
use serde::{Deserialize, Serialize};

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
    /// Names, in the order they were first written.
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
    /// Registers that a newer release wrote.
    pub unknown_registers: Vec<String>,
}

impl Chart {
    /// Returns the statements that stand: neither replaced nor withdrawn, nor withdrawing.
    pub fn live(&self) -> impl Iterator<Item = &Statement> {
        let replaced: std::collections::BTreeSet<StatementId> = self
            .statements
            .iter()
            .flat_map(|it| it.replaces.iter().copied())
            .collect();
        self.statements.iter().filter(move |it| {
            !replaced.contains(&it.id) && it.kind() != crate::Kind::EnteredInError
        })
    }

    /// Tells whether a person must decide something about the registers.
    #[must_use]
    pub fn has_conflict(&self) -> bool {
        fn conflict<T>(register: Option<&Register<T>>) -> bool {
            register.is_some_and(|it| it.agreement == Agreement::Conflict)
        }
        conflict(self.birth_date.as_ref())
            || conflict(self.sex.as_ref())
            || conflict(self.deceased.as_ref())
    }
}
