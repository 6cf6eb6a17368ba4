//! What a session asks of the hub's store: who the peer is, what is held for it, what follows in its feeds.

use audit::LogHead;
use crypto::PublicKey;
use record::{DeviceId, ScopeId};
use roster::Device;
use store::{ChartRow, Contact, FeedPlace, FeedRow, StoreError};
use sync::{Holds, HubStanding, PeerStanding};
use wire::limits::{MAX_FEED_ITEMS, MAX_LOGS, MAX_PACK_CHANGES, MAX_QUARANTINED, PACK_READ_BYTES};
use wire::{
    ChainMark, ChartPack, CheckpointMark, Cursor, FeedBatch, FeedDigest, FeedHead, FeedItem,
    ItemMark, PackMark, PackProgress, PackRow, PackWindow, PackedChange, Quarantined, RefusalCode,
    veiled,
};

use crate::compare::leave;
use crate::hub::Hub;

/// What HELLO says that the peer holds, beside its cursors.
#[derive(Debug)]
pub(crate) struct Held {
    /// The places in its logs that it says it holds.
    pub(crate) logs: Vec<LogHead>,
    /// The epoch of its roster.
    pub(crate) roster_epoch: u64,
    /// Its release.
    pub(crate) release: String,
    /// The newest checkpoint: how many entries it stands for, and its mark.
    pub(crate) checkpoint: Option<(u64, CheckpointMark)>,
}

impl Held {
    /// Takes up what HELLO said.
    pub(crate) const fn new(
        logs: Vec<LogHead>,
        roster_epoch: u64,
        release: String,
        checkpoint: Option<(u64, CheckpointMark)>,
    ) -> Self {
        Self {
            logs,
            roster_epoch,
            release,
            checkpoint,
        }
    }
}

impl Hub {
    /// Returns who holds a key, by the roster as it stands.
    pub(crate) fn peer(&self, key: &PublicKey) -> Result<PeerStanding, RefusalCode> {
        let device = self
            .roster
            .device_by_tls(key)
            .ok_or(RefusalCode::NotEnrolled)?;
        if !device.is_active() {
            return Err(RefusalCode::Revoked);
        }
        let Device { id, site, .. } = *device;
        Ok(PeerStanding {
            device: id,
            site,
            scopes: self.roster.scopes_of(site),
        })
    }

    /// Returns what the hub holds for a peer, and notes that it was here.
    pub(crate) fn standing(
        &mut self,
        peer: &PeerStanding,
        cursors: &[Cursor],
        hello: Held,
    ) -> Result<HubStanding, StoreError> {
        self.give_blocks_to_logs(peer.device)?;
        let Held {
            logs,
            roster_epoch,
            release,
            checkpoint,
        } = hello;
        let time_ms = self.world.now_ms();
        self.store.note_contact(&Contact {
            device: peer.device,
            at_ms: time_ms,
            release,
        })?;
        let mut feeds = self.feed_heads(&peer.scopes)?;
        // Most sites never had a guest: a feed that nothing was ever in is not spoken of, unless the peer has some of
        // it from before this hub was restored.
        feeds.retain(|it| {
            let is_known = cursors.iter().any(|cursor| cursor.scope == it.scope);
            it.position > 0 || is_known || !it.scope.is_of_guests()
        });
        let mut at_cursors = Vec::new();
        for cursor in cursors {
            let head = feeds.iter().find(|it| it.scope == cursor.scope);
            let is_newest = head.is_some_and(|it| it.feed_epoch == cursor.feed_epoch);
            if !is_newest {
                // Of an older epoch, what was taken before it went over into the next holds as well.
                let end = self.store.feed_epoch_end(cursor.feed_epoch, cursor.scope)?;
                if end.is_none_or(|end| cursor.position > end) {
                    continue;
                }
            }
            if let Some(digest) = self.store.feed_digest_at(cursor.scope, cursor.position)? {
                at_cursors.push(Cursor {
                    digest: FeedDigest(digest),
                    ..*cursor
                });
            }
        }
        Ok(HubStanding {
            stored: self.stored_of(peer.device, &logs)?,
            held: self.proved(peer.device, &logs)?,
            feeds,
            at_cursors,
            roster: (self.roster.epoch > roster_epoch).then(|| self.signed.clone()),
            time_ms,
            checkpoint: self.store.checkpoint()?,
            shows: match checkpoint {
                Some((size, mark)) if self.is_unknown(size, mark)? => true,
                Some(_) | None => self.is_unknown_roster(roster_epoch)?,
            },
            files_told: self.store.told_whole(peer.device)?,
        })
    }

