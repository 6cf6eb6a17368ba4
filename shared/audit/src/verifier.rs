//! Verifies everything a hub has stored of its history, and says where it is not what was once written.
//!
//! The verifier is handed the stored rows in the order of their leaves, one at a time, so a history of any
//! length is verified in the memory of one row. It believes nothing but the devices' keys and the checkpoints'
//! signatures: the chain is computed again from the entries, the leaves from the chain, the tree from the
//! leaves. Where two stored things disagree, a third decides which of them was altered, so one altered byte
//! does not accuse its neighbours.

use std::collections::BTreeMap;
use std::fmt;

use crypto::{PublicKey, Signature};
use record::DeviceId;

use crate::{Checkpoint, Leaf, LogHead, LogPosition, SALT_BYTES, TreeHash};

/// What a hub has stored of one leaf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The leaf's number in the history.
    pub leaf: u64,
    /// The entry's place in its log.
    pub position: LogPosition,
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// The log's hash up to here.
    pub chain: crate::ChainHash,
    /// The leaf's salt.
    pub salt: [u8; SALT_BYTES],
    /// The tree's hashes stored with the leaf: its own, then one for each subtree it completed.
    pub hashes: Vec<TreeHash>,
    /// The device's signature over the log's head, where a segment ended here.
    pub signature: Option<Signature>,
}

/// What is wrong with one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFault {
    /// Its bytes are not those that the log's chain and the history hold.
    Altered,
    /// Its chain hash is not what its bytes give and the history holds.
    ChainAltered,
    /// The history's leaf does not commit to it: its salt, its leaf's hash, or all of it was altered.
    NotInHistory,
    /// It does not follow the entry before: entries of its log are missing, or it is there twice.
    OutOfPlace,
    /// The signature over the log's head here is not its device's.
    WrongSignature,
}

/// One thing that is not what was once written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// An entry.
    Entry {
        /// Its place in its log.
        position: LogPosition,
        /// Its leaf's number.
        leaf: u64,
        /// What is wrong.
        fault: EntryFault,
    },
    /// A hash of the tree is not that of the leaves below it.
    Tree {
        /// The leaf it was stored with.
        leaf: u64,
        /// Its level above the leaves.
        level: usize,
    },
    /// Leaves are missing.
    Missing {
        /// The first.
        from: u64,
        /// The first that is there again, or the history's signed size.
        to: u64,
    },
    /// The leaves do not give the root that a checkpoint signs.
    WrongRoot {
        /// The checkpoint's size.
        size: u64,
    },
    /// No signature of the device stands for a log's newest entries.
    Unsigned {
        /// The newest entry.
        position: LogPosition,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry {
                position,
                leaf,
                fault,
            } => {
                let what = match fault {
                    EntryFault::Altered => "the entry was altered",
                    EntryFault::ChainAltered => "the entry's chain hash was altered",
                    EntryFault::NotInHistory => "the history does not hold the entry as it stands",
                    EntryFault::OutOfPlace => "the entry does not follow the one before",
                    EntryFault::WrongSignature => "the signature is not the device's",
                };
                write!(f, "{position} (leaf {leaf}): {what}")
            }
            Self::Tree { leaf, level } => {
                write!(
                    f,
                    "leaf {leaf}: the tree's hash at level {level} was altered"
                )
            }
            Self::Missing { from, to } => {
                write!(f, "leaves {from} to {to} are missing, the last not counted")
            }
            Self::WrongRoot { size } => {
                write!(
                    f,
                    "the first {size} leaves do not have the root that was signed"
                )
            }
            Self::Unsigned { position } => {
                write!(f, "{position}: no signature stands for the newest entries")
            }
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many entries were read.
    pub entries: u64,
    /// How many of them a checkpoint stands for; those that came after the newest one do not count.
    pub covered: u64,
    /// What is wrong, the first ones found.
    pub findings: Vec<Finding>,
    /// How many findings there were beyond those.
    pub more: u64,
}

impl Report {
    /// Tells whether everything is what was once written.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.more == 0
    }
}

/// Reads a stored history leaf by leaf.
pub struct Verifier<F> {
    log_key: F,
    checkpoints: BTreeMap<u64, TreeHash>,
    logs: BTreeMap<(DeviceId, u32), Log>,
    tree: Vec<Subtree>,
    /// Leaves are missing, so what stands above the others cannot be compared any more.
    torn: bool,
    leaves: u64,
    report: Report,
}

/// How many findings are kept: enough to see what happened, and a bound on what damage can cost.
const MAX_FINDINGS: usize = 1_000;

/// One log as far as it was read.
struct Log {
    head: LogHead,
    signed: bool,
}

/// A complete subtree at the tree's right edge.
struct Subtree {
    level: usize,
    hash: tlog_tiles::Hash,
}

impl<F: Fn(DeviceId) -> Option<PublicKey>> Verifier<F> {
    /// Begins a verification against checkpoints whose signatures were checked. `log_key` tells a device's key.
    #[must_use]
    pub fn new(checkpoints: &[Checkpoint], log_key: F) -> Self {
        Self {
            log_key,
            checkpoints: checkpoints.iter().map(|it| (it.size, it.root)).collect(),
            logs: BTreeMap::new(),
            tree: Vec::new(),
            torn: false,
            leaves: 0,
            report: Report {
                entries: 0,
                covered: 0,
                findings: Vec::new(),
                more: 0,
            },
        }
    }

