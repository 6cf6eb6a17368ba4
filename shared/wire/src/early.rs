//! What a client sends right after HELLO, without waiting for WELCOME.

use serde::{Deserialize, Serialize};

use crate::segment::Segment;

/// The first run of a client's log that the hub has not confirmed. It saves the round trip that HELLO takes: the hub
/// takes it as a PUSH if it begins where the log ends there, and passes over it otherwise; WELCOME tells the client which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Early {
    /// The run.
    #[serde(rename = "p")]
    pub segment: Segment,
    /// Nothing follows: where it is taken, it stands for DONE as well.
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_all: bool,
}
