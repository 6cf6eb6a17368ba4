//! Attachments, cut at any place: every group comes once, and what a cut costs is one group.

use crypto::{Blob, GROUP_BYTES};
use wire::Message;

use super::*;

/// Device 0 attaches files of these sizes; device 2 wants them.
fn attached(sizes: &[usize]) -> (World, Vec<Blob>) {
    let mut world = world();
    let mut blobs = Vec::new();
    for (seed, size) in (1_u8..).zip(sizes) {
        let blob = world.devices[0].shelf.put(seed, *size);
        world.devices[0].write(vec![1, seed]);
        world.hub.named.insert(blob);
        world.devices[0].offers.push(blob);
        world.devices[2].wants.push(blob);
        blobs.push(blob);
    }
    (world, blobs)
}

/// Counts the bytes of groups among messages.
fn group_bytes(messages: &VecDeque<Vec<u8>>) -> usize {
    messages
        .iter()
        .map(|bytes| {
            let Message::Blob(blob) = Message::from_bytes(bytes).unwrap() else {
                return 0;
            };
            blob.group.map_or(0, |it| it.bytes.len())
        })
        .sum()
}

/// Lets a device and the hub talk, and cuts the link after so many steps, again and again. Returns how many bytes of
/// groups were sent in each direction.
fn talk(world: &mut World, who: usize, cuts: &[usize]) -> (usize, usize) {
    let (mut up, mut down) = (0, 0);
    for steps in cuts.iter().copied().chain([usize::MAX]) {
        world.connect(who);
        let (mut idle, mut done) = (0, 0);
        while idle < 4 && done < steps {
            let before = world.links[who].as_ref().map_or((0, 0), |(link, _)| {
                (group_bytes(&link.up), group_bytes(&link.down))
            });
            let choice = u8::try_from(done % 4).unwrap();
            idle = if world.step(who, choice) { 0 } else { idle + 1 };
            done += 1;
            let (link, _) = world.links[who].as_ref().unwrap();
            let after = (group_bytes(&link.up), group_bytes(&link.down));
            assert!(
                after.0 <= GROUP_BYTES && after.1 <= GROUP_BYTES,
                "one group is under way"
            );
            up += after.0.saturating_sub(before.0);
            down += after.1.saturating_sub(before.1);
        }
        world.disconnect(who);
    }
    (up, down)
}

#[test]
fn an_attachment_goes_up_and_comes_down_after_everything_else() {
    let (mut world, blobs) = attached(&[3 * GROUP_BYTES + 5, 1]);

    let up = talk(&mut world, 0, &[]);
    let down = talk(&mut world, 2, &[]);

    let size = 3 * GROUP_BYTES + 6;
    assert_eq!((up, down), ((size, 0), (0, size)));
    for blob in blobs {
        assert!(world.devices[0].at_hub.contains(&blob));
        let bytes = world.devices[0].shelf.bytes(blob);
        assert!(bytes.is_some());
        assert_eq!(world.devices[2].shelf.bytes(blob), bytes);
    }
    let last = world.devices[2].finished.last().unwrap();
    assert_eq!(
        (last.attachments_taken, last.attachments_refused.len()),
        (2, 0)
    );
}

#[test]
fn a_hub_that_does_not_know_an_attachment_or_has_not_got_it_stops_nothing_else() {
    let (mut world, blobs) = attached(&[GROUP_BYTES, 7]);
    world.hub.named.remove(&blobs[0]);

    talk(&mut world, 0, &[]);
    talk(&mut world, 2, &[]);

    let refused = |who: usize| {
        world.devices[who]
            .finished
            .last()
            .unwrap()
            .attachments_refused
            .clone()
    };
    assert_eq!(refused(0), [(blobs[0], wire::RefusalCode::BlobUnknown)]);
    assert_eq!(refused(2), [(blobs[0], wire::RefusalCode::BlobUnknown)]);
    assert!(world.devices[2].shelf.bytes(blobs[1]).is_some());
    assert_eq!(world.devices[2].aborted, None);
}

#[test]
fn in_version_1_nobody_speaks_of_attachments() {
    let (mut world, blobs) = attached(&[9]);
    world.hub.versions = Versions(Version::ONE, Version::ONE);

    assert_eq!(talk(&mut world, 0, &[]), (0, 0));
    assert_eq!(world.devices[0].aborted, None);
    assert!(world.hub.shelf.bytes(blobs[0]).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn wherever_it_is_cut_a_transfer_repeats_one_group_at_most(
        groups in 1_usize..5,
        odd in 0_usize..2,
        up_cuts in vec(1_usize..60, 0..4),
        down_cuts in vec(1_usize..60, 0..4),
    ) {
        let size = groups * GROUP_BYTES - odd * 1_000;
        let (mut world, blobs) = attached(&[size]);

        let (up, _) = talk(&mut world, 0, &up_cuts);
        let (_, down) = talk(&mut world, 2, &down_cuts);

        prop_assert!(up >= size && up <= size + up_cuts.len() * GROUP_BYTES, "{up} bytes up for {size}");
        prop_assert!(down >= size && down <= size + down_cuts.len() * GROUP_BYTES, "{down} down");
        prop_assert_eq!(world.hub.shelf.kept, groups, "the hub keeps each group once");
        prop_assert_eq!(world.devices[2].shelf.kept, groups, "so does the device");
        let bytes = world.devices[0].shelf.bytes(blobs[0]);
        prop_assert!(bytes.is_some());
        prop_assert_eq!(world.devices[2].shelf.bytes(blobs[0]), bytes);
    }

    #[test]
    fn attachments_come_to_rest_whatever_else_happens(what in vec(happenings(), 0..200)) {
        let (mut world, blobs) = attached(&[2 * GROUP_BYTES, 77]);
        what.iter().for_each(|it| world.happens(it));

        synced(&mut world);
        synced(&mut world);

        check_converged(&world);
        for blob in blobs {
            prop_assert!(world.devices[0].at_hub.contains(&blob));
            prop_assert!(world.devices[2].shelf.bytes(blob).is_some());
        }
    }
}
