//! The hub's store: every device's log, the history, the charts, their feeds, and who may come in.

mod types;

use std::path::Path;

use audit::{Checkpoint, LogHead, StoredEntry, TreeHash};
use crypto::{DatabaseKey, PublicKey};
use record::{ChartId, DeviceId, ScopeId};
use roster::SignedRoster;

pub use types::{
    Arrived, ArrivedEntry, AuditFilter, AuditRow, Contact, FeedHead, FeedRead, FeedRow, HubChart,
    HubCommit, HubCounts, IngestError, Invite, Materialised, NewRoster, Outcome, QuarantineRow,
    Request, RequestState, Salt, Unmaterialised,
};

use crate::{Cursor, OpenError, Snapshot, StoreError, StoredChange};

/// A hub's store. Several processes may have it open.
#[derive(Debug)]
pub struct HubStore {}

impl HubStore {
    /// Makes a new store; fails if there is one. `feed_epoch` names its feeds: random, so that a restored hub's differ.
    pub fn create(path: &Path, key: &DatabaseKey, feed_epoch: u32) -> Result<Self, OpenError> { todo!() }
    /// Opens a store.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> { todo!() }
    /// Makes a store that is gone when it is dropped.
    pub fn in_memory(feed_epoch: u32) -> Result<Self, OpenError> { todo!() }

