//! Whatever comes by TCP, the next device gets its link.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::loopback::pair_over_tcp;

fn small() -> (Listener, SocketAddr) {
    let load = Load {
        links: 2,
        from_one_address: 3,
        ..Load::USUAL
    };
    let listening = Listening::at(ANY_PORT.into());
    let listener = Listener::bind_for(load, listening, &hub_key()).unwrap();
    let address = listener.tcp_addr().unwrap();
    assert_eq!(address, listener.local_addr().unwrap());
    (listener, address)
}

/// Whether the hub has hung up.
async fn is_refused(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_))
}

#[tokio::test]
async fn garbage_in_place_of_a_handshake_is_hung_up_on() {
    let (mut listener, address) = small();

    for garbage in [
        b"GET / HTTP/1.1\r\n\r\n".as_slice(),
        &[0xff; 20_000],
        &[0; 5],
        b"\x16\x03\x01\xff\xff",
    ] {
        let mut vandal = TcpStream::connect(address).await.unwrap();
        // The hub may have hung up before it is all written.
        let _written = vandal.write_all(garbage).await;
        let _ended = vandal.shutdown().await;
        let mut answer = Vec::new();
        let _hung_up = vandal.read_to_end(&mut answer).await;
        assert!(answer.len() < 100, "{} bytes", answer.len());
    }

    pair_over_tcp(&mut listener, address).await;
}

#[tokio::test]
async fn those_who_say_nothing_are_few_and_keep_nobody_out_for_long() {
    let (mut listener, address) = small();
    let mut silent = Vec::new();
    for _ in 0..3 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }

    let mut one_too_many = TcpStream::connect(address).await.unwrap();
    assert!(is_refused(&mut one_too_many).await);
    // By QUIC, devices come in as before.
    pair(&mut listener, address).await;
    tokio::time::pause();
    for stream in &mut silent {
        assert!(is_refused(stream).await);
    }
    tokio::time::resume();

    pair_over_tcp(&mut listener, address).await;
}

#[tokio::test]
async fn more_links_than_the_hub_can_hold_are_refused_and_their_places_are_given_back() {
    let (mut listener, address) = small();
    let first = pair_over_tcp(&mut listener, address).await;
    let second = pair_over_tcp(&mut listener, address).await;

    let mut third = TcpStream::connect(address).await.unwrap();
    assert!(is_refused(&mut third).await);
    drop((first, second));

    pair_over_tcp(&mut listener, address).await;
}

#[tokio::test]
async fn a_handshake_of_another_protocol_is_turned_away() {
    let (mut listener, address) = small();
    let mut later = crate::loopback::tls_of(1);
    for protocols in [vec![b"posta/9".to_vec()], Vec::new()] {
        later.alpn_protocols = protocols;
        let met = crate::tcp::meet(address, later.clone(), None).await;
        assert!(met.is_err(), "{:?} was spoken", later.alpn_protocols);
    }

    pair_over_tcp(&mut listener, address).await;
}
