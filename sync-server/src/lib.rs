//! The hub: takes in what devices send, merges it, fans it out, keeps the history, and lets devices in.
//!
//! [`Hub`] is a hub without a network: its store, its keys, its roster. [`HubDriver`] carries one peer's session out
//! against it. [`serve`] puts both behind a QUIC listener; the simulation drives them in one thread from a seed.
//!
//! What holds a peer's bytes back: every message is bounded; a change is read by a structural check of our own
//! before automerge sees it, and automerge sees it in a child process of limited memory and time (`merge`): a change over which
//! that dies costs that change only. What cannot be merged is kept and set aside with a reason. The hub's own thread waits for
//! the child, a limited number of entries at a time: a chart that is slow to merge delays the other devices by that long, which the limits bound.

mod world;

mod home;
mod hub;
mod keys;
mod pen;

mod admin;
mod approve;
mod custody;
mod enrol;
mod invite;
mod people;

mod attach;
mod charts;
mod ingest;
mod judge;
mod materialise;
mod merge;
mod moves;
mod packs;
mod past;
mod quarantine;

mod copies;

mod bundle;
mod compare;
mod driver;
mod giveback;
mod rejoin;
mod restored;
mod sealed;
mod standing;

mod listing;
mod status;
mod verify;

mod serve;

pub mod cli;

#[cfg(test)]
mod testing;

pub use admin::AdminError;
pub use approve::{ApproveError, Waiting};
pub use bundle::{BundleFault, BundleFrom, BundleRead, BundleWritten};
pub use copies::NewLog;
pub use custody::{Custody, CustodyError};
pub use driver::{HubDriver, Output};
pub use home::{Home, HomeError, ServeLock};
pub use hub::{Founding, Hub, InitError, OpenHubError};
pub use invite::{InviteDeviceError, MAX_INVITE_HOURS};
pub use judge::Reason;
pub use listing::HistoryLine;
pub use materialise::{Progress, STEP};
pub use merge::Death;
pub use moves::MoveError;
pub use people::WaitingPerson;
pub use quarantine::{QuarantineError, Rebuilt, Released};
pub use restored::{GenerationError, Restored};
pub use serve::{ServeError, serve};
pub use status::{DeviceStatus, QuarantineStatus, SiteStatus, Status};
pub use verify::{Problem, Verification};
pub use world::{OsWorld, World};
