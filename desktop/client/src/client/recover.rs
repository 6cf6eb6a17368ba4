//! Opening a computer whose people cannot: with one of the fleet's recovery keys.
//!
//! Whoever has the key and the computer reads all of its records anyway; so nothing is asked but who is to go on working.
//! They get new keys, which count here for some days and at the hub when the office has compared the words.

use std::path::Path;

use audit::{Session, SessionEvent};
use crypto::{BoxKey, PersonSecrets, Slot};
use record::PersonId;
use store::{Commit, ReplicaStore};

use super::Client;
use super::keys::{self, Asked};
use super::people::admission_entry;
use super::unlock::checked;
use crate::driver::ReplicaDriver;
use crate::home::{Home, KeyFile};
use crate::host::{Host, HostRng};
use crate::identity;
use crate::meta;
use crate::passphrase;
use crate::views::{CommandError, ErrorCode, RecoveredView};

impl Client {
    /// Gives a person of this site new keys, with the help of a recovery key. `key_file` is the text of its form.
    pub fn recover(
        folder: &Path,
        key_file: &str,
        person: u32,
        passphrase: &str,
        host: Box<dyn Host>,
    ) -> Result<RecoveredView, CommandError> {
        let recovery = BoxKey::from_identity_file(key_file)
            .map_err(|_not_one| CommandError::new(ErrorCode::NotARecoveryKey))?;
        let home = Home::enter(folder)?;
        checked(home.facts()?)?;
        let key = keys::recovered_key(&home, &recovery)?;
        let store = ReplicaStore::open(&home.database(), &key)?;
        let (roster, device) = keys::held_roster(&store)?;
        let no_such = || CommandError::new(ErrorCode::NoSuchColleague);
        let site = roster.device(device).ok_or_else(no_such)?.site;
        let someone = roster.person(PersonId(person)).ok_or_else(no_such)?;
        if !someone.active || !someone.sites.contains(&site) {
            return Err(no_such());
        }
        let place = roster.site(site).map_or("", |it| it.name.as_str());
        passphrase::check(passphrase, &[&someone.name, place])?;

        let mut rng = HostRng(host.as_ref());
        let secrets = PersonSecrets::generate(&mut rng);
        let slot = Slot::close(&secrets, passphrase, &home.device_secret()?, &mut rng);
        home.write_key(&KeyFile::AskedSlot(someone.id), &slot)?;
        let now_ms = host.now_ms();
        let asked = Asked {
            person: someone.id,
            sign: secrets.sign.public(),
            seal: secrets.seal.public(),
            until_ms: Some(now_ms.saturating_add(audit::Admission::MAX_VOUCHED_MS)),
        };
        let words = asked.admission(now_ms).words(device).map(str::to_owned);
        let identity = identity::read(&store)?;
        let mut driver = ReplicaDriver::resume(store, identity, host)?;
        note(&mut driver, &asked, now_ms)?;
        let mut store = driver.into_store();
        keys::follow(&home, &mut store, &key, &roster, device)?;
        Ok(RecoveredView {
            person: someone.name.clone(),
            words: words.to_vec(),
        })
    }
}

/// Puts into the log that a recovery key opened the database, and for whom.
fn note(driver: &mut ReplicaDriver, asked: &Asked, now_ms: u64) -> Result<(), CommandError> {
    let used = Session {
        person: Some(asked.person),
        ..driver.session(SessionEvent::RecoveryKeyUsed)
    };
    let entries = vec![
        driver.session_entry_of(&used, PersonId::NOBODY)?,
        admission_entry(driver, &asked.admission(now_ms), PersonId::NOBODY)?,
    ];
    let mut all = keys::asked(driver.store())?;
    all.retain(|it| it.person != asked.person);
    all.push(asked.clone());
    driver.commit(Commit {
        entries,
        meta: vec![(meta::ASKED.to_owned(), meta::to_bytes(&all))],
        ..Commit::default()
    })
}

#[cfg(test)]
mod tests;
