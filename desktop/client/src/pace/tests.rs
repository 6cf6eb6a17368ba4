//! When meetings are, by virtual time.

use super::*;

const STEADY: Rhythm = Rhythm {
    steady: Duration::from_secs(30),
    is_metered: false,
};
const COSTLY: Rhythm = Rhythm {
    is_metered: true,
    ..STEADY
};
const AWAY: Happening = Happening::Failed(ErrorCode::HubUnreachable);

/// A clinic that does nothing but wait.
struct Clinic {
    pace: Pace,
    now: Duration,
}

impl Clinic {
    fn new(rhythm: Rhythm) -> Self {
        Self {
            pace: Pace::new(rhythm),
            now: Duration::ZERO,
        }
    }

    /// Waits for the next meeting, which goes like this. Returns how many seconds that was, and what for.
    fn meet(&mut self, how: Happening, dice: u32) -> (u64, Errand) {
        let next = self.pace.next();
        let waited = next.at.saturating_sub(self.now);
        self.now = self.now.max(next.at);
        self.pace.handle(how, self.now, dice);
        (waited.as_secs(), next.errand)
    }

    /// After so many seconds something happens. Returns how many seconds later the next meeting is.
    fn after(&mut self, seconds: u64, happening: Happening) -> u64 {
        self.now += Duration::from_secs(seconds);
        self.pace.handle(happening, self.now, 0);
        self.pace.next().at.saturating_sub(self.now).as_secs()
    }
}

/// The waits of a day without a hub.
fn a_day_away(dice: u32) -> Vec<u64> {
    let mut clinic = Clinic::new(STEADY);
    let mut waits = Vec::new();
    while clinic.now < Duration::from_secs(24 * 3_600) {
        waits.push(clinic.meet(AWAY, dice).0);
    }
    waits
}

#[test]
fn meetings_are_steady_while_the_hub_answers() {
    let mut clinic = Clinic::new(STEADY);

    assert_eq!(clinic.meet(Happening::Met, 0), (0, Errand::Background));
    assert_eq!(clinic.meet(Happening::Met, 0), (30, Errand::Background));
    assert_eq!(clinic.meet(Happening::Met, 9), (30, Errand::Background));
}

#[test]
fn waits_double_up_to_a_quarter_of_an_hour_while_the_hub_is_away() {
    let longest = a_day_away(u32::MAX);

    assert_eq!(
        longest.get(..9),
        Some(&[0, 5, 10, 20, 40, 80, 160, 320, 640][..])
    );
    assert!(longest.iter().skip(9).all(|it| *it == 900), "{longest:?}");
    assert!(longest.len() < 120, "{}", longest.len());
}

#[test]
fn chance_takes_up_to_half_of_a_wait_away() {
    let shortest = a_day_away(0);

    assert_eq!(shortest.get(1..5), Some(&[2, 5, 10, 20][..]));
    assert_eq!(shortest.last(), Some(&450));
}

#[test]
fn a_change_of_the_network_ends_the_wait_at_once() {
    let mut clinic = Clinic::new(STEADY);
    for _ in 0..20 {
        clinic.meet(AWAY, u32::MAX);
    }

    assert_eq!(clinic.after(60, Happening::NetworkChanged), 1);

    clinic.meet(AWAY, u32::MAX);
    assert_eq!(clinic.pace.failures(), 1);
    assert_eq!(clinic.meet(Happening::Met, 0).0, 5);
}

#[test]
fn what_is_written_is_sent_soon_and_what_is_written_without_end_not_without_rest() {
    let mut clinic = Clinic::new(STEADY);
    clinic.meet(Happening::Met, 0);

    assert_eq!(clinic.after(20, Happening::Written), 2);

    clinic.meet(Happening::Met, 0);
    assert_eq!(clinic.after(0, Happening::Written), 5);
    assert_eq!(clinic.after(1, Happening::Written), 4);
}

#[test]
fn a_person_who_asks_waits_for_nothing_and_gets_everything_also_over_a_metered_link() {
    let mut clinic = Clinic::new(COSTLY);
    clinic.meet(AWAY, u32::MAX);

    assert_eq!(clinic.after(0, Happening::Asked), 0);
    assert_eq!(clinic.after(0, Happening::Written), 0);

    assert_eq!(clinic.meet(Happening::Met, 0), (0, Errand::Asked));
    assert_eq!(clinic.meet(Happening::Met, 0), (3_600, Errand::Background));
}

#[test]
fn what_is_written_one_after_the_other_goes_together_over_a_metered_link() {
    let mut clinic = Clinic::new(COSTLY);
    clinic.meet(Happening::Met, 0);

    assert_eq!(clinic.after(600, Happening::Written), 2);

    clinic.meet(Happening::Met, 0);
    assert_eq!(clinic.after(0, Happening::Written), 60);
    assert_eq!(clinic.after(50, Happening::Written), 10);
}

#[test]
fn a_link_that_costs_nothing_any_more_is_used_at_once() {
    let mut clinic = Clinic::new(COSTLY);
    clinic.meet(Happening::Met, 0);
    clinic.now += Duration::from_secs(600);

    clinic.pace.set_rhythm(STEADY, clinic.now);

    assert_eq!(clinic.meet(Happening::Met, 0).0, 0);
    assert_eq!(clinic.meet(Happening::Met, 0).0, 30);
}

#[test]
fn while_nobody_is_unlocked_it_is_waited_for_somebody() {
    let mut clinic = Clinic::new(STEADY);
    clinic.meet(Happening::Failed(ErrorCode::Locked), 0);

    assert_eq!(clinic.pace.next().at.as_secs(), 900);
    assert_eq!(clinic.after(60, Happening::Unlocked), 0);
}
