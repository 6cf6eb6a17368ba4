//! Why an end refuses to go on: a stable number, whose words the front end owns.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)*) => {
        /// Why an end refuses to go on. The numbers never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "u16", into = "u16")]
        #[non_exhaustive]
        pub enum RefusalCode {
            $($(#[doc = $doc])+ $name,)*
            /// Says something that only a later release knows.
            Other(u16),
        }

        impl From<u16> for RefusalCode {
            fn from(code: u16) -> Self {
                match code {
                    $($code => Self::$name,)*
                    other => Self::Other(other),
                }
            }
        }

        impl From<RefusalCode> for u16 {
            fn from(code: RefusalCode) -> Self {
                match code {
                    $(RefusalCode::$name => $code,)*
                    RefusalCode::Other(other) => other,
                }
            }
        }

        impl RefusalCode {
            /// Every code that this release knows.
            pub const KNOWN: &[Self] = &[$(Self::$name,)*];
        }
    };
}

codes! {
    /// Nothing is wrong: the session is over.
    Done = 0,
    /// The roster does not know this device.
    NotEnrolled = 1,
    /// The device was revoked.
    Revoked = 2,
    /// No version of the protocol is spoken by both ends: one of them needs an update.
    NoCommonVersion = 3,
    /// A frame or a message could not be read.
    Malformed = 4,
    /// A frame, a message or a part of it is above its limit.
    TooLarge = 5,
    /// A message came that has no place at this point of the session.
    Unexpected = 6,
    /// More came than may be under way without an answer.
    WindowExceeded = 7,
    /// The peer speaks for a device that it is not.
    WrongDevice = 8,
    /// A segment does not follow on what is stored: entries between are missing.
    LogGap = 20,
    /// A segment contradicts what is stored: the device's log has two branches.
    LogFork = 21,
    /// The signature of a segment does not fit the device's key.
    BadSignature = 22,
    /// The device has begun more logs than any device may: it is copied again and again, or misbehaves.
    TooManyLogs = 23,
    /// A segment refers to a change that is not stored: send it again with nothing of another log in it.
    UnknownChange = 24,
    /// A segment is of a site that may hold more than the reader's: it is not for the reader.
    NotForThisSite = 25,
    /// A cursor names a feed that this hub does not have: the hub, or the device, was restored.
    UnknownFeedEpoch = 30,
    /// A cursor is beyond the end of the feed.
    CursorAhead = 31,
    /// A cursor's digest is not the feed's at that position.
    FeedMismatch = 32,
    /// A cursor was reported for what was not sent.
    CursorUnexplained = 34,
    /// A repair was begun of a scope that needs none.
    RepairUnasked = 35,
    /// A repair takes more questions than may be.
    RepairTooLong = 36,
    /// The invite is not one of this hub's.
    InviteUnknown = 40,
    /// The invite was used by another device.
    InviteUsed = 41,
    /// The invite has expired.
    InviteExpired = 42,
    /// The request to enrol was declined.
    EnrolmentDeclined = 43,
    /// No chart has the number that was asked for.
    ChartUnknown = 44,
    /// Nobody who may ask for a chart has asked: the access entry is missing, or the person may not.
    FetchNotAllowed = 45,
    /// The site asked for too many charts: try again later.
    FetchTooOften = 46,
    /// The hub has too much to do: try again later.
    Busy = 50,
    /// The hub's disk is full: nothing was lost, try again later.
    Full = 51,
    /// The hub failed: nothing that it acknowledged is lost, try again later.
    Failed = 52,
    /// The hub is being stopped: connect again.
    Stopping = 53,
    /// No chart of the peer's has such an attachment. Of BLOB and WANT: the rest goes on.
    BlobUnknown = 60,
    /// A group of an attachment is not what its hash names. Of WANT: the rest goes on.
    BlobMismatch = 61,
    /// The attachment's bytes have not come yet. Of BLOB: ask again later; the rest goes on.
    BlobMissing = 62,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_back_and_none_is_used_twice() {
        let mut numbers: Vec<u16> = RefusalCode::KNOWN
            .iter()
            .map(|code| u16::from(*code))
            .collect();

        for code in 0..=u16::MAX {
            assert_eq!(u16::from(RefusalCode::from(code)), code);
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), RefusalCode::KNOWN.len());
    }
}
