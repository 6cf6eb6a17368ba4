//! The hub's keys: its end of every link, the roster's signature, the history's signature, what is sealed to it.
//!
//! They lie inside the encrypted database, so that one file and one key make a backup.

use crypto::{BoxKey, SigningKey};
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
    /// Opens bundles; none in a hub of an earlier release, until it is given one.
    pub(crate) seal: Option<BoxKey>,
}

/// The seeds, as they are kept: of the keys above in their order. The last came later.
type Seeds = Vec<ByteArray<32>>;

impl Keys {
    /// Draws new keys.
    pub(crate) fn generate(world: &dyn World) -> Self {
        let mut rng = WorldRng(world);
        Self {
            tls: SigningKey::generate(&mut rng),
            roster: SigningKey::generate(&mut rng),
            history: SigningKey::generate(&mut rng),
            seal: Some(BoxKey::generate(&mut rng)),
        }
    }

    /// Returns the public halves.
    pub(crate) fn public(&self, name: &str) -> HubKeys {
        HubKeys {
            tls: self.tls.public(),
            roster: self.roster.public(),
            history: self.history.public(),
            seal: self.seal.as_ref().map(BoxKey::public),
            recovery: Vec::new(),
            name: name.to_owned(),
        }
    }

    /// Returns what is kept in the database.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let signing = [&self.tls, &self.roster, &self.history];
        let mut seeds: Seeds = signing.map(|it| ByteArray::new(*it.seed())).into();
        seeds.extend(self.seal.as_ref().map(|it| ByteArray::new(*it.seed())));
        serde_ipld_dagcbor::to_vec(&seeds).expect("byte strings always encode")
    }

    /// Takes up what was kept.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let seeds: Seeds = serde_ipld_dagcbor::from_slice(bytes).ok()?;
        let (signing, rest) = seeds.split_first_chunk::<3>()?;
        let [tls, roster, history] = signing.map(|it| SigningKey::from_seed(it.into_array()));
        Some(Self {
            tls,
            roster,
            history,
            seal: rest.first().map(|it| BoxKey::from_seed(it.into_array())),
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

    #[test]
    fn keys_of_an_earlier_release_lack_what_came_later() {
        let mut keys = Keys::generate(&OsWorld);
        keys.seal = None;

        let read = Keys::from_bytes(&keys.to_bytes()).unwrap();

        assert!(read.seal.is_none() && read.public("hub").seal.is_none());
    }
}
