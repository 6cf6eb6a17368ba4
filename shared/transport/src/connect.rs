//! The end that connects: one link to the hub that the device was told of, or to another device.

use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use crypto::{PublicKey, SigningKey};
use quinn::{ClientConfig, ConnectionError, Endpoint, TransportErrorCode};
use tokio::time::timeout;
use wire::RefusalCode;

use crate::allowance::RateLimit;
use crate::link::{Link, Quic, refusal};
use crate::settings::{Congestion, End, HANDSHAKE, transport};
use crate::tcp;
use crate::tls::{self, Peer, proved_by};

/// The TLS alerts that are told apart (RFC 8446, RFC 7301).
const ACCESS_DENIED: u8 = 49;
const NO_APPLICATION_PROTOCOL: u8 = 120;

/// What rustls wants for a server's name. It is never sent.
pub(crate) const HUB_NAME: &str = "hub.invalid";

/// Why there is no link.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody answered: try again when there is a network.
    #[error("the hub does not answer")]
    Unreachable(#[source] Option<Box<dyn Error + Send + Sync>>),
    /// Someone else answered: do not go on; the address is wrong, or someone is in between.
    #[error("what answered is not the hub that this device knows")]
    WrongHub,
    /// The hub is full, or stopping: try again later.
    #[error("the hub does not take the link now ({code:?})")]
    Refused {
        /// Why.
        code: RefusalCode,
    },
    /// One of the two needs an update.
    #[error("the hub speaks another version")]
    NoCommonVersion,
    /// What answered does not complete the handshake: try again, then ask the hub's administrator.
    #[error("the hub did not complete the handshake")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
    /// This computer has no socket to give: close other programs, or look at its firewall.
    #[error("this computer could not open a socket")]
    NoSocket(#[source] Box<dyn Error + Send + Sync>),
}

impl ConnectError {
    /// Whether the hub itself has spoken, so that another carrier would bring the same answer.
    pub(crate) const fn is_final(&self) -> bool {
        match self {
            Self::WrongHub | Self::Refused { .. } | Self::NoCommonVersion => true,
            Self::Unreachable(_) | Self::Failed(_) | Self::NoSocket(_) => false,
        }
    }
}

/// Why a hub's address led nowhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Correct the address: a host and a port, like `hub.example.org:4433`.
    #[error("an address has a host and a port, like hub.example.org:4433")]
    NotAnAddress,
    /// Try again when there is a network.
    #[error("the hub's name could not be looked up")]
    NoAnswer(#[source] Option<Box<dyn Error + Send + Sync>>),
}

/// Looks up a hub's address, `host:port`.
pub async fn resolve(address: &str) -> Result<SocketAddr, ResolveError> {
    let port = address
        .rsplit_once(':')
        .map(|(_host, port)| port.parse::<u16>());
    if !matches!(port, Some(Ok(1..))) {
        return Err(ResolveError::NotAnAddress);
    }
    let mut found = timeout(HANDSHAKE, tokio::net::lookup_host(address))
        .await
        .map_err(|late| ResolveError::NoAnswer(Some(late.into())))?
        .map_err(|why| ResolveError::NoAnswer(Some(why.into())))?;
    found.next().ok_or(ResolveError::NoAnswer(None))
}

/// How a device reaches the hub, or another device.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Where the hub is. It listens for both carriers on one port.
    pub address: SocketAddr,
    /// The device's key.
    pub own: &'a SigningKey,
    /// Who is to be reached, by the key that it has to prove.
    pub peer: Peer,
    /// How fast to send.
    pub congestion: Congestion,
    /// What the link may carry at most, in each direction.
    pub limit: Option<RateLimit>,
}

/// Connects to the hub by QUIC, if it proves to hold its key.
///
/// That this succeeds does not mean that the hub will have us: with TLS 1.3 it judges our key afterwards.
pub async fn connect(
    hub_addr: SocketAddr,
    own: &SigningKey,
    hub: &PublicKey,
) -> Result<Link, ConnectError> {
    let target = Target {
        address: hub_addr,
        own,
        peer: Peer::Hub(*hub),
        congestion: Congestion::default(),
        limit: None,
    };
    by_quic(&target).await
}

/// Connects by QUIC.
pub(crate) async fn by_quic(target: &Target<'_>) -> Result<Link, ConnectError> {
    let tls =
        tls::client(target.own, target.peer).map_err(|why| ConnectError::Failed(why.into()))?;
    let mut config = ClientConfig::new(Arc::new(tls));
    config.transport_config(transport(End::Client, target.congestion, target.limit));
    let any = match target.address {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = Endpoint::client(any).map_err(|why| ConnectError::NoSocket(why.into()))?;
    let connecting = socket
        .connect_with(config, target.address, HUB_NAME)
        .map_err(|why| ConnectError::Unreachable(Some(why.into())))?;
    let connection = timeout(HANDSHAKE, connecting)
        .await
        .map_err(|_late| ConnectError::Unreachable(None))?
        .map_err(handshake_error)?;
    let peer = proved_by(&connection).ok_or(ConnectError::WrongHub)?;
    let link = Link::over_quic(Quic::of_client(connection, socket), peer);
    Ok(link.limited(target.limit))
}

/// Connects by TLS over TCP.
pub(crate) async fn by_tcp(target: &Target<'_>) -> Result<Link, ConnectError> {
    let provider = tls::provider();
    let config = tls::client_with(provider, target.own, target.peer)
        .map_err(|why| ConnectError::Failed(why.into()))?;
    timeout(HANDSHAKE, tcp::meet(target.address, config, target.limit))
        .await
        .map_err(|_late| ConnectError::Unreachable(None))?
        .map(|(stream, peer)| Link::over_tcp(stream, peer).limited(target.limit))
}

fn handshake_error(why: ConnectionError) -> ConnectError {
    if let Some(code) = refusal(&why) {
        return ConnectError::Refused { code };
    }
    match why {
        ConnectionError::TransportError(ours)
            if ours.code == TransportErrorCode::crypto(ACCESS_DENIED) =>
        {
            ConnectError::WrongHub
        }
        ConnectionError::ConnectionClosed(theirs)
            if theirs.error_code == TransportErrorCode::CONNECTION_REFUSED =>
        {
            ConnectError::Refused {
                code: RefusalCode::Busy,
            }
        }
        ConnectionError::ConnectionClosed(theirs)
            if theirs.error_code == TransportErrorCode::crypto(NO_APPLICATION_PROTOCOL) =>
        {
            ConnectError::NoCommonVersion
        }
        ConnectionError::VersionMismatch => ConnectError::NoCommonVersion,
        ConnectionError::TimedOut | ConnectionError::Reset => {
            ConnectError::Unreachable(Some(why.into()))
        }
        ConnectionError::TransportError(_)
        | ConnectionError::ConnectionClosed(_)
        | ConnectionError::ApplicationClosed(_)
        | ConnectionError::LocallyClosed
        | ConnectionError::CidsExhausted => ConnectError::Failed(why.into()),
    }
}
