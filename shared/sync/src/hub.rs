//! The hub's end of a session.
//!
//! The link has proved the peer's key and the roster has named the device before the session begins.
//! HELLO is answered by WELCOME. Then two flows run beside each other: segments go to the disk, one
//! after another, and are answered; the feeds of the peer's scopes go down from its cursors.

mod events;
mod feeds;
mod ingest;

use record::ScopeId;
use wire::limits::MAX_QUARANTINED;
use wire::{
    CheckpointMark, Cursor, Done, Message, RefusalCode, Refused, Version, Versions, Welcome,
};

pub use events::{HubEffect, HubEvent, HubStanding, IngestRefusal, PeerStanding};
use feeds::Sending;
use ingest::Ingesting;

/// The hub's end of one session.
#[derive(Debug)]
pub struct HubSession {
    peer: PeerStanding,
    versions: Versions,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// HELLO is still to come.
    Waiting,
    /// HELLO came, and the store was asked what it has.
    Standing {
        version: Version,
        cursors: Vec<Cursor>,
        checkpoint: Option<CheckpointMark>,
        grew: Vec<ScopeId>,
    },
    /// WELCOME is sent.
    Open(Box<Open>),
    /// Nothing more is to be done.
    Closed,
}

#[derive(Debug)]
struct Open {
    version: Version,
    ingesting: Ingesting,
    sending: Sending,
}

impl HubSession {
    /// Opens a session, in one of these versions, with a peer whose HELLO is still to come.
    #[must_use]
    pub const fn new(peer: PeerStanding, versions: Versions) -> Self {
        Self {
            peer,
            versions,
            phase: Phase::Waiting,
        }
    }

    /// Takes in one event and returns what to do about it.
    pub fn handle(&mut self, event: HubEvent) -> Vec<HubEffect> {
        let mut effects = Vec::new();
        if let Err(code) = self.react(event, &mut effects) {
            self.phase = Phase::Closed;
            if code != RefusalCode::Done {
                let refused = Refused {
                    code,
                    text: String::new(),
                };
                effects.push(HubEffect::Send(Message::Refused(refused)));
            }
            effects.push(HubEffect::Close(code));
        }
        effects
    }

    fn react(&mut self, event: HubEvent, effects: &mut Vec<HubEffect>) -> Result<(), RefusalCode> {
        match (&mut self.phase, event) {
            (Phase::Closed, _) => Ok(()),
            (Phase::Waiting | Phase::Standing { .. } | Phase::Open(_), HubEvent::LinkLost) => {
                self.phase = Phase::Closed;
                Ok(())
            }
            (Phase::Waiting, HubEvent::Received(message)) => self.greeted(message, effects),
            // Feeds grow at all times; HELLO will say from where this peer needs them.
            (Phase::Waiting, HubEvent::FeedGrew { .. }) => Ok(()),
            (Phase::Standing { grew, .. }, HubEvent::FeedGrew { scope }) => {
                if self.peer.scopes.contains(&scope) && !grew.contains(&scope) {
                    grew.push(scope);
                }
                Ok(())
            }
            (Phase::Standing { .. }, HubEvent::Standing(standing)) => self.stand(standing, effects),
            (Phase::Standing { .. }, HubEvent::Received(message)) => waiting(&message),
            (
                Phase::Waiting,
                HubEvent::Standing(_)
                | HubEvent::Ingested(_)
                | HubEvent::Settled { .. }
                | HubEvent::FeedRead { .. },
            )
            | (
                Phase::Standing { .. },
                HubEvent::Ingested(_) | HubEvent::Settled { .. } | HubEvent::FeedRead { .. },
            ) => Err(RefusalCode::Failed),
            (Phase::Open(open), event) => {
                open.react(&self.peer, event, effects)?;
                open.go_on(effects);
                Ok(())
            }
        }
    }

