//! What goes into a replica's store and what comes out.

use audit::{ChainHash, Entry, EntryKind, LogPosition};
use crypto::Blob;
use record::{About, ChartId, Hlc, PersonId, ScopeId, StatementId};

use super::NewBlob;

/// What is done here, in one transaction: the changes, their log entries, the facts of access, what is found by search.
#[derive(Default)]
pub struct Commit {
    /// The entries to append to this device's log, in order.
    pub entries: Vec<NewEntry>,
    /// The charts that they changed, as they now stand.
    pub charts: Vec<ChartUpdate>,
    /// Where imported objects went.
    pub sources: Vec<Source>,
    /// The bytes of what was attached.
    pub blobs: Vec<NewBlob>,
    /// Small things to remember.
    pub meta: Vec<(String, Vec<u8>)>,
}

/// Small things that are remembered and forgotten with something else, in its transaction.
#[derive(Default)]
pub struct Beside {
    /// What to remember, by its name.
    pub remember: Vec<(String, Vec<u8>)>,
    /// What to forget.
    pub forget: Vec<String>,
}

/// One entry for this device's log.
#[derive(Debug)]
pub struct NewEntry {
    /// The entry. A change's own bytes are its payload.
    pub entry: Entry,
    /// Of a change: what else is kept of it.
    pub change: Option<NewChange>,
}

/// What is kept of a change besides its entry.
#[derive(Debug, Clone, Copy)]
pub struct NewChange {
    /// The change's hash.
    pub hash: [u8; 32],
}

/// A chart as it now stands.
pub struct ChartUpdate {
    /// The chart.
    pub chart: ChartId,
    /// Its document, saved: a cache of its changes.
    pub snapshot: Vec<u8>,
    /// The hashes of its newest changes, sorted.
    pub heads: Vec<[u8; 32]>,
    /// What it is found by and how it is listed.
    pub row: SearchRow,
    /// The attachments that its statements name, each once.
    pub attachments: Vec<Blob>,
}

/// A chart in a list, and what it is found by. All but `also` is kept as it is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SearchRow {
    /// The chart.
    pub chart: ChartId,
    /// What the chart is about; only patients are found.
    pub about: About,
    /// The number on the patient's card.
    pub number: String,
    /// The name.
    pub name: String,
    /// The birth date.
    pub birth_date: String,
    /// The sex.
    pub sex: String,
    /// The village or town.
    pub place: String,
    /// The phone.
    pub phone: String,
    /// What else it is found by: other names, phones and numbers, a line each. Not kept as such, and empty when read.
    pub also: Vec<String>,
    /// Whether a person must decide something about it.
    pub conflict: bool,
}

/// Where an imported object went: its address in the system it came from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The address, as FHIR's `type/id` with the system.
    pub key: String,
    /// The chart it is in.
    pub chart: ChartId,
    /// The statement it became.
    pub statement: StatementId,
}

/// What the address of an imported object is kept as: it can be long, and only equality matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceAddress(pub(super) [u8; 16]);

impl SourceAddress {
    /// Returns what an address is kept as.
    #[must_use]
    pub fn of(key: &str) -> Self {
        let digest = crypto::hash("posta/source/v1", &[key.as_bytes()]);
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(digest.as_bytes()) {
            *to = *from;
        }
        Self(short)
    }
}

/// Where an imported object went, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSource {
    /// Its address in the system it came from.
    pub address: SourceAddress,
    /// The chart it is in.
    pub chart: ChartId,
    /// The statement it became.
    pub statement: StatementId,
}

/// What is to be done so that every cache is what the log gives, in one transaction.
#[derive(Debug, Default)]
pub struct Repair {
    /// Charts whose document and row in lists are written again.
    pub charts: Vec<ChartUpdate>,
    /// Charts that the log does not have: their document and row go.
    pub ghosts: Vec<ChartId>,
    /// Imported objects that are not where the list says.
    pub no_sources: Vec<SourceAddress>,
    /// Where imported objects went.
    pub sources: Vec<KeptSource>,
    /// Groups of attachments that are not what they should be: they are fetched again.
    pub groups: Vec<(Blob, Vec<u32>)>,
}

