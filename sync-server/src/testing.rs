//! A hub in memory and laptops that write real logs, for this crate's tests.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use audit::{
    Access, AccessAction, AccessEvent, Entry, EntryKind, LogHead, Outcome, Purpose, Session,
    SessionEvent,
};
use crypto::{BoxKey, SigningKey};
use record::{BirthDate, ChartId, DeviceId, Hlc, PersonId, Sex, SiteId, Stamp, Stamped, When};
use replica::{Actor, ChartDoc, Intent};
use roster::{Role, SiteKind};
use store::{AuditFilter, HubStore};
use wire::{Cursor, Enrol, Enrolling, Hello, Message, Segment, Versions};

use crate::driver::{HubDriver, Output};
use crate::hub::{Founding, Hub};
use crate::world::World;

/// Midday of a day in 2026.
pub(crate) const NOON: u64 = 1_790_000_000_000;

/// A world whose time is set by the test and whose randomness comes from a counter.
#[derive(Clone, Default)]
pub(crate) struct Still {
    now_ms: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
}

impl Still {
    pub(crate) fn pass(&self, ms: u64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl World for Still {
    fn now_ms(&self) -> u64 {
        NOON + self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
            let block = crypto::hash("posta/test/random", &[&drawn.to_be_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
        }
    }
}

/// A world whose process dies at the question after so many.
#[derive(Clone)]
pub(crate) struct Mortal {
    still: Still,
    questions: Arc<AtomicU32>,
}

impl Mortal {
    pub(crate) fn new(still: &Still) -> Self {
        Self {
            still: still.clone(),
            questions: Arc::new(AtomicU32::new(u32::MAX)),
        }
    }

    pub(crate) fn dies_after(&self, questions: u32) {
        self.questions.store(questions, Ordering::Relaxed);
    }

    fn asked(&self) {
        if self.questions.fetch_sub(1, Ordering::Relaxed) == 0 {
            resume_unwind(Box::new("killed"));
        }
    }
}

impl World for Mortal {
    fn now_ms(&self) -> u64 {
        self.asked();
        self.still.now_ms()
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        self.asked();
        self.still.fill_random(bytes);
    }
}

/// A hub with two clinics and an office, and a nurse (person 1, 2, 3) at each.
pub(crate) fn hub() -> (Hub, Still) {
    let world = Still::default();
    let founding = Founding {
        name: "Hub".to_owned(),
        address: "hub.test:7444".to_owned(),
    };
    let store = HubStore::in_memory(7).unwrap();
    let mut hub = Hub::found(store, &founding, Box::new(world.clone())).unwrap();
    for (name, kind) in [
        ("A", SiteKind::Clinic),
        ("B", SiteKind::Clinic),
        ("Office", SiteKind::Office),
    ] {
        let site = hub.add_site(name, kind, None).unwrap();
        hub.add_person(name, Role::Nurse, &[site]).unwrap();
    }
    (hub, world)
}

/// A computer that asks to be enrolled.
pub(crate) fn request(token: [u8; 16], seed: u8) -> Enrol {
    let key = |n: u8| SigningKey::from_seed([seed.wrapping_mul(8).wrapping_add(n); 32]).public();
    Enrol {
        token,
        tls: key(0),
        log: key(1),
        sign: key(2),
        seal: BoxKey::from_seed([seed; 32]).public(),
        person: PersonId::NOBODY,
        label: format!("laptop {seed}"),
        proves_actors: true,
    }
}

/// An enrolled laptop with its log.
pub(crate) struct Laptop {
    pub(crate) device: DeviceId,
    pub(crate) site: SiteId,
    pub(crate) person: PersonId,
    pub(crate) tls: SigningKey,
    pub(crate) log: SigningKey,
    sign: SigningKey,
    pub(crate) actor: Actor,
    pub(crate) nonce: [u8; 16],
    pub(crate) start: LogHead,
    pub(crate) entries: Vec<Vec<u8>>,
    ticks: u64,
}

impl Laptop {
    /// Invites, enrols and approves a laptop of a site; the person of that number uses it.
    pub(crate) fn enrol(hub: &mut Hub, site: u32, seed: u8) -> Self {
        Self::enrol_for(hub, SiteId(site), PersonId(site), seed)
    }

    /// Does so for another person.
    pub(crate) fn enrol_for(hub: &mut Hub, site: SiteId, person: PersonId, seed: u8) -> Self {
        let invite = hub.invite_device(site, person, "", 72).unwrap();
        let enrol = request(invite.token, seed);
        hub.enrol(enrol.tls, &enrol).unwrap();
        let id = hub.waiting_requests().unwrap()[0].id;
        hub.approve_device(id, None).unwrap();
        let Ok(Enrolling::Approved { device, .. }) = hub.enrol(enrol.tls, &enrol) else {
            panic!("not approved");
        };
        let key = |n: u8| SigningKey::from_seed([seed.wrapping_mul(8).wrapping_add(n); 32]);
        let mut laptop = Self {
            device,
            site,
            person,
            tls: key(0),
            log: key(1),
            sign: key(2),
            actor: Actor::new(Session::actor_of(&key(1).public(), &[seed; 16])),
            nonce: [seed; 16],
            start: LogHead::start(device, 1),
            entries: Vec::new(),
            ticks: 0,
        };
        laptop.started();
        laptop
    }

    /// Enrols one as a hub of an earlier release did.
    pub(crate) fn enrol_earlier(hub: &mut Hub, site: u32, seed: u8) -> Self {
        let laptop = Self::enrol(hub, site, seed);
        let is_it = |it: &&mut roster::Device| it.id == laptop.device;
        if let Some(device) = hub.roster.devices.iter_mut().find(is_it) {
            device.proves_actors = false;
        }
        laptop
    }

    pub(crate) fn hlc(&self) -> Hlc {
        Hlc::new(NOON + self.ticks, 0)
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            at: self.hlc(),
            device: self.device,
            person: self.person,
            site: self.site,
        }
    }

    /// Returns the key that the laptop's person signs with.
    pub(crate) fn own_key(&self) -> SigningKey {
        self.sign.clone()
    }

    /// Lets time pass on its clock.
    pub(crate) const fn pass(&mut self, ms: u64) {
        self.ticks += ms;
    }

    pub(crate) fn head(&self) -> LogHead {
        self.entries
            .iter()
            .fold(self.start, |head, entry| head.next(entry))
    }

    /// Appends an entry to the log; returns its place.
    pub(crate) fn write(
        &mut self,
        kind: EntryKind,
        chart: Option<ChartId>,
        payload: Vec<u8>,
    ) -> u64 {
        self.ticks += 1;
        let entry = Entry {
            kind,
            chart,
            hlc: self.hlc(),
            person: self.person,
            payload,
        };
        self.entries.push(entry.to_bytes().unwrap());
        self.head().seq
    }

    /// Names the actor.
    pub(crate) fn started(&mut self) {
        self.named(Some(self.nonce));
    }

    /// Names it with a nonce that another has made, or with none.
    pub(crate) fn named(&mut self, nonce: Option<[u8; 16]>) {
        let session = Session {
            event: SessionEvent::Started,
            actor: Some(*self.actor.as_bytes()),
            nonce,
            version: "test".to_owned(),
            boot: [1; 16],
            wall_ms: NOON,
            device: None,
            person: None,
            number: None,
            continues: None,
            why: None,
        };
        self.write(EntryKind::SESSION, None, session.to_bytes().unwrap());
    }

    /// Notes that a chart was opened.
    pub(crate) fn opened(&mut self, chart: ChartId) {
        let access = Access {
            action: AccessAction::Read,
            event: AccessEvent::OpenChart,
            purpose: Purpose::Treatment,
            outcome: Outcome::Done,
            query: None,
            results: None,
            reason: None,
            wall_ms: NOON,
            site: self.site,
            role: "nurse".to_owned(),
            checkpoint: 0,
        };
        self.write(EntryKind::ACCESS, Some(chart), access.to_bytes().unwrap());
    }

    /// Edits a chart and appends the change.
    pub(crate) fn edit(&mut self, doc: &mut ChartDoc, intent: Intent) -> u64 {
        let change = doc.edit(&self.actor, self.hlc(), &[intent]).unwrap();
        self.write(EntryKind::CHANGE, Some(doc.id()), change.bytes)
    }

    pub(crate) fn sex(&self, value: Sex) -> Intent {
        Intent::SetSex(Stamped {
            value,
            stamp: self.stamp(),
            reason: None,
        })
    }

    pub(crate) fn born(&self, date: &str) -> Intent {
        let value = BirthDate {
            date: When::parse(date).unwrap(),
            estimated: false,
        };
        Intent::SetBirthDate(Stamped {
            value,
            stamp: self.stamp(),
            reason: None,
        })
    }

    /// Registers a patient.
    pub(crate) fn register(&mut self, chart: u8) -> ChartDoc {
        let mut doc = ChartDoc::new(ChartId::new([chart; 16]));
        let intent = self.sex(Sex::Female);
        self.edit(&mut doc, intent);
        doc
    }

    /// Seals what follows a place of the log.
    pub(crate) fn segment(&self, after: u64) -> Segment {
        let after = usize::try_from(after).unwrap();
        let before = self.entries[..after]
            .iter()
            .fold(self.start, |head, entry| head.next(entry));
        Segment::seal(before, &self.entries[after..], &self.log).unwrap()
    }

    /// Stores the whole log at the hub, and lets it be looked into.
    pub(crate) fn push(&self, hub: &mut Hub) {
        hub.ingest(self.device, &self.segment(0)).unwrap();
        settle(hub);
    }

    pub(crate) fn hello(&self, cursors: Vec<Cursor>) -> Message {
        Message::Hello(Hello {
            versions: Versions::SPOKEN,
            device: self.device,
            logs: vec![self.head()],
            cursors,
            roster_epoch: 0,
            release: "test".to_owned(),
            checkpoint: None,
            checkpoint_size: None,
            packs: Vec::new(),
            feeds_wait: false,
        })
    }
}

/// Looks into everything that is stored.
pub(crate) fn settle(hub: &mut Hub) {
    while hub.materialise(5).unwrap().entries > 0 {}
}

/// Gives a driver a message and does all that follows.
pub(crate) fn exchange(hub: &mut Hub, driver: &mut HubDriver, message: Message) -> Vec<Output> {
    driver.received(message);
    let mut outputs = Vec::new();
    for _step in 0..10_000 {
        if driver.is_idle() {
            return outputs;
        }
        outputs.extend(driver.step(hub));
    }
    panic!("the driver does not come to an end");
}

/// Returns why entries were set aside, with their places in their logs.
pub(crate) fn set_aside(hub: &Hub) -> Vec<(u64, String)> {
    let rows = hub.store().quarantined(None, 0).unwrap();
    rows.into_iter()
        .map(|it| (it.position.seq, it.reason))
        .collect()
}

/// Returns the numbers, sorted, of what the hub's own log says of an event.
pub(crate) fn noted(hub: &Hub, event: SessionEvent) -> Vec<i64> {
    let filter = AuditFilter {
        device: Some(DeviceId::HUB),
        limit: 1_000,
        ..AuditFilter::default()
    };
    let entries = hub.store().audit(&filter).unwrap();
    let mut noted: Vec<i64> = entries
        .into_iter()
        .filter_map(|row| Session::from_bytes(&row.entry?.payload).ok())
        .filter(|it| it.event == event)
        .filter_map(|it| it.number)
        .collect();
    noted.sort_unstable();
    noted
}
