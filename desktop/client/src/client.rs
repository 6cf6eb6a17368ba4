//! The unlocked client: one person at one device.

mod access;
mod attach;
mod bundle;
mod conflicts;
mod correct;
mod drafts;
mod export;
mod fetch;
mod find;
mod import;
mod keys;
mod lan;
mod pen;
mod people;
mod recover;
mod register;
mod settings;
mod status;
mod sync;
mod unlock;
mod visit;

use audit::{EntryKind, Seal, Session, SessionEvent};
use crypto::{BoxKey, DatabaseKey, SigningKey};
use record::{ChartId, PersonId};
use store::{Commit, NewEntry};

use crate::driver::{ReplicaDriver, payload_fault};
use crate::home::Home;
use crate::project::{Lens, chart_view};
use crate::views::{ChartView, CommandError, ErrorCode};

pub use export::ExportFormat;
pub use import::ImportProgress;
pub use lan::Serve;
pub use sync::Told;
pub(crate) use unlock::{database_key, open_slot};

/// After how many entries of a person their signature goes into the log.
const SEAL_EVERY: u32 = 64;

/// One person working at one device, until it is locked or dropped.
pub struct Client {
    driver: ReplicaDriver,
    person: PersonId,
    /// The person's role, by the roster's name for it.
    role: String,
    /// Signs for the person.
    sign: SigningKey,
    /// Opens what is sealed to the person here; none for a replica in memory.
    sealed_to: Option<BoxKey>,
    /// Opens the database; none for a replica in memory.
    key: Option<DatabaseKey>,
    /// Whose keys were made here and are not listed yet.
    asked: Vec<keys::Asked>,
    /// The epoch of the roster that the slots and the envelope follow.
    followed: u64,
    /// The folder, locked; none for a replica in memory.
    home: Option<Home>,
    /// What happened at unlocking, until it is in the log.
    opening: Vec<Session>,
    /// Entries since the person's last signature.
    unsealed: u32,
}

impl Client {
    /// Puts a person in front of a replica that needs no unlocking. Their unlocking goes into the log with the
    /// first thing they do.
    pub fn for_person(
        driver: ReplicaDriver,
        person: PersonId,
        sign: SigningKey,
    ) -> Result<Self, CommandError> {
        let role = driver
            .roster()
            .person(person)
            .map(|it| it.role.name().to_owned())
            .ok_or_else(|| CommandError::new(ErrorCode::PersonUnknown))?;
        let opening = vec![driver.session(SessionEvent::Unlocked)];
        Ok(Self {
            driver,
            person,
            role,
            sign,
            sealed_to: None,
            key: None,
            asked: Vec::new(),
            followed: 0,
            home: None,
            opening,
            unsealed: 0,
        })
    }

    /// Returns the replica at work.
    #[must_use]
    pub const fn driver(&self) -> &ReplicaDriver {
        &self.driver
    }

    /// Returns the replica at work, for carrying out a session's effects.
    pub const fn driver_mut(&mut self) -> &mut ReplicaDriver {
        &mut self.driver
    }

    /// Gives the replica back, as a process that dies does: nothing more is written.
    #[must_use]
    pub fn into_driver(self) -> ReplicaDriver {
        self.driver
    }

    /// Returns how many entries this computer's log has: more than before means that something was written.
    pub fn log_length(&self) -> Result<u64, CommandError> {
        Ok(self.driver.log_head()?.seq)
    }

    /// Closes: the person signs what was done, the log says so, and their keys are dropped.
    pub fn lock(mut self) -> Result<(), CommandError> {
        if self.unsealed == 0 {
            return Ok(());
        }
        let entries = vec![
            self.seal()?,
            self.driver
                .session_entry(SessionEvent::Locked, self.person)?,
        ];
        self.driver.commit(Commit {
            entries,
            ..Commit::default()
        })
    }

    /// Has the slots and the envelope follow a roster that came meanwhile.
    pub(super) fn follow_roster(&mut self) -> Result<(), CommandError> {
        if self.followed == self.driver.roster().epoch {
            return Ok(());
        }
        self.settle_keys()
    }

    /// Has the slots and the envelope follow the roster and what was asked here.
    pub(super) fn settle_keys(&mut self) -> Result<(), CommandError> {
        let (roster, device) = (self.driver.roster().clone(), self.driver.identity().device);
        if let (Some(home), Some(key)) = (&self.home, &self.key) {
            let store = self.driver.store_mut();
            keys::follow(home, store, key, &roster, device)?;
            self.asked = keys::asked(store)?;
        }
        self.followed = roster.epoch;
        Ok(())
    }

    /// Begins the entries of a transaction: with what happened at unlocking, if the log does not have it yet,
    /// and with the person's signature when it is time for one.
    fn begin(&mut self) -> Result<Vec<NewEntry>, CommandError> {
        let mut entries = Vec::new();
        if self.unsealed >= SEAL_EVERY {
            entries.push(self.seal()?);
        }
        for session in self.opening.clone() {
            entries.push(self.driver.session_entry_of(&session, self.person)?);
        }
        Ok(entries)
    }

    /// Stores a transaction that `begin` began.
    fn commit(&mut self, commit: Commit) -> Result<(), CommandError> {
        let count = u32::try_from(commit.entries.len()).unwrap_or(u32::MAX);
        let sealed = commit
            .entries
            .first()
            .is_some_and(|it| it.entry.kind == EntryKind::SEAL);
        self.driver.commit(commit)?;
        self.opening.clear();
        self.unsealed = if sealed {
            count
        } else {
            self.unsealed.saturating_add(count)
        };
        Ok(())
    }

    /// Signs the log as it stands. The entry must be the next one.
    fn seal(&mut self) -> Result<NewEntry, CommandError> {
        let seal = Seal::sign(self.driver.log_head()?, &self.sign);
        let payload = seal.to_bytes().map_err(payload_fault)?;
        Ok(self.driver.entry(EntryKind::SEAL, self.person, payload))
    }

    /// Makes the view of a chart.
    fn view(&self, doc: &replica::ChartDoc) -> Result<ChartView, CommandError> {
        let unsent = self.driver.store().unsent_of(doc.id())?;
        let today = self.driver.today();
        let lens = Lens {
            unsent: &unsent,
            ..self.driver.lens(&today)
        };
        Ok(chart_view(&doc.view(), &lens))
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// Reads a chart's identifier.
fn chart_id(text: &str) -> Result<ChartId, CommandError> {
    text.parse()
        .map_err(|_not_one| CommandError::new(ErrorCode::ChartNotFound))
}

#[cfg(test)]
mod tests;
