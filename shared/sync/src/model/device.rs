//! A device in memory, with a driver that carries out one effect at a time.

use std::collections::{BTreeMap, VecDeque};

use audit::LogHead;
use record::{DeviceId, ScopeId};
use wire::{Cursor, FeedItem, Versions};

use super::{Link, Log};
use crate::{AbortReason, ClientEffect, ClientEvent, ClientSession, ClientStanding, Summary};

/// A device: what survives a lost link, and the session that does not.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) log: Log,
    pub(crate) noted: LogHead,
    pub(crate) cursors: BTreeMap<ScopeId, Cursor>,
    pub(crate) held: BTreeMap<(ScopeId, u64), FeedItem>,
    pub(crate) session: Option<ClientSession>,
    pub(crate) effects: VecDeque<ClientEffect>,
    /// What the session said at its end, and how often it said so.
    pub(crate) finished: Vec<Summary>,
    pub(crate) aborted: Option<AbortReason>,
    /// How many entries a segment takes.
    pub(crate) per_segment: usize,
    /// The versions of the protocol that it speaks.
    pub(crate) versions: Versions,
}

impl Device {
    pub(crate) fn new(id: DeviceId) -> Self {
        let log = Log::new(id);
        Self {
            id,
            noted: log.head(),
            log,
            cursors: BTreeMap::new(),
            held: BTreeMap::new(),
            session: None,
            effects: VecDeque::new(),
            finished: Vec::new(),
            aborted: None,
            per_segment: 2,
            versions: Versions::SPOKEN,
        }
    }

    pub(crate) fn standing(&self) -> ClientStanding {
        ClientStanding {
            device: self.id,
            log: self.log.head(),
            stored_seq: self.noted.seq,
            cursors: self.cursors.values().copied().collect(),
            roster_epoch: 1,
            versions: self.versions,
            release: "test".into(),
            checkpoint: None,
        }
    }

    pub(crate) fn begin(&mut self) {
        let (session, effects) = ClientSession::new(self.standing());
        self.session = Some(session);
        self.effects = effects.into();
        self.finished.clear();
        self.aborted = None;
    }

    pub(crate) fn lose_link(&mut self) {
        // What was decided before is still carried out by a real driver or lost with its process;
        // here it is lost, which is the harder case.
        self.effects.clear();
        self.session = None;
    }

    pub(crate) fn write(&mut self, entry: Vec<u8>) {
        self.log.push(entry);
        self.tell(ClientEvent::NewEntries);
    }

    pub(crate) fn received(&mut self, message: wire::Message) {
        self.tell(ClientEvent::Received(message));
    }

    pub(crate) fn tell(&mut self, event: ClientEvent) {
        if let Some(session) = &mut self.session {
            self.effects.extend(session.handle(event));
        }
    }

    /// Carries out one effect.
    pub(crate) fn step(&mut self, up: &mut VecDeque<Vec<u8>>) -> bool {
        let Some(effect) = self.effects.pop_front() else {
            return false;
        };
        match effect {
            ClientEffect::Send(message) => Link::send(up, &message),
            ClientEffect::ReadSegment { after_seq, .. } => {
                let segment = self.log.segment(after_seq, self.per_segment);
                self.tell(ClientEvent::SegmentRead(segment));
            }
            ClientEffect::NoteStored(head) => self.noted = head,
            ClientEffect::Take(batch) => {
                for (position, item) in (batch.from() + 1..).zip(batch.items()) {
                    let before = self.held.insert((batch.scope(), position), item.clone());
                    assert_eq!(before, None, "each position is delivered once");
                }
                self.cursors.insert(batch.scope(), batch.cursor());
                self.tell(ClientEvent::Taken(batch.cursor()));
            }
            ClientEffect::TakeRoster(_) | ClientEffect::NoteContact { .. } => {}
            ClientEffect::Finished(summary) => self.finished.push(summary),
            ClientEffect::Abort(reason) => self.aborted = Some(reason),
        }
        true
    }
}
