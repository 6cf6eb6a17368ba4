//! Envelopes: age files sealed to X25519 keys, each of which opens them alone.
//!
//! What is opened counts only once age has reached the end of the file without an error: until then a cut or
//! altered file may have yielded some of its plaintext. What [`seal_to`] seals fits in memory, and [`MAX_BYTES`] says
//! so; what does not is for [`SealingWriter`].

mod stream;

use std::fmt;
use std::io::{Read as _, Write as _};
use std::iter;
use std::str::FromStr;

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

pub use stream::{OpeningReader, SealingWriter};

use crate::Secret;

/// The most bytes an envelope may have, sealed or open: keys, rosters and slots are a few kB.
const MAX_BYTES: usize = 1 << 20;

/// The most keys an envelope is sealed to: the people of one device and the recovery keys.
const MAX_RECIPIENTS: usize = 256;

/// The most bytes a header may have: [`MAX_RECIPIENTS`] keys take 25 kB. age looks at all it has read again after each
/// part, so a header without an end would take hours.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// How the last line of a header begins.
const HEADER_END: &[u8] = b"\n---";

/// How age spells its keys.
const PUBLIC_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("age");
const SECRET_PREFIX: bech32::Hrp = bech32::Hrp::parse_unchecked("age-secret-key-");

/// The points of order 1, 2, 4 and 8 on Curve25519 and its twist, with the values that reduce to them.
/// Nothing can be sealed to these: the shared secret would be zero for everyone, and age panics on that.
const SMALL_ORDER: [[u8; 32]; 7] = [
    filled(0x00, 0x00, 0x00),
    filled(0x01, 0x00, 0x00),
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    filled(0xec, 0xff, 0x7f),
    filled(0xed, 0xff, 0x7f),
    filled(0xee, 0xff, 0x7f),
];

/// Why bytes or a text are not a key that can be sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a key that anything can be sealed to")]
pub struct BoxKeyError;

/// Why an envelope was not sealed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Name at least one recipient: nobody could open it.
    #[error("an envelope needs someone who can open it")]
    NoRecipient,
    /// Seal less at once, or to fewer keys.
    #[error("too much for one envelope")]
    TooLarge,
    /// Try again; nothing was sealed.
    #[error("the envelope could not be sealed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why an envelope was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Use another key: it is not sealed to this one.
    #[error("the envelope is not sealed to this key")]
    NotForThisKey,
    /// Fetch it again: it is cut, altered or no envelope at all.
    #[error("the envelope is damaged")]
    Damaged,
}

/// A secret X25519 key, as age uses it.
#[derive(Clone)]
pub struct BoxKey(Zeroizing<[u8; 32]>);

impl BoxKey {
    /// Draws a new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        Self(seed)
    }

    /// Makes the key again from its seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// Returns the 32 secret bytes that the key is made from. Whoever copies them wipes the copy.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the public half.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "nothing of it was read: a clamped key's public half has a large order"
    )]
    pub fn public(&self) -> BoxPublicKey {
        let recipient = self.identity().to_public().to_string();
        recipient
            .parse()
            .expect("the public half of a clamped key has a large order")
    }

    /// Spells the key as age does, `AGE-SECRET-KEY-1…`: to be printed, or kept in a file of its own. Whoever has it
    /// opens all that is sealed to it.
    #[must_use]
    pub fn spelt(&self) -> Zeroizing<String> {
        let mut spelt = self.lower();
        spelt.make_ascii_uppercase();
        spelt
    }

    /// Reads the key of an age identity file: lines, of which comments begin with `#`. One that holds several keys, or
    /// other things, is refused.
    pub fn from_identity_file(text: &str) -> Result<Self, BoxKeyError> {
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|it| !it.is_empty() && !it.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(BoxKeyError);
        };
        let (prefix, seed) = bech32::decode(line).map_err(|_bad| BoxKeyError)?;
        let seed = Zeroizing::new(seed);
        if prefix != SECRET_PREFIX {
            return Err(BoxKeyError);
        }
        let seed = seed.as_slice().try_into().map_err(|_length| BoxKeyError)?;
        Ok(Self::from_seed(seed))
    }

    #[expect(
        clippy::expect_used,
        reason = "nothing of it was read: 32 bytes are within the length of a bech32 code"
    )]
    fn lower(&self) -> Zeroizing<String> {
        bech32::encode::<bech32::Bech32>(SECRET_PREFIX, self.0.as_slice())
            .map(Zeroizing::new)
            .expect("32 bytes are within the length of a bech32 code")
    }

    #[expect(
        clippy::expect_used,
        reason = "age reads its own spelling of any 32 bytes"
    )]
    fn identity(&self) -> age::x25519::Identity {
        self.lower()
            .parse()
            .expect("age reads its own spelling of 32 bytes")
    }
}

