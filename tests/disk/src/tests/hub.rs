//! A hub's store at work.

use std::path::Path;

use audit::{Entry, EntryKind, LogHead};
use crypto::{DatabaseKey, SigningKey};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use store::{
    Arrived, ArrivedEntry, HubChart, HubCommit, HubStore, IngestError, Materialised, Misfit,
    OpenError, Outcome, StoreError,
};

use super::work::{Failed, Work, must};

const DEVICE: DeviceId = DeviceId(3);
const SCOPE: ScopeId = ScopeId(4);
const CHART: ChartId = ChartId::new([1; 16]);

/// A hub's store.
pub(super) struct Hub(HubStore);

fn key() -> DatabaseKey {
    DatabaseKey::from_bytes([1; 32])
}

/// Salts that are all the same: nothing here is secret.
fn salts() -> impl FnMut() -> [u8; audit::SALT_BYTES] {
    || [7; audit::SALT_BYTES]
}

fn change(number: usize, size: usize) -> Entry {
    Entry {
        kind: EntryKind::CHANGE,
        chart: Some(CHART),
        hlc: Hlc::new(1_000 + number as u64, 0),
        person: PersonId(5),
        payload: vec![u8::try_from(number).unwrap(); size],
    }
}

/// A run that goes on from what the hub has.
fn run(mut head: LogHead, number: usize) -> Arrived {
    let (count, size) = if number % 4 == 2 {
        (20, 1_500)
    } else {
        (2, 100)
    };
    let entries = (0..count)
        .map(|_| {
            let bytes = change(number, size).to_bytes().unwrap();
            head = head.next(&bytes);
            ArrivedEntry {
                seq: head.seq,
                bytes,
                chain: head.chain,
            }
        })
        .collect();
    Arrived {
        device: DEVICE,
        epoch: 1,
        entries,
        signature: head.sign(&SigningKey::from_seed([3; 32])),
    }
}

impl Hub {
    /// Looks into everything that came, as the hub does after it said STORED.
    fn look_into(&mut self) -> Result<(), StoreError> {
        let found = self.0.unmaterialised(usize::MAX >> 1)?;
        let entries: Vec<Materialised> = found
            .iter()
            .map(|it| Materialised {
                leaf: it.leaf,
                outcome: match &it.entry {
                    Some(entry) if entry.kind == EntryKind::CHANGE => Outcome::Applied {
                        hash: *crypto::hash("test", &[&it.leaf.to_be_bytes()]).as_bytes(),
                        operations: 1,
                    },
                    Some(_) | None => Outcome::Noted,
                },
            })
            .collect();
        let chart = HubChart {
            chart: CHART,
            snapshot: vec![9; 100],
            heads: vec![[1; 32]],
            joins: vec![SCOPE],
        };
        let mut nothing = |_: &[store::QuarantineRow]| HubCommit::default();
        self.0
            .materialised(&entries, &[chart], &mut nothing, &mut salts())
    }

    fn remember(&mut self, number: usize, value: u64) -> Result<(), StoreError> {
        let meta = vec![(format!("act {number}"), value.to_be_bytes().to_vec())];
        let entries = vec![Entry {
            kind: EntryKind::SESSION,
            chart: None,
            ..change(number, 30)
        }];
        let commit = HubCommit {
            entries,
            meta,
            ..HubCommit::default()
        };
        self.0.commit(&commit, &mut salts()).map(drop)
    }
}

impl Work for Hub {
    const FILE: &'static str = "hub.db";
    const ACTS: usize = 8;

    fn create(path: &Path) -> Result<Self, OpenError> {
        HubStore::create(path, &key(), 77).map(Self)
    }

    fn open(path: &Path) -> Result<Self, OpenError> {
        HubStore::open(path, &key()).map(Self)
    }

    fn act(&mut self, number: usize) -> Result<(), Failed> {
        if number % 4 == 1 {
            self.look_into()?;
            let head = self.0.feed_head(SCOPE)?;
            self.remember(number, head.position)?;
            return Ok(());
        }
        let head = self.0.log_head(DEVICE, 1)?;
        let mut unnoted = |_: Misfit| HubCommit::default();
        let arrived = run(head, number);
        let stored = self.0.ingest(&arrived, &mut unnoted, &mut salts());
        let stored = match stored {
            Err(IngestError::Store(error)) => return Err(error.into()),
            other => other.unwrap(),
        };
        self.remember(number, stored.seq)?;
        Ok(())
    }

    fn has(&self, number: usize) -> Result<(), String> {
        let said = |error: StoreError| error.to_string();
        let kept = self.0.get(&format!("act {number}")).map_err(said)?;
        let kept = kept.ok_or("its own entry is gone")?;
        let kept = u64::from_be_bytes(kept.try_into().map_err(|_| "no number")?);
        if number % 4 == 1 {
            let head = self.0.feed_head(SCOPE).map_err(said)?;
            return must(head.position >= kept, true);
        }
        must(self.0.log_head(DEVICE, 1).map_err(said)?.seq >= kept, true)?;
        let at = audit::LogPosition {
            device: DEVICE,
            epoch: 1,
            seq: kept,
        };
        let entry = self.0.entry_at(at).map_err(said)?;
        let payload = entry.and_then(|it| it.payload.first().copied());
        must(payload, u8::try_from(number).ok())
    }

    fn is_whole(&self) -> Result<(), String> {
        let said = |error: StoreError| error.to_string();
        must(self.0.check_file().map_err(said)?, Vec::new())?;
        // An entry is there with its leaf of the history, and the feed has what was looked into.
        let size = self.0.history_size().map_err(said)?;
        self.0.history_root(size).map_err(said)?;
        must(self.0.missing_from_feeds(10).map_err(said)?, Vec::new())?;
        let seqs = |device| Ok::<u64, String>(self.0.log_head(device, 1).map_err(said)?.seq);
        let own = self.0.log_heads(DeviceId(0)).map_err(said)?;
        let own = own.first().map_or(0, |it| it.seq);
        must(seqs(DEVICE)? + own, size)
    }
}
