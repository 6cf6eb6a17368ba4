//! A hub in memory, with a driver that carries out one effect at a time.

mod end;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use audit::LogPosition;
use crypto::Blob;
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId, SiteId};
use wire::{
    ChartPack, Cursor, FeedBatch, FeedDigest, FeedHead, FeedItem, Fetch, Fetched, PackMark,
    PackRow, PackedChange, RefusalCode, Segment, Versions,
};

use super::blobs::Shelf;
use super::{Link, Log};
use crate::{
    Held, Holds, HubBlobEffect, HubEffect, HubEvent, HubSession, HubStanding, IngestRefusal,
    JudgedBlob, PeerStanding,
};

/// A hub: logs, feeds, and who is entitled to which.
#[derive(Debug, Clone)]
pub(crate) struct Hub {
    entitled: Vec<Vec<ScopeId>>,
    logs: BTreeMap<(DeviceId, u32), Log>,
    /// How many entries of each log are merged.
    merged: BTreeMap<(DeviceId, u32), usize>,
    pub(crate) feeds: BTreeMap<ScopeId, Vec<(LogPosition, Vec<u8>)>>,
    pub(crate) feed_epoch: u32,
    /// Where the feeds of older epochs went over into those of the next.
    pub(crate) ended: Vec<(u32, BTreeMap<ScopeId, u64>)>,
    /// The checkpoints that were shown and none of this history.
    pub(crate) proofs: Vec<String>,
    /// How many items a batch takes.
    pub(crate) per_batch: usize,
    /// How many changes a pack takes.
    pub(crate) per_pack: usize,
    /// The versions of the protocol that it speaks.
    pub(crate) versions: Versions,
    pub(super) grown: bool,
    /// How many changes it was given back.
    pub(crate) given_back: usize,
    /// The feed that brings what was asked for: each FETCH adds a change to it.
    pub(crate) guests: Option<ScopeId>,
    /// The bytes of attachments.
    pub(crate) shelf: Shelf,
    /// Those that charts name.
    pub(crate) named: BTreeSet<Blob>,
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
            ended: Vec::new(),
            proofs: Vec::new(),
            per_batch: 3,
            per_pack: 2,
            guests: None,
            shelf: Shelf::default(),
            named: BTreeSet::new(),
            versions: Versions::SPOKEN,
            grown: false,
            given_back: 0,
        }
    }

    pub(crate) fn log(&self, device: DeviceId, epoch: u32) -> Log {
        self.logs
            .get(&(device, epoch))
            .cloned()
            .unwrap_or_else(|| Log::new(device, epoch))
    }

    pub(crate) fn set_log(&mut self, device: DeviceId, log: Log) {
        self.logs.insert((device, log.head().epoch), log);
    }

    fn log_heads(&self, device: DeviceId) -> Vec<audit::LogHead> {
        let logs = self.logs.iter().filter(|((of, _), _)| *of == device);
        logs.map(|(_, log)| log.head()).collect()
    }

    /// Returns those of the heads that are the hub's too.
    fn held(&self, heads: Vec<audit::LogHead>) -> Vec<audit::LogHead> {
        let is_ours = |head: &audit::LogHead| {
            let log = self.log(head.device, head.epoch);
            log.heads.contains(head)
        };
        heads.into_iter().filter(is_ours).collect()
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
        let hashes = rows.iter().map(|(at, _)| hash_of(*at));
        let digest = hashes.fold(FeedDigest::EMPTY, |digest, hash| digest.with(&hash));
        Some(FeedHead {
            scope,
            feed_epoch: self.feed_epoch,
            position,
            digest,
        })
    }

    pub(crate) fn heads(&self, scopes: &[ScopeId]) -> Vec<FeedHead> {
        let end = |scope: &ScopeId| self.head(*scope, self.feeds.get(scope)?.len() as u64);
        scopes.iter().filter_map(end).collect()
    }

    /// Says what a cursor ought to be, if it can be told.
    fn at_cursor(&self, cursor: &Cursor) -> Option<Cursor> {
        if cursor.feed_epoch != self.feed_epoch {
            let (_, ends) = self.ended.iter().find(|it| it.0 == cursor.feed_epoch)?;
            ends.get(&cursor.scope)
                .filter(|end| cursor.position <= **end)?;
        }
        let head = self.head(cursor.scope, cursor.position)?;
        Some(Cursor {
            feed_epoch: cursor.feed_epoch,
            ..head
        })
    }

    /// Begins another epoch of every feed, as a hub does that learns that it was restored.
    pub(crate) fn begin_epoch(&mut self) {
        let ends = self
            .feeds
            .iter()
            .map(|(scope, rows)| (*scope, rows.len() as u64));
        self.ended.push((self.feed_epoch, ends.collect()));
        self.feed_epoch += 1;
    }

    /// Returns how many entries are stored: the size of its history.
    pub(crate) fn size(&self) -> u64 {
        self.logs.values().map(|it| it.entries.len() as u64).sum()
    }

    fn ingest(&mut self, segment: &Segment) -> Result<audit::LogHead, IngestRefusal> {
        let log = self
            .logs
            .entry((segment.device(), segment.before().epoch))
            .or_insert_with(|| Log::new(segment.device(), segment.before().epoch));
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
                let position = head.position();
                let given_back =
                    |feed: &Vec<(LogPosition, Vec<u8>)>| feed.iter().any(|it| it.0 == position);
                if let Some(feed) = self.feeds.get_mut(&scope).filter(|it| !given_back(it)) {
                    feed.push((head.position(), entry.clone()));
                    self.grown = true;
                }
            }
            *merged = log.entries.len();
        }
    }

    fn read(
        &self,
        scope: ScopeId,
        from: u64,
        (reader, holds): (DeviceId, &Holds),
    ) -> Option<FeedBatch> {
        let rows = self
            .feeds
            .get(&scope)?
            .get(usize::try_from(from).unwrap()..)?;
        let items: Vec<FeedItem> = rows
            .iter()
            .take(self.per_batch)
            .map(|(position, entry)| {
                if position.device == reader && holds.has(position) {
                    return FeedItem::Own {
                        position: *position,
                    };
                }
                change(*position, entry)
            })
            .collect();
        let digest = self.head(scope, from + items.len() as u64)?.digest;
        let batch = FeedBatch::new(scope, self.feed_epoch, from, digest, items).ok()?;
        Some(self.sealed(batch))
    }
}

