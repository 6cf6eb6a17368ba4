//! From the rooms' own errors to the stable codes that a screen puts into words.

use std::error::Error;
use std::io::ErrorKind;

use crypto::SlotError;
use record::{PatientNumberError, StatementError, WhenError};
use roster::{InviteError, Refusal, RosterError};
use store::{OpenError, StoreError};
use sync::AbortReason;
use wire::RefusalCode;

use crate::home::{FileError, HomeError, is_broken};
use crate::views::{CommandError, ErrorCode};

/// How many sources of an error are logged.
const MAX_SOURCES: usize = 8;

/// Puts what lies behind an error into the log: a code and a line are enough for a screen and not for whoever
/// mends it. These are the libraries' words, about files and statements; values are never among them.
fn log_sources(error: &dyn Error) {
    if let Some(behind) = sources(error) {
        tracing::warn!(%error, behind, "something failed below");
    }
}

fn sources(error: &dyn Error) -> Option<String> {
    let mut words = Vec::new();
    let mut next = error.source();
    while let Some(source) = next.filter(|_| words.len() < MAX_SOURCES) {
        words.push(source.to_string());
        next = source.source();
    }
    (!words.is_empty()).then(|| words.join(": "))
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        log_sources(&error);
        let code = match &error {
            StoreError::Full => ErrorCode::DiskFull,
            StoreError::Busy => ErrorCode::Busy,
            StoreError::Damaged { .. } => ErrorCode::Damaged,
            StoreError::NoLog => ErrorCode::NotEnrolled,
            StoreError::Refused { .. } => ErrorCode::TooLarge,
            StoreError::Stale { .. } | StoreError::Failed { .. } => ErrorCode::DiskFailed,
            _ => ErrorCode::Fault,
        };
        Self::text(code, error.to_string())
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        log_sources(&error);
        let code = match &error {
            OpenError::WrongKey => ErrorCode::WrongKey,
            OpenError::NotEncrypted => ErrorCode::NotEncrypted,
            OpenError::OtherKind => ErrorCode::WrongKind,
            OpenError::Damaged => ErrorCode::Damaged,
            OpenError::TooNew { .. } => ErrorCode::TooNew,
            OpenError::InUse => ErrorCode::InUse,
            OpenError::Full => ErrorCode::DiskFull,
            OpenError::Exists => ErrorCode::AlreadyEnrolled,
            OpenError::Io(error) => file_code(error.kind(), is_broken(error)),
            OpenError::Failed(_) => ErrorCode::DiskFailed,
            _ => ErrorCode::Fault,
        };
        Self::text(code, error.to_string())
    }
}

impl From<FileError> for CommandError {
    fn from(error: FileError) -> Self {
        let code = if error.kind == ErrorKind::InvalidData {
            ErrorCode::Damaged
        } else {
            file_code(error.kind, error.is_broken)
        };
        Self::text(code, error.to_string())
    }
}

/// Says whether it is the disk for which a file could not be read or written.
fn file_code(kind: ErrorKind, is_broken: bool) -> ErrorCode {
    if matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        ErrorCode::DiskFull
    } else if is_broken {
        ErrorCode::DiskFailed
    } else {
        ErrorCode::FileFailed
    }
}

impl From<HomeError> for CommandError {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Missing => Self::new(ErrorCode::NotEnrolled),
            HomeError::InUse => Self::new(ErrorCode::InUse),
            HomeError::File(error) => error.into(),
        }
    }
}

impl From<SlotError> for CommandError {
    fn from(error: SlotError) -> Self {
        let code = match error {
            SlotError::WrongPassphrase => ErrorCode::WrongPassphrase,
            SlotError::Damaged => ErrorCode::Damaged,
            SlotError::TooNew { .. } => ErrorCode::TooNew,
            _ => ErrorCode::Fault,
        };
        Self::text(code, error.to_string())
    }
}

impl From<InviteError> for CommandError {
    fn from(error: InviteError) -> Self {
        Self::new(match error {
            InviteError::TypingError => ErrorCode::InviteTypingError,
            InviteError::TooNew => ErrorCode::TooNew,
            InviteError::NotAnInvite => ErrorCode::NotAnInvite,
            _ => ErrorCode::Fault,
        })
    }
}

impl From<RosterError> for CommandError {
    fn from(error: RosterError) -> Self {
        let code = match error {
            RosterError::Unreadable => ErrorCode::TooNew,
            RosterError::BadSignature | RosterError::Older { .. } => ErrorCode::HubNotOurs,
            RosterError::Inconsistent(_) | RosterError::TooLarge { .. } => ErrorCode::HubRefused,
            _ => ErrorCode::Fault,
        };
        Self::text(code, error.to_string())
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        Self::text(ErrorCode::NotAllowed, refusal.to_string())
    }
}

impl From<PatientNumberError> for CommandError {
    fn from(_used_up: PatientNumberError) -> Self {
        Self::new(ErrorCode::NumbersUsedUp)
    }
}

impl From<StatementError> for CommandError {
    fn from(error: StatementError) -> Self {
        Self::text(ErrorCode::TooLarge, error.to_string())
    }
}

/// Says what is wrong with a date in a field.
pub(crate) fn date_fault(error: WhenError, field: &str) -> CommandError {
    let code = match error {
        WhenError::NoSuchDay => ErrorCode::NoSuchDay,
        WhenError::NotADate | WhenError::NoSuchTime | _ => ErrorCode::NotADate,
    };
    CommandError::field(code, field)
}

