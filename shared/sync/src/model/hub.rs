//! A hub in memory, with a driver that carries out one effect at a time.

use std::collections::{BTreeMap, VecDeque};

use audit::LogPosition;
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId, SiteId};
use wire::{Cursor, FeedBatch, FeedDigest, FeedHead, FeedItem, RefusalCode, Segment, Versions};

use super::{Link, Log};
use crate::{HubEffect, HubEvent, HubSession, HubStanding, IngestRefusal, PeerStanding};

/// A hub: logs, feeds, and who is entitled to which.
#[derive(Debug)]
pub(crate) struct Hub {
    entitled: Vec<Vec<ScopeId>>,
    logs: BTreeMap<DeviceId, Log>,
    /// How many entries of each log are merged.
    merged: BTreeMap<DeviceId, usize>,
    pub(crate) feeds: BTreeMap<ScopeId, Vec<(LogPosition, Vec<u8>)>>,
    pub(crate) feed_epoch: u32,
    /// How many items a batch takes.
    pub(crate) per_batch: usize,
    /// The versions of the protocol that it speaks.
    pub(crate) versions: Versions,
    grown: bool,
}

/// The hub's end of one link.
#[derive(Debug)]
pub(crate) struct HubEnd {
    peer: PeerStanding,
    pub(crate) session: HubSession,
    pub(crate) effects: VecDeque<HubEffect>,
    pub(crate) closed: Option<RefusalCode>,
    pub(crate) taken: Vec<Cursor>,
}

impl Hub {
    pub(crate) fn new(entitled: Vec<Vec<ScopeId>>) -> Self {
        let feeds = entitled
            .iter()
            .flatten()
            .map(|scope| (*scope, Vec::new()))
            .collect();
        Self {
            entitled,
            logs: BTreeMap::new(),
            merged: BTreeMap::new(),
            feeds,
            feed_epoch: 1,
            per_batch: 3,
            versions: Versions::SPOKEN,
            grown: false,
        }
    }

    pub(crate) fn log(&self, device: DeviceId) -> Log {
        self.logs
            .get(&device)
            .cloned()
            .unwrap_or_else(|| Log::new(device))
    }

    pub(crate) fn set_log(&mut self, device: DeviceId, log: Log) {
        self.logs.insert(device, log);
    }

    pub(crate) fn is_entitled(&self, who: usize, scope: ScopeId) -> bool {
        self.entitled[who].contains(&scope)
    }

    pub(crate) fn grown(&mut self) -> bool {
        std::mem::take(&mut self.grown)
    }

    pub(crate) fn admit(&self, who: usize) -> HubEnd {
        let peer = PeerStanding {
            device: DeviceId(u32::try_from(who).unwrap() + 1),
            site: SiteId(1),
            scopes: self.entitled[who].clone(),
        };
        HubEnd {
            session: HubSession::new(peer.clone(), self.versions),
            peer,
            effects: VecDeque::new(),
            closed: None,
            taken: Vec::new(),
        }
    }

    pub(crate) fn head(&self, scope: ScopeId, position: u64) -> Option<FeedHead> {
        let rows = self
            .feeds
            .get(&scope)?
            .get(..usize::try_from(position).ok()?)?;
        let sum: u128 = rows.iter().map(|(at, _)| u128::from(at.seq) + 1).sum();
        let (feed_epoch, digest) = (self.feed_epoch, FeedDigest(sum.to_be_bytes()));
        Some(FeedHead {
            scope,
            feed_epoch,
            position,
            digest,
        })
    }

    pub(crate) fn heads(&self, scopes: &[ScopeId]) -> Vec<FeedHead> {
        let end = |scope: &ScopeId| self.head(*scope, self.feeds.get(scope)?.len() as u64);
        scopes.iter().filter_map(end).collect()
    }

    fn ingest(&mut self, segment: &Segment) -> Result<audit::LogHead, IngestRefusal> {
        let log = self
            .logs
            .entry(segment.device())
            .or_insert_with(|| Log::new(segment.device()));
        let before = segment.before();
        let known = log.heads.get(usize::try_from(before.seq).unwrap());
        match known {
            None => return Err(IngestRefusal::Gap),
            Some(known) if *known != before => return Err(IngestRefusal::Fork),
            Some(_) => {}
        }
        for (at, entry) in (before.seq..).zip(entries_of(segment)) {
            match log.entries.get(usize::try_from(at).unwrap()) {
                Some(known) if *known != entry => return Err(IngestRefusal::Fork),
                Some(_) => {}
                None => log.push(entry),
            }
        }
        let end = usize::try_from(segment.last_seq()).unwrap();
        Ok(log.heads[end])
    }

