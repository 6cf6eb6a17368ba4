//! What can happen to a client's session, and what it can ask for.

use audit::{BeginReason, LogHead, LogPosition};
use crypto::Blob;
use record::{DeviceId, ScopeId};
use roster::SignedRoster;
use wire::limits::{MAX_LOGS, MAX_LOGS_OF_A_DEVICE};
use wire::{
    BlobGroup, ChainMark, ChartPack, Cursor, Declined, Early, FeedBatch, FeedItem, Fetch, Fetched,
    ItemMark, Message, PackProgress, Quarantined, RefusalCode, Segment, Version, Versions, veiled,
};

use super::Provable;
use super::attach::Wanted;
use crate::abort::AbortReason;
use crate::held::Held;
use crate::lan::LogOffer;

/// What the client holds when a session begins.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientStanding {
    /// Who it is.
    pub device: DeviceId,
    /// The head of its own log: the newest, if it has several.
    pub log: LogHead,
    /// Up to where the hub has confirmed that log.
    pub stored: LogHead,
    /// The last entry of its log that was removed with its chart, and cannot be sent again; zero for none.
    pub removed: u64,
    /// Where its older logs end, the oldest first.
    pub older: Vec<LogHead>,
    /// Its store is known to be an older copy: it must begin a new log.
    pub restored: bool,
    /// How far it has taken each feed. Of a scope whose cursor is lost, a cursor of feed epoch 0 at any position.
    pub cursors: Vec<Cursor>,
    /// How far it has taken the packs of feeds that it has no cursor of.
    pub packs: Vec<PackProgress>,
    /// The charts that it asks for. The access entries are in its log.
    pub fetches: Vec<Fetch>,
    /// What it carries of other devices' logs.
    pub carried: Vec<LogOffer>,
    /// The epoch of its roster.
    pub roster_epoch: u64,
    /// The versions of the protocol that it speaks.
    pub versions: Versions,
    /// The program's release.
    pub release: String,
    /// The newest checkpoint of the hub's history that it holds.
    pub checkpoint: Option<HeldCheckpoint>,
    /// Its link is metered, and nobody asked for more: the feeds wait, but for charts that were asked for. What was
    /// written here goes up.
    pub feeds_wait: bool,
    /// What of its log follows on what the hub confirmed: it is sent without waiting for WELCOME.
    pub early: Option<Early>,
}

impl ClientStanding {
    /// Returns what may be sent before it is known where the log stands: only what surely goes on there, and nothing
    /// that may follow on what goes up before it.
    pub(super) fn sent_early(&self) -> Option<&Early> {
        let goes_on = |it: &&Early| it.segment.before() == self.stored;
        let is_second = self.versions.include(Version::TWO);
        let may = is_second
            && !self.restored
            && self.carried.is_empty()
            && self.removed <= self.stored.seq;
        self.early.as_ref().filter(goes_on).filter(|_| may)
    }

    /// Returns what of that the hub takes, by what it says that it has.
    pub(super) fn taken_early(&self, logs: &[LogHead]) -> Option<&Early> {
        let same_log = |it: &&LogHead| (it.device, it.epoch) == (self.device, self.stored.epoch);
        let there = logs.iter().find(same_log).copied();
        let there = there.unwrap_or_else(|| LogHead::start(self.device, self.stored.epoch));
        self.sent_early().filter(|_| there == self.stored)
    }

    /// Returns the scopes that are repaired in this session: their feeds wait with the others.
    pub(crate) const fn may_repair<'a>(&self, scopes: &'a [ScopeId]) -> &'a [ScopeId] {
        if self.feeds_wait { &[] } else { scopes }
    }

    /// Returns what HELLO says of the own logs: where each of the older ones ends, where the hub confirmed the newest,
    /// and this head of it. What the hub has up to such a place comes back as its place only.
    #[must_use]
    pub fn named_logs(&self, newest: LogHead) -> Vec<LogHead> {
        let older = self.older.iter().filter(|it| it.seq > 0).copied();
        let room = MAX_LOGS_OF_A_DEVICE.min(self.older.len());
        let mut logs: Vec<LogHead> = older.rev().take(room).collect();
        logs.reverse();
        if self.stored.seq > 0 && self.stored != newest {
            logs.push(self.stored);
        }
        logs.push(newest);
        logs
    }

    /// Returns the last head of the own log whose chain the hub may be told: it confirmed the entries before it, or is
    /// sent them with HELLO. Who has not got the entries after it cannot compute a chain there, so a hub that names one
    /// has them. Told where the log ends, a hub that has nothing could say that it has all.
    fn last_told(&self) -> LogHead {
        let sent = self.sent_early().map(|it| it.segment.after());
        sent.and_then(Result::ok).unwrap_or(self.stored)
    }

    /// Returns what HELLO of a session says, with the logs that it carries for others at their ends, whose chains it does
    /// not tell either.
    pub(super) fn all_logs(&self) -> Vec<LogHead> {
        let mut logs = self.named_logs(self.last_told());
        let room = MAX_LOGS.saturating_sub(logs.len());
        logs.extend(self.carried.iter().take(room).map(|it| veiled(it.head)));
        logs
    }
}

