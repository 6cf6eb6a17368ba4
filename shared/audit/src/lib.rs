//! Log entries, chains, the Merkle history and its checkpoints.
//!
//! Every device keeps one append-only log. What it writes and what it looks at are entries of the same hash
//! chain, so data cannot arrive without the accesses made before it. The hub gathers all logs in one RFC 6962
//! Merkle tree, the *history*, and signs its size and root in checkpoints. [`Verifier`] reads what a hub has
//! stored and names every entry that is not what was once written.
//!
//! This room is pure. It knows what is in an entry and how entries are bound together; it does not know how a
//! change works, where entries are kept or how they travel.
// Hostile bytes are read here: no sum of theirs may overflow, and nothing may panic.
#![warn(clippy::expect_used)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod coded;

mod access;
mod admission;
mod attached;
mod entry;
mod returned;
mod seal;
mod session;

mod chain;

mod checkpoint;
mod history;

mod verifier;

pub use access::{Access, AccessAction, AccessEvent, Outcome, Purpose};
pub use admission::{Admission, Voucher};
pub use attached::Attached;
pub use chain::{BadHead, ChainHash, LogHead, LogPosition};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use entry::{Entry, EntryError, EntryKind, PayloadError};
pub use history::{
    HashReader, HistoryError, Leaf, NotInHistory, SALT_BYTES, TreeHash, append, check_consistency,
    check_inclusion, commitment, prove_consistency, prove_inclusion, root, stored_with,
};
pub use returned::Returned;
pub use seal::Seal;
pub use session::{BeginReason, DeclaredActor, Session, SessionEvent};
pub use verifier::{EntryFault, Finding, Report, StoredEntry, Verifier};
