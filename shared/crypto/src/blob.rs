//! Bytes that are named by their BLAKE3 hash, and proven 64 kB at a time.
//!
//! BLAKE3 is a tree: the hash of a group of 64 kB and those of its siblings up to the root prove that group without
//! the rest. A group that is proven against the hash and the size belongs to these bytes and stands in its place; when
//! every group is, the whole is what was named. A name with a wrong size never becomes whole, and harms no other.

use std::fmt;

use blake3::hazmat::{
    ChainingValue, HasherExt as _, Mode, left_subtree_len, merge_subtrees_non_root,
    merge_subtrees_root,
};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

/// How many bytes are proven at once; the last group has what is left.
pub const GROUP_BYTES: usize = 64 * 1024;

/// The BLAKE3 hash of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobHash(#[serde(with = "serde_bytes")] [u8; 32]);

impl BlobHash {
    /// Takes 32 bytes that were hashed elsewhere, or kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobHash({self})")
    }
}

/// Names bytes: their hash and how many there are. There is at least one, and no more than an attachment may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Blob {
    hash: BlobHash,
    size: u64,
}

impl Blob {
    /// The most bytes that are kept and sent as one: a scan of a few pages or a good photograph, and half an hour of a
    /// 64 kbit/s link.
    pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

    /// Names bytes by a hash and a size; none if there may not be so many.
    #[must_use]
    pub fn new(hash: BlobHash, size: u64) -> Option<Self> {
        (1..=Self::MAX_BYTES)
            .contains(&size)
            .then_some(Self { hash, size })
    }

    /// Returns the hash.
    #[must_use]
    pub const fn hash(&self) -> BlobHash {
        self.hash
    }

    /// Returns how many bytes there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns how many groups there are: one at least.
    #[must_use]
    pub fn groups(&self) -> u32 {
        let groups = self.size.div_ceil(GROUP_BYTES as u64);
        u32::try_from(groups).unwrap_or(u32::MAX)
    }

    /// Returns how many bytes a group has; none if there is no such group.
    #[must_use]
    pub fn group_bytes(&self, number: u32) -> Option<usize> {
        let left = self.size.checked_sub(start_of(number))?;
        let bytes = usize::try_from(left.min(GROUP_BYTES as u64)).ok()?;
        (bytes > 0).then_some(bytes)
    }

    /// Returns how many hashes prove a group; none if there is no such group.
    #[must_use]
    pub fn proof_hashes(&self, number: u32) -> Option<usize> {
        self.group_bytes(number)
            .map(|_bytes| path(self.size, number).len())
    }

    /// Checks a group against its proof: the hashes beside its way to the root, the one nearest to the root first.
    /// Returns the group's own hash in the tree, which is kept to prove others.
    pub fn verify(
        &self,
        number: u32,
        bytes: &[u8],
        proof: &[[u8; 32]],
    ) -> Result<[u8; 32], GroupError> {
        if self.group_bytes(number) != Some(bytes.len()) {
            return Err(GroupError::NoSuchGroup);
        }
        let path = path(self.size, number);
        if path.len() != proof.len() {
            return Err(GroupError::NotProven);
        }
        let own = group_hash(self.size, number, bytes);
        let mut so_far = own;
        let steps: Vec<_> = path.iter().zip(proof).collect();
        for (depth, (side, sibling)) in steps.into_iter().enumerate().rev() {
            let (left, right) = match side {
                Side::Left => (&so_far, sibling),
                Side::Right => (sibling, &so_far),
            };
            so_far = merge(left, right, depth == 0);
        }
        if &so_far == self.hash.as_bytes() {
            Ok(own)
        } else {
            Err(GroupError::NotProven)
        }
    }
}

/// Why bytes are not a group of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// Refuse it: the blob has no such group, or it has another size.
    #[error("there is no such group of this size")]
    NoSuchGroup,
    /// Refuse it: it is not what was named.
    #[error("the group is not what the hash names")]
    NotProven,
}

/// The hashes of all groups of a blob: what it takes to prove any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobTree {
    size: u64,
    groups: Vec<[u8; 32]>,
}

