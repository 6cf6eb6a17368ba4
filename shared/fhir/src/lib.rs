//! FHIR R4 (4.0.1) to the record and back.
//!
//! Two laws hold by construction: what is exported and imported again says the same, and a resource that was
//! accepted goes out equal as JSON to what came in. A resource that cannot keep them is refused, alone, with a
//! reason. This room is handed bytes and identifiers; it opens no file and asks no clock.

mod outcome;
mod read;

mod json;
mod source;
mod unique;
mod values;

mod kinds;
mod parts;
mod patient;

mod export;
mod import;

#[cfg(test)]
mod laws;

pub use export::{Exported, LeftOut, Resource, bundle, export, ndjson};
pub use import::{Held, Import, ImportedChart, ImportedStatement, RegisterValue, Registry};
pub use outcome::{Outcome, Refusal, Verdict};
pub use read::{Document, ReadError};
pub use source::is_universal;
