//! What the handshake promises: both keys proved, nothing resumed, nothing weaker.

use std::sync::atomic::{AtomicUsize, Ordering};

use quinn::ConnectionError;
use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};

use super::*;
use crate::connect::{ConnectError, connect};
use crate::loopback::{device, hub, hub_key, key, message, stranger, tls_of};

/// Counts the tickets that it is given, and gives none back.
#[derive(Debug, Default)]
struct TicketCounter(AtomicUsize);

impl ClientSessionStore for TicketCounter {
    fn set_kx_hint(&self, _hub: ServerName<'static>, _group: NamedGroup) {}

    fn kx_hint(&self, _hub: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _hub: ServerName<'static>, _session: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _hub: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _hub: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _hub: ServerName<'static>, _ticket: Tls13ClientSessionValue) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn take_tls13_ticket(&self, _hub: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

#[tokio::test]
async fn the_hub_sees_the_key_that_the_device_holds() {
    let (mut listener, address) = hub();

    let near = device(address, 7).await;
    let far = listener.accept().await.unwrap();

    assert_eq!(far.peer(), key(7).public());
    assert_eq!(near.peer(), hub_key().public());
}

#[tokio::test]
async fn another_hub_is_not_believed() {
    let (_listener, address) = hub();

    let refused = connect(address, &key(1), &key(9).public()).await;

    assert!(
        matches!(refused, Err(ConnectError::WrongHub)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn no_ticket_is_given_that_a_revoked_device_could_come_back_with() {
    let (mut listener, address) = hub();
    let tickets = Arc::new(TicketCounter::default());
    let mut eager = tls_of(1);
    let store: Arc<dyn ClientSessionStore> = tickets.clone();
    eager.resumption = Resumption::store(store);

    let (_socket, connection) = stranger(address, eager).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    send.write_all(&wire::to_frame(&message("hello")).unwrap())
        .await
        .unwrap();
    far.receive().await.unwrap();
    far.send(&message("welcome")).await.unwrap();
    receive.read_chunk(1, true).await.unwrap();

    assert_eq!(tickets.0.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn whoever_shows_no_key_is_turned_away() {
    let (_listener, address) = hub();
    let mut nobody = tls_of(1);
    nobody.client_auth_cert_resolver = Arc::new(NoKey);

    let (_socket, connection) = stranger(address, nobody).await.unwrap();
    let why = connection.closed().await;

    assert!(
        matches!(why, ConnectionError::ConnectionClosed(_)),
        "{why:?}"
    );
}

#[tokio::test]
async fn whoever_shows_a_key_of_someone_else_is_turned_away() {
    let (_listener, address) = hub();
    let mut thief = tls_of(1);
    let own = certified(&key(1), &provider()).unwrap();
    let stolen = CertificateDer::from(spki(&key(2).public()));
    let disguise = CertifiedKey::new(vec![stolen], Arc::clone(&own.key));
    thief.client_auth_cert_resolver =
        Arc::new(AlwaysResolvesClientRawPublicKeys::new(Arc::new(disguise)));

    let (_socket, connection) = stranger(address, thief).await.unwrap();
    let why = connection.closed().await;

    assert!(
        matches!(why, ConnectionError::ConnectionClosed(_)),
        "{why:?}"
    );
}

#[tokio::test]
async fn a_peer_without_the_post_quantum_exchange_is_turned_away() {
    let (_listener, address) = hub();
    let classical = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let old = client_with(classical, &key(1), hub_key().public()).unwrap();

    let refused = stranger(address, old).await;

    assert!(
        matches!(refused, Err(ConnectionError::ConnectionClosed(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_peer_of_another_protocol_is_turned_away() {
    let (_listener, address) = hub();
    let mut later = tls_of(1);
    later.alpn_protocols = vec![b"posta/9".to_vec()];

    let refused = stranger(address, later).await;

    assert!(
        matches!(refused, Err(ConnectionError::ConnectionClosed(_))),
        "{refused:?}"
    );
}

#[test]
fn only_an_ed25519_key_alone_is_a_key() {
    let shown = CertificateDer::from(spki(&key(1).public()));
    let cut = CertificateDer::from(shown.as_ref()[..43].to_vec());
    let certificate = CertificateDer::from(vec![0x30, 0x82, 0x01, 0x00]);

    assert_eq!(
        proved_key(std::slice::from_ref(&shown)),
        Some(key(1).public())
    );
    assert_eq!(proved_key(&[shown.clone(), shown]), None);
    assert_eq!(proved_key(&[]), None);
    assert_eq!(proved_key(&[cut]), None);
    assert_eq!(proved_key(&[certificate]), None);
}

#[derive(Debug)]
struct NoKey;

impl rustls::client::ResolvesClientCert for NoKey {
    fn resolve(&self, _roots: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }
}
