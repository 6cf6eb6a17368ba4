//! What goes into a hub's store and what comes out.

use audit::{ChainHash, DeclaredActor, Entry, EntryKind, LogHead, LogPosition};
use crypto::{Blob, PublicKey, Signature};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId, SiteId};
use roster::SignedRoster;

use super::{AdmissionState, Move};
use crate::StoreError;

/// Draws the salt of a history leaf: 16 random bytes.
pub type Salt<'a> = &'a mut dyn FnMut() -> [u8; audit::SALT_BYTES];

/// Says what the hub's own log notes of entries that were set aside.
pub type Note<'a> = &'a mut dyn FnMut(&[QuarantineRow]) -> HubCommit;

/// Says what the hub's own log notes of a run that does not fit its log.
pub type MisfitNote<'a> = &'a mut dyn FnMut(Misfit) -> HubCommit;

/// What the hub itself does, in one transaction: its log entries and what they speak of.
#[derive(Default)]
pub struct HubCommit {
    /// The entries to append to the hub's own log, in order.
    pub entries: Vec<Entry>,
    /// A newer roster.
    pub roster: Option<NewRoster>,
    /// An invite to remember, or to mark as used.
    pub invite: Option<Invite>,
    /// A request to remember, or to decide.
    pub request: Option<Request>,
    /// The leaf of an admission, and how it stands from now on.
    pub admission: Option<(u64, AdmissionState)>,
    /// Charts that join or leave scopes, in order.
    pub moves: Vec<Move>,
    /// Charts of which everything that was set aside is to be looked into again.
    pub again: Vec<ChartId>,
    /// Small things to remember.
    pub meta: Vec<(String, Vec<u8>)>,
}

/// A roster that takes the place of the one it was made from.
#[derive(Debug, Clone)]
pub struct NewRoster {
    /// The epoch of the roster that was read, zero for the first: another's newer one is not overwritten.
    pub made_from: u64,
    /// Its own epoch: higher.
    pub epoch: u64,
    /// The roster.
    pub signed: SignedRoster,
}

/// An invite: the hub keeps only its token's hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    /// The token's hash.
    pub token_hash: [u8; 32],
    /// The site the device will be at.
    pub site: SiteId,
    /// The people it is for.
    pub people: Vec<PersonId>,
    /// What the device is called.
    pub label: String,
    /// Until when it holds, in milliseconds since 1970.
    pub expires_ms: u64,
    /// Whether it was used.
    pub used: bool,
}

/// A device's request to be enrolled.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Its number; zero for one that has none yet.
    pub id: u64,
    /// The key it connects with.
    pub tls: PublicKey,
    /// The hash of the token of its invite.
    pub token_hash: [u8; 32],
    /// What it asked, as the server encodes it.
    pub body: Vec<u8>,
    /// When, in milliseconds since 1970.
    pub asked_ms: u64,
    /// How it stands.
    pub state: RequestState,
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// An administrator must compare the words.
    Pending,
    /// It is this device now.
    Approved(DeviceId),
    /// It was refused.
    Refused,
}

/// A run of a device's entries, its signature checked.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Whose log.
    pub device: DeviceId,
    /// Which of its logs.
    pub epoch: u32,
    /// The entries, in order.
    pub entries: Vec<ArrivedEntry>,
    /// The device's signature over the log's head at the last of them.
    pub signature: Signature,
}

/// An entry of another's log.
#[derive(Clone)]
pub struct ArrivedEntry {
    /// Its place.
    pub seq: u64,
    /// The entry.
    pub bytes: Vec<u8>,
    /// The log's hash up to here, as its device has it.
    pub chain: ChainHash,
}

/// Why entries were not stored.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Ask the device for what lies between.
    #[error("entries are missing after {}", have.position())]
    Gap {
        /// What the hub has of that log.
        have: LogHead,
    },
    /// Two entries claim one place. Both are kept; the device must begin a new log.
    #[error("another entry is stored as {at}")]
    Fork {
        /// The place.
        at: LogPosition,
    },
    /// Refuse the run: its entries do not give its chain.
    #[error("the entries do not give their chain at {at}")]
    Damaged {
        /// The place.
        at: LogPosition,
    },
    /// Refuse the run: its device has too many logs, or skips most of them.
    #[error("device {device} has too many logs")]
    TooManyLogs {
        /// The device.
        device: DeviceId,
    },
    /// Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a run does not fit its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// Entries are missing.
    Gap {
        /// What the hub has of that log.
        have: LogHead,
    },
    /// Two entries claim one place.
    Fork {
        /// The place.
        at: LogPosition,
    },
}

