//! A replica's store at work.

use std::path::Path;

use audit::{Entry, EntryKind, LogHead, LogPosition};
use crypto::DatabaseKey;
use record::{About, ChartId, DeviceId, Hlc, PersonId, ScopeId};
use store::{
    ChartUpdate, Commit, Cursor, ForeignChange, NewChange, NewEntry, OpenError, ReplicaStore,
    SearchRow, StoreError, Taken,
};

use super::work::{Failed, Work, must};

const DEVICE: DeviceId = DeviceId(3);
const SCOPE: ScopeId = ScopeId(4);
/// How many bytes a large change has: several pages.
const LARGE: usize = 20_000;

/// A replica's store.
pub(super) struct Replica(ReplicaStore);

fn key() -> DatabaseKey {
    DatabaseKey::from_bytes([1; 32])
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

/// Each act has a chart of its own.
fn chart(number: usize) -> ChartId {
    ChartId::new([byte(number); 16])
}

fn position(number: usize) -> u64 {
    number as u64 + 1
}

fn visit(number: usize, size: usize) -> Commit {
    let entry = |kind, payload| Entry {
        kind,
        chart: Some(chart(number)),
        hlc: Hlc::new(1_000 + number as u64, 0),
        person: PersonId(5),
        payload,
    };
    let change = Some(NewChange {
        hash: [byte(number); 32],
    });
    Commit {
        entries: vec![
            NewEntry {
                entry: entry(EntryKind::ACCESS, b"opened".to_vec()),
                change: None,
            },
            NewEntry {
                entry: entry(EntryKind::CHANGE, vec![byte(number); size]),
                change,
            },
        ],
        charts: vec![update(number)],
        meta: vec![(format!("act {number}"), vec![byte(number)])],
        ..Commit::default()
    }
}

fn update(number: usize) -> ChartUpdate {
    let row = SearchRow {
        chart: chart(number),
        about: About::Patient,
        number: format!("1004-{number:05}-6"),
        name: "Amina Wanjiru".to_owned(),
        birth_date: "1984-03-12".to_owned(),
        sex: "female".to_owned(),
        place: "Kibera".to_owned(),
        phone: "0712 345 678".to_owned(),
        also: Vec::new(),
        conflict: false,
    };
    ChartUpdate {
        chart: chart(number),
        snapshot: vec![byte(number); 300],
        heads: vec![[byte(number); 32]],
        row,
        attachments: Vec::new(),
    }
}

fn taken(number: usize) -> Taken {
    let change = ForeignChange {
        position: LogPosition {
            device: DeviceId(8),
            epoch: 1,
            seq: position(number),
        },
        chart: chart(number),
        hlc: Hlc::new(5_000, 0),
        person: PersonId(6),
        hash: [byte(number); 32],
        bytes: vec![byte(number); 100],
    };
    Taken {
        scope: SCOPE,
        cursor: Some(Cursor {
            scope: SCOPE,
            feed_epoch: 77,
            position: position(number),
            digest: [byte(number); 16],
        }),
        own: Vec::new(),
        known: Vec::new(),
        left: Vec::new(),
        changes: vec![change],
        waiting: Vec::new(),
        settled: Vec::new(),
        quarantined: Vec::new(),
        charts: vec![update(number)],
        meta: Vec::new(),
        tail: None,
        carried: None,
    }
}

impl Work for Replica {
    const FILE: &'static str = "replica.db";
    const ACTS: usize = 8;

    fn create(path: &Path) -> Result<Self, OpenError> {
        let mut store = ReplicaStore::create(path, &key())?;
        store.begin_log(DEVICE, 1).unwrap();
        Ok(Self(store))
    }

    fn open(path: &Path) -> Result<Self, OpenError> {
        ReplicaStore::open(path, &key()).map(Self)
    }

    fn act(&mut self, number: usize) -> Result<(), Failed> {
        match number % 4 {
            0 => self.0.commit(&visit(number, 200)).map(drop)?,
            1 => self.0.take(&taken(number))?,
            2 => self.0.commit(&visit(number, LARGE)).map(drop)?,
            _ => {
                let head = self.0.log_head()?;
                self.0.note_stored(1, head.seq)?;
                let place = head.seq.to_be_bytes();
                self.0.put(&format!("act {number}"), &place)?;
            }
        }
        Ok(())
    }

    fn has(&self, number: usize) -> Result<(), String> {
        let store = &self.0;
        let said = |error: StoreError| error.to_string();
        let changes = store.changes_of(chart(number)).map_err(said)?;
        let bytes = changes.first().map(|it| it.bytes.clone());
        let meta = store.get(&format!("act {number}")).map_err(said)?;
        match number % 4 {
            0 | 2 => {
                let size = if number.is_multiple_of(4) { 200 } else { LARGE };
                must(bytes, Some(vec![byte(number); size]))?;
                must(meta, Some(vec![byte(number)]))?;
                must(store.find("wanjiru", 1).map_err(said)?.len(), 1)
            }
            1 => {
                must(bytes, Some(vec![byte(number); 100]))?;
                let cursors = store.cursors().map_err(said)?;
                let at = cursors.first().map_or(0, |it| it.position);
                must(at >= position(number), true)
            }
            _ => {
                let place = meta.ok_or("the hub's word is gone")?;
                let place = u64::from_be_bytes(place.try_into().map_err(|_| "no place")?);
                must(store.stored().map_err(said)? >= place, true)
            }
        }
    }

    fn is_whole(&self) -> Result<(), String> {
        let said = |error: StoreError| error.to_string();
        must(self.0.check_file().map_err(said)?, Vec::new())?;
        let mut head = LogHead::start(DEVICE, 1);
        for entry in self.0.own_entries(1, 0, usize::MAX).map_err(said)? {
            head = head.next(&entry.bytes);
            must((entry.seq, entry.chain), (head.seq, head.chain))?;
        }
        // What came is there with its cursor, or neither is.
        let at = self.0.cursors().map_err(said)?;
        if let Some(at) = at.first() {
            let last = usize::try_from(at.position - 1).unwrap();
            must(self.0.changes_of(chart(last)).map_err(said)?.len(), 1)?;
        }
        Ok(())
    }
}
