//! Both ends of the handshake over TCP: the same keys, protocol and cryptography as over QUIC.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use crypto::PublicKey;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

use crate::allowance::RateLimit;
use crate::connect::{ConnectError, HUB_NAME};
use crate::counted::Counted;
use crate::link::Tcp;
use crate::settings::stream_window;
use crate::tls::{PROTOCOL, proved_key};

/// How much the kernel may hold back that has not left: what is urgent is behind no more than that.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 16 << 10;

/// Where that cannot be said, all that is not acknowledged counts: enough for 1 Mbit/s and 600 ms.
#[cfg(not(target_os = "linux"))]
const UNACKNOWLEDGED_BYTES: usize = 96 << 10;

/// The device's end.
pub(crate) async fn meet(
    hub: SocketAddr,
    config: rustls::ClientConfig,
    limit: Option<RateLimit>,
) -> Result<(Tcp, PublicKey), ConnectError> {
    let stream = TcpStream::connect(hub)
        .await
        .map_err(|why| ConnectError::Unreachable(Some(why.into())))?;
    prepare(&stream)
        .and_then(|()| narrow(&stream, limit))
        .map_err(|why| ConnectError::NoSocket(why.into()))?;
    let name = ServerName::try_from(HUB_NAME).map_err(|why| ConnectError::Failed(why.into()))?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, Counted::new(stream))
        .await
        .map_err(handshake_error)?;
    if stream.get_ref().1.alpn_protocol() != Some(PROTOCOL) {
        return Err(ConnectError::NoCommonVersion);
    }
    let shown = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let peer = proved_key(shown).ok_or(ConnectError::WrongHub)?;
    Ok((Tcp::new(TlsStream::from(stream), None), peer))
}

/// The hub's end. The place is held as long as the link.
pub(crate) async fn welcome(
    stream: TcpStream,
    tls: TlsAcceptor,
    place: OwnedSemaphorePermit,
) -> Result<(Tcp, PublicKey), Box<dyn Error + Send + Sync>> {
    prepare(&stream)?;
    let stream = tls.accept(Counted::new(stream)).await?;
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(PROTOCOL) {
        return Err("the peer speaks another protocol".into());
    }
    let shown = session.peer_certificates().unwrap_or_default();
    let peer = proved_key(shown).ok_or("the peer showed no key")?;
    Ok((Tcp::new(TlsStream::from(stream), Some(place)), peer))
}

/// Sets a stream up for small messages and a short queue.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    #[cfg(target_os = "linux")]
    socket.set_tcp_notsent_lowat(UNSENT_BYTES)?;
    #[cfg(not(target_os = "linux"))]
    socket.set_send_buffer_size(UNACKNOWLEDGED_BYTES)?;
    Ok(())
}

/// Lets the kernel take in little ahead of us, so that the peer sends no faster than we read.
fn narrow(stream: &TcpStream, limit: Option<RateLimit>) -> io::Result<()> {
    match limit {
        Some(_) => {
            let window = usize::try_from(stream_window(limit)).unwrap_or(usize::MAX);
            socket2::SockRef::from(stream).set_recv_buffer_size(window)
        }
        None => Ok(()),
    }
}

fn handshake_error(why: io::Error) -> ConnectError {
    let tls = why
        .get_ref()
        .and_then(|it| it.downcast_ref::<rustls::Error>());
    match tls {
        Some(rustls::Error::InvalidCertificate(
            CertificateError::ApplicationVerificationFailure,
        )) => ConnectError::WrongHub,
        Some(rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            ConnectError::NoCommonVersion
        }
        Some(_) => ConnectError::Failed(why.into()),
        None => ConnectError::Unreachable(Some(why.into())),
    }
}
