//! Who arrives first where one of the two carriers gets nowhere.

use tokio::net::UdpSocket as Socket;

use super::*;
use crate::loopback::{ANY_PORT, hub_key, key, target};
use crate::{Congestion, Listener, Listening};

/// A hub that listens for QUIC elsewhere, so that whoever asks at its TCP port gets no answer by UDP.
async fn without_udp() -> (Listener, SocketAddr, Socket) {
    let black_hole = Socket::bind(ANY_PORT).await.unwrap();
    let address = black_hole.local_addr().unwrap();
    let listening = Listening {
        udp: ANY_PORT.into(),
        tcp: Some(address),
        congestion: Congestion::default(),
    };
    let listener = Listener::bind_to(listening, &hub_key()).unwrap();
    (listener, address, black_hole)
}

#[tokio::test]
async fn where_udp_is_blocked_tcp_arrives() {
    let (mut listener, address, _black_hole) = without_udp().await;
    let own = key(1);

    let near = race(&target(address, &own), Carrier::Quic).await.unwrap();
    let far = listener.accept().await.unwrap();

    assert_eq!(
        (near.carrier(), far.carrier()),
        (Carrier::Tcp, Carrier::Tcp)
    );
    assert_eq!(far.peer(), own.public());
}

#[tokio::test]
async fn where_tcp_is_expected_it_is_there_at_once() {
    let (_listener, address, black_hole) = without_udp().await;
    let own = key(1);

    let near = race(&target(address, &own), Carrier::Tcp).await.unwrap();

    assert_eq!(near.carrier(), Carrier::Tcp);
    let mut nothing = [0; 1];
    assert!(black_hole.try_recv(&mut nothing).is_err(), "QUIC set out");
}

#[tokio::test]
async fn a_hub_without_tcp_is_reached_by_quic_whatever_is_expected() {
    let listening = Listening {
        udp: ANY_PORT.into(),
        tcp: None,
        congestion: Congestion::Cubic,
    };
    let listener = Listener::bind_to(listening, &hub_key()).unwrap();
    let address = listener.local_addr().unwrap();
    let own = key(1);

    for expected in [Carrier::Quic, Carrier::Tcp] {
        let near = race(&target(address, &own), expected).await.unwrap();
        assert_eq!(near.carrier(), Carrier::Quic);
    }
    assert_eq!(listener.tcp_addr(), None);
}

#[tokio::test]
async fn another_hub_ends_the_race() {
    let (_listener, address, _black_hole) = without_udp().await;
    let (own, other) = (key(1), key(9));
    let wrong = Target {
        peer: other.public().into(),
        ..target(address, &own)
    };

    let refused = race(&wrong, Carrier::Tcp).await;

    assert!(
        matches!(refused, Err(ConnectError::WrongHub)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn nobody_is_not_reached() {
    let black_hole = Socket::bind(ANY_PORT).await.unwrap();
    let address = black_hole.local_addr().unwrap();
    let own = key(1);

    tokio::time::pause();
    let lost = race(&target(address, &own), Carrier::Quic).await;

    assert!(
        matches!(lost, Err(ConnectError::Unreachable(_))),
        "{lost:?}"
    );
}

#[test]
fn a_network_has_one_name_and_another_hub_another() {
    let hub: SocketAddr = ([127, 0, 0, 1], 4_433).into();
    let name = NetworkName::towards(hub);

    assert!(name.is_some());
    assert_eq!(name, NetworkName::towards(([127, 0, 0, 1], 4_434).into()));
    assert_ne!(name, NetworkName::towards(([127, 0, 0, 2], 4_433).into()));
}
