//! Other devices' logs on their way to the hub: what they gave where no hub was in reach, as they signed it.
//!
//! It goes up before the own log, which may follow on it. What the hub does not take stops nothing else.

use std::collections::VecDeque;

use audit::{LogHead, LogPosition};
use wire::{Declined, Message, RefusalCode, Segment, Stored};

use super::open::unexpected;
use super::{ClientEffect, Summary};
use crate::abort::AbortReason;
use crate::lan::LogOffer;

#[derive(Debug, Default)]
pub(super) struct Carrying {
    /// The places after which the logs go on.
    jobs: VecDeque<LogPosition>,
    /// What the hub has already.
    delivered: Vec<LogPosition>,
    /// What the hub has another branch of.
    declined: Vec<Declined>,
    waits: Waits,
    /// Something was stored since the last DONE.
    grew: bool,
}

#[derive(Debug, Default)]
enum Waits {
    #[default]
    Nobody,
    /// The store, for the segment after a place.
    Store(LogPosition),
    /// The hub, for having stored a segment of so many entries.
    Hub(LogPosition, u64),
}

impl Carrying {
    /// Compares what is carried with what the hub says that it has. A log that it does not name it does not take.
    pub(super) fn begin(is_second: bool, carried: &[LogOffer], logs: &[LogHead]) -> Self {
        let mut carrying = Self::default();
        if !is_second {
            return carrying;
        }
        for LogOffer { begins, head } in carried {
            let same = |it: &&LogHead| (it.device, it.epoch) == (head.device, head.epoch);
            let Some(stored) = logs.iter().find(same) else {
                continue;
            };
            if stored == head {
                carrying.delivered.push(head.position());
            } else if stored.seq >= head.seq {
                // It has another branch. Nothing of this one is taken there.
                let (place, code) = (head.position(), RefusalCode::LogFork);
                carrying.declined.push(Declined { place, code });
            } else if stored.seq >= *begins {
                carrying.jobs.push_back(stored.position());
            }
            // Else the hub was put back, and lacks what comes before: its own device has that.
        }
        carrying
    }

    /// Tells whether the hub has all that it takes.
    pub(super) fn is_finished(&self) -> bool {
        self.jobs.is_empty() && self.delivered.is_empty() && matches!(self.waits, Waits::Nobody)
    }

    /// Tells, once, whether the hub has more than at the last DONE.
    pub(super) const fn grew(&mut self) -> bool {
        std::mem::replace(&mut self.grew, false)
    }

    /// Does what is next.
    pub(super) fn go_on(&mut self, effects: &mut Vec<ClientEffect>) {
        let delivered = std::mem::take(&mut self.delivered);
        effects.extend(delivered.into_iter().map(ClientEffect::NoteDelivered));
        let declined = std::mem::take(&mut self.declined);
        effects.extend(declined.into_iter().map(ClientEffect::NoteDeclined));
        if !matches!(self.waits, Waits::Nobody) {
            return;
        }
        if let Some(after) = self.jobs.pop_front() {
            self.waits = Waits::Store(after);
            effects.push(ClientEffect::ReadCarried { after });
        }
    }

    /// The store read what follows.
    pub(super) fn read(
        &mut self,
        segment: Option<Segment>,
    ) -> Result<Option<ClientEffect>, AbortReason> {
        let Waits::Store(after) = std::mem::take(&mut self.waits) else {
            return Err(AbortReason::OutOfStep);
        };
        let Some(segment) = segment else {
            return Ok(None);
        };
        let end = segment.end();
        if (end.device, end.epoch) != (after.device, after.epoch) || end.seq <= after.seq {
            return Err(AbortReason::OutOfStep);
        }
        self.waits = Waits::Hub(end, end.seq.saturating_sub(after.seq));
        Ok(Some(ClientEffect::Send(Message::Push(segment))))
    }

    /// The hub has a segment on disk.
    pub(super) fn stored(
        &mut self,
        stored: Stored,
        summary: &mut Summary,
    ) -> Result<(), AbortReason> {
        let Waits::Hub(end, count) = std::mem::take(&mut self.waits) else {
            return Err(unexpected(&Message::Stored(stored)));
        };
        if stored.place != end {
            return Err(unexpected(&Message::Stored(stored)));
        }
        summary.entries_delivered = summary.entries_delivered.saturating_add(count);
        self.grew = true;
        self.delivered.push(end);
        self.jobs.push_front(end);
        Ok(())
    }

    /// The hub does not take a segment: what follows in that log would not follow on what it has.
    pub(super) fn declined(&mut self, declined: Declined) -> Result<ClientEffect, AbortReason> {
        match std::mem::take(&mut self.waits) {
            Waits::Hub(end, _count) if end == declined.place => {
                Ok(ClientEffect::NoteDeclined(declined))
            }
            Waits::Hub(..) | Waits::Store(_) | Waits::Nobody => {
                Err(unexpected(&Message::Declined(declined)))
            }
        }
    }
}
