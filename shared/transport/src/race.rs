//! Reaching the hub on a network that may let no UDP through.
//!
//! QUIC goes first. When it is not there after three seconds, TCP sets out as well, and whoever arrives first is kept.
//! Which one that was is worth remembering for the network, so that the next sync does not wait again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crypto::hash;
use tokio::time::{Instant, sleep, timeout};

use crate::connect::{ConnectError, Target, by_quic, by_tcp};
use crate::link::{Carrier, Link};
use crate::settings::FRESH_ATTEMPT;

/// How long the first carrier is alone: a handshake at 64 kbit/s and 600 ms takes less, one lost packet included.
const HEAD_START: Duration = Duration::from_secs(3);

/// How long an attempt takes at least before the next.
const PAUSE: Duration = Duration::from_secs(2);

/// Names the network that leads to a hub, without telling which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkName(pub [u8; 8]);

impl NetworkName {
    /// Names the network by the block of addresses that this computer would reach the hub from. Nothing is sent.
    /// None without a network.
    #[must_use]
    pub fn towards(hub: SocketAddr) -> Option<Self> {
        let any: SocketAddr = match hub {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(hub).ok()?;
        let block = match socket.local_addr().ok()?.ip() {
            // The last numbers are the computer's own, and change.
            IpAddr::V4(own) => own.octets().get(..3)?.to_vec(),
            IpAddr::V6(own) => own.octets().get(..8)?.to_vec(),
        };
        let name = hash(
            "posta/network/v1",
            &[&block, hub.ip().to_string().as_bytes()],
        );
        Some(Self(*name.as_bytes().first_chunk()?))
    }
}

/// Connects to the hub by whichever carrier gets there first. The one that is expected to has a head start.
pub async fn race(target: &Target<'_>, expected: Carrier) -> Result<Link, ConnectError> {
    let first = by(target, expected);
    let second = by(target, expected.other());
    tokio::pin!(first, second);
    tokio::select! {
        arrived = &mut first => match arrived {
            Err(why) if !why.is_final() => return second.await.map_err(|other| worse(why, other)),
            arrived => return arrived,
        },
        () = sleep(HEAD_START) => {}
    }
    tokio::select! {
        arrived = &mut first => match arrived {
            Err(why) if !why.is_final() => second.await.map_err(|other| worse(why, other)),
            arrived => arrived,
        },
        arrived = &mut second => match arrived {
            Err(why) if !why.is_final() => first.await.map_err(|other| worse(why, other)),
            arrived => arrived,
        },
    }
}

/// Connects beside a link that is silent: it tries again until the network is back, or the hub says no. Whoever
/// waits on both keeps the one that answers first.
pub async fn race_afresh(target: &Target<'_>, expected: Carrier) -> Result<Link, ConnectError> {
    loop {
        let began = Instant::now();
        match timeout(FRESH_ATTEMPT, race(target, expected)).await {
            Ok(Ok(link)) => return Ok(link),
            Ok(Err(why)) if why.is_final() => return Err(why),
            // Without a network that fails at once.
            Ok(Err(_)) => sleep(PAUSE.saturating_sub(began.elapsed())).await,
            Err(_late) => {}
        }
    }
}

/// Connects by one carrier alone.
pub async fn by(target: &Target<'_>, carrier: Carrier) -> Result<Link, ConnectError> {
    match carrier {
        Carrier::Quic => by_quic(target).await,
        Carrier::Tcp => by_tcp(target).await,
    }
}

/// Of two reasons, the one that says more.
fn worse(one: ConnectError, other: ConnectError) -> ConnectError {
    if matches!(one, ConnectError::Unreachable(_)) {
        other
    } else {
        one
    }
}

#[cfg(test)]
mod tests;
