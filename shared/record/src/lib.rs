//! What a clinic writes down: charts of registers and statements, their identifiers and their checks.
//!
//! This room is pure and depends on no other. It knows what may be written and how values that were
//! written apart are settled; it does not know how they are stored, merged, sent or shown.

mod discreet;
mod hlc;
mod ids;
mod number;
mod when;

mod register;
mod values;

mod age;

mod content;
mod statement;
mod vitals;

mod chart;
mod fold;

pub use age::Age;
pub use chart::{About, Chart, Item, StatementConflict, Visit};
pub use content::{
    AllergyIntolerance, Condition, Content, DiagnosticReport, DocumentReference, Encounter,
    EncounterStatus, EnteredInError, Immunization, MedicationRequest, Note, Observation,
    ObservationComponent, ObservationValue, Opaque, Procedure, UnknownContent,
};
pub use fold::{fold, fold_digits};
pub use hlc::{Hlc, HybridClock};
pub use ids::{ChartId, DeviceId, IdError, ItemId, PersonId, ScopeId, SiteId, StatementId};
pub use number::{PatientNumber, PatientNumberError};
pub use register::{Agreement, MergeClass, Refines, Register, Stamp, Stamped};
pub use statement::{Kind, Statement, StatementError};
pub use values::{
    Address, BirthDate, CodeableConcept, Coding, Contact, ContactPoint, ContactSystem, Deceased,
    HumanName, Identifier, Json, Language, Period, Quantity, Reference, Sex,
};
pub use vitals::{Vital, VitalError};
pub use when::{When, WhenError};
