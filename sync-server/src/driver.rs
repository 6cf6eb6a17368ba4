//! One peer's session carried out against the hub, one effect at a time.
//!
//! The session ([`sync::HubSession`]) decides; this reads, stores and hands on. Each effect is one transaction
//! at most, so a process may die between any two of them and the peer only has to come again. There is no
//! clock, task or socket here: `serve` and the simulation drive the same code.

mod settle;
mod unknown;

use std::collections::VecDeque;

use crypto::PublicKey;
use record::{DeviceId, ScopeId};
use store::StoreError;
use sync::{HubEffect, HubEvent, HubSession, PeerStanding};
use wire::{Enrolling, FeedBatch, Fetched, Message, RefusalCode, Refused, Show, Version, Versions};

use crate::hub::Hub;
use crate::packs::Told;
use crate::standing::Held;

/// What is to be done outside the hub after a step.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send the message to the peer.
    Send(Message),
    /// Close the link with this code, once what was sent before is on its way. Nothing comes after it.
    Close(RefusalCode),
    /// Tell the other sessions that these feeds grew.
    Grew(Vec<ScopeId>),
}

/// Carries one peer's session out.
#[derive(Debug)]
pub struct HubDriver {
    key: PublicKey,
    member: Option<Member>,
    /// What a peer said that the roster does not list: a hub that was put back may not know it any more.
    unknown: Vec<Message>,
    /// The versions that the hub speaks.
    versions: Versions,
    todo: VecDeque<Todo>,
    closed: bool,
}

/// A peer that the roster lists.
#[derive(Debug)]
struct Member {
    peer: PeerStanding,
    session: HubSession,
    /// The history's size when the session began: what was set aside later is told to the peer.
    since_leaf: u64,
    /// The roster by which the peer was admitted.
    roster_epoch: u64,
    /// The epoch of the newest roster that the peer was told of.
    told_epoch: u64,
    /// How often the feeds were begun anew before the session.
    feeds_begun: u32,
    /// What packs of charts have told the peer.
    told: Told,
}

#[derive(Debug)]
enum Todo {
    Effect(HubEffect),
    Enrol(Box<wire::Enrol>),
    /// Have a peer that is not listed show what it has.
    Ask,
    /// Look whether a peer that is not listed shows a roster of this hub that lists it.
    Admit(Box<Show>),
    Refuse(RefusalCode),
}

impl HubDriver {
    /// Admits a peer whose key its link has proved. A key that the roster does not list may only enrol.
    pub fn admit(hub: &mut Hub, key: PublicKey) -> Result<Self, RefusalCode> {
        hub.refresh().map_err(|error| code_of(&error))?;
        let member = match hub.peer(&key) {
            Ok(peer) => Some(Member::new(hub, peer)?),
            Err(RefusalCode::NotEnrolled) => None,
            Err(code) => return Err(code),
        };
        Ok(Self {
            key,
            member,
            unknown: Vec::new(),
            versions: hub.versions,
            todo: VecDeque::new(),
            closed: false,
        })
    }

