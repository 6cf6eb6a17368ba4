//! Messages, versions, segments and canonical bytes.
//!
//! This room is pure. It turns what the two ends say into bytes and back, and holds both to the
//! limits; what is said when is for `sync`.
#![doc = include_str!("../PROTOCOL.md")]
// Hostile bytes are read here: no sum of theirs may overflow, and nothing may panic.
#![warn(clippy::expect_used)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod veil;
mod version;
mod wait;

mod message;
mod probe;
mod refusal;
mod session;

mod blob;
mod charts;
mod early;
mod feed;
mod fetch;
mod giveback;
mod lan;
mod members;
mod repair;
mod segment;

mod bundle;
mod frame;
mod inbox;
mod outbox;

mod brief;
mod dictionary;
mod pack;

pub mod limits;

pub use blob::{BlobGroup, BlobMessage, GroupRange, Want};
pub use brief::{EarlierChange, FindChange, ReadChange, training_sample};
pub use bundle::{BundleError, BundleHeader, BundleReader, BundleWriteError, BundleWriter, Proven};
pub use charts::{
    ChartPack, OpenPackError, PackError, PackMark, PackProgress, PackRow, PackTail, PackWindow,
    PackedChange, PackedChart, TailPlace,
};
pub use early::Early;
pub use feed::{
    BatchError, BatchSeal, FeedBatch, FeedChain, FeedDigest, FeedItem, FeedSeal, ItemMark,
};
pub use fetch::{Fetch, Fetched};
pub use frame::{
    FrameStart, FrameTooLarge, LENGTH_BYTES, PieceEnd, frame_length, frame_start, to_frame,
};
pub use giveback::{Return, ReturnStep};
pub use inbox::Inbox;
pub use lan::{Declined, Meet};
pub use members::Members;
pub use message::{DecodeError, EncodeError, Message};
pub use outbox::{Outbox, Urgency};
pub use probe::{ChainMark, Probe, Probed};
pub use refusal::RefusalCode;
pub use repair::{Repair, RepairStep};
pub use segment::{OpenedEntry, OpenedSegment, SealError, Segment, SegmentError};
pub use session::{
    CheckpointMark, Cursor, Done, Enrol, Enrolling, FeedEnd, FeedHead, Hello, Quarantined, Refused,
    Show, Stored, Welcome,
};
pub use veil::veiled;
pub use version::{Version, Versions};
pub use wait::Wait;
