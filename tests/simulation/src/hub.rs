//! The hub's machine: a process that may die, and a store that does not.

use std::collections::BTreeMap;

use crypto::PublicKey;
use record::ScopeId;
use store::HubStore;
use sync_server::{Hub, HubDriver, Output};
use wire::{Message, RefusalCode, Versions};

use crate::link::LinkId;
use crate::machine::{Killed, Machine, alive};
use crate::violation::{Law, Violation};

/// The hub's machine.
#[derive(Debug)]
pub(crate) struct HubMachine {
    pub(crate) machine: Machine,
    process: Process,
    pub(crate) peers: BTreeMap<LinkId, HubDriver>,
    /// The versions of the protocol that its program speaks.
    pub(crate) versions: Versions,
    /// Whoever merges dies over changes whose hash begins below this.
    frail: u8,
}

#[derive(Debug)]
enum Process {
    Up(Box<Hub>),
    Down(Box<HubStore>),
    /// Only while it goes from one to the other.
    Between,
}

impl HubMachine {
    pub(crate) fn down(machine: Machine, store: HubStore) -> Self {
        Self {
            machine,
            process: Process::Down(Box::new(store)),
            peers: BTreeMap::new(),
            versions: Versions::SPOKEN,
            frail: 0,
        }
    }

    pub(crate) const fn is_up(&self) -> bool {
        matches!(self.process, Process::Up(_))
    }

    /// Returns what is on the disk, whether or not a process runs.
    pub(crate) fn store(&self) -> Result<&HubStore, Violation> {
        match &self.process {
            Process::Up(hub) => Ok(hub.store()),
            Process::Down(store) => Ok(store),
            Process::Between => Err(gone()),
        }
    }

    /// Returns the process.
    pub(crate) fn hub(&mut self) -> Option<&mut Hub> {
        match &mut self.process {
            Process::Up(hub) => Some(hub),
            Process::Down(_) | Process::Between => None,
        }
    }

    /// Returns the roster, if a process runs.
    pub(crate) fn roster(&self) -> Option<&roster::Roster> {
        match &self.process {
            Process::Up(hub) => Some(hub.roster()),
            Process::Down(_) | Process::Between => None,
        }
    }

    /// Kills the process: everything is gone but the store.
    pub(crate) fn kill(&mut self) {
        self.peers.clear();
        self.machine.disarm();
        self.process = match std::mem::replace(&mut self.process, Process::Between) {
            Process::Up(hub) => Process::Down(Box::new(hub.into_store())),
            other @ (Process::Down(_) | Process::Between) => other,
        };
    }

    /// Puts another store in the place of a stopped hub's.
    pub(crate) fn restore(&mut self, store: HubStore) {
        self.process = Process::Down(Box::new(store));
    }

    /// Starts the process again. It writes nothing before it runs, so it is not killed before that.
    pub(crate) fn start(&mut self) -> Result<(), Violation> {
        self.machine.disarm();
        self.process = match std::mem::replace(&mut self.process, Process::Between) {
            Process::Down(store) => {
                let hub = Hub::resume(*store, Box::new(self.machine.clone()));
                let mut hub = hub.map_err(|error| failed(&error))?;
                hub.speak(self.versions);
                hub.die_over(self.frail);
                Process::Up(Box::new(hub))
            }
            other @ (Process::Up(_) | Process::Between) => other,
        };
        Ok(())
    }

    /// Has whoever merges die over some changes, with this process and those after it.
    pub(crate) fn die_over(&mut self, below: u8) {
        self.frail = below;
        if let Some(hub) = self.hub() {
            hub.die_over(below);
        }
    }

    /// Releases everything that was set aside. Returns how much that was.
    pub(crate) fn release_all(&mut self) -> Result<u64, Violation> {
        let mut released = 0;
        while let Some(row) = self.store()?.quarantined(None, 0)?.first() {
            let leaf = row.leaf;
            let Some(hub) = self.hub() else { break };
            let entries = match hub.release(leaf) {
                Ok(it) => it.entries as u64,
                Err(error) => {
                    let why = format!("what was set aside is not released: {error}");
                    return Err(Violation::new(Law::EverybodyGetsOn, why));
                }
            };
            released += entries;
        }
        Ok(released)
    }

    /// Lets a peer in, whose key its link has proved.
    pub(crate) fn admit(
        &mut self,
        link: LinkId,
        key: PublicKey,
    ) -> Result<Result<(), RefusalCode>, Killed> {
        let Some(hub) = self.hub() else {
            return Ok(Err(RefusalCode::Stopping));
        };
        let admitted = alive(|| HubDriver::admit(hub, key))?;
        Ok(admitted.map(|driver| {
            self.peers.insert(link, driver);
        }))
    }

    /// Hands a peer's message to its session.
    pub(crate) fn received(&mut self, link: LinkId, message: Message) {
        if let Some(driver) = self.peers.get_mut(&link) {
            driver.received(message);
        }
    }

    /// Does one thing for a peer. None is said if there is nothing to do.
    pub(crate) fn step(&mut self, link: LinkId) -> Result<Option<Option<Output>>, Killed> {
        let Process::Up(hub) = &mut self.process else {
            return Ok(None);
        };
        let Some(driver) = self.peers.get_mut(&link).filter(|driver| !driver.is_idle()) else {
            return Ok(None);
        };
        alive(|| driver.step(hub)).map(Some)
    }

    /// Tells every session that feeds grew.
    pub(crate) fn spread(&mut self, scopes: &[ScopeId]) {
        for driver in self.peers.values_mut() {
            scopes.iter().for_each(|scope| driver.feed_grew(*scope));
        }
    }

    /// Looks into what is stored until nothing is left, so many entries at a time. It may be killed before and
    /// after each of these writes.
    pub(crate) fn materialise(&mut self, limit: usize) -> Result<Result<(), Violation>, Killed> {
        let Process::Up(hub) = &mut self.process else {
            return Ok(Ok(()));
        };
        let machine = &self.machine;
        let grew = alive(|| -> Result<Vec<ScopeId>, Violation> {
            let mut grew = Vec::new();
            loop {
                machine.may_die();
                let progress = hub.materialise(limit)?;
                grew.extend(progress.grew);
                if progress.entries == 0 {
                    hub.sign_checkpoint()?;
                    return Ok(grew);
                }
            }
        })?;
        Ok(grew.map(|scopes| self.spread(&scopes)))
    }
}

fn failed(error: &sync_server::OpenHubError) -> Violation {
    Violation::new(
        Law::EverybodyGetsOn,
        format!("the hub did not start: {error}"),
    )
}

fn gone() -> Violation {
    Violation::new(
        Law::EverybodyGetsOn,
        "the hub's store is gone: its start failed",
    )
}