    /// Returns the key that the link proved.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        self.key
    }

    /// Returns which device the peer is; none while it enrols.
    #[must_use]
    pub fn device(&self) -> Option<DeviceId> {
        self.member.as_ref().map(|it| it.peer.device)
    }

    /// Tells whether there is nothing to do until something comes.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.closed || self.todo.is_empty()
    }

    /// Tells whether what comes next is to store entries, and nothing else.
    #[must_use]
    pub fn is_to_ingest(&self) -> bool {
        let next = self.todo.front();
        !self.closed && matches!(next, Some(Todo::Effect(HubEffect::Ingest(_))))
    }

    /// Takes in a message.
    pub fn received(&mut self, message: Message) {
        match (message, &mut self.member) {
            (Message::Enrol(enrol), _) => self.todo.push_back(Todo::Enrol(Box::new(enrol))),
            (message, Some(_member)) => self.event(HubEvent::Received(message)),
            // A later release may say something first that we do not know.
            (Message::Unknown { .. }, None) => {}
            (message, None) => {
                let todo = self.unknown_says(message);
                self.todo.extend(todo);
            }
        }
    }

    /// Takes in that a feed grew.
    pub fn feed_grew(&mut self, scope: ScopeId) {
        if self
            .member
            .as_ref()
            .is_some_and(|it| it.peer.scopes.contains(&scope))
        {
            self.event(HubEvent::FeedGrew { scope });
        }
    }

    /// Ends the session from the hub's side.
    pub fn refuse(&mut self, code: RefusalCode) {
        self.todo.clear();
        self.todo.push_back(Todo::Refuse(code));
    }

    /// Does the next thing, if there is one.
    pub fn step(&mut self, hub: &mut Hub) -> Option<Output> {
        if self.closed {
            return None;
        }
        if let Err(code) = self.check_roster(hub).and_then(|()| self.check_feeds(hub)) {
            self.refuse(code);
        }
        let output = match self.todo.pop_front()? {
            Todo::Refuse(code) => self.close(code),
            Todo::Enrol(enrol) => self.enrol(hub, &enrol),
            Todo::Ask => Some(Output::Send(Message::Show(Show::default()))),
            Todo::Admit(show) => self.admit_shown(hub, &show),
            Todo::Effect(effect) => match self.carry_out(hub, effect) {
                Ok(output) => output,
                Err(error) => {
                    tracing::error!(device = self.device().map(|it| it.0), %error, "a session failed");
                    self.close(code_of(&error))
                }
            },
        };
        if matches!(output, Some(Output::Close(_))) {
            self.closed = true;
        }
        output
    }

    /// Asks the roster again if there is a newer one: nothing is done for a device that was revoked meanwhile.
    fn check_roster(&mut self, hub: &Hub) -> Result<(), RefusalCode> {
        if let Some(member) = &mut self.member
            && member.roster_epoch != hub.roster.epoch
        {
            member.roster_epoch = hub.roster.epoch;
            hub.peer(&self.key)?;
        }
        Ok(())
    }

    /// Ends a session whose feeds are those of an older epoch: its peer connects again and goes on.
    fn check_feeds(&self, hub: &Hub) -> Result<(), RefusalCode> {
        match &self.member {
            Some(member) if member.feeds_begun != hub.feeds_begun => Err(RefusalCode::Stopping),
            Some(_) | None => Ok(()),
        }
    }

    fn event(&mut self, event: HubEvent) {
        if let Some(member) = &mut self.member {
            let effects = member.session.handle(event);
            self.todo.extend(effects.into_iter().map(Todo::Effect));
        }
    }

    /// Says why, and closes after it.
    fn close(&mut self, code: RefusalCode) -> Option<Output> {
        self.todo.clear();
        self.todo.push_back(Todo::Effect(HubEffect::Close(code)));
        Some(Output::Send(Message::Refused(Refused {
            code,
            text: String::new(),
        })))
    }

    fn enrol(&mut self, hub: &mut Hub, enrol: &wire::Enrol) -> Option<Output> {
        let answer = hub.enrol(self.key, enrol).and_then(|enrolling| {
            // Once it is listed, the peer may go on to HELLO without a new link.
            if self.member.is_none() && matches!(enrolling, Enrolling::Approved { .. }) {
                self.member = Some(Member::new(hub, hub.peer(&self.key)?)?);
            }
            Ok(enrolling)
        });
        match answer {
            Ok(enrolling) => Some(Output::Send(Message::Enrolling(enrolling))),
            Err(code) => self.close(code),
        }
    }

    fn carry_out(
        &mut self,
        hub: &mut Hub,
        effect: HubEffect,
    ) -> Result<Option<Output>, StoreError> {
        let Some(Member {
            peer,
            told_epoch,
            told,
            ..
        }) = &mut self.member
        else {
            return Ok(Some(Output::Close(RefusalCode::NotEnrolled)));
        };
        let event = match effect {
            HubEffect::Close(code) => return Ok(Some(Output::Close(code))),
            HubEffect::Send(message) => return Ok(Some(Output::Send(message))),
            HubEffect::ReadStanding {
                logs,
                cursors,
                roster_epoch,
                release,
                checkpoint,
            } => {
                let hello = Held::new(logs, roster_epoch, release, checkpoint);
                let standing = hub.standing(peer, &cursors, hello)?;
                *told_epoch = roster_epoch.max(hub.roster.epoch);
                HubEvent::Standing(standing)
            }
            HubEffect::ReadChains { epoch, seqs } => chains(hub, peer, epoch, &seqs)?,
            HubEffect::TakeProof(show) => return self.take_proof(hub, &show).map(|()| None),
            HubEffect::ReadHeld { scope, limit } => HubEvent::HeldRead {
                scope,
                held: hub.held(scope, limit)?,
            },
            HubEffect::ReadWanted {
                scope,
                hashes,
                max_bytes,
            } => wanted(hub, scope, &hashes, max_bytes)?,
            HubEffect::JudgeSeal { begins, seal } => hub.judge_seal(begins, &seal)?,
            HubEffect::TakeBack(given) => hub.take_back(peer.device, &given)?,
            HubEffect::Ingest(it) => HubEvent::Ingested(hub.ingest(it.device(), &it)),
            HubEffect::ReadFeed {
                scope,
                from,
                max_bytes,
                version,
                holds,
            } => {
                let batch = hub.read_feed((peer.device, &holds), scope, from, max_bytes)?;
                let batch = batch.map(|it| spoken(hub, it, version)).transpose()?;
                HubEvent::FeedRead { scope, batch }
            }
            HubEffect::ReadPack { head, after, holds } => {
                let pack = told.read(hub, (peer.device, &holds), (head, after).into())?;
                HubEvent::PackRead(hub.with_tail(pack)?)
            }
            HubEffect::Fetch(fetch) => return hub.fetch(peer, &fetch).map(|it| self.fetched(it)),
            HubEffect::Blob(effect) => hub.attachment(peer, effect)?,
            HubEffect::NoteTaken(cursor) => {
                hub.note_taken(peer.device, &cursor)?;
                return Ok(None);
            }
            HubEffect::Settle => return self.settle(hub),
        };
        self.event(event);
        Ok(None)
    }
}

