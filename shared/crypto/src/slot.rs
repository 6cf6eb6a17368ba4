//! A slot: one person's secret keys on one computer, closed with their passphrase.
//!
//! The slot's key needs two halves: the passphrase, made expensive to guess by Argon2id, and the device
//! secret, which a copy of the slot lacks. What the cost was is written in the slot and bounded before it is spent,
//! so a damaged or planted file cannot take all memory. A checksum tells a damaged file from a wrong passphrase.
//!
//! A slot does not say whose it is: whoever opens one compares the keys with the roster.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{BoxKey, DeviceSecret, SigningKey, hash};

/// The only version there is.
const VERSION: u16 = 1;

/// The most bytes a slot has; a real one has about 220.
const MAX_BYTES: usize = 1024;

/// Why a slot did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SlotError {
    /// Ask for the passphrase again. A slot copied to another computer, without its device secret, says this too.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Keep the file, and have HIM send a new slot.
    #[error("the person's key file is damaged")]
    Damaged,
    /// Leave the file alone and offer an update.
    #[error("the person's key file has version {found}, this release knows {known}")]
    TooNew {
        /// In the file.
        found: u16,
        /// In this release.
        known: u16,
    },
}

/// What it costs to try one passphrase (Argon2id).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// About half a second on a clinic's computer; above the floor that OWASP gives (19 MiB, 2, 1).
    pub const STANDARD: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };

    /// Next to nothing. It protects nobody: for tests, which open slots by the hundred.
    pub const FOR_TESTS: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    /// The most that a slot may ask for: a slower computer would seem to hang.
    const MOST: Self = Self {
        memory_kib: 256 * 1024,
        passes: 8,
        lanes: 4,
    };

    const fn is_bounded(self) -> bool {
        self.memory_kib <= Self::MOST.memory_kib
            && self.passes <= Self::MOST.passes
            && self.lanes <= Self::MOST.lanes
    }
}

/// What a person has on one computer.
#[derive(Clone)]
pub struct PersonSecrets {
    /// Signs what they write.
    pub sign: SigningKey,
    /// Opens what is sealed to them, the device's database key above all.
    pub seal: BoxKey,
}

impl PersonSecrets {
    /// Draws both keys.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self {
            sign: SigningKey::generate(rng),
            seal: BoxKey::generate(rng),
        }
    }
}

impl fmt::Debug for PersonSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonSecrets(redacted)")
    }
}

/// Closes and opens slots.
#[derive(Debug)]
pub struct Slot;

/// What every version of the file begins with; the rest is not looked at until the version is known.
#[derive(Deserialize)]
struct AnyVersion {
    v: u16,
}

#[derive(Serialize, Deserialize)]
struct File {
    v: u16,
    /// Argon2id's memory, passes and lanes.
    cost: (u32, u32, u32),
    salt: ByteArray<16>,
    nonce: ByteArray<24>,
    sealed: ByteBuf,
    /// The first bytes of a hash over all the others.
    check: ByteArray<8>,
}

impl Slot {
    /// Closes a slot at the standard cost.
    pub fn close(
        secrets: &PersonSecrets,
        passphrase: &str,
        device: &DeviceSecret,
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        Self::close_at(Cost::STANDARD, secrets, passphrase, device, rng)
    }