    /// Returns what is stored of a peer's logs, and of those that it says it carries for devices that are listed.
    fn stored_of(&self, peer: DeviceId, logs: &[LogHead]) -> Result<Vec<LogHead>, StoreError> {
        let mut stored = self.store.log_heads(peer)?;
        for carried in logs.iter().filter(|it| it.device != peer) {
            let LogHead {
                device, epoch, seq, ..
            } = *carried;
            let known = self.roster.device(device).is_some_and(Device::is_active);
            if !known || stored.len() >= MAX_LOGS {
                continue;
            }
            let there = self.store.chain_at(device, epoch, seq)?;
            let there = there.map(|chain| LogHead { chain, ..*carried });
            if let Some(there) = there.filter(|it| veiled(*it) == *carried) {
                // The log may be longer, but whoever carries it could not tell whether that is the same one.
                stored.push(there);
                continue;
            }
            let heads = self.store.log_heads(device)?;
            let head = heads.into_iter().find(|it| it.epoch == epoch);
            stored.push(head.unwrap_or_else(|| LogHead::start(device, epoch)));
        }
        Ok(stored)
    }

    /// Returns those of a peer's heads that are stored as it says.
    fn proved(&self, device: DeviceId, logs: &[LogHead]) -> Result<Vec<LogHead>, StoreError> {
        let mut held = Vec::new();
        for head in logs.iter().filter(|it| it.device == device) {
            if self.store.chain_at(device, head.epoch, head.seq)? == Some(head.chain) {
                held.push(*head);
            }
        }
        Ok(held)
    }

    /// Returns what stands for a device's log at those of the places that are stored.
    pub(crate) fn chains(
        &self,
        device: DeviceId,
        epoch: u32,
        seqs: &[u64],
    ) -> Result<Vec<(u64, ChainMark)>, StoreError> {
        let mut marks = Vec::new();
        for seq in seqs {
            if let Some(chain) = self.store.chain_at(device, epoch, *seq)? {
                marks.push((*seq, ChainMark::of(&chain)));
            }
        }
        Ok(marks)
    }

    /// Returns where the feeds of the scopes end.
    pub(crate) fn feed_heads(&self, scopes: &[ScopeId]) -> Result<Vec<FeedHead>, StoreError> {
        scopes
            .iter()
            .map(|scope| self.store.feed_head(*scope).map(|it| head(&it)))
            .collect()
    }

    /// Reads what follows a position of a feed, for a device: what it wrote and holds comes back as its place only.
    pub(crate) fn read_feed(
        &self,
        reader: (DeviceId, &Holds),
        scope: ScopeId,
        from: u64,
        max_bytes: usize,
    ) -> Result<Option<FeedBatch>, StoreError> {
        let Some(read) = self
            .store
            .read_feed(scope, from, max_bytes, MAX_FEED_ITEMS)?
        else {
            return Ok(None);
        };
        let items = read.rows.into_iter();
        let items = items.map(|place| item(reader, place)).collect();
        FeedBatch::new(
            scope,
            read.feed_epoch,
            read.from,
            FeedDigest(read.digest),
            items,
        )
        .map(Some)
        .map_err(|_bad| StoreError::Damaged {
            doing: "reading a feed",
        })
    }

