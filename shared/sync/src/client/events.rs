//! What can happen to a client's session, and what it can ask for.

use audit::LogHead;
use record::DeviceId;
use roster::SignedRoster;
use wire::{CheckpointMark, Cursor, FeedBatch, Message, Quarantined, Segment, Version, Versions};

use crate::abort::AbortReason;

/// What the client holds when a session begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientStanding {
    /// Who it is.
    pub device: DeviceId,
    /// The head of its own log.
    pub log: LogHead,
    /// Up to where the hub has confirmed that log.
    pub stored_seq: u64,
    /// How far it has taken each feed.
    pub cursors: Vec<Cursor>,
    /// The epoch of its roster.
    pub roster_epoch: u64,
    /// The versions of the protocol that it speaks.
    pub versions: Versions,
    /// The program's release.
    pub release: String,
    /// The newest checkpoint of the hub's history that it holds.
    pub checkpoint: Option<CheckpointMark>,
}

/// What happened to a client's session.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    /// A message came.
    Received(Message),
    /// The answer to [`ClientEffect::ReadSegment`]; none when nothing follows.
    SegmentRead(Option<Segment>),
    /// The answer to [`ClientEffect::Take`]: the batch is committed, and this is the cursor now.
    Taken(Cursor),
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
    },
    /// Note that the hub has the own log up to this head.
    NoteStored(LogHead),
    /// Apply the batch and move the cursor in one transaction, and answer `Taken`.
    Take(FeedBatch),
    /// Check and keep the roster.
    TakeRoster(SignedRoster),
    /// Note that the hub was met.
    NoteContact {
        /// The hub's clock.
        time_ms: u64,
        /// The newest checkpoint of its history.
        checkpoint: Option<String>,
    },
    /// Everything of ours is at the hub, and everything that the hub had for us is here. Close the
    /// link, or keep it and go on: the session then stays open for what comes.
    Finished(Summary),
    /// Close the link. The session is over; nothing is lost.
    Abort(AbortReason),
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
    /// Positions of feeds taken that were our own entries.
    pub own_taken: u64,
    /// Positions of feeds taken that were others'.
    pub entries_taken: u64,
    /// Our entries that the hub keeps but could not merge.
    pub quarantined: Vec<Quarantined>,
}
