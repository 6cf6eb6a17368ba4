//! For tests: a hub, devices and worse on this machine's loopback, each on a port of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use crypto::SigningKey;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, ConnectionError, Endpoint};
use wire::{Message, RefusalCode, Refused};

use crate::settings::{Congestion, End, transport};
use crate::{Carrier, Link, Listener, Target, by, connect, tls};

pub(crate) const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

pub(crate) fn hub_key() -> SigningKey {
    key(200)
}

/// A hub that listens, and where.
pub(crate) fn hub() -> (Listener, SocketAddr) {
    let listener = Listener::bind(ANY_PORT.into(), &hub_key()).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A device's end of a link to the hub.
pub(crate) async fn device(hub: SocketAddr, seed: u8) -> Link {
    connect(hub, &key(seed), &hub_key().public()).await.unwrap()
}

/// How a device reaches a hub.
pub(crate) fn target(hub: SocketAddr, own: &SigningKey) -> Target<'_> {
    Target {
        address: hub,
        own,
        peer: hub_key().public().into(),
        congestion: Congestion::default(),
        limit: None,
    }
}

/// Both ends of a link over TCP over which the device has said hello.
pub(crate) async fn pair_over_tcp(listener: &mut Listener, hub: SocketAddr) -> (Link, Link) {
    let mut near = by(&target(hub, &key(1)), Carrier::Tcp).await.unwrap();
    near.send(&message("hello")).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    assert_eq!(far.receive().await.unwrap(), message("hello"));
    assert_eq!(
        (near.carrier(), far.carrier()),
        (Carrier::Tcp, Carrier::Tcp)
    );
    (near, far)
}

/// A message that says something short.
pub(crate) fn message(text: &str) -> Message {
    Message::Refused(Refused {
        code: RefusalCode::Done,
        text: text.to_owned(),
    })
}

/// Both ends of a link over which the device has said hello.
pub(crate) async fn pair(listener: &mut Listener, hub: SocketAddr) -> (Link, Link) {
    let mut near = device(hub, 1).await;
    near.send(&message("hello")).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    assert_eq!(far.receive().await.unwrap(), message("hello"));
    (near, far)
}

/// The usual configuration of a device, to be altered.
pub(crate) fn tls_of(seed: u8) -> rustls::ClientConfig {
    tls::client_with(tls::provider(), &key(seed), hub_key().public()).unwrap()
}

/// A peer that completes the handshake with this configuration and then does what it likes.
pub(crate) async fn stranger(
    hub: SocketAddr,
    tls: rustls::ClientConfig,
) -> Result<(Endpoint, Connection), ConnectionError> {
    let socket = Endpoint::client(ANY_PORT.into()).unwrap();
    let mut config = ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).unwrap()));
    config.transport_config(transport(End::Client, Congestion::default(), None));
    let connection = socket
        .connect_with(config, hub, "hub.invalid")
        .unwrap()
        .await?;
    Ok((socket, connection))
}
