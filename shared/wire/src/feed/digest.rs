//! What a feed holds, in sixteen bytes.

use serde::{Deserialize, Serialize};

/// Stands for everything that a feed holds up to a position: the sum, modulo 2¹²⁸, of the hashes of
/// its items. Two ends that hold the same have the same.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedDigest(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl FeedDigest {
    /// Of a feed with nothing in it.
    pub const EMPTY: Self = Self([0; 16]);

    /// Returns the digest of a feed to which the change of this hash was added.
    #[must_use]
    pub fn with(self, hash: &[u8; 32]) -> Self {
        let first = hash.first_chunk().map_or(0, |it| u128::from_be_bytes(*it));
        Self(
            u128::from_be_bytes(self.0)
                .wrapping_add(first)
                .to_be_bytes(),
        )
    }
}

impl std::fmt::Debug for FeedDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FeedDigest({:032x})", u128::from_be_bytes(self.0))
    }
}
