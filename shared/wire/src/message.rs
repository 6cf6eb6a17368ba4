//! The messages, and how each becomes bytes.
//!
//! A message is `[kind, body]` in deterministic CBOR. A kind that this release does not know is read
//! as [`Message::Unknown`] and skipped by the session. A body's members are named by one letter; what
//! a later release adds is skipped, or carried where the message may travel further.

mod place;
mod read;

use serde::Serialize;

use crate::blob::{BlobMessage, BlobShape, Unsound, Want, WantShape};
use crate::charts::ChartPack;
use crate::early::Early;
use crate::feed::{BatchShape, FeedBatch, ShapeError};
use crate::fetch::{Fetch, Fetched};
use crate::giveback::{Return, ReturnShape};
use crate::lan::{Declined, Meet};
use crate::limits::{
    MAX_CHECKPOINT_BYTES, MAX_FRAME_BYTES, MAX_LOGS, MAX_NUMBER_BYTES, MAX_PROBED, MAX_QUARANTINED,
    MAX_ROSTER_BYTES, MAX_SCOPES, MAX_TEXT_BYTES, MAX_WORDS,
};
use crate::probe::{Probe, Probed};
use crate::repair::{Repair, RepairShape};
use crate::segment::Segment;
use crate::session::{Cursor, Done, Enrol, Enrolling, Hello, Refused, Show, Stored, Welcome};
use crate::wait::Wait;
pub(crate) use place::is_place;
use read::Read;

/// What one end says to the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Client: who it is and what it holds.
    Hello(Hello),
    /// Hub: what it holds.
    Welcome(Welcome),
    /// Client: a run of its log.
    Push(Segment),
    /// Hub: the run is on disk.
    Stored(Stored),
    /// Hub: a run of a feed.
    Feed(FeedBatch),
    /// Client: the run is on disk.
    Taken(Cursor),
    /// Either: it has sent what it had.
    Done(Done),
    /// Either: it will not go on.
    Refused(Refused),
    /// Device: asks to be enrolled.
    Enrol(Enrol),
    /// Hub: how far that is.
    Enrolling(Enrolling),
    /// Client: what has the hub at these places of the client's log?
    Probe(Probe),
    /// Hub: this.
    Probed(Probed),
    /// Hub: asks for the newest checkpoint held. Client: here it is.
    Show(Show),
    /// Either: a step of making a scope whole again.
    Repair(Repair),
    /// Hub: charts of a scope, all their changes together.
    Pack(ChartPack),
    /// Client: asks for a chart that its site does not hold.
    Fetch(Fetch),
    /// Hub: what came of that.
    Fetched(Fetched),
    /// Either: what it lacks of an attachment's bytes.
    Want(Want),
    /// Either: an attachment's bytes are here, or a group of them.
    Blob(BlobMessage),
    /// Either: a step of giving back to the hub what it lost.
    Return(Return),
    /// Either, between two devices: how new its roster is.
    Meet(Meet),
    /// Either: a segment of another device's log is not taken.
    Declined(Declined),
    /// Client: a run of its log, before WELCOME came.
    Early(Early),
    /// Hub: it is still at what it was asked.
    Wait(Wait),
    /// Something that only a later release knows.
    Unknown {
        /// Its kind.
        kind: u16,
    },
}

/// Why a message was not written. It is the writer's fault: the message is above a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Send less at once.
    #[error("a message is above a limit: {what}")]
    TooLarge {
        /// What of it.
        what: &'static str,
    },
    /// Send a message of a kind that this release knows.
    #[error("a message of unknown kind cannot be written")]
    UnknownKind,
}

/// Why bytes are not a message. Refuse the peer that sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// It is above a limit.
    #[error("a message is above a limit: {what}")]
    TooLarge {
        /// What of it.
        what: &'static str,
    },
    /// It could not be read.
    #[error("a message is damaged")]
    Damaged,
    /// A batch of a feed does not have an item for each position that it covers.
    #[error("a batch of a feed has a gap")]
    Gap,
}

impl From<DecodeError> for crate::RefusalCode {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::TooLarge { .. } => Self::TooLarge,
            DecodeError::Damaged | DecodeError::Gap => Self::Malformed,
        }
    }
}

const HELLO: u16 = 1;
const WELCOME: u16 = 2;
const PUSH: u16 = 3;
const STORED: u16 = 4;
const FEED: u16 = 5;
const TAKEN: u16 = 6;
const DONE: u16 = 7;
const REFUSED: u16 = 8;
const ENROL: u16 = 9;
const ENROLLING: u16 = 10;
const PROBE: u16 = 11;
const PROBED: u16 = 12;
const SHOW: u16 = 13;
const REPAIR: u16 = 14;
const PACK: u16 = 15;
const FETCH: u16 = 16;
const FETCHED: u16 = 17;
const WANT: u16 = 18;
const BLOB: u16 = 19;
const RETURN: u16 = 21;
const MEET: u16 = 22;
const DECLINED: u16 = 23;
const EARLY: u16 = 24;
const WAIT: u16 = 25;

