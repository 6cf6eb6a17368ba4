//! A patient as a line of a list.

use serde::{Deserialize, Serialize};
use specta::Type;

/// One line of what a search found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PatientRow {
    /// The chart's identifier.
    pub chart: String,
    /// The number on the card, as `1004-00017-6`; empty if none was issued.
    pub number: String,
    /// The name to show; empty if none is recorded.
    pub name: String,
    /// FHIR `AdministrativeGender`: female, male, other, unknown.
    pub sex: Option<String>,
    /// As far as known: `1984`, `1984-03` or `1984-03-12`.
    pub birth_date: Option<String>,
    /// How old the patient is today.
    pub age: Option<Age>,
    /// Village, district.
    pub place: String,
    /// The phone to show.
    pub phone: String,
    /// Whether a person must decide something.
    pub conflict: bool,
    /// Whether something of this chart was written here and is not yet at the hub.
    pub only_here: bool,
}

/// How old someone is, in the unit people would say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Age {
    /// How many.
    pub value: u32,
    /// Of what.
    pub unit: AgeUnit,
    /// Whether the birth date is only known roughly.
    pub about: bool,
}

/// The unit of an age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum AgeUnit {
    /// From two years on.
    Years,
    /// From one month on.
    Months,
    /// A newborn's.
    Days,
}

record::discreet!(PatientRow);
