//! The whole client without a window: enrol, unlock, find, edit, import, sync, verify.
//!
//! Everything that a clinic does goes through [`Client`]; the window and the `posta` program are thin skins
//! over it. It decides nothing about merging (`replica`), rights (`roster`) or the protocol (`sync`); it keeps
//! the order that makes them safe: the access entry commits before a chart is shown, and an edit, its log
//! entry and its projections commit together or not at all.

mod views;

mod client;
mod enrol;

mod driver;
mod project;

mod fault;
mod gauge;
mod home;
mod host;
mod identity;
mod inputs;
mod link;
mod meta;
mod metered;
mod pace;
mod passphrase;
#[cfg(test)]
mod testing;
mod watch;

pub use client::{Client, ExportFormat, ImportProgress, Serve, Told};
pub use driver::{Carried, DeviceIdentity, HubPin, LanCarried, ReplicaDriver};
pub use enrol::Enrolment;
pub use host::{Host, OsHost};
pub use pace::{Errand, Happening, Next, Pace, Rhythm};
pub use views::{
    AddressInput, AddressView, Age, AgeUnit, AllergyInput, AllergyView, AlsoRecorded, AttachInput,
    AttachmentView, AttemptView, BundleReport, ChartView, Check, ColleagueStanding, ColleagueView,
    CommandError, ConflictRegister, ConflictValue, ConflictView, ContactView, CorrectionInput,
    DeceasedView, DiagnosisInput, DiagnosisView, EnrolmentView, ErrorCode, ErrorDetail,
    ExportReport, HomeView, IdentifierView, ImportLine, ImportOutcome, ImportReport, ItemView,
    LanNews, LanReport, LinkSettings, MedicineInput, MedicineView, Metered, NameInput, OtherView,
    PatientRow, PersonView, PhoneInput, ProblemView, Provenance, QueueClass, QueueView,
    RecoveredView, RegisterInput, ResolveInput, SettingsView, StatusView, SyncReport, SyncState,
    SyncView, VerifyReport, VisitInput, VisitView, VitalView, VitalsInput,
};
pub use watch::{Written, watch_network};