impl Message {
    /// Returns the number of the message's kind.
    #[must_use]
    pub const fn kind(&self) -> u16 {
        match self {
            Self::Hello(_) => HELLO,
            Self::Welcome(_) => WELCOME,
            Self::Push(_) => PUSH,
            Self::Stored(_) => STORED,
            Self::Feed(_) => FEED,
            Self::Taken(_) => TAKEN,
            Self::Done(_) => DONE,
            Self::Refused(_) => REFUSED,
            Self::Enrol(_) => ENROL,
            Self::Enrolling(_) => ENROLLING,
            Self::Probe(_) => PROBE,
            Self::Probed(_) => PROBED,
            Self::Show(_) => SHOW,
            Self::Repair(_) => REPAIR,
            Self::Pack(_) => PACK,
            Self::Fetch(_) => FETCH,
            Self::Fetched(_) => FETCHED,
            Self::Want(_) => WANT,
            Self::Blob(_) => BLOB,
            Self::Return(_) => RETURN,
            Self::Meet(_) => MEET,
            Self::Declined(_) => DECLINED,
            Self::Early(_) => EARLY,
            Self::Wait(_) => WAIT,
            Self::Unknown { kind } => *kind,
        }
    }

    /// Writes the message, without a frame around it.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodeError> {
        if let Some(what) = self.above_limit() {
            return Err(EncodeError::TooLarge { what });
        }
        let kind = self.kind();
        let bytes = match self {
            Self::Hello(body) => write(kind, body),
            Self::Welcome(body) => write(kind, body),
            Self::Push(body) => write(kind, body),
            Self::Stored(body) => write(kind, body),
            Self::Feed(batch) => match BatchShape::try_from(batch) {
                Ok(body) => write(kind, &body),
                Err(_above) => {
                    return Err(EncodeError::TooLarge {
                        what: "a batch's items",
                    });
                }
            },
            Self::Taken(body) => write(kind, body),
            Self::Done(body) => write(kind, body),
            Self::Refused(body) => write(kind, body),
            Self::Enrol(body) => write(kind, body),
            Self::Enrolling(body) => write(kind, body),
            Self::Probe(body) => write(kind, body),
            Self::Probed(body) => write(kind, body),
            Self::Show(body) => write(kind, body),
            Self::Repair(repair) => match RepairShape::try_from(repair) {
                Ok(body) => write(kind, &body),
                Err(_above) => return Err(EncodeError::TooLarge { what: "a repair" }),
            },
            Self::Pack(body) => write(kind, body),
            Self::Fetch(body) => write(kind, body),
            Self::Fetched(body) => write(kind, body),
            Self::Want(want) => write(kind, &WantShape::try_from(want).map_err(unwritable)?),
            Self::Blob(blob) => write(kind, &BlobShape::try_from(blob).map_err(unwritable)?),
            Self::Return(step) => match ReturnShape::try_from(step) {
                Ok(body) => write(kind, &body),
                Err(_above) => return Err(EncodeError::TooLarge { what: "a return" }),
            },
            Self::Meet(body) => write(kind, body),
            Self::Declined(body) => write(kind, body),
            Self::Early(body) => write(kind, body),
            Self::Wait(body) => write(kind, body),
            Self::Unknown { .. } => return Err(EncodeError::UnknownKind),
        }?;
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(EncodeError::TooLarge { what: "the frame" });
        }
        Ok(bytes)
    }

    /// Reads a message that [`Message::to_bytes`] wrote, in this release or a later one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(DecodeError::TooLarge { what: "the frame" });
        }
        let read: Read =
            serde_ipld_dagcbor::from_slice(bytes).map_err(|_opaque| DecodeError::Damaged)?;
        let message = match read {
            Read::Whole(message) => *message,
            Read::Feed(shape) => Self::Feed(FeedBatch::try_from(shape).map_err(batch_error)?),
            Read::Repair(shape) => Self::Repair(Repair::try_from(shape).map_err(batch_error)?),
            Read::Want(shape) => Self::Want(Want::try_from(shape).map_err(unsound)?),
            Read::Blob(shape) => Self::Blob(BlobMessage::try_from(shape).map_err(unsound)?),
            Read::Return(shape) => Self::Return(Return::try_from(shape).map_err(batch_error)?),
        };
        match message.above_limit() {
            Some(what) => Err(DecodeError::TooLarge { what }),
            None if message.names_places() => Ok(message),
            None => Err(DecodeError::Damaged),
        }
    }

    /// Names what of the message is above its limit. What is packed judges itself.
    fn above_limit(&self) -> Option<&'static str> {
        let limits: &[(bool, &'static str)] = match self {
            Self::Hello(it) => &[
                (it.logs.len() > MAX_LOGS, "logs"),
                (it.cursors.len() > MAX_SCOPES, "cursors"),
                (it.packs.len() > MAX_SCOPES, "packs"),
                (it.release.len() > MAX_TEXT_BYTES, "the release"),
            ],
            Self::Welcome(it) => &[
                (it.stored.len() > MAX_LOGS, "logs"),
                (it.feeds.len() > MAX_SCOPES, "feeds"),
                (it.repair.len() > MAX_SCOPES, "scopes to repair"),
                (it.roster.as_ref().is_some_and(is_large), "the roster"),
                (is_long(it.checkpoint.as_ref()), "the checkpoint"),
            ],
            Self::Done(it) => &[
                (it.feeds.len() > MAX_SCOPES, "feeds"),
                (it.ends.len() > MAX_SCOPES, "ends of feeds"),
                (
                    it.quarantined.len() > MAX_QUARANTINED,
                    "quarantined entries",
                ),
                (
                    it.quarantined
                        .iter()
                        .any(|it| it.reason.len() > MAX_TEXT_BYTES),
                    "a reason",
                ),
            ],
            Self::Refused(it) => &[(it.text.len() > MAX_TEXT_BYTES, "the reason")],
            Self::Enrol(it) => &[(it.label.len() > MAX_TEXT_BYTES, "the label")],
            Self::Enrolling(Enrolling::Pending { words }) => &[
                (words.len() > MAX_WORDS, "words"),
                (
                    words.iter().any(|word| word.len() > MAX_TEXT_BYTES),
                    "a word",
                ),
            ],
            Self::Enrolling(Enrolling::Approved { roster, .. }) => {
                &[(is_large(roster), "the roster")]
            }
            Self::Probe(it) => &[(it.seqs.len() > MAX_PROBED, "places")],
            Self::Probed(it) => &[(it.marks.len() > MAX_PROBED, "places")],
            Self::Meet(it) => &[(it.roster.as_ref().is_some_and(is_large), "the roster")],
            Self::Show(it) => &[(it.is_large(), "what is shown")],
            Self::Pack(it) => &[(it.is_large(), "a pack's charts")],
            Self::Fetch(it) => &[
                (it.number.len() > MAX_NUMBER_BYTES, "the number"),
                (it.reason.len() > MAX_TEXT_BYTES, "the reason"),
            ],
            Self::Push(_)
            | Self::Stored(_)
            | Self::Feed(_)
            | Self::Taken(_)
            | Self::Repair(_)
            | Self::Fetched(_)
            | Self::Want(_)
            | Self::Blob(_)
            | Self::Return(_)
            | Self::Declined(_)
            | Self::Early(_)
            | Self::Wait(_)
            | Self::Unknown { .. } => &[],
        };
        limits
            .iter()
            .find(|(above, _)| *above)
            .map(|(_, what)| *what)
    }
}

