//! SHA-256, plain and with a domain.
//!
//! A domain and the length before each part keep apart what must never hash alike: two kinds of thing, and
//! `["ab", "c"]` from `["a", "bc"]`.

use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use sha2::Sha256;

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(#[serde(with = "serde_bytes")] [u8; 32]);

impl Digest {
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

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Returns the plain SHA-256 of the bytes, as `sha256sum` prints it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The plain SHA-256 of what passes, part by part.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes in what comes next.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the hash of all that came so far.
    #[must_use]
    pub fn so_far(&self) -> Digest {
        Digest(self.0.clone().finalize().into())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

/// Hashes the parts under a domain such as `posta/log/v1`.
#[must_use]
pub fn hash(domain: &str, parts: &[&[u8]]) -> Digest {
    let mut state = Sha256::new();
    for part in std::iter::once(&domain.as_bytes()).chain(parts) {
        // A usize has at most 64 bits on every platform that Rust supports.
        state.update((part.len() as u64).to_be_bytes());
        state.update(part);
    }
    Digest(state.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_hash_is_the_published_one() {
        let abc = Digest::from_bytes(sha256(b"abc"));

        assert_eq!(
            abc.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_hash_in_parts_is_the_hash_of_the_whole() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        let first = hasher.so_far();
        hasher.update(b"bc");

        assert_eq!(first.as_bytes(), &sha256(b"a"));
        assert_eq!(hasher.so_far().as_bytes(), &sha256(b"abc"));
    }

    #[test]
    fn domains_and_the_borders_of_parts_count() {
        let ab_c = hash("posta/test/v1", &[b"ab", b"c"]);

        assert_ne!(ab_c, hash("posta/test/v1", &[b"a", b"bc"]));
        assert_ne!(ab_c, hash("posta/test/v2", &[b"ab", b"c"]));
        assert_ne!(ab_c, hash("posta/test/v1", &[b"ab", b"c", b""]));
    }

    #[test]
    fn the_hash_of_a_release_stays_what_it_is() {
        assert_eq!(
            hash("posta/test/v1", &[b"ab", b"c"]).to_string(),
            "59c31c014b2ac11852d8e92e309ecc70f2197c6fe2a044868bd7bcb21696a887"
        );
    }
}
