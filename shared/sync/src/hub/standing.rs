//! Between HELLO and WELCOME: the store says what it has, a checkpoint may be asked for, and the peer may say what it
//! does not wait with.

use audit::LogHead;
use wire::{CheckpointMark, Message, RefusalCode, Show, Version, Welcome};

use super::feeds::{OfPeer, Sending};
use super::open::Open;
use super::repair::Repairing;
use super::{
    Greeted, Holds, HubEffect, HubEvent, HubSession, HubStanding, Phase, Proof, REPAIRING,
};

impl HubSession {
    /// Takes in an event while the standing is asked for.
    pub(super) fn standing(
        &mut self,
        event: HubEvent,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        let Phase::Standing {
            proof, grew, early, ..
        } = &mut self.phase
        else {
            return Err(RefusalCode::Failed);
        };
        match event {
            HubEvent::FeedGrew { scope } => {
                if self.peer.scopes.contains(&scope) && !grew.contains(&scope) {
                    grew.push(scope);
                }
                Ok(())
            }
            HubEvent::Standing(standing) => self.stand(standing, effects),
            HubEvent::Received(Message::Show(show)) if *proof == Proof::Asked => {
                self.shown(show, effects);
                Ok(())
            }
            HubEvent::Received(Message::Early(said)) if early.is_none() => {
                *early = Some(Box::new(said));
                Ok(())
            }
            HubEvent::Received(message) => waiting(&message),
            HubEvent::LinkLost => Err(RefusalCode::Done),
            HubEvent::Ingested(_)
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
            | HubEvent::Fetched(_) => Err(RefusalCode::Failed),
        }
    }

    /// The peer shows the checkpoint that it holds: what the store has is asked again once that was judged.
    fn shown(&mut self, show: Show, effects: &mut Vec<HubEffect>) {
        if let Phase::Standing { greeted, proof, .. } = &mut self.phase {
            *proof = Proof::Shown;
            effects.push(HubEffect::TakeProof(Box::new(show)));
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
            early,
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
            shows,
            files_told,
        } = standing;
        match proof {
            Proof::NotAsked if shows && greeted.version >= REPAIRING => {
                *proof = Proof::Asked;
                effects.push(HubEffect::Send(Message::Show(Show::default())));
                return Ok(());
            }
            Proof::NotAsked | Proof::Shown => {}
            Proof::Asked => return Err(RefusalCode::Failed),
        }
        self.peer.may_have(&feeds)?;
        let (version, held) = (greeted.version, greeted.checkpoint);
        let mut sending = Sending::begin(of_peer(greeted, &proved), &at_cursors, &feeds)?;
        for scope in grew {
            sending.grew(*scope);
        }
        let repair = sending.to_repair();
        let to_repair = feeds.iter().filter(|it| repair.contains(&it.scope));
        let repairing = Repairing::begin(to_repair.copied());
        let checkpoint = checkpoint.filter(|note| held != Some(CheckpointMark::of(note)));
        let mut open = Open::new(sending, repairing, version, &stored);
        effects.push(HubEffect::Send(Message::Welcome(Welcome {
            version,
            stored,
            feeds,
            roster,
            time_ms,
            checkpoint,
            repair,
            takes_early: version >= Version::TWO,
            files_told,
        })));
        if let Some(early) = early.take() {
            open.early(&self.peer, *early)?;
        }
        open.go_on(effects);
        self.phase = Phase::Open(Box::new(open));
        Ok(())
    }
}

fn of_peer<'a>(greeted: &'a Greeted, proved: &[LogHead]) -> OfPeer<'a> {
    OfPeer {
        cursors: &greeted.cursors,
        packs: &greeted.packs,
        feeds_wait: greeted.feeds_wait,
        version: greeted.version,
        holds: Holds::spoken(greeted.version, proved),
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
        | Message::Early(_)
        | Message::Wait(_)
        | Message::Repair(_) => Err(RefusalCode::Unexpected),
    }
}