impl Hub {
    /// Packs what follows a mark, which is a position of the feed.
    pub(crate) fn pack(
        &self,
        head: FeedHead,
        after: PackMark,
        (reader, holds): (DeviceId, &Holds),
    ) -> ChartPack {
        let feed = &self.feeds[&head.scope][..usize::try_from(head.position).unwrap()];
        let rows: Vec<PackRow> = (1..)
            .zip(feed)
            .skip(usize::try_from(after.change).unwrap())
            .map(|(at, (position, entry))| PackRow {
                mark: PackMark {
                    chart: 1,
                    change: at,
                },
                chart: ChartId::new([1; 16]),
                change: Some(PackedChange {
                    position: *position,
                    hlc: Hlc::default(),
                    person: PersonId(1),
                    payload: (position.device != reader || !holds.has(position))
                        .then(|| entry.clone()),
                }),
            })
            .collect();
        let complete = rows.len() <= self.per_pack;
        let taken = &rows[..rows.len().min(self.per_pack)];
        ChartPack::seal(head, after, taken, complete, &super::hub_key()).unwrap()
    }

    fn fetch(&mut self, fetch: &Fetch) -> Fetched {
        let feed = self.guests.and_then(|scope| {
            self.feeds
                .entry(scope)
                .or_default()
                .push((fetch.entry, fetch.number.as_bytes().to_vec()));
            self.grown = true;
            self.heads(&[scope]).pop()
        });
        Fetched {
            entry: fetch.entry,
            code: feed.map_or(RefusalCode::ChartUnknown, |_| RefusalCode::Done),
            feed,
            until_ms: 0,
        }
    }
}

impl Hub {
    fn lacking(&self, blob: Blob) -> HubEvent {
        let known = self.named.contains(&blob);
        let lacking = known.then(|| self.shelf.lacking(blob));
        let lacking = lacking.ok_or(RefusalCode::BlobUnknown);
        HubEvent::BlobJudged(JudgedBlob {
            blob,
            lacking,
            told: 0,
        })
    }

    /// Does something for an attachment's bytes.
    fn attachment(&mut self, effect: HubBlobEffect) -> HubEvent {
        match effect {
            HubBlobEffect::Judge(blob) => self.lacking(blob),
            HubBlobEffect::Keep {
                blob,
                number,
                bytes,
                ..
            } => {
                self.shelf.keep(blob, number, bytes);
                self.lacking(blob)
            }
            HubBlobEffect::Read { blob, number } => {
                let group = self.shelf.group(blob, number);
                let group = group.ok_or(RefusalCode::BlobMissing);
                let known = self.named.contains(&blob);
                let group = if known {
                    group
                } else {
                    Err(RefusalCode::BlobUnknown)
                };
                HubEvent::GroupRead { blob, group }
            }
        }
    }

    /// Returns some of the changes that are wanted of a scope.
    fn wanted(&self, scope: ScopeId, hashes: &[[u8; 32]]) -> HubEvent {
        let rows = &self.feeds[&scope];
        let of = |hash: &[u8; 32]| rows.iter().find(|(at, _)| hash_of(*at) == *hash);
        let found = hashes.iter().take(self.per_batch).filter_map(of);
        HubEvent::WantedRead {
            scope,
            answered: hashes.len().min(self.per_batch),
            items: found.map(|(at, entry)| change(*at, entry)).collect(),
        }
    }
}

pub(super) fn change(position: LogPosition, entry: &[u8]) -> FeedItem {
    FeedItem::Change {
        position,
        chart: ChartId::new([1; 16]),
        hlc: Hlc::default(),
        person: PersonId(1),
        payload: entry.to_vec(),
    }
}

/// Stands for the change at a place: any two differ, also in what a digest takes.
pub(crate) fn hash_of(position: LogPosition) -> [u8; 32] {
    let word =
        (u64::from(position.device.0) << 32 | position.seq).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut hash = [7; 32];
    hash[..8].copy_from_slice(&word.to_be_bytes());
    hash[8..16].copy_from_slice(&position.seq.to_be_bytes());
    hash
}

pub(crate) fn held(position: LogPosition) -> Held {
    Held {
        at_ms: position.seq,
        hash: hash_of(position),
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
