//! A hub that went on for a while before it knew that it had been put back: its feeds have two branches of one epoch.

use super::*;

/// Loses the second and the third place of a feed, and gives places of that epoch again before the hub knows.
#[track_caller]
fn check_taken_back(again: u8) {
    let (mut hub, world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut b = Laptop::enrol(&mut hub, 1, 2);
    let office = Laptop::enrol(&mut hub, 3, 3);
    a.register(7);
    a.push(&mut hub);
    hub.sign_checkpoint().unwrap();
    let backup = hub.store().copy_in_memory().unwrap();
    a.register(8);
    a.register(9);
    a.push(&mut hub);
    let others = |hub: &mut Hub| {
        for chart in 10..10 + again {
            b.register(chart);
        }
        b.push(hub);
    };
    let mut lost = lost_again((hub, world), (backup, others), a, office, SCOPE);
    let head = lost.hub.feed_heads(&[SCOPE]).unwrap()[0];
    assert_eq!(head.position, 1 + u64::from(again));

    let mut driver = lost.open();
    let offer = lost.offer(1);
    assert_eq!(lost.say(&mut driver, offer), after(1));
    let marks = lost.marks(1);
    assert_eq!(lost.say(&mut driver, marks), after(3));
    let items = lost.items(1);
    assert_eq!(lost.say(&mut driver, items), after(3));
    settle(&mut lost.hub);

    let charts = (7..10 + again).map(|it| ChartId::new([it; 16]));
    let mut held = lost.hub.store().charts().unwrap();
    held.sort_unstable();
    assert!(charts.eq(held));
}

#[test]
fn what_was_lost_is_taken_back_also_if_all_of_its_places_were_given_again() {
    check_taken_back(3);
}

#[test]
fn what_was_lost_is_taken_back_also_if_some_of_its_places_were_given_again() {
    check_taken_back(1);
}
