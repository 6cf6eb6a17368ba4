//! The hub's history: an RFC 6962 Merkle tree over the entries of every log.
//!
//! The tree's hashes are stored in the dense order of C2SP tlog-tiles, so adding a leaf or proving one reads
//! and writes O(log n) of them. A leaf names an entry by its place and commits to its chain hash under a salt:
//! an entry's body and salt can be erased after their retention, and every proof still holds.

use std::cell::RefCell;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ChainHash, LogPosition};

/// How many random bytes a leaf's salt has.
pub const SALT_BYTES: usize = 16;
/// The domain of a leaf's commitment.
const LEAF_DOMAIN: &str = "posta/leaf/v1";
/// The most leaves a history may have: far beyond any hub, and the tree's arithmetic stays inside 64 bits.
const MAX_SIZE: u64 = 1 << 48;
/// The most hashes a proof may have: two for each level of the largest tree.
const MAX_PROOF: usize = 2 * 48;

/// A hash of the history's tree.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeHash(#[serde(with = "serde_bytes")] pub [u8; 32]);

impl fmt::Debug for TreeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "TreeHash({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// One leaf: an entry's place, and a salted commitment to its chain hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The entry's place.
    pub position: LogPosition,
    /// [`commitment`] of its salt and chain hash.
    pub commitment: [u8; 32],
}

impl Leaf {
    /// How many bytes a leaf has.
    pub const BYTES: usize = 49;
    /// The layout's version, the first byte.
    const VERSION: u8 = 1;

    /// Makes the leaf of an entry.
    #[must_use]
    pub fn new(position: LogPosition, salt: &[u8; SALT_BYTES], chain: &ChainHash) -> Self {
        Self {
            position,
            commitment: commitment(salt, chain),
        }
    }

    /// Returns the bytes that go into the tree: version, device, epoch, seq, commitment.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::BYTES);
        bytes.push(Self::VERSION);
        bytes.extend_from_slice(&self.position.device.0.to_be_bytes());
        bytes.extend_from_slice(&self.position.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.position.seq.to_be_bytes());
        bytes.extend_from_slice(&self.commitment);
        bytes
    }
}

/// Returns what a leaf says of an entry: nothing to anyone who has not its salt and chain hash.
#[must_use]
pub fn commitment(salt: &[u8; SALT_BYTES], chain: &ChainHash) -> [u8; 32] {
    *crypto::hash(LEAF_DOMAIN, &[salt, chain.as_bytes()]).as_bytes()
}

/// Reads stored hashes of the tree.
pub trait HashReader {
    /// Why hashes could not be read.
    type Error;

    /// Returns the hashes stored under the indexes, in their order.
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TreeHash>, Self::Error>;
}

/// Why the tree could not be extended or proven.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError<E> {
    /// The stored hashes could not be read.
    #[error("the history's hashes could not be read")]
    Read(#[source] E),
    /// A stored hash is missing: verify the history.
    #[error("a hash of the history is missing")]
    Missing,
    /// The sizes asked for do not fit the tree.
    #[error("the history has no such size")]
    NoSuchSize,
}

/// A proof does not hold: do not believe who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct NotInHistory;

/// Tells with which leaf the hash of an index is stored, and at which place among the hashes stored with it.
#[must_use]
pub fn stored_with(index: u64) -> (u64, u8) {
    let (level, n) = tlog_tiles::split_stored_hash_index(index);
    // The leaf that completes the subtree is its last.
    let below = !(u64::MAX << level);
    ((n << level) | below, level)
}

/// Returns the hashes to store when a leaf becomes number `size`, each with its index.
pub fn append<R: HashReader>(
    size: u64,
    leaf: &[u8],
    reader: &R,
) -> Result<Vec<(u64, TreeHash)>, HistoryError<R::Error>> {
    bounded(size)?;
    let hashes = asking(reader, |it| tlog_tiles::stored_hashes(size, leaf, it))?;
    let first = tlog_tiles::stored_hash_index(0, size);
    Ok((first..)
        .zip(hashes.into_iter().map(|it| TreeHash(it.0)))
        .collect())
}

/// Returns the root of the tree's first `size` leaves.
pub fn root<R: HashReader>(size: u64, reader: &R) -> Result<TreeHash, HistoryError<R::Error>> {
    bounded(size)?;
    asking(reader, |it| tlog_tiles::tree_hash(size, it)).map(|it| TreeHash(it.0))
}

