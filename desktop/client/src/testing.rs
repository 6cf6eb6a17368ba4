//! For tests: devices in memory, with people, on a clock that is set by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use audit::{Access, Entry, EntryKind, LogPosition, Session};
use crypto::{BoxKey, SigningKey};
use record::{DeviceId, PersonId, ScopeId};
use roster::{HubKeys, NewDevice, Role, Roster, SignedRoster, SiteKind};
use store::ReplicaStore;
use sync::ClientEffect;
use wire::{FeedBatch, FeedDigest, FeedItem};

use crate::{
    Carried, ChartView, Client, DeviceIdentity, Host, HubPin, RegisterInput, ReplicaDriver,
    VisitInput, VitalsInput,
};

/// 2026-11-22T08:00:00Z.
pub(crate) const NOON_MS: u64 = 1_795_334_400_000;

/// A clock set by hand, and numbers that never repeat.
#[derive(Debug, Clone)]
pub(crate) struct TestHost {
    pub(crate) now_ms: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
}

impl TestHost {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now_ms: Arc::new(AtomicU64::new(NOON_MS)),
            drawn: Arc::new(AtomicU64::new(seed << 32)),
        }
    }

    pub(crate) fn set(&self, now_ms: u64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }
}

impl Host for TestHost {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(32) {
            let draw = self.drawn.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            part.copy_from_slice(&crypto::sha256(&draw)[..part.len()]);
        }
    }
}

/// Two clinics of one scope: a nurse at each, and a registrar at the first.
pub(crate) struct World {
    pub(crate) signed: SignedRoster,
    pub(crate) hub: SigningKey,
}

pub(crate) const NURSE_A: PersonId = PersonId(1);
pub(crate) const REGISTRAR_A: PersonId = PersonId(2);
pub(crate) const NURSE_B: PersonId = PersonId(3);

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed([number; 32])
}

impl World {
    pub(crate) fn new() -> Self {
        let hub = key(200);
        let mut roster = Roster {
            epoch: 1,
            hub: HubKeys {
                tls: key(201).public(),
                roster: hub.public(),
                history: hub_history().public(),
                seal: Some(hub_box().public()),
                recovery: Vec::new(),
                name: "Hub".to_owned(),
            },
            sites: Vec::new(),
            scopes: Vec::new(),
            people: Vec::new(),
            devices: Vec::new(),
            floors: roster::Floors::default(),
        };
        let scope = roster.add_scope("Valley").unwrap();
        let site_a = roster
            .add_site("Clinic A", SiteKind::Clinic, scope)
            .unwrap();
        let site_b = roster
            .add_site("Clinic B", SiteKind::Clinic, scope)
            .unwrap();
        roster
            .add_person("Amina Nurse", Role::Nurse, &[site_a])
            .unwrap();
        roster
            .add_person("Rui Registrar", Role::Registrar, &[site_a])
            .unwrap();
        roster
            .add_person("Bao Nurse", Role::Nurse, &[site_b])
            .unwrap();
        roster
            .add_person("Max Manager", Role::SiteManager, &[site_a])
            .unwrap();
        for (site, number) in [(site_a, 1_u8), (site_b, 2)] {
            let device = NewDevice {
                site,
                label: format!("laptop {number}"),
                tls: key(number).public(),
                log: key(number + 100).public(),
            };
            roster.enrol(device).unwrap();
        }
        for person in [NURSE_A, REGISTRAR_A, NURSE_B, PersonId(4)] {
            let device = if person == NURSE_B {
                DeviceId(2)
            } else {
                DeviceId(1)
            };
            let seal = person_box(person).public();
            roster
                .admit(person, device, person_key(person).public(), seal)
                .unwrap();
        }
        let signed = roster.sign(&hub).unwrap();
        Self { signed, hub }
    }

    /// A device that was never used.
    pub(crate) fn device(&self, number: u8, host: &TestHost) -> ReplicaDriver {
        self.device_in(number, ReplicaStore::in_memory().unwrap(), host)
    }

    pub(crate) fn device_in(
        &self,
        number: u8,
        store: ReplicaStore,
        host: &TestHost,
    ) -> ReplicaDriver {
        let identity = self.identity(number);
        ReplicaDriver::found(store, identity, &self.signed, Box::new(host.clone())).unwrap()
    }

    pub(crate) fn identity(&self, number: u8) -> DeviceIdentity {
        DeviceIdentity {
            device: DeviceId(u32::from(number)),
            tls: key(number),
            log: key(number + 100),
            hub: HubPin {
                address: "127.0.0.1:1".to_owned(),
                tls: key(201).public(),
                roster: self.hub.public(),
            },
        }
    }

    /// The nurse of the first clinic at their device.
    pub(crate) fn nurse_a(&self) -> Client {
        self.at(1, NURSE_A)
    }

    /// The manager of the first clinic, who may export.
    pub(crate) fn manager_a(&self) -> Client {
        self.at(1, PersonId(4))
    }

    /// The nurse of the second clinic at theirs.
    pub(crate) fn nurse_b(&self) -> Client {
        self.at(2, NURSE_B)
    }

    pub(crate) fn at(&self, device: u8, person: PersonId) -> Client {
        let host = TestHost::new(u64::from(device));
        let client = Client::for_person(self.device(device, &host), person, person_key(person));
        client.unwrap().opening_with(person_box(person))
    }
}

/// Signs the hub's history, and what it writes into bundles.
pub(crate) fn hub_history() -> SigningKey {
    key(202)
}

/// Opens what is sealed to the hub.
pub(crate) fn hub_box() -> BoxKey {
    BoxKey::from_seed([203; 32])
}

