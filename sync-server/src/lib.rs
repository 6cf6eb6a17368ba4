//! The hub: takes in what devices send, merges it, fans it out, keeps the history, and lets devices in.
//!
//! [`Hub`] is a hub without a network: its store, its keys, its roster. [`HubDriver`] carries one peer's session out
//! against it. [`serve`] puts both behind a QUIC listener; the simulation drives them in one thread from a seed.
//! Nothing from a peer can stop the hub: what cannot be merged is kept and set aside with a reason.

mod world;

mod home;
mod hub;
mod keys;
mod pen;

mod admin;
mod approve;
mod enrol;
mod invite;

mod charts;
mod ingest;
mod judge;
mod materialise;
mod past;

mod driver;
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
pub use driver::{HubDriver, Output};
pub use home::{Home, HomeError, ServeLock};
pub use hub::{Founding, Hub, InitError, OpenHubError};
pub use invite::{InviteDeviceError, MAX_INVITE_HOURS};
pub use judge::Reason;
pub use listing::HistoryLine;
pub use materialise::{Progress, STEP};
pub use serve::{ServeError, serve};
pub use status::{DeviceStatus, QuarantineStatus, SiteStatus, Status};
pub use verify::{Problem, Verification};
pub use world::{OsWorld, World};
