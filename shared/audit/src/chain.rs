//! The hash chain of a device's log, and the head that a device signs.

use std::fmt;

use crypto::{PublicKey, Signature, SigningKey};
use record::DeviceId;
use serde::{Deserialize, Serialize};

/// The domain of every hash in a log's chain.
const CHAIN_DOMAIN: &str = "posta/log/v1";
/// The domain of a device's signature over its log's head.
const HEAD_DOMAIN: &str = "posta/segment/v1";

/// Names one entry: the device, which of its logs, and the place in it, counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(DeviceId, u32, u64)", into = "(DeviceId, u32, u64)")]
pub struct LogPosition {
    /// Whose log.
    pub device: DeviceId,
    /// Which of its logs: a device that was restored begins a new one.
    pub epoch: u32,
    /// The place, from one.
    pub seq: u64,
}

impl From<(DeviceId, u32, u64)> for LogPosition {
    fn from((device, epoch, seq): (DeviceId, u32, u64)) -> Self {
        Self { device, epoch, seq }
    }
}

impl From<LogPosition> for (DeviceId, u32, u64) {
    fn from(it: LogPosition) -> Self {
        (it.device, it.epoch, it.seq)
    }
}

impl fmt::Display for LogPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "device {}, log {}, entry {}",
            self.device, self.epoch, self.seq
        )
    }
}

/// The hash of a log up to and with one entry: it stands for that entry and every one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChainHash(#[serde(with = "serde_bytes")] [u8; 32]);

impl ChainHash {
    /// Returns the hash that an empty log has.
    #[must_use]
    pub fn start(device: DeviceId, epoch: u32) -> Self {
        let parts: [&[u8]; 2] = [&device.0.to_be_bytes(), &epoch.to_be_bytes()];
        Self(*crypto::hash(CHAIN_DOMAIN, &parts).as_bytes())
    }

    /// Returns the hash of the log with one more entry.
    #[must_use]
    pub fn next(&self, seq: u64, entry_bytes: &[u8]) -> Self {
        let parts: [&[u8]; 3] = [&self.0, &seq.to_be_bytes(), entry_bytes];
        Self(*crypto::hash(CHAIN_DOMAIN, &parts).as_bytes())
    }

    /// Takes up a hash that was kept or sent.
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

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "ChainHash({a:02x}{b:02x}{c:02x}{d:02x}…)")
    }
}

/// Where a log stands: its newest entry and the hash up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(
    from = "(DeviceId, u32, u64, ChainHash)",
    into = "(DeviceId, u32, u64, ChainHash)"
)]
pub struct LogHead {
    /// Whose log.
    pub device: DeviceId,
    /// Which of its logs.
    pub epoch: u32,
    /// The newest entry's place; zero when there is none.
    pub seq: u64,
    /// The hash up to there.
    pub chain: ChainHash,
}

impl From<(DeviceId, u32, u64, ChainHash)> for LogHead {
    fn from((device, epoch, seq, chain): (DeviceId, u32, u64, ChainHash)) -> Self {
        Self {
            device,
            epoch,
            seq,
            chain,
        }
    }
}

impl From<LogHead> for (DeviceId, u32, u64, ChainHash) {
    fn from(it: LogHead) -> Self {
        (it.device, it.epoch, it.seq, it.chain)
    }
}

/// The signature over a log's head is not the device's: refuse what carried it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature over the log's head is not the device's")]
pub struct BadHead;

impl LogHead {
    /// Returns the head of an empty log.
    #[must_use]
    pub fn start(device: DeviceId, epoch: u32) -> Self {
        Self {
            device,
            epoch,
            seq: 0,
            chain: ChainHash::start(device, epoch),
        }
    }

    /// Returns the head after one more entry.
    #[must_use]
    pub fn next(&self, entry_bytes: &[u8]) -> Self {
        let seq = self.seq.saturating_add(1);
        Self {
            seq,
            chain: self.chain.next(seq, entry_bytes),
            ..*self
        }
    }

    /// Returns the newest entry's place.
    #[must_use]
    pub const fn position(&self) -> LogPosition {
        LogPosition {
            device: self.device,
            epoch: self.epoch,
            seq: self.seq,
        }
    }

    /// Signs the head with the device's log key. One signature stands for the whole log up to here.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Signature {
        key.sign(HEAD_DOMAIN, &self.signed_bytes())
    }

    /// Checks the device's signature over the head.
    pub fn verify(&self, key: &PublicKey, signature: &Signature) -> Result<(), BadHead> {
        key.verify(HEAD_DOMAIN, &self.signed_bytes(), signature)
            .map_err(|_bad| BadHead)
    }

    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&self.device.0.to_be_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(self.chain.as_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> LogHead {
        LogHead::start(DeviceId(3), 1).next(b"one").next(b"two")
    }

    #[test]
    fn a_chain_depends_on_everything_before() {
        let start = LogHead::start(DeviceId(3), 1);
        let others = [
            LogHead::start(DeviceId(4), 1).next(b"one").next(b"two"),
            LogHead::start(DeviceId(3), 2).next(b"one").next(b"two"),
            start.next(b"two").next(b"one"),
            start.next(b"onet").next(b"wo"),
            start.next(b"two"),
        ];

        assert_eq!(head(), start.next(b"one").next(b"two"));
        assert!(others.iter().all(|it| it.chain != head().chain));
    }

    #[test]
    fn the_hashes_of_a_release_stay_what_they_are() {
        assert_eq!(format!("{:?}", head().chain), "ChainHash(93d1471a…)");
        assert_eq!(
            head().signed_bytes()[..16],
            [0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
        );
    }

    #[test]
    fn a_signature_holds_for_one_head_and_one_key() {
        let (key, other) = (
            SigningKey::from_seed([1; 32]),
            SigningKey::from_seed([2; 32]),
        );

        let signature = head().sign(&key);

        assert_eq!(head().verify(&key.public(), &signature), Ok(()));
        assert_eq!(head().verify(&other.public(), &signature), Err(BadHead));
        assert_eq!(
            head().next(b"three").verify(&key.public(), &signature),
            Err(BadHead)
        );
    }

    #[test]
    fn a_head_is_sent_as_a_short_array() {
        let bytes = serde_ipld_dagcbor::to_vec(&head()).unwrap();

        assert_eq!(
            serde_ipld_dagcbor::from_slice::<LogHead>(&bytes).unwrap(),
            head()
        );
        assert_eq!(bytes.len(), 38);
    }
}