fn chains(
    hub: &Hub,
    peer: &PeerStanding,
    epoch: u32,
    seqs: &[u64],
) -> Result<HubEvent, StoreError> {
    let marks = hub.chains(peer.device, epoch, seqs)?;
    Ok(HubEvent::ChainsRead { epoch, marks })
}

/// Returns a batch as a peer of this version reads it.
fn spoken(hub: &mut Hub, batch: FeedBatch, version: Version) -> Result<FeedBatch, StoreError> {
    if version < Version::TWO {
        Ok(batch)
    } else {
        hub.seal(batch.in_brief())
    }
}

impl HubDriver {
    /// Hands the answer to FETCH on, and tells of the feed that grew by it.
    fn fetched(&mut self, fetched: Fetched) -> Option<Output> {
        self.event(HubEvent::Fetched(fetched));
        fetched.feed.map(|it| Output::Grew(vec![it.scope]))
    }
}

fn wanted(
    hub: &Hub,
    scope: ScopeId,
    hashes: &[[u8; 32]],
    max_bytes: usize,
) -> Result<HubEvent, StoreError> {
    let (answered, items) = hub.wanted(scope, hashes, max_bytes)?;
    Ok(HubEvent::WantedRead {
        scope,
        answered,
        items,
    })
}

impl Member {
    fn new(hub: &Hub, peer: PeerStanding) -> Result<Self, RefusalCode> {
        let since_leaf = hub.store.history_size().map_err(|error| code_of(&error))?;
        Ok(Self {
            session: HubSession::new(peer.clone(), hub.versions),
            peer,
            since_leaf,
            roster_epoch: hub.roster.epoch,
            told_epoch: 0,
            told: Told::default(),
            feeds_begun: hub.feeds_begun,
        })
    }

    /// It has shown already what it would be asked for.
    fn having_shown(self) -> Self {
        Self {
            session: self.session.having_shown(),
            ..self
        }
    }
}

/// Returns what a peer is told of the store's failure.
pub(crate) const fn code_of(error: &StoreError) -> RefusalCode {
    match error {
        StoreError::Full => RefusalCode::Full,
        StoreError::Busy | StoreError::Stale { .. } => RefusalCode::Busy,
        StoreError::Damaged { .. }
        | StoreError::NoLog
        | StoreError::Refused { .. }
        | StoreError::Failed { .. }
        | _ => RefusalCode::Failed,
    }
}

#[cfg(test)]
mod tests;
