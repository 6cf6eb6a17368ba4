//! A device's store: its own log, the charts it holds, and what is found by search.

mod types;

use std::path::Path;

use audit::{ChainHash, LogHead, LogPosition};
use crypto::DatabaseKey;
use record::{ChartId, DeviceId, Hlc, ScopeId, StatementId};

pub use types::{
    ChartUpdate, Commit, Cursor, ForeignChange, NewChange, NewEntry, OwnEntry, Quarantined,
    SearchRow, Snapshot, Source, StoredChange, Taken,
};

use crate::{OpenError, StoreError};

/// A device's store. One process at a time has it open.
#[derive(Debug)]
pub struct ReplicaStore {}

impl ReplicaStore {
    /// Makes a new store; fails if there is one.
    pub fn create(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> { todo!() }
    /// Opens a store.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> { todo!() }
    /// Makes a store that is gone when it is dropped.
    pub fn in_memory() -> Result<Self, OpenError> { todo!() }

    /// Reads a small thing that was remembered.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> { todo!() }
    /// Remembers a small thing.
    pub fn put(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> { todo!() }
    /// Forgets a small thing.
    pub fn remove(&mut self, key: &str) -> Result<(), StoreError> { todo!() }

    /// Begins a log: the device's first, or a new one after it was restored. Does nothing if this log is the newest.
    pub fn begin_log(&mut self, device: DeviceId, epoch: u32) -> Result<LogHead, StoreError> { todo!() }
    /// Returns where this device's newest log stands.
    pub fn log_head(&self) -> Result<LogHead, StoreError> { todo!() }
    /// Reads own entries after a place, at most this many bytes of them but at least one.
    pub fn own_entries(&self, epoch: u32, after_seq: u64, max_bytes: usize) -> Result<Vec<OwnEntry>, StoreError> { todo!() }
    /// Returns the log's hash at a place of an own log; zero gives that of the empty log.
    pub fn chain_at(&self, epoch: u32, seq: u64) -> Result<Option<ChainHash>, StoreError> { todo!() }
    /// Returns the hybrid clock's reading of an own entry.
    pub fn hlc_at(&self, epoch: u32, seq: u64) -> Result<Option<Hlc>, StoreError> { todo!() }
    /// Returns the hash of an own change.
    pub fn own_change_hash(&self, epoch: u32, seq: u64) -> Result<Option<[u8; 32]>, StoreError> { todo!() }
    /// Remembers that the hub has a log up to this place. Never goes back.
    pub fn note_stored(&mut self, epoch: u32, seq: u64) -> Result<(), StoreError> { todo!() }
    /// Returns up to which place of the newest log the hub has it.
    pub fn stored(&self) -> Result<u64, StoreError> { todo!() }
    /// Returns how many own entries the hub does not have.
    pub fn unsent(&self) -> Result<u64, StoreError> { todo!() }
    /// Returns how many own changes of a chart the hub does not have.
    pub fn unsent_of(&self, chart: ChartId) -> Result<u64, StoreError> { todo!() }
    /// Returns the newest reading of the hybrid clock in the store, own or another's.
    pub fn last_hlc(&self) -> Result<Hlc, StoreError> { todo!() }

    /// Keeps what is done here, in one transaction. Returns where the log then stands.
    pub fn commit(&mut self, commit: Commit) -> Result<LogHead, StoreError> { todo!() }
    /// Keeps what came from elsewhere with its cursor, in one transaction. What is kept already is passed over.
    pub fn take(&mut self, taken: Taken) -> Result<(), StoreError> { todo!() }
    /// Writes caches again that were derived anew from the log, in one transaction.
    pub fn repair(&mut self, charts: Vec<ChartUpdate>) -> Result<(), StoreError> { todo!() }

    /// Returns how far each feed was taken.
    pub fn cursors(&self) -> Result<Vec<Cursor>, StoreError> { todo!() }
    /// Forgets how far a feed was taken: it is taken again from its beginning.
    pub fn drop_cursor(&mut self, scope: ScopeId) -> Result<(), StoreError> { todo!() }

    /// Returns a chart's saved document.
    pub fn snapshot(&self, chart: ChartId) -> Result<Option<Snapshot>, StoreError> { todo!() }
    /// Returns a chart's applied changes, own and others', in the order they came.
    pub fn changes_of(&self, chart: ChartId) -> Result<Vec<StoredChange>, StoreError> { todo!() }
    /// Returns a chart's changes that wait for others.
    pub fn waiting_of(&self, chart: ChartId) -> Result<Vec<StoredChange>, StoreError> { todo!() }
    /// Returns what could not be taken, with why.
    pub fn quarantined(&self) -> Result<Vec<(LogPosition, String)>, StoreError> { todo!() }
    /// Returns every chart that has a document or changes.
    pub fn charts(&self) -> Result<Vec<ChartId>, StoreError> { todo!() }
    /// Returns how many charts there are.
    pub fn count_charts(&self) -> Result<u64, StoreError> { todo!() }
    /// Returns the charts about which a person must decide something.
    pub fn conflicts(&self) -> Result<Vec<ChartId>, StoreError> { todo!() }
    /// Returns a chart's row in lists.
    pub fn row(&self, chart: ChartId) -> Result<Option<SearchRow>, StoreError> { todo!() }
    /// Tells whether a chart is listed and found as this row says.
    pub fn row_matches(&self, row: &SearchRow) -> Result<bool, StoreError> { todo!() }
    /// Finds patients by what was typed: best first.
    pub fn find(&self, typed: &str, limit: usize) -> Result<Vec<SearchRow>, StoreError> { todo!() }
    /// Returns where an imported object went.
    pub fn source_of(&self, key: &str) -> Result<Option<(ChartId, StatementId)>, StoreError> { todo!() }
    /// Checks the whole file: every page's authentication, every index. Returns what is wrong.
    pub fn check_file(&self) -> Result<Vec<String>, StoreError> { todo!() }
}
