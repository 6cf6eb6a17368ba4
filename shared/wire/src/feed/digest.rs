//! What a feed holds, in sixteen bytes.

use record::ChartId;
use serde::{Deserialize, Serialize};

/// Stands for everything that a feed holds up to a position: the sum, modulo 2¹²⁸, of what its items add. A change adds
/// the beginning of its hash, a chart that leaves adds its name. Two ends that hold the same have the same.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeedDigest(#[serde(with = "serde_bytes")] pub [u8; 16]);

impl FeedDigest {
    /// Of a feed with nothing in it.
    pub const EMPTY: Self = Self([0; 16]);

    /// Returns the digest of a feed to which the change of this hash was added.
    #[must_use]
    pub fn with(self, hash: &[u8; 32]) -> Self {
        self.and(Self(*hash.first_chunk().unwrap_or(&[0; 16])))
    }

    /// Returns the digest of a feed that a chart left.
    #[must_use]
    pub fn left_by(self, chart: ChartId) -> Self {
        self.and(Self(*chart.as_bytes()))
    }

    /// Returns the digest of a feed to which everything was added that another stands for.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        let sum = u128::from_be_bytes(self.0).wrapping_add(u128::from_be_bytes(more.0));
        Self(sum.to_be_bytes())
    }
}

impl std::fmt::Debug for FeedDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FeedDigest({:032x})", u128::from_be_bytes(self.0))
    }
}
