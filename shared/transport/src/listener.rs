//! The end that listens, the hub's or a device's: links from whoever proves to hold a key, over QUIC and over TCP.
//!
//! Handshakes run beside each other, so a peer that sends garbage, or nothing, holds up nobody. Their number and
//! that of the links is bounded.

mod streams;

use std::error::Error;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use crypto::SigningKey;
use quinn::{Endpoint, Incoming, ServerConfig, TokioRuntime, ValidationTokenConfig, VarInt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wire::RefusalCode;

use crate::link::{Link, Quic};
use crate::settings::{Congestion, End, HANDSHAKE, transport};
use crate::{restart, tls};
use streams::Streams;

/// How much the hub takes on.
#[derive(Debug, Clone, Copy)]
struct Load {
    /// Links open at once: twice the fleet that a hub of one process is made for.
    links: usize,
    /// Handshakes under way at once, and links that the application has not accepted yet.
    handshakes: usize,
    /// From so many handshakes on, a peer must first show that its address is its own: that costs it a round trip,
    /// and an attacker with forged addresses everything.
    suspicious: usize,
    /// Handshakes over TCP under way at once from one address: whoever says nothing there must not keep others out.
    /// A clinic behind one address has fewer computers that come in the same second.
    from_one_address: usize,
}

impl Load {
    const USUAL: Self = Self {
        links: 1_024,
        handshakes: 128,
        suspicious: 64,
        from_one_address: 16,
    };
}

/// Datagrams of a handshake kept until its turn comes: for one, and for all.
const INCOMING_BYTES: u64 = 64 << 10;
const INCOMING_BYTES_TOTAL: u64 = 16 << 20;

/// Why the hub does not listen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// Stop the other program, or choose another port.
    #[error("another program listens on that port")]
    InUse,
    /// Choose a port above 1023, or an address of this machine.
    #[error("this program may not listen on that address")]
    NotAllowed,
    /// Look at the reason.
    #[error("the hub could not listen")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Where and how a hub listens.
#[derive(Debug, Clone, Copy)]
pub struct Listening {
    /// For QUIC.
    pub udp: SocketAddr,
    /// For TCP; with port 0, the port that QUIC got.
    pub tcp: Option<SocketAddr>,
    /// How fast links send.
    pub congestion: Congestion,
}

impl Listening {
    /// Both carriers at one address.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self {
            udp: address,
            tcp: Some(address),
            congestion: Congestion::default(),
        }
    }
}

/// Takes links from devices. Dropping it closes them all.
#[derive(Debug)]
pub struct Listener {
    endpoint: Endpoint,
    streams: Option<Streams>,
    links: mpsc::Receiver<Link>,
    admitting: JoinHandle<()>,
}

/// How often a port is looked for that is free for both carriers, when any will do.
const PORT_ATTEMPTS: u32 = 16;

impl Listener {
    /// Listens on an address, for QUIC and for TCP. It must be called inside a tokio runtime.
    pub fn bind(address: SocketAddr, own: &SigningKey) -> Result<Self, BindError> {
        Self::bind_to(Listening::at(address), own)
    }

    /// Listens as told. It must be called inside a tokio runtime.
    pub fn bind_to(listening: Listening, own: &SigningKey) -> Result<Self, BindError> {
        Self::bind_for(Load::USUAL, listening, own)
    }

    fn bind_for(load: Load, listening: Listening, own: &SigningKey) -> Result<Self, BindError> {
        let mut attempts = if listening.udp.port() == 0 {
            PORT_ATTEMPTS
        } else {
            1
        };
        loop {
            attempts -= 1;
            match Self::bind_once(load, listening, own) {
                Err(BindError::InUse) if attempts > 0 => {}
                bound => return bound,
            }
        }
    }