    /// Closes a slot at a cost of the caller's choice.
    #[expect(
        clippy::expect_used,
        reason = "nothing of it was read: a cost is one of this module's, and the lengths are fixed"
    )]
    pub fn close_at(
        cost: Cost,
        secrets: &PersonSecrets,
        passphrase: &str,
        device: &DeviceSecret,
        rng: &mut impl CryptoRng,
    ) -> Vec<u8> {
        let mut salt = [0; 16];
        let mut nonce = [0; 24];
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let mut plain = Zeroizing::new([0; 64]);
        let (sign, seal) = plain.split_at_mut(32);
        sign.copy_from_slice(secrets.sign.seed());
        seal.copy_from_slice(secrets.seal.seed());

        let mut file = File {
            v: VERSION,
            cost: (cost.memory_kib, cost.passes, cost.lanes),
            salt: ByteArray::new(salt),
            nonce: ByteArray::new(nonce),
            sealed: ByteBuf::new(),
            check: ByteArray::default(),
        };
        let key = file
            .key(cost, passphrase, device)
            .expect("a constant of this module is valid");
        let sealed = XChaCha20Poly1305::new(&key)
            .encrypt(
                &XNonce::from(nonce),
                Payload {
                    msg: plain.as_slice(),
                    aad: &file.header(),
                },
            )
            .expect("64 bytes are within what the cipher takes");
        file.sealed = ByteBuf::from(sealed);
        file.check = file.checksum();
        serde_ipld_dagcbor::to_vec(&file).expect("integers and byte strings have an encoding")
    }

    /// Opens a slot.
    pub fn open(
        bytes: &[u8],
        passphrase: &str,
        device: &DeviceSecret,
    ) -> Result<PersonSecrets, SlotError> {
        let file = File::read(bytes)?;
        let (memory_kib, passes, lanes) = file.cost;
        let cost = Cost {
            memory_kib,
            passes,
            lanes,
        };
        let key = file
            .key(cost, passphrase, device)
            .ok_or(SlotError::Damaged)?;
        let nonce = XNonce::from(file.nonce.into_array());
        let payload = Payload {
            msg: &file.sealed,
            aad: &file.header(),
        };
        let plain = XChaCha20Poly1305::new(&key)
            .decrypt(&nonce, payload)
            .map(Zeroizing::new)
            .map_err(|_opaque| SlotError::WrongPassphrase)?;
        let (sign, seal) = plain.split_at_checked(32).ok_or(SlotError::Damaged)?;
        Ok(PersonSecrets {
            sign: SigningKey::from_seed(sign.try_into().map_err(|_short| SlotError::Damaged)?),
            seal: BoxKey::from_seed(seal.try_into().map_err(|_short| SlotError::Damaged)?),
        })
    }
}

impl File {
    fn read(bytes: &[u8]) -> Result<Self, SlotError> {
        if bytes.len() > MAX_BYTES {
            return Err(SlotError::Damaged);
        }
        let AnyVersion { v: found } =
            serde_ipld_dagcbor::from_slice(bytes).map_err(|_opaque| SlotError::Damaged)?;
        if found > VERSION {
            return Err(SlotError::TooNew {
                found,
                known: VERSION,
            });
        }
        let file: Self =
            serde_ipld_dagcbor::from_slice(bytes).map_err(|_opaque| SlotError::Damaged)?;
        if file.check != file.checksum() {
            return Err(SlotError::Damaged);
        }
        Ok(file)
    }

    /// What the cipher authenticates beside what it hides.
    fn header(&self) -> Vec<u8> {
        let (memory_kib, passes, lanes) = self.cost;
        let numbers = [u32::from(self.v), memory_kib, passes, lanes];
        numbers
            .iter()
            .flat_map(|it| it.to_be_bytes())
            .chain(*self.salt)
            .collect()
    }

    fn checksum(&self) -> ByteArray<8> {
        let digest = hash(
            "posta/slot/check/v1",
            &[
                &self.header(),
                self.nonce.as_slice(),
                self.sealed.as_slice(),
            ],
        );
        let mut check = [0; 8];
        check
            .iter_mut()
            .zip(digest.as_bytes())
            .for_each(|(to, from)| *to = *from);
        ByteArray::new(check)
    }

    /// Spends the cost and mixes in the device secret; nothing if the cost is out of bounds.
    fn key(&self, cost: Cost, passphrase: &str, device: &DeviceSecret) -> Option<Key> {
        if !cost.is_bounded() {
            return None;
        }
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
        let mut halves = Zeroizing::new([0; 64]);
        let (guessed, kept) = halves.split_at_mut(32);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), self.salt.as_slice(), guessed)
            .ok()?;
        kept.copy_from_slice(device.expose());
        let mut key = Key::default();
        Hkdf::<Sha256>::new(Some(self.salt.as_slice()), halves.as_slice())
            .expand(b"posta/slot/v1", &mut key)
            .ok()?;
        Some(key)
    }
}

#[cfg(test)]
mod tests;
