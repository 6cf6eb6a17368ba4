//! That a device gave back a change which the hub had lost.

use record::{DeviceId, Hlc, PersonId, ScopeId};
use serde::{Deserialize, Serialize};

use crate::{LogPosition, PayloadError};

/// What the hub's own log says of a change that came back to it with the hub's own signature as the proof: whose it is,
/// and who brought it. The entry names the chart; the change itself is kept beside the log, under its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Where it was first written.
    #[serde(rename = "p")]
    pub position: LogPosition,
    /// When, by the writer's hybrid clock.
    #[serde(rename = "h")]
    pub hlc: Hlc,
    /// By whom.
    #[serde(rename = "w")]
    pub person: PersonId,
    /// The change's hash.
    #[serde(rename = "c", with = "serde_bytes")]
    pub hash: [u8; 32],
    /// The device that gave it back.
    #[serde(rename = "d")]
    pub by: DeviceId,
    /// The scope whose feed had it.
    #[serde(rename = "s")]
    pub scope: ScopeId,
}

impl Returned {
    /// Returns the payload of an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        serde_ipld_dagcbor::to_vec(self).map_err(|_unwritable| PayloadError::Damaged)
    }

    /// Reads an entry's payload.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_unreadable| PayloadError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_reads_back() {
        let returned = Returned {
            position: LogPosition {
                device: DeviceId(3),
                epoch: 1,
                seq: 9,
            },
            hlc: Hlc::new(1_000, 2),
            person: PersonId(5),
            hash: [7; 32],
            by: DeviceId(4),
            scope: ScopeId(2),
        };

        let bytes = returned.to_bytes().unwrap();

        assert_eq!(Returned::from_bytes(&bytes), Ok(returned));
        assert_eq!(Returned::from_bytes(b"?"), Err(PayloadError::Damaged));
    }
}
