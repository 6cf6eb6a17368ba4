//! A clinic's machine: a process that may die, a store that does not, and a session with the hub.

use std::collections::VecDeque;

use audit::LogHead;
use desktop_client::{Carried, Client, ReplicaDriver};
use store::ReplicaStore;
use sync::{ClientEffect, ClientEvent, ClientSession};
use wire::{ChartPack, PackedChart, Versions};

use crate::link::LinkId;
use crate::machine::{Killed, Machine, alive};
use crate::template::Seat;
use crate::violation::{Law, Violation};

/// A clinic's machine.
#[derive(Debug)]
pub(crate) struct Clinic {
    pub(crate) machine: Machine,
    pub(crate) seat: Seat,
    process: Process,
    pub(crate) meeting: Option<Meeting>,
    /// Until when the hub cannot be reached.
    pub(crate) cut_off_until: u64,
    /// How many sessions were finished and closed.
    pub(crate) meetings_finished: u64,
    /// What was on its disk at some time, for later.
    pub(crate) backup: Option<Box<ReplicaStore>>,
    /// The versions of the protocol that its program speaks.
    pub(crate) versions: Versions,
}

#[derive(Debug)]
enum Process {
    Up(Box<Client>),
    Down(Box<ReplicaStore>),
    /// Only while it goes from one to the other.
    Between,
}

/// A session under way.
#[derive(Debug)]
pub(crate) struct Meeting {
    pub(crate) link: LinkId,
    pub(crate) session: ClientSession,
    pub(crate) effects: VecDeque<ClientEffect>,
    /// Whether it stays open when it is finished.
    pub(crate) stays: bool,
    /// It was finished at least once.
    pub(crate) finished: bool,
    /// The newest entry that the session was told of.
    pub(crate) told: LogHead,
    /// It was told of attachments since.
    pub(crate) told_of_files: bool,
}

impl Meeting {
    pub(crate) fn tell(&mut self, event: ClientEvent) {
        self.effects.extend(self.session.handle(event));
    }
}

impl Clinic {
    /// Sets a clinic up from a seat; its process is down.
    pub(crate) fn down(
        machine: Machine,
        seat: &Seat,
        store: &ReplicaStore,
    ) -> Result<Self, Violation> {
        let seat = seat.clone();
        let process = Process::Down(Box::new(store.copy_in_memory()?));
        Ok(Self {
            machine,
            seat,
            process,
            meeting: None,
            cut_off_until: 0,
            meetings_finished: 0,
            backup: None,
            versions: Versions::SPOKEN,
        })
    }

    pub(crate) const fn is_up(&self) -> bool {
        matches!(self.process, Process::Up(_))
    }

    /// Returns what is on the disk, whether or not a process runs.
    pub(crate) fn store(&self) -> Result<&ReplicaStore, Violation> {
        match &self.process {
            Process::Up(client) => Ok(client.driver().store()),
            Process::Down(store) => Ok(store),
            Process::Between => Err(gone()),
        }
    }

    /// Tells whether the person there is told of changes of others that the hub does not have.
    pub(crate) fn misses_at_hub(&self) -> bool {
        match &self.process {
            Process::Up(client) => client.driver().count_not_at_hub().is_ok_and(|it| it > 0),
            Process::Down(_) | Process::Between => false,
        }
    }

    /// Returns the charts of a pack that the process is to take; none while it is down.
    pub(crate) fn look_into(&self, pack: &ChartPack) -> Vec<PackedChart> {
        match &self.process {
            Process::Up(client) => client.driver().look_into(pack),
            Process::Down(_) | Process::Between => Vec::new(),
        }
    }

    /// Returns the process.
    pub(crate) fn client(&mut self) -> Option<&mut Client> {
        match &mut self.process {
            Process::Up(client) => Some(client),
            Process::Down(_) | Process::Between => None,
        }
    }

    /// Kills the process: everything is gone but the store.
    pub(crate) fn kill(&mut self) {
        self.meeting = None;
        self.machine.disarm();
        self.process = match std::mem::replace(&mut self.process, Process::Between) {
            Process::Up(client) => Process::Down(Box::new(client.into_driver().into_store())),
            other @ (Process::Down(_) | Process::Between) => other,
        };
    }

    /// Puts another store in the place of a stopped process's.
    pub(crate) fn restore(&mut self, store: ReplicaStore) {
        self.process = Process::Down(Box::new(store));
    }

    /// Starts the process again. It writes nothing before it runs, so it is not killed before that.
    pub(crate) fn start(&mut self) -> Result<(), Violation> {
        self.machine.disarm();
        self.process = match std::mem::replace(&mut self.process, Process::Between) {
            Process::Down(store) => {
                let (identity, host) = (self.seat.identity.clone(), self.machine.clone());
                let mut driver = ReplicaDriver::resume(*store, identity, Box::new(host))?;
                driver.speak(self.versions);
                let (person, sign) = (self.seat.person, self.seat.sign.clone());
                let client = Client::for_person(driver, person, sign)?;
                Process::Up(Box::new(client.opening_with(self.seat.seal.clone())))
            }
            other @ (Process::Up(_) | Process::Between) => other,
        };
        Ok(())
    }

    /// Does something with the process, which may be killed by it.
    pub(crate) fn with<T>(
        &mut self,
        step: impl FnOnce(&mut Client) -> T,
    ) -> Result<Option<T>, Killed> {
        match self.client() {
            Some(client) => alive(|| step(client)).map(Some),
            None => Ok(None),
        }
    }

    /// Begins a session over a link.
    pub(crate) fn meet(&mut self, link: LinkId, stays: bool) -> Result<bool, Violation> {
        let Some(client) = self.client() else {
            return Ok(false);
        };
        let standing = client.driver().standing()?;
        let told = standing.log;
        let (session, effects) = ClientSession::new(standing);
        let effects = effects.into();
        self.meeting = Some(Meeting {
            link,
            session,
            effects,
            stays,
            finished: false,
            told,
            told_of_files: false,
        });
        Ok(true)
    }

    /// Carries out one effect of the session.
    pub(crate) fn carry_out(
        &mut self,
        effect: ClientEffect,
    ) -> Result<Option<Result<Carried, Violation>>, Killed> {
        let carried = self.with(|client| client.driver_mut().carry_out(effect))?;
        Ok(carried.map(|it| it.map_err(Violation::from)))
    }
}

fn gone() -> Violation {
    Violation::new(
        Law::EverybodyGetsOn,
        "a clinic's store is gone: its start failed",
    )
}
