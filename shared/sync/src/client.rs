//! The client's end of a session.
//!
//! HELLO says what is held here; WELCOME says what is held there. Then two flows run beside each
//! other: the own log goes up in segments, and the feeds come down in batches. With nothing to do,
//! WELCOME is the end. The session never moves a cursor itself: it hands out batches in order, and
//! says TAKEN for what the store has committed.

mod events;
mod fetch;
mod push;
mod repair;
mod take;

use wire::{CheckpointMark, Hello, Message, Refused, Repair, RepairStep, Show, Version, Welcome};

use crate::abort::AbortReason;
pub use events::{ClientEffect, ClientEvent, ClientStanding, HeldCheckpoint, Summary};
use fetch::Fetching;
use push::Pushing;
use repair::{HubKnows, Next, Repairing};
use take::{Taking, count};

/// From this version of the protocol on, scopes are repaired and the hub may have lost what it had.
const REPAIRING: Version = Version::TWO;

/// The client's end of one session.
#[derive(Debug)]
pub struct ClientSession {
    standing: ClientStanding,
    phase: Phase,
    summary: Summary,
    /// Something was sent that the hub answers, and the answer has not come.
    asked: bool,
    /// The own log grew before WELCOME.
    grew: bool,
}

#[derive(Debug)]
enum Phase {
    /// HELLO is sent.
    Greeting,
    /// WELCOME came.
    Open(Box<Open>),
    /// Nothing more is to be done.
    Closed,
}

#[derive(Debug)]
struct Open {
    pushing: Pushing,
    taking: Taking,
    repairing: Repairing,
    fetching: Fetching,
    /// Whether the version spoken has packs and FETCH.
    is_second: bool,
    /// `Finished` was said, and nothing came since.
    finished: bool,
}

impl ClientSession {
    /// Opens a session: the effects send HELLO.
    #[must_use]
    pub fn new(standing: ClientStanding) -> (Self, Vec<ClientEffect>) {
        let hello = Message::Hello(Hello {
            versions: standing.versions,
            device: standing.device,
            logs: vec![standing.log],
            cursors: standing.cursors.clone(),
            roster_epoch: standing.roster_epoch,
            release: standing.release.clone(),
            checkpoint: standing
                .checkpoint
                .as_ref()
                .map(|it| CheckpointMark::of(&it.note)),
            checkpoint_size: standing.checkpoint.as_ref().map(|it| it.size),
            packs: standing.packs.clone(),
        });
        let summary = Summary::default();
        let session = Self {
            standing,
            phase: Phase::Greeting,
            summary,
            asked: true,
            grew: false,
        };
        (session, vec![ClientEffect::Send(hello)])
    }

    /// Takes in one event and returns what to do about it.
    pub fn handle(&mut self, event: ClientEvent) -> Vec<ClientEffect> {
        let mut effects = Vec::new();
        match self.react(event, &mut effects) {
            Ok(()) => self.note_questions(&effects),
            Err(reason) => {
                // What was decided before the fault was found is still true and is done first.
                self.phase = Phase::Closed;
                if let Some(code) = reason.refusal() {
                    let text = reason.to_string();
                    effects.push(ClientEffect::Send(Message::Refused(Refused { code, text })));
                }
                effects.push(ClientEffect::Abort(reason));
            }
        }
        effects
    }

    fn react(
        &mut self,
        event: ClientEvent,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        if let ClientEvent::Received(message) = &event {
            self.note_answer(message);
        }
        match (&mut self.phase, event) {
            (Phase::Closed, _) => Ok(()),
            (Phase::Greeting, ClientEvent::Received(message)) => self.greeted(message, effects),
            (Phase::Greeting, ClientEvent::NewEntries) => {
                self.grew = true;
                Ok(())
            }
            (
                Phase::Greeting,
                ClientEvent::SegmentRead(_)
                | ClientEvent::Taken(_)
                | ClientEvent::HeldRead { .. }
                | ClientEvent::Kept { .. },
            ) => Err(AbortReason::OutOfStep),
            (Phase::Greeting, ClientEvent::LinkLost) => Err(AbortReason::LinkLost),
            (Phase::Open(open), ClientEvent::LinkLost) => {
                let finished = open.finished;
                self.phase = Phase::Closed;
                if finished {
                    Ok(())
                } else {
                    Err(AbortReason::LinkLost)
                }
            }
            (Phase::Open(open), event) => {
                open.react(event, &mut self.summary, effects)?;
                open.go_on(&self.summary, effects);
                Ok(())
            }
        }
    }

    fn greeted(
        &mut self,
        message: Message,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        match message {
            Message::Welcome(welcome) => self.welcomed(welcome, effects),
            Message::Refused(Refused { code, text }) => Err(AbortReason::Refused { code, text }),
            Message::Show(_) => {
                let checkpoint = self.standing.checkpoint.as_ref();
                effects.push(ClientEffect::Send(Message::Show(Show {
                    checkpoint: checkpoint.map(|it| it.note.clone()),
                })));
                Ok(())
            }
            Message::Unknown { .. } => Ok(()),
            message @ (Message::Hello(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Repair(_)) => Err(unexpected(&message)),
        }
    }

    fn welcomed(
        &mut self,
        welcome: Welcome,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        let Welcome {
            version,
            stored,
            feeds,
            roster,
            time_ms,
            checkpoint,
            repair,
        } = welcome;
        if !self.standing.versions.include(version) {
            return Err(AbortReason::UnknownVersion { version });
        }
        effects.extend(roster.map(ClientEffect::TakeRoster));
        effects.push(ClientEffect::NoteContact {
            time_ms,
            checkpoint,
        });

        let ClientStanding {
            log,
            stored_seq,
            fetches,
            ..
        } = &self.standing;
        let mut pushing = Pushing::begin(version, *log, *stored_seq, &stored)?;
        let taking = Taking::begin(version, &self.standing, &feeds, &repair)?;
        let repairing = Repairing::begin(&repair, &feeds);
        let is_second = version >= Version::TWO;
        let fetching = Fetching::begin(is_second, fetches);
        if self.grew {
            pushing.grew();
        }
        let mut open = Open {
            pushing,
            taking,
            repairing,
            fetching,
            is_second,
            finished: false,
        };
        open.go_on(&self.summary, effects);
        self.phase = Phase::Open(Box::new(open));
        Ok(())
    }

    /// Counts a round trip when an answer comes to what was asked since the last one.
    const fn note_answer(&mut self, message: &Message) {
        let answers = match message {
            Message::Welcome(_)
            | Message::Stored(_)
            | Message::Done(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Fetched(_) => true,
            Message::Hello(_)
            | Message::Push(_)
            | Message::Feed(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Taken(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Unknown { .. } => false,
        };
        if answers && self.asked {
            self.asked = false;
            self.summary.round_trips = self.summary.round_trips.saturating_add(1);
        }
    }

    fn note_questions(&mut self, effects: &[ClientEffect]) {
        let asks = |effect: &ClientEffect| {
            matches!(
                effect,
                ClientEffect::Send(
                    Message::Push(_)
                        | Message::Done(_)
                        | Message::Show(_)
                        | Message::Repair(_)
                        | Message::Fetch(_)
                )
            )
        };
        self.asked |= effects.iter().any(asks);
    }
}

impl Open {
    fn react(
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
    fn go_on(&mut self, summary: &Summary, effects: &mut Vec<ClientEffect>) {
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

fn unexpected(message: &Message) -> AbortReason {
    AbortReason::UnexpectedMessage {
        kind: message.kind(),
    }
}

#[cfg(test)]
mod tests;