impl BlobTree {
    /// Hashes bytes; none if there are none, or more than may be.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<(Blob, Self)> {
        let size = u64::try_from(bytes.len()).ok()?;
        let groups = (0_u32..)
            .zip(bytes.chunks(GROUP_BYTES))
            .map(|(number, group)| group_hash(size, number, group))
            .collect();
        let tree = Self { size, groups };
        let blob = Blob::new(tree.root()?, size)?;
        Some((blob, tree))
    }

    /// Takes the hashes of all groups of a blob, in order; none if they are not its.
    #[must_use]
    pub fn from_groups(blob: &Blob, groups: Vec<[u8; 32]>) -> Option<Self> {
        let tree = Self {
            size: blob.size,
            groups,
        };
        let is_whole = u32::try_from(tree.groups.len()).ok() == Some(blob.groups());
        (is_whole && tree.root() == Some(blob.hash)).then_some(tree)
    }

    /// Returns the hashes of the groups, in order.
    #[must_use]
    pub fn groups(&self) -> &[[u8; 32]] {
        &self.groups
    }

    /// Returns the hashes beside a group's way to the root, the one nearest to the root first.
    #[must_use]
    pub fn proof(&self, number: u32) -> Option<Vec<[u8; 32]>> {
        self.groups.get(usize::try_from(number).ok()?)?;
        let (mut start, mut length) = (0, self.size);
        let mut proof = Vec::new();
        for side in path(self.size, number) {
            let left = left_subtree_len(length);
            let right = length.checked_sub(left)?;
            let middle = left.checked_add(start)?;
            match side {
                Side::Left => {
                    proof.push(self.subtree(middle, right)?);
                    length = left;
                }
                Side::Right => {
                    proof.push(self.subtree(start, left)?);
                    (start, length) = (middle, right);
                }
            }
        }
        Some(proof)
    }

    fn root(&self) -> Option<BlobHash> {
        if self.size <= GROUP_BYTES as u64 {
            return self.groups.first().copied().map(BlobHash);
        }
        let left = left_subtree_len(self.size);
        let right = self.size.checked_sub(left)?;
        let (left, right) = (self.subtree(0, left)?, self.subtree(left, right)?);
        Some(BlobHash(merge(&left, &right, true)))
    }

    /// Returns the hash of what lies below a place of the tree that is not the root. It goes as deep as the tree is.
    fn subtree(&self, start: u64, length: u64) -> Option<[u8; 32]> {
        if length <= GROUP_BYTES as u64 {
            let number = usize::try_from(start.checked_div(GROUP_BYTES as u64)?).ok()?;
            return self.groups.get(number).copied();
        }
        let left = left_subtree_len(length);
        let right = length.checked_sub(left)?;
        let (left, right) = (
            self.subtree(start, left)?,
            self.subtree(start.checked_add(left)?, right)?,
        );
        Some(merge(&left, &right, false))
    }
}

/// On which side of a fork the way to a group goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

const fn start_of(number: u32) -> u64 {
    (number as u64).saturating_mul(GROUP_BYTES as u64)
}

/// Returns the way from the root to a group.
fn path(size: u64, number: u32) -> Vec<Side> {
    let at = start_of(number);
    let (mut start, mut length) = (0_u64, size);
    let mut sides = Vec::new();
    while length > GROUP_BYTES as u64 {
        let left = left_subtree_len(length);
        let middle = start.saturating_add(left);
        if at < middle {
            sides.push(Side::Left);
            length = left;
        } else {
            sides.push(Side::Right);
            (start, length) = (middle, length.saturating_sub(left));
        }
    }
    sides
}

/// Returns the hash of a group in the tree. Of a blob of one group it is the root.
fn group_hash(size: u64, number: u32, bytes: &[u8]) -> [u8; 32] {
    if size <= GROUP_BYTES as u64 || bytes.is_empty() {
        return *blake3::hash(bytes).as_bytes();
    }
    // The place is a multiple of 64 kB and the group no longer than that: what the hasher asks for.
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset(start_of(number));
    hasher.update(bytes);
    hasher.finalize_non_root()
}

fn merge(left: &ChainingValue, right: &ChainingValue, is_root: bool) -> [u8; 32] {
    if is_root {
        *merge_subtrees_root(left, right, Mode::Hash).as_bytes()
    } else {
        merge_subtrees_non_root(left, right, Mode::Hash)
    }
}

#[cfg(test)]
mod tests;
