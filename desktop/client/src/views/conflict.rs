//! Values of one register that were written apart, side by side.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A register whose values disagree, with every one of them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConflictView {
    /// The chart's identifier.
    pub chart: String,
    /// The patient's number; empty if none was issued.
    pub number: String,
    /// The patient's name.
    pub name: String,
    /// Which register.
    pub register: ConflictRegister,
    /// For statements: what they are about. Empty for a register.
    pub subject: String,
    /// The values, newest first.
    pub values: Vec<ConflictValue>,
}

/// The registers that a person must settle, and statements that were corrected twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ConflictRegister {
    /// The birth date.
    BirthDate,
    /// The sex.
    Sex,
    /// Whether, and when, the patient died.
    Deceased,
    /// A statement with two corrections.
    Statement,
}

/// One of the values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ConflictValue {
    /// Names the value in a decision. For a register it is the value itself.
    pub key: String,
    /// The value: a date, a sex (female, male, other, unknown), or living, dead, or the date of death.
    pub value: String,
    /// Whether it was guessed.
    pub estimated: bool,
    /// Who wrote it.
    pub author: String,
    /// At which site.
    pub site: String,
    /// On which device.
    pub device: String,
    /// When.
    pub when: String,
    /// Why, in the writer's words.
    pub reason: Option<String>,
}

record::discreet!(ConflictView, ConflictValue);
