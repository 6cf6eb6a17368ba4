//! The session state machine, both ends.
//!
//! Each end takes in one event at a time and returns what is to be done, as data. There is no clock,
//! no link and no store in here: a driver beside each store carries the effects out, one after
//! another, and brings the answers back as events. So every decision of the protocol is made here,
//! and a whole session runs in one thread from one seed.

mod client;
mod hub;
mod lan;

mod abort;
mod held;

#[cfg(test)]
mod model;

pub use abort::AbortReason;
pub use client::{
    Ahead, ClientBlobEffect, ClientEffect, ClientEvent, ClientSession, ClientStanding, Greeting,
    HeldCheckpoint, Provable, Summary, Wanted,
};
pub use held::Held;
pub use hub::{
    Given, Holds, HubBlobEffect, HubEffect, HubEvent, HubSession, HubStanding, IngestRefusal,
    JudgedBlob, PeerStanding,
};
pub use lan::{
    FeedGiven, Judged, LanEffect, LanEvent, LanSession, LanStanding, LanSummary, LogOffer,
};