/// A checkpoint of the hub's history that a client holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCheckpoint {
    /// How many entries it stands for.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// What happened to a client's session.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// A message came.
    Received(Message),
    /// The answer to [`ClientEffect::ReadSegment`]; none when nothing follows.
    SegmentRead(Option<Segment>),
    /// The answer to [`ClientEffect::Take`]: the batch is committed, and this is the cursor now. Or to
    /// [`ClientEffect::TakePack`]: the pack is committed, and this is what it says of itself.
    Taken(Cursor),
    /// The answer to [`ClientEffect::CompareChains`]: the last of the places where the own log has the same mark.
    ChainsCompared(Option<u64>),
    /// The answer to [`ClientEffect::BeginLog`]: the new log, with what was written again into it.
    LogBegun(LogHead),
    /// The answer to [`ClientEffect::ReadHeld`].
    HeldRead {
        /// Of which scope.
        scope: ScopeId,
        /// What is held.
        held: Vec<Held>,
    },
    /// The answer to [`ClientEffect::Keep`]: it is committed.
    Kept {
        /// Of which scope.
        scope: ScopeId,
    },
    /// What of attachments is to go and to come. Told once the session has said `Finished`, and again after that if
    /// there is more; a session in version 1 has no use for it.
    Attachments {
        /// Bytes that are here and not known to be at the hub.
        offers: Vec<Blob>,
        /// Bytes that are wanted here.
        wants: Vec<Wanted>,
    },
    /// The answer to [`ClientBlobEffect::Read`]; none if it is not here any more.
    GroupRead(Option<BlobGroup>),
    /// The answer to [`ClientBlobEffect::Keep`]: it is committed, and this is still lacking.
    GroupKept(Wanted),
    /// The answer to [`ClientEffect::ReadProvable`]; none if nothing of it can be proven.
    ProvableRead {
        /// Of which scope.
        scope: ScopeId,
        /// What can be proven.
        provable: Option<Provable>,
    },
    /// The answer to [`ClientEffect::ReadMarks`].
    MarksRead {
        /// Of which scope.
        scope: ScopeId,
        /// What stands for the next items of its feed, in order; one at least.
        marks: Vec<ItemMark>,
    },
    /// The answer to [`ClientEffect::ReadChanges`].
    ChangesRead {
        /// Of which scope.
        scope: ScopeId,
        /// How many of the hashes, from the first, this answers; one at least.
        answered: usize,
        /// The changes. One that is not here any more has none.
        items: Vec<FeedItem>,
    },
    /// The answer to [`ClientEffect::ReadCarried`]; none when nothing follows.
    CarriedRead(Option<Segment>),
    /// The own log grew while the session is open.
    NewEntries,
    /// The link broke or was closed.
    LinkLost,
}

