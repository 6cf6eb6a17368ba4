//! What long work reports when it is done.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::CommandError;

/// What a meeting with the hub did and cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SyncReport {
    /// How long it took until both were level.
    pub seconds: f64,
    /// Times we had to wait for the hub's answer.
    pub round_trips: u32,
    /// Entries offered.
    pub pushed: u32,
    /// Entries the hub confirmed as stored.
    pub stored: u32,
    /// Entries taken from the hub.
    pub taken: u32,
    /// Charts held now.
    pub charts: u32,
    /// Changes from the hub that could not be applied and are kept aside.
    pub quarantined: u32,
    /// Entries of this computer that the hub keeps but could not merge, in this meeting.
    pub set_aside: u32,
    /// Attachments that the hub has whole now.
    pub attachments_sent: u32,
    /// Attachments that came and are whole here now.
    pub attachments_taken: u32,
    /// Attachments that neither came nor went; they are tried again at the next meeting.
    pub attachments_left: u32,
    /// Application bytes sent.
    pub app_up: f64,
    /// Application bytes received.
    pub app_down: f64,
    /// Bytes sent in UDP datagrams.
    pub udp_up: f64,
    /// Bytes received in UDP datagrams.
    pub udp_down: f64,
}

/// What went into a bundle, or came out of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BundleReport {
    /// Entries of this computer in it.
    pub entries: u32,
    /// Entries of this computer that the hub confirmed by it.
    pub stored: u32,
    /// Entries of others that were taken from it.
    pub taken: u32,
}

/// What a meeting with another computer did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct LanReport {
    /// How long it took.
    pub seconds: f64,
    /// The other computer's number.
    pub device: u32,
    /// What people call it.
    pub label: String,
    /// Where it stands.
    pub site: String,
    /// Entries of logs that it took: of this computer, and carried ones.
    pub entries_given: u32,
    /// Entries of logs that came from it, to be carried to the hub.
    pub entries_taken: u32,
    /// Changes of the hub's that it took.
    pub changes_given: u32,
    /// Changes of the hub's that came from it.
    pub changes_taken: u32,
    /// Things that one of the two did not take from the other.
    pub declined: u32,
    /// Whether it had a newer list of people and computers.
    pub roster_taken: bool,
    /// Charts held now.
    pub charts: u32,
    /// Application bytes sent.
    pub app_up: f64,
    /// Application bytes received.
    pub app_down: f64,
}

/// What is heard at the door for other computers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "news")]
pub enum LanNews {
    /// It is open.
    Listening {
        /// At which address and port.
        address: String,
    },
    /// A computer came, and both gave what they had.
    Met {
        /// What that was.
        report: LanReport,
    },
    /// A computer came, or something else did, and it ended too early. What was taken before is kept.
    Failed {
        /// Why.
        error: CommandError,
    },
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Files read.
    pub files: u32,
    /// Patients (and directories of what belongs to no patient) written or extended.
    pub charts: u32,
    /// Resources written.
    pub imported: u32,
    /// Resources that were here already.
    pub unchanged: u32,
    /// Resources that could not be taken, and files that could not be read.
    pub refused: u32,
    /// How many of those refused are files, or parts of files, that could not be read.
    pub unread: u32,
    /// The first that were refused, at most a thousand: what was taken is only counted.
    pub lines: Vec<ImportLine>,
    /// How many more were refused than there are lines.
    pub lines_left_out: u32,
}

/// What became of one resource or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ImportLine {
    /// The file.
    pub file: String,
    /// The resource's place in the file, from 1; zero for the file itself.
    pub at: u32,
    /// The resource's type, where it could be read.
    pub resource: Option<String>,
    /// The resource's `id` in the file, where it has one.
    pub id: Option<String>,
    /// What happened.
    pub outcome: ImportOutcome,
    /// Why it was refused, in words for a technician; absent otherwise. Never content of the record.
    pub reason: Option<String>,
}

/// What became of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ImportOutcome {
    /// It is in a chart now.
    Imported,
    /// It was here already.
    Unchanged,
    /// It could not be taken.
    Refused,
}

/// What an export wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ExportReport {
    /// Charts exported.
    pub charts: u32,
    /// Resources written.
    pub resources: u32,
    /// Statements that could not be written as FHIR.
    pub left_out: u32,
    /// The files.
    pub files: Vec<String>,
}

/// What `verify` found: every cache derived again from the log and compared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// Whether nothing was wrong.
    pub ok: bool,
    /// Own log entries whose chain was followed.
    pub entries: u32,
    /// Charts derived again.
    pub charts: u32,
    /// Changes they were derived from.
    pub changes: u32,
    /// SHA-256 in hexadecimal over every chart's view, sorted by identifier: equal replicas give equal digests.
    pub digest: String,
    /// What did not fit; at most a hundred lines.
    pub problems: Vec<Check>,
}

/// Something that did not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The chart, where it is about one.
    pub chart: Option<String>,
    /// What did not fit, for a technician.
    pub text: String,
}

/// Where an enrolment stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum EnrolmentView {
    /// An administrator compares these words with those on the hub and approves.
    Pending {
        /// Six words.
        words: Vec<String>,
    },
    /// Done: the device can be unlocked.
    Approved {
        /// The person.
        person: u32,
        /// The device.
        device: u32,
    },
}
