//! The replica at work: its store, its clock, its actor. It appends to the log, carries out what a sync session
//! decides, and keeps every cache in step with the log, in the same transaction.
//!
//! It knows no person, no network and no file: the client puts a person in front of it, the simulation puts it
//! into a thread with many others. It decides nothing about the protocol; the session does.

mod arrived;
mod attach;
mod carried;
mod charts;
mod commit;
mod effects;
mod fetch;
mod given;
mod lan;
mod log;
mod packs;
mod repair;
mod tail;
mod take;
mod verify;

use std::collections::HashMap;

use audit::{Entry, EntryKind, Session, SessionEvent};
use crypto::{PublicKey, SigningKey};
use record::{ChartId, DeviceId, Hlc, HybridClock, PersonId, SiteId, When};
use replica::{Actor, ChangeHash};
use roster::{Roster, SignedRoster};
use store::{Commit, NewEntry, ReplicaStore};
use wire::{PackWindow, Versions};

use crate::host::{Host, random};
use crate::meta;
use crate::project::{Lens, NOTHING_UNSENT};
use crate::views::{CommandError, ErrorCode};

pub(crate) use charts::update_of;
pub(crate) use commit::{Room, chart_entry};
pub use effects::Carried;
pub use lan::LanCarried;

/// The release, as it stands in logs and in HELLO.
pub(crate) const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Before this release was made (2026-11-01) no clock can be right.
pub(crate) const EARLIEST_MS: u64 = 1_793_491_200_000;

/// What makes a device itself: its number, its keys, and the hub it believes.
#[derive(Debug, Clone)]
pub struct DeviceIdentity {
    /// Its number.
    pub device: DeviceId,
    /// The key of its end of a link.
    pub tls: SigningKey,
    /// The key that signs its log.
    pub log: SigningKey,
    /// The hub it was enrolled at.
    pub hub: HubPin,
}

/// The hub that a device was enrolled at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubPin {
    /// Where it listens: host and port.
    pub address: String,
    /// The key of its end of a link.
    pub tls: PublicKey,
    /// The key that its rosters are signed with.
    pub roster: PublicKey,
}

/// A replica in use by this process.
pub struct ReplicaDriver {
    store: ReplicaStore,
    host: Box<dyn Host>,
    identity: DeviceIdentity,
    roster: Roster,
    clock: HybridClock,
    boot: [u8; 16],
    /// The automerge actor, once the log names it.
    actor: Option<Actor>,
    /// The last change of the actor in each chart it wrote.
    written: HashMap<ChartId, ChangeHash>,
    /// Whether changes were made since the last commit.
    uncommitted: bool,
    /// The newest checkpoint seen of the hub's history.
    checkpoint: u64,
    /// The versions of the protocol that it speaks.
    versions: Versions,
    /// What packs of charts have told since the last that was the last of its feed.
    told: PackWindow,
}

impl ReplicaDriver {
    /// Takes up a replica. Nothing is written yet.
    pub fn resume(
        store: ReplicaStore,
        identity: DeviceIdentity,
        host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        let signed: SignedRoster = meta::read(&store, meta::ROSTER)?
            .ok_or_else(|| CommandError::text(ErrorCode::Damaged, "there is no roster"))?;
        let roster = signed.open(&identity.hub.roster, 0)?;
        let contact: Option<meta::Contact> = meta::read(&store, meta::CONTACT)?;
        let clock = HybridClock::resume(store.last_hlc()?);
        Ok(Self {
            boot: random(host.as_ref()),
            store,
            host,
            identity,
            roster,
            clock,
            actor: None,
            written: HashMap::new(),
            uncommitted: false,
            checkpoint: contact.map_or(0, |it| it.size),
            versions: Versions::SPOKEN,
            told: PackWindow::default(),
        })
    }

    /// Makes a replica of an empty store: its roster, its log.
    pub fn found(
        mut store: ReplicaStore,
        identity: DeviceIdentity,
        roster: &SignedRoster,
        host: Box<dyn Host>,
    ) -> Result<Self, CommandError> {
        meta::write(&mut store, meta::ROSTER, roster)?;
        store.begin_log(identity.device, 1)?;
        Self::resume(store, identity, host)
    }

    /// Speaks only these versions of the protocol from now on, as an older release does.
    pub const fn speak(&mut self, versions: Versions) {
        self.versions = versions;
    }

    /// Returns the versions of the protocol that it speaks.
    #[must_use]
    pub const fn versions(&self) -> Versions {
        self.versions
    }

    /// Gives the store back, as a process that ends does.
    #[must_use]
    pub fn into_store(self) -> ReplicaStore {
        self.store
    }

    /// Returns the store, for looking into it.
    #[must_use]
    pub const fn store(&self) -> &ReplicaStore {
        &self.store
    }

    /// Returns the store, for what has no place in the log.
    pub(crate) const fn store_mut(&mut self) -> &mut ReplicaStore {
        &mut self.store
    }

    /// Returns who this device is.
    #[must_use]
    pub const fn identity(&self) -> &DeviceIdentity {
        &self.identity
    }

