//! Links over QUIC and TCP, framing and TLS identity.
//!
//! A [`Link`] carries messages between a device and the hub. Both ends prove that they hold an Ed25519 key (raw
//! public keys, RFC 7250): the device knows the hub's beforehand, and the hub asks its roster about the device's,
//! afresh for every link. Nothing is resumed: a session ticket once let a revoked device back in.
//!
//! This room decides nothing about records or who may sync. What carries a link does not show through it,
//! nor what it is built on (quinn, rustls).

mod allowance;
mod congestion;
mod restart;
mod settings;
mod tls;

mod counted;
mod link;
mod watchdog;

mod connect;
mod discovery;
mod listener;
mod network;
mod race;
mod tcp;

pub use allowance::RateLimit;
pub use connect::{ConnectError, ResolveError, Target, connect, resolve};
pub use discovery::{Announced, DiscoveryError, announce, find};
pub use link::{
    Carrier, Counters, ExchangeError, Exchanged, Link, LinkCloser, ReceiveError, Receiving,
    SendError, Waited,
};
pub use listener::{BindError, Listener, Listening};
pub use network::watch_network;
pub use race::{NetworkName, by, race, race_afresh};
pub use settings::Congestion;
pub use tls::Peer;

#[cfg(test)]
mod loopback;
#[cfg(test)]
mod simulated;
