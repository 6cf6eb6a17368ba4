//! Who can open this computer: its slots and the envelope of its database's key follow the roster.
//!
//! The database's key is sealed to the people whom the roster lets unlock this computer, and to those who keep the
//! fleet's recovery keys. A colleague who came is added as soon as the roster lists their keys, or at once if a manager
//! of the site vouches for them. Who was taken off loses their slot at once, and the database gets a new key when it is
//! next opened: with a copy of the old files they open nothing that was written since.

use std::collections::BTreeSet;

use crypto::{BoxKey, BoxPublicKey, DatabaseKey, PersonSecrets, PublicKey, seal_to};
use record::{DeviceId, PersonId};
use roster::{Opener, Roster, SignedRoster};
use serde::{Deserialize, Serialize};
use store::{OpenError, ReplicaStore};

use super::unlock::{database_key, key_with, key_within};
use crate::home::{Home, KeyFile, Listed};
use crate::host::{Host, HostRng};
use crate::identity;
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// Somebody whose keys were made here and whom the roster does not list with them yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Who.
    #[serde(rename = "p")]
    pub(crate) person: PersonId,
    /// Checks what they sign.
    #[serde(rename = "s")]
    pub(crate) sign: PublicKey,
    /// Seals what they alone may open.
    #[serde(rename = "e")]
    pub(crate) seal: BoxPublicKey,
    /// Until when a manager of the site vouches for them.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) until_ms: Option<u64>,
}

/// One key that the database's key is sealed to: a person's, or one of those that are kept for recovery.
type Sealed = (Option<PersonId>, BoxPublicKey);

/// Who has keys on a device, by its roster and by what managers vouched for there.
#[derive(Debug)]
pub(crate) struct Openers<'a> {
    roster: &'a Roster,
    device: DeviceId,
    asked: &'a [Asked],
}

impl<'a> Openers<'a> {
    pub(crate) const fn new(roster: &'a Roster, device: DeviceId, asked: &'a [Asked]) -> Self {
        Self {
            roster,
            device,
            asked,
        }
    }

    fn vouched(&self) -> impl Iterator<Item = &'a Asked> {
        let roster = self.roster;
        let works_here = move |it: &&Asked| {
            let someone = roster.person(it.person);
            someone.is_some_and(|someone| someone.active)
        };
        let asked = self.asked.iter().filter(|it| it.until_ms.is_some());
        asked.filter(works_here)
    }

    /// Returns the people, each with the key that counts.
    fn people(&self) -> Vec<Opener> {
        let replaced: BTreeSet<PersonId> = self.vouched().map(|it| it.person).collect();
        let listed = self.roster.openers(self.device).into_iter();
        let vouched = self.vouched().map(|it| Opener {
            person: it.person,
            seal: it.seal,
        });
        let listed = listed.filter(|it| !replaced.contains(&it.person));
        listed.chain(vouched).collect()
    }

    /// Returns all that the database's key is to be sealed to, in order.
    fn sealed(&self) -> Vec<Sealed> {
        let people = self
            .people()
            .into_iter()
            .map(|it| (Some(it.person), it.seal));
        let recovery = self.roster.hub.recovery.iter().map(|it| (None, *it));
        let mut sealed: Vec<Sealed> = people.chain(recovery).collect();
        sealed.sort_unstable();
        sealed.dedup();
        sealed
    }

    /// Tells whether a person may work here with these keys now. A slot does not say whose it is: only the keys in it do.
    pub(crate) fn check(
        &self,
        person: PersonId,
        secrets: &PersonSecrets,
        now_ms: u64,
    ) -> Result<(), CommandError> {
        let (sign, seal) = (secrets.sign.public(), secrets.seal.public());
        let someone = self.roster.person(person).filter(|it| it.active);
        let listed = someone.and_then(|it| it.key_on(self.device));
        let listed = listed.map(|it| (it.sign, it.seal, it.until_ms));
        let vouched = self.vouched().find(|it| it.person == person);
        let vouched = vouched.map(|it| (it.sign, it.seal, it.until_ms));
        let is_theirs = |it: &(PublicKey, BoxPublicKey, Option<u64>)| (it.0, it.1) == (sign, seal);
        let (_, _, until_ms) = listed
            .filter(is_theirs)
            .or(vouched.filter(is_theirs))
            .ok_or_else(|| CommandError::new(ErrorCode::PersonUnknown))?;
        match until_ms {
            Some(until) if until < now_ms => Err(CommandError::new(ErrorCode::AdmissionEnded)),
            Some(_) | None => Ok(()),
        }
    }

    /// Tells whether a person may still work here at all.
    pub(crate) fn has(&self, person: PersonId) -> bool {
        self.people().iter().any(|it| it.person == person)
    }
}

