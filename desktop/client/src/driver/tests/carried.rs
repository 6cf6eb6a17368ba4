//! Other devices' logs: what is carried of them, and what a hostile one may try.

use audit::LogHead;
use wire::{Declined, RefusalCode, Segment};

use super::*;
use crate::Client;
use crate::driver::carried::{MAX_CARRIED_BYTES, MAX_CARRIED_LOGS, MAX_CARRIED_LOGS_OF_A_DEVICE};

#[test]
fn a_segment_of_a_device_that_was_revoked_or_is_ones_own_is_left() {
    let world = World::new();
    let mut b = world.nurse_b();
    let segment = |device, key| {
        let start = LogHead::start(DeviceId(device), 1);
        let key = SigningKey::from_seed([key; 32]);
        Segment::seal(start, &[vec![1]], &key).unwrap()
    };
    let mut roster = b.driver().roster().clone();
    roster.devices[0].state = roster::DeviceState::Revoked;
    roster.epoch += 1;
    let signed = roster.sign(&world.hub).unwrap();

    let own = b.driver_mut().take_segment(&segment(2, 102)).unwrap();
    let unknown = b.driver_mut().take_segment(&segment(9, 109)).unwrap();
    b.driver_mut().take_roster(&signed).unwrap();
    let revoked = b.driver_mut().take_segment(&segment(1, 101)).unwrap();

    assert_eq!(own, Err(RefusalCode::WrongDevice));
    assert_eq!(unknown, Err(RefusalCode::NotEnrolled));
    assert_eq!(revoked, Err(RefusalCode::Revoked));
}

#[test]
fn a_log_with_a_gap_or_another_branch_is_left() {
    let world = World::new();
    let mut b = world.nurse_b();
    let key = SigningKey::from_seed([101; 32]);
    let start = LogHead::start(DeviceId(1), 1);
    let seal = |before, entry: u8| Segment::seal(before, &[vec![entry]], &key).unwrap();
    let after = |segment: &Segment| segment.after().unwrap();
    let first = seal(start, 1);
    let second = seal(after(&first), 2);
    let driver = b.driver_mut();

    assert_eq!(driver.take_segment(&first).unwrap(), Ok(after(&first)));
    let third = seal(after(&second), 3);
    assert_eq!(
        driver.take_segment(&third).unwrap(),
        Err(RefusalCode::LogGap)
    );
    let other = seal(after(&seal(start, 9)), 2);
    assert_eq!(
        driver.take_segment(&other).unwrap(),
        Err(RefusalCode::LogFork)
    );
    assert_eq!(driver.take_segment(&second).unwrap(), Ok(after(&second)));
    assert_eq!(driver.take_segment(&first).unwrap(), Ok(after(&first)));
    assert_eq!(
        driver.store().carried_logs().unwrap()[0].head,
        after(&second)
    );
}

/// Adds devices of the same site to the roster, up to a number, each with a key of its own.
fn enrol_up_to(world: &World, to: &mut Client, last: u32) {
    let mut roster = to.driver().roster().clone();
    let first = roster.devices[0].clone();
    for id in 3..=last {
        roster.devices.push(roster::Device {
            id: DeviceId(id),
            tls: SigningKey::from_seed([u8::try_from(id).unwrap(); 32]).public(),
            log: log_key(id).public(),
            blocks: Vec::new(),
            ..first.clone()
        });
    }
    roster.epoch += 1;
    let signed = roster.sign(&world.hub).unwrap();
    to.driver_mut().take_roster(&signed).unwrap();
    assert_eq!(to.driver().roster().epoch, roster.epoch);
}

fn log_key(device: u32) -> SigningKey {
    SigningKey::from_seed([100 + u8::try_from(device).unwrap(); 32])
}

/// One entry of a device's log after a place of it.
fn one_entry(device: u32, epoch: u32, after: u64) -> Segment {
    let mut before = LogHead::start(DeviceId(device), epoch);
    before.seq = after;
    Segment::seal(before, &[vec![1]], &log_key(device)).unwrap()
}

