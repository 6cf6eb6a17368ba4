//! A device in memory, with a driver that carries out one effect at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use audit::{LogHead, LogPosition};
use crypto::Blob;
use record::{DeviceId, ScopeId};
use wire::{
    ChainMark, ChartPack, Cursor, Early, FeedItem, Fetch, Message, PackProgress, Show, Versions,
};

use super::blobs::Shelf;
use super::hub::held as held_at;
use super::tail::Tail;
use super::{Link, Log};
use crate::{
    AbortReason, ClientBlobEffect, ClientEffect, ClientEvent, ClientSession, ClientStanding,
    HeldCheckpoint, Summary, Wanted,
};

/// A device: what survives a lost link, and the session that does not.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) log: Log,
    pub(crate) older: Vec<Log>,
    pub(crate) noted: LogHead,
    pub(crate) cursors: BTreeMap<ScopeId, Cursor>,
    pub(crate) held: BTreeMap<(ScopeId, LogPosition), FeedItem>,
    /// The order of what was taken, as far as it can be proven.
    pub(crate) tails: BTreeMap<ScopeId, Tail>,
    /// What the hub was found not to have.
    pub(crate) not_at_hub: BTreeMap<ScopeId, usize>,
    /// The size of the newest checkpoint seen.
    pub(crate) checkpoint: Option<u64>,
    /// How far the packs of each feed were taken that has no cursor yet.
    pub(crate) packs: BTreeMap<ScopeId, PackProgress>,
    /// The charts to be asked for.
    pub(crate) fetches: Vec<Fetch>,
    /// The bytes of attachments.
    pub(crate) shelf: Shelf,
    /// What it attached.
    pub(crate) offers: Vec<Blob>,
    /// What it knows to be at the hub.
    pub(crate) at_hub: BTreeSet<Blob>,
    /// What its charts name.
    pub(crate) wants: Vec<Blob>,
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

/// What a device shows that has no roster.
const fn shown(checkpoint: Option<String>) -> Message {
    Message::Show(Show {
        checkpoint,
        roster: None,
    })
}

impl Device {
    pub(crate) fn new(id: DeviceId) -> Self {
        let log = Log::new(id, 1);
        Self {
            id,
            noted: log.head(),
            log,
            older: Vec::new(),
            cursors: BTreeMap::new(),
            packs: BTreeMap::new(),
            fetches: Vec::new(),
            held: BTreeMap::new(),
            tails: BTreeMap::new(),
            not_at_hub: BTreeMap::new(),
            checkpoint: None,
            shelf: Shelf::default(),
            offers: Vec::new(),
            at_hub: BTreeSet::new(),
            wants: Vec::new(),
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
            feeds_wait: false,
            early: self.early(),
            device: self.id,
            log: self.log.head(),
            stored: self.noted,
            removed: 0,
            older: self.older.iter().map(Log::head).collect(),
            restored: false,
            cursors: self.cursors.values().copied().collect(),
            packs: self.packs.values().copied().collect(),
            fetches: self.fetches.clone(),
            carried: Vec::new(),
            roster_epoch: 1,
            versions: self.versions,
            release: "test".into(),
            checkpoint: self.checkpoint.map(|size| HeldCheckpoint {
                size,
                note: size.to_string(),
            }),
        }
    }

    fn early(&self) -> Option<Early> {
        let segment = self.log.segment(self.noted.seq, self.per_segment)?;
        Some(Early {
            is_all: segment.last_seq() == self.log.head().seq,
            segment,
        })
    }

    pub(crate) fn begin(&mut self) {
        let (session, effects) = ClientSession::new(self.standing());
        self.session = Some(session);
        self.effects = effects.into();
        self.finished.clear();
        self.aborted = None;
    }

    /// Copies what is on the disk.
    pub(crate) fn copied(&self) -> Self {
        Self {
            noted: self.noted,
            log: self.log.clone(),
            older: self.older.clone(),
            cursors: self.cursors.clone(),
            held: self.held.clone(),
            ..Self::new(self.id)
        }
    }