impl Show {
    fn is_large(&self) -> bool {
        is_long(self.checkpoint.as_ref()) || self.roster.as_ref().is_some_and(is_large)
    }
}

fn is_large(roster: &roster::SignedRoster) -> bool {
    roster.bytes.len() > MAX_ROSTER_BYTES
}

fn is_long(checkpoint: Option<&String>) -> bool {
    checkpoint.is_some_and(|it| it.len() > MAX_CHECKPOINT_BYTES)
}

fn write(kind: u16, body: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
    // Nothing in our bodies can fail to be written: there are no floats and no maps with other keys.
    serde_ipld_dagcbor::to_vec(&(kind, body))
        .map_err(|_opaque| EncodeError::TooLarge { what: "a member" })
}

const fn unsound(Unsound: Unsound) -> DecodeError {
    DecodeError::Damaged
}

const fn unwritable(Unsound: Unsound) -> EncodeError {
    EncodeError::TooLarge {
        what: "a part of an attachment",
    }
}

fn batch_error(error: ShapeError) -> DecodeError {
    match error {
        ShapeError::TooLarge => DecodeError::TooLarge {
            what: "a batch's items",
        },
        ShapeError::Damaged => DecodeError::Damaged,
        ShapeError::Gap => DecodeError::Gap,
    }
}

#[cfg(test)]
mod tests;
