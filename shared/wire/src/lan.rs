//! What two devices say to each other where no hub is in reach, beside what a session with the hub has as well.

use audit::LogPosition;
use roster::SignedRoster;
use serde::{Deserialize, Serialize};

use crate::refusal::RefusalCode;

/// The first word of each end: how new the roster is that it judges the other by; or that roster, for an end whose own
/// is older.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Meet {
    /// The roster's epoch.
    #[serde(rename = "r")]
    pub roster_epoch: u64,
    /// The roster itself.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub roster: Option<SignedRoster>,
}

/// The answer to a segment of another device's log that is not taken: the session goes on without that log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// The place of the segment's last entry.
    #[serde(rename = "p")]
    pub place: LogPosition,
    /// Why.
    #[serde(rename = "c")]
    pub code: RefusalCode,
}
