//! What comes from the network and is no message of a device.

use std::net::UdpSocket;

use anyhow::{Context as _, Result, ensure};
use harness::stranger::{PROTOCOL, Stranger};

use end_to_end::district::Staff;

use super::{Scene, scene};

/// Where the stranger's computer stands.
const MTO: Staff<'static> = Staff {
    site: "Mto",
    kind: "clinic",
    person: "Daniel Okafor",
    role: "nurse",
};

/// The hub's answers, as the protocol numbers them.
const NOT_ENROLLED: u64 = 1;
const NO_COMMON_VERSION: u64 = 3;
const MALFORMED: u64 = 4;
const TOO_LARGE: u64 = 5;

/// The seed of the stranger's key.
const SEED: u8 = 66;

/// A request to be enrolled, as it was written once.
const ENROL: &[u8] = include_bytes!("../../../../fixtures/wire/v2/enrol-proves.cbor");

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
    let mut stranger = Stranger::meet(scene.district.network.address(), SEED, PROTOCOL)?;
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

/// Puts other bytes of the same length into a message, in the one place where `old` stands.
fn put(message: &mut [u8], old: &[u8], new: &[u8]) -> Result<()> {
    let at = message.windows(old.len()).position(|it| it == old);
    let at = at.with_context(|| format!("{old:02x?} in the message"))?;
    message[at..at + old.len()].copy_from_slice(new);
    Ok(())
}

/// Reads the token out of an invite: base 32 of CBOR `[address, key, key, token, …]`.
fn token(invite: &str) -> Result<Vec<u8>> {
    let letters = invite.strip_prefix("posta1-").context("an invite")?;
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0_u32);
    for letter in letters.bytes().filter(|it| *it != b'-') {
        let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
        let value = alphabet.iter().position(|it| *it == letter);
        held = (held << 5 | u32::try_from(value.context("a letter of an invite")?)?) & 0xffff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff)?);
        }
    }
    // A text of at most 23 bytes has its length in the byte before it; each key has two bytes before it, the token one.
    let address = usize::from(bytes.get(1).context("an address")? & 0x1f);
    let at = 2 + address + 2 * 34 + 1;
    Ok(bytes.get(at..at + 16).context("a token")?.to_vec())
}

/// Enrols the stranger's key as a computer of another site; returns the device's number.
fn enrol_the_stranger(scene: &Scene) -> Result<u8> {
    let (site, person) = scene.district.add(MTO)?;
    let invite = scene.district.invite(&site, &person)?;
    let mut enrol = ENROL.to_vec();
    put(&mut enrol, &[2; 32], &Stranger::key(SEED)?)?;
    put(&mut enrol, &[1; 16], &token(&invite)?)?;
    let mut stranger = Stranger::meet(scene.district.network.address(), SEED, PROTOCOL)?;
    stranger.say(&frame(&enrol))?;
    stranger.hear()?;
    let hub = &scene.district.hub;
    let request = hub.json(&["device", "list"])?["requests"][0].clone();
    let words = request["words"].as_str().context("six words")?;
    let id = request["id"].to_string();
    let approved = hub.json(&["device", "approve", &id, "--words", words])?;
    let device = approved["device"].as_u64().context("a device's number")?;
    Ok(u8::try_from(device)?)
}

#[test]
fn a_device_of_a_later_release_is_told_so_and_stops_nobody() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let hub = scene.district.network.address();
    let device = enrol_the_stranger(&scene)?;
    // `v: [1, 1]`, the versions that are spoken, becomes `v: [900, 999]`.
    let at = HELLO.windows(5).position(|it| it == b"\x61v\x82\x01\x01");
    let (before, after) = HELLO.split_at(at.context("the versions in HELLO")?);
    let mut later = [before, b"\x61v\x82\x19\x03\x84\x19\x03\xe7", &after[5..]].concat();
    put(&mut later, b"\x61d\x03", &[0x61, b'd', device])?;
    put(
        &mut later,
        &[0x84, 3, 1, 7, 0x58],
        &[0x84, device, 1, 7, 0x58],
    )?;

    let refused = Stranger::meet(hub, SEED, b"posta/999");
    check(&mut scene, &frame(&later), NO_COMMON_VERSION)?;

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

#[test]
fn a_clinic_whose_network_lets_no_udp_through_syncs_over_tcp() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    scene.district.kill_hub()?;
    scene.district.serve_without_udp()?;

    scene.still_works(1)?;

    // And again, in a network that is known by now.
    scene.register("Wanjiru")?;
    let report = scene.clinic.posta.json(&["sync", "--once"])?;
    ensure!(report["pushed"].as_u64() > Some(0), "{report}");
    Ok(())
}
