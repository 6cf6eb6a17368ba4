//! A person's own signature over the log so far.

use crypto::{PublicKey, Signature, SigningKey};
use serde::{Deserialize, Serialize};

use crate::{BadHead, LogHead, PayloadError};

/// The domain of a person's signature over a log's head.
const SEAL_DOMAIN: &str = "posta/seal/v1";

/// What a person signs at log-out, lock and switch: the head of the log just before this entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The log's head before the seal.
    #[serde(rename = "h")]
    pub head: LogHead,
    /// The person's signature over it.
    #[serde(rename = "s")]
    pub signature: Signature,
}

impl Seal {
    /// Signs a log's head with a person's key.
    #[must_use]
    pub fn sign(head: LogHead, key: &SigningKey) -> Self {
        Self {
            head,
            signature: key.sign(SEAL_DOMAIN, &head.signed_bytes()),
        }
    }

    /// Checks the person's signature.
    pub fn verify(&self, key: &PublicKey) -> Result<(), BadHead> {
        key.verify(SEAL_DOMAIN, &self.head.signed_bytes(), &self.signature)
            .map_err(|_bad| BadHead)
    }

    /// Returns the payload of an entry.
    pub fn to_bytes(&self) -> Result<Vec<u8>, PayloadError> {
        serde_ipld_dagcbor::to_vec(self).map_err(|_unwritable| PayloadError::Damaged)
    }

    /// Reads an entry's payload.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PayloadError> {
        serde_ipld_dagcbor::from_slice(bytes).map_err(|_unreadable| PayloadError::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::DeviceId;

    #[test]
    fn a_seal_is_one_persons_and_is_not_a_devices_signature() {
        let (key, other) = (
            SigningKey::from_seed([1; 32]),
            SigningKey::from_seed([2; 32]),
        );
        let head = LogHead::start(DeviceId(3), 1).next(b"one");

        let seal = Seal::from_bytes(&Seal::sign(head, &key).to_bytes().unwrap()).unwrap();

        assert_eq!(seal.verify(&key.public()), Ok(()));
        assert_eq!(seal.verify(&other.public()), Err(BadHead));
        assert_eq!(head.verify(&key.public(), &seal.signature), Err(BadHead));
    }
}
