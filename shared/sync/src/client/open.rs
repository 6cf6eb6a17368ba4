//! A client's session after WELCOME, once the own log is where it belongs: the log goes up, the feeds come down, what
//! was lost is found again.

use crypto::Blob;
use wire::{FeedBatch, Fetched, Message, Refused, Repair, RepairStep};

use super::attach::{Attaching, Wanted};
use super::carry::Carrying;
use super::fetch::Fetching;
use super::push::Pushing;
use super::repair::{HubKnows, Next, Repairing};
use super::take::{Taking, count};
use super::{Ahead, ClientEffect, ClientEvent, Summary};
use crate::abort::AbortReason;

#[derive(Debug)]
pub(super) struct Open {
    pushing: Pushing,
    /// A new log was begun: what others wrote is taken before it is sent.
    pull_first: bool,
    rest: Rest,
    /// `Finished` was said, and nothing came since.
    finished: bool,
}

/// What goes on beside the own log.
#[derive(Debug)]
pub(super) struct Rest {
    pub(super) taking: Taking,
    pub(super) repairing: Repairing,
    pub(super) fetching: Fetching,
    pub(super) carrying: Carrying,
    pub(super) attaching: Attaching,
    /// Whether the version spoken has packs, FETCH and attachments.
    pub(super) is_second: bool,
}

impl Open {
    /// Lets the flows run; a log that was just begun waits until what others wrote is taken.
    pub(super) const fn new(pushing: Pushing, rest: Rest, log_begun: bool) -> Self {
        Self {
            pushing,
            pull_first: log_begun,
            rest,
            finished: false,
        }
    }

