//! The values that registers and statements hold, in FHIR R4's shapes and names.
//!
//! Each is written and replaced whole: a number from one site never meets a unit from another. What FHIR
//! has and we do not name is kept beside it in `rest`, so that it goes out as it came in.

use serde::{Deserialize, Serialize};

use crate::When;
use crate::register::Refines;

/// The text of a JSON object that holds what our own fields do not name. Never empty.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(pub String);

/// A person's name.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HumanName {
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Given names, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
    /// What comes before: Dr, Mrs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<String>,
    /// What comes after: Jr.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suffix: Vec<String>,
    /// The whole name as one text, where it is only known so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// FHIR `NameUse`: usual, official, maiden, nickname, old …
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// A number that some system gave the patient.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identifier {
    /// The system that gave it, as a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The number itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// FHIR `IdentifierUse`: usual, official, old …
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

impl Identifier {
    /// The system of the numbers that Posta issues itself.
    pub const POSTA: &str = "urn:posta:patient-number";
}

/// A birth date, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BirthDate {
    /// A year, a month or a day.
    pub date: When,
    /// Whether it was guessed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
}

/// FHIR `AdministrativeGender`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other.
    Other,
    /// Asked, or not asked, and unknown.
    Unknown,
}

/// Whether, and as far as known when, the patient died.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deceased {
    /// Recorded as living (an explicit statement, not an absence).
    Living,
    /// Dead, at a time unknown.
    Dead,
    /// Dead, then.
    On(When),
}

/// How to reach someone: FHIR `ContactPoint`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactPoint {
    /// Phone, e-mail …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<ContactSystem>,
    /// The number or address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// FHIR `ContactPointUse`: home, work, mobile, old …
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// FHIR `ContactPointSystem`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactSystem {
    /// A telephone.
    Phone,
    /// A fax.
    Fax,
    /// E-mail.
    Email,
    /// A pager.
    Pager,
    /// A web address.
    Url,
    /// A text-message number.
    Sms,
    /// Anything else.
    Other,
}

/// Where someone lives.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Street, house, landmark.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub line: Vec<String>,
    /// Village, town or city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// District.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// State or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(rename = "postalCode", skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// FHIR `AddressUse`: home, work, temp, old …
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
    /// The whole address as one text, where it is only known so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// Someone to call: mother, husband, neighbour.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Who this is to the patient, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relationship: Option<String>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// A language the patient can be spoken to in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Language {
    /// The language.
    pub language: CodeableConcept,
    /// Whether it is the preferred one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred: Option<bool>,
    /// What FHIR has beyond these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// One code of one code system.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coding {
    /// The code system, as a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What the system calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// A concept: codes that mean the same, and the words that were used.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CodeableConcept {
    /// Its codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coding: Vec<Coding>,
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

impl CodeableConcept {
    /// Returns the best words for it: its text, else a display, else a code.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        let display = self.coding.iter().find_map(|it| it.display.as_deref());
        let code = self.coding.iter().find_map(|it| it.code.as_deref());
        self.text.as_deref().or(display).or(code)
    }
}

/// A measured amount: number and unit together.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quantity {
    /// The number as it was written: 72.50 stays 72.50.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The unit in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The unit's code system (UCUM).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The unit's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

/// From when to when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Period {
    /// Its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    /// Its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
}

/// A pointer to another resource, as it was written.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reference {
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

impl Refines for BirthDate {
    fn refines(&self, other: &Self) -> bool {
        self.date.refines(&other.date)
            || (self.date == other.date && other.estimated && !self.estimated)
    }
}

impl Refines for Deceased {
    fn refines(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::On(_), Self::Dead) => true,
            (Self::On(when), Self::On(other)) => when.refines(other),
            (Self::Living | Self::Dead | Self::On(_), _) => false,
        }
    }
}

macro_rules! never_refines {
    ($($name:ty),*) => {
        $(impl Refines for $name {
            fn refines(&self, _other: &Self) -> bool {
                false
            }
        })*
    };
}

never_refines!(
    HumanName,
    Identifier,
    Sex,
    ContactPoint,
    Address,
    Contact,
    Language
);

crate::discreet!(
    Json,
    HumanName,
    Identifier,
    ContactPoint,
    Address,
    Contact,
    Coding,
    CodeableConcept,
    Quantity,
    Reference
);
