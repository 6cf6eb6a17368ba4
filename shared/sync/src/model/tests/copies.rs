//! Devices that were restored from an older copy, or copied to a second computer.

use super::*;

/// Everything that a device ever wrote in scope 1, by the two bytes of each entry.
fn written(feed: &[(LogPosition, Vec<u8>)]) -> Vec<Vec<u8>> {
    let mut entries: Vec<Vec<u8>> = feed.iter().map(|(_, entry)| entry.clone()).collect();
    entries.sort();
    entries
}

#[test]
fn a_restored_device_goes_on_in_a_new_log_and_takes_what_it_lost() {
    let mut world = world();
    world.devices[0].write(vec![1, 0]);
    synced(&mut world);
    synced(&mut world);
    let backup = world.devices[0].copied();
    world.devices[0].write(vec![1, 1]);
    synced(&mut world);
    world.disconnect(0);
    world.devices[0] = backup;
    world.devices[0].write(vec![1, 2]);

    synced(&mut world);
    world.devices[0].write(vec![1, 3]);
    synced(&mut world);

    let device = &world.devices[0];
    assert_eq!(device.aborted, None);
    assert_eq!(device.log.head().epoch, 2);
    assert_eq!(world.hub.log(device.id, 2), device.log);
    assert_eq!(world.hub.log(device.id, 1).entries.len(), 2);
    let all = vec![vec![1, 0], vec![1, 1], vec![1, 2], vec![1, 3]];
    assert_eq!(written(&world.hub.feeds[&ScopeId(1)]), all);
    let place = world.hub.log(device.id, 1).head().position();
    let lost = device.held.get(&(ScopeId(1), place));
    assert!(
        matches!(lost, Some(FeedItem::Change { payload, .. }) if *payload == [1, 1]),
        "{lost:?}"
    );
}

#[test]
fn two_copies_of_a_device_go_on_side_by_side_wherever_they_part() {
    for (one, other, first_stays) in [
        (0, 1, true),
        (1, 0, true),
        (3, 1, true),
        (1, 3, false),
        (2, 2, false),
    ] {
        let mut world = world();
        world.devices[0].write(vec![1, 0]);
        synced(&mut world);
        let mut copy = world.devices[0].copied();
        (0..one).for_each(|at| world.devices[0].write(vec![1, 100 + at]));
        (0..other).for_each(|at| copy.write(vec![1, 200 + at]));
        if !first_stays {
            // The link breaks before anything is said of the feed.
            world.devices[0].per_segment = 1;
        }
        for day in 0..3 {
            synced(&mut world);
            assert_eq!(world.devices[0].aborted, None, "{one} {other} {day}");
            world.disconnect(0);
            std::mem::swap(&mut world.devices[0], &mut copy);
            synced(&mut world);
            assert_eq!(world.devices[0].aborted, None, "{one} {other} {day}");
            world.disconnect(0);
            std::mem::swap(&mut world.devices[0], &mut copy);
            world.devices[0].write(vec![1, 150 + day]);
            copy.write(vec![1, 250 + day]);
        }
        synced(&mut world);
        world.disconnect(0);
        std::mem::swap(&mut world.devices[0], &mut copy);
        synced(&mut world);

        let expected = 1 + usize::from(one) + usize::from(other) + 6;
        assert_eq!(world.hub.feeds[&ScopeId(1)].len(), expected);
        let epochs = [copy.log.head().epoch, world.devices[0].log.head().epoch];
        assert!(
            epochs.iter().sum::<u32>() <= 3,
            "one begins one log: {epochs:?}"
        );
    }
}

#[test]
fn the_first_version_leaves_a_device_that_was_cloned_to_people() {
    for (own, theirs) in [(2, 2), (4, 2)] {
        let mut world = world();
        world.devices[0].versions = OLDER;
        world.devices[0].write(vec![1, 0]);
        let mut clone = world.devices[0].log.clone();
        for _ in 1..theirs {
            clone.push(vec![1, 100]);
        }
        for _ in 1..own {
            world.devices[0].write(vec![1, 200]);
        }
        world.hub.set_log(world.devices[0].id, clone.clone());

        synced(&mut world);

        let reason = world.devices[0].aborted.clone();
        assert_eq!(
            reason,
            Some(AbortReason::Fork { seq: theirs }),
            "{own} {theirs}"
        );
        assert_eq!(
            world.hub.log(world.devices[0].id, 1),
            clone,
            "the hub's branch stays"
        );
        assert_eq!(world.devices[0].noted.seq, 0, "nothing is taken for stored");
    }
}
