//! Unlocking a home: a passphrase opens a person's slot, the slot opens the database's key, the key opens the
//! database.

use std::path::Path;

use audit::{Session, SessionEvent};
use crypto::{BoxKey, DatabaseKey, OpenError, PersonSecrets, Slot, open_with};
use record::PersonId;
use store::{Commit, ReplicaStore};

use super::Client;
use super::keys::{self, Openers};
use crate::driver::ReplicaDriver;
use crate::home::{Facts, Generation, Home, KeyFile, State};
use crate::host::{Host, random};
use crate::identity;
use crate::meta;
use crate::views::{CommandError, ErrorCode, HomeView, PersonView};

/// What a person wants of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To work: that they came goes into the log at once.
    Work,
    /// To have it meet the hub or checked: nothing of any patient is shown, and nothing goes into the log
    /// unless that changes.
    Upkeep,
}

impl Client {
    /// Says what a home is and who can unlock it, also while another program has it open.
    pub fn home(folder: &Path) -> Result<HomeView, CommandError> {
        let facts = checked(Home::facts_of(folder)?)?;
        let people = facts.people.into_iter().map(|it| PersonView {
            id: it.id.0,
            name: it.name,
            role: it.role,
        });
        Ok(HomeView {
            site: facts.site,
            device: facts.label,
            people: people.collect(),
        })
    }

    /// Unlocks a home for a person (the only one, if there is one) who is going to work.
    pub fn unlock(
        folder: &Path,
        person: Option<u32>,
        passphrase: &str,
        host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        Self::enter(folder, person, passphrase, host, Purpose::Work)
    }

    /// Unlocks a home to have it meet the hub, checked or asked where it stands. An entry for this would have to
    /// be sent itself, and no sync would ever find nothing to do.
    pub fn unlock_for_upkeep(
        folder: &Path,
        person: Option<u32>,
        passphrase: &str,
        host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        Self::enter(folder, person, passphrase, host, Purpose::Upkeep)
    }

    fn enter(
        folder: &Path,
        person: Option<u32>,
        passphrase: &str,
        host: Box<dyn Host>,
        purpose: Purpose,
    ) -> Result<Self, CommandError> {
        let home = Home::enter(folder)?;
        let facts = checked(home.facts()?)?;
        let person = choose(&facts, person)?;
        let secrets = open_slot(&home, person, passphrase, host.as_ref())?;
        let (mut store, key) = keys::open_store(&home, &secrets)?;
        let (roster, device) = keys::held_roster(&store)?;
        keys::follow(&home, &mut store, &key, &roster, device)?;
        let (mut store, key, is_rekeyed) = keys::rekey_if_due(&home, store, key, host.as_ref())?;
        let asked = keys::asked(&store)?;
        Openers::new(&roster, device, &asked).check(person, &secrets, host.now_ms())?;
        renew_generation(&home, &mut store, host.as_ref())?;
        let identity = identity::read(&store)?;
        let driver = ReplicaDriver::resume(store, identity, host)?;
        let mut client = Self::for_person(driver, person, secrets.sign)?;
        client.followed = roster.epoch;
        client.asked = asked;
        client.sealed_to = Some(secrets.seal);
        client.key = Some(key);
        if is_rekeyed {
            let rekeyed = client.driver.session(SessionEvent::DatabaseRekeyed);
            client.opening.push(rekeyed);
        }
        client.greet(home, purpose)?;
        Ok(client)
    }

    /// Notes the unlocking, and the wrong passphrases before it.
    fn greet(&mut self, home: Home, purpose: Purpose) -> Result<(), CommandError> {
        let attempts = home.attempts();
        let failed = attempts.times_ms().iter().map(|wall_ms| Session {
            wall_ms: *wall_ms,
            ..self.driver.session(SessionEvent::UnlockFailed)
        });
        let mut opening: Vec<Session> = failed.collect();
        if attempts.count() > 0
            && let Some(last) = opening.last_mut()
        {
            last.number = Some(i64::from(attempts.count()));
        }
        opening.append(&mut self.opening);
        self.opening = opening;
        if purpose == Purpose::Work || attempts.count() > 0 {
            self.show(&[])?;
        }
        if attempts.count() > 0 {
            home.clear_attempts()?;
        }
        self.home = Some(home);
        Ok(())
    }
}

