//! The constant change that makes a chart's containers.
//!
//! Two sites that each made a container would make two, and one site's data would hide behind the other's. So the
//! containers come from one change, the same bytes in every chart of every release: `genesis.bin`. It was written
//! by `generate` below with automerge 0.12.0 and is never written again; a test holds the two together, and
//! another its hash. It is compiled in and never sent. A later release that needs a further container adds
//! another constant change.

use automerge::{ActorId, Automerge, ObjId};

use crate::{Actor, ChangeHash};

/// The bytes of the change.
pub(crate) const GENESIS: &[u8] = include_bytes!("genesis.bin");

/// The name of the change.
pub(crate) const HASH: ChangeHash = ChangeHash::new([
    0x1b, 0xa7, 0x4b, 0xff, 0x3d, 0x2d, 0x40, 0xd8, 0x48, 0x6c, 0x78, 0x71, 0x1a, 0x60, 0x28, 0x01,
    0x2a, 0xd4, 0x13, 0x95, 0x56, 0x3c, 0xcd, 0xfa, 0x9f, 0xc5, 0xed, 0xac, 0xb4, 0xa7, 0xc7, 0x0c,
]);

/// Who wrote it: no device ever draws these bytes.
pub(crate) const GENESIS_ACTOR: Actor = Actor::new(*b"posta.genesis.v1");

/// The containers of a chart's document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Registers with one value: birth date, sex, death, what the chart is about.
    Registers,
    /// Names.
    Names,
    /// Identifiers.
    Identifiers,
    /// Phones and the like.
    Telecoms,
    /// Addresses.
    Addresses,
    /// Relatives and neighbours.
    Contacts,
    /// Languages.
    Languages,
    /// Sealed statements.
    Statements,
}

impl Field {
    /// Every container, in the order of the operations that made them.
    pub const ALL: [Self; 8] = [
        Self::Registers,
        Self::Names,
        Self::Identifiers,
        Self::Telecoms,
        Self::Addresses,
        Self::Contacts,
        Self::Languages,
        Self::Statements,
    ];

    /// Returns the container's key in the document's root; never changed once released.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registers => "registers",
            Self::Names => "names",
            Self::Identifiers => "identifiers",
            Self::Telecoms => "telecoms",
            Self::Addresses => "addresses",
            Self::Contacts => "contacts",
            Self::Languages => "languages",
            Self::Statements => "statements",
        }
    }

    /// Returns the container that an operation of the constant change made.
    pub(crate) fn made_by(counter: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.counter() == counter)
    }

    /// Returns the container's name in automerge.
    pub(crate) fn object(self) -> ObjId {
        ObjId::Id(
            self.counter(),
            ActorId::from(&GENESIS_ACTOR.as_bytes()[..]),
            0,
        )
    }

    /// Returns the number of the operation that made the container.
    const fn counter(self) -> u64 {
        match self {
            Self::Registers => 1,
            Self::Names => 2,
            Self::Identifiers => 3,
            Self::Telecoms => 4,
            Self::Addresses => 5,
            Self::Contacts => 6,
            Self::Languages => 7,
            Self::Statements => 8,
        }
    }
}

/// Makes the document of an empty chart.
pub(crate) fn document() -> Automerge {
    Automerge::load(GENESIS).expect("the constant change is compiled in and a test loads it")
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable as _};
    use automerge::{Change, ObjType, ROOT, ReadDoc as _, Value};

    use super::*;

    /// Writes the constant change: the eight maps, in order, at the beginning of time.
    fn generate() -> Vec<u8> {
        let actor = ActorId::from(&GENESIS_ACTOR.as_bytes()[..]);
        let mut document = Automerge::new().with_actor(actor);
        let mut transaction = document.transaction();
        for field in Field::ALL {
            transaction
                .put_object(ROOT, field.name(), ObjType::Map)
                .unwrap();
        }
        transaction.commit_with(CommitOptions::default().with_time(0));
        document
            .get_last_local_change()
            .unwrap()
            .raw_bytes()
            .to_vec()
    }

    #[test]
    fn the_constant_change_is_what_this_release_would_write() {
        assert_eq!(generate(), GENESIS);
    }

    #[test]
    fn the_constant_change_never_changes() {
        let change = Change::from_bytes(GENESIS.to_vec()).unwrap();

        assert_eq!(change.hash().0, *HASH.as_bytes());
        assert_eq!(
            HASH.to_string(),
            "1ba74bff3d2d40d8486c78711a6028012ad41395563ccdfa9fc5edacb4a7c70c"
        );
    }

    #[test]
    fn each_container_is_where_its_operation_made_it() {
        let document = document();

        for field in Field::ALL {
            let all = document.get_all(ROOT, field.name()).unwrap();
            assert_eq!(
                all,
                [(Value::Object(ObjType::Map), field.object())],
                "{field:?}"
            );
        }
        assert_eq!(document.keys(ROOT).count(), Field::ALL.len());
    }
}
