//! How far a meeting is, how fast it goes and how long it will take, from what passed so far.

use std::collections::VecDeque;
use std::time::Duration;

use crate::views::{QueueClass, QueueView, SyncState, SyncView};

/// The rate is that of so many seconds: shorter ones jump about, longer ones do not show that a link died.
const WINDOW: Duration = Duration::from_secs(10);

/// How often it is looked, at most.
pub(crate) const EVERY: Duration = Duration::from_millis(500);

/// The looks of a window, and a few more.
const MAX_SAMPLES: usize = 32;

/// How far a meeting is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Bytes sent and received, with everything around them.
    pub(crate) up: u64,
    pub(crate) down: u64,
    /// Own entries that the hub has yet to store, and how many bytes they have here.
    pub(crate) own_entries: u64,
    pub(crate) own_bytes: u64,
    /// Positions of feeds that are yet to be taken, and those that were in this meeting.
    pub(crate) feed_left: u64,
    pub(crate) feed_taken: u64,
}

/// What passed so far.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    began_with: Option<Sample>,
    samples: VecDeque<(Duration, Sample)>,
}

impl Gauge {
    /// Tells whether it is time to look again.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        let last = self.samples.back();
        last.is_none_or(|(at, _)| now.saturating_sub(*at) >= EVERY)
    }

    /// Takes a look, and says what it shows.
    pub(crate) fn look(&mut self, now: Duration, sample: Sample) -> SyncView {
        let first = *self.began_with.get_or_insert(sample);
        self.samples.push_back((now, sample));
        let is_old = |at: &Duration| now.saturating_sub(*at) > WINDOW;
        while self.samples.len() > MAX_SAMPLES
            || self.samples.len() > 2 && self.samples.front().is_some_and(|(at, _)| is_old(at))
        {
            self.samples.pop_front();
        }
        let own = on_the_way(sample.own_bytes, first.own_bytes, sample.up);
        let feeds = part(sample.down, sample.feed_taken).map(|it| it * sample.feed_left as f64);
        let (up, down) = self.rates();
        let seconds = [
            (sample.own_entries > 0).then_some((Some(own), up)),
            (sample.feed_left > 0).then_some((feeds, down)),
        ];
        let left = seconds.into_iter().flatten().map(seconds_left);
        let left: Option<Vec<f64>> = left.collect();
        let queue = [
            (QueueClass::Own, sample.own_entries, Some(own)),
            (QueueClass::Feeds, sample.feed_left, feeds),
        ];
        SyncView {
            state: SyncState::Syncing,
            queue: queue.into_iter().filter_map(waiting).collect(),
            bytes_up: sample.up as f64,
            bytes_down: sample.down as f64,
            rate: up.zip(down).map(|(up, down)| up + down),
            seconds_left: left.map(|it| whole(it.into_iter().fold(0.0, f64::max))),
            ..SyncView::default()
        }
    }

    /// Returns the bytes a second of the last seconds, up and down.
    fn rates(&self) -> (Option<f64>, Option<f64>) {
        let (Some((from, first)), Some((to, last))) = (self.samples.front(), self.samples.back())
        else {
            return (None, None);
        };
        let seconds = to.saturating_sub(*from).as_secs_f64();
        let rate = |first: u64, last: u64| {
            (seconds > 0.0).then(|| last.saturating_sub(first) as f64 / seconds)
        };
        (rate(first.up, last.up), rate(first.down, last.down))
    }
}

/// Returns what own entries take on the way: what those before them took for each byte; without any, their own size.
fn on_the_way(left: u64, of: u64, sent: u64) -> f64 {
    let done = of.saturating_sub(left);
    let share = part(sent, done).map_or(1.0, |it| it.min(1.0));
    left as f64 * share
}

fn part(bytes: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| bytes as f64 / of as f64)
}

/// Returns how long something takes, if that is known.
fn seconds_left((bytes, rate): (Option<f64>, Option<f64>)) -> Option<f64> {
    let rate = rate.filter(|it| *it > 0.0)?;
    Some(bytes? / rate)
}

fn waiting((class, entries, bytes): (QueueClass, u64, Option<f64>)) -> Option<QueueView> {
    let entries = u32::try_from(entries).unwrap_or(u32::MAX);
    (entries > 0).then_some(QueueView {
        class,
        entries,
        bytes,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time is no less than zero, and the cast saturates"
)]
fn whole(seconds: f64) -> u32 {
    seconds.ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_remains_takes_as_long_as_what_passed_lets_expect() {
        let mut gauge = Gauge::default();
        let start = Sample {
            own_entries: 100,
            own_bytes: 40_000,
            feed_left: 1_000,
            ..Sample::default()
        };
        let first = gauge.look(at(0), start);
        let half = Sample {
            up: 5_000,
            down: 20_000,
            own_entries: 50,
            own_bytes: 20_000,
            feed_left: 900,
            feed_taken: 100,
        };

        let then = gauge.look(at(10), half);

        assert_eq!((first.rate, first.seconds_left), (None, None));
        assert_eq!(then.rate, Some(2_500.0));
        // 5,000 bytes up at 500 a second; 180,000 down at 2,000.
        assert_eq!(then.seconds_left, Some(90));
        let bytes: Vec<_> = then.queue.iter().map(|it| it.bytes).collect();
        assert_eq!(bytes, [Some(5_000.0), Some(180_000.0)]);
    }

    #[test]
    fn a_link_that_died_is_seen_within_seconds_and_no_time_is_made_up() {
        let mut gauge = Gauge::default();
        let mut sample = Sample {
            feed_left: 10,
            ..Sample::default()
        };
        for second in 0..20 {
            sample.down += 1_000;
            sample.feed_taken += 1;
            gauge.look(at(second), sample);
        }

        for second in 20..40 {
            gauge.look(at(second), sample);
        }
        let dead = gauge.look(at(40), sample);

        assert_eq!(dead.rate, Some(0.0));
        assert_eq!(dead.seconds_left, None);
        assert!(gauge.samples.len() <= MAX_SAMPLES + 1);
    }

    #[test]
    fn with_nothing_left_nothing_is_queued() {
        let done = Gauge::default().look(at(1), Sample::default());

        assert_eq!(done.queue, []);
        assert_eq!(done.seconds_left, Some(0));
    }
}
