//! What the hub's end promises: whatever comes, the next device gets its link.

use tokio::net::UdpSocket as Socket;

use super::*;
use crate::ConnectError;
use crate::loopback::{ANY_PORT, device, hub, hub_key, key, message, pair};

mod hostile_tcp;

#[tokio::test]
async fn datagrams_of_garbage_hold_up_nobody() {
    let (mut listener, address) = hub();
    let vandal = Socket::bind(ANY_PORT).await.unwrap();

    for first in 0_u8..=255 {
        let mut junk = vec![first; 1_200];
        // Half of them look like the first datagram of a connection.
        if first % 2 == 0 {
            junk[..6].copy_from_slice(&[0xc0 | first, 0, 0, 0, 1, 8]);
        }
        vandal.send_to(&junk, address).await.unwrap();
    }

    let (mut near, mut far) = pair(&mut listener, address).await;
    far.send(&message("welcome")).await.unwrap();
    assert_eq!(near.receive().await.unwrap(), message("welcome"));
}

#[tokio::test]
async fn a_peer_that_sends_garbage_does_not_stop_the_others() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair(&mut listener, address).await;
    let half_a_message: &[u8] = b"\0\0\0\x05\x82";

    for (seed, garbage) in (10..).zip([b"\xff\xff\xff\xffmuch", b"\0\0\0\x04junk", half_a_message])
    {
        let mut vandal = device(address, seed).await;
        vandal.send_bytes(garbage, true).await.unwrap();
        let mut end = listener.accept().await.unwrap();
        let why = end.receive().await.unwrap_err();
        assert_eq!(
            (end.peer(), why.refusal().is_some()),
            (key(seed).public(), true),
            "{why:?}"
        );

        // The others go on while the vandal's link is still there.
        near.send(&message("still here")).await.unwrap();
        assert_eq!(far.receive().await.unwrap(), message("still here"));
    }

    let _next = device(address, 2).await;
    assert_eq!(listener.accept().await.unwrap().peer(), key(2).public());
}

#[tokio::test]
async fn devices_that_take_it_for_another_hub_do_not_stop_the_others() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair(&mut listener, address).await;

    for seed in 10..20 {
        let wrong = crate::connect(address, &key(seed), &key(99).public()).await;
        assert!(matches!(wrong, Err(ConnectError::WrongHub)));
    }

    near.send(&message("still here")).await.unwrap();
    assert_eq!(far.receive().await.unwrap(), message("still here"));
    let _next = device(address, 2).await;
    assert_eq!(listener.accept().await.unwrap().peer(), key(2).public());
}

#[tokio::test]
async fn more_links_than_the_hub_can_hold_are_refused_and_the_rest_go_on() {
    let load = Load {
        links: 1,
        ..Load::USUAL
    };
    let mut listener =
        Listener::bind_for(load, Listening::at(ANY_PORT.into()), &hub_key()).unwrap();
    let address = listener.local_addr().unwrap();
    let (mut near, mut far) = pair(&mut listener, address).await;

    let refused = crate::connect(address, &key(2), &hub_key().public()).await;

    assert!(
        matches!(
            refused,
            Err(ConnectError::Refused {
                code: RefusalCode::Busy
            })
        ),
        "{refused:?}"
    );
    near.send(&message("still here")).await.unwrap();
    assert_eq!(far.receive().await.unwrap(), message("still here"));
}

#[tokio::test]
async fn under_load_a_peer_shows_its_address_first_and_still_gets_its_link() {
    let load = Load {
        suspicious: 0,
        ..Load::USUAL
    };
    let mut listener =
        Listener::bind_for(load, Listening::at(ANY_PORT.into()), &hub_key()).unwrap();
    let address = listener.local_addr().unwrap();

    let (mut near, mut far) = pair(&mut listener, address).await;

    far.send(&message("welcome")).await.unwrap();
    assert_eq!(near.receive().await.unwrap(), message("welcome"));
}

#[tokio::test]
async fn links_that_nobody_accepts_are_bounded() {
    let load = Load {
        handshakes: 2,
        ..Load::USUAL
    };
    let mut listener =
        Listener::bind_for(load, Listening::at(ANY_PORT.into()), &hub_key()).unwrap();
    let address = listener.local_addr().unwrap();

    let mut open = Vec::new();
    let refused = loop {
        match crate::connect(address, &key(1), &hub_key().public()).await {
            Ok(link) => open.push(link),
            Err(why) => break why,
        }
        assert!(open.len() <= 4, "{} links wait", open.len());
    };

    assert!(
        matches!(refused, ConnectError::Refused { .. }),
        "{refused:?}"
    );
    assert!(listener.accept().await.is_some());
}

#[tokio::test]
async fn a_hub_that_stops_says_so_and_takes_no_more() {
    let (mut listener, address) = hub();
    let (mut near, far) = pair(&mut listener, address).await;

    listener.close(RefusalCode::Stopping);
    let end = near.receive().await.unwrap_err();

    assert!(
        matches!(
            end,
            crate::ReceiveError::Closed {
                code: RefusalCode::Stopping
            }
        ),
        "{end:?}"
    );
    assert!(listener.accept().await.is_none());
    drop(far);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_apart_from_one_that_is_not_ours() {
    let (_listener, address) = hub();

    let taken = Listener::bind(address, &hub_key());
    let elsewhere = Listener::bind(([192, 0, 2, 1], 4433).into(), &hub_key());

    assert!(matches!(taken, Err(BindError::InUse)), "{taken:?}");
    assert!(
        matches!(elsewhere, Err(BindError::NotAllowed)),
        "{elsewhere:?}"
    );
}

/// Stands between a device and the hub, so that another hub can take the first one's place.
async fn relay(socket: Socket, mut hubs: mpsc::Receiver<SocketAddr>) {
    let mut hub = hubs.recv().await.unwrap();
    let mut device = None;
    let mut datagram = [0; 2_000];
    loop {
        tokio::select! {
            Some(next) = hubs.recv() => hub = next,
            Ok((length, from)) = socket.recv_from(&mut datagram) => {
                let is_old_hub = from != hub && device.is_some_and(|it| it != from);
                let to = if from == hub { device } else { Some(hub) };
                if from != hub && !is_old_hub {
                    device = Some(from);
                }
                if let (Some(to), false) = (to, is_old_hub) {
                    socket.send_to(&datagram[..length], to).await.unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn a_device_learns_at_once_that_the_hub_was_killed_and_started_again() {
    let (mut killed, first) = hub();
    let (_again, second) = hub();
    let between = Socket::bind(ANY_PORT).await.unwrap();
    let address = between.local_addr().unwrap();
    let (choose, chosen) = mpsc::channel(1);
    tokio::spawn(relay(between, chosen));
    choose.send(first).await.unwrap();
    let (mut near, _far) = pair(&mut killed, address).await;

    choose.send(second).await.unwrap();
    near.send(&message("are you there?")).await.unwrap();
    tokio::time::pause();
    let waited = tokio::time::Instant::now();
    let end = near.receive().await.unwrap_err();

    assert!(matches!(end, crate::ReceiveError::Lost(_)), "{end:?}");
    assert!(waited.elapsed() < HANDSHAKE, "{:?}", waited.elapsed());
}