/// Agrees with the folder on a new name for the state that both are in. A database that has another name than the
/// folder expects is an older copy: it must not go on in its log as if nothing had been written since.
fn renew_generation(
    home: &Home,
    store: &mut ReplicaStore,
    host: &dyn Host,
) -> Result<(), CommandError> {
    let known: Option<[u8; 16]> = meta::read(store, meta::GENERATION)?;
    let next = random(host);
    let fits = match (known, home.generation()) {
        // An earlier release left no names. If it is a copy all the same, the hub's answer tells.
        (None, _) => true,
        (Some(_), None) => false,
        (Some(known), Some(expected)) => expected.fits(&known),
    };
    home.write_generation(&Generation {
        now: known.unwrap_or(next),
        next,
    })?;
    let mut remember = vec![(meta::GENERATION.to_owned(), meta::to_bytes(&next))];
    if !fits {
        tracing::warn!("this database is an older copy than the folder around it");
        remember.push((meta::RESTORED.to_owned(), meta::to_bytes(&true)));
    }
    store.commit(&Commit {
        meta: remember,
        ..Commit::default()
    })?;
    home.write_generation(&Generation { now: next, next })?;
    Ok(())
}

/// Goes on only with an enrolled home that this release understands.
pub(super) fn checked(facts: Facts) -> Result<Facts, CommandError> {
    if facts.is_too_new() {
        return Err(CommandError::new(ErrorCode::TooNew));
    }
    match facts.state {
        State::Pending => Err(CommandError::new(ErrorCode::EnrolmentPending)),
        State::Enrolled => Ok(facts),
    }
}

fn choose(facts: &Facts, wanted: Option<u32>) -> Result<PersonId, CommandError> {
    let mut people = facts.people.iter().map(|it| it.id);
    let found = match wanted {
        Some(id) => people.find(|it| it.0 == id),
        None if facts.people.len() == 1 => people.next(),
        None => None,
    };
    found.ok_or_else(|| CommandError::new(ErrorCode::PersonUnknown))
}

/// Opens a person's slot. A wrong passphrase is counted, and the next try may have to wait.
pub(crate) fn open_slot(
    home: &Home,
    person: PersonId,
    passphrase: &str,
    host: &dyn Host,
) -> Result<PersonSecrets, CommandError> {
    let attempts = home.attempts();
    let wait_ms = attempts.wait_ms(host.now_ms());
    if wait_ms > 0 {
        let seconds = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX);
        return Err(CommandError::wait(ErrorCode::WaitBeforeNextTry, seconds));
    }
    let secret = home.device_secret()?;
    let slot = home.read_key(&KeyFile::Slot(person))?;
    match Slot::open(&slot, passphrase, &secret) {
        Ok(secrets) => Ok(secrets),
        Err(error) => {
            let fault = CommandError::from(error);
            if fault.code == ErrorCode::WrongPassphrase {
                home.write_attempts(&attempts.and_one_at(host.now_ms()))?;
            }
            Err(fault)
        }
    }
}

/// Opens the database's key with a person's.
pub(crate) fn database_key(
    home: &Home,
    secrets: &PersonSecrets,
) -> Result<DatabaseKey, CommandError> {
    key_within(&home.read_key(&KeyFile::Database)?, secrets)
}

/// Opens an envelope of a database's key with a person's.
pub(super) fn key_within(
    sealed: &[u8],
    secrets: &PersonSecrets,
) -> Result<DatabaseKey, CommandError> {
    key_with(sealed, &secrets.seal)
}

/// Opens an envelope of a database's key.
pub(super) fn key_with(sealed: &[u8], key: &BoxKey) -> Result<DatabaseKey, CommandError> {
    let damaged = || CommandError::text(ErrorCode::Damaged, "keys/dbk.age");
    let opened = open_with(key, sealed).map_err(|error| match error {
        // Someone took this person off the device.
        OpenError::NotForThisKey => CommandError::new(ErrorCode::PersonUnknown),
        OpenError::Damaged | _ => damaged(),
    })?;
    DatabaseKey::from_secret(&opened).ok_or_else(damaged)
}