/// Returns the proof that leaf `index` is in the tree of `size` leaves.
pub fn prove_inclusion<R: HashReader>(
    size: u64,
    index: u64,
    reader: &R,
) -> Result<Vec<TreeHash>, HistoryError<R::Error>> {
    bounded(size)?;
    if index >= size {
        return Err(HistoryError::NoSuchSize);
    }
    asking(reader, |it| tlog_tiles::prove_record(size, index, it)).map(ours)
}

/// Returns the proof that the tree of `size` leaves begins with that of `old_size` leaves.
pub fn prove_consistency<R: HashReader>(
    old_size: u64,
    size: u64,
    reader: &R,
) -> Result<Vec<TreeHash>, HistoryError<R::Error>> {
    bounded(size)?;
    match old_size {
        0 => Ok(Vec::new()), // the empty tree begins every tree
        it if it > size => Err(HistoryError::NoSuchSize),
        it => asking(reader, |hashes| tlog_tiles::prove_tree(size, it, hashes)).map(ours),
    }
}

/// Checks that a leaf is number `index` in the tree of `size` leaves that has this root.
pub fn check_inclusion(
    proof: &[TreeHash],
    (size, root): (u64, TreeHash),
    (index, leaf): (u64, &[u8]),
) -> Result<(), NotInHistory> {
    if size > MAX_SIZE || index >= size || proof.len() > MAX_PROOF {
        return Err(NotInHistory);
    }
    let leaf = tlog_tiles::record_hash(leaf);
    tlog_tiles::check_record(&theirs(proof), size, tlog_tiles::Hash(root.0), index, leaf)
        .map_err(|_wrong| NotInHistory)
}

/// Checks that the newer tree begins with the older one.
pub fn check_consistency(
    proof: &[TreeHash],
    (old_size, old_root): (u64, TreeHash),
    (size, root): (u64, TreeHash),
) -> Result<(), NotInHistory> {
    if size > MAX_SIZE || old_size > size || proof.len() > MAX_PROOF {
        return Err(NotInHistory);
    }
    if old_size == 0 {
        let empty = TreeHash(tlog_tiles::EMPTY_HASH.0);
        let holds = proof.is_empty() && old_root == empty && (size > 0 || root == empty);
        return if holds { Ok(()) } else { Err(NotInHistory) };
    }
    let (old_root, root) = (tlog_tiles::Hash(old_root.0), tlog_tiles::Hash(root.0));
    tlog_tiles::check_tree(&theirs(proof), size, root, old_size, old_root)
        .map_err(|_wrong| NotInHistory)
}

fn bounded<E>(size: u64) -> Result<(), HistoryError<E>> {
    if size < MAX_SIZE {
        Ok(())
    } else {
        Err(HistoryError::NoSuchSize)
    }
}

fn ours(hashes: Vec<tlog_tiles::Hash>) -> Vec<TreeHash> {
    hashes.into_iter().map(|it| TreeHash(it.0)).collect()
}

fn theirs(hashes: &[TreeHash]) -> Vec<tlog_tiles::Hash> {
    hashes.iter().map(|it| tlog_tiles::Hash(it.0)).collect()
}

/// Runs tlog_tiles over our reader and hands back our reader's own error.
fn asking<R: HashReader, T>(
    reader: &R,
    run: impl FnOnce(&Asking<'_, R>) -> Result<T, tlog_tiles::Error>,
) -> Result<T, HistoryError<R::Error>> {
    let asking = Asking {
        reader,
        failed: RefCell::new(None),
    };
    let result = run(&asking);
    match (asking.failed.into_inner(), result) {
        (Some(error), _) => Err(HistoryError::Read(error)),
        (None, Ok(it)) => Ok(it),
        (None, Err(_)) => Err(HistoryError::Missing),
    }
}

struct Asking<'a, R: HashReader> {
    reader: &'a R,
    failed: RefCell<Option<R::Error>>,
}

impl<R: HashReader> tlog_tiles::HashReader for Asking<'_, R> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        match self.reader.read_hashes(indexes) {
            // tlog_tiles panics on another number of hashes than it asked for.
            Ok(hashes) if hashes.len() == indexes.len() => Ok(theirs(&hashes)),
            Ok(_) => Err(tlog_tiles::Error::IndexesNotInTree),
            Err(error) => {
                self.failed.replace(Some(error));
                Err(tlog_tiles::Error::IndexesNotInTree)
            }
        }
    }
}

#[cfg(test)]
mod tests;
