//! Why something was not done, as a stable code: the screen owns the words.

use serde::{Deserialize, Serialize};
use specta::Type;

/// A failed command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize, Type)]
#[error("{code:?}")]
#[serde(rename_all = "camelCase")]
pub struct CommandError {
    /// What happened.
    pub code: ErrorCode,
    /// What it happened to.
    pub detail: Option<ErrorDetail>,
}

impl CommandError {
    /// Makes an error of a code alone.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }

    /// Makes an error about one field of the input.
    #[must_use]
    pub fn field(code: ErrorCode, field: &str) -> Self {
        let detail = ErrorDetail {
            field: Some(field.to_owned()),
            ..ErrorDetail::default()
        };
        Self {
            code,
            detail: Some(detail),
        }
    }

    /// Makes an error with words for a technician, which must hold nothing of the record.
    #[must_use]
    pub fn text(code: ErrorCode, text: impl Into<String>) -> Self {
        let detail = ErrorDetail {
            text: Some(text.into()),
            ..ErrorDetail::default()
        };
        Self {
            code,
            detail: Some(detail),
        }
    }

    /// Makes an error that says when to try again.
    #[must_use]
    pub fn wait(code: ErrorCode, seconds: u32) -> Self {
        let detail = ErrorDetail {
            wait_seconds: Some(seconds),
            ..ErrorDetail::default()
        };
        Self {
            code,
            detail: Some(detail),
        }
    }
}

/// What an error happened to. Never content of the record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// The input's field, as the input names it: `birthDate`, `vitals.systolic`.
    pub field: Option<String>,
    /// Words for a technician.
    pub text: Option<String>,
    /// How many seconds to wait before trying again.
    pub wait_seconds: Option<u32>,
}

/// What happened. Codes are only ever added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// There is no home here yet: enrol first.
    NotEnrolled,
    /// There is a home here already.
    AlreadyEnrolled,
    /// The enrolment waits for an administrator.
    EnrolmentPending,
    /// The text is not an invite.
    NotAnInvite,
    /// The invite has a typing error.
    InviteTypingError,
    /// The invite was used already.
    InviteUsed,
    /// The invite is too old.
    InviteExpired,
    /// The passphrase is too short.
    PassphraseTooShort,
    /// The passphrase is too easy to guess.
    PassphraseTooEasy,
    /// The passphrase is wrong.
    WrongPassphrase,
    /// Too many wrong passphrases: wait as long as the detail says.
    WaitBeforeNextTry,
    /// This person cannot unlock this device.
    PersonUnknown,
    /// A manager vouched for this person for some days, and they have passed: the office must confirm it.
    AdmissionEnded,
    /// No other person of this number works at this site.
    NoSuchColleague,
    /// The file holds no recovery key of this hub.
    NotARecoveryKey,
    /// Enrolment was declined at the hub.
    EnrolmentDeclined,
    /// Another program has this home open.
    InUse,
    /// The home's files are damaged: keep them and restore a backup.
    Damaged,
    /// The records' file is encrypted with another key than this home's: it comes from another computer, or its
    /// beginning is damaged. Put the right file back, or restore a backup.
    WrongKey,
    /// A plain database lies where the encrypted records should be: put the right file back.
    NotEncrypted,
    /// A hub's store lies where this computer's records should be: put the right file back.
    WrongKind,
    /// A newer release wrote this home: update.
    TooNew,
    /// The disk is full; nothing was lost.
    DiskFull,
    /// The store did not answer in time; try again.
    Busy,
    /// The disk failed.
    DiskFailed,
    /// Nobody is unlocked.
    Locked,
    /// This person's role does not allow it at this site.
    NotAllowed,
    /// There is no such chart on this computer.
    ChartNotFound,
    /// The chart has no room for this: attach it as a document.
    TooLarge,
    /// The file is empty, or larger than an attachment may be.
    AttachmentTooLarge,
    /// The attachment's bytes are not here yet: meet the hub.
    AttachmentNotHere,
    /// The chart has no attachment of this identifier, and not exactly one of this title.
    AttachmentUnknown,
    /// A required field is empty.
    FieldMissing,
    /// A field has a value that it cannot have.
    FieldInvalid,
    /// A text is longer than it may be.
    FieldTooLong,
    /// Not a date.
    NotADate,
    /// No such day in the calendar.
    NoSuchDay,
    /// A date that lies ahead.
    DateAhead,
    /// Not a number.
    NotANumber,
    /// A value that nobody can have.
    Impossible,
    /// A value that is unlikely: measure again, then confirm.
    Unlikely,
    /// Nothing was changed: the input holds no new value.
    NothingToChange,
    /// An allergy is recorded, so that none is known cannot be.
    AllergyStands,
    /// The values to decide between are not those any more: look again.
    ConflictChanged,
    /// This device's block of patient numbers is used up: meet the hub.
    NumbersUsedUp,
    /// The hub could not be reached.
    HubUnreachable,
    /// The connection broke before everything was done; nothing is lost.
    LinkLost,
    /// The hub took too long.
    HubTimeout,
    /// Who answered is not our hub.
    HubNotOurs,
    /// The hub does not know this device, or has revoked it.
    DeviceUnknown,
    /// The hub has too much to do, or no room: later.
    HubBusy,
    /// The hub refused.
    HubRefused,
    /// This release and the hub's have no protocol version in common: update.
    VersionUnknown,
    /// This log and the hub's differ: keep this home and call the administrator.
    LogDiffers,
    /// The bundle is cut or damaged, or is none: copy or write it again.
    BundleDamaged,
    /// No other computer answers there.
    PeerUnreachable,
    /// The other computer, or this one, does not go on: look at the detail.
    PeerRefused,
    /// The door for other computers cannot be opened at that address.
    AddressInUse,
    /// The bundle is for another computer, or not from our hub.
    BundleNotForUs,
    /// The bundle begins after what is held: read the one before it, or ask for one from the start.
    BundleTooLate,
    /// The file or folder could not be read or written.
    FileFailed,
    /// A fault in this program.
    Fault,
}

