//! A run of a device's log on its way to the hub: packed, chained and signed once.
//!
//! A segment can be carried by anyone, because it proves itself: the hash before its first entry and
//! the entries give the hash after its last, and that hash is what the device signed. The hash after
//! the last entry is therefore not sent.

use audit::{Entry, LogHead, LogPosition};
use crypto::{PublicKey, Signature, SigningKey};
use record::DeviceId;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteBuf, Bytes};

use crate::brief::{BriefError, FindChange, ReadChange, from_brief, to_brief};
use crate::limits::{
    MAX_SEGMENT_ENTRIES, MAX_SEGMENT_PACKED_BYTES, MAX_SINGLE_ENTRY_PACKED_BYTES,
    MAX_UNPACKED_BYTES,
};
use crate::members::Members;
use crate::pack::{UnpackError, is_brief, pack, pack_brief, unpack, unpack_brief};

/// Why a segment was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Send nothing: there is nothing to send.
    #[error("a segment has at least one entry")]
    Empty,
    /// The log holds what no log may hold: the entry's size was not checked when it was written.
    #[error("entry {seq} is larger than any entry may be")]
    EntryTooLarge {
        /// The place of the entry.
        seq: u64,
    },
}

/// Why a segment does not count. Refuse it; the sender keeps its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// It was not signed by this device's log key, or was altered since.
    #[error("the segment's signature does not fit")]
    BadSignature,
    /// It is above a limit.
    #[error("the segment is above a limit")]
    TooLarge,
    /// It refers to a change that is not here: the reader has lost what it had confirmed.
    #[error("the segment refers to a change that is not here")]
    UnknownChange,
    /// It could not be read.
    #[error("the segment is damaged")]
    Damaged,
}

impl From<BriefError> for SegmentError {
    fn from(error: BriefError) -> Self {
        match error {
            BriefError::UnknownChange => Self::UnknownChange,
            BriefError::TooLarge => Self::TooLarge,
            BriefError::Damaged => Self::Damaged,
        }
    }
}

impl From<UnpackError> for SegmentError {
    fn from(error: UnpackError) -> Self {
        match error {
            UnpackError::TooLarge { .. } => Self::TooLarge,
            UnpackError::Damaged => Self::Damaged,
        }
    }
}

/// A run of a device's log, packed and signed. It may come from anyone: [`Segment::open`] judges it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The head before the first entry.
    #[serde(rename = "b")]
    before: LogHead,
    /// How many entries there are.
    #[serde(rename = "n")]
    count: u32,
    /// The entries, each a byte string, one after another, packed.
    #[serde(rename = "z", with = "serde_bytes")]
    packed: Vec<u8>,
    /// By the device's log key, over the head after the last entry.
    #[serde(rename = "s")]
    signature: Signature,
    #[serde(flatten)]
    more: Members,
    /// What whoever sealed it knows without unpacking it.
    #[serde(skip)]
    sealed: Sealed,
}

/// The head after the last entry, where the segment was sealed here. It is no part of what the segment says.
#[derive(Debug, Clone, Default)]
struct Sealed(Option<Box<LogHead>>);

impl PartialEq for Sealed {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// What was in a segment: entries that the device signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedSegment {
    /// The head before the first entry.
    pub before: LogHead,
    /// Each entry and the head after it, in the log's order. There is at least one.
    pub entries: Vec<OpenedEntry>,
}

/// One entry of a segment.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedEntry {
    /// The head with this entry as the last.
    pub head: LogHead,
    /// The entry as the device encoded it.
    pub bytes: Vec<u8>,
}

impl Segment {
    /// Seals as many of the first entries as a segment holds, and at least one.
    ///
    /// `before` is the log's head just before the first entry.
    pub fn seal(before: LogHead, entries: &[Vec<u8>], key: &SigningKey) -> Result<Self, SealError> {
        Self::pack_and_sign(before, entries, key, &mut plain)
    }

    /// Seals in brief, for a reader of version 2. `find` names earlier changes that the reader holds.
    pub fn seal_brief(
        before: LogHead,
        entries: &[Vec<u8>],
        key: &SigningKey,
        find: &mut FindChange<'_>,
    ) -> Result<Self, SealError> {
        Self::pack_and_sign(before, entries, key, &mut |entries| {
            let brief =
                to_brief(before, entries, MAX_UNPACKED_BYTES, find).and_then(|it| pack_brief(&it));
            brief.or_else(|| plain(entries))
        })
    }

    fn pack_and_sign(
        before: LogHead,
        entries: &[Vec<u8>],
        key: &SigningKey,
        pack: &mut Packing<'_>,
    ) -> Result<Self, SealError> {
        let mut seq = before.seq;
        for entry in entries {
            seq = seq.saturating_add(1);
            if entry.len() > Entry::MAX_BYTES {
                return Err(SealError::EntryTooLarge { seq });
            }
        }
        let (packed, count) = pack_what_fits(entries, pack).ok_or(SealError::Empty)?;
        let taken = entries.get(..count).unwrap_or(entries);
        let after = taken.iter().fold(before, |head, entry| head.next(entry));
        Ok(Self {
            before,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            packed,
            signature: after.sign(key),
            more: Members::default(),
            sealed: Sealed(Some(Box::new(after))),
        })
    }

