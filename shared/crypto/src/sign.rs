//! Ed25519 signatures, each under a domain.
//!
//! What is signed is the domain and the message together, so a signature made for one purpose is worth
//! nothing for another. Verification is strict: no small-order keys and no second spelling of a signature.

use std::fmt;

use data_encoding::HEXLOWER;
use ed25519_dalek::Signer as _;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::hash;

/// Why a signature does not count: this key did not sign this message under this domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// A secret Ed25519 key.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// Draws a new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Makes the key again from its seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        Self(ed25519_dalek::SigningKey::from_bytes(&seed))
    }

    /// Returns the 32 secret bytes that the key is made from. Whoever copies them wipes the copy.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Returns the public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a message under a domain such as `posta/segment/v1`.
    #[must_use]
    pub fn sign(&self, domain: &str, message: &[u8]) -> Signature {
        Signature(self.0.sign(&framed(domain, message)).to_bytes())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(redacted)")
    }
}

/// A public Ed25519 key. It may be any 32 bytes: those that are no key verify nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(#[serde(with = "serde_bytes")] [u8; 32]);

impl PublicKey {
    /// Takes 32 bytes that were received or kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks that the holder of this key signed the message under the domain.
    pub fn verify(
        &self,
        domain: &str,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(&framed(domain, message), &signature))
            .map_err(|_opaque| BadSignature)
    }

    /// Returns what people compare: eight groups of four hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let digest = hash("posta/fingerprint/v1", &[&self.0]);
        let groups: Vec<String> = digest
            .as_bytes()
            .chunks(2)
            .take(8)
            .map(|pair| HEXLOWER.encode(pair))
            .collect();
        groups.join("-")
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.fingerprint())
    }
}

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(#[serde(with = "serde_bytes")] [u8; 64]);

impl Signature {
    /// Takes 64 bytes that were received or kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Returns the 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", HEXLOWER.encode(&self.0))
    }
}

/// Puts the domain and its length before the message.
fn framed(domain: &str, message: &[u8]) -> Vec<u8> {
    let length = (domain.len() as u64).to_be_bytes();
    [length.as_slice(), domain.as_bytes(), message].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand_chacha::rand_core::SeedableRng as _;

    const DOMAIN: &str = "posta/test/v1";

    #[test]
    fn a_signature_counts_for_its_key_domain_and_message_only() {
        let key = SigningKey::from_seed([1; 32]);
        let other = SigningKey::from_seed([2; 32]).public();

        let signature = key.sign(DOMAIN, b"message");

        assert_eq!(key.public().verify(DOMAIN, b"message", &signature), Ok(()));
        assert_eq!(
            key.public().verify(DOMAIN, b"massage", &signature),
            Err(BadSignature)
        );
        assert_eq!(
            key.public().verify("posta/test/v2", b"message", &signature),
            Err(BadSignature)
        );
        assert_eq!(
            key.public().verify("posta/test/v", b"1message", &signature),
            Err(BadSignature)
        );
        assert_eq!(
            other.verify(DOMAIN, b"message", &signature),
            Err(BadSignature)
        );
    }

    #[test]
    fn a_small_order_key_verifies_nothing() {
        // The neutral element as the key and as the signature's point, with a zero scalar: a verifier that
        // is not strict takes this for a signature of every message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut forged = [0; 64];
        forged[0] = 1;

        let verdict =
            PublicKey::from_bytes(neutral).verify(DOMAIN, b"any", &Signature::from_bytes(forged));

        assert_eq!(verdict, Err(BadSignature));
    }

    #[test]
    fn a_seed_makes_the_same_key_again() {
        let key = SigningKey::generate(&mut rand_chacha::ChaCha20Rng::from_seed([3; 32]));

        assert_eq!(SigningKey::from_seed(*key.seed()).public(), key.public());
    }

    #[test]
    fn a_signing_key_does_not_print_itself() {
        assert_eq!(
            format!("{:?}", SigningKey::from_seed([1; 32])),
            "SigningKey(redacted)"
        );
    }

    #[test]
    fn a_fingerprint_has_eight_groups() {
        assert_eq!(
            SigningKey::from_seed([1; 32]).public().fingerprint(),
            "58c3-3200-74d0-69db-318c-f7a6-269f-624e"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_as_key_and_signature_are_refused(key: [u8; 32], a: [u8; 32], b: [u8; 32]) {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&a);
            signature[32..].copy_from_slice(&b);

            let verdict =
                PublicKey::from_bytes(key).verify(DOMAIN, b"any", &Signature::from_bytes(signature));

            prop_assert_eq!(verdict, Err(BadSignature));
        }
    }
}
