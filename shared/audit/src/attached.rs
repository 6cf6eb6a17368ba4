//! What the log says of an attachment: which bytes belong to the chart from here on.
//!
//! What the file is and what it is called stands in the chart's statement; here is only what it takes to keep the
//! bytes and to hand them to who holds the chart. So the hub need not look into the chart.

use crypto::{Blob, BlobHash};
use serde::{Deserialize, Serialize};

use crate::PayloadError;

/// Bytes that belong to a chart: the payload of an attachment's entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The BLAKE3 hash of the bytes.
    #[serde(rename = "h")]
    pub hash: BlobHash,
    /// How many there are.
    #[serde(rename = "n")]
    pub size: u64,
}

impl Attached {
    /// Says that bytes belong to a chart.
    #[must_use]
    pub const fn new(blob: &Blob) -> Self {
        Self {
            hash: blob.hash(),
            size: blob.size(),
        }
    }

    /// Returns which bytes; none if there may not be so many.
    #[must_use]
    pub fn blob(&self) -> Option<Blob> {
        Blob::new(self.hash, self.size)
    }

    /// Returns the payload of an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        serde_ipld_dagcbor::to_vec(self).map_err(|_unwritable| PayloadError::Damaged)
    }

    /// Reads an entry's payload; members of a newer release are passed over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_unreadable| PayloadError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_bytes_of_a_release_stay_what_they_are() {
        let attached = Attached {
            hash: BlobHash::from_bytes([7; 32]),
            size: 70_000,
        };
        let mut golden = vec![0xa2, 0x61, b'h', 0x58, 0x20];
        golden.extend([7; 32]);
        golden.extend([0x61, b'n', 0x1a, 0x00, 0x01, 0x11, 0x70]);

        assert_eq!(attached.to_bytes().unwrap(), golden);
        assert_eq!(Attached::from_bytes(&golden), Ok(attached));
    }

    #[test]
    fn bytes_without_number_or_without_end_are_no_attachment() {
        let sized = |size| Attached {
            hash: BlobHash::from_bytes([7; 32]),
            size,
        };

        assert_eq!(sized(0).blob(), None);
        assert_eq!(sized(u64::MAX).blob(), None);
        assert_eq!(sized(5).blob().map(|it| it.size()), Some(5));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_attachment_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            drop(Attached::from_bytes(&bytes));
        }
    }
}