    /// Returns whose log this is a run of.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.before.device
    }

    /// Returns the head that the run follows on.
    #[must_use]
    pub const fn before(&self) -> LogHead {
        self.before
    }

    /// Returns the place of the first entry.
    #[must_use]
    pub const fn first_seq(&self) -> u64 {
        self.before.seq.saturating_add(1)
    }

    /// Returns the place of the last entry.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.before.seq.saturating_add(u64::from(self.count))
    }

    /// Returns how many entries there are.
    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Returns the signature, to be kept with the entries.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Returns the place of the last entry.
    #[must_use]
    pub fn end(&self) -> LogPosition {
        LogPosition {
            seq: self.last_seq(),
            ..self.before.position()
        }
    }

    /// Returns the head after the last entry, by what is in the segment. It proves nothing. Of one in brief that
    /// came from elsewhere only [`Segment::open_with`] tells.
    pub fn after(&self) -> Result<LogHead, SegmentError> {
        if let Sealed(Some(after)) = &self.sealed {
            return Ok(**after);
        }
        let unpacked = self.unpack(&mut |_place| None)?;
        Ok(unpacked
            .iter()
            .fold(self.before, |head, entry| head.next(entry)))
    }

    /// Checks the chain and the device's signature, and returns the entries of a segment that refers to nothing
    /// before it.
    pub fn open(&self, key: &PublicKey) -> Result<OpenedSegment, SegmentError> {
        self.open_with(key, &mut |_place| None)
    }

    /// Checks the chain and the device's signature, and returns the entries. `read` gives the earlier changes that
    /// the segment refers to, from what is stored.
    pub fn open_with(
        &self,
        key: &PublicKey,
        read: &mut ReadChange<'_>,
    ) -> Result<OpenedSegment, SegmentError> {
        let mut head = self.before;
        let mut entries = Vec::new();
        for bytes in self.unpack(read)? {
            head = head.next(&bytes);
            entries.push(OpenedEntry { head, bytes });
        }
        head.verify(key, &self.signature)
            .map_err(|_bad| SegmentError::BadSignature)?;
        Ok(OpenedSegment {
            before: self.before,
            entries,
        })
    }

    fn unpack(&self, read: &mut ReadChange<'_>) -> Result<Vec<Vec<u8>>, SegmentError> {
        let count = usize::try_from(self.count).map_err(|_huge| SegmentError::TooLarge)?;
        if count > MAX_SEGMENT_ENTRIES || self.packed.len() > packed_limit(count) {
            return Err(SegmentError::TooLarge);
        }
        if count == 0 || self.before.seq.checked_add(u64::from(self.count)).is_none() {
            return Err(SegmentError::Damaged);
        }
        if is_brief(&self.packed) {
            let brief = unpack_brief(&self.packed, MAX_UNPACKED_BYTES)?;
            return Ok(from_brief(
                self.before,
                &brief,
                count,
                MAX_UNPACKED_BYTES,
                read,
            )?);
        }
        let bytes = unpack(&self.packed, MAX_UNPACKED_BYTES)?;
        let entries: Vec<ByteBuf> =
            serde_ipld_dagcbor::from_slice(&bytes).map_err(|_opaque| SegmentError::Damaged)?;
        if entries.len() != count {
            return Err(SegmentError::Damaged);
        }
        if entries.iter().any(|entry| entry.len() > Entry::MAX_BYTES) {
            return Err(SegmentError::TooLarge);
        }
        Ok(entries.into_iter().map(ByteBuf::into_vec).collect())
    }
}

impl OpenedSegment {
    /// Returns the head after the last entry.
    #[must_use]
    pub fn after(&self) -> LogHead {
        self.entries.last().map_or(self.before, |entry| entry.head)
    }
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segment")
            .field("before", &self.before)
            .field("count", &self.count)
            .field("packed_bytes", &self.packed.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for OpenedEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedEntry")
            .field("head", &self.head)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

const fn packed_limit(count: usize) -> usize {
    if count == 1 {
        MAX_SINGLE_ENTRY_PACKED_BYTES
    } else {
        MAX_SEGMENT_PACKED_BYTES
    }
}

/// Packs entries; none if they are more than a segment may unpack to.
type Packing<'a> = dyn FnMut(&[Vec<u8>]) -> Option<Vec<u8>> + 'a;

/// Packs entries as they are.
fn plain(entries: &[Vec<u8>]) -> Option<Vec<u8>> {
    let list: Vec<&Bytes> = entries.iter().map(|entry| Bytes::new(entry)).collect();
    let unpacked = serde_ipld_dagcbor::to_vec(&list).ok()?;
    (unpacked.len() <= MAX_UNPACKED_BYTES).then(|| pack(&unpacked))
}

/// Packs the longest run from the start that keeps within the limits, by halving. Entries must each
/// be within the limit of an entry.
fn pack_what_fits(entries: &[Vec<u8>], pack: &mut Packing<'_>) -> Option<(Vec<u8>, usize)> {
    let mut count = entries.len().min(MAX_SEGMENT_ENTRIES);
    loop {
        let taken = entries.get(..count).filter(|taken| !taken.is_empty())?;
        if let Some(packed) = pack(taken).filter(|it| it.len() <= packed_limit(count)) {
            return Some((packed, count));
        }
        count /= 2;
    }
}

#[cfg(test)]
mod tests;
