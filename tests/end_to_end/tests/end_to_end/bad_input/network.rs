//! What comes from the network and is no message of a device.

use std::net::UdpSocket;

use anyhow::{Context as _, Result, ensure};
use harness::stranger::{PROTOCOL, Stranger};

use super::{Scene, scene};

/// The hub's answers, as the protocol numbers them.
const NOT_ENROLLED: u64 = 1;
const MALFORMED: u64 = 4;
const TOO_LARGE: u64 = 5;

/// A device's first message, as it was written once.
const HELLO: &[u8] = include_bytes!("../../../../fixtures/wire/v1/hello.cbor");

#[test]
fn garbage_from_the_network_stops_nobody() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    for size in [0_usize, 1, 20, 1_200, 1_472, 60_000] {
        for byte in [0_u8, 0x40, 0xc0, 0xff] {
            socket.send_to(&vec![byte; size], scene.district.network.address())?;
        }
    }

    scene.still_works(1)
}

/// A hub answers a stranger's bytes with a code, and then serves others as before.
#[track_caller]
fn check(scene: &mut Scene, bytes: &[u8], code: u64) -> Result<()> {
    let mut stranger = Stranger::meet(scene.district.network.address(), 66, PROTOCOL)?;
    stranger.say(bytes)?;
    if code == MALFORMED {
        stranger.fall_silent()?;
    }
    let closed = stranger.closed()?;
    let start = bytes.get(..8).unwrap_or(bytes);
    ensure!(closed == code, "{start:02x?}… is answered with {closed}");
    scene.still_works(1)
}

/// Puts its length before a message.
fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), message].concat()
}

#[test]
fn a_stranger_who_breaks_the_protocol_is_told_how_and_stops_nobody() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;

    check(&mut scene, &frame(b"no message"), MALFORMED)?;
    check(&mut scene, b"\0\0\0\x05\x82", MALFORMED)?;
    check(&mut scene, &u32::MAX.to_be_bytes(), TOO_LARGE)?;
    check(&mut scene, &frame(HELLO), NOT_ENROLLED)
}

#[test]
fn a_stranger_of_a_later_release_is_refused_and_stops_nobody() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let hub = scene.district.network.address();
    // `v: [1, 1]`, the versions that are spoken, becomes `v: [900, 999]`.
    let at = HELLO.windows(5).position(|it| it == b"\x61v\x82\x01\x01");
    let (before, after) = HELLO.split_at(at.context("the versions in HELLO")?);
    let later = [before, b"\x61v\x82\x19\x03\x84\x19\x03\xe7", &after[5..]].concat();

    let refused = Stranger::meet(hub, 66, b"posta/999");
    check(&mut scene, &frame(&later), NOT_ENROLLED)?;

    ensure!(refused.is_err(), "the hub speaks any protocol");
    scene.still_works(1)
}

#[test]
fn many_strangers_at_once_who_say_half_a_message_keep_nobody_out() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let hub = scene.district.network.address();
    let mut strangers = Vec::new();
    for seed in 1..20 {
        let mut stranger = Stranger::meet(hub, seed, PROTOCOL)?;
        stranger.say(b"\0\0\0\x05\x82")?;
        strangers.push(stranger);
    }

    scene.still_works(1)?;

    drop(strangers);
    scene.still_works(1)
}