/// What is to be done for a client's session, one after another in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEffect {
    /// Send the message.
    Send(Message),
    /// Read and seal the entries of the own log that follow this place, and answer `SegmentRead`.
    ReadSegment {
        /// The place before the first to be read.
        after_seq: u64,
        /// The version of the protocol that is spoken.
        version: Version,
        /// How many bytes of entries are enough; one entry at least.
        max_bytes: usize,
    },
    /// Read the segment of a log that is carried that follows a place, as it was signed, and answer `CarriedRead`.
    ReadCarried {
        /// The place before the first entry.
        after: LogPosition,
    },
    /// Let go of what is carried of a log up to this place: the hub has it.
    NoteDelivered(LogPosition),
    /// Let go of a log that is carried: the hub does not take it.
    NoteDeclined(Declined),
    /// Compare the own log with what the hub has at these places, and answer `ChainsCompared`.
    CompareChains {
        /// Which of the own logs.
        epoch: u32,
        /// Places, the lowest first, with the hub's mark.
        marks: Vec<(u64, ChainMark)>,
    },
    /// Begin a new log, write into it again what follows the last common entry of the newest one, byte for byte, end
    /// that one there, and answer `LogBegun`; all of it in one transaction.
    BeginLog {
        /// The new log: higher than any that the hub or this device knows.
        epoch: u32,
        /// The last entry that the hub and this device have in common.
        continues: LogPosition,
        /// How that was found out.
        why: BeginReason,
    },
    /// Note that the hub has the own log up to this head.
    NoteStored(LogHead),
    /// Note that the hub has the own log only up to this head: it has lost what it had confirmed beyond.
    NoteLost(LogHead),
    /// Read which changes are held of the charts of a scope, at most so many, and answer `HeldRead`.
    ReadHeld {
        /// Of which scope.
        scope: ScopeId,
        /// How many are enough.
        limit: usize,
    },
    /// Note which of the changes held of a scope the hub does not have.
    NoteNotAtHub {
        /// Of which scope.
        scope: ScopeId,
        /// Their hashes.
        hashes: Vec<[u8; 32]>,
    },
    /// Look which of these changes, which the hub does not have, it once signed, leaving out those that go up with the
    /// own log, and answer `ProvableRead`.
    ReadProvable {
        /// Of which scope.
        scope: ScopeId,
        /// Their hashes.
        hashes: Vec<[u8; 32]>,
    },
    /// Read what stands for the items of a feed after one place up to another, at most what a message holds, and
    /// answer `MarksRead`.
    ReadMarks {
        /// Of which scope.
        scope: ScopeId,
        /// The place before the first.
        after: u64,
        /// The last.
        up_to: u64,
    },
    /// Read changes by their hashes, from the first on, as many as a message holds, and answer `ChangesRead`.
    ReadChanges {
        /// Of which scope.
        scope: ScopeId,
        /// Their hashes.
        hashes: Vec<[u8; 32]>,
    },
    /// Apply what was missing in a scope in one transaction, without moving its cursor, and answer `Kept`.
    Keep {
        /// Of which scope.
        scope: ScopeId,
        /// What was missing.
        items: Vec<FeedItem>,
    },
    /// Move a cursor, for what is before it is held; answer `Taken`.
    MoveCursor(Cursor),
    /// Apply the batch and move the cursor in one transaction, and answer `Taken`.
    Take(FeedBatch),
    /// Check the pack, merge its charts and note how far the packs have come, or the cursor after the last one, in
    /// one transaction, and answer `Taken`.
    TakePack(ChartPack),
    /// Note what the hub answered to FETCH.
    NoteFetched(Fetched),
    /// Do something for an attachment's bytes.
    Blob(ClientBlobEffect),
    /// Check and keep the roster.
    TakeRoster(SignedRoster),
    /// The hub knows nothing of the newest checkpoint that it signed: remember that it was restored.
    NoteShown,
    /// Show the hub this checkpoint and the roster.
    Show(Option<String>),
    /// Note that the hub was met.
    NoteContact(Greeting),
    /// Everything of ours is at the hub, and everything that the hub had for us is here. Close the
    /// link, or keep it and go on: the session then stays open for what comes.
    Finished(Summary),
    /// Close the link. The session is over; nothing is lost.
    Abort(AbortReason),
}

/// What the hub says of itself in WELCOME.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Greeting {
    /// Its clock.
    pub time_ms: u64,
    /// The newest checkpoint of its history; none if that is the one that is held here.
    pub checkpoint: Option<String>,
    /// How often it has told this device that it has a blob whole. If it is known here to have said so more often, it
    /// was restored: what it is believed to have is offered again.
    pub files_told: u64,
}

/// What is to be done for attachments' bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientBlobEffect {
    /// Read a group of a blob, with its proof, and answer `GroupRead`.
    Read {
        /// Of which.
        blob: Blob,
        /// Which.
        number: u32,
    },
    /// Keep a group of a blob, and answer `GroupKept`. It is proven.
    Keep {
        /// Of which.
        blob: Blob,
        /// Which.
        number: u32,
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its own hash in the tree.
        hash: [u8; 32],
    },
    /// Note that the hub has all of a blob.
    NoteAtHub {
        /// Which.
        blob: Blob,
        /// How often it has said so of any, this time included; zero if it does not count.
        told: u64,
    },
}

/// How much a session has before it, as far as is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ahead {
    /// Own entries that the hub has not said to have stored.
    pub own: u64,
    /// Positions of feeds that have not come.
    pub feeds: u64,
}

/// What a session did so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// How often the client had to wait for an answer.
    pub round_trips: u32,
    /// Entries sent.
    pub entries_pushed: u64,
    /// Entries sent that the hub has on disk.
    pub entries_stored: u64,
    /// Entries of other devices that were carried to the hub.
    pub entries_delivered: u64,
    /// Positions of feeds taken that were our own entries.
    pub own_taken: u64,
    /// Positions of feeds taken that were others'.
    pub entries_taken: u64,
    /// Changes of others that were given back to the hub, which had lost them.
    pub given_back: u64,
    /// Packs of whole charts taken.
    pub packs_taken: u64,
    /// What the hub answered to each FETCH.
    pub fetched: Vec<Fetched>,
    /// Our entries that the hub keeps but could not merge.
    pub quarantined: Vec<Quarantined>,
    /// A new log was begun, and why.
    pub log_begun: Option<BeginReason>,
    /// Attachments that the hub has whole now.
    pub attachments_sent: u64,
    /// Attachments that came and are whole here now.
    pub attachments_taken: u64,
    /// Attachments that neither came nor went, and why. They are tried again in the next session.
    pub attachments_refused: Vec<(Blob, RefusalCode)>,
}
