//! Asking for one chart that the site does not hold.

use audit::LogPosition;
use serde::{Deserialize, Serialize};

use crate::refusal::RefusalCode;
use crate::session::FeedHead;

/// The client asks for a chart by the number on the patient's card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetch {
    /// The number, as it is printed.
    #[serde(rename = "n")]
    pub number: String,
    /// Why, in the person's words.
    #[serde(rename = "r")]
    pub reason: String,
    /// The access entry of the client's log that says so. It must be stored before the hub answers.
    #[serde(rename = "p")]
    pub entry: LogPosition,
}

impl std::fmt::Debug for Fetch {
    /// Leaves out who is asked for, and why.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fetch")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

/// The hub's answer to FETCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The access entry that was named.
    #[serde(rename = "p")]
    pub entry: LogPosition,
    /// What came of it: `Done`, or why not.
    #[serde(rename = "c")]
    pub code: RefusalCode,
    /// Where the feed ends that brings the chart; none if the site holds it already, or does not get it.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<FeedHead>,
    /// Until when the site holds the chart, in milliseconds since 1970; 0 if that has no end, or it does not get it.
    #[serde(rename = "u", default, skip_serializing_if = "crate::members::is_zero")]
    pub until_ms: u64,
}