    /// Packs what follows a mark of a scope's charts, for a device: what it wrote and holds comes back as its place
    /// only. `window` has what the packs before have told it.
    pub(crate) fn read_pack(
        &self,
        reader: (DeviceId, &Holds),
        from: PackProgress,
        window: &mut PackWindow,
    ) -> Result<ChartPack, StoreError> {
        let PackProgress { head, mark: after } = from;
        let after_row = (after.chart, after.change);
        let read =
            self.store
                .read_charts(head.scope, after_row, PACK_READ_BYTES, MAX_PACK_CHANGES)?;
        let rows: Vec<PackRow> = read
            .rows
            .into_iter()
            .map(|(mark, row)| pack_row(reader, mark.into(), row))
            .collect();
        ChartPack::seal_after(window, from, &rows, read.complete, &self.keys.history).map_err(
            |_bad| StoreError::Damaged {
                doing: "packing charts",
            },
        )
    }

    /// Notes how far a device has taken a feed.
    pub(crate) fn note_taken(
        &mut self,
        device: DeviceId,
        cursor: &Cursor,
    ) -> Result<(), StoreError> {
        let Cursor {
            scope,
            feed_epoch,
            position,
            digest,
        } = *cursor;
        self.store.note_taken(
            device,
            &store::Cursor {
                scope,
                feed_epoch,
                position,
                digest: digest.0,
            },
        )
    }

    /// Returns a device's entries that were set aside, from a leaf of the history on.
    pub(crate) fn set_aside_since(
        &self,
        device: DeviceId,
        from_leaf: u64,
    ) -> Result<Vec<Quarantined>, StoreError> {
        let rows = self
            .store
            .quarantined(Some(device), from_leaf)?
            .into_iter()
            .take(MAX_QUARANTINED);
        Ok(rows
            .map(|it| Quarantined {
                position: it.position,
                reason: it.reason,
            })
            .collect())
    }
}

fn pack_row(reader: (DeviceId, &Holds), mark: PackMark, row: ChartRow) -> PackRow {
    let row = match row {
        ChartRow::Change(row) => row,
        ChartRow::Left(chart) => {
            return PackRow {
                mark,
                chart,
                change: None,
            };
        }
    };
    let is_held = is_held_by(reader, &row);
    let change = PackedChange {
        position: row.position,
        hlc: row.hlc,
        person: row.person,
        payload: (!is_held).then_some(row.payload),
    };
    PackRow {
        mark,
        chart: row.chart,
        change: Some(change),
    }
}

/// Tells whether a device holds a change because it wrote it. Of a chart that ever left a scope it may have
/// removed even that.
fn is_held_by((reader, holds): (DeviceId, &Holds), row: &FeedRow) -> bool {
    row.position.device == reader && holds.has(&row.position) && !row.has_left
}

fn head(head: &store::FeedHead) -> FeedHead {
    let store::FeedHead {
        scope,
        feed_epoch,
        position,
        digest,
    } = *head;
    FeedHead {
        scope,
        feed_epoch,
        position,
        digest: FeedDigest(digest),
    }
}

fn item(reader: (DeviceId, &Holds), place: FeedPlace) -> FeedItem {
    match place {
        FeedPlace::Gone {
            position,
            chart,
            hlc,
            person,
            hash,
        } => FeedItem::Gone {
            position,
            hash,
            mark: Some(ItemMark::of_change(position, chart, hlc, person, &hash)),
        },
        FeedPlace::Leave(chart) => leave(chart),
        FeedPlace::Change(row) if is_held_by(reader, &row) => FeedItem::Own {
            position: row.position,
        },
        FeedPlace::Change(row) => change(row),
    }
}

pub(crate) fn change(row: FeedRow) -> FeedItem {
    let FeedRow {
        position,
        chart,
        hlc,
        person,
        payload,
        ..
    } = row;
    FeedItem::Change {
        position,
        chart,
        hlc,
        person,
        payload,
    }
}
