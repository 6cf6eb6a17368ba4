//! The hub's end of a session.
//!
//! The link has proved the peer's key and the roster has named the device before the session begins.
//! HELLO is answered by WELCOME. Then two flows run beside each other: segments go to the disk, one
//! after another, and are answered; the feeds of the peer's scopes go down from its cursors.

mod attach;
mod events;
mod feeds;
mod giveback;
mod ingest;
mod open;
mod repair;
mod standing;

use audit::LogHead;
use record::ScopeId;
use wire::{
    CheckpointMark, Cursor, Early, Message, PackProgress, RefusalCode, Refused, Version, Versions,
};

pub use attach::{HubBlobEffect, JudgedBlob};
pub use events::{Given, Holds, HubEffect, HubEvent, HubStanding, IngestRefusal, PeerStanding};
use open::Open;

/// From this version of the protocol on, scopes are repaired and checkpoints are shown.
const REPAIRING: Version = Version::TWO;

/// The hub's end of one session.
#[derive(Debug)]
pub struct HubSession {
    peer: PeerStanding,
    versions: Versions,
    /// Whether the peer was asked for what it can show when HELLO comes.
    proof: Proof,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// HELLO is still to come.
    Waiting,
    /// HELLO came, and the store was asked what it has.
    Standing {
        greeted: Box<Greeted>,
        proof: Proof,
        grew: Vec<ScopeId>,
        /// What the peer did not wait with.
        early: Option<Box<Early>>,
    },
    /// WELCOME is sent.
    Open(Box<Open>),
    /// Nothing more is to be done.
    Closed,
}

/// What HELLO said.
#[derive(Debug, Clone)]
struct Greeted {
    version: Version,
    /// The places in its logs that the peer says it holds.
    logs: Vec<LogHead>,
    cursors: Vec<Cursor>,
    packs: Vec<PackProgress>,
    feeds_wait: bool,
    roster_epoch: u64,
    release: String,
    checkpoint: Option<CheckpointMark>,
    checkpoint_size: Option<u64>,
}

/// Whether the peer was asked for its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    NotAsked,
    Asked,
    Shown,
}

impl HubSession {
    /// Opens a session, in one of these versions, with a peer whose HELLO is still to come.
    #[must_use]
    pub const fn new(peer: PeerStanding, versions: Versions) -> Self {
        Self {
            peer,
            versions,
            proof: Proof::NotAsked,
            phase: Phase::Waiting,
        }
    }

    /// The peer has shown before the session what it would be asked for: it is not asked again.
    #[must_use]
    pub fn having_shown(self) -> Self {
        Self {
            proof: Proof::Shown,
            ..self
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
            (
                Phase::Waiting,
                HubEvent::Standing(_)
                | HubEvent::Ingested(_)
                | HubEvent::Settled { .. }
                | HubEvent::ChainsRead { .. }
                | HubEvent::FeedRead { .. }
                | HubEvent::HeldRead { .. }
                | HubEvent::WantedRead { .. }
                | HubEvent::PackRead(_)
                | HubEvent::BlobJudged(_)
                | HubEvent::GroupRead { .. }
                | HubEvent::SealJudged { .. }
                | HubEvent::TakenBack { .. }
                | HubEvent::Fetched(_),
            ) => Err(RefusalCode::Failed),
            (Phase::Standing { .. }, event) => self.standing(event, effects),
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
                let mine = |it: &PackProgress| self.peer.scopes.contains(&it.head.scope);
                let packs: Vec<PackProgress> = hello.packs.into_iter().filter(mine).collect();
                let greeted = Greeted {
                    logs: hello.logs,
                    version,
                    cursors,
                    packs,
                    feeds_wait: hello.feeds_wait,
                    roster_epoch: hello.roster_epoch,
                    release: hello.release,
                    checkpoint: hello.checkpoint,
                    checkpoint_size: hello.checkpoint_size,
                };
                effects.push(greeted.read_standing());
                self.phase = Phase::Standing {
                    greeted: Box::new(greeted),
                    proof: self.proof,
                    grew: Vec::new(),
                    early: None,
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
            | Message::Wait(_)
            | Message::Repair(_) => Err(RefusalCode::Unexpected),
        }
    }
}

impl Greeted {
    fn read_standing(&self) -> HubEffect {
        let places = self.packs.iter().map(|it| it.head);
        HubEffect::ReadStanding {
            logs: self.logs.clone(),
            cursors: self.cursors.iter().copied().chain(places).collect(),
            roster_epoch: self.roster_epoch,
            release: self.release.clone(),
            checkpoint: self.checkpoint_size.zip(self.checkpoint),
        }
    }
}

#[cfg(test)]
mod tests;
