//! What a link promises, over real QUIC on loopback.

use quinn::{Connection, Endpoint, RecvStream, SendStream};

use super::*;
use crate::listener::Listener;
use crate::loopback::{device, hub, message, pair, stranger, tls_of};
use crate::resolve;
use crate::settings::STALL;

mod limited;
mod over_tcp;

/// A peer past its handshake that writes bytes of its own choice, and the hub's end of that.
async fn garbler(listener: &mut Listener, hub: std::net::SocketAddr) -> (Garbler, Link) {
    let (socket, connection) = stranger(hub, tls_of(66)).await.unwrap();
    let (send, receive) = connection.open_bi().await.unwrap();
    let far = listener.accept().await.unwrap();
    (
        Garbler {
            send,
            connection,
            _kept: (socket, receive),
        },
        far,
    )
}

struct Garbler {
    send: SendStream,
    connection: Connection,
    _kept: (Endpoint, RecvStream),
}

#[tokio::test]
async fn messages_go_both_ways_in_order() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair(&mut listener, address).await;

    for number in 0..100 {
        near.send(&message(&format!("up {number}"))).await.unwrap();
        far.send(&message(&format!("down {number}"))).await.unwrap();
    }

    for number in 0..100 {
        assert_eq!(
            far.receive().await.unwrap(),
            message(&format!("up {number}"))
        );
        assert_eq!(
            near.receive().await.unwrap(),
            message(&format!("down {number}"))
        );
    }
}

#[tokio::test]
async fn what_was_sent_before_a_close_arrives_and_then_the_code() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair(&mut listener, address).await;
    let long = "x".repeat(250);

    let sending = async {
        for _ in 0..3_000 {
            near.send(&message(&long)).await.unwrap();
        }
        near.close(RefusalCode::Done).await;
    };
    let receiving = async {
        for _ in 0..3_000 {
            assert_eq!(far.receive().await.unwrap(), message(&long));
        }
        far.receive().await.unwrap_err()
    };
    let ((), end) = tokio::join!(sending, receiving);

    assert!(
        matches!(
            end,
            ReceiveError::Closed {
                code: RefusalCode::Done
            }
        ),
        "{end:?}"
    );
}

