//! Sites, people, devices and roles: who may do what.
//!
//! The roster is the fleet's whole set of certificates: one small signed list with an epoch that only rises.
//! It travels by sync or on a stick and is believed for its signature, not for where it came from. This room
//! is pure: it is handed the time and its bytes, and it does not know how they are kept or sent.

mod members;
mod role;
mod roster;

mod may;

mod change;
mod people;
mod rejoin;
mod signed;

mod invite;

pub use change::{ChangeError, NewDevice};
pub use invite::{Invite, InviteError, token_hash};
pub use may::{Action, Refusal, may, might};
pub use members::{Device, DeviceState, HubKeys, Person, PersonKey, Scope, Site, SiteKind};
pub use people::Opener;
pub use rejoin::{Floors, GivenTwice};
pub use role::{Role, UnknownName};
pub use roster::Roster;
pub use signed::{RosterError, SignedRoster};