/// Reads who waits to be listed.
pub(crate) fn asked(store: &ReplicaStore) -> Result<Vec<Asked>, CommandError> {
    Ok(meta::read(store, meta::ASKED)?.unwrap_or_default())
}

/// Opens the database with a person's keys. A change of its key that broke off is brought to its end.
pub(crate) fn open_store(
    home: &Home,
    secrets: &PersonSecrets,
) -> Result<(ReplicaStore, DatabaseKey), CommandError> {
    let opened = database_key(home, secrets).and_then(|key| {
        let store = ReplicaStore::open(&home.database(), &key);
        match store {
            Err(OpenError::WrongKey) => Ok(None),
            store => Ok(Some((store?, key))),
        }
    });
    match opened {
        Ok(Some(opened)) => {
            home.drop_next_key()?;
            Ok(opened)
        }
        // The new database is in its place, and its key's envelope is not yet.
        Ok(None) | Err(_) if home.has_next_key() => {
            let key = key_within(&home.read_key(&KeyFile::NextDatabase)?, secrets)?;
            let store = ReplicaStore::open(&home.database(), &key)?;
            home.adopt_next_key()?;
            Ok((store, key))
        }
        Ok(None) => Err(OpenError::WrongKey.into()),
        Err(error) => Err(error),
    }
}

/// Opens the database's key with one of the fleet's recovery keys. A change of it that broke off is left to whoever
/// unlocks next.
pub(crate) fn recovered_key(home: &Home, recovery: &BoxKey) -> Result<DatabaseKey, CommandError> {
    let opens = |file| {
        let sealed = home.read_key(&file)?;
        let key = key_with(&sealed, recovery)?;
        drop(ReplicaStore::open(&home.database(), &key)?);
        Ok(key)
    };
    let not_ours = |error: CommandError| {
        if error.code == ErrorCode::PersonUnknown {
            CommandError::new(ErrorCode::NotARecoveryKey)
        } else {
            error
        }
    };
    match opens(KeyFile::Database) {
        Err(_other) if home.has_next_key() => {
            let key = opens(KeyFile::NextDatabase).map_err(not_ours)?;
            home.adopt_next_key()?;
            Ok(key)
        }
        opened => opened.map_err(not_ours),
    }
}

/// Has the slots and the envelope follow the roster. Each step may be repeated: a crash between two of them costs a
/// sealing.
pub(crate) fn follow(
    home: &Home,
    store: &mut ReplicaStore,
    key: &DatabaseKey,
    roster: &Roster,
    device: DeviceId,
) -> Result<(), CommandError> {
    let before = asked(store)?;
    let asked = settle_asked(home, roster, device, &before)?;
    if asked != before {
        meta::write(store, meta::ASKED, &asked)?;
    }
    let openers = Openers::new(roster, device, &asked);
    let wanted = openers.sealed();
    let kept: Option<Vec<Sealed>> = meta::read(store, meta::ENVELOPE)?;
    let people = |sealed: &[Sealed]| -> BTreeSet<PersonId> {
        sealed.iter().filter_map(|(person, _)| *person).collect()
    };
    let now = people(&wanted);
    let gone: BTreeSet<PersonId> = kept
        .iter()
        .flat_map(|it| people(it))
        .filter(|it| !now.contains(it))
        .collect();
    for person in &gone {
        home.drop_key(&KeyFile::Slot(*person))?;
    }
    if !gone.is_empty() {
        meta::write(store, meta::REKEY, &true)?;
    }
    if kept.as_ref() != Some(&wanted) && !wanted.is_empty() {
        home.write_key(&KeyFile::Database, &sealed_key(&wanted, key)?)?;
        meta::write(store, meta::ENVELOPE, &wanted)?;
    }
    let facts = home.facts()?;
    let listed = facts.as_listed(roster, listed(home, roster, &now));
    if listed != facts {
        home.write_facts(&listed)?;
    }
    Ok(())
}

