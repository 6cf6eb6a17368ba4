//! What the controller does with a loss, and how much it lets be under way.

use super::*;

const MTU: u16 = 1_200;
const ROUND_TRIP: Duration = Duration::from_millis(600);

/// A controller that has seen a path of 8 kB/s and 600 ms, and now sees a round trip longer by so much.
fn settled(longer: Duration) -> (Steady, Instant) {
    let mut now = Instant::now();
    let mut steady = Steady::new(now, MTU);
    for _ in 0..5 {
        now += ROUND_TRIP;
        steady
            .pace
            .acknowledged(now, now - ROUND_TRIP, 4_800, false);
    }
    steady.round_trip = ROUND_TRIP + longer;
    (steady, now)
}

/// Whether a loss made CUBIC's window smaller.
#[track_caller]
fn check_loss(longer: Duration, is_persistent: bool, lost: u64, shrinks: bool) {
    let (mut steady, now) = settled(longer);
    let before = steady.cubic.window();

    steady.on_congestion_event(now, now, is_persistent, lost);

    assert_eq!(
        steady.cubic.window() < before,
        shrinks,
        "{longer:?} longer, {lost} bytes"
    );
}

#[test]
fn a_loss_shrinks_the_window_only_if_a_queue_shows_or_much_is_lost() {
    let empty = Duration::from_millis(50);
    check_loss(empty, false, 1_200, false);
    check_loss(Duration::from_millis(150), false, 1_200, true);
    check_loss(empty, true, 1_200, true);
    check_loss(empty, false, 4_000, true);
    // A router that marks packets says that its queue is full.
    check_loss(empty, false, 0, true);
}

#[test]
fn before_a_path_is_known_every_loss_counts() {
    let now = Instant::now();
    let mut steady = Steady::new(now, MTU);
    let before = steady.window();

    steady.on_congestion_event(now, now, false, 1_200);

    assert!(steady.window() < before);
}

#[test]
fn no_more_is_under_way_than_one_and_a_half_times_what_the_path_holds() {
    let (steady, _) = settled(Duration::ZERO);

    assert_eq!(steady.pace.most(1_200), Some(7_200 + 4 * 1_200));
    assert_eq!(steady.window(), steady.cubic.window().min(12_000));
}

#[test]
fn what_was_lost_long_ago_is_forgotten() {
    let (mut steady, now) = settled(Duration::ZERO);
    steady.on_congestion_event(now, now, false, 2_900);
    assert!(!steady.is_heavy());
    steady.lost /= 2;

    steady.on_congestion_event(now, now, false, 1_200);

    assert!(!steady.is_heavy(), "{} bytes", steady.lost);
}