    /// Returns the series of the names that are given in this start. With the clock's reading, which no device has
    /// twice, they are unique; one series for all costs a link nothing after the first name.
    pub(crate) const fn series(&self) -> [u8; 6] {
        let [a, b, c, d, e, f, ..] = self.boot;
        [a, b, c, d, e, f]
    }

    /// Returns the roster.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Returns the site that the device stands at.
    pub(crate) fn site(&self) -> Result<SiteId, CommandError> {
        let device = self.roster.device(self.identity.device);
        device
            .map(|it| it.site)
            .ok_or_else(|| CommandError::new(ErrorCode::DeviceUnknown))
    }

    /// Returns the machine.
    pub(crate) fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    /// Returns the size of the newest checkpoint seen.
    pub(crate) const fn checkpoint(&self) -> u64 {
        self.checkpoint
    }

    /// Returns the newest reading of the hybrid clock.
    pub(crate) const fn newest(&self) -> Hlc {
        self.clock.last()
    }

    /// Returns a reading later than every one before.
    pub(crate) fn tick(&mut self) -> Hlc {
        self.clock.tick(self.host.now_ms())
    }

    /// Returns today, for ages. A clock from before this release cannot be right; the release, or the newest thing
    /// recorded if that is later, is nearer to today then.
    pub(crate) fn today(&self) -> When {
        let now = self.host.now_ms();
        When::from_ms(if now < EARLIEST_MS {
            self.clock.last().ms().max(EARLIEST_MS)
        } else {
            now
        })
    }

    /// Returns how charts are seen here, whatever of them is only here.
    pub(crate) fn lens<'a>(&'a self, today: &'a When) -> Lens<'a> {
        Lens {
            roster: Some(&self.roster),
            today,
            device: self.identity.device,
            unsent: &NOTHING_UNSENT,
            visits: Lens::VISITS_SHOWN,
        }
    }

    /// Makes the entry of something that happened to the program.
    pub(crate) fn session_entry(
        &mut self,
        event: SessionEvent,
        person: PersonId,
    ) -> Result<NewEntry, CommandError> {
        let session = self.session(event);
        self.session_entry_of(&session, person)
    }

    /// Returns a session's facts, for an entry that says more.
    pub(crate) fn session(&self, event: SessionEvent) -> Session {
        Session {
            event,
            actor: None,
            nonce: None,
            version: RELEASE.to_owned(),
            boot: self.boot,
            wall_ms: self.host.now_ms(),
            device: None,
            person: None,
            number: None,
            continues: None,
            why: None,
        }
    }

    pub(crate) fn session_entry_of(
        &mut self,
        session: &Session,
        person: PersonId,
    ) -> Result<NewEntry, CommandError> {
        let payload = session.to_bytes().map_err(payload_fault)?;
        Ok(self.entry(EntryKind::SESSION, person, payload))
    }

    /// Makes an entry about no chart in particular.
    pub(crate) fn entry(
        &mut self,
        kind: EntryKind,
        person: PersonId,
        payload: Vec<u8>,
    ) -> NewEntry {
        let hlc = self.tick();
        NewEntry {
            entry: Entry {
                kind,
                chart: None,
                hlc,
                person,
                payload,
            },
            change: None,
        }
    }

    /// Returns the actor of this process. The log must name it before its first use, so that no crash and no
    /// copied folder makes two processes use one.
    ///
    /// An actor whose changes were given up has a gap in its numbers, which the next change would fill with
    /// something else. It is not used again.
    pub(crate) fn actor(&mut self) -> Result<Actor, CommandError> {
        if self.uncommitted {
            self.retire_actor();
        }
        if let Some(actor) = self.actor {
            return Ok(actor);
        }
        let nonce = random(self.host.as_ref());
        let bytes = Session::actor_of(&self.identity.log.public(), &nonce);
        let session = Session {
            actor: Some(bytes),
            nonce: Some(nonce),
            ..self.session(SessionEvent::Started)
        };
        let mut entries = vec![self.session_entry_of(&session, PersonId::NOBODY)?];
        entries.extend(self.clock_step()?);
        self.store.commit(&Commit {
            entries,
            ..Commit::default()
        })?;
        let actor = Actor::new(bytes);
        self.actor = Some(actor);
        Ok(actor)
    }

    /// Has whatever is written next use another actor.
    fn retire_actor(&mut self) {
        self.actor = None;
        self.written.clear();
        self.uncommitted = false;
    }

    /// Says so if the wall clock is far behind what was written already.
    fn clock_step(&mut self) -> Result<Option<NewEntry>, CommandError> {
        let behind = self.clock.last().ms().saturating_sub(self.host.now_ms());
        if behind < HybridClock::MAX_AHEAD_MS {
            return Ok(None);
        }
        let number = i64::try_from(behind).ok();
        let session = Session {
            number,
            ..self.session(SessionEvent::ClockStepped)
        };
        self.session_entry_of(&session, PersonId::NOBODY).map(Some)
    }
}

impl std::fmt::Debug for ReplicaDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplicaDriver")
            .field("device", &self.identity.device)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn payload_fault(error: audit::PayloadError) -> CommandError {
    CommandError::text(ErrorCode::TooLarge, error.to_string())
}

#[cfg(test)]
mod tests;