    /// Reads a small thing that was remembered.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> { todo!() }
    /// Remembers a small thing.
    pub fn put(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> { todo!() }

    /// Keeps what the hub itself does: appends to its own log and to the history. Returns where its log then stands.
    pub fn commit(&mut self, commit: HubCommit, salt: Salt<'_>) -> Result<LogHead, StoreError> { todo!() }
    /// Returns the newest roster.
    pub fn roster(&self) -> Result<Option<SignedRoster>, StoreError> { todo!() }
    /// Returns the newest roster's epoch; zero for none.
    pub fn roster_epoch(&self) -> Result<u64, StoreError> { todo!() }
    /// Returns the invite of a token.
    pub fn invite(&self, token_hash: &[u8; 32]) -> Result<Option<Invite>, StoreError> { todo!() }
    /// Returns every invite.
    pub fn invites(&self) -> Result<Vec<Invite>, StoreError> { todo!() }
    /// Returns every request, the newest first.
    pub fn requests(&self) -> Result<Vec<Request>, StoreError> { todo!() }
    /// Returns a request by its number.
    pub fn request(&self, id: u64) -> Result<Option<Request>, StoreError> { todo!() }
    /// Returns the newest request of a key.
    pub fn request_of(&self, tls: &PublicKey) -> Result<Option<Request>, StoreError> { todo!() }

    /// Stores a run of a device's entries with their history leaves. What is stored already is passed over.
    pub fn ingest(&mut self, arrived: &Arrived, salt: Salt<'_>) -> Result<LogHead, IngestError> { todo!() }
    /// Returns where each of a device's logs stands, the newest log last.
    pub fn log_heads(&self, device: DeviceId) -> Result<Vec<LogHead>, StoreError> { todo!() }
    /// Returns where a log stands.
    pub fn log_head(&self, device: DeviceId, epoch: u32) -> Result<LogHead, StoreError> { todo!() }
    /// Returns the log's hash at a place.
    pub fn chain_at(&self, device: DeviceId, epoch: u32, seq: u64) -> Result<Option<audit::ChainHash>, StoreError> { todo!() }

    /// Returns entries that nobody has looked into yet, in the order they came, and changes that no longer wait.
    pub fn unmaterialised(&self, limit: usize) -> Result<Vec<Unmaterialised>, StoreError> { todo!() }
    /// Returns how many of a device's entries nobody has looked into yet.
    pub fn unmaterialised_of(&self, device: DeviceId) -> Result<u64, StoreError> { todo!() }
    /// Keeps what became of entries, in one transaction: charts, feeds, what waits and what is set aside.
    pub fn materialised(&mut self, entries: &[Materialised], charts: &[HubChart]) -> Result<(), StoreError> { todo!() }
    /// Returns the log that an automerge actor belongs to.
    pub fn actor(&self, actor: &[u8; 16]) -> Result<Option<(DeviceId, u32)>, StoreError> { todo!() }
    /// Returns a chart's saved document.
    pub fn snapshot(&self, chart: ChartId) -> Result<Option<Snapshot>, StoreError> { todo!() }
    /// Returns a chart's applied changes in the order they were applied.
    pub fn changes_of(&self, chart: ChartId) -> Result<Vec<StoredChange>, StoreError> { todo!() }
    /// Returns every chart.
    pub fn charts(&self) -> Result<Vec<ChartId>, StoreError> { todo!() }
    /// Returns the scopes a chart is in.
    pub fn scopes_of(&self, chart: ChartId) -> Result<Vec<ScopeId>, StoreError> { todo!() }
    /// Returns what was set aside, the oldest first; of a device, or of all.
    pub fn quarantined(&self, device: Option<DeviceId>, from_leaf: u64) -> Result<Vec<QuarantineRow>, StoreError> { todo!() }

    /// Returns where a scope's feed ends.
    pub fn feed_head(&self, scope: ScopeId) -> Result<FeedHead, StoreError> { todo!() }
    /// Returns a feed's digest at a position; `None` if it does not reach that far.
    pub fn feed_digest_at(&self, scope: ScopeId, position: u64) -> Result<Option<[u8; 16]>, StoreError> { todo!() }
    /// Reads a feed after a position: at most this many bytes and rows, but at least one row.
    pub fn read_feed(&self, scope: ScopeId, from: u64, max_bytes: usize, max_rows: usize) -> Result<Option<FeedRead>, StoreError> { todo!() }
    /// Remembers how far a device has taken a feed.
    pub fn note_taken(&mut self, device: DeviceId, cursor: &Cursor) -> Result<(), StoreError> { todo!() }
    /// Returns how far a device has taken its feeds.
    pub fn taken(&self, device: DeviceId) -> Result<Vec<Cursor>, StoreError> { todo!() }
    /// Remembers a contact.
    pub fn note_contact(&mut self, contact: &Contact) -> Result<(), StoreError> { todo!() }
    /// Returns the last contact of every device.
    pub fn contacts(&self) -> Result<Vec<Contact>, StoreError> { todo!() }

    /// Returns how many leaves the history has.
    pub fn history_size(&self) -> Result<u64, StoreError> { todo!() }
    /// Returns the root of the history's first leaves.
    pub fn history_root(&self, size: u64) -> Result<TreeHash, StoreError> { todo!() }
    /// Returns the proof that a leaf is in the history of a size.
    pub fn prove_inclusion(&self, size: u64, leaf: u64) -> Result<Vec<TreeHash>, StoreError> { todo!() }
    /// Returns the proof that the history of a size begins with that of an older size.
    pub fn prove_consistency(&self, old_size: u64, size: u64) -> Result<Vec<TreeHash>, StoreError> { todo!() }
    /// Keeps a checkpoint that was signed.
    pub fn put_checkpoint(&mut self, checkpoint: &Checkpoint, note: &str) -> Result<(), StoreError> { todo!() }
    /// Returns the newest checkpoint's note.
    pub fn checkpoint(&self) -> Result<Option<String>, StoreError> { todo!() }
    /// Returns every checkpoint's note, the oldest first.
    pub fn checkpoints(&self) -> Result<Vec<String>, StoreError> { todo!() }
    /// Reads what is stored of the history from a leaf on, for a verifier.
    pub fn history(&self, from: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> { todo!() }
    /// Lists entries, the newest first.
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, StoreError> { todo!() }
    /// Returns how much there is.
    pub fn counts(&self) -> Result<HubCounts, StoreError> { todo!() }
    /// Checks the whole file: every page's authentication, every index. Returns what is wrong.
    pub fn check_file(&self) -> Result<Vec<String>, StoreError> { todo!() }
}
