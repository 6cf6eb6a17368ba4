//! One thing in a device's log.
//!
//! An entry has one encoding: a CBOR array of five members. What is new in a later release goes into a new
//! kind or into the payload, never into the array. Payloads are kept as the bytes that were written, so kinds
//! and members that this release does not know survive.

use std::fmt;

use record::{ChartId, Hlc, PersonId};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// What an entry is. Kinds that this release does not know are stored and carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryKind(pub u16);

impl EntryKind {
    /// A chart's change: the payload is the change's own bytes.
    pub const CHANGE: Self = Self(1);
    /// Bytes belong to a chart: an [`Attached`](crate::Attached).
    pub const ATTACHMENT: Self = Self(2);
    /// Someone looked at, wrote, printed or exported something: an [`Access`](crate::Access).
    pub const ACCESS: Self = Self(3);
    /// Something happened to the program or its people: a [`Session`](crate::Session).
    pub const SESSION: Self = Self(4);
    /// A person's signature over the log so far: a [`Seal`](crate::Seal).
    pub const SEAL: Self = Self(5);
    /// Another's receipt for a part of the log.
    pub const RECEIPT: Self = Self(6);
    /// In the hub's log: a change that it had lost came back, a [`Returned`](crate::Returned).
    pub const RETURNED: Self = Self(7);
    /// A person is to unlock the log's device: an [`Admission`](crate::Admission).
    pub const ADMISSION: Self = Self(8);
}

/// One thing in a device's log: what, about which chart, when, and who did it.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// The chart it concerns.
    pub chart: Option<ChartId>,
    /// When, by the device's hybrid clock.
    pub hlc: Hlc,
    /// Who did it.
    pub person: PersonId,
    /// The rest, by kind.
    pub payload: Vec<u8>,
}

/// Why bytes are not an entry, or an entry cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Quarantine what carried it.
    #[error("the entry's bytes are damaged")]
    Damaged,
    /// Split what it carries.
    #[error("the entry's payload has {size} bytes; at most {limit} fit")]
    TooLarge {
        /// What it has.
        size: usize,
        /// What fits.
        limit: usize,
    },
}

/// Why bytes are not the payload of an entry's kind, or a payload cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Show the entry as unreadable; the log itself is whole.
    #[error("the payload's bytes are damaged")]
    Damaged,
    /// Ask for a shorter text.
    #[error("a text in the payload is longer than {limit} bytes")]
    TooLong {
        /// What fits.
        limit: usize,
    },
}

#[derive(Serialize)]
struct Writing<'a>(
    EntryKind,
    Option<ChartId>,
    Hlc,
    PersonId,
    #[serde(with = "serde_bytes")] &'a [u8],
);

#[derive(Deserialize)]
struct Reading(EntryKind, Option<ChartId>, Hlc, PersonId, ByteBuf);

impl Entry {
    /// The most bytes a payload may have: a change has at most as many.
    pub const MAX_PAYLOAD_BYTES: usize = 64 * 1024;
    /// The most bytes an encoded entry may have: the payload and everything around it.
    pub const MAX_BYTES: usize = Self::MAX_PAYLOAD_BYTES + 64;

    /// Returns the entry's one encoding.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        if self.payload.len() > Self::MAX_PAYLOAD_BYTES {
            let (size, limit) = (self.payload.len(), Self::MAX_PAYLOAD_BYTES);
            return Err(EntryError::TooLarge { size, limit });
        }
        let writing = Writing(self.kind, self.chart, self.hlc, self.person, &self.payload);
        serde_ipld_dagcbor::to_vec(&writing).map_err(|_unwritable| EntryError::Damaged)
    }

    /// Reads an entry, and refuses any but its one encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(EntryError::TooLarge {
                size: bytes.len(),
                limit: Self::MAX_BYTES,
            });
        }
        let Reading(kind, chart, hlc, person, payload) =
            serde_ipld_dagcbor::from_slice(bytes).map_err(|_unreadable| EntryError::Damaged)?;
        let entry = Self {
            kind,
            chart,
            hlc,
            person,
            payload: payload.into_vec(),
        };
        // Two encodings of one entry would have two hashes.
        if entry.to_bytes()? != bytes {
            return Err(EntryError::Damaged);
        }
        Ok(entry)
    }
}

impl fmt::Debug for Entry {
    /// Leaves out the payload: it has clinical content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("kind", &self.kind)
            .field("chart", &self.chart)
            .field("hlc", &self.hlc)
            .field("person", &self.person)
            .field("payload_bytes", &self.payload.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entries() -> impl Strategy<Value = Entry> {
        (
            any::<u16>(),
            proptest::option::of(any::<[u8; 16]>()),
            any::<u64>(),
            any::<u32>(),
            proptest::collection::vec(any::<u8>(), 0..300),
        )
            .prop_map(|(kind, chart, hlc, person, payload)| Entry {
                kind: EntryKind(kind),
                chart: chart.map(ChartId::new),
                hlc: Hlc::from_u64(hlc),
                person: PersonId(person),
                payload,
            })
    }

    fn small() -> Entry {
        Entry {
            kind: EntryKind::ACCESS,
            chart: Some(ChartId::new([7; 16])),
            hlc: Hlc::new(1_700_000_000_000, 3),
            person: PersonId(5),
            payload: b"secret".to_vec(),
        }
    }

    #[test]
    fn the_bytes_of_a_release_stay_what_they_are() {
        let mut golden = vec![0x85, 3, 0x50];
        golden.extend([7; 16]);
        golden.extend([
            0x1b, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00, 0x00, 0x03, 5, 0x46,
        ]);
        golden.extend(b"secret");

        assert_eq!(small().to_bytes().unwrap(), golden);
    }

    #[test]
    fn an_entry_costs_thirty_bytes_around_its_payload() {
        let bytes = small().to_bytes().unwrap();

        assert_eq!(bytes.len(), 30 + 6);
    }

    #[test]
    fn a_payload_that_is_too_large_is_refused() {
        let full = Entry {
            payload: vec![0; Entry::MAX_PAYLOAD_BYTES],
            ..small()
        };
        let over = Entry {
            payload: vec![0; Entry::MAX_PAYLOAD_BYTES + 1],
            ..small()
        };

        let bytes = full.to_bytes().unwrap();

        assert_eq!(Entry::from_bytes(&bytes), Ok(full));
        assert!(matches!(over.to_bytes(), Err(EntryError::TooLarge { .. })));
        assert!(matches!(
            Entry::from_bytes(&vec![0; Entry::MAX_BYTES + 1]),
            Err(EntryError::TooLarge { .. })
        ));
    }

    #[test]
    fn another_encoding_of_the_same_entry_is_refused() {
        let canonical = small().to_bytes().unwrap();
        let mut longer = canonical.clone();
        longer.splice(1..2, [0x18, 0x03]); // the kind, three, in two bytes

        assert_eq!(Entry::from_bytes(&longer), Err(EntryError::Damaged));
        assert_eq!(
            Entry::from_bytes(&[canonical, vec![0]].concat()),
            Err(EntryError::Damaged)
        );
    }

    #[test]
    fn debug_shows_no_payload() {
        assert!(!format!("{:?}", small()).contains("115"));
    }

    proptest! {
        #[test]
        fn reading_what_was_written_is_identity(entry in entries()) {
            prop_assert_eq!(Entry::from_bytes(&entry.to_bytes().unwrap()), Ok(entry));
        }

        #[test]
        fn any_bytes_are_an_entry_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(entry) = Entry::from_bytes(&bytes) {
                prop_assert_eq!(entry.to_bytes().unwrap(), bytes);
            }
        }
    }
}
