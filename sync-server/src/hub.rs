//! The hub: its store, its keys, the roster as it stands, and its own log.
//!
//! A hub decides nothing about time or randomness by itself and knows no network: it is the same in a
//! simulation and under `serve`. Several processes may have the same hub open (`serve` and a command), so
//! whatever another may have changed is read again before it is relied on.

use std::collections::BTreeMap;

use audit::{Checkpoint, Entry, EntryKind, SessionEvent};
use record::{Hlc, ScopeId};
use roster::{Roster, RosterError, SignedRoster};
use store::{HubCommit, HubStore, NewRoster, StoreError};
use wire::{FeedChain, Versions};

use crate::home::{Home, HomeError};
use crate::keys::Keys;
use crate::merge::{ChildMerger, Frail, Here, Merger};
use crate::packs::Windows;
use crate::past::Past;
use crate::pen::{self, Pen, Subject};
use crate::world::{World, random};

/// Under which names small things are kept in the store.
mod name {
    pub(super) const KEYS: &str = "keys";
    pub(super) const ADDRESS: &str = "address";
    pub(super) const LISTENING: &str = "listening";
}

/// A hub.
pub struct Hub {
    pub(crate) store: HubStore,
    pub(crate) keys: Keys,
    pub(crate) world: Box<dyn World>,
    pub(crate) roster: Roster,
    pub(crate) signed: SignedRoster,
    pub(crate) pen: Pen,
    pub(crate) past: Past,
    /// The versions of the protocol that it speaks.
    pub(crate) versions: Versions,
    /// How often this process began the feeds anew: a session that began before must begin again.
    pub(crate) feeds_begun: u32,
    pub(crate) merger: Box<dyn Merger>,
    /// It was put back from an older copy, as it has found.
    pub(crate) put_back: bool,
    /// How many peers are told packs with a window of their own.
    pub(crate) windows: Windows,
    /// The last place of each feed whose chain was computed.
    pub(crate) chains: BTreeMap<ScopeId, (u64, FeedChain)>,
}

/// What a new hub is told.
#[derive(Debug, Clone)]
pub struct Founding {
    /// What people call it.
    pub name: String,
    /// Where devices reach it: host and port.
    pub address: String,
}

