//! What a link promises over TCP: the same as over QUIC.

use super::*;
use crate::loopback::{hub_key, key, pair_over_tcp, target};
use crate::settings::IDLE;
use crate::{Listener, by};

#[track_caller]
fn check_closed(end: &Result<Message, ReceiveError>, expected: RefusalCode) {
    assert!(
        matches!(end, Err(ReceiveError::Closed { code }) if *code == expected),
        "{end:?}"
    );
}

#[tokio::test]
async fn messages_go_both_ways_in_order_and_are_counted() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;

    for number in 0..100 {
        near.send(&message(&format!("up {number}"))).await.unwrap();
        far.send(&message(&format!("down {number}"))).await.unwrap();
    }

    for number in 0..100 {
        let up = message(&format!("up {number}"));
        let down = message(&format!("down {number}"));
        assert_eq!(far.receive().await.unwrap(), up);
        assert_eq!(near.receive().await.unwrap(), down);
    }
    let (near, far) = (near.counters(), far.counters());
    assert_eq!((near.app_up, near.app_down), (far.app_down, far.app_up));
    assert!(near.udp_up > near.app_up && near.udp_up == far.udp_down);
}

#[tokio::test]
async fn two_ends_that_both_write_much_do_not_wait_for_each_other() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
    let long = message(&"x".repeat(250));

    // More than the kernels' buffers hold, less than an end takes in while it writes.
    let write_then_read = async |link: &mut Link| {
        for _ in 0..1_800 {
            link.send(&long).await.unwrap();
        }
        for _ in 0..1_800 {
            assert_eq!(link.receive().await.unwrap(), long);
        }
    };
    tokio::join!(write_then_read(&mut near), write_then_read(&mut far));
}

#[tokio::test]
async fn what_was_sent_before_a_close_arrives_and_then_the_code() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
    let long = message(&"x".repeat(250));

    let sending = async {
        for _ in 0..3_000 {
            near.send(&long).await.unwrap();
        }
        near.close(RefusalCode::Done).await;
    };
    let receiving = async {
        for _ in 0..3_000 {
            assert_eq!(far.receive().await.unwrap(), long);
        }
        let end = far.receive().await;
        far.close(RefusalCode::Done).await;
        end
    };
    let ((), end) = tokio::join!(sending, receiving);

    check_closed(&end, RefusalCode::Done);
}

#[tokio::test]
async fn a_link_is_closed_from_elsewhere_with_a_code() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
    let closer = far.closer();

    closer.close(RefusalCode::Revoked);
    closer.close(RefusalCode::Stopping);
    let here = far.receive().await;
    let unsent = far.send(&message("more")).await;
    let (there, ()) = tokio::join!(near.receive(), far.abort(RefusalCode::Done));

    assert!(matches!(here, Err(ReceiveError::Lost(_))), "{here:?}");
    assert!(matches!(unsent, Err(SendError::Lost(_))), "{unsent:?}");
    check_closed(&there, RefusalCode::Revoked);
}

#[tokio::test]
async fn a_link_that_is_dropped_and_a_hub_that_stops_say_so() {
    let (mut listener, address) = hub();
    let (near, mut far) = pair_over_tcp(&mut listener, address).await;
    drop(near);
    check_closed(&far.receive().await, RefusalCode::Stopping);

    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
    listener.close(RefusalCode::Busy);
    let (there, ()) = tokio::join!(near.receive(), async {
        assert!(far.receive().await.is_err());
        far.close(RefusalCode::Done).await;
    });

    check_closed(&there, RefusalCode::Busy);
}

#[tokio::test]
async fn what_is_no_message_is_refused_by_its_name() {
    let (mut listener, address) = hub();
    for (bytes, is_last, expected) in [
        (b"\xff\xff\xff\xff".as_slice(), false, RefusalCode::TooLarge),
        (b"\0\x04\0\x01", false, RefusalCode::TooLarge),
        (b"\0\0\0\x04junk", false, RefusalCode::Malformed),
        (b"\0\0\0\x05\x82", true, RefusalCode::Malformed),
        (b"\0\0\0\0\x01", true, RefusalCode::Malformed),
    ] {
        let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
        near.send_bytes(bytes, is_last).await.unwrap();

        let end = far.receive().await.unwrap_err();

        assert_eq!(end.refusal(), Some(expected), "{bytes:?}: {end:?}");
    }
}

#[tokio::test]
async fn a_message_that_is_begun_and_not_ended_is_not_waited_for_for_ever() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
    near.send_bytes(b"\0\0\0\x05\x82", false).await.unwrap();
    assert!(timeout(crate::watchdog::LOOK, far.receive()).await.is_err());

    tokio::time::pause();
    let end = far.receive().await.unwrap_err();

    assert!(matches!(end, ReceiveError::Stalled), "{end:?}");
}

#[tokio::test]
async fn a_silent_link_is_lost_after_three_minutes() {
    let (mut listener, address) = hub();
    let (_near, mut far) = pair_over_tcp(&mut listener, address).await;

    tokio::time::pause();
    let began = Instant::now();
    let end = far.receive().await.unwrap_err();

    assert!(matches!(end, ReceiveError::Lost(_)), "{end:?}");
    assert!(began.elapsed() > IDLE - Duration::from_secs(5));
}

#[tokio::test]
async fn a_receive_that_is_dropped_and_begun_again_loses_nothing() {
    let (mut listener, address) = hub();
    let (mut near, mut far) = pair_over_tcp(&mut listener, address).await;
    let frame = wire::to_frame(&message("in pieces")).unwrap();

    let writing = async {
        for piece in frame.chunks(3) {
            near.send_bytes(piece, false).await.unwrap();
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
async fn keys_are_proved_over_tcp_too() {
    let (mut listener, address) = hub();
    let own = key(7);

    let wrong = crate::Target {
        peer: key(9).public().into(),
        ..target(address, &own)
    };
    let refused = by(&wrong, Carrier::Tcp).await;
    let near = by(&target(address, &own), Carrier::Tcp).await.unwrap();

    assert!(
        matches!(refused, Err(crate::ConnectError::WrongHub)),
        "{refused:?}"
    );
    let far = accept_from(&mut listener, &own).await;
    assert_eq!(
        (near.peer(), far.peer()),
        (hub_key().public(), own.public())
    );
}

/// The next link from a key; a hub learns late that a device turned away.
async fn accept_from(listener: &mut Listener, own: &crypto::SigningKey) -> Link {
    loop {
        let link = listener.accept().await.unwrap();
        if link.peer() == own.public() {
            return link;
        }
    }
}
