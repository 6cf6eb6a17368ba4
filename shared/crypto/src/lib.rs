//! Keys, envelopes, signatures and hashes: the only ciphers.
//!
//! This room is pure: randomness arrives as an argument. The one exception is sealing, because age draws
//! its own file key from the operating system. Whatever this room hands out that is secret is wiped when it
//! is dropped and redacts its `Debug`.
// Hostile bytes are read here: no sum of theirs may overflow, and nothing may panic.
#![warn(clippy::expect_used)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod blob;
mod digest;
mod secret;
mod sign;

mod envelope;
mod slot;

mod words;

pub use blob::{Blob, BlobHash, BlobTree, GROUP_BYTES, GroupError};
pub use digest::{Digest, Hasher, hash, sha256};
pub use envelope::{
    BoxKey, BoxKeyError, BoxPublicKey, OpenError, OpeningReader, SealError, SealingWriter,
    open_with, seal_to,
};
pub use secret::{DatabaseKey, DeviceSecret, Secret};
pub use sign::{BadSignature, PublicKey, Signature, SigningKey};
pub use slot::{Cost, PersonSecrets, Slot, SlotError};
pub use words::six_words;
