//! Both directions at once, over real sockets.

use wire::{Version, Welcome};

use super::*;
use crate::by;
use crate::loopback::{key, target};

/// A message that is not urgent (REPAIR), and comes in pieces where it may.
fn large(mark: u8) -> Message {
    let bytes = [
        &b"\x82\x0e\xa2\x61q\x59\xea\x60"[..],
        &[mark; 60_000],
        b"\x61s\x01",
    ];
    Message::from_bytes(&bytes.concat()).unwrap()
}

fn welcome(version: Version) -> Message {
    Message::Welcome(Welcome {
        version,
        stored: vec![],
        feeds: vec![],
        roster: None,
        time_ms: 7,
        checkpoint: None,
        repair: vec![],
        takes_early: false,
        files_told: 0,
    })
}

/// Opens a link over which this version is spoken.
async fn opened(carrier: Carrier, version: Version) -> (Listener, Link, Link) {
    let (mut listener, address) = hub();
    let own = key(1);
    let mut near = by(&target(address, &own), carrier).await.unwrap();
    near.send(&message("hello")).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    far.receive().await.unwrap();
    far.send(&welcome(version)).await.unwrap();
    assert_eq!(near.receive().await.unwrap(), welcome(version));
    (listener, near, far)
}

/// Hands over what waits, and takes so many messages.
async fn exchanged(link: &mut Link, count: usize) -> Vec<Message> {
    let mut came = Vec::new();
    while came.len() < count || link.waiting().0 > 0 {
        if let Exchanged::Came(message) = link.exchange(Receiving::Wanted).await.unwrap() {
            came.push(*message);
        }
    }
    came
}

#[tokio::test]
async fn what_is_urgent_goes_first_and_both_directions_go_on() {
    for carrier in [Carrier::Quic, Carrier::Tcp] {
        for version in [Version::ONE, Version::TWO] {
            let (_listener, mut near, mut far) = opened(carrier, version).await;
            for mark in 0..5 {
                near.queue(&large(mark)).unwrap();
                far.queue(&large(mark)).unwrap();
            }
            near.queue(&message("urgent")).unwrap();
            far.queue(&message("urgent")).unwrap();

            let (up, down) = tokio::join!(exchanged(&mut far, 6), exchanged(&mut near, 6));

            let expected: Vec<Message> = std::iter::once(message("urgent"))
                .chain((0..5).map(large))
                .collect();
            assert_eq!(up, expected, "{carrier:?}");
            assert_eq!(down, expected, "{carrier:?}");
            assert_eq!(near.counters().app_up, far.counters().app_down);
        }
    }
}

#[tokio::test]
async fn an_end_that_wants_no_message_lets_it_wait() {
    let (_listener, mut near, mut far) = opened(Carrier::Quic, Version::TWO).await;
    near.send(&message("waits")).await.unwrap();
    far.queue(&message("goes")).unwrap();

    let went = far.exchange(Receiving::Unwanted).await.unwrap();

    assert_eq!(went, Exchanged::Went);
    assert_eq!(far.receive().await.unwrap(), message("waits"));
    assert_eq!(near.receive().await.unwrap(), message("goes"));
}

#[tokio::test]
async fn an_end_that_writes_to_one_who_does_not_read_gives_up() {
    let (_listener, mut near, _far) = opened(Carrier::Tcp, Version::TWO).await;

    tokio::time::pause();
    let ended = loop {
        near.queue(&large(1)).unwrap();
        if let Err(why) = near.exchange(Receiving::Unwanted).await {
            break why;
        }
    };

    assert!(
        matches!(ended, ExchangeError::Send(SendError::Stalled)),
        "{ended:?}"
    );
}