    fn bind_once(load: Load, listening: Listening, own: &SigningKey) -> Result<Self, BindError> {
        let tls = tls::hub(own).map_err(|why| BindError::Failed(why.into()))?;
        let mut tokens = ValidationTokenConfig::default();
        tokens.sent(0);
        let mut config = ServerConfig::with_crypto(Arc::new(tls));
        config
            .transport_config(transport(End::Hub, listening.congestion, None))
            .validation_token_config(tokens)
            .max_incoming(load.handshakes)
            .incoming_buffer_size(INCOMING_BYTES)
            .incoming_buffer_size_total(INCOMING_BYTES_TOTAL);
        let socket = UdpSocket::bind(listening.udp).map_err(bind_error)?;
        let port = socket.local_addr().map_err(bind_error)?.port();
        let (found, links) = mpsc::channel(load.handshakes);
        let streams = match listening.tcp {
            Some(mut address) => {
                if address.port() == 0 {
                    address.set_port(port);
                }
                Some(Streams::bind(address, load, own, found.clone())?)
            }
            None => None,
        };
        let runtime = Arc::new(TokioRuntime);
        let endpoint = Endpoint::new(restart::endpoint_config(own), Some(config), socket, runtime)
            .map_err(bind_error)?;
        let admitting = tokio::spawn(admit_all(endpoint.clone(), load, found));
        Ok(Self {
            endpoint,
            streams,
            links,
            admitting,
        })
    }

    /// Returns the address that it listens on for QUIC.
    pub fn local_addr(&self) -> Result<SocketAddr, BindError> {
        self.endpoint.local_addr().map_err(bind_error)
    }

    /// Returns the address that it listens on for TCP, if it does.
    #[must_use]
    pub fn tcp_addr(&self) -> Option<SocketAddr> {
        self.streams.as_ref().map(|it| it.address)
    }

    /// Waits for the next link; none comes after [`Listener::close`]. Ask the roster about its peer before anything else.
    pub async fn accept(&mut self) -> Option<Link> {
        self.links.recv().await
    }

    /// Closes every link and takes no more.
    pub fn close(&self, code: RefusalCode) {
        self.endpoint.close(VarInt::from(u16::from(code)), &[]);
        if let Some(streams) = &self.streams {
            streams.close(code);
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.admitting.abort();
        self.close(RefusalCode::Stopping);
    }
}

fn bind_error(why: io::Error) -> BindError {
    if why.kind() == io::ErrorKind::AddrInUse {
        BindError::InUse
    } else if matches!(
        why.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::AddrNotAvailable
    ) {
        BindError::NotAllowed
    } else {
        BindError::Failed(why.into())
    }
}

/// Starts a handshake with whoever comes, within the load.
async fn admit_all(endpoint: Endpoint, load: Load, found: mpsc::Sender<Link>) {
    let places = Arc::new(Semaphore::new(load.handshakes));
    while let Some(incoming) = endpoint.accept().await {
        let place = Arc::clone(&places).try_acquire_owned();
        let waiting = load.handshakes.saturating_sub(places.available_permits());
        match place {
            Ok(place) if endpoint.open_connections() < load.links => {
                if waiting > load.suspicious
                    && incoming.may_retry()
                    && !incoming.remote_address_validated()
                {
                    ask_for_address(incoming);
                } else {
                    tokio::spawn(admit(incoming, place, found.clone()));
                }
            }
            Ok(_) | Err(_) => {
                tracing::warn!("a link was refused: too many are open");
                incoming.refuse();
            }
        }
    }
}

fn ask_for_address(incoming: Incoming) {
    if incoming.retry().is_err() {
        tracing::debug!("a peer was asked for its address twice");
    }
}

/// Completes one handshake. The place is held until the application accepts the link.
async fn admit(incoming: Incoming, place: OwnedSemaphorePermit, found: mpsc::Sender<Link>) {
    match timeout(HANDSHAKE, shake_hands(incoming)).await {
        Ok(Ok(link)) => {
            if found.send(link).await.is_err() {
                tracing::debug!("a link came while the hub was stopping");
            }
        }
        Ok(Err(why)) => tracing::debug!(why, "a handshake failed"),
        Err(_late) => tracing::debug!("a handshake took too long"),
    }
    drop(place);
}

async fn shake_hands(incoming: Incoming) -> Result<Link, Box<dyn Error + Send + Sync>> {
    let connection = incoming.accept()?.await?;
    let peer = tls::proved_by(&connection).ok_or("the peer showed no key")?;
    Ok(Link::over_quic(Quic::of_hub(connection), peer))
}

#[cfg(test)]
mod tests;