/// How far a scope's feed was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The scope.
    pub scope: ScopeId,
    /// Which of the scope's feeds: a restored hub begins a new one.
    pub feed_epoch: u32,
    /// The last position taken.
    pub position: u64,
    /// The feed's digest there.
    pub digest: [u8; 16],
}

/// What came from elsewhere, with how far that brings us, in one transaction.
#[derive(Debug)]
pub struct Taken {
    /// The scope whose charts it is about.
    pub scope: ScopeId,
    /// How far the scope's feed is taken with this; none if it comes from beside the feed.
    pub cursor: Option<Cursor>,
    /// Entries of this device's logs that the feed has in this place: they are here already.
    pub own: Vec<LogPosition>,
    /// Charts of which it has changes that are kept already, under another place.
    pub known: Vec<ChartId>,
    /// Charts that are in the scope no longer: each is removed once it is in no other, and the hub has all that was
    /// written here about it.
    pub left: Vec<ChartId>,
    /// Changes that were applied, in order.
    pub changes: Vec<ForeignChange>,
    /// Changes that miss others and are held until those come.
    pub waiting: Vec<ForeignChange>,
    /// Changes held until now that were applied with these.
    pub settled: Vec<LogPosition>,
    /// What could not be taken, and why.
    pub quarantined: Vec<Quarantined>,
    /// The charts that were changed, as they now stand.
    pub charts: Vec<ChartUpdate>,
    /// Small things to remember.
    pub meta: Vec<(String, Vec<u8>)>,
    /// What it says of the feed's order.
    pub tail: Option<super::TailStep>,
    /// The segment of another device's log that it came in, to be carried to the hub; then it is in no scope yet.
    pub carried: Option<super::NewCarried>,
}

impl Taken {
    /// Returns what changes nothing, of a scope.
    #[must_use]
    pub const fn nothing(scope: ScopeId) -> Self {
        Self {
            scope,
            cursor: None,
            own: Vec::new(),
            known: Vec::new(),
            left: Vec::new(),
            changes: Vec::new(),
            waiting: Vec::new(),
            settled: Vec::new(),
            quarantined: Vec::new(),
            charts: Vec::new(),
            meta: Vec::new(),
            tail: None,
            carried: None,
        }
    }
}

/// Another device's change.
#[derive(Clone, PartialEq, Eq)]
pub struct ForeignChange {
    /// Where it was first written.
    pub position: LogPosition,
    /// The chart.
    pub chart: ChartId,
    /// When, by the writer's hybrid clock.
    pub hlc: Hlc,
    /// Who.
    pub person: PersonId,
    /// The change's hash.
    pub hash: [u8; 32],
    /// The change.
    pub bytes: Vec<u8>,
}

/// Something that could not be taken. It is kept as it came, so that a later release can take it.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// What it is.
    pub what: Aside,
    /// Why, without anything of the patient.
    pub reason: String,
}

/// What is set aside.
#[derive(Clone, PartialEq, Eq)]
pub enum Aside {
    /// A change, which may have waited here until now.
    Change(ForeignChange),
    /// Something of a kind that only a later release knows. What chart it is about is in its bytes.
    Unknown {
        /// Its kind, as the log has it.
        kind: EntryKind,
        /// Where it was first written.
        position: LogPosition,
        /// The rest.
        bytes: Vec<u8>,
    },
}

/// A chart's saved document.
#[derive(Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The document.
    pub bytes: Vec<u8>,
    /// The hashes of its newest changes, sorted.
    pub heads: Vec<[u8; 32]>,
}

/// An entry of this device's log.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnEntry {
    /// Its place.
    pub seq: u64,
    /// The entry.
    pub bytes: Vec<u8>,
    /// The log's hash up to here.
    pub chain: ChainHash,
    /// Whether what it said was removed with its chart: the hub has it.
    pub is_removed: bool,
}

/// A change of a chart, this device's or another's.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredChange {
    /// Where it was first written.
    pub position: LogPosition,
    /// When, by the writer's hybrid clock.
    pub hlc: Hlc,
    /// Who.
    pub person: PersonId,
    /// The change's hash.
    pub hash: [u8; 32],
    /// The change.
    pub bytes: Vec<u8>,
}

record::discreet!(
    Aside,
    Beside,
    Commit,
    ChartUpdate,
    SearchRow,
    Source,
    ForeignChange,
    Quarantined,
    Snapshot,
    OwnEntry,
    StoredChange
);
