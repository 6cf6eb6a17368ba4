//! What a path was seen to hold: how fast it delivers, and how long its shortest round trip is.

use std::time::{Duration, Instant};

/// The fastest of so many round trips counts: a pause of the application, or a hole in the network, is outlived.
const ROUNDS: usize = 10;

/// How many times what the path holds may be under way: more than once, so that a path which has become faster is
/// noticed, and not twice, for what is urgent waits behind the rest.
const TIMES: f64 = 1.5;

/// On top of that: acknowledgements come for two packets at a time, and late.
const SPARE_PACKETS: u64 = 4;

/// After so long the shortest round trip is looked for again: the way may have changed. With more than its content
/// under way a path always has a queue, so less is sent for a moment, and the queue runs dry.
const FORGET: Duration = Duration::from_secs(30);

/// How much is under way then, of what the path holds, and for how many rounds.
const LOOK_TIMES: f64 = 0.75;
const LOOK_ROUNDS: u8 = 2;

/// QUIC's own least (RFC 9002, section 7.2).
const LEAST_PACKETS: u64 = 2;

/// What is known of a path.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// When the round began: it ends when something sent after that is acknowledged.
    round_began: Instant,
    /// Acknowledged in it.
    round_bytes: u64,
    /// Whether the application had nothing to send in it.
    round_idle: bool,
    /// Bytes a second of the last rounds.
    rates: [f64; ROUNDS],
    /// Where the next one goes.
    next: usize,
    shortest: Option<Shortest>,
    /// The shortest round trip seen while less is sent to find it, and for how many rounds more.
    looking: Option<(Option<Duration>, u8)>,
}

#[derive(Debug, Clone, Copy)]
struct Shortest {
    round_trip: Duration,
    seen: Instant,
}

impl Pace {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            round_began: now,
            round_bytes: 0,
            round_idle: false,
            rates: [0.0; ROUNDS],
            next: 0,
            shortest: None,
            looking: None,
        }
    }

    /// Takes note of a packet that was acknowledged; tells whether a round ended with it.
    pub(super) fn acknowledged(
        &mut self,
        now: Instant,
        sent: Instant,
        bytes: u64,
        is_idle: bool,
    ) -> bool {
        self.note_round_trip(now, now.saturating_duration_since(sent));
        self.round_bytes += bytes;
        self.round_idle |= is_idle;
        if sent < self.round_began {
            return false;
        }
        self.end_round(now);
        true
    }

    /// Returns the shortest round trip of late.
    pub(super) fn shortest(&self) -> Option<Duration> {
        self.shortest.map(|it| it.round_trip)
    }

    /// Returns how much may be under way, once the path is known.
    pub(super) fn most(&self, mtu: u64) -> Option<u64> {
        let shortest = self.shortest()?;
        let rate = self.rate();
        let holds = rate * shortest.as_secs_f64();
        let most = if self.looking.is_some() {
            (holds * LOOK_TIMES).max((LEAST_PACKETS * mtu) as f64)
        } else {
            holds * TIMES + (SPARE_PACKETS * mtu) as f64
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate is no less than zero, and a window saturates"
        )]
        let most = most as u64;
        (rate > 0.0).then_some(most)
    }

    fn rate(&self) -> f64 {
        self.rates.iter().copied().fold(0.0, f64::max)
    }

    fn note_round_trip(&mut self, now: Instant, round_trip: Duration) {
        if let Some((found, _)) = &mut self.looking {
            *found = Some(found.map_or(round_trip, |it| it.min(round_trip)));
        }
        match self.shortest {
            Some(known) if round_trip > known.round_trip => {}
            Some(_) | None => {
                self.shortest = Some(Shortest {
                    round_trip,
                    seen: now,
                });
            }
        }
    }

    fn end_round(&mut self, now: Instant) {
        let seconds = now
            .saturating_duration_since(self.round_began)
            .as_secs_f64();
        let rate = self.round_bytes as f64 / seconds.max(0.001);
        // What an idle application did not send says nothing about the path, unless it is more than was known.
        if (!self.round_idle || rate > self.rate())
            && let Some(place) = self.rates.get_mut(self.next)
        {
            *place = rate;
            self.next = (self.next + 1) % ROUNDS;
        }
        self.round_began = now;
        self.round_bytes = 0;
        self.round_idle = false;
        self.look_for_shortest(now);
    }

    fn look_for_shortest(&mut self, now: Instant) {
        match (self.looking, self.shortest) {
            (Some((Some(found), 0)), _) => {
                self.shortest = Some(Shortest {
                    round_trip: found,
                    seen: now,
                });
                self.looking = None;
            }
            (Some((_, rounds)), _) => {
                // What was sent before the look has met the old queue.
                self.looking = Some((None, rounds.saturating_sub(1)));
            }
            (None, Some(known)) if now.saturating_duration_since(known.seen) >= FORGET => {
                self.looking = Some((None, LOOK_ROUNDS));
            }
            (None, Some(_) | None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND_TRIP: Duration = Duration::from_millis(100);

    /// Lets rounds pass in which so many bytes arrive.
    fn rounds(pace: &mut Pace, now: &mut Instant, count: usize, bytes: u64, is_idle: bool) {
        for _ in 0..count {
            *now += ROUND_TRIP;
            pace.acknowledged(*now, *now - ROUND_TRIP, bytes, is_idle);
        }
    }

    #[test]
    fn the_fastest_of_the_last_ten_rounds_counts() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);

        rounds(&mut pace, &mut now, 1, 5_000, false);
        rounds(&mut pace, &mut now, 9, 1_000, false);
        assert_eq!(pace.most(0), Some(7_500));
        rounds(&mut pace, &mut now, 1, 1_000, false);

        assert_eq!(pace.most(0), Some(1_500));
    }

    #[test]
    fn an_idle_application_says_nothing_about_the_path() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        rounds(&mut pace, &mut now, 1, 5_000, false);

        rounds(&mut pace, &mut now, 100, 10, true);

        assert_eq!(pace.most(0), Some(7_500));
    }

    #[test]
    fn nothing_is_known_before_the_first_round() {
        assert_eq!(Pace::new(Instant::now()).most(1_200), None);
    }

    #[test]
    fn a_way_that_became_longer_is_found_soon() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        rounds(&mut pace, &mut now, 1, 5_000, false);
        let longer = ROUND_TRIP * 4;

        for _ in 0..100 {
            now += longer;
            pace.acknowledged(now, now - longer, 20_000, false);
        }

        assert_eq!(pace.shortest(), Some(longer));
        assert!(pace.looking.is_none());
    }
}