/// Opens what is sealed to a person.
pub(crate) fn person_box(person: PersonId) -> BoxKey {
    BoxKey::from_seed([person_number(person); 32])
}

fn person_number(person: PersonId) -> u8 {
    u8::try_from(person.0 + 50).unwrap()
}

pub(crate) fn person_key(person: PersonId) -> SigningKey {
    key(person_number(person))
}

pub(crate) fn woman() -> RegisterInput {
    RegisterInput {
        family: "Đặng".to_owned(),
        given: "Thị Hoa".to_owned(),
        sex: "female".to_owned(),
        birth_date: Some("1984-03-12".to_owned()),
        phone: Some("0722 555-123".to_owned()),
        village: Some("Nyeri".to_owned()),
        ..RegisterInput::default()
    }
}

pub(crate) fn cough() -> VisitInput {
    VisitInput {
        reason: "Cough".to_owned(),
        vitals: VitalsInput {
            systolic: Some("120".to_owned()),
            diastolic: Some("80".to_owned()),
            temperature: Some("37,2".to_owned()),
            ..VitalsInput::default()
        },
        note: "Three days of cough.".to_owned(),
        ..VisitInput::default()
    }
}

/// The entries of a client's own log.
pub(crate) fn log(client: &Client) -> Vec<Entry> {
    log_of(client.driver())
}

pub(crate) fn log_of(driver: &ReplicaDriver) -> Vec<Entry> {
    let store = driver.store();
    let entries = store.own_entries(1, 0, usize::MAX).unwrap();
    entries
        .iter()
        .map(|it| Entry::from_bytes(&it.bytes).unwrap())
        .collect()
}

/// What a log's entries are, in words.
pub(crate) fn log_words(client: &Client) -> Vec<String> {
    let word = |entry: &Entry| match entry.kind {
        EntryKind::CHANGE => "change".to_owned(),
        EntryKind::ACCESS => Access::from_bytes(&entry.payload)
            .unwrap()
            .event
            .name()
            .to_owned(),
        EntryKind::SESSION => Session::from_bytes(&entry.payload)
            .unwrap()
            .event
            .name()
            .to_owned(),
        EntryKind::SEAL => "seal".to_owned(),
        EntryKind::ADMISSION => "admission".to_owned(),
        other => format!("kind {}", other.0),
    };
    log(client).iter().map(word).collect()
}

/// Everything that one device wrote, as the hub would hand it to another.
pub(crate) fn feed_of(from: &Client) -> Vec<FeedItem> {
    let device = from.driver().identity().device;
    let changes = log(from)
        .into_iter()
        .enumerate()
        .filter(|(_at, it)| it.kind == EntryKind::CHANGE);
    changes
        .map(|(at, entry)| FeedItem::Change {
            position: LogPosition {
                device,
                epoch: 1,
                seq: at as u64 + 1,
            },
            chart: entry.chart.unwrap(),
            hlc: entry.hlc,
            person: entry.person,
            payload: entry.payload,
        })
        .collect()
}

/// Hands items to a client as the next batch of its feed.
pub(crate) fn deliver(items: Vec<FeedItem>, to: &mut Client) {
    let digest = digest_after(&items, to);
    let carried = offer(items, digest, to);
    assert!(matches!(carried, Carried::Event(_)));
}

/// Offers items as the next batch of a client's feed, with what the hub says is the digest after it.
pub(crate) fn offer(items: Vec<FeedItem>, digest: FeedDigest, to: &mut Client) -> Carried {
    let (from, _digest) = taken_by(to);
    let batch = FeedBatch::new(ScopeId(1), 1, from, digest, items).unwrap();
    let take = ClientEffect::Take(batch);
    to.driver_mut().carry_out(take).unwrap()
}

/// Returns the digest of a client's feed with these items after it.
pub(crate) fn digest_after(items: &[FeedItem], to: &Client) -> FeedDigest {
    let (_from, mut digest) = taken_by(to);
    for item in items {
        let hash = match item {
            FeedItem::Own { position } => {
                let store = to.driver().store();
                store.own_change_hash(position.epoch, position.seq).unwrap()
            }
            FeedItem::Change { payload, .. } => {
                let checked = replica::check(payload).ok();
                checked.map(|it| *it.hash().as_bytes())
            }
            FeedItem::Gone { hash, .. } => Some(*hash),
            FeedItem::Leave { chart, .. } => {
                digest = digest.left_by(*chart);
                None
            }
            FeedItem::Other { .. } => None,
        };
        digest = hash.map_or(digest, |it| digest.with(&it));
    }
    digest
}

/// Returns how far a client has taken its feed.
pub(crate) fn taken_by(client: &Client) -> (u64, FeedDigest) {
    let cursors = client.driver().standing().unwrap().cursors;
    cursors
        .first()
        .map_or((0, FeedDigest::EMPTY), |it| (it.position, it.digest))
}

/// A patient of clinic A that clinic B has too, with a birth date that each corrected on its own.
pub(crate) fn two_birth_dates() -> (Client, Client, ChartView) {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap();
    deliver(feed_of(&a), &mut b);
    let correct = |client: &mut Client, date: &str| {
        let input = crate::CorrectionInput {
            birth_date: Some(date.to_owned()),
            reason: "told by the mother".to_owned(),
            ..crate::CorrectionInput::default()
        };
        client.correct(&chart.chart, &input).unwrap();
    };
    correct(&mut a, "1985-03-12");
    correct(&mut b, "1984-12-03");
    let (from_a, from_b) = (feed_of(&a), feed_of(&b));
    deliver(from_b, &mut a);
    deliver(from_a, &mut b);
    (a, b, chart)
}
