//! One direction of a link: a bottleneck with a queue, then loss, then delay.

use std::time::Duration;

/// What IP and UDP put before a datagram.
const HEADERS: u64 = 28;

/// How packets are lost on the way, after the bottleneck.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Loss {
    /// Mean share of packets lost.
    pub(crate) share: f64,
    /// Mean length of a row of losses in packets; 1 is loss by chance.
    pub(crate) burst: f64,
}

/// What a direction is like.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// The bottleneck, in bits a second, each from a time on.
    pub(crate) rates: Vec<(Duration, u64)>,
    /// What its queue holds; what comes on top is dropped.
    pub(crate) queue_bytes: u64,
    /// One way, each from a time on.
    pub(crate) delays: Vec<(Duration, Duration)>,
    /// On the way.
    pub(crate) loss: Loss,
    /// From when to when nothing passes.
    pub(crate) outage: Option<(Duration, Duration)>,
}

impl Line {
    /// A line of one rate and one round trip, with loss by chance.
    pub(crate) fn new(rate: u64, round_trip: Duration, share: f64) -> Self {
        Self {
            rates: vec![(Duration::ZERO, rate)],
            queue_bytes: 32 << 10,
            delays: vec![(Duration::ZERO, round_trip / 2)],
            loss: Loss { share, burst: 1.0 },
            outage: None,
        }
    }
}

/// A direction while it is used.
#[derive(Debug)]
pub(crate) struct Lane {
    line: Line,
    chance: Chance,
    /// When the bottleneck is done with what it has taken.
    busy_until: Duration,
    in_burst: bool,
    /// Bytes that the bottleneck has carried, headers included.
    pub(crate) carried: u64,
}

impl Lane {
    pub(crate) fn new(line: Line, seed: u64) -> Self {
        Self {
            line,
            chance: Chance(seed),
            busy_until: Duration::ZERO,
            in_burst: false,
            carried: 0,
        }
    }

    /// Takes a datagram; returns when it arrives, if it does.
    pub(crate) fn carry(&mut self, now: Duration, datagram: usize) -> Option<Duration> {
        let bytes = datagram as u64 + HEADERS;
        let rate = at(&self.line.rates, now);
        let waiting = self.busy_until.saturating_sub(now);
        let queued = waiting.as_secs_f64() * rate as f64 / 8.0;
        if queued + bytes as f64 > self.line.queue_bytes as f64 {
            return None;
        }
        let seconds = bytes as f64 * 8.0 / rate as f64;
        self.busy_until = self.busy_until.max(now) + Duration::from_secs_f64(seconds);
        self.carried += bytes;
        let leaves = self.busy_until;
        let is_down = self
            .line
            .outage
            .is_some_and(|(from, to)| (from..to).contains(&leaves));
        // The dice fall for every packet, so that an outage changes nothing about the packets after it.
        let is_lost = self.is_lost();
        (!is_down && !is_lost).then(|| leaves + at(&self.line.delays, now))
    }

    /// Gilbert's two states: in one every packet is lost, in the other none.
    fn is_lost(&mut self) -> bool {
        let Loss { share, burst } = self.line.loss;
        let dice = self.chance.next();
        if burst <= 1.0 {
            return dice < share;
        }
        let changes = if self.in_burst {
            1.0 / burst
        } else {
            share / (burst * (1.0 - share))
        };
        if dice < changes {
            self.in_burst = !self.in_burst;
        }
        self.in_burst
    }
}

/// Returns what holds at a time.
fn at<T: Copy>(steps: &[(Duration, T)], now: Duration) -> T {
    let current = steps.iter().rev().find(|(from, _)| *from <= now);
    current.expect("the first step begins at zero").1
}

/// SplitMix64: enough for dice.
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    /// Returns a number from zero up to one.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}