#[tokio::test]
async fn an_unknown_device_reads_why_it_is_refused() {
    let (mut listener, address) = hub();

    let mut near = device(address, 9).await;
    near.send(&message("hello")).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    far.close(RefusalCode::NotEnrolled).await;
    let end = near.receive().await.unwrap_err();

    assert!(
        matches!(
            end,
            ReceiveError::Closed {
                code: RefusalCode::NotEnrolled
            }
        ),
        "{end:?}"
    );
    let sent = near.send(&message("again")).await.unwrap_err();
    assert!(
        matches!(
            sent,
            SendError::Closed {
                code: RefusalCode::NotEnrolled
            }
        ),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_device_revoked_while_connected_is_closed_from_elsewhere() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair(&mut listener, address).await;
    let closer = far.closer();

    let (there, here, ()) = tokio::join!(near.receive(), far.receive(), async {
        tokio::task::yield_now().await;
        closer.close(RefusalCode::Revoked);
    });

    assert!(
        matches!(
            there,
            Err(ReceiveError::Closed {
                code: RefusalCode::Revoked
            })
        ),
        "{there:?}"
    );
    assert!(matches!(here, Err(ReceiveError::Lost(_))), "{here:?}");
}

#[tokio::test]
async fn a_link_that_is_dropped_says_that_this_end_stopped() {
    let (mut listener, address) = hub();
    let (near, mut far) = pair(&mut listener, address).await;

    drop(near);
    let end = far.receive().await.unwrap_err();

    assert!(
        matches!(
            end,
            ReceiveError::Closed {
                code: RefusalCode::Stopping
            }
        ),
        "{end:?}"
    );
}

#[tokio::test]
async fn four_gigabytes_are_refused_at_once_and_256_kilobytes_plus_one_too() {
    let (mut listener, address) = hub();

    for length in [u32::MAX, (256 << 10) + 1] {
        let (mut peer, mut far) = garbler(&mut listener, address).await;
        peer.send.write_all(&length.to_be_bytes()).await.unwrap();

        let end = far.receive().await.unwrap_err();

        assert!(
            matches!(end, ReceiveError::TooLarge(it) if it.announced == length),
            "{end:?}"
        );
        assert_eq!(end.refusal(), Some(RefusalCode::TooLarge));
        far.close(RefusalCode::TooLarge).await;
        assert_eq!(
            refusal(&peer.connection.closed().await),
            Some(RefusalCode::TooLarge)
        );
    }
}

#[tokio::test]
async fn a_frame_of_garbage_is_damaged() {
    let (mut listener, address) = hub();
    let (mut peer, mut far) = garbler(&mut listener, address).await;

    peer.send.write_all(b"\0\0\0\x04junk").await.unwrap();
    let end = far.receive().await.unwrap_err();

    assert!(matches!(end, ReceiveError::Damaged(_)), "{end:?}");
    assert_eq!(end.refusal(), Some(RefusalCode::Malformed));
}

#[tokio::test]
async fn a_message_of_a_later_release_is_told_as_such() {
    let (mut listener, address) = hub();
    let (mut peer, mut far) = garbler(&mut listener, address).await;

    // The array [999, true] in CBOR.
    peer.send
        .write_all(b"\0\0\0\x05\x82\x19\x03\xe7\xf5")
        .await
        .unwrap();

    assert_eq!(far.receive().await.unwrap(), Message::Unknown { kind: 999 });
}

#[tokio::test]
async fn half_a_message_and_the_end_is_cut_short() {
    let (mut listener, address) = hub();
    let (mut peer, mut far) = garbler(&mut listener, address).await;

    peer.send.write_all(b"\0\0\0\x05\x82").await.unwrap();
    peer.send.finish().unwrap();
    let end = far.receive().await.unwrap_err();

    assert!(matches!(end, ReceiveError::CutShort), "{end:?}");
}

#[tokio::test]
async fn half_a_message_and_silence_is_given_up() {
    let (mut listener, address) = hub();
    let (mut peer, mut far) = garbler(&mut listener, address).await;

    peer.send.write_all(b"\0\0\0\x05\x82").await.unwrap();
    let waited = Instant::now();
    tokio::time::pause();
    let end = far.receive().await.unwrap_err();

    assert!(matches!(end, ReceiveError::Stalled), "{end:?}");
    assert!(waited.elapsed() >= STALL);
}

#[tokio::test]
async fn a_peer_that_never_speaks_is_not_waited_for_with_an_answer_for_ever() {
    let (mut listener, address) = hub();
    let (_peer, mut far) = garbler(&mut listener, address).await;

    tokio::time::pause();
    let unheard = far.send(&message("anyone?")).await.unwrap_err();

    assert!(matches!(unheard, SendError::Stalled), "{unheard:?}");
}

#[tokio::test]
async fn a_peer_that_stops_reading_is_given_up() {
    let (mut listener, address) = hub();
    let (mut near, _far) = pair(&mut listener, address).await;

    tokio::time::pause();
    let unread = loop {
        if let Err(why) = near.send(&message(&"x".repeat(250))).await {
            break why;
        }
    };

    assert!(matches!(unread, SendError::Stalled), "{unread:?}");
}

#[tokio::test]
async fn a_receive_that_is_dropped_and_begun_again_loses_nothing() {
    let (mut listener, address) = hub();
    let (mut peer, mut far) = garbler(&mut listener, address).await;
    let frame = to_frame(&message("in pieces")).unwrap();

    let writing = async {
        for piece in frame.chunks(3) {
            peer.send.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let reading = async {
        loop {
            tokio::select! {
                biased;
                received = far.receive() => return received.unwrap(),
                () = tokio::task::yield_now() => {}
            }
        }
    };
    let ((), received) = tokio::join!(writing, reading);

    assert_eq!(received, message("in pieces"));
}

#[tokio::test]
async fn a_fresh_link_with_one_question_and_one_answer_is_cheap() {
    let (mut listener, address) = hub();
    let hello = message(&"x".repeat(120));

    let mut near = device(address, 1).await;
    near.send(&hello).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    far.receive().await.unwrap();
    far.send(&hello).await.unwrap();
    near.receive().await.unwrap();
    near.close(RefusalCode::Done).await;

    let carried = near.counters();
    assert!(carried.udp_up <= 6_000, "{carried:?}");
    assert!(carried.udp_down <= 5_000, "{carried:?}");
    assert_eq!(carried.app_up, to_frame(&hello).unwrap().len() as u64);
    assert_eq!(carried.app_down, carried.app_up);
    assert!(far.counters().app_up == carried.app_down && far.counters().udp_down > 0);
}

#[tokio::test]
async fn an_address_is_a_host_and_a_port() {
    for text in [
        "",
        "hub",
        "hub:",
        "hub:port",
        "127.0.0.1:0",
        "127.0.0.1:65536",
    ] {
        let found = resolve(text).await;
        assert!(
            matches!(found, Err(crate::ResolveError::NotAnAddress)),
            "{text}: {found:?}"
        );
    }

    assert_eq!(
        resolve("127.0.0.1:4433").await.unwrap(),
        ([127, 0, 0, 1], 4433).into()
    );
}
