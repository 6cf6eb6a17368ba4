//! What is urgent, while much is on its way: exactly what goes before it.

use wire::limits::PIECE_BYTES;
use wire::{LENGTH_BYTES, Outbox};

use super::*;

/// An entry that does not pack, like a long note: its bytes are those of a generator.
fn long(scope: u8, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = vec![scope];
    while bytes.len() < 20_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_be_bytes());
    }
    bytes
}

/// Lets one device and the hub do everything but receive what is on its way down.
fn work(world: &mut World, who: usize) {
    while (0..3).any(|choice| world.step(who, choice)) {}
}

/// The office is in the middle of a first replica, with as much on its way as may be.
fn in_the_middle(versions: Versions) -> World {
    let mut world = world();
    world.devices[2].versions = versions;
    world.devices[0].per_segment = 1;
    for seed in 0..40 {
        world.devices[0].write(long(1, seed));
    }
    world.connect(0);
    world.run();
    world.connect(2);
    work(&mut world, 2);
    // WELCOME.
    assert!(world.step(2, 3));
    work(&mut world, 2);
    world
}

/// Returns how many frames, and how many bytes, go before STORED once the network has taken the first byte of what waits.
fn before_stored(world: &World, may_cut: bool) -> (usize, usize) {
    let (link, _) = world.links[2].as_ref().unwrap();
    let mut outbox = Outbox::default();
    if may_cut {
        outbox.may_cut();
    }
    let waiting = |it: &Vec<u8>| Message::from_bytes(it).unwrap();
    let mut waiting = link.down.iter().map(waiting);
    outbox.push(&waiting.next().unwrap()).unwrap();
    outbox.peek();
    outbox.handed_over(1);
    waiting.for_each(|it| outbox.push(&it).unwrap());

    let (mut frames, mut bytes) = (0, 0);
    loop {
        let frame = outbox.peek().to_vec();
        let message = frame.get(LENGTH_BYTES..).map(Message::from_bytes);
        if matches!(message, Some(Ok(Message::Stored(_)))) {
            return (frames, bytes);
        }
        frames += 1;
        bytes += frame.len();
        outbox.handed_over(frame.len());
    }
}

#[test]
fn what_is_written_during_a_first_replica_goes_up_at_once_and_its_answer_waits_for_one_piece() {
    let mut world = in_the_middle(Versions::SPOKEN);
    let waiting = world.links[2].as_ref().unwrap().0.down.len();

    world.devices[2].write(vec![1, 7]);
    // The effects of the device, until something is on its way.
    while world.links[2].as_ref().unwrap().0.up.is_empty() && world.step(2, 0) {}
    let up = world.links[2].as_ref().unwrap().0.up.clone();
    work(&mut world, 2);

    assert!(waiting >= 2, "{waiting} packs are on their way");
    assert!(matches!(Message::from_bytes(&up[0]), Ok(Message::Push(_))));
    let (frames, bytes) = before_stored(&world, true);
    assert_eq!(frames, 1);
    assert!(bytes < LENGTH_BYTES + PIECE_BYTES, "{bytes}");
}

#[test]
fn where_nothing_may_be_cut_the_answer_waits_for_one_message() {
    let mut world = in_the_middle(Versions(Version::ONE, Version::ONE));
    let waiting = world.links[2].as_ref().unwrap().0.down.len();

    world.devices[2].write(vec![1, 7]);
    work(&mut world, 2);

    assert!(waiting >= 8, "{waiting} batches are on their way");
    assert_eq!(before_stored(&world, false).0, 1);
}