/// A stored entry that nobody has looked into yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmaterialised {
    /// Its leaf's number: the order of arrival.
    pub leaf: u64,
    /// Its place in its log.
    pub position: LogPosition,
    /// The entry; `None` if its bytes are no entry.
    pub entry: Option<Entry>,
}

/// How much one device has written into a chart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// How many operations its changes have.
    pub operations: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What became of one entry.
#[derive(Debug, Clone)]
pub struct Materialised {
    /// Its leaf's number.
    pub leaf: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It changes no chart.
    Noted,
    /// It names the automerge actor that its device will use in this log.
    Actor(DeclaredActor),
    /// It says that a blob belongs to its chart.
    Attached(Blob),
    /// It says that this person is to unlock its device.
    Admission(PersonId),
    /// It is a change that was applied to its chart.
    Applied {
        /// The change's hash.
        hash: [u8; 32],
        /// How many operations it has.
        operations: usize,
    },
    /// It is a change that misses others.
    Waiting {
        /// The change's hash.
        hash: [u8; 32],
        /// The hashes of those it misses.
        missing: Vec<[u8; 32]>,
    },
    /// It could not be taken.
    Quarantined {
        /// The change's hash, where it has one.
        hash: Option<[u8; 32]>,
        /// Why, without anything of the patient.
        reason: String,
    },
}

/// A chart at the hub as it now stands.
#[derive(Clone)]
pub struct HubChart {
    /// The chart.
    pub chart: ChartId,
    /// Its document, saved: a cache of its changes.
    pub snapshot: Vec<u8>,
    /// The hashes of its newest changes, sorted.
    pub heads: Vec<[u8; 32]>,
    /// The scopes that it is in from now on, besides those it is in already.
    pub joins: Vec<ScopeId>,
}

/// Where a scope's feed ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedHead {
    /// The scope.
    pub scope: ScopeId,
    /// Which of the scope's feeds.
    pub feed_epoch: u32,
    /// The last position; zero for none.
    pub position: u64,
    /// The digest there: the sum, modulo 2¹²⁸, of the first 16 bytes of each change's hash, and of the name of each
    /// chart that left, as a big-endian number.
    pub digest: [u8; 16],
}

/// A run of a scope's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRead {
    /// Which of the scope's feeds.
    pub feed_epoch: u32,
    /// The position before the first row.
    pub from: u64,
    /// The digest at the last row.
    pub digest: [u8; 16],
    /// The rows, one a position, in order.
    pub rows: Vec<FeedPlace>,
}

/// What a position of a feed holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeedPlace {
    /// A change.
    Change(FeedRow),
    /// A change of a chart that is in the scope no longer: nobody is to have more of it.
    Gone {
        /// Where the change was first written.
        position: LogPosition,
        /// The chart.
        chart: ChartId,
        /// When, by the writer's hybrid clock.
        hlc: Hlc,
        /// Who.
        person: PersonId,
        /// Its hash.
        hash: [u8; 32],
    },
    /// A chart leaves the scope.
    Leave(ChartId),
}

/// A change in a feed.
#[derive(Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// Where the change was first written.
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
    pub payload: Vec<u8>,
    /// Whether the chart ever left a scope: then who wrote the change may hold it no longer.
    pub has_left: bool,
}

/// Something set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Its leaf's number.
    pub leaf: u64,
    /// Its place in its log.
    pub position: LogPosition,
    /// The chart it names.
    pub chart: Option<ChartId>,
    /// Why.
    pub reason: String,
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Those about this chart.
    pub chart: Option<ChartId>,
    /// Those of this person.
    pub person: Option<PersonId>,
    /// Those of this device.
    pub device: Option<DeviceId>,
    /// Those of this kind.
    pub kind: Option<EntryKind>,
    /// Those from this time on, by the hybrid clock's milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// Those before this leaf: where the page before ended.
    pub before_leaf: Option<u64>,
    /// How many, the newest first.
    pub limit: usize,
}

/// An entry in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its leaf's number.
    pub leaf: u64,
    /// Its place in its log.
    pub position: LogPosition,
    /// The entry; `None` if its bytes are no entry.
    pub entry: Option<Entry>,
}

/// When a device was last here, and how far it had taken its feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The device.
    pub device: DeviceId,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// The release it runs.
    pub release: String,
}

/// How much a hub holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HubCounts {
    /// Charts.
    pub charts: u64,
    /// Entries of every log.
    pub entries: u64,
    /// Entries that nobody has looked into yet.
    pub unmaterialised: u64,
    /// Changes that miss others.
    pub waiting: u64,
    /// Entries set aside.
    pub quarantined: u64,
    /// Runs that claim a place that another entry has.
    pub forks: u64,
}

record::discreet!(HubCommit, Invite, Request, ArrivedEntry, HubChart, FeedRow);
