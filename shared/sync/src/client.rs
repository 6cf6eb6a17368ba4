//! The client's end of a session.
//!
//! HELLO says what is held here; WELCOME says what is held there. Then two flows run beside each
//! other: the own log goes up in segments, and the feeds come down in batches. With nothing to do,
//! WELCOME is the end. The session never moves a cursor itself: it hands out batches in order, and
//! says TAKEN for what the store has committed.

mod attach;
mod branch;
mod carry;
mod events;
mod fetch;
mod giveback;
mod open;
mod push;
mod repair;
mod settle;
mod take;

use wire::{CheckpointMark, Early, Hello, Message, Refused, Version, Welcome};

use crate::abort::AbortReason;
use attach::Attaching;
pub use attach::Wanted;
use carry::Carrying;
pub use events::{
    Ahead, ClientBlobEffect, ClientEffect, ClientEvent, ClientStanding, Greeting, HeldCheckpoint,
    Summary,
};
use fetch::Fetching;
pub use giveback::Provable;
use open::{Open, Rest, unexpected};
use push::Pushing;
use repair::Repairing;
use settle::{Settled, Settling};
use take::Taking;

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
    /// What was sent before WELCOME and is taken.
    early: Option<Early>,
    /// The hub has asked for the checkpoint: once is enough to judge it.
    shown: bool,
}

#[derive(Debug)]
enum Phase {
    /// HELLO is sent.
    Greeting,
    /// WELCOME came, and the own log is compared with the hub's.
    Settling(Box<Settling>),
    /// Both flows run.
    Open(Box<Open>),
    /// Nothing more is to be done.
    Closed,
}

impl ClientSession {
    /// Opens a session: the effects send HELLO.
    #[must_use]
    pub fn new(standing: ClientStanding) -> (Self, Vec<ClientEffect>) {
        let hello = Message::Hello(Hello {
            versions: standing.versions,
            device: standing.device,
            logs: standing.all_logs(),
            cursors: standing.cursors.clone(),
            roster_epoch: standing.roster_epoch,
            release: standing.release.clone(),
            checkpoint: standing
                .checkpoint
                .as_ref()
                .map(|it| CheckpointMark::of(&it.note)),
            checkpoint_size: standing.checkpoint.as_ref().map(|it| it.size),
            packs: standing.packs.clone(),
            feeds_wait: standing.feeds_wait,
        });
        let mut effects = vec![ClientEffect::Send(hello)];
        let early = standing.sent_early().cloned().map(Message::Early);
        effects.extend(early.map(ClientEffect::Send));
        let summary = Summary::default();
        let session = Self {
            standing,
            phase: Phase::Greeting,
            summary,
            asked: true,
            grew: false,
            early: None,
            shown: false,
        };
        (session, effects)
    }