#[test]
fn a_device_that_begins_log_after_log_does_not_keep_others_out() {
    let world = World::new();
    let mut b = world.nurse_b();
    enrol_up_to(&world, &mut b, 9);
    let driver = b.driver_mut();

    let taken = (1..20).filter(|epoch| {
        let taken = driver.take_segment(&one_entry(1, *epoch, 0)).unwrap();
        taken.is_ok()
    });
    assert_eq!(taken.count(), MAX_CARRIED_LOGS_OF_A_DEVICE);
    for epoch in (1..).take(MAX_CARRIED_LOGS_OF_A_DEVICE) {
        // The hub takes none of them.
        let place = one_entry(1, epoch, 0).end();
        let code = RefusalCode::LogGap;
        driver.note_declined(Declined { place, code }).unwrap();
    }
    let of_others = (3..=9).flat_map(|device| [(device, 1), (device, 2)]);
    let taken = of_others.filter(|(device, epoch)| {
        let taken = driver.take_segment(&one_entry(*device, *epoch, 0)).unwrap();
        taken.is_ok()
    });

    assert_eq!(taken.count(), MAX_CARRIED_LOGS);
}

#[test]
fn what_was_declined_is_forgotten_once_the_hub_has_a_later_log_of_the_device() {
    let mut b = World::new().nurse_b();
    let driver = b.driver_mut();
    for epoch in [1, 2] {
        driver
            .take_segment(&one_entry(1, epoch, 0))
            .unwrap()
            .unwrap();
    }
    let place = one_entry(1, 1, 0).end();
    let code = RefusalCode::LogGap;
    driver.note_declined(Declined { place, code }).unwrap();
    assert_eq!(driver.store().carried_logs().unwrap().len(), 2);

    driver
        .store_mut()
        .note_delivered(DeviceId(1), 2, 1)
        .unwrap();

    assert_eq!(driver.store().carried_logs().unwrap(), []);
}

#[test]
fn what_comes_before_what_is_carried_is_not_kept() {
    let world = World::new();
    let mut b = world.nurse_b();
    let driver = b.driver_mut();
    let last = one_entry(1, 1, 1_000_000);
    assert!(driver.take_segment(&last).unwrap().is_ok());
    let kept = driver.store().carried_bytes(DeviceId(1), 1).unwrap();

    let beyond = one_entry(1, 1, u64::MAX >> 1);
    let refused = driver.take_segment(&beyond).unwrap();
    assert_eq!(refused, Err(RefusalCode::Malformed));
    for after in (0..1_000_000).step_by(50_000) {
        let refused = driver.take_segment(&one_entry(1, 1, after)).unwrap();
        assert_eq!(refused, Err(RefusalCode::LogGap));
    }
    let mut other = LogHead::start(DeviceId(1), 1);
    other.seq = 1_000_000;
    let other = Segment::seal(other, &[vec![2]], &log_key(1)).unwrap();
    let refused = driver.take_segment(&other).unwrap();

    assert_eq!(refused, Err(RefusalCode::LogFork));
    let now = driver.store().carried_bytes(DeviceId(1), 1).unwrap();
    assert_eq!(now, kept, "nothing of it is kept");
}

#[test]
fn no_more_bytes_are_carried_than_may_be() {
    let world = World::new();
    let mut b = world.nurse_b();
    let key = SigningKey::from_seed([101; 32]);
    let first = one_entry(1, 1, 0);
    assert!(b.driver_mut().take_segment(&first).unwrap().is_ok());

    let mut head = b.driver().store().carried_logs().unwrap()[0].head;
    let mut carried = 0_u64;
    for round in 0_u32..1_000 {
        // What does not pack.
        let bytes = (0..2_000_u32).flat_map(|it| {
            *crypto::hash("x", &[&round.to_be_bytes(), &it.to_be_bytes()]).as_bytes()
        });
        let entry: Vec<u8> = bytes.collect();
        let segment = Segment::seal(head, &[entry], &key).unwrap();
        match b.driver_mut().take_segment(&segment).unwrap() {
            Ok(after) => head = after,
            Err(code) => {
                assert_eq!(code, RefusalCode::Full);
                break;
            }
        }
        carried = b.driver().store().carried_bytes(head.device, 1).unwrap();
    }
    assert!((MAX_CARRIED_BYTES..MAX_CARRIED_BYTES + 100_000).contains(&carried));
}