    /// Merges everything that is stored: hands each entry to its scope's feed.
    pub(crate) fn settle(&mut self) {
        for (device, log) in &self.logs {
            let merged = self.merged.entry(*device).or_insert(0);
            for (entry, head) in log.entries.iter().zip(&log.heads[1..]).skip(*merged) {
                let scope = ScopeId(u32::from(entry[0]));
                if let Some(feed) = self.feeds.get_mut(&scope) {
                    feed.push((head.position(), entry.clone()));
                    self.grown = true;
                }
            }
            *merged = log.entries.len();
        }
    }

    fn read(&self, scope: ScopeId, from: u64, reader: DeviceId) -> Option<FeedBatch> {
        let rows = self
            .feeds
            .get(&scope)?
            .get(usize::try_from(from).unwrap()..)?;
        let items: Vec<FeedItem> = rows
            .iter()
            .take(self.per_batch)
            .map(|(position, entry)| {
                if position.device == reader {
                    return FeedItem::Own {
                        position: *position,
                    };
                }
                FeedItem::Change {
                    position: *position,
                    chart: ChartId::new([1; 16]),
                    hlc: Hlc::default(),
                    person: PersonId(1),
                    payload: entry.clone(),
                }
            })
            .collect();
        let digest = self.head(scope, from + items.len() as u64)?.digest;
        FeedBatch::new(scope, self.feed_epoch, from, digest, items).ok()
    }
}

impl HubEnd {
    pub(crate) fn received(&mut self, message: wire::Message) {
        self.tell(HubEvent::Received(message));
    }

    pub(crate) fn feeds_grew(&mut self) {
        for scope in 0..9 {
            self.tell(HubEvent::FeedGrew {
                scope: ScopeId(scope),
            });
        }
    }

    pub(crate) fn tell(&mut self, event: HubEvent) {
        self.effects.extend(self.session.handle(event));
    }

    /// Carries out one effect.
    pub(crate) fn step(&mut self, hub: &mut Hub, down: &mut VecDeque<Vec<u8>>) -> bool {
        let Some(effect) = self.effects.pop_front() else {
            return false;
        };
        match effect {
            HubEffect::Send(message) => Link::send(down, &message),
            HubEffect::ReadStanding { cursors, .. } => {
                let at = |cursor: &Cursor| hub.head(cursor.scope, cursor.position);
                let at_cursors = cursors.iter().filter_map(at).collect();
                let standing = HubStanding {
                    stored: vec![hub.log(self.peer.device).head()],
                    feeds: hub.heads(&self.peer.scopes),
                    at_cursors,
                    roster: None,
                    time_ms: 7,
                    checkpoint: None,
                };
                self.tell(HubEvent::Standing(standing));
            }
            HubEffect::Ingest(segment) => {
                let result = hub.ingest(&segment);
                self.tell(HubEvent::Ingested(result));
            }
            HubEffect::Settle => {
                hub.settle();
                let feeds = hub.heads(&self.peer.scopes);
                self.tell(HubEvent::Settled {
                    feeds,
                    quarantined: Vec::new(),
                });
            }
            HubEffect::ReadFeed { scope, from, .. } => {
                let batch = hub.read(scope, from, self.peer.device);
                self.tell(HubEvent::FeedRead { scope, batch });
            }
            HubEffect::NoteTaken(cursor) => self.taken.push(cursor),
            HubEffect::Close(code) => self.closed = Some(code),
        }
        true
    }
}

/// Reads what `super::segment` wrote.
fn entries_of(segment: &Segment) -> Vec<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Shape {
        z: serde_bytes::ByteBuf,
    }

    let bytes = serde_ipld_dagcbor::to_vec(segment).unwrap();
    let shape: Shape = serde_ipld_dagcbor::from_slice(&bytes).unwrap();
    let entries: Vec<serde_bytes::ByteBuf> = serde_ipld_dagcbor::from_slice(&shape.z[1..]).unwrap();
    entries
        .into_iter()
        .map(serde_bytes::ByteBuf::into_vec)
        .collect()
}