/// Says why the hub would not go on.
pub(crate) fn refusal_fault(code: RefusalCode) -> CommandError {
    let ours = match code {
        RefusalCode::NotEnrolled | RefusalCode::Revoked | RefusalCode::WrongDevice => {
            ErrorCode::DeviceUnknown
        }
        RefusalCode::NoCommonVersion => ErrorCode::VersionUnknown,
        // A copy of this device was there at the same time. The next meeting finds that out.
        RefusalCode::LogGap | RefusalCode::LogFork => ErrorCode::LinkLost,
        RefusalCode::TooManyLogs
        | RefusalCode::UnknownFeedEpoch
        | RefusalCode::CursorAhead
        | RefusalCode::FeedMismatch => ErrorCode::LogDiffers,
        RefusalCode::InviteUnknown => ErrorCode::NotAnInvite,
        RefusalCode::InviteUsed => ErrorCode::InviteUsed,
        RefusalCode::InviteExpired => ErrorCode::InviteExpired,
        RefusalCode::EnrolmentDeclined => ErrorCode::EnrolmentDeclined,
        RefusalCode::Busy
        | RefusalCode::Full
        | RefusalCode::Failed
        | RefusalCode::Stopping
        | RefusalCode::Done => ErrorCode::HubBusy,
        RefusalCode::Malformed
        | RefusalCode::TooLarge
        | RefusalCode::Unexpected
        | RefusalCode::WindowExceeded
        | RefusalCode::BadSignature
        | RefusalCode::CursorUnexplained
        | RefusalCode::RepairUnasked
        | RefusalCode::RepairTooLong
        | RefusalCode::Other(_)
        | _ => ErrorCode::HubRefused,
    };
    CommandError::text(ours, format!("the hub refused: {code:?}"))
}

impl From<AbortReason> for CommandError {
    fn from(reason: AbortReason) -> Self {
        let code = match &reason {
            AbortReason::Refused { code, .. } => return refusal_fault(*code),
            AbortReason::LinkLost | AbortReason::Copied { .. } => ErrorCode::LinkLost,
            AbortReason::UnknownVersion { .. } => ErrorCode::VersionUnknown,
            AbortReason::OwnLogBehind { .. }
            | AbortReason::HubBehind { .. }
            | AbortReason::Fork { .. }
            | AbortReason::UnknownFeedEpoch { .. }
            | AbortReason::FeedBehind { .. }
            | AbortReason::FeedMismatch { .. } => ErrorCode::LogDiffers,
            AbortReason::Incomparable { .. }
            | AbortReason::OwnLogUnclear
            | AbortReason::FeedGap { .. }
            | AbortReason::FeedUnannounced { .. }
            | AbortReason::NotOurs { .. }
            | AbortReason::WindowExceeded
            | AbortReason::UnexpectedMessage { .. } => ErrorCode::HubRefused,
            AbortReason::OutOfStep => ErrorCode::Fault,
            _ => ErrorCode::Fault,
        };
        Self::text(code, reason.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_on_a_disk_that_is_full_or_fails_is_told_as_the_disk() {
        let path = std::path::Path::new("facts");
        for (number, expected) in [
            (28, ErrorCode::DiskFull),
            (5, ErrorCode::DiskFailed),
            (13, ErrorCode::FileFailed),
        ] {
            let error = || std::io::Error::from_raw_os_error(number);
            let of_file = CommandError::from(FileError::new(path, error()));
            let of_store = CommandError::from(OpenError::Io(error()));

            assert_eq!(
                (of_file.code, of_store.code),
                (expected, expected),
                "{number}"
            );
        }
    }

    #[track_caller]
    fn check(error: RosterError, expected: ErrorCode) {
        assert_eq!(CommandError::from(error).code, expected, "{error}");
    }

    #[test]
    fn what_lies_behind_an_error_is_told_from_the_outside_in() {
        let disk = std::io::Error::other(RosterError::Unreadable);
        let error = StoreError::Failed {
            doing: "keep a change",
            source: Box::new(OpenError::Io(disk)),
        };

        let told = sources(&error).unwrap();

        assert!(told.ends_with("the roster cannot be read"), "{told}");
        assert_eq!(sources(&StoreError::Full), None);
    }

    /// An error behind which so many others lie, one behind another.
    #[derive(Debug, thiserror::Error)]
    #[error("one")]
    struct Chain(#[source] Option<Box<Self>>);

    #[test]
    fn so_many_sources_of_an_error_are_told() {
        let told = |behind: usize| {
            let chain = (0..behind).fold(Chain(None), |it, _one| Chain(Some(Box::new(it))));
            sources(&chain).unwrap().matches("one").count()
        };

        assert_eq!(told(MAX_SOURCES), MAX_SOURCES);
        assert_eq!(told(MAX_SOURCES + 1), MAX_SOURCES);
    }

    #[test]
    fn a_roster_that_this_release_cannot_read_asks_for_an_update_and_accuses_nobody() {
        check(RosterError::Unreadable, ErrorCode::TooNew);
        check(RosterError::BadSignature, ErrorCode::HubNotOurs);
        check(
            RosterError::Older { found: 1, held: 2 },
            ErrorCode::HubNotOurs,
        );
        check(RosterError::Inconsistent("x"), ErrorCode::HubRefused);
    }
}
