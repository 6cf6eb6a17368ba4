//! A link that somebody has limited, in virtual time over real sockets.

use std::time::Duration;

use super::*;
use crate::loopback::{key, target};
use crate::{Target, by};

/// What is carried in a test, and how long that takes at 64 kbit/s.
const MESSAGES: usize = 100;
const AT_LEAST: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// Carries messages over a link that is limited or not; returns how long that took.
async fn carried(carrier: Carrier, way: Way, limit: Option<RateLimit>) -> Duration {
    let (mut listener, address) = hub();
    let own = key(1);
    let limited = Target {
        limit,
        ..target(address, &own)
    };
    let mut near = by(&limited, carrier).await.unwrap();
    near.send(&message("hello")).await.unwrap();
    let mut far = listener.accept().await.unwrap();
    far.receive().await.unwrap();
    let long = "x".repeat(wire::limits::MAX_TEXT_BYTES);
    tokio::time::pause();
    let began = Instant::now();
    let (mut from, mut to) = match way {
        Way::Up => (near, far),
        Way::Down => (far, near),
    };
    let sending = async {
        for _ in 0..MESSAGES {
            from.send(&message(&long)).await.unwrap();
        }
    };
    let receiving = async {
        for _ in 0..MESSAGES {
            assert_eq!(to.receive().await.unwrap(), message(&long));
        }
    };
    tokio::join!(sending, receiving);
    began.elapsed()
}

/// Time is paused for good in a test, so each has one link.
async fn check(carrier: Carrier, way: Way) {
    let took = carried(carrier, way, RateLimit::from_bits(64_000)).await;

    assert!(took >= AT_LEAST, "{took:?}");
}

#[tokio::test]
async fn no_more_goes_up_over_quic_than_the_limit_lets() {
    check(Carrier::Quic, Way::Up).await;
}

#[tokio::test]
async fn no_more_comes_down_over_quic_than_the_limit_lets() {
    check(Carrier::Quic, Way::Down).await;
}

#[tokio::test]
async fn no_more_goes_up_over_tcp_than_the_limit_lets() {
    check(Carrier::Tcp, Way::Up).await;
}

#[tokio::test]
async fn no_more_comes_down_over_tcp_than_the_limit_lets() {
    check(Carrier::Tcp, Way::Down).await;
}
