//! The hybrid clock: wall time that never runs backwards and that follows what it has seen.
//!
//! It orders edits for people ("the later one is shown"); it is never a cursor and never proves
//! when something happened. After Kulkarni et al., "Logical Physical Clocks", 2014.

use serde::{Deserialize, Serialize};

/// A reading: 48 bits of milliseconds since 1970 and 16 bits of counter, in one number that sorts.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Hlc(u64);

impl Hlc {
    /// The highest milliseconds that fit 48 bits (the year 10889).
    const MAX_MS: u64 = (1 << 48) - 1;

    /// Makes a reading from milliseconds since 1970 and a counter.
    #[must_use]
    pub const fn new(ms: u64, counter: u16) -> Self {
        let ms = if ms > Self::MAX_MS { Self::MAX_MS } else { ms };
        Self((ms << 16) | counter as u64)
    }

    /// Reads back the number that `as_u64` gave.
    #[must_use]
    pub const fn from_u64(bits: u64) -> Self {
        Self(bits)
    }

    /// Returns the reading as one number that sorts like it.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Returns the milliseconds since 1970.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0 >> 16
    }

    /// Returns the seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.ms() / 1000
    }
}

/// The clock of one device.
#[derive(Debug, Clone, Copy, Default)]
pub struct HybridClock {
    last: Hlc,
}

impl HybridClock {
    /// How far ahead of our own wall clock another's reading may pull us: one day, the same bound
    /// that a statement's time has. A device whose clock says 2090 must not drag the fleet along.
    pub const MAX_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

    /// Takes up the clock where the last process left it.
    #[must_use]
    pub const fn resume(last: Hlc) -> Self {
        Self { last }
    }

    /// Returns the newest reading.
    #[must_use]
    pub const fn last(&self) -> Hlc {
        self.last
    }

    /// Returns a reading later than every one before, and at least the wall clock's.
    pub fn tick(&mut self, wall_ms: u64) -> Hlc {
        self.last = Hlc::new(wall_ms, 0).max(Hlc(self.last.0.saturating_add(1)));
        self.last
    }

    /// Follows a reading seen elsewhere, unless it is absurdly far ahead.
    pub fn observe(&mut self, seen: Hlc, wall_ms: u64) {
        if seen.ms() <= wall_ms.saturating_add(Self::MAX_AHEAD_MS) {
            self.last = self.last.max(seen);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_rise_even_when_the_wall_clock_falls() {
        let mut clock = HybridClock::default();

        let before = clock.tick(1_000_000);
        let after = clock.tick(0);

        assert!(after > before);
        assert_eq!(after.ms(), 1_000_000);
    }

    #[test]
    fn a_reading_from_the_far_future_is_not_followed() {
        let mut clock = HybridClock::default();
        clock.tick(1_000);

        clock.observe(Hlc::new(4_000_000_000_000, 0), 1_000);

        assert_eq!(clock.last(), Hlc::new(1_000, 0));
    }

    #[test]
    fn a_reading_is_followed_up_to_a_day_ahead() {
        let mut clock = HybridClock::default();
        let ahead = |by| Hlc::new(1_000 + by, 0);

        clock.observe(ahead(HybridClock::MAX_AHEAD_MS + 1), 1_000);
        assert_eq!(clock.last(), Hlc::default());
        clock.observe(ahead(HybridClock::MAX_AHEAD_MS), 1_000);
        assert_eq!(clock.last(), ahead(HybridClock::MAX_AHEAD_MS));
    }

    #[test]
    fn times_beyond_48_bits_are_the_last_one() {
        let last = Hlc::new(Hlc::MAX_MS, 3);

        assert_eq!((last.ms(), last.as_u64()), (Hlc::MAX_MS, u64::MAX - 0xfffc));
        assert_eq!(Hlc::new(Hlc::MAX_MS + 1, 3), last);
    }

    #[test]
    fn a_reading_seen_is_followed() {
        let mut clock = HybridClock::default();

        clock.observe(Hlc::new(5_000, 7), 1_000);

        assert_eq!(clock.tick(1_000), Hlc::new(5_000, 8));
    }
}