    /// Returns what the session did so far.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Returns what it has before it; nothing while that is not known.
    #[must_use]
    pub fn ahead(&self) -> Ahead {
        match &self.phase {
            Phase::Open(open) => open.ahead(),
            Phase::Greeting | Phase::Settling(_) | Phase::Closed => Ahead::default(),
        }
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
                | ClientEvent::ChainsCompared(_)
                | ClientEvent::LogBegun(_)
                | ClientEvent::HeldRead { .. }
                | ClientEvent::Attachments { .. }
                | ClientEvent::GroupRead(_)
                | ClientEvent::GroupKept(_)
                | ClientEvent::Kept { .. }
                | ClientEvent::ProvableRead { .. }
                | ClientEvent::MarksRead { .. }
                | ClientEvent::ChangesRead { .. }
                | ClientEvent::CarriedRead(_),
            ) => Err(AbortReason::OutOfStep),
            (Phase::Greeting | Phase::Settling(_), ClientEvent::LinkLost) => {
                Err(AbortReason::LinkLost)
            }
            (Phase::Settling(settling), event) => {
                settling.react(event)?;
                self.settle(effects)
            }
            (Phase::Open(open), ClientEvent::LinkLost) => {
                let finished = open.is_finished();
                self.phase = Phase::Closed;
                if finished {
                    Ok(())
                } else {
                    Err(AbortReason::LinkLost)
                }
            }
            (Phase::Open(open), event) => {
                open.react(event, &mut self.summary, effects)?;
                open.go_on(&mut self.summary, effects);
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
            Message::Show(_) if !std::mem::replace(&mut self.shown, true) => {
                effects.push(ClientEffect::NoteShown);
                let checkpoint = self.standing.checkpoint.as_ref();
                effects.push(ClientEffect::Show(checkpoint.map(|it| it.note.clone())));
                Ok(())
            }
            Message::Wait(_) | Message::Unknown { .. } => Ok(()),
            message @ (Message::Hello(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Probe(_)
            | Message::Probed(_)
            | Message::Show(_)
            | Message::Return(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Early(_)
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
            takes_early,
            files_told,
        } = welcome;
        if !self.standing.versions.include(version) {
            return Err(AbortReason::UnknownVersion { version });
        }
        effects.extend(roster.map(ClientEffect::TakeRoster));
        effects.push(ClientEffect::NoteContact(Greeting {
            time_ms,
            checkpoint,
            files_told,
        }));

        let is_second = version >= Version::TWO;
        let rest = Rest {
            taking: Taking::begin(version, &self.standing, &feeds, &repair)?,
            repairing: Repairing::begin(self.standing.may_repair(&repair), &feeds),
            fetching: Fetching::begin(is_second, &self.standing.fetches),
            carrying: Carrying::begin(is_second, &self.standing.carried, &stored),
            attaching: Attaching::begin(is_second),
            is_second,
        };
        if is_second {
            let early = self.standing.taken_early(&stored);
            self.early = early.filter(|_| takes_early).cloned();
            let settling = Settling::begin(version, &self.standing, &stored, rest);
            self.phase = Phase::Settling(Box::new(settling));
            self.settle(effects)
        } else {
            let pushing = Pushing::begin(version, &self.standing, &stored)?;
            self.open(pushing, rest, Vec::new(), effects)
        }
    }

    /// Does what is next to find out where the own log stands, and goes on once that is known.
    fn settle(&mut self, effects: &mut Vec<ClientEffect>) -> Result<(), AbortReason> {
        let Phase::Settling(settling) = &mut self.phase else {
            return Ok(());
        };
        effects.extend(settling.go_on()?);
        let Some(Settled {
            mut pushing,
            rest,
            waiting,
            begun,
        }) = settling.finish()
        else {
            return Ok(());
        };
        self.grew |= settling.grew();
        self.summary.log_begun = begun;
        if let Some(early) = self.early.take() {
            pushing.sent_early(&early, &mut self.summary)?;
        }
        self.open(pushing, rest, waiting, effects)
    }

    /// Lets the flows run; these messages came already.
    fn open(
        &mut self,
        mut pushing: Pushing,
        rest: Rest,
        waiting: Vec<Message>,
        effects: &mut Vec<ClientEffect>,
    ) -> Result<(), AbortReason> {
        if self.grew {
            pushing.grew();
        }
        // Before anything of a feed: a chart must not leave while the hub lacks again what was written in it.
        effects.extend(pushing.news());
        let mut open = Open::new(pushing, rest, self.summary.log_begun.is_some());
        for message in waiting {
            open.react(ClientEvent::Received(message), &mut self.summary, effects)?;
        }
        open.go_on(&mut self.summary, effects);
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
            | Message::Return(_)
            | Message::Declined(_)
            | Message::Early(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Probed(_) => true,
            Message::Hello(_)
            | Message::Meet(_)
            | Message::Push(_)
            | Message::Feed(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Taken(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Probe(_)
            | Message::Wait(_)
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
                        | Message::Return(_)
                        | Message::Probe(_)
                        | Message::Fetch(_)
                        | Message::Want(_)
                        | Message::Blob(_)
                )
            )
        };
        self.asked |= effects.iter().any(asks);
    }
}

#[cfg(test)]
mod tests;
