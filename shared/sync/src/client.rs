//! The client's end of a session.
//!
//! HELLO says what is held here; WELCOME says what is held there. Then two flows run beside each
//! other: the own log goes up in segments, and the feeds come down in batches. With nothing to do,
//! WELCOME is the end. The session never moves a cursor itself: it hands out batches in order, and
//! says TAKEN for what the store has committed.

mod events;
mod push;
mod take;

use wire::{Hello, Message, Refused, Welcome};

use crate::abort::AbortReason;
pub use events::{ClientEffect, ClientEvent, ClientStanding, Summary};
use push::Pushing;
use take::{Taking, count};

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
            checkpoint: standing.checkpoint,
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
            (Phase::Greeting, ClientEvent::SegmentRead(_) | ClientEvent::Taken(_)) => {
                Err(AbortReason::OutOfStep)
            }
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
            Message::Unknown { .. } => Ok(()),
            message @ (Message::Hello(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)) => Err(unexpected(&message)),
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
            device,
            log,
            stored_seq,
            cursors,
            ..
        } = &self.standing;
        let mut pushing = Pushing::begin(version, *log, *stored_seq, &stored)?;
        let taking = Taking::begin(*device, cursors, &feeds)?;
        if self.grew {
            pushing.grew();
        }
        let mut open = Open {
            pushing,
            taking,
            finished: false,
        };
        open.go_on(&self.summary, effects);
        self.phase = Phase::Open(Box::new(open));
        Ok(())
    }

    /// Counts a round trip when an answer comes to what was asked since the last one.
    const fn note_answer(&mut self, message: &Message) {
        let answers = match message {
            Message::Welcome(_) | Message::Stored(_) | Message::Done(_) => true,
            Message::Hello(_)
            | Message::Push(_)
            | Message::Feed(_)
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
                ClientEffect::Send(Message::Push(_) | Message::Done(_))
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
                self.taking.taken(cursor)?;
                effects.push(ClientEffect::Send(Message::Taken(cursor)));
                Ok(())
            }
            ClientEvent::NewEntries => {
                self.pushing.grew();
                Ok(())
            }
            ClientEvent::LinkLost => Err(AbortReason::LinkLost),
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
            Message::Refused(Refused { code, text }) => Err(AbortReason::Refused { code, text }),
            Message::Unknown { .. } => Ok(()),
            message @ (Message::Hello(_)
            | Message::Welcome(_)
            | Message::Push(_)
            | Message::Taken(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)) => Err(unexpected(&message)),
        }
    }

    /// Does what can be done next, and says so once when nothing is left.
    fn go_on(&mut self, summary: &Summary, effects: &mut Vec<ClientEffect>) {
        effects.extend(self.pushing.go_on());
        let finished = self.pushing.is_finished() && self.taking.is_finished();
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