/// Gives the database a new key if somebody was taken off this computer since it had its last one. It is written anew
/// beside its place; what has the old key is gone when both the file and the envelope are in theirs.
pub(crate) fn rekey_if_due(
    home: &Home,
    store: ReplicaStore,
    key: DatabaseKey,
    host: &dyn Host,
) -> Result<(ReplicaStore, DatabaseKey, bool), CommandError> {
    let due: bool = meta::read(&store, meta::REKEY)?.unwrap_or_default();
    let sealed: Vec<Sealed> = meta::read(&store, meta::ENVELOPE)?.unwrap_or_default();
    if !due || sealed.is_empty() {
        return Ok((store, key, false));
    }
    let next = DatabaseKey::generate(&mut HostRng(host));
    home.write_key(&KeyFile::NextDatabase, &sealed_key(&sealed, &next)?)?;
    if let Err(error) = store.write_anew(&home.next_database(), &next) {
        home.drop_next_key()?;
        tracing::warn!(%error, "the database has no new key yet; it is tried again at the next unlocking");
        return Ok((store, key, false));
    }
    drop(store);
    ReplicaStore::take_place(&home.next_database(), &home.database())?;
    home.adopt_next_key()?;
    // Whoever is killed before this is gets another new key, at no harm.
    let mut store = ReplicaStore::open(&home.database(), &next)?;
    store.remove(meta::REKEY)?;
    Ok((store, next, true))
}

/// Reads the roster that the database holds, before there is anybody to work with it.
pub(crate) fn held_roster(store: &ReplicaStore) -> Result<(Roster, DeviceId), CommandError> {
    let identity = identity::read(store)?;
    let signed: SignedRoster = meta::read(store, meta::ROSTER)?
        .ok_or_else(|| CommandError::text(ErrorCode::Damaged, "there is no roster"))?;
    Ok((signed.open(&identity.hub.roster, 0)?, identity.device))
}

/// Gives a slot its place once its keys count, and forgets whom the roster lists, or lists no more.
fn settle_asked(
    home: &Home,
    roster: &Roster,
    device: DeviceId,
    asked: &[Asked],
) -> Result<Vec<Asked>, CommandError> {
    let mut left = Vec::new();
    for it in asked {
        let someone = roster.person(it.person);
        let listed = someone.and_then(|person| person.key_on(device));
        let is_listed = listed.is_some_and(|key| key.sign == it.sign);
        let is_former = someone.is_none_or(|person| {
            !person.active || person.former.iter().any(|key| key.sign == it.sign)
        });
        if is_former {
            home.drop_key(&KeyFile::AskedSlot(it.person))?;
            continue;
        }
        if is_listed || it.until_ms.is_some() {
            home.promote_slot(it.person)?;
        }
        if !is_listed {
            left.push(it.clone());
        }
    }
    Ok(left)
}

fn sealed_key(sealed: &[Sealed], key: &DatabaseKey) -> Result<Vec<u8>, CommandError> {
    let keys: Vec<BoxPublicKey> = sealed.iter().map(|(_, key)| *key).collect();
    seal_to(&keys, key.expose())
        .map_err(|error| CommandError::text(ErrorCode::Fault, error.to_string()))
}

/// Returns who can unlock: those who may and have a slot here.
fn listed(home: &Home, roster: &Roster, people: &BTreeSet<PersonId>) -> Vec<Listed> {
    let has_slot = |it: &&PersonId| home.has_key(&KeyFile::Slot(**it));
    let people = people.iter().filter(has_slot);
    people
        .filter_map(|id| roster.person(*id))
        .map(|it| Listed {
            id: it.id,
            name: it.name.clone(),
            role: it.role.name().to_owned(),
        })
        .collect()
}
