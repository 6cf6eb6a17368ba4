//! What the tests of the hub's store begin from.

use audit::{Entry, EntryKind, LogHead, LogPosition, SALT_BYTES};
use crypto::{DatabaseKey, SigningKey};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId, SiteId};
use tempfile::TempDir;

use super::*;

mod admin;
mod blob;
mod feeds;
mod history;
mod ingest;
mod logs;
mod pages;
mod returned;
mod sealed;

const CHART: ChartId = ChartId::new([1; 16]);
const OTHER: ChartId = ChartId::new([2; 16]);

fn store() -> HubStore {
    HubStore::in_memory(77).unwrap()
}

fn on_disk() -> (TempDir, HubStore) {
    let folder = TempDir::new().unwrap();
    let store = HubStore::create(&folder.path().join("hub.db"), &key(), 77).unwrap();
    (folder, store)
}

fn key() -> DatabaseKey {
    DatabaseKey::from_bytes([1; 32])
}

fn log_key(device: DeviceId) -> SigningKey {
    SigningKey::from_seed([device.0.to_le_bytes()[0]; 32])
}

/// A source of salts, each another.
fn salts() -> impl FnMut() -> [u8; SALT_BYTES] {
    let mut number = 0_u128;
    move || {
        number += 1;
        number.to_be_bytes()
    }
}

/// Notes nothing of a run that does not fit.
fn unnoted(_misfit: Misfit) -> HubCommit {
    HubCommit::default()
}

fn change(chart: ChartId, number: u64) -> Entry {
    Entry {
        kind: EntryKind::CHANGE,
        chart: Some(chart),
        hlc: Hlc::new(1_000 + number, 0),
        person: PersonId(5),
        payload: number.to_be_bytes().repeat(20),
    }
}

fn access(chart: ChartId) -> Entry {
    let (kind, payload) = (EntryKind::ACCESS, b"opened".to_vec());
    Entry {
        kind,
        chart: Some(chart),
        hlc: Hlc::new(900, 0),
        person: PersonId(6),
        payload,
    }
}

/// A device that sends its log in runs.
#[derive(Clone)]
struct Sender {
    head: LogHead,
}

impl Sender {
    fn new(device: u32) -> Self {
        Self {
            head: LogHead::start(DeviceId(device), 1),
        }
    }

    fn run(&mut self, entries: &[Entry]) -> Arrived {
        self.run_of_bytes(
            &entries
                .iter()
                .map(|it| it.to_bytes().unwrap())
                .collect::<Vec<_>>(),
        )
    }

    fn run_of_bytes(&mut self, entries: &[Vec<u8>]) -> Arrived {
        let entries = entries
            .iter()
            .map(|bytes| {
                self.head = self.head.next(bytes);
                ArrivedEntry {
                    seq: self.head.seq,
                    bytes: bytes.clone(),
                    chain: self.head.chain,
                }
            })
            .collect();
        let LogHead { device, epoch, .. } = self.head;
        Arrived {
            device,
            epoch,
            entries,
            signature: self.head.sign(&log_key(device)),
        }
    }
}

fn hash(number: u64) -> [u8; 32] {
    *crypto::hash("test", &[&number.to_be_bytes()]).as_bytes()
}

fn applied(leaf: u64, number: u64) -> Materialised {
    Materialised {
        leaf,
        outcome: Outcome::Applied {
            hash: hash(number),
            operations: 3,
        },
    }
}

fn in_scopes(chart: ChartId, scopes: &[u32]) -> HubChart {
    let joins = scopes.iter().map(|it| ScopeId(*it)).collect();
    HubChart {
        chart,
        snapshot: vec![9; 100],
        heads: vec![[1; 32]],
        joins,
    }
}

fn leaves(found: &[Unmaterialised]) -> Vec<u64> {
    found.iter().map(|it| it.leaf).collect()
}

impl HubStore {
    /// Keeps what became of entries, with nothing noted of what was set aside.
    fn took(&mut self, entries: &[Materialised], charts: &[HubChart]) -> Result<(), StoreError> {
        let mut nothing = |_: &[QuarantineRow]| HubCommit::default();
        self.materialised(entries, charts, &mut nothing, &mut salts())
    }
}
