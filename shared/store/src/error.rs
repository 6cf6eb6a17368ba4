//! Why a store did not open, or did not do what it was asked.

use rusqlite::ffi::ErrorCode;

/// Why a store did not open. The file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Ask for the passphrase again, or look for the right key.
    #[error("the key does not open this store")]
    WrongKey,
    /// Leave the file alone: a plain database lies where the encrypted one should be.
    #[error("the store is not encrypted")]
    NotEncrypted,
    /// Keep the file and offer the last backup.
    #[error("the store is damaged")]
    Damaged,
    /// Leave the file alone and offer an update.
    #[error("the store has schema {found}, this release knows {known}")]
    TooNew {
        /// In the file.
        found: u32,
        /// In this release.
        known: u32,
    },
    /// Leave the file alone: it is a hub's where a replica's should be, or the reverse.
    #[error("the store is of another kind")]
    OtherKind,
    /// Close the other program first.
    #[error("another program has the store open")]
    InUse,
    /// Free some space.
    #[error("the disk is full")]
    Full,
    /// Choose another place: something is there already.
    #[error("a store is there already")]
    Exists,
    /// Look at the path and its rights.
    #[error("the store's file could not be reached")]
    Io(#[source] std::io::Error),
    /// Report it: this build has no encryption, or the database library failed.
    #[error("the store could not be opened: look at the disk, it may be full or failing")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why a store did not do what it was asked. Nothing of it was done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Free some space and try again; nothing was lost.
    #[error("the disk is full: free some space, nothing was lost")]
    Full,
    /// Try again.
    #[error("another program is writing to the store")]
    Busy,
    /// Keep the file and offer the last backup.
    #[error("the store is damaged: {doing}")]
    Damaged {
        /// What was being done.
        doing: &'static str,
    },
    /// Enrol the device first: it has no log yet.
    #[error("this device has no log yet")]
    NoLog,
    /// Someone else changed it meanwhile: read it again and decide again.
    #[error("it was changed meanwhile: {doing}")]
    Stale {
        /// What was being done.
        doing: &'static str,
    },
    /// What was handed in is above a limit or cannot be encoded.
    #[error("it cannot be kept: {doing}")]
    Refused {
        /// What was being done.
        doing: &'static str,
    },
    /// Look at the disk; if it is whole, report it.
    #[error(
        "the store failed to {doing}: look at the disk; what was stored before is safe as far as the disk is"
    )]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// What the database library said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Says what a statement was doing when it failed.
pub(crate) trait Doing<T> {
    /// Turns the library's error into ours.
    fn doing(self, doing: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { doing }
            }
            None if is_unreadable(&error) => StoreError::Damaged { doing },
            _ => StoreError::Failed {
                doing,
                source: Box::new(error),
            },
        })
    }
}

/// Tells whether a column holds something that we never write.
const fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..)
    )
}

/// Says that what was read is not what we write.
pub(crate) fn damaged<E>(doing: &'static str) -> impl FnOnce(E) -> StoreError {
    move |_unreadable| StoreError::Damaged { doing }
}

/// Turns the library's error into why a store did not open.
pub(crate) fn opening(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => OpenError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => OpenError::Damaged,
        _ => OpenError::Failed(Box::new(error)),
    }
}
