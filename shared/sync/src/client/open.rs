//! A client's session after WELCOME: the log goes up, the feeds come down, what was lost is found again.

use wire::{Message, Refused, Repair, RepairStep};

use super::fetch::Fetching;
use super::push::Pushing;
use super::repair::{HubKnows, Next, Repairing};
use super::take::{Taking, count};
use super::{ClientEffect, ClientEvent, Summary};
use crate::abort::AbortReason;

#[derive(Debug)]
pub(super) struct Open {
    pub(super) pushing: Pushing,
    pub(super) taking: Taking,
    pub(super) repairing: Repairing,
    pub(super) fetching: Fetching,
    /// Whether the version spoken has packs and FETCH.
    pub(super) is_second: bool,
    /// `Finished` was said, and nothing came since.
    pub(super) finished: bool,
}

impl Open {
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
            Message::Stored(stored) => self.pushing.stored(stored, summary),
            Message::Feed(batch) => {
                self.taking.received(&batch)?;
                count(&batch, summary);
                effects.push(ClientEffect::Take(batch));
                Ok(())
            }
            Message::Done(done) => {
                let ends = self.pushing.done(done, summary)?;
                self.taking.ends_at(&ends)
            }
            Message::Repair(repair) => {
                let next = self.repairing.received(repair)?;
                self.repair(next, effects);
                Ok(())
            }
            Message::Pack(pack) if self.is_second => {
                self.taking.received_pack(&pack)?;
                summary.packs_taken = summary.packs_taken.saturating_add(1);
                effects.push(ClientEffect::TakePack(pack));
                Ok(())
            }
            Message::Fetched(fetched) => {
                self.fetching.fetched(&fetched)?;
                if let Some(head) = &fetched.feed {
                    self.taking.began(head)?;
                }
                summary.fetched.push(fetched);
                effects.push(ClientEffect::NoteFetched(fetched));
                Ok(())
            }
            Message::Refused(Refused { code, text }) => Err(AbortReason::Refused { code, text }),
            Message::Unknown { .. } => Ok(()),
            message @ (Message::Pack(_)
            | Message::Fetch(_)
            | Message::Hello(_)
            | Message::Welcome(_)
            | Message::Show(_)
            | Message::Push(_)
            | Message::Taken(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)) => Err(unexpected(&message)),
        }
    }

    /// Does what can be done next, and says so once when nothing is left.
    pub(super) fn go_on(&mut self, summary: &Summary, effects: &mut Vec<ClientEffect>) {
        effects.extend(self.pushing.go_on());
        effects.extend(self.repairing.go_on());
        let pushed = self.pushing.is_finished();
        if pushed {
            // What is asked for stands in the log: the hub must hold that first.
            effects.extend(self.fetching.go_on());
        }
        let finished = pushed
            && self.taking.is_finished()
            && self.repairing.is_finished()
            && self.fetching.is_finished();
        if finished && !self.finished {
            effects.push(ClientEffect::Finished(summary.clone()));
        }
        self.finished = finished;
    }
}

pub(super) fn unexpected(message: &Message) -> AbortReason {
    AbortReason::UnexpectedMessage {
        kind: message.kind(),
    }
}
