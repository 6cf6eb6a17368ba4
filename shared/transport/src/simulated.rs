//! For tests: two real ends of QUIC over a simulated link, in virtual time, from one seed.
//!
//! Everything that this room sets up is real: the settings, TLS, the controller, the watchdog. Only the clock and the
//! network are not, so minutes of a bad link pass in milliseconds and the same seed gives the same run.

mod lane;
mod transfer;
mod world;

#[cfg(test)]
mod tests;

pub(crate) use lane::{Lane, Line};
pub(crate) use transfer::{Outcome, Transfer, UNSTORED};
pub(crate) use world::{Side, World};
