//! Noticing what is written while a meeting runs: it goes up without waiting for what comes down.

use std::time::{Duration, Instant};

use audit::LogHead;

use super::Reach;
use crate::views::CommandError;

/// How often it is looked, while it runs, whether something was written.
const LOOK: Duration = Duration::from_millis(500);

/// What the session knows to be written.
pub(super) struct Written {
    known: LogHead,
    looked: Instant,
}

impl Written {
    pub(super) fn begin(known: LogHead) -> Self {
        Self {
            known,
            looked: Instant::now(),
        }
    }

    /// Returns the end of the log, as far as it is known.
    pub(super) const fn known(&self) -> LogHead {
        self.known
    }

    /// Tells whether somebody wrote since, if it is time to look.
    pub(super) fn look(&mut self, reach: &mut impl Reach) -> Result<bool, CommandError> {
        if self.looked.elapsed() < LOOK {
            return Ok(false);
        }
        self.looked = Instant::now();
        self.is_more(reach)
    }

    pub(super) fn is_more(&mut self, reach: &mut impl Reach) -> Result<bool, CommandError> {
        let newest = reach.with(|client| client.driver.log_head())?;
        Ok(std::mem::replace(&mut self.known, newest) != newest)
    }
}
