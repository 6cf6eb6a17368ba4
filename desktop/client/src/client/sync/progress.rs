//! Telling how far a meeting is while it runs.

use std::time::{Duration, Instant};

use sync::ClientSession;
use transport::{Counters, Link};

use super::{Reach, sum};
use crate::gauge::{Gauge, Sample};
use crate::views::{CommandError, SyncState, SyncView};

/// Hears how far a meeting is, some times a second.
pub type Told<'a> = &'a (dyn Fn(&SyncView) + Sync);

/// How many times as long as counting took it is not counted again: a large log takes seconds to go through.
const OWN_BYTES_REST: u32 = 50;

/// How far a meeting is, over all its links.
pub(super) struct Progress<'a> {
    told: Told<'a>,
    /// What is the same in all that is told.
    about: SyncView,
    gauge: Gauge,
    began: Instant,
    /// What earlier links carried.
    pub(super) before: Counters,
    /// How many bytes were only here when that was counted, and when it is counted again.
    own_bytes: u64,
    own_bytes_due: Duration,
}

impl<'a> Progress<'a> {
    pub(super) fn begin(told: Told<'a>, limit: Option<u32>, is_metered: bool) -> Self {
        let about = SyncView {
            state: SyncState::Connecting,
            limit,
            is_metered,
            ..SyncView::default()
        };
        told(&about);
        Self {
            told,
            about,
            gauge: Gauge::default(),
            began: Instant::now(),
            before: Counters::default(),
            own_bytes: 0,
            own_bytes_due: Duration::ZERO,
        }
    }

    /// Tells how far the meeting is, if it is time to.
    pub(super) fn look(
        &mut self,
        reach: &mut impl Reach,
        session: &ClientSession,
        link: &Link,
    ) -> Result<(), CommandError> {
        let now = self.began.elapsed();
        if !self.gauge.is_due(now) {
            return Ok(());
        }
        if now >= self.own_bytes_due {
            self.own_bytes = reach.with(|client| Ok(client.driver.store().unsent_bytes()?))?;
            let took = self.began.elapsed().saturating_sub(now);
            self.own_bytes_due = now + took * OWN_BYTES_REST;
        }
        let own_bytes = self.own_bytes;
        let (ahead, summary) = (session.ahead(), session.summary());
        let counters = sum(self.before, link.counters());
        let view = self.gauge.look(
            now,
            Sample {
                up: counters.udp_up,
                down: counters.udp_down,
                own_entries: ahead.own,
                own_bytes,
                feed_left: ahead.feeds,
                feed_taken: summary.own_taken.saturating_add(summary.entries_taken),
            },
        );
        (self.told)(&SyncView {
            limit: self.about.limit,
            is_metered: self.about.is_metered,
            ..view
        });
        Ok(())
    }
}