impl ErrorCode {
    /// All there are.
    pub const ALL: [Self; 62] = [
        Self::NotEnrolled,
        Self::AlreadyEnrolled,
        Self::EnrolmentPending,
        Self::NotAnInvite,
        Self::InviteTypingError,
        Self::InviteUsed,
        Self::InviteExpired,
        Self::PassphraseTooShort,
        Self::PassphraseTooEasy,
        Self::WrongPassphrase,
        Self::WaitBeforeNextTry,
        Self::PersonUnknown,
        Self::AdmissionEnded,
        Self::NoSuchColleague,
        Self::NotARecoveryKey,
        Self::EnrolmentDeclined,
        Self::InUse,
        Self::Damaged,
        Self::WrongKey,
        Self::NotEncrypted,
        Self::WrongKind,
        Self::TooNew,
        Self::DiskFull,
        Self::Busy,
        Self::DiskFailed,
        Self::Locked,
        Self::NotAllowed,
        Self::ChartNotFound,
        Self::TooLarge,
        Self::AttachmentTooLarge,
        Self::AttachmentNotHere,
        Self::AttachmentUnknown,
        Self::FieldMissing,
        Self::FieldInvalid,
        Self::FieldTooLong,
        Self::NotADate,
        Self::NoSuchDay,
        Self::DateAhead,
        Self::NotANumber,
        Self::Impossible,
        Self::Unlikely,
        Self::NothingToChange,
        Self::AllergyStands,
        Self::ConflictChanged,
        Self::NumbersUsedUp,
        Self::HubUnreachable,
        Self::LinkLost,
        Self::HubTimeout,
        Self::HubNotOurs,
        Self::DeviceUnknown,
        Self::HubBusy,
        Self::HubRefused,
        Self::VersionUnknown,
        Self::LogDiffers,
        Self::BundleDamaged,
        Self::PeerUnreachable,
        Self::PeerRefused,
        Self::AddressInUse,
        Self::BundleNotForUs,
        Self::BundleTooLate,
        Self::FileFailed,
        Self::Fault,
    ];
}
