//! Statements: what was observed, decided or done, written once as a sealed record.
//!
//! A statement is never edited. A correction is a new statement that replaces it, with a reason. Its bytes
//! (deterministic CBOR) are kept as they were written, so members and kinds that this release does not know
//! survive; they are only *shown* as unknown.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::{Content, Stamp, StatementId, UnknownContent, When};

/// What was observed, decided or done; by whom, where and when.
#[derive(Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name.
    pub id: StatementId,
    /// The statements that this one takes the place of.
    pub replaces: Vec<StatementId>,
    /// The visit it was made in.
    pub encounter: Option<StatementId>,
    /// Who recorded it, where and when.
    pub stamp: Stamp,
    /// In which role the author acted (a name of the roster's roles).
    pub role: String,
    /// When it happened, as far as known.
    pub occurred: Option<When>,
    /// Why it replaces or withdraws another.
    pub reason: Option<String>,
    /// The address it had in the system it was imported from (FHIR `type/id`).
    pub source: Option<String>,
    /// What it says.
    pub content: Content,
}

/// Why bytes are not a statement, or a statement cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Quarantine what carried it.
    #[error("the statement's bytes are damaged")]
    Damaged,
    /// Keep it out and tell the person: it must be attached as a document instead.
    #[error("the statement has {size} bytes; at most {limit} fit")]
    TooLarge {
        /// What it has.
        size: usize,
        /// What fits.
        limit: usize,
    },
}

/// The kinds of statement, by the names they are kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are FHIR's own")]
pub enum Kind {
    Encounter,
    Observation,
    Condition,
    AllergyIntolerance,
    MedicationRequest,
    Immunization,
    Procedure,
    DiagnosticReport,
    Note,
    DocumentReference,
    Opaque,
    EnteredInError,
    Unknown,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Encounter,
        Self::Observation,
        Self::Condition,
        Self::AllergyIntolerance,
        Self::MedicationRequest,
        Self::Immunization,
        Self::Procedure,
        Self::DiagnosticReport,
        Self::Note,
        Self::DocumentReference,
        Self::Opaque,
        Self::EnteredInError,
        Self::Unknown,
    ];

    /// Returns the name that the kind is kept under; never changed once released.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Encounter => "Encounter",
            Self::Observation => "Observation",
            Self::Condition => "Condition",
            Self::AllergyIntolerance => "AllergyIntolerance",
            Self::MedicationRequest => "MedicationRequest",
            Self::Immunization => "Immunization",
            Self::Procedure => "Procedure",
            Self::DiagnosticReport => "DiagnosticReport",
            Self::Note => "Note",
            Self::DocumentReference => "DocumentReference",
            Self::Opaque => "Opaque",
            Self::EnteredInError => "EnteredInError",
            Self::Unknown => "Unknown",
        }
    }
}

/// The sealed form. Members are only ever added, each with a default.
#[derive(Serialize, Deserialize)]
struct Sealed {
    kind: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    replaces: Vec<StatementId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encounter: Option<StatementId>,
    by: Stamp,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurred: Option<When>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    content: ByteBuf,
}

impl Statement {
    /// The most bytes a sealed statement may have: with its change around it, it must fit the 64 kB that a
    /// change may have on the wire.
    pub const MAX_BYTES: usize = 60_000;

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match &self.content {
            Content::Encounter(_) => Kind::Encounter,
            Content::Observation(_) => Kind::Observation,
            Content::Condition(_) => Kind::Condition,
            Content::AllergyIntolerance(_) => Kind::AllergyIntolerance,
            Content::MedicationRequest(_) => Kind::MedicationRequest,
            Content::Immunization(_) => Kind::Immunization,
            Content::Procedure(_) => Kind::Procedure,
            Content::DiagnosticReport(_) => Kind::DiagnosticReport,
            Content::Note(_) => Kind::Note,
            Content::DocumentReference(_) => Kind::DocumentReference,
            Content::Opaque(_) => Kind::Opaque,
            Content::EnteredInError(_) => Kind::EnteredInError,
            Content::Unknown(_) => Kind::Unknown,
        }
    }

    /// Seals the statement into the bytes that are kept, merged and sent.
    ///
    /// A statement of an unknown kind cannot be sealed again: its own bytes are what is kept.
    pub fn seal(&self) -> Result<Vec<u8>, StatementError> {
        let content = match &self.content {
            Content::Encounter(it) => encode(it)?,
            Content::Observation(it) => encode(it)?,
            Content::Condition(it) => encode(it)?,
            Content::AllergyIntolerance(it) => encode(it)?,
            Content::MedicationRequest(it) => encode(it)?,
            Content::Immunization(it) => encode(it)?,
            Content::Procedure(it) => encode(it)?,
            Content::DiagnosticReport(it) => encode(it)?,
            Content::Note(it) => encode(it)?,
            Content::DocumentReference(it) => encode(it)?,
            Content::Opaque(it) => encode(it)?,
            Content::EnteredInError(it) => encode(it)?,
            Content::Unknown(_) => return Err(StatementError::Damaged),
        };
        let bytes = encode(&Sealed {
            kind: self.kind().name().to_owned(),
            replaces: self.replaces.clone(),
            encounter: self.encounter,
            by: self.stamp,
            role: self.role.clone(),
            occurred: self.occurred.clone(),
            reason: self.reason.clone(),
            source: self.source.clone(),
            content: ByteBuf::from(content),
        })?;
        if bytes.len() > Self::MAX_BYTES {
            return Err(StatementError::TooLarge {
                size: bytes.len(),
                limit: Self::MAX_BYTES,
            });
        }
        Ok(bytes)
    }

    /// Opens the bytes sealed under an id. A kind that this release does not know becomes `Content::Unknown`.
    ///
    /// The id is not among the bytes: it is the key they are kept under. So no statement can claim another's
    /// name, and 16 bytes that do not compress are sent once and not twice.
    pub fn open(id: StatementId, bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(StatementError::TooLarge {
                size: bytes.len(),
                limit: Self::MAX_BYTES,
            });
        }
        let sealed: Sealed = decode(bytes)?;
        let body = sealed.content.as_slice();
        let content = match sealed.kind.as_str() {
            "Encounter" => Content::Encounter(decode(body)?),
            "Observation" => Content::Observation(decode(body)?),
            "Condition" => Content::Condition(decode(body)?),
            "AllergyIntolerance" => Content::AllergyIntolerance(decode(body)?),
            "MedicationRequest" => Content::MedicationRequest(decode(body)?),
            "Immunization" => Content::Immunization(decode(body)?),
            "Procedure" => Content::Procedure(decode(body)?),
            "DiagnosticReport" => Content::DiagnosticReport(decode(body)?),
            "Note" => Content::Note(decode(body)?),
            "DocumentReference" => Content::DocumentReference(decode(body)?),
            "Opaque" => Content::Opaque(decode(body)?),
            "EnteredInError" => Content::EnteredInError(decode(body)?),
            _ => Content::Unknown(UnknownContent { kind: sealed.kind }),
        };
        Ok(Self {
            id,
            replaces: sealed.replaces,
            encounter: sealed.encounter,
            stamp: sealed.by,
            role: sealed.role,
            occurred: sealed.occurred,
            reason: sealed.reason,
            source: sealed.source,
            content,
        })
    }
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StatementError> {
    serde_ipld_dagcbor::to_vec(value).map_err(|_unencodable| StatementError::Damaged)
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StatementError> {
    serde_ipld_dagcbor::from_slice(bytes).map_err(|_damaged| StatementError::Damaged)
}

crate::discreet!(Statement);

#[cfg(test)]
mod tests;
