//! What crosses to a screen or a script, and what comes back: small, flat, plain values.
//!
//! Nothing here is a domain type. Identifiers are text, times are ISO 8601 text, counts fit 32 bits. A view is
//! made from the record for reading and never written back; an input is checked where it enters the client.

mod attachment;
mod chart;
mod conflict;
mod error;
mod input;
mod patient;
mod people;
mod report;
mod settings;
mod status;
mod sync;

pub use attachment::{AttachInput, AttachmentView};
pub use chart::{
    AddressView, AllergyView, AlsoRecorded, ChartView, ContactView, DeceasedView, DiagnosisView,
    IdentifierView, ItemView, MedicineView, OtherView, ProblemView, Provenance, VisitView,
    VitalView,
};
pub use conflict::{ConflictRegister, ConflictValue, ConflictView};
pub use error::{CommandError, ErrorCode, ErrorDetail};
pub use input::{
    AddressInput, AllergyInput, CorrectionInput, DiagnosisInput, MedicineInput, NameInput,
    PhoneInput, RegisterInput, ResolveInput, VisitInput, VitalsInput,
};
pub use patient::{Age, AgeUnit, PatientRow};
pub use people::{ColleagueStanding, ColleagueView, RecoveredView};
pub use report::{
    BundleReport, Check, EnrolmentView, ExportReport, ImportLine, ImportOutcome, ImportReport,
    LanNews, LanReport, SyncReport, VerifyReport,
};
pub use settings::{LinkSettings, Metered, SettingsView};
pub use status::{AttemptView, HomeView, PersonView, StatusView};
pub use sync::{QueueClass, QueueView, SyncState, SyncView};