    fn greeted(
        &mut self,
        message: Message,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        match message {
            Message::Hello(hello) => {
                if hello.device != self.peer.device {
                    return Err(RefusalCode::WrongDevice);
                }
                let version = self
                    .versions
                    .common(hello.versions)
                    .ok_or(RefusalCode::NoCommonVersion)?;
                let mine = |cursor: &Cursor| self.peer.scopes.contains(&cursor.scope);
                // A cursor of a scope that the site has left is of no use, and no fault.
                let cursors: Vec<Cursor> = hello.cursors.into_iter().filter(mine).collect();
                effects.push(HubEffect::ReadStanding {
                    cursors: cursors.clone(),
                    roster_epoch: hello.roster_epoch,
                    release: hello.release,
                });
                self.phase = Phase::Standing {
                    version,
                    cursors,
                    checkpoint: hello.checkpoint,
                    grew: Vec::new(),
                };
                Ok(())
            }
            Message::Refused(_) => Err(RefusalCode::Done),
            Message::Unknown { .. } => Ok(()),
            Message::Welcome(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Enrol(_)
            | Message::Enrolling(_) => Err(RefusalCode::Unexpected),
        }
    }

    /// Answers HELLO with what the store has.
    fn stand(
        &mut self,
        standing: HubStanding,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        let Phase::Standing {
            version,
            cursors,
            checkpoint: held,
            grew,
        } = &self.phase
        else {
            return Err(RefusalCode::Failed);
        };
        let HubStanding {
            stored,
            feeds,
            at_cursors,
            roster,
            time_ms,
            checkpoint,
        } = standing;
        // Nothing leaves its scope, whatever the store says.
        if feeds
            .iter()
            .any(|head| !self.peer.scopes.contains(&head.scope))
        {
            return Err(RefusalCode::Failed);
        }
        let mut sending = Sending::begin(*version, cursors, &at_cursors, &feeds)?;
        for scope in grew {
            sending.grew(*scope);
        }
        let (version, held) = (*version, *held);
        let checkpoint = checkpoint.filter(|note| held != Some(CheckpointMark::of(note)));
        effects.push(HubEffect::Send(Message::Welcome(Welcome {
            version,
            stored,
            feeds,
            roster,
            time_ms,
            checkpoint,
        })));
        let mut open = Open {
            version,
            ingesting: Ingesting::default(),
            sending,
        };
        open.go_on(effects);
        self.phase = Phase::Open(Box::new(open));
        Ok(())
    }
}

impl Open {
    fn react(
        &mut self,
        peer: &PeerStanding,
        event: HubEvent,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        match event {
            HubEvent::Received(message) => self.received(peer, message, effects),
            HubEvent::Ingested(result) => {
                effects.push(self.ingesting.ingested(result, self.version)?);
                Ok(())
            }
            HubEvent::Settled {
                feeds,
                mut quarantined,
            } => {
                self.ingesting.settled()?;
                self.sending.end_at(&feeds);
                let feeds = feeds
                    .into_iter()
                    .filter(|it| peer.scopes.contains(&it.scope))
                    .collect();
                // The hub's own list has the rest.
                quarantined.truncate(MAX_QUARANTINED);
                let done = Done::answer(feeds, quarantined, self.version);
                effects.push(HubEffect::Send(Message::Done(done)));
                Ok(())
            }
            HubEvent::FeedRead { scope, batch } => {
                effects.extend(self.sending.read(scope, batch)?);
                Ok(())
            }
            HubEvent::FeedGrew { scope } => {
                self.sending.grew(scope);
                Ok(())
            }
            HubEvent::Standing(_) => Err(RefusalCode::Failed),
            HubEvent::LinkLost => Err(RefusalCode::Done),
        }
    }

    fn received(
        &mut self,
        peer: &PeerStanding,
        message: Message,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        match message {
            Message::Push(segment) => self.ingesting.received(peer.device, segment),
            Message::Done(_) => self.ingesting.done(),
            Message::Taken(cursor) => {
                effects.push(self.sending.taken(cursor)?);
                Ok(())
            }
            Message::Refused(_) => Err(RefusalCode::Done),
            Message::Unknown { .. } => Ok(()),
            Message::Hello(_)
            | Message::Welcome(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Enrol(_)
            | Message::Enrolling(_) => Err(RefusalCode::Unexpected),
        }
    }

    fn go_on(&mut self, effects: &mut Vec<HubEffect>) {
        effects.extend(self.ingesting.go_on());
        effects.extend(self.sending.go_on());
    }
}

/// Judges a message that comes before WELCOME was sent. The peer knows nothing yet that it could say.
const fn waiting(message: &Message) -> Result<(), RefusalCode> {
    match message {
        Message::Unknown { .. } => Ok(()),
        Message::Refused(_) => Err(RefusalCode::Done),
        Message::Hello(_)
        | Message::Welcome(_)
        | Message::Push(_)
        | Message::Stored(_)
        | Message::Feed(_)
        | Message::Taken(_)
        | Message::Done(_)
        | Message::Enrol(_)
        | Message::Enrolling(_) => Err(RefusalCode::Unexpected),
    }
}

#[cfg(test)]
mod tests;
