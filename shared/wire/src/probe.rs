//! Finding where two holders of one log last agreed.
//!
//! A device that was restored or cloned holds another branch of its log than the hub. The client asks for the chain
//! at some places; where the marks are equal, everything before is too. So a search finds the last common entry.

use audit::ChainHash;
use serde::{Deserialize, Serialize};

/// What stands for a log's hash at one place: its first eight bytes. The search ends at a place whose whole
/// hash nobody has compared, which costs nothing but a repeated entry if two marks should ever collide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainMark(#[serde(with = "serde_bytes")] pub [u8; 8]);

impl ChainMark {
    /// Returns the mark of a hash.
    #[must_use]
    pub const fn of(chain: &ChainHash) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *chain.as_bytes();
        Self([a, b, c, d, e, f, g, h])
    }
}

/// The client asks what the hub has at some places of the client's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Which of its logs.
    #[serde(rename = "e")]
    pub epoch: u32,
    /// The places.
    #[serde(rename = "s")]
    pub seqs: Vec<u64>,
}

/// The hub's answer: the mark at each of the places that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// Which of the peer's logs.
    #[serde(rename = "e")]
    pub epoch: u32,
    /// Each place with its mark; a place that is not stored is left out.
    #[serde(rename = "m")]
    pub marks: Vec<(u64, ChainMark)>,
}
