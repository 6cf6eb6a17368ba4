//! The hub's three keys: its end of every link, the roster's signature, the history's signature.
//!
//! They lie inside the encrypted database, so that one file and one key make a backup.

use crypto::SigningKey;
use roster::HubKeys;
use serde_bytes::ByteArray;

use crate::world::{World, WorldRng};

/// The hub's secret keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    /// Proves the hub at its end of a link.
    pub(crate) tls: SigningKey,
    /// Signs the roster.
    pub(crate) roster: SigningKey,
    /// Signs the checkpoints of the history.
    pub(crate) history: SigningKey,
}

/// The three seeds, as they are kept.
type Seeds = (ByteArray<32>, ByteArray<32>, ByteArray<32>);

impl Keys {
    /// Draws new keys.
    pub(crate) fn generate(world: &dyn World) -> Self {
        let mut rng = WorldRng(world);
        Self {
            tls: SigningKey::generate(&mut rng),
            roster: SigningKey::generate(&mut rng),
            history: SigningKey::generate(&mut rng),
        }
    }

    /// Returns the public halves.
    pub(crate) fn public(&self, name: &str) -> HubKeys {
        HubKeys {
            tls: self.tls.public(),
            roster: self.roster.public(),
            history: self.history.public(),
            name: name.to_owned(),
        }
    }

    /// Returns what is kept in the database.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let seed = |key: &SigningKey| ByteArray::new(*key.seed());
        let seeds: Seeds = (seed(&self.tls), seed(&self.roster), seed(&self.history));
        serde_ipld_dagcbor::to_vec(&seeds).expect("three byte strings always encode")
    }

    /// Takes up what was kept.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (tls, roster, history): Seeds = serde_ipld_dagcbor::from_slice(bytes).ok()?;
        let key = |seed: ByteArray<32>| SigningKey::from_seed(seed.into_array());
        Some(Self {
            tls: key(tls),
            roster: key(roster),
            history: key(history),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::OsWorld;

    #[test]
    fn keys_read_back_as_kept_and_do_not_print() {
        let keys = Keys::generate(&OsWorld);

        let read = Keys::from_bytes(&keys.to_bytes()).unwrap();

        assert_eq!(read.public("hub"), keys.public("hub"));
        assert!(format!("{keys:?}").contains("redacted"));
        assert!(Keys::from_bytes(b"\x83\x40\x40\x40").is_none());
    }
}