    /// Returns what is known to be to do.
    pub(super) fn ahead(&self) -> Ahead {
        Ahead {
            own: self.pushing.left(),
            feeds: self.rest.taking.left(),
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
                if !self.rest.repairing.ended(cursor) {
                    self.rest.taking.taken(cursor)?;
                }
                effects.push(ClientEffect::Send(Message::Taken(cursor)));
                Ok(())
            }
            ClientEvent::HeldRead { scope, held } => {
                let next = self.rest.repairing.read(scope, &held);
                self.repair(next.map_err(|_stray| AbortReason::OutOfStep)?, effects);
                Ok(())
            }
            ClientEvent::Kept { scope } => {
                let next = self.rest.repairing.kept(scope)?;
                self.repair(next, effects);
                Ok(())
            }
            ClientEvent::ProvableRead { scope, provable } => {
                let next = self.rest.repairing.provable(scope, provable)?;
                self.repair(next, effects);
                Ok(())
            }
            ClientEvent::MarksRead { scope, marks } => {
                let next = self.rest.repairing.marks(scope, marks)?;
                self.repair(next, effects);
                Ok(())
            }
            ClientEvent::ChangesRead {
                scope,
                answered,
                items,
            } => {
                let next = self.rest.repairing.changes(scope, answered, items)?;
                self.repair(next, effects);
                Ok(())
            }
            ClientEvent::CarriedRead(segment) => {
                effects.extend(self.rest.carrying.read(segment)?);
                Ok(())
            }
            ClientEvent::NewEntries => {
                self.pushing.grew();
                Ok(())
            }
            ClientEvent::Attachments { offers, wants } => self.attachments(offers, wants),
            ClientEvent::GroupRead(group) => {
                self.rest.attaching.group_read(group, summary, effects)
            }
            ClientEvent::GroupKept(kept) => self.rest.attaching.kept(kept, summary),
            ClientEvent::ChainsCompared(_) | ClientEvent::LogBegun(_) => {
                Err(AbortReason::OutOfStep)
            }
            ClientEvent::LinkLost => Err(AbortReason::LinkLost),
        }
    }

    /// Takes up what of attachments is to go and to come. Whatever comes of it, the session says again that it is
    /// finished.
    fn attachments(&mut self, offers: Vec<Blob>, wants: Vec<Wanted>) -> Result<(), AbortReason> {
        self.rest.attaching.take_up(offers, wants);
        self.finished = false;
        Ok(())
    }

    fn fed(
        &mut self,
        batch: FeedBatch,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        self.rest.taking.received(&batch)?;
        effects.push(ClientEffect::Take(batch));
        Ok(())
    }

    fn fetched(
        &mut self,
        fetched: Fetched,
        summary: &mut Summary,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        summary.fetched.push(fetched);
        self.rest.fetching.fetched(&fetched)?;
        if let Some(head) = &fetched.feed {
            self.rest.taking.began(head)?;
        }
        effects.push(ClientEffect::NoteFetched(fetched));
        Ok(())
    }

    fn repair(&mut self, next: Next, effects: &mut Vec<ClientEffect>) {
        match next {
            Next::Do(next) => effects.extend(next),
            Next::Restart(scope, hub) => {
                self.rest.taking.restart(scope);
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
            Message::Stored(stored) if stored.place.device == self.pushing.device() => {
                self.pushing.stored(stored, summary)
            }
            Message::Stored(stored) => self.rest.carrying.stored(stored, summary),
            Message::Declined(declined) => {
                effects.push(self.rest.carrying.declined(declined)?);
                Ok(())
            }
            Message::Feed(batch) => {
                count(&batch, summary);
                self.fed(batch, effects)
            }
            Message::Done(done) => {
                let (ends, roster) = self.pushing.done(done, summary)?;
                effects.extend(roster.map(ClientEffect::TakeRoster));
                self.rest.taking.ends_at(&ends)
            }
            Message::Repair(repair) => {
                let next = self.rest.repairing.received(repair)?;
                self.repair(next, effects);
                Ok(())
            }
            Message::Return(answer) => {
                let next = self.rest.repairing.returned(&answer, summary)?;
                self.repair(next, effects);
                Ok(())
            }
            Message::Pack(pack) if self.rest.is_second => {
                self.rest.taking.received_pack(&pack)?;
                summary.packs_taken = summary.packs_taken.saturating_add(1);
                effects.push(ClientEffect::TakePack(pack));
                Ok(())
            }
            Message::Fetched(fetched) => self.fetched(fetched, summary, effects),
            Message::Want(want) if self.rest.is_second => {
                effects.extend(self.rest.attaching.wanted(want, summary)?);
                Ok(())
            }
            Message::Blob(blob) if self.rest.is_second => {
                effects.extend(self.rest.attaching.received(blob, summary)?);
                Ok(())
            }
            Message::Refused(Refused { code, text }) => Err(AbortReason::Refused { code, text }),
            Message::Wait(_) | Message::Unknown { .. } => Ok(()),
            message @ (Message::Pack(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Fetch(_)
            | Message::Hello(_)
            | Message::Welcome(_)
            | Message::Show(_)
            | Message::Push(_)
            | Message::Taken(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Meet(_)
            | Message::Early(_)
            | Message::Probe(_)
            | Message::Probed(_)) => Err(unexpected(&message)),
        }
    }

    /// Does what can be done next, and says so once when nothing is left.
    pub(super) fn go_on(&mut self, summary: &mut Summary, effects: &mut Vec<ClientEffect>) {
        let taken = self.rest.taking.is_finished() && self.rest.repairing.is_finished();
        self.pull_first &= !taken;
        self.rest.carrying.go_on(effects);
        let carried = self.rest.carrying.is_finished();
        if self.rest.carrying.grew() {
            self.pushing.done_is_due();
        }
        // What was written here may follow on what is carried.
        if !self.pull_first && carried {
            effects.extend(self.pushing.go_on());
        }
        effects.extend(self.rest.repairing.go_on());
        let pushed = carried && self.pushing.is_finished();
        if pushed {
            // What is asked for stands in the log: the hub must hold that first.
            effects.extend(self.rest.fetching.go_on());
        }
        let others = pushed
            && taken
            && self.rest.repairing.is_finished()
            && self.rest.fetching.is_finished();
        // Attachments come last, and wait whenever anything else is to be done.
        if others {
            effects.extend(self.rest.attaching.go_on(summary));
        }
        let finished = others && self.rest.attaching.is_finished();
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
