//! When to meet the hub, and what for: steady while it answers, slower and slower while it does not, at once when
//! something happens that makes a meeting worth it.
//!
//! There is no clock and no chance in here: whoever waits tells the time that has passed since it began, and throws the
//! dice. So a week of bad network passes in a test in no time.

use std::time::Duration;

use crate::views::ErrorCode;

/// What a meeting is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// A person asked: everything.
    Asked,
    /// Nobody asked. Over a metered link only what is urgent comes, and what was written here goes.
    Background,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A meeting ended well.
    Met,
    /// A meeting failed.
    Failed(ErrorCode),
    /// Something was written here.
    Written,
    /// A person wants to meet now.
    Asked,
    /// The network is another one, or there is one again.
    NetworkChanged,
    /// Somebody unlocked, who may be the first since long.
    Unlocked,
}

/// When to meet next, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// Since the beginning.
    pub at: Duration,
    /// What for.
    pub errand: Errand,
}

/// How often to meet while all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// Over a link that costs nothing.
    pub steady: Duration,
    /// Whether the link is metered.
    pub is_metered: bool,
}

/// The first wait after a failure; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(5);

/// The longest: a link that comes up for half an hour is found, also where nothing tells of it.
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// How often to ask over a metered link whether there is something urgent: a meeting costs about ten kilobytes.
const METERED: Duration = Duration::from_secs(60 * 60);

/// After something was written: what is saved together goes together.
const AFTER_WRITING: Duration = Duration::from_secs(2);

/// After the network changed: it is about to get addresses and names.
const AFTER_CHANGE: Duration = Duration::from_secs(1);

/// Between two meetings that nobody asked for, whatever happens.
const REST: Duration = Duration::from_secs(5);

/// The same over a metered link: who looks into one chart after the other has all of it sent at once.
const COSTLY_REST: Duration = Duration::from_secs(60);

/// When to meet the hub.
#[derive(Debug, Clone)]
pub struct Pace {
    rhythm: Rhythm,
    failures: u32,
    next: Next,
    /// When the last meeting ended.
    ended: Option<Duration>,
}

impl Pace {
    /// Begins with a meeting at once.
    #[must_use]
    pub const fn new(rhythm: Rhythm) -> Self {
        Self {
            rhythm,
            failures: 0,
            next: Next {
                at: Duration::ZERO,
                errand: Errand::Background,
            },
            ended: None,
        }
    }

    /// Says when to meet next. Whoever meets tells how it went, and until then nothing else is to be done.
    #[must_use]
    pub const fn next(&self) -> Next {
        self.next
    }

    /// Returns how often in a row the hub was not met.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// The link became metered, or is no more.
    pub fn set_rhythm(&mut self, rhythm: Rhythm, now: Duration) {
        let was_metered = std::mem::replace(&mut self.rhythm, rhythm).is_metered;
        if was_metered && !rhythm.is_metered {
            // What waited for a link that costs nothing has it.
            self.no_later_than(now);
        }
    }

    /// Takes in what happened at a time. The dice are any number; equal ones give equal waits.
    pub fn handle(&mut self, happening: Happening, now: Duration, dice: u32) {
        match happening {
            Happening::Met => {
                self.failures = 0;
                self.end(now, self.pause());
            }
            // Nobody is there to meet as.
            Happening::Failed(ErrorCode::Locked) => {
                self.failures = 0;
                self.end(now, LONGEST_WAIT);
            }
            Happening::Failed(_) => {
                self.failures = self.failures.saturating_add(1);
                self.end(now, backoff(self.failures, dice));
            }
            Happening::Written => {
                self.failures = 0;
                self.no_later_than(now + AFTER_WRITING);
            }
            Happening::NetworkChanged => {
                self.failures = 0;
                self.no_later_than(now + AFTER_CHANGE);
            }
            Happening::Unlocked => {
                self.failures = 0;
                self.no_later_than(now);
            }
            Happening::Asked => {
                self.failures = 0;
                self.next = Next {
                    at: now,
                    errand: Errand::Asked,
                };
            }
        }
    }

    const fn pause(&self) -> Duration {
        if self.rhythm.is_metered {
            METERED
        } else {
            self.rhythm.steady
        }
    }

    fn end(&mut self, now: Duration, wait: Duration) {
        self.ended = Some(now);
        self.next = Next {
            at: now + wait,
            errand: Errand::Background,
        };
    }

    /// Meets by then, but leaves the hub and the link their rest.
    fn no_later_than(&mut self, at: Duration) {
        let rest = if self.rhythm.is_metered {
            COSTLY_REST
        } else {
            REST
        };
        let rested = self.ended.map_or(Duration::ZERO, |it| it + rest);
        self.next.at = self.next.at.min(at.max(rested));
    }
}

/// Returns how long to wait after so many failures in a row: between half of a doubling wait and all of it, so that
/// a hub that comes back is not met by everyone at once.
fn backoff(failures: u32, dice: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let most = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    let share = f64::from(dice) / f64::from(u32::MAX);
    most.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests;
