//! How fast a link sends: QUIC's CUBIC, taught what a bad link is like.
//!
//! On a link that loses two packets in a hundred, by itself and not because it is full, CUBIC takes each loss for
//! a full queue and sends ever less; and where the queue is deep, it fills it, so that whatever is urgent
//! waits for half a minute. [`Congestion::Steady`] changes two things: a loss while the round trip shows an empty queue
//! is taken for chance, and no more is under way than one and a half times what the path was seen to hold. When a queue
//! builds, or much is lost, it is CUBIC again.

mod pace;

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quinn::congestion::{Controller, ControllerFactory, Cubic, CubicConfig};
use quinn_proto::RttEstimator;

use pace::Pace;

/// How much longer than the shortest the round trip may be for the queue to count as empty: a sixth, and at least so much.
const EMPTY_SHARE: u32 = 6;
const EMPTY_LEAST: Duration = Duration::from_millis(40);

/// Which share of what is sent may be lost by chance: one in [`CHANCE`] (about 15 %), of at least [`CHANCE_OF`] bytes.
const CHANCE: f64 = 0.15;
const CHANCE_OF: u64 = 20_000;

/// Makes a controller for each connection.
#[derive(Debug, Default)]
pub(crate) struct SteadyConfig;

impl ControllerFactory for SteadyConfig {
    fn build(self: Arc<Self>, now: Instant, current_mtu: u16) -> Box<dyn Controller> {
        Box::new(Steady::new(now, current_mtu))
    }
}

/// CUBIC, less fearful and less greedy.
#[derive(Debug, Clone)]
struct Steady {
    cubic: Cubic,
    pace: Pace,
    mtu: u64,
    /// The smoothed round trip.
    round_trip: Duration,
    /// Sent and lost of late: both are halved every round.
    sent: u64,
    lost: u64,
}

impl Steady {
    fn new(now: Instant, mtu: u16) -> Self {
        Self {
            cubic: Cubic::new(Arc::new(CubicConfig::default()), now, mtu),
            pace: Pace::new(now),
            mtu: mtu.into(),
            round_trip: Duration::ZERO,
            sent: 0,
            lost: 0,
        }
    }

    /// Whether the way shows no queue.
    fn is_empty(&self) -> bool {
        let Some(shortest) = self.pace.shortest() else {
            return false;
        };
        self.round_trip.saturating_sub(shortest) < (shortest / EMPTY_SHARE).max(EMPTY_LEAST)
    }

    /// Whether more is lost than chance would have it.
    fn is_heavy(&self) -> bool {
        self.lost as f64 > CHANCE * self.sent.max(CHANCE_OF) as f64
    }
}

impl Controller for Steady {
    fn on_sent(&mut self, now: Instant, bytes: u64, last_packet_number: u64) {
        self.sent += bytes;
        self.cubic.on_sent(now, bytes, last_packet_number);
    }

    fn on_ack(
        &mut self,
        now: Instant,
        sent: Instant,
        bytes: u64,
        app_limited: bool,
        rtt: &RttEstimator,
    ) {
        self.round_trip = rtt.get();
        if self.pace.acknowledged(now, sent, bytes, app_limited) {
            self.sent /= 2;
            self.lost /= 2;
        }
        // A window that may not be used must not grow: it could not shrink in time.
        let is_unused = self.cubic.window() > self.window();
        self.cubic
            .on_ack(now, sent, bytes, app_limited || is_unused, rtt);
    }

    fn on_congestion_event(
        &mut self,
        now: Instant,
        sent: Instant,
        is_persistent_congestion: bool,
        lost_bytes: u64,
    ) {
        self.lost += lost_bytes;
        let by_chance = lost_bytes > 0 && self.is_empty() && !self.is_heavy();
        if is_persistent_congestion || !by_chance {
            self.cubic
                .on_congestion_event(now, sent, is_persistent_congestion, lost_bytes);
        }
    }

    fn on_mtu_update(&mut self, new_mtu: u16) {
        self.mtu = new_mtu.into();
        self.cubic.on_mtu_update(new_mtu);
    }

    fn window(&self) -> u64 {
        let cubic = self.cubic.window();
        self.pace.most(self.mtu).map_or(cubic, |it| cubic.min(it))
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(self.clone())
    }

    fn initial_window(&self) -> u64 {
        self.cubic.initial_window()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests;
