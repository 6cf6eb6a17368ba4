//! What a link may carry while somebody has limited it: so many bytes a second, and hardly more at once.
//!
//! Bytes are counted as the link's stream has them, with a sixteenth for the headers around them. The handshake,
//! acknowledgements and what is sent again are not counted.

use std::num::NonZeroU32;
use std::time::Duration;

/// How many bits a second a link may carry in each direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateLimit(NonZeroU32);

/// What may be carried at once: a quarter of a second's bytes. Whatever comes next waits for no more.
const PIECES_A_SECOND: u32 = 4;

/// But no less than a datagram has room for.
const LEAST_PIECE_BYTES: u32 = 1_100;

/// Headers of IP, UDP and QUIC are about so much of a full datagram.
const HEADER_SHARE: u32 = 16;

impl RateLimit {
    /// The lowest limit: the largest message then takes two minutes, and both ends wait for three.
    pub const LEAST: u32 = 16_000;

    /// Takes a rate in bits a second; none if it is too low to sync with.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match NonZeroU32::new(bits) {
            Some(bits) if bits.get() >= Self::LEAST => Some(Self(bits)),
            Some(_) | None => None,
        }
    }

    /// Returns the bits a second.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0.get()
    }

    /// Returns the bytes a second.
    pub(crate) const fn bytes(self) -> u32 {
        self.bits() / 8
    }

    const fn piece(self) -> u32 {
        let piece = self.bytes() / PIECES_A_SECOND;
        if piece < LEAST_PIECE_BYTES {
            LEAST_PIECE_BYTES
        } else {
            piece
        }
    }
}

/// What one direction of a link may carry now. Time is told by whoever asks, since the link came up.
#[derive(Debug, Clone)]
pub(crate) struct Allowance {
    limit: RateLimit,
    /// Until when what was carried already is worth.
    paid_until: Duration,
}

impl Allowance {
    pub(crate) const fn new(limit: RateLimit) -> Self {
        Self {
            limit,
            paid_until: Duration::ZERO,
        }
    }

    /// Returns how long to wait before anything more is carried.
    pub(crate) const fn wait(&self, now: Duration) -> Duration {
        self.paid_until.saturating_sub(now)
    }

    /// Returns how much may be carried once that is over.
    pub(crate) const fn piece(&self) -> usize {
        self.limit.piece() as usize
    }

    /// Takes note of bytes that were carried. Time in which nothing was is not saved up.
    pub(crate) fn carried(&mut self, now: Duration, bytes: usize) {
        let bytes = bytes.saturating_add(bytes / HEADER_SHARE as usize);
        let seconds = bytes as f64 / f64::from(self.limit.bytes());
        self.paid_until = self.paid_until.max(now) + Duration::from_secs_f64(seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Carries whatever may be for a minute; returns how many bytes that were.
    fn a_minute(bits: u32, from: Duration) -> usize {
        let mut allowance = Allowance::new(RateLimit::from_bits(bits).unwrap());
        let (mut now, mut carried) = (from, 0);
        while now < from + Duration::from_secs(60) {
            allowance.carried(now, allowance.piece());
            carried += allowance.piece();
            now += allowance.wait(now);
        }
        carried
    }

    #[test]
    fn no_more_is_carried_than_the_limit_lets_headers_included() {
        for bits in [16_000, 64_000, 1_000_000, u32::MAX] {
            let limit = f64::from(bits) / 8.0 * 60.0;

            let share = a_minute(bits, Duration::ZERO) as f64 / limit;

            assert!((0.92..0.96).contains(&share), "{bits} bit/s: {share}");
        }
    }

    #[test]
    fn time_in_which_nothing_was_carried_is_not_saved_up() {
        let hour = Duration::from_secs(3_600);

        assert_eq!(a_minute(64_000, hour), a_minute(64_000, Duration::ZERO));
    }

    #[test]
    fn a_limit_below_which_nothing_works_is_none() {
        assert_eq!(RateLimit::from_bits(RateLimit::LEAST - 1), None);
        assert_eq!(
            RateLimit::from_bits(64_000).map(RateLimit::bits),
            Some(64_000)
        );
    }
}
