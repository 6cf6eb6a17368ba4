//! A client's session after WELCOME, once the own log is where it belongs: the log goes up, feeds come down, scopes are
//! repaired.

use wire::{Message, Refused, Repair, RepairStep};

use super::push::Pushing;
use super::repair::{HubKnows, Next, Repairing};
use super::take::{Taking, count};
use super::{ClientEffect, ClientEvent, Flows, Summary, unexpected};
use crate::abort::AbortReason;

#[derive(Debug)]
pub(super) struct Open {
    pushing: Pushing,
    taking: Taking,
    /// A new log was begun: what others wrote is taken before it is sent.
    pull_first: bool,
    repairing: Repairing,
    /// `Finished` was said, and nothing came since.
    finished: bool,
}

impl Open {
    /// Lets the flows run; a log that was just begun waits until what others wrote is taken.
    pub(super) fn new((pushing, taking, repairing): Flows, log_begun: bool) -> Self {
        Self {
            pushing,
            taking,
            pull_first: log_begun,
            repairing,
            finished: false,
        }
    }

    /// Tells whether `Finished` was said, and nothing came since.
    pub(super) const fn is_finished(&self) -> bool {
        self.finished
    }

    pub(super) fn react(
        &mut self,
        event: ClientEvent,
        summary: &mut Summary,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        match event {
            ClientEvent::Received(message) => self.received(message, summary, effects),
            ClientEvent::SegmentRead(segment) => {
                effects.extend(self.pushing.segment_read(segment, summary)?);
                Ok(())
            }
            ClientEvent::Taken(cursor) => {
                if !self.repairing.ended(cursor) {
                    self.taking.taken(cursor)?;
                }
                effects.push(ClientEffect::Send(Message::Taken(cursor)));
                Ok(())
            }
            ClientEvent::HeldRead { scope, held } => {
                let next = self
                    .repairing
                    .read(scope, &held)
                    .map_err(|_stray| AbortReason::OutOfStep)?;
                self.repair(next, effects);
                Ok(())
            }
            ClientEvent::Kept { scope } => {
                let next = self.repairing.kept(scope)?;
                self.repair(next, effects);
                Ok(())
            }
            ClientEvent::NewEntries => {
                self.pushing.grew();
                Ok(())
            }
            ClientEvent::ChainsCompared(_) | ClientEvent::LogBegun(_) => {
                Err(AbortReason::OutOfStep)
            }
            ClientEvent::LinkLost => Err(AbortReason::LinkLost),
        }
    }

    fn repair(&mut self, next: Next, effects: &mut Vec<ClientEffect>) {
        match next {
            Next::Do(next) => effects.extend(next),
            Next::Restart(scope, hub) => {
                self.taking.restart(scope);
                if hub == HubKnows::No {
                    let step = RepairStep::GiveUp;
                    let message = Message::Repair(Repair { scope, step });
                    effects.push(ClientEffect::Send(message));
                }
            }
        }
    }

    fn received(
        &mut self,
        message: Message,
        summary: &mut Summary,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        match message {
            Message::Stored(stored) => self.pushing.stored(stored.head, summary),
            Message::Feed(batch) => {
                self.taking.received(&batch)?;
                count(&batch, summary);
                effects.push(ClientEffect::Take(batch));
                Ok(())
            }
            Message::Done(done) => {
                let (ends, roster) = self.pushing.done(done, summary)?;
                effects.extend(roster.map(ClientEffect::TakeRoster));
                self.taking.ends_at(&ends)
            }
            Message::Repair(repair) => {
                let next = self.repairing.received(repair)?;
                self.repair(next, effects);
                Ok(())
            }
            Message::Refused(Refused { code, text }) => Err(AbortReason::Refused { code, text }),
            Message::Unknown { .. } => Ok(()),
            message @ (Message::Hello(_)
            | Message::Welcome(_)
            | Message::Show(_)
            | Message::Push(_)
            | Message::Taken(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Probe(_)
            | Message::Probed(_)) => Err(unexpected(&message)),
        }
    }

    /// Does what can be done next, and says so once when nothing is left.
    pub(super) fn go_on(&mut self, summary: &Summary, effects: &mut Vec<ClientEffect>) {
        let taken = self.taking.is_finished() && self.repairing.is_finished();
        self.pull_first &= !taken;
        if !self.pull_first {
            effects.extend(self.pushing.go_on());
        }
        effects.extend(self.repairing.go_on());
        let finished = self.pushing.is_finished() && taken;
        if finished && !self.finished {
            effects.push(ClientEffect::Finished(summary.clone()));
        }
        self.finished = finished;
    }
}
