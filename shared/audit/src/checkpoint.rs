//! The hub's signed statement of its history's size and root (C2SP tlog-checkpoint in a signed note).
//!
//! The text is what any tool for transparency logs reads and checks. The origin is made from the hub's history
//! key, so it needs no registry and says nothing about where the hub is.

use crypto::{PublicKey, SigningKey};
use data_encoding::{BASE64, HEXLOWER};
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

use crate::TreeHash;

/// A history's size and root, and whose history it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose history.
    pub origin: String,
    /// How many leaves it has.
    pub size: u64,
    /// The tree's root.
    pub root: TreeHash,
}

/// Why a text is not a checkpoint to believe, or a checkpoint could not be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Refuse it: it is not a checkpoint.
    #[error("the checkpoint is damaged")]
    Damaged,
    /// Refuse it: it is another hub's, or nobody's.
    #[error("the checkpoint is not signed by this hub's history key")]
    NotSigned,
}

impl Checkpoint {
    /// The longest text read: a checkpoint and a hundred signatures.
    pub const MAX_BYTES: usize = 32 * 1024;
    /// Marks a key as Ed25519 in a signed note.
    const ED25519: u8 = 1;

    /// Makes the checkpoint of the history that the key signs.
    #[must_use]
    pub fn new(key: &PublicKey, size: u64, root: TreeHash) -> Self {
        Self {
            origin: origin_of(key),
            size,
            root,
        }
    }

    /// Signs the checkpoint with the hub's history key; returns the note's text.
    pub fn sign(&self, key: &SigningKey) -> Result<String, CheckpointError> {
        let hash = tlog_tiles::Hash(self.root.0);
        let checkpoint = tlog_tiles::Checkpoint::new(&self.origin, self.size, hash, "")
            .map_err(|_bad| CheckpointError::Damaged)?;
        let mut note =
            Note::new(&checkpoint.to_bytes(), &[]).map_err(|_bad| CheckpointError::Damaged)?;
        let signer = signer(&self.origin, key)?;
        note.add_sigs(&[&signer])
            .map_err(|_bad| CheckpointError::Damaged)?;
        String::from_utf8(note.to_bytes()).map_err(|_bad| CheckpointError::Damaged)
    }

    /// Reads a note and checks that the history key signed it.
    pub fn verify(note: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        if note.len() > Self::MAX_BYTES {
            return Err(CheckpointError::Damaged);
        }
        let note = Note::from_bytes(note.as_bytes()).map_err(|_bad| CheckpointError::Damaged)?;
        let read = tlog_tiles::Checkpoint::from_bytes(note.text())
            .map_err(|_bad| CheckpointError::Damaged)?;
        let origin = origin_of(key);
        let verifiers = VerifierList::new(vec![Box::new(verifier(&origin, key)?)]);
        note.verify(&verifiers)
            .map_err(|_bad| CheckpointError::NotSigned)?;
        if read.origin() != origin || !read.extension().is_empty() {
            return Err(CheckpointError::NotSigned);
        }
        Ok(Self {
            origin,
            size: read.size(),
            root: TreeHash(read.hash().0),
        })
    }
}

/// Returns the name of the history that a key signs.
fn origin_of(key: &PublicKey) -> String {
    let digest = crypto::sha256(key.as_bytes());
    format!(
        "posta/history/{}",
        HEXLOWER.encode(digest.get(..16).unwrap_or(&digest))
    )
}

fn tagged(key: &[u8]) -> Vec<u8> {
    [&[Checkpoint::ED25519], key].concat()
}

fn key_id(origin: &str, key: &PublicKey) -> u32 {
    signed_note::key_id(origin, &tagged(key.as_bytes()))
}

fn signer(origin: &str, key: &SigningKey) -> Result<StandardSigner, CheckpointError> {
    let (id, secret) = (
        key_id(origin, &key.public()),
        BASE64.encode(&tagged(key.seed())),
    );
    StandardSigner::new(&format!("PRIVATE+KEY+{origin}+{id:08x}+{secret}"))
        .map_err(|_bad| CheckpointError::Damaged)
}

fn verifier(origin: &str, key: &PublicKey) -> Result<StandardVerifier, CheckpointError> {
    let (id, public) = (key_id(origin, key), BASE64.encode(&tagged(key.as_bytes())));
    StandardVerifier::new(&format!("{origin}+{id:08x}+{public}"))
        .map_err(|_bad| CheckpointError::NotSigned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> SigningKey {
        SigningKey::from_seed([9; 32])
    }

    fn note() -> String {
        Checkpoint::new(&key().public(), 42, TreeHash([7; 32]))
            .sign(&key())
            .unwrap()
    }

    #[test]
    fn a_signed_checkpoint_reads_back() {
        let read = Checkpoint::verify(&note(), &key().public()).unwrap();

        assert_eq!(
            read,
            Checkpoint::new(&key().public(), 42, TreeHash([7; 32]))
        );
        assert_eq!(note().lines().nth(1), Some("42"));
    }

    #[test]
    fn another_key_did_not_sign_it() {
        let other = SigningKey::from_seed([8; 32]).public();

        assert_eq!(
            Checkpoint::verify(&note(), &other),
            Err(CheckpointError::NotSigned)
        );
    }

    #[test]
    fn every_altered_byte_of_the_text_is_found() {
        let note = note();
        for at in 0..note.len() {
            for with in [b'0', b'A', b'\n', b' '] {
                let mut bytes = note.clone().into_bytes();
                if bytes[at] == with {
                    continue;
                }
                bytes[at] = with;
                let Ok(altered) = String::from_utf8(bytes) else {
                    continue;
                };
                assert!(
                    Checkpoint::verify(&altered, &key().public()).is_err(),
                    "byte {at}"
                );
            }
        }
    }

    #[test]
    fn a_hundred_signatures_fit_and_a_longer_text_is_not_read() {
        let cosigned = |size: usize| {
            let mut note = note();
            let each = (size - note.len()) / 99;
            for at in 0..99 {
                let left = if at < 98 { each } else { size - note.len() };
                let signature = BASE64.encode(&[at; 68]);
                let name = "w".repeat(left - signature.len() - "\u{2014}  \n".len());
                note.push_str(&format!("\u{2014} {name} {signature}\n"));
            }
            assert_eq!(note.len(), size);
            Checkpoint::verify(&note, &key().public())
        };

        assert!(cosigned(Checkpoint::MAX_BYTES).is_ok());
        assert_eq!(
            cosigned(Checkpoint::MAX_BYTES + 1),
            Err(CheckpointError::Damaged)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_checkpoint_or_an_error(text in any::<String>()) {
            prop_assert!(Checkpoint::verify(&text, &key().public()).is_err());
        }
    }
}
