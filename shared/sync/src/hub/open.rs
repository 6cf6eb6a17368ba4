//! A hub's session after WELCOME: segments to the disk, repairs answered, feeds to the peer.

use roster::SignedRoster;
use wire::limits::{MAX_QUARANTINED, MAX_ROSTER_IN_DONE_BYTES};
use wire::{Done, Message, Probe, Probed, RefusalCode, Repair, RepairStep, Stored, Version};

use super::feeds::Sending;
use super::ingest::Ingesting;
use super::repair::{Next, Repairing};
use super::{HubEffect, HubEvent, PeerStanding};

#[derive(Debug)]
pub(super) struct Open {
    version: Version,
    ingesting: Ingesting,
    sending: Sending,
    repairing: Repairing,
    /// The store was asked for chains.
    probing: bool,
}

impl Open {
    pub(super) fn new(version: Version, sending: Sending, repairing: Repairing) -> Self {
        Self {
            version,
            ingesting: Ingesting::default(),
            sending,
            repairing,
            probing: false,
        }
    }

    pub(super) fn react(
        &mut self,
        peer: &PeerStanding,
        event: HubEvent,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        match event {
            HubEvent::Received(message) => self.received(peer, message, effects),
            HubEvent::Ingested(result) => {
                let head = self.ingesting.ingested(result)?;
                self.sending.proved(&head);
                effects.push(HubEffect::Send(Message::Stored(Stored { head })));
                Ok(())
            }
            HubEvent::Settled {
                feeds,
                mut quarantined,
                roster,
            } => {
                self.ingesting.settled()?;
                self.sending.end_at(&feeds);
                let feeds = feeds
                    .into_iter()
                    .filter(|it| peer.scopes.contains(&it.scope))
                    .collect();
                // The hub's own list has the rest.
                quarantined.truncate(MAX_QUARANTINED);
                let fits = |it: &SignedRoster| it.bytes.len() <= MAX_ROSTER_IN_DONE_BYTES;
                let done = Done {
                    feeds,
                    quarantined,
                    roster: roster.filter(fits),
                };
                effects.push(HubEffect::Send(Message::Done(done)));
                Ok(())
            }
            HubEvent::FeedRead { scope, batch } => {
                effects.extend(self.sending.read(scope, batch)?);
                Ok(())
            }
            HubEvent::HeldRead { scope, held } => {
                let next = self.repairing.held(scope, &held)?;
                self.repair(next, effects);
                Ok(())
            }
            HubEvent::WantedRead {
                scope,
                answered,
                items,
            } => {
                let next = self.repairing.wanted(scope, answered, items)?;
                self.repair(next, effects);
                Ok(())
            }
            HubEvent::ChainsRead { epoch, marks } => {
                if !std::mem::take(&mut self.probing) {
                    return Err(RefusalCode::Failed);
                }
                effects.push(HubEffect::Send(Message::Probed(Probed { epoch, marks })));
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
            Message::Probe(Probe { epoch, seqs }) => {
                if self.version < Version::TWO {
                    return Err(RefusalCode::Unexpected);
                }
                if std::mem::replace(&mut self.probing, true) {
                    return Err(RefusalCode::WindowExceeded);
                }
                effects.push(HubEffect::ReadChains { epoch, seqs });
                Ok(())
            }
            Message::Repair(repair) => {
                let next = self.repairing.received(repair)?;
                self.repair(next, effects);
                Ok(())
            }
            Message::Taken(cursor) if self.repairing.taken(cursor) => {
                self.sending.repaired(cursor.scope, cursor.position);
                effects.push(HubEffect::NoteTaken(cursor));
                Ok(())
            }
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
            | Message::Enrolling(_)
            | Message::Show(_)
            | Message::Probed(_) => Err(RefusalCode::Unexpected),
        }
    }

    fn repair(&mut self, next: Next, effects: &mut Vec<HubEffect>) {
        match next {
            Next::Do(effect) => effects.push(effect),
            Next::Feed(scope, position) => self.sending.repaired(scope, position),
            Next::GiveUp(scope) => {
                let step = RepairStep::GiveUp;
                effects.push(HubEffect::Send(Message::Repair(Repair { scope, step })));
                self.sending.repaired(scope, 0);
            }
        }
    }

    pub(super) fn go_on(&mut self, effects: &mut Vec<HubEffect>) {
        effects.extend(self.ingesting.go_on());
        effects.extend(self.sending.go_on());
    }
}
