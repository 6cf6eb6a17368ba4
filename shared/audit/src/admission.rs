//! A person is to unlock a computer: the keys that they made there, and who vouches for them.
//!
//! It is an entry of the computer's own log, so it reaches the hub by whatever carries the log. An administrator compares
//! six words and approves, or a manager of the site vouches for the keys for some days, which works without any network.

use crypto::{BadSignature, BoxPublicKey, PublicKey, Signature, SigningKey};
use record::{DeviceId, PersonId};
use serde::{Deserialize, Serialize};

use crate::PayloadError;

/// The domain of a voucher's signature.
const VOUCHER_DOMAIN: &str = "posta/voucher/v1";

/// A person's keys on the computer whose log says it: the payload of an admission's entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Who is to unlock the computer.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// Checks what they sign there.
    #[serde(rename = "s")]
    pub sign: PublicKey,
    /// Seals what they alone may open there.
    #[serde(rename = "e")]
    pub seal: BoxPublicKey,
    /// The wall clock's milliseconds since 1970, as the computer had it.
    #[serde(rename = "w")]
    pub wall_ms: u64,
    /// The word of a manager of the site: the one who wrote the entry.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<Voucher>,
}

/// A manager's word for a colleague's keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voucher {
    /// Until when it counts, in milliseconds since 1970.
    #[serde(rename = "u")]
    pub until_ms: u64,
    /// The manager's signature over the device, the person, the keys and the time.
    #[serde(rename = "s")]
    pub signature: Signature,
}

impl Admission {
    /// How long a voucher counts at most: time enough for a stick to go to the office and back.
    pub const MAX_VOUCHED_MS: u64 = 14 * 24 * 3_600_000;

    /// Has a manager vouch for the keys until a time.
    pub fn vouch(&mut self, device: DeviceId, until_ms: u64, manager: &SigningKey) {
        let signature = manager.sign(VOUCHER_DOMAIN, &self.vouched(device, until_ms));
        self.voucher = Some(Voucher {
            until_ms,
            signature,
        });
    }

    /// Returns until when the keys are vouched for on a device by the manager with this key; nothing, if nobody did.
    pub fn vouched_until(
        &self,
        device: DeviceId,
        manager: &PublicKey,
    ) -> Result<Option<u64>, BadSignature> {
        let Some(voucher) = &self.voucher else {
            return Ok(None);
        };
        let vouched = self.vouched(device, voucher.until_ms);
        manager.verify(VOUCHER_DOMAIN, &vouched, &voucher.signature)?;
        let longest = self.wall_ms.saturating_add(Self::MAX_VOUCHED_MS);
        Ok(Some(voucher.until_ms.min(longest)))
    }

    /// Returns the six words that the computer and the hub show of a person's keys on a device.
    #[must_use]
    pub fn words(&self, device: DeviceId) -> [&'static str; 6] {
        crypto::six_words(&self.named(device))
    }

    fn named(&self, device: DeviceId) -> Vec<u8> {
        let parts: [&[u8]; 4] = [
            &device.0.to_be_bytes(),
            &self.person.0.to_be_bytes(),
            self.sign.as_bytes(),
            self.seal.as_bytes(),
        ];
        parts.concat()
    }

    fn vouched(&self, device: DeviceId, until_ms: u64) -> Vec<u8> {
        [self.named(device), until_ms.to_be_bytes().to_vec()].concat()
    }

    /// Returns the payload of an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        serde_ipld_dagcbor::to_vec(self).map_err(|_unwritable| PayloadError::Damaged)
    }

    /// Reads an entry's payload; members of a newer release are passed over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_unreadable| PayloadError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto::BoxKey;
    use proptest::prelude::*;

    const DESK: DeviceId = DeviceId(3);

    fn manager() -> SigningKey {
        SigningKey::from_seed([1; 32])
    }

    fn admission() -> Admission {
        Admission {
            person: PersonId(5),
            sign: SigningKey::from_seed([2; 32]).public(),
            seal: BoxKey::from_seed([3; 32]).public(),
            wall_ms: 1_000,
            voucher: None,
        }
    }

    #[test]
    fn an_admission_reads_back_as_written() {
        let mut vouched = admission();
        vouched.vouch(DESK, 2_000, &manager());

        for it in [admission(), vouched] {
            assert_eq!(Admission::from_bytes(&it.to_bytes().unwrap()), Ok(it));
        }
    }

    #[test]
    fn a_voucher_is_for_one_person_with_these_keys_on_one_computer() {
        let mut vouched = admission();
        vouched.vouch(DESK, 2_000, &manager());
        let key = manager().public();
        let other = SigningKey::from_seed([9; 32]);

        assert_eq!(vouched.vouched_until(DESK, &key), Ok(Some(2_000)));
        assert_eq!(admission().vouched_until(DESK, &key), Ok(None));
        assert!(vouched.vouched_until(DeviceId(4), &key).is_err());
        assert!(vouched.vouched_until(DESK, &other.public()).is_err());
        let altered = [
            Admission {
                person: PersonId(6),
                ..vouched.clone()
            },
            Admission {
                sign: other.public(),
                ..vouched.clone()
            },
            Admission {
                seal: BoxKey::from_seed([9; 32]).public(),
                ..vouched.clone()
            },
        ];
        for it in altered {
            assert!(it.vouched_until(DESK, &key).is_err());
            assert_ne!(it.words(DESK), vouched.words(DESK));
        }
    }

    #[test]
    fn a_voucher_counts_for_a_fortnight_at_most() {
        let mut vouched = admission();
        vouched.vouch(DESK, u64::MAX, &manager());

        let until = vouched.vouched_until(DESK, &manager().public());

        assert_eq!(until, Ok(Some(1_000 + Admission::MAX_VOUCHED_MS)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_admission_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(Admission::from_bytes(&bytes));
        }
    }
}
