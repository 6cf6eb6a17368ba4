//! A hub's session after WELCOME: segments to the disk, repairs answered, feeds to the peer.

use audit::LogHead;
use roster::SignedRoster;
use wire::limits::{MAX_QUARANTINED, MAX_ROSTER_IN_DONE_BYTES};
use wire::{
    ChainMark, Cursor, Done, Early, FeedHead, Fetched, Message, Probe, Probed, Quarantined,
    RefusalCode, Repair, RepairStep, Stored, Version,
};

use super::attach::Attaching;
use super::feeds::Sending;
use super::giveback::Returning;
use super::ingest::Ingesting;
use super::repair::{Next, Repairing};
use super::{HubEffect, HubEvent, IngestRefusal, PeerStanding};

#[derive(Debug)]
pub(super) struct Open {
    ingesting: Ingesting,
    sending: Sending,
    repairing: Repairing,
    attaching: Attaching,
    returning: Returning,
    /// The version of the protocol that is spoken.
    version: Version,
    /// The store was asked for chains.
    probing: bool,
    /// The answer to FETCH is due.
    fetching: bool,
}

impl Open {
    pub(super) fn new(
        sending: Sending,
        repairing: Repairing,
        version: Version,
        told: &[LogHead],
    ) -> Self {
        Self {
            ingesting: Ingesting::begin(told),
            sending,
            repairing,
            attaching: Attaching::default(),
            returning: Returning::default(),
            version,
            probing: false,
            fetching: false,
        }
    }

    /// Takes what the peer did not wait with, if it goes on here.
    pub(super) fn early(&mut self, peer: &PeerStanding, early: Early) -> Result<(), RefusalCode> {
        self.ingesting.early(peer.device, self.version, early)
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
                let answer = self.ingested(peer, result)?;
                effects.push(HubEffect::Send(answer));
                Ok(())
            }
            HubEvent::Settled {
                feeds,
                quarantined,
                roster,
            } => {
                self.ingesting.settled()?;
                effects.push(self.done(peer, feeds, quarantined, roster));
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
            HubEvent::SealJudged { scope, start } => {
                effects.push(self.returning.judged(scope, start)?);
                Ok(())
            }
            HubEvent::TakenBack { scope, taken } => {
                effects.push(self.returning.taken(scope, taken)?);
                Ok(())
            }
            HubEvent::ChainsRead { epoch, marks } => self.chains_read(epoch, marks, effects),
            HubEvent::FeedGrew { scope } => {
                self.sending.grew(scope);
                Ok(())
            }
            HubEvent::PackRead(pack) => {
                effects.push(self.sending.pack_read(pack)?);
                Ok(())
            }
            HubEvent::Fetched(fetched) => self.fetched(peer, fetched, effects),
            HubEvent::BlobJudged(judged) => {
                effects.push(self.attaching.judged(judged)?);
                Ok(())
            }
            HubEvent::GroupRead { blob, group } => self.attaching.read(blob, group, effects),
            HubEvent::Standing(_) => Err(RefusalCode::Failed),
            HubEvent::LinkLost => Err(RefusalCode::Done),
        }
    }

    /// Answers a segment.
    fn ingested(
        &mut self,
        peer: &PeerStanding,
        result: Result<LogHead, IngestRefusal>,
    ) -> Result<Message, RefusalCode> {
        Ok(match self.ingesting.ingested(peer.device, result)? {
            Ok(head) => {
                if head.device == peer.device {
                    self.sending.proved(&head);
                }
                Message::Stored(Stored::at(head, self.version))
            }
            Err(declined) => Message::Declined(declined),
        })
    }

    /// Tells the peer what is stored at places of its log.
    fn chains_read(
        &mut self,
        epoch: u32,
        marks: Vec<(u64, ChainMark)>,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        if !std::mem::take(&mut self.probing) {
            return Err(RefusalCode::Failed);
        }
        effects.push(HubEffect::Send(Message::Probed(Probed { epoch, marks })));
        Ok(())
    }

    /// Answers DONE: everything that is stored is merged or set aside.
    fn done(
        &mut self,
        peer: &PeerStanding,
        mut feeds: Vec<FeedHead>,
        mut quarantined: Vec<Quarantined>,
        roster: Option<SignedRoster>,
    ) -> HubEffect {
        self.sending.end_at(&feeds);
        feeds.retain(|it| peer.scopes.contains(&it.scope) && self.sending.has(it.scope));
        // The hub's own list has the rest.
        quarantined.truncate(MAX_QUARANTINED);
        let fits = |it: &SignedRoster| it.bytes.len() <= MAX_ROSTER_IN_DONE_BYTES;
        HubEffect::Send(Message::Done(Done {
            roster: roster.filter(fits),
            ..Done::answer(feeds, quarantined, self.version)
        }))
    }

    fn received(
        &mut self,
        peer: &PeerStanding,
        message: Message,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        match message {
            Message::Early(early) => self.early(peer, early),
            Message::Push(segment) => self.ingesting.received(peer.device, self.version, segment),
            Message::Done(_) => self.ingesting.done(),
            Message::Probe(Probe { epoch, seqs }) if self.version >= Version::TWO => {
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
            // Only of a scope whose cursor says nothing can something be lost here.
            Message::Return(step) if self.repairing.has(step.scope) => {
                effects.push(self.returning.received(step)?);
                Ok(())
            }
            Message::Return(_) => Err(RefusalCode::RepairUnasked),
            Message::Taken(cursor) => self.taken(cursor, effects),
            Message::Fetch(fetch) if self.version >= Version::TWO => {
                if std::mem::replace(&mut self.fetching, true) {
                    return Err(RefusalCode::WindowExceeded);
                }
                effects.push(HubEffect::Fetch(fetch));
                Ok(())
            }
            Message::Blob(blob) if self.version >= Version::TWO => {
                effects.extend(self.attaching.received(blob)?);
                Ok(())
            }
            Message::Want(want) if self.version >= Version::TWO => self.attaching.wanted(&want),
            Message::Refused(_) => Err(RefusalCode::Done),
            Message::Unknown { .. } => Ok(()),
            Message::Hello(_)
            | Message::Welcome(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Probe(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Wait(_)
            | Message::Show(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Probed(_) => Err(RefusalCode::Unexpected),
        }
    }

    /// The peer has taken a batch or a pack, or repaired a scope.
    fn taken(&mut self, cursor: Cursor, effects: &mut Vec<HubEffect>) -> Result<(), RefusalCode> {
        if self.repairing.taken(cursor) {
            self.returning.end(cursor.scope);
            self.sending.repaired(cursor.scope, cursor.position);
            effects.push(HubEffect::NoteTaken(cursor));
        } else {
            effects.extend(self.sending.taken(cursor)?);
        }
        Ok(())
    }

    /// Tells the peer what came of FETCH. A feed that brings it a chart must be one of its own.
    fn fetched(
        &mut self,
        peer: &PeerStanding,
        fetched: Fetched,
        effects: &mut Vec<HubEffect>,
    ) -> Result<(), RefusalCode> {
        if !std::mem::take(&mut self.fetching) {
            return Err(RefusalCode::Failed);
        }
        if let Some(head) = &fetched.feed {
            if !peer.scopes.contains(&head.scope) {
                return Err(RefusalCode::Failed);
            }
            self.sending.began(head);
        }
        effects.push(HubEffect::Send(Message::Fetched(fetched)));
        Ok(())
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
        // Attachments come last, and wait whenever a feed has more.
        if self.sending.is_idle() {
            effects.extend(self.attaching.go_on());
        }
    }
}
