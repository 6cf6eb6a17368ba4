//! Bundles: what one end has for the other, in a file that anyone may carry.
//!
//! A bundle holds the messages that a session would have said, between a header and a signature over all of it. It
//! proves who wrote it and that nothing was cut or altered; it says nothing about being new, so whoever reads it must
//! be ready for an old one, and for the same one twice. Around it goes an envelope ([`crypto::SealingWriter`]).

mod read;
mod write;

use crypto::Signature;
use record::DeviceId;
use serde::{Deserialize, Serialize};

use crate::version::Version;

pub use read::{BundleError, BundleReader, Proven};
pub use write::{BundleWriteError, BundleWriter};

/// How every bundle begins, so that a person who looks into an opened one sees what it is.
const MAGIC: &[u8] = b"posta bundle 1\n";

/// How bundles of every format begin.
const MAGIC_OF_ALL: &[u8] = b"posta bundle ";

/// The domain of a bundle's signature.
const DOMAIN: &str = "posta/bundle/v1";

/// The kinds of the frames that only bundles have.
const HEADER: u16 = 32;
const END: u16 = 33;

/// Who wrote a bundle, for whom, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleHeader {
    /// The version of the protocol that its messages are in.
    #[serde(rename = "v")]
    pub version: Version,
    /// The device whose log key signs it; the hub, with its history key.
    #[serde(rename = "f")]
    pub from: DeviceId,
    /// Who it is for: a device, or the hub.
    #[serde(rename = "t")]
    pub to: DeviceId,
    /// When it was written, by the writer's clock, in milliseconds since 1970.
    #[serde(rename = "w")]
    pub wall_ms: u64,
    /// Names it: random.
    #[serde(rename = "i", with = "serde_bytes")]
    pub id: [u8; 16],
}

/// The last frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    /// How many messages there are.
    #[serde(rename = "n")]
    messages: u64,
    /// Over the SHA-256 of everything before this frame.
    #[serde(rename = "s")]
    signature: Signature,
}

#[cfg(test)]
mod tests;