    fn begin_log(&mut self, epoch: u32, after_seq: u64) {
        let moved = self.log.split_off(after_seq);
        self.older.push(self.log.clone());
        self.log = Log::new(self.id, epoch);
        self.log.push(vec![0, 99]);
        moved.into_iter().for_each(|entry| self.log.push(entry));
        self.noted = LogHead::start(self.id, epoch);
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

    pub(crate) fn received(&mut self, message: Message) {
        self.tell(ClientEvent::Received(message));
    }

    pub(crate) fn tell(&mut self, event: ClientEvent) {
        if let Some(session) = &mut self.session {
            self.effects.extend(session.handle(event));
        }
    }

    fn hold(&mut self, scope: ScopeId, items: &[FeedItem]) {
        for item in items {
            let (FeedItem::Own { position }
            | FeedItem::Change { position, .. }
            | FeedItem::Gone { position, .. }
            | FeedItem::Leave { position, .. }
            | FeedItem::Other { position, .. }) = item;
            self.held.insert((scope, *position), item.clone());
        }
    }

    fn compare(&mut self, marks: &[(u64, ChainMark)]) {
        let is_same = |it: &&(u64, ChainMark)| self.log.mark(it.0) == Some(it.1);
        let last = marks.iter().rfind(is_same).map(|it| it.0);
        self.tell(ClientEvent::ChainsCompared(last));
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
            ClientEffect::CompareChains { marks, .. } => self.compare(&marks),
            ClientEffect::BeginLog {
                epoch, continues, ..
            } => {
                self.begin_log(epoch, continues.seq);
                self.tell(ClientEvent::LogBegun(self.log.head()));
            }
            ClientEffect::NoteStored(head) | ClientEffect::NoteLost(head) => self.noted = head,
            ClientEffect::Take(batch) => {
                self.hold(batch.scope(), batch.items());
                self.follow(&batch);
                self.cursors.insert(batch.scope(), batch.cursor());
                self.tell(ClientEvent::Taken(batch.cursor()));
            }
            ClientEffect::ReadHeld { scope, .. } => {
                let held = self.places(scope).into_iter().map(held_at).collect();
                self.tell(ClientEvent::HeldRead { scope, held });
            }
            ClientEffect::NoteNotAtHub { scope, hashes } => {
                self.not_at_hub.insert(scope, hashes.len());
            }
            ClientEffect::ReadProvable { scope, hashes } => {
                self.tell(self.provable(scope, &hashes));
            }
            ClientEffect::ReadMarks {
                scope,
                after,
                up_to,
            } => self.tell(self.marks(scope, after, up_to)),
            ClientEffect::ReadChanges { scope, hashes } => {
                self.tell(self.changes(scope, &hashes));
            }
            ClientEffect::Keep { scope, items } => {
                self.hold(scope, &items);
                self.tell(ClientEvent::Kept { scope });
            }
            ClientEffect::MoveCursor(cursor) => {
                self.cursors.insert(cursor.scope, cursor);
                self.tell(ClientEvent::Taken(cursor));
            }
            ClientEffect::NoteContact(met) => {
                let size = met.checkpoint.and_then(|it| it.parse().ok());
                self.checkpoint = size.or(self.checkpoint);
            }
            ClientEffect::ReadCarried { .. } => self.tell(ClientEvent::CarriedRead(None)),
            ClientEffect::Show(checkpoint) => Link::send(up, &shown(checkpoint)),
            ClientEffect::NoteDelivered(_)
            | ClientEffect::NoteDeclined(_)
            | ClientEffect::NoteShown
            | ClientEffect::TakeRoster(_) => {}
            ClientEffect::TakePack(pack) => self.take_pack(&pack),
            ClientEffect::NoteFetched(answer) => {
                self.fetches.retain(|it| it.entry != answer.entry);
            }
            ClientEffect::Blob(effect) => self.attachment(effect),
            ClientEffect::Finished(summary) => self.finish(summary),
            ClientEffect::Abort(reason) => self.aborted = Some(reason),
        }
        true
    }

    fn attachment(&mut self, effect: ClientBlobEffect) {
        match effect {
            ClientBlobEffect::Read { blob, number } => {
                let group = self.shelf.group(blob, number);
                self.tell(ClientEvent::GroupRead(group));
            }
            ClientBlobEffect::Keep {
                blob,
                number,
                bytes,
                ..
            } => {
                self.shelf.keep(blob, number, bytes);
                let kept = self.wanted(blob);
                self.tell(ClientEvent::GroupKept(kept));
            }
            ClientBlobEffect::NoteAtHub { blob, .. } => {
                self.at_hub.insert(blob);
            }
        }
    }

    fn wanted(&self, blob: Blob) -> Wanted {
        let lacking = self.shelf.lacking(blob);
        Wanted { blob, lacking }
    }

    fn finish(&mut self, summary: Summary) {
        let is_first = self.finished.is_empty();
        self.finished.push(summary);
        if is_first {
            self.tell_of_attachments();
        }
    }

    /// Says what of attachments is to go and to come.
    fn tell_of_attachments(&mut self) {
        let unknown = |it: &&Blob| !self.at_hub.contains(*it);
        let offers: Vec<Blob> = self.offers.iter().filter(unknown).copied().collect();
        let wants = self.wants.iter().map(|it| self.wanted(*it));
        let wants: Vec<Wanted> = wants.filter(|it| !it.lacking.is_empty()).collect();
        if !offers.is_empty() || !wants.is_empty() {
            self.tell(ClientEvent::Attachments { offers, wants });
        }
    }

    /// Returns which places of logs in a scope are held here, own and others'.
    fn places(&self, scope: ScopeId) -> BTreeSet<LogPosition> {
        let own = self.log.heads[1..].iter().zip(&self.log.entries);
        let own = own.filter(|(_, entry)| u32::from(entry[0]) == scope.0);
        let held = self.held.keys().filter(|it| it.0 == scope).map(|it| it.1);
        held.chain(own.map(|(head, _)| head.position())).collect()
    }

    /// Takes a pack, whose marks are the feed's positions.
    fn take_pack(&mut self, pack: &ChartPack) {
        let scope = pack.head().scope;
        let charts = pack.open(&super::hub_key().public()).unwrap();
        let changes = charts.into_iter().flat_map(|chart| {
            let name = chart.chart;
            chart.changes.into_iter().map(move |it| (name, it))
        });
        for (chart, change) in changes {
            let position = change.position;
            let item = match change.payload {
                None => FeedItem::Own { position },
                Some(payload) => FeedItem::Change {
                    position,
                    chart,
                    hlc: change.hlc,
                    person: change.person,
                    payload,
                },
            };
            let before = self.held.insert((scope, position), item.clone());
            assert!(before.is_none_or(|it| it == item), "a pack says it again");
        }
        if pack.is_last() {
            self.packs.remove(&scope);
            self.cursors.insert(scope, pack.head());
        } else {
            self.packs.insert(scope, pack.progress());
        }
        self.tell(ClientEvent::Taken(pack.taken()));
    }
}
