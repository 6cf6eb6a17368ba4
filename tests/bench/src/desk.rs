//! A hub and a clinic in one process and one thread, with a clock and randomness of their own: what they say to each
//! other is the same bytes every time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, anyhow, ensure};
use crypto::{BoxKey, SigningKey};
use desktop_client::{Carried, Client, DeviceIdentity, Host, HubPin, ReplicaDriver};
use roster::{Role, SiteKind};
use store::{HubStore, ReplicaStore};
use sync::{ClientEvent, ClientSession};
use sync_server::{Founding, Hub, HubDriver, Output, World};
use wire::{Enrol, Enrolling, Message};

/// Seven in the morning of a day in 2026.
const MORNING_MS: u64 = 1_795_330_800_000;
/// The most that passes between two edits of a day: a hundred of them fill some eight hours.
const BETWEEN_EDITS_MS: u64 = 600_000;

/// Time that passes when it is told to, and numbers that are the same every time.
#[derive(Debug, Clone)]
pub(crate) struct Clockwork {
    now_ms: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
}

impl Clockwork {
    fn new() -> Self {
        Self {
            now_ms: Arc::new(AtomicU64::new(MORNING_MS)),
            drawn: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Lets some time pass.
    pub(crate) fn tick(&self) {
        let mut some = [0; 8];
        self.fill(&mut some);
        let some = u64::from_le_bytes(some) % BETWEEN_EDITS_MS;
        self.now_ms.fetch_add(some, Ordering::Relaxed);
    }

    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let drawn = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let hash = crypto::hash("posta/bench/random", &[&drawn]);
            for (byte, random) in part.iter_mut().zip(hash.as_bytes()) {
                *byte = *random;
            }
        }
    }
}

impl Host for Clockwork {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}

impl World for Clockwork {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Clinic,
    Hub,
}

/// One message of a session.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) speaker: Speaker,
    pub(crate) message: Message,
    /// Its frame, whole.
    pub(crate) bytes: usize,
}

/// A hub and one clinic.
pub(crate) struct Desk {
    pub(crate) clock: Clockwork,
    pub(crate) hub: Hub,
    pub(crate) client: Client,
}

impl Desk {
    /// Sets both up, with nobody registered.
    pub(crate) fn new() -> Result<Self> {
        let clock = Clockwork::new();
        let founding = Founding {
            name: "Bench".to_owned(),
            address: "hub.bench:1".to_owned(),
        };
        let store = HubStore::in_memory(1)?;
        let mut hub = Hub::found(store, &founding, Box::new(clock.clone()))?;
        let site = hub.add_site("Clinic A", SiteKind::Clinic, Some("valley"))?;
        let person = hub.add_person("Nurse A", Role::Clinician, &[site])?;
        let key = || {
            let mut seed = [0; 32];
            clock.fill(&mut seed);
            seed
        };
        let [tls, log, sign] = [key(), key(), key()].map(SigningKey::from_seed);
        let invite = hub.invite_device(site, person, "", 24)?;
        let enrol = Enrol {
            token: invite.token,
            tls: tls.public(),
            log: log.public(),
            sign: sign.public(),
            seal: BoxKey::from_seed(key()).public(),
            person,
            label: String::new(),
            proves_actors: true,
        };
        let refused = |code| anyhow!("the hub refused: {code:?}");
        hub.enrol(tls.public(), &enrol).map_err(refused)?;
        let request = hub.waiting_requests()?.pop().context("no request")?;
        hub.approve_device(request.id, None)?;
        let enrolled = hub.enrol(tls.public(), &enrol).map_err(refused)?;
        let Enrolling::Approved { device, roster, .. } = enrolled else {
            anyhow::bail!("the hub did not approve");
        };
        let identity = DeviceIdentity {
            device,
            tls,
            log,
            hub: HubPin {
                address: invite.hub_addr,
                tls: invite.tls,
                roster: invite.roster,
            },
        };
        let failed = |error| anyhow!("{error:?}");
        let replica = ReplicaStore::in_memory()?;
        let driver = ReplicaDriver::found(replica, identity, &roster, Box::new(clock.clone()))
            .map_err(failed)?;
        let client = Client::for_person(driver, person, sign).map_err(failed)?;
        Ok(Self { clock, hub, client })
    }

    /// Opens a connection.
    pub(crate) fn connect(&mut self) -> Result<Connection<'_>> {
        let key = self.client.driver().identity().tls.public();
        let driver = HubDriver::admit(&mut self.hub, key)
            .map_err(|code| anyhow!("the hub refused: {code:?}"))?;
        let standing = self
            .client
            .driver()
            .standing()
            .map_err(|it| anyhow!("{it:?}"))?;
        let (session, effects) = ClientSession::new(standing);
        let mut connection = Connection {
            hub: &mut self.hub,
            client: &mut self.client,
            driver,
            session,
            said: Vec::new(),
        };
        connection.carry_out(effects)?;
        Ok(connection)
    }

    /// Meets the hub once, on a connection of its own; returns what was said.
    pub(crate) fn meet(&mut self) -> Result<Vec<Said>> {
        Ok(self.connect()?.said)
    }
}

/// A connection that stays open.
pub(crate) struct Connection<'a> {
    hub: &'a mut Hub,
    pub(crate) client: &'a mut Client,
    driver: HubDriver,
    session: ClientSession,
    /// What was said on it.
    pub(crate) said: Vec<Said>,
}

impl Connection<'_> {
    /// Sends what was written since, and hears what there is; returns what was said.
    pub(crate) fn go_on(&mut self) -> Result<Vec<Said>> {
        self.said.clear();
        let effects = self.session.handle(ClientEvent::NewEntries);
        self.carry_out(effects)?;
        Ok(std::mem::take(&mut self.said))
    }

    /// Lets both ends do all that follows.
    fn carry_out(&mut self, effects: Vec<sync::ClientEffect>) -> Result<()> {
        let mut effects = VecDeque::from(effects);
        loop {
            let Some(effect) = effects.pop_front() else {
                if self.driver.is_idle() {
                    return Ok(());
                }
                match self.driver.step(self.hub) {
                    Some(Output::Send(message)) => {
                        self.note(Speaker::Hub, &message)?;
                        effects.extend(self.session.handle(ClientEvent::Received(message)));
                    }
                    Some(Output::Grew(scopes)) => {
                        scopes.into_iter().for_each(|it| self.driver.feed_grew(it));
                    }
                    Some(Output::Close(code)) => anyhow::bail!("the hub closed: {code:?}"),
                    None => {}
                }
                continue;
            };
            let carried = self.client.driver_mut().carry_out(effect);
            match carried.map_err(|it| anyhow!("{it:?}"))? {
                Carried::Done | Carried::Finished(_) => {}
                Carried::Event(event) => effects.extend(self.session.handle(event)),
                Carried::Send(message) => {
                    self.note(Speaker::Clinic, &message)?;
                    self.driver.received(message);
                }
                Carried::Aborted(reason) => anyhow::bail!("the clinic gave up: {reason}"),
            }
        }
    }

    fn note(&mut self, speaker: Speaker, message: &Message) -> Result<()> {
        let bytes = wire::to_frame(message)?;
        let body = bytes.get(wire::LENGTH_BYTES..).unwrap_or_default();
        ensure!(
            Message::from_bytes(body)? == *message,
            "a message does not read back"
        );
        self.said.push(Said {
            speaker,
            message: message.clone(),
            bytes: bytes.len(),
        });
        Ok(())
    }
}