/// Why a hub was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// Choose another home, or look at the folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Give another name or address.
    #[error("{0}")]
    Founding(&'static str),
    /// Look at the disk; the folder can be deleted and the hub made again.
    #[error(
        "the hub's database could not be made: {0}; delete the folder and run `posta-hub init` again"
    )]
    Create(#[from] store::OpenError),
    /// Look at the disk; the folder can be deleted and the hub made again.
    #[error("the hub could not be written: {0}; delete the folder and run `posta-hub init` again")]
    Write(#[from] StoreError),
    /// Give a shorter name.
    #[error("the roster could not be signed: {0}")]
    Roster(#[from] RosterError),
}

/// Why a hub was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenHubError {
    /// Point at a home that holds a hub.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Look at the key and the database.
    #[error("the hub's database did not open: {0}")]
    Open(#[from] store::OpenError),
    /// Delete the folder and make the hub again: nothing was in it yet.
    #[error(
        "this hub was never finished (`init` was interrupted): delete the folder and run `posta-hub init` again"
    )]
    NotFounded,
    /// Restore the last backup.
    #[error("the hub's keys or roster in the database are damaged: restore the last backup")]
    Damaged,
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Hub {
    /// Makes a hub in a home of its own.
    pub fn init(
        home: &Home,
        founding: &Founding,
        world: Box<dyn World>,
    ) -> Result<Self, InitError> {
        founding.check()?;
        let key = home.create(world.as_ref())?;
        let store = HubStore::create(&home.database(), &key, feed_epoch(world.as_ref()))?;
        Self::found(store, founding, world)
    }

    /// Opens the hub of a home.
    pub fn open(home: &Home, world: Box<dyn World>) -> Result<Self, OpenHubError> {
        let key = home.key()?;
        if !home.database().exists() {
            return Err(OpenHubError::NotFounded);
        }
        Self::resume(HubStore::open(&home.database(), &key)?, world)
    }

    /// Makes a hub in an empty store.
    pub fn found(
        store: HubStore,
        founding: &Founding,
        world: Box<dyn World>,
    ) -> Result<Self, InitError> {
        founding.check()?;
        let keys = Keys::generate(world.as_ref());
        let roster = Roster::new(keys.public(founding.name.trim()));
        let signed = roster.sign(&keys.roster)?;
        let pen = Pen::new(Hlc::default(), world.as_ref());
        let mut hub = Self {
            store,
            keys,
            world,
            roster,
            signed,
            pen,
            past: Past::default(),
            versions: Versions::SPOKEN,
            feeds_begun: 0,
            merger: Box::new(Here),
            put_back: false,
            windows: Windows::default(),
            chains: BTreeMap::new(),
        };
        let made = NewRoster {
            made_from: 0,
            epoch: hub.roster.epoch,
            signed: hub.signed.clone(),
        };
        let commit = HubCommit {
            entries: vec![hub.entry(SessionEvent::HubCreated, Subject::default())],
            roster: Some(made),
            meta: vec![
                (name::KEYS.to_owned(), hub.keys.to_bytes()),
                (
                    name::ADDRESS.to_owned(),
                    founding.address.as_bytes().to_vec(),
                ),
            ],
            ..HubCommit::default()
        };
        hub.commit(commit)?;
        hub.sign_checkpoint()?;
        Ok(hub)
    }

    /// Takes up the hub of a store.
    pub fn resume(store: HubStore, world: Box<dyn World>) -> Result<Self, OpenHubError> {
        let kept = store.get(name::KEYS)?.ok_or(OpenHubError::NotFounded)?;
        let keys = Keys::from_bytes(&kept).ok_or(OpenHubError::Damaged)?;
        let signed = store.roster()?.ok_or(OpenHubError::NotFounded)?;
        let roster = signed
            .open(&keys.roster.public(), 0)
            .map_err(|_unbelievable| OpenHubError::Damaged)?;
        let clock = store
            .get(pen::CLOCK)?
            .and_then(|it| it.try_into().ok())
            .map_or(0, u64::from_be_bytes);
        let pen = Pen::new(Hlc::from_u64(clock), world.as_ref());
        let mut hub = Self {
            store,
            keys,
            world,
            roster,
            signed,
            pen,
            past: Past::default(),
            versions: Versions::SPOKEN,
            feeds_begun: 0,
            merger: Box::new(Here),
            put_back: false,
            windows: Windows::default(),
            chains: BTreeMap::new(),
        };
        hub.put_back = hub.restored()?.is_some();
        Ok(hub)
    }

    /// Has changes merged in a child process from now on: this program's own, by its hidden command.
    pub fn merging_in_a_child(mut self) -> std::io::Result<Self> {
        self.merger = Box::new(ChildMerger::of_this_program()?);
        Ok(self)
    }

    /// Has whoever merges die over changes whose hash begins below this from now on; over none with zero. For the
    /// simulation.
    pub fn die_over(&mut self, below: u8) {
        self.merger = Box::new(Frail { below });
    }

    /// Returns the roster, as it was when it was last read.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Returns the store, for those who look after it: benches, tests.
    #[must_use]
    pub const fn store(&self) -> &HubStore {
        &self.store
    }

    /// Speaks only these versions of the protocol from now on, as an older release does.
    pub const fn speak(&mut self, versions: Versions) {
        self.versions = versions;
    }

    /// Gives the store back, as it is after the process that used it is gone.
    #[must_use]
    pub fn into_store(self) -> HubStore {
        self.store
    }

    /// Returns the key of the hub's end of every link.
    #[must_use]
    pub const fn tls_key(&self) -> &crypto::SigningKey {
        &self.keys.tls
    }

    /// Returns where devices reach the hub: as it was founded, or where it last listened if that left the port open.
    pub fn address(&self) -> Result<String, StoreError> {
        let text = |kept: Option<Vec<u8>>| kept.and_then(|it| String::from_utf8(it).ok());
        let founded = text(self.store.get(name::ADDRESS)?).unwrap_or_default();
        if founded.ends_with(":0") {
            return Ok(text(self.store.get(name::LISTENING)?).unwrap_or(founded));
        }
        Ok(founded)
    }

    /// Remembers where the hub listens.
    pub fn note_listening(&mut self, address: &str) -> Result<(), StoreError> {
        self.store.put(name::LISTENING, address.as_bytes())
    }

    /// Reads the roster again if another process has signed a newer one. Returns whether it had.
    pub fn refresh(&mut self) -> Result<bool, StoreError> {
        if self.store.roster_epoch()? == self.roster.epoch {
            return Ok(false);
        }
        let damaged = || StoreError::Damaged {
            doing: "reading the roster",
        };
        let signed = self.store.roster()?.ok_or_else(damaged)?;
        self.roster = signed
            .open(&self.keys.roster.public(), self.roster.epoch)
            .map_err(|_unbelievable| damaged())?;
        self.signed = signed;
        Ok(true)
    }

    /// Makes an entry for the hub's own log.
    pub(crate) fn entry(&mut self, event: SessionEvent, subject: Subject) -> Entry {
        self.pen.session(self.world.as_ref(), event, subject)
    }

    /// Makes an entry of any kind for the hub's own log.
    pub(crate) fn entry_of(&mut self, kind: EntryKind, payload: Vec<u8>) -> Entry {
        self.pen.entry(self.world.as_ref(), kind, payload)
    }

    /// Commits what the hub itself does, with its clock.
    pub(crate) fn commit(&mut self, mut commit: HubCommit) -> Result<(), StoreError> {
        commit.meta.push(self.pen.clock());
        let world = self.world.as_ref();
        self.store.commit(&commit, &mut || random(world))?;
        Ok(())
    }

    /// Takes other keys from now on, and keeps them.
    pub(crate) fn keep_keys(&mut self, keys: Keys) -> Result<(), StoreError> {
        self.store.put(name::KEYS, &keys.to_bytes())?;
        self.keys = keys;
        Ok(())
    }

    /// Appends entries to the hub's own log.
    pub(crate) fn note(&mut self, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.commit(HubCommit {
            entries,
            ..HubCommit::default()
        })
    }

    /// Signs the history as it stands, unless the newest checkpoint does.
    pub fn sign_checkpoint(&mut self) -> Result<(), StoreError> {
        let size = self.store.history_size()?;
        let key = self.keys.history.public();
        let newest = self
            .store
            .checkpoint()?
            .and_then(|it| Checkpoint::verify(&it, &key).ok());
        if newest.is_some_and(|it| it.size == size) {
            return Ok(());
        }
        let checkpoint = Checkpoint::new(&key, size, self.store.history_root(size)?);
        let note = checkpoint
            .sign(&self.keys.history)
            .map_err(|_bad| StoreError::Refused {
                doing: "signing a checkpoint",
            })?;
        self.store.put_checkpoint(&checkpoint, &note)
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub")
            .field("roster_epoch", &self.roster.epoch)
            .finish_non_exhaustive()
    }
}

impl Founding {
    fn check(&self) -> Result<(), InitError> {
        if !crate::admin::is_name(&self.name) {
            return Err(InitError::Founding(
                "a hub needs a name of at most 200 bytes: give one with --name",
            ));
        }
        let (host, port) = self.address.rsplit_once(':').unwrap_or_default();
        if host.is_empty() || host.len() > 253 || port.parse::<u16>().is_err() {
            return Err(InitError::Founding(
                "the address must be host:port, like hub.example.org:7444, as devices will reach it",
            ));
        }
        Ok(())
    }
}

/// Draws a name for the feeds of a new store, so that those of a restored one differ.
pub(crate) fn feed_epoch(world: &dyn World) -> u32 {
    u32::from_be_bytes(random(world)) | 1
}
