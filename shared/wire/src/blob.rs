//! Attachments' bytes: what an end lacks of them, and one group with its proof.
//!
//! Whoever receives decides: WANT says what it lacks, and is said again when that has become less. So a transfer that
//! was cut goes on at the group that was under way, and nobody has to remember it.

use crypto::{Blob, BlobHash, GROUP_BYTES};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::limits::MAX_WANTED_RANGES;
use crate::refusal::RefusalCode;

/// Some of the groups of a blob: from one on, up to and without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRange(pub u32, pub u32);

impl GroupRange {
    /// Tells whether a group is among them.
    #[must_use]
    pub const fn has(self, number: u32) -> bool {
        self.0 <= number && number < self.1
    }
}

/// Why something that claims to be of a blob is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsound;

/// One end says what it lacks of a blob, or that it wants no more of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    /// Of which.
    pub blob: Blob,
    /// What it lacks, in order; nothing if it wants no more.
    pub lacking: Vec<GroupRange>,
    /// `Done`, or why it wants no more although it lacks some.
    pub code: RefusalCode,
    /// From the hub, when it has the blob whole: how often it has told this device so of any, this time included. Else
    /// zero.
    pub told: u64,
}

/// One end offers a blob, sends a group of it, or says why it sends none.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobMessage {
    /// Of which.
    pub blob: Blob,
    /// A group; without one it is an offer, or a refusal.
    pub group: Option<BlobGroup>,
    /// `Done`, or why nothing is sent of what is wanted.
    pub code: RefusalCode,
}

/// A group of a blob, with what proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct BlobGroup {
    /// Which.
    pub number: u32,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The hashes beside its way to the root, the one nearest to the root first.
    pub proof: Vec<[u8; 32]>,
}

impl BlobMessage {
    /// Offers a blob.
    #[must_use]
    pub const fn offer(blob: Blob) -> Self {
        Self {
            blob,
            group: None,
            code: RefusalCode::Done,
        }
    }

    /// Sends a group.
    #[must_use]
    pub const fn group(blob: Blob, group: BlobGroup) -> Self {
        Self {
            blob,
            group: Some(group),
            code: RefusalCode::Done,
        }
    }

    /// Says why nothing is sent.
    #[must_use]
    pub const fn refusal(blob: Blob, code: RefusalCode) -> Self {
        Self {
            blob,
            group: None,
            code,
        }
    }
}

impl std::fmt::Debug for BlobMessage {
    /// Leaves out the bytes: they are a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobMessage")
            .field("blob", &self.blob)
            .field("group", &self.group)
            .field("code", &self.code)
            .finish()
    }
}

impl std::fmt::Debug for BlobGroup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobGroup")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// WANT on the wire.
#[derive(Serialize, Deserialize)]
pub(crate) struct WantShape {
    h: BlobHash,
    n: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    r: Vec<GroupRange>,
    #[serde(default = "done", skip_serializing_if = "is_done")]
    c: RefusalCode,
    #[serde(default, skip_serializing_if = "crate::members::is_zero")]
    t: u64,
}

/// BLOB on the wire.
#[derive(Serialize, Deserialize)]
pub(crate) struct BlobShape {
    h: BlobHash,
    n: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    g: Option<(u32, ByteBuf, ByteBuf)>,
    #[serde(default = "done", skip_serializing_if = "is_done")]
    c: RefusalCode,
}

const fn done() -> RefusalCode {
    RefusalCode::Done
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that serde wants"
)]
fn is_done(code: &RefusalCode) -> bool {
    *code == RefusalCode::Done
}

/// Tells whether ranges follow each other within a blob, with a gap between each two.
fn are_ranges(blob: &Blob, ranges: &[GroupRange]) -> bool {
    let mut before = None;
    ranges.iter().all(|range| {
        let follows = before.is_none_or(|end| end < range.0);
        before = Some(range.1);
        follows && range.0 < range.1 && range.1 <= blob.groups()
    })
}

impl TryFrom<&Want> for WantShape {
    type Error = Unsound;

    fn try_from(want: &Want) -> Result<Self, Unsound> {
        let fits = want.lacking.len() <= MAX_WANTED_RANGES && are_ranges(&want.blob, &want.lacking);
        fits.then(|| Self {
            h: want.blob.hash(),
            n: want.blob.size(),
            r: want.lacking.clone(),
            c: want.code,
            t: want.told,
        })
        .ok_or(Unsound)
    }
}

impl TryFrom<WantShape> for Want {
    type Error = Unsound;

    fn try_from(shape: WantShape) -> Result<Self, Unsound> {
        let blob = Blob::new(shape.h, shape.n).ok_or(Unsound)?;
        let fits = shape.r.len() <= MAX_WANTED_RANGES && are_ranges(&blob, &shape.r);
        fits.then_some(Self {
            blob,
            lacking: shape.r,
            code: shape.c,
            told: shape.t,
        })
        .ok_or(Unsound)
    }
}

impl TryFrom<&BlobMessage> for BlobShape {
    type Error = Unsound;

    fn try_from(message: &BlobMessage) -> Result<Self, Unsound> {
        let group = message.group.as_ref().map(|it| {
            let is_whole = message.blob.group_bytes(it.number) == Some(it.bytes.len())
                && message.blob.proof_hashes(it.number) == Some(it.proof.len());
            let (bytes, proof) = (it.bytes.clone(), it.proof.concat());
            is_whole
                .then(|| (it.number, ByteBuf::from(bytes), ByteBuf::from(proof)))
                .ok_or(Unsound)
        });
        Ok(Self {
            h: message.blob.hash(),
            n: message.blob.size(),
            g: group.transpose()?,
            c: message.code,
        })
    }
}

impl TryFrom<BlobShape> for BlobMessage {
    type Error = Unsound;

    fn try_from(shape: BlobShape) -> Result<Self, Unsound> {
        let blob = Blob::new(shape.h, shape.n).ok_or(Unsound)?;
        let group = shape
            .g
            .map(|(number, bytes, proof)| {
                let (hashes, rest) = proof.as_chunks::<32>();
                let is_whole = bytes.len() <= GROUP_BYTES
                    && rest.is_empty()
                    && blob.group_bytes(number) == Some(bytes.len())
                    && blob.proof_hashes(number) == Some(hashes.len());
                let proof = hashes.to_vec();
                is_whole
                    .then(|| BlobGroup {
                        number,
                        bytes: bytes.into_vec(),
                        proof,
                    })
                    .ok_or(Unsound)
            })
            .transpose()?;
        Ok(Self {
            blob,
            group,
            code: shape.c,
        })
    }
}

#[cfg(test)]
mod tests;
