//! QUIC endpoints, framing and TLS identity.
//!
//! A [`Link`] carries messages between a device and the hub. Both ends prove that they hold an Ed25519 key (raw
//! public keys, RFC 7250): the device knows the hub's beforehand, and the hub asks its roster about the device's,
//! afresh for every link. Nothing is resumed: a session ticket once let a revoked device back in.
//!
//! This room decides nothing about records or who may sync. What is built on (quinn, rustls) does not show through it.

mod congestion;
mod restart;
mod settings;
mod tls;

mod inbox;
mod link;
#[cfg(test)]
mod watchdog;

mod connect;
mod listener;

pub use connect::{ConnectError, ResolveError, connect, resolve};
pub use link::{Counters, Link, LinkCloser, ReceiveError, SendError};
pub use listener::{BindError, Listener};
pub use settings::Congestion;

#[cfg(test)]
mod loopback;
#[cfg(test)]
mod simulated;