impl fmt::Debug for BoxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxKey(redacted)")
    }
}

/// A public X25519 key. A value of this type can be sealed to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "ByteArray<32>", into = "ByteArray<32>")]
pub struct BoxPublicKey([u8; 32]);

impl BoxPublicKey {
    /// Takes 32 bytes that were received or kept, unless nothing could be sealed to them.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, BoxKeyError> {
        // X25519 ignores the highest bit.
        let mut point = bytes;
        point[31] &= 0x7f;
        if SMALL_ORDER.contains(&point) {
            return Err(BoxKeyError);
        }
        Ok(Self(bytes))
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn recipient(&self) -> Result<age::x25519::Recipient, SealError> {
        let failed = |why: &str| SealError::Failed(why.into());
        self.to_string().parse().map_err(failed)
    }
}

impl TryFrom<ByteArray<32>> for BoxPublicKey {
    type Error = BoxKeyError;

    fn try_from(bytes: ByteArray<32>) -> Result<Self, BoxKeyError> {
        Self::from_bytes(bytes.into_array())
    }
}

impl From<BoxPublicKey> for ByteArray<32> {
    fn from(key: BoxPublicKey) -> Self {
        Self::new(key.0)
    }
}

impl FromStr for BoxPublicKey {
    type Err = BoxKeyError;

    /// Reads age's own spelling, `age1…`.
    fn from_str(text: &str) -> Result<Self, BoxKeyError> {
        let (prefix, bytes) = bech32::decode(text.trim()).map_err(|_bad| BoxKeyError)?;
        if prefix != PUBLIC_PREFIX {
            return Err(BoxKeyError);
        }
        Self::from_bytes(bytes.try_into().map_err(|_length| BoxKeyError)?)
    }
}

impl fmt::Display for BoxPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_to_fmt::<bech32::Bech32, _>(f, PUBLIC_PREFIX, &self.0)
            .map_err(|_long| fmt::Error)
    }
}

impl fmt::Debug for BoxPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoxPublicKey({self})")
    }
}

/// Seals the plaintext so that each of the keys alone opens it. age draws its randomness from the operating system.
pub fn seal_to(recipients: &[BoxPublicKey], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    if recipients.is_empty() {
        return Err(SealError::NoRecipient);
    }
    if recipients.len() > MAX_RECIPIENTS || plain.len() > MAX_BYTES {
        return Err(SealError::TooLarge);
    }
    let recipients: Vec<_> = recipients
        .iter()
        .map(BoxPublicKey::recipient)
        .collect::<Result<_, _>>()?;
    let everyone = recipients.iter().map(|it| -> &dyn age::Recipient { it });
    let encryptor =
        age::Encryptor::with_recipients(everyone).map_err(|why| SealError::Failed(why.into()))?;
    let mut sealed = Vec::new();
    encryptor
        .wrap_output(&mut sealed)
        .and_then(|mut writer| {
            writer.write_all(plain)?;
            // Without this the last chunk is missing and nobody can open the file.
            writer.finish()
        })
        .map_err(|why| SealError::Failed(why.into()))?;
    Ok(sealed)
}

/// Opens an envelope whole. A cut or altered one yields nothing.
pub fn open_with(key: &BoxKey, sealed: &[u8]) -> Result<Secret, OpenError> {
    let head = sealed.get(..MAX_HEADER_BYTES.min(sealed.len()));
    if sealed.len() > 2 * MAX_BYTES || !head.is_some_and(holds_header) {
        return Err(OpenError::Damaged);
    }
    let identity = key.identity();
    let identity: &dyn age::Identity = &identity;
    let mut reader = age::Decryptor::new_buffered(sealed)
        .and_then(|file| file.decrypt(iter::once(identity)))
        .map_err(|why| refusal(&why))?;
    // Reserved at once, so that growing leaves no copies of the plaintext behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader
        .read_to_end(&mut plain)
        .map_err(|_cut| OpenError::Damaged)?;
    Ok(Secret::new(plain))
}

/// Says whether the beginning of an envelope holds its whole header.
fn holds_header(head: &[u8]) -> bool {
    head.windows(HEADER_END.len()).any(|it| it == HEADER_END)
}

/// Says what age's refusal means. It adds reasons without notice; all but one are about the bytes.
const fn refusal(why: &age::DecryptError) -> OpenError {
    if matches!(why, age::DecryptError::NoMatchingKeys) {
        OpenError::NotForThisKey
    } else {
        OpenError::Damaged
    }
}

/// Spells a little-endian number that is the same byte all through but for its ends.
const fn filled(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

#[cfg(test)]
mod tests;