    /// Reads the next leaf.
    pub fn check(&mut self, stored: &StoredEntry) {
        self.report.entries = self.report.entries.saturating_add(1);
        if stored.leaf != self.leaves {
            let (from, to) = (self.leaves.min(stored.leaf), self.leaves.max(stored.leaf));
            self.found(Finding::Missing { from, to });
            self.leaves = stored.leaf;
            self.torn = true;
        }
        let (chain, leaf_hash) = self.check_entry(stored);
        self.check_signature(stored, chain);
        self.leaves = self.leaves.saturating_add(1);
        let signed_root = self.checkpoints.remove(&self.leaves);
        if self.torn {
            return;
        }
        self.check_tree(stored, leaf_hash);
        if let Some(root) = signed_root {
            self.check_root(root);
        }
    }

    /// Ends the verification.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let empty = self.checkpoints.remove(&0);
        if empty.is_some_and(|it| it.0 != tlog_tiles::EMPTY_HASH.0) {
            self.found(Finding::WrongRoot { size: 0 });
        }
        if let Some((size, _)) = self
            .checkpoints
            .last_key_value()
            .filter(|(size, _)| **size > self.leaves)
        {
            self.found(Finding::Missing {
                from: self.leaves,
                to: *size,
            });
        }
        let unsigned: Vec<LogPosition> = self
            .logs
            .values()
            .filter(|it| !it.signed && it.head.device != DeviceId::HUB) // the checkpoints sign the hub's own log
            .map(|it| it.head.position())
            .collect();
        for position in unsigned {
            self.found(Finding::Unsigned { position });
        }
        self.report
    }

    /// Checks an entry against its log and its leaf; returns the chain and leaf hashes to go on with.
    fn check_entry(&mut self, stored: &StoredEntry) -> (crate::ChainHash, tlog_tiles::Hash) {
        let LogPosition { device, epoch, seq } = stored.position;
        let before = self
            .logs
            .get(&(device, epoch))
            .map_or_else(|| LogHead::start(device, epoch), |it| it.head);
        let leaf_of = |chain| {
            tlog_tiles::record_hash(&Leaf::new(stored.position, &stored.salt, &chain).to_bytes())
        };
        let in_history = |chain| {
            stored
                .hashes
                .first()
                .is_some_and(|it| it.0 == leaf_of(chain).0)
        };
        let follows = before.seq.checked_add(1) == Some(seq);
        let computed = before.chain.next(seq, &stored.entry);
        let (fault, chain) = match (follows, computed == stored.chain) {
            (false, _) => (Some(EntryFault::OutOfPlace), stored.chain),
            (true, true) if in_history(computed) => (None, computed),
            (true, true) => (Some(EntryFault::NotInHistory), computed),
            // The leaf decides which of the two was altered.
            (true, false) if in_history(computed) => (Some(EntryFault::ChainAltered), computed),
            (true, false) => (Some(EntryFault::Altered), stored.chain),
        };
        if let Some(fault) = fault {
            self.found(Finding::Entry {
                position: stored.position,
                leaf: stored.leaf,
                fault,
            });
        }
        let signed = false;
        self.logs.insert(
            (device, epoch),
            Log {
                head: LogHead {
                    device,
                    epoch,
                    seq,
                    chain,
                },
                signed,
            },
        );
        (chain, leaf_of(chain))
    }

    fn check_signature(&mut self, stored: &StoredEntry, chain: crate::ChainHash) {
        let LogPosition { device, epoch, seq } = stored.position;
        let Some(signature) = &stored.signature else {
            return;
        };
        let head = LogHead {
            device,
            epoch,
            seq,
            chain,
        };
        let holds = (self.log_key)(device).is_some_and(|key| head.verify(&key, signature).is_ok());
        if holds {
            if let Some(log) = self.logs.get_mut(&(device, epoch)) {
                log.signed = true;
            }
        } else {
            let fault = EntryFault::WrongSignature;
            self.found(Finding::Entry {
                position: stored.position,
                leaf: stored.leaf,
                fault,
            });
        }
    }

    /// Adds the leaf to the tree and compares every subtree that it completes with what was stored.
    fn check_tree(&mut self, stored: &StoredEntry, leaf_hash: tlog_tiles::Hash) {
        let mut grown = Subtree {
            level: 0,
            hash: leaf_hash,
        };
        // The leaf's own hash was compared with the entry, unless nothing was right about it.
        let mut kept = stored.hashes.iter().skip(1);
        while let Some(left) = self.tree.pop_if(|it| it.level == grown.level) {
            grown = Subtree {
                level: grown.level.saturating_add(1),
                hash: tlog_tiles::node_hash(left.hash, grown.hash),
            };
            if kept.next().is_none_or(|it| it.0 != grown.hash.0) {
                self.found(Finding::Tree {
                    leaf: stored.leaf,
                    level: grown.level,
                });
            }
        }
        if kept.next().is_some() {
            self.found(Finding::Tree {
                leaf: stored.leaf,
                level: grown.level.saturating_add(1),
            });
        }
        self.tree.push(grown);
    }

    fn check_root(&mut self, signed: TreeHash) {
        let root = self
            .tree
            .iter()
            .rev()
            .map(|it| it.hash)
            .reduce(|right, left| tlog_tiles::node_hash(left, right));
        if root.is_none_or(|it| it.0 != signed.0) {
            self.found(Finding::WrongRoot { size: self.leaves });
        }
        self.report.covered = self.leaves;
    }

    fn found(&mut self, finding: Finding) {
        if self.report.findings.len() < MAX_FINDINGS {
            self.report.findings.push(finding);
        } else {
            self.report.more = self.report.more.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests;
