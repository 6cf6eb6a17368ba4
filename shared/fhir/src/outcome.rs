//! What became of each resource of a file, in words that say what is wrong and where, never who it is about.

use record::Kind;

/// What became of one entry of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Which resource of the file, from 1.
    pub entry: usize,
    /// The resource's type, where it could be read.
    pub resource_type: Option<String>,
    /// The resource's `id`, where it has one that FHIR allows.
    pub id: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
}

/// Taken in or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its registers became a chart's (a Patient).
    Patient,
    /// It became a statement of this kind.
    Statement(Kind),
    /// The patient is held already; its chart was left as people wrote it.
    AlreadyHeld,
    /// It was left out.
    Refused(Refusal),
}

/// Why a resource was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Correct the file.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// Correct the file.
    #[error("no resourceType")]
    NoResourceType,
    /// Correct the file.
    #[error("the entry has no resource")]
    NoResource,
    /// Correct the member at this path.
    #[error("{path}: {problem}")]
    Member {
        /// Where: `Observation.valueQuantity.value`.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Import the patient first, then this again.
    #[error("{path}: the patient it names is neither in this file nor held here")]
    UnknownPatient {
        /// The member that names the patient.
        path: String,
    },
    /// Correct the patient's entry, then import both again.
    #[error("the patient it is about (entry {entry}) was refused")]
    PatientRefused {
        /// The patient's entry.
        entry: usize,
    },
    /// Correct the file.
    #[error("entry {entry} of this file has the same identity")]
    Twice {
        /// The entry that came first.
        entry: usize,
    },
    /// Import the two from folders of their own.
    #[error(
        "another patient of this folder has the same identity; import each from a folder of its own"
    )]
    AnotherPatient,
    /// Attach it as a document instead.
    #[error("it has {size} bytes; at most {limit} are taken")]
    TooLarge {
        /// What it has.
        size: usize,
        /// What fits.
        limit: usize,
    },
}
