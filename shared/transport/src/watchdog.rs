//! Notices that a link has gone silent, long before QUIC gives it up.
//!
//! After an outage QUIC tries again later and later: a minute without network is followed by up to half a minute of
//! needless silence. A fresh connection has no such past. So whoever waits on a link looks at it every second, and
//! when nothing was acknowledged for a while although something is under way, opens a second one beside it.

use std::time::Duration;

use quinn::ConnectionStats;

/// How often a link is looked at.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// The shortest silence that means something: three lost packets in a row cost less.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many round trips are silence: three probe timeouts (RFC 9002, section 6.2), of which each is at most three
/// round trips while the round trip is little known.
const ROUND_TRIPS: u32 = 9;

/// What shows whether the peer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signs {
    /// How many acknowledgements came.
    heard: u64,
    /// How many packets' worth was sent that the peer has to acknowledge.
    asked: u64,
    /// The usual round trip.
    round_trip: Duration,
}

impl Signs {
    /// Reads them from the figures of a connection.
    pub(crate) fn of(stats: &ConnectionStats) -> Self {
        let sent = &stats.frame_tx;
        Self {
            heard: stats.frame_rx.acks,
            // With nothing new to send, QUIC asks for an acknowledgement alone.
            asked: sent.stream + sent.ping + sent.immediate_ack + sent.crypto,
            round_trip: stats.path.rtt,
        }
    }
}

/// Looks at one link.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    heard: u64,
    asked: u64,
    silent_for: Duration,
}

impl Watchdog {
    /// Looks again after some time; tells whether the link is silent.
    ///
    /// Time in which nobody looked counts little: this computer may have slept, or been busy, with the answer
    /// waiting in its socket.
    pub(crate) fn look(&mut self, signs: Signs, passed: Duration) -> bool {
        if signs.heard != self.heard {
            *self = Self {
                heard: signs.heard,
                asked: signs.asked,
                silent_for: Duration::ZERO,
            };
            return false;
        }
        if signs.asked == self.asked {
            return false;
        }
        self.silent_for += passed.min(2 * LOOK);
        self.silent_for >= PATIENCE.max(signs.round_trip * ROUND_TRIPS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(heard: u64, asked: u64) -> Signs {
        Signs {
            heard,
            asked,
            round_trip: Duration::from_millis(600),
        }
    }

    /// Returns after how many looks a link with these signs is silent.
    fn looks(dog: &mut Watchdog, signs: Signs) -> Option<u32> {
        (1..1_000).find(|_look| dog.look(signs, LOOK))
    }

    #[test]
    fn a_link_is_silent_when_nothing_is_acknowledged_for_ten_seconds() {
        let mut dog = Watchdog::default();
        assert!(!dog.look(signs(5, 10), LOOK));

        assert_eq!(looks(&mut dog, signs(5, 11)), Some(10));
    }

    #[test]
    fn a_link_over_which_nothing_is_under_way_may_say_nothing() {
        let mut dog = Watchdog::default();
        assert!(!dog.look(signs(5, 10), LOOK));

        assert_eq!(looks(&mut dog, signs(5, 10)), None);
    }

    #[test]
    fn an_acknowledgement_ends_the_silence() {
        let mut dog = Watchdog::default();
        for _ in 0..9 {
            assert!(!dog.look(signs(0, 1), LOOK));
        }

        assert!(!dog.look(signs(1, 2), LOOK));

        assert_eq!(looks(&mut dog, signs(1, 3)), Some(10));
    }

    #[test]
    fn a_long_round_trip_is_waited_for() {
        let mut dog = Watchdog::default();
        let far = Signs {
            round_trip: Duration::from_secs(5),
            ..signs(0, 1)
        };

        assert_eq!(looks(&mut dog, far), Some(45));
    }

    #[test]
    fn hours_asleep_are_no_silence() {
        let mut dog = Watchdog::default();
        assert!(!dog.look(signs(1, 1), LOOK));

        assert!(!dog.look(signs(1, 2), Duration::from_secs(7_200)));
    }
}
