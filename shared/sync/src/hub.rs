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

use audit::LogHead;
use record::ScopeId;
use wire::{
    CheckpointMark, Cursor, Message, PackProgress, RefusalCode, Refused, Show, Version, Versions,
    Welcome,
};

pub use events::{
    Given, Holds, HubBlobEffect, HubEffect, HubEvent, HubStanding, IngestRefusal, PeerStanding,
};
use feeds::{OfPeer, Sending};
use open::Open;
use repair::Repairing;

/// From this version of the protocol on, scopes are repaired and checkpoints are shown.
const REPAIRING: Version = Version::TWO;

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
        greeted: Box<Greeted>,
        proof: Proof,
        grew: Vec<ScopeId>,
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
            (
                Phase::Standing {
                    proof: Proof::Asked,
                    ..
                },
                HubEvent::Received(Message::Show(show)),
            ) => {
                self.shown(show, effects);
                Ok(())
            }
            (Phase::Standing { .. }, HubEvent::Received(message)) => waiting(&message),
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
                | HubEvent::BlobJudged { .. }
                | HubEvent::GroupRead { .. }
                | HubEvent::SealJudged { .. }
                | HubEvent::TakenBack { .. }
                | HubEvent::Fetched(_),
            )
            | (
                Phase::Standing { .. },
                HubEvent::Ingested(_)
                | HubEvent::Settled { .. }
                | HubEvent::ChainsRead { .. }
                | HubEvent::FeedRead { .. }
                | HubEvent::HeldRead { .. }
                | HubEvent::WantedRead { .. }
                | HubEvent::PackRead(_)
                | HubEvent::BlobJudged { .. }
                | HubEvent::GroupRead { .. }
                | HubEvent::SealJudged { .. }
                | HubEvent::TakenBack { .. }
                | HubEvent::Fetched(_),
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
                    proof: Proof::NotAsked,
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
            | Message::Repair(_) => Err(RefusalCode::Unexpected),
        }
    }

    /// The peer shows the checkpoint that it holds: what the store has is asked again once that was judged.
    fn shown(&mut self, show: Show, effects: &mut Vec<HubEffect>) {
        if let Phase::Standing { greeted, proof, .. } = &mut self.phase {
            *proof = Proof::Shown;
            effects.extend(show.checkpoint.map(HubEffect::TakeProof));
            effects.push(greeted.read_standing());
        }
    }

    /// Answers HELLO with what the store has.
    fn stand(
        &mut self,
        standing: HubStanding,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        let Phase::Standing {
            greeted,
            proof,
            grew,
        } = &mut self.phase
        else {
            return Err(RefusalCode::Failed);
        };
        let HubStanding {
            stored,
            held: proved,
            feeds,
            at_cursors,
            roster,
            time_ms,
            checkpoint,
            checkpoint_is_unknown,
        } = standing;
        match proof {
            Proof::NotAsked if checkpoint_is_unknown && greeted.version >= REPAIRING => {
                *proof = Proof::Asked;
                effects.push(HubEffect::Send(Message::Show(Show::default())));
                return Ok(());
            }
            Proof::NotAsked | Proof::Shown => {}
            Proof::Asked => return Err(RefusalCode::Failed),
        }
        // Nothing leaves its scope, whatever the store says.
        if feeds
            .iter()
            .any(|head| !self.peer.scopes.contains(&head.scope))
        {
            return Err(RefusalCode::Failed);
        }
        let (version, held) = (greeted.version, greeted.checkpoint);
        let of_peer = OfPeer {
            cursors: &greeted.cursors,
            packs: &greeted.packs,
            feeds_wait: greeted.feeds_wait,
            version,
            holds: Holds::spoken(version, &proved),
        };
        let mut sending = Sending::begin(of_peer, &at_cursors, &feeds)?;
        for scope in grew {
            sending.grew(*scope);
        }
        let repair = sending.to_repair();
        let to_repair = feeds.iter().filter(|it| repair.contains(&it.scope));
        let repairing = Repairing::begin(to_repair.copied());
        let checkpoint = checkpoint.filter(|note| held != Some(CheckpointMark::of(note)));
        effects.push(HubEffect::Send(Message::Welcome(Welcome {
            version,
            stored,
            feeds,
            roster,
            time_ms,
            checkpoint,
            repair,
        })));
        let mut open = Open::new(sending, repairing, version);
        open.go_on(effects);
        self.phase = Phase::Open(Box::new(open));
        Ok(())
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
        | Message::Repair(_) => Err(RefusalCode::Unexpected),
    }
}

#[cfg(test)]
mod tests;
