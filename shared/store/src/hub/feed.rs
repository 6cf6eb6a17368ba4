//! What each scope's readers take, in the order of commits.
//!
//! A position is handed out inside the transaction that fills it, under the scope's own row. So no reader ever
//! sees a position before one that is lower, and a cursor passes nothing over.

use std::collections::VecDeque;

use audit::LogPosition;
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use rusqlite::{Connection, params};

use super::entries::{POSITION, position_of};
use super::{FeedHead, FeedPlace, FeedRead, FeedRow, HubStore, moves, one, run};
use crate::database;
use crate::error::Doing as _;
use crate::{Cursor, Snapshot, StoreError, StoredChange};

impl HubStore {
    /// Returns where a scope's feed ends.
    pub fn feed_head(&self, scope: ScopeId) -> Result<FeedHead, StoreError> {
        let (position, digest) = head(&self.connection, scope.0)?;
        Ok(FeedHead {
            scope,
            feed_epoch: self.feed_epoch()?,
            position,
            digest,
        })
    }

    /// Returns a feed's digest at a position; `None` if it does not reach that far.
    pub fn feed_digest_at(
        &self,
        scope: ScopeId,
        position: u64,
    ) -> Result<Option<[u8; 16]>, StoreError> {
        if position == 0 {
            return Ok(Some([0; 16]));
        }
        let sql = "SELECT digest FROM feed WHERE scope = ?1 AND position = ?2";
        let doing = "read a feed's digest";
        match self.one_at(sql, params![scope.0, position], doing, |row| row.get(0))? {
            Some(digest) => Ok(Some(digest)),
            None => moves::digest_at(&self.connection, scope, position),
        }
    }

    /// Reads a feed after a position: at most this many bytes and rows, but at least one row. `None` at its end.
    pub fn read_feed(
        &self,
        scope: ScopeId,
        from: u64,
        max_bytes: usize,
        max_rows: usize,
    ) -> Result<Option<FeedRead>, StoreError> {
        let doing = "read a feed";
        let sql = format!(
            "SELECT {POSITION}, chart.name, hlc, person, hash, payload, digest, position,
                    EXISTS (SELECT 1 FROM parting WHERE parting.chart = applied.chart),
                    EXISTS (SELECT 1 FROM member WHERE member.chart = applied.chart AND member.scope = ?1)
             FROM feed JOIN applied ON applied.id = feed.change JOIN chart ON chart.id = applied.chart
             WHERE scope = ?1 AND position > ?2 ORDER BY position LIMIT ?3"
        );
        let limit = max_rows.max(1);
        let mut leaving = VecDeque::from(moves::partings(&self.connection, scope, from, limit)?);
        let mut statement = self.connection.prepare_cached(&sql).doing(doing)?;
        let mut rows = statement
            .query(params![scope.0, from, limit])
            .doing(doing)?;
        let mut read = FeedRead {
            feed_epoch: self.feed_epoch()?,
            from,
            digest: [0; 16],
            rows: Vec::new(),
        };
        let mut size = 0_usize;
        while read.rows.len() < limit {
            let expected = from
                .saturating_add(read.rows.len() as u64)
                .saturating_add(1);
            if let Some(parting) = leaving.front().copied().filter(|it| it.place == expected) {
                leaving.pop_front();
                read.digest = parting.digest;
                read.rows.push(FeedPlace::Leave(parting.chart));
                continue;
            }
            let Some(row) = rows.next().doing(doing)? else {
                break;
            };
            let item = feed_row(row).doing(doing)?;
            let is_member: bool = row.get(11).doing(doing)?;
            size = size.saturating_add(item.payload.len());
            if size > max_bytes && !read.rows.is_empty() {
                break;
            }
            // A hole would make a cursor pass over what was there.
            if row.get::<_, u64>(9).doing(doing)? != expected {
                return Err(StoreError::Damaged { doing });
            }
            read.digest = row.get(8).doing(doing)?;
            read.rows.push(if is_member {
                FeedPlace::Change(item)
            } else {
                FeedPlace::Gone {
                    position: item.position,
                    chart: item.chart,
                    hlc: item.hlc,
                    person: item.person,
                    hash: item.hash,
                }
            });
        }
        Ok(if read.rows.is_empty() {
            None
        } else {
            Some(read)
        })
    }

    /// Remembers how far a device has taken a feed.
    pub fn note_taken(&mut self, device: DeviceId, cursor: &Cursor) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            run(
                connection,
                "INSERT INTO taken (device, scope, feed_epoch, position, digest) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (device, scope) DO UPDATE SET feed_epoch = excluded.feed_epoch,
                 position = excluded.position, digest = excluded.digest",
                params![device.0, cursor.scope.0, cursor.feed_epoch, cursor.position, cursor.digest],
                "note what a device has taken",
            )
            .map(drop)
        })
    }

    /// Returns how far a device has taken its feeds.
    pub fn taken(&self, device: DeviceId) -> Result<Vec<Cursor>, StoreError> {
        let sql = "SELECT scope, feed_epoch, position, digest FROM taken WHERE device = ?1 ORDER BY scope";
        self.all(sql, [device.0], "read what a device has taken", |row| {
            Ok(Cursor {
                scope: ScopeId(row.get(0)?),
                feed_epoch: row.get(1)?,
                position: row.get(2)?,
                digest: row.get(3)?,
            })
        })
    }

    /// Returns a chart's saved document.
    pub fn snapshot(&self, chart: ChartId) -> Result<Option<Snapshot>, StoreError> {
        let sql = "SELECT bytes, heads FROM snapshot WHERE chart = (SELECT id FROM chart WHERE name = ?1)";
        self.one(sql, [chart.as_bytes()], "read a chart's document", |row| {
            let heads: Vec<u8> = row.get(1)?;
            Ok(Snapshot {
                bytes: row.get(0)?,
                heads: heads.as_chunks::<32>().0.to_vec(),
            })
        })
    }

    /// Returns a chart's applied changes in the order they were applied.
    pub fn changes_of(&self, chart: ChartId) -> Result<Vec<StoredChange>, StoreError> {
        let sql = format!(
            "SELECT {POSITION}, hlc, person, hash, payload FROM applied
             WHERE chart = (SELECT id FROM chart WHERE name = ?1) ORDER BY id"
        );
        self.all(&sql, [chart.as_bytes()], "read a chart's changes", |row| {
            Ok(StoredChange {
                position: position_of(row, 0)?,
                hlc: hlc_of(row.get(3)?),
                person: PersonId(row.get(4)?),
                hash: row.get(5)?,
                bytes: row.get(6)?,
            })
        })
    }

    /// Returns the hash of the change of a chart that was applied last; none if none was.
    pub fn newest_change_of(&self, chart: ChartId) -> Result<Option<[u8; 32]>, StoreError> {
        let sql = "SELECT hash FROM change WHERE chart = (SELECT id FROM chart WHERE name = ?1)
                   ORDER BY id DESC LIMIT 1";
        let doing = "read a chart's newest change";
        self.one(sql, [chart.as_bytes()], doing, |row| row.get(0))
    }

    /// Returns every chart that the hub holds: those with changes, with or without a document, and those with a
    /// document, with or without changes.
    pub fn charts(&self) -> Result<Vec<ChartId>, StoreError> {
        let sql = "SELECT name FROM chart
                   WHERE id IN (SELECT chart FROM change UNION SELECT chart FROM snapshot) ORDER BY id";
        self.all(sql, [], "list charts", |row| row.get(0).map(ChartId::new))
    }

    /// Returns the scopes a chart is in.
    pub fn scopes_of(&self, chart: ChartId) -> Result<Vec<ScopeId>, StoreError> {
        let sql = "SELECT scope FROM member WHERE chart = (SELECT id FROM chart WHERE name = ?1) ORDER BY scope";
        self.all(sql, [chart.as_bytes()], "read a chart's scopes", |row| {
            row.get(0).map(ScopeId)
        })
    }

    /// Returns which epoch of the feeds is the newest.
    pub fn feed_epoch(&self) -> Result<u32, StoreError> {
        let doing = "read the feeds' epoch";
        let epoch = self.one("SELECT feed_epoch FROM hub", [], doing, |row| row.get(0))?;
        epoch.ok_or(StoreError::Damaged { doing })
    }
}

/// Puts a chart into a scope. What was applied to it before goes into the scope's feed now.
pub(super) fn join(connection: &Connection, chart: i64, scope: u32) -> Result<(), StoreError> {
    let doing = "put a chart into a scope";
    let sql = "INSERT OR IGNORE INTO member (chart, scope) VALUES (?1, ?2)";
    if run(connection, sql, params![chart, scope], doing)? == 0 {
        return Ok(());
    }
    let before: Vec<(i64, [u8; 32])> = {
        let sql = "SELECT id, hash FROM change WHERE chart = ?1 ORDER BY id";
        let mut statement = connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map([chart], |row| Ok((row.get(0)?, row.get(1)?)))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)?
    };
    for (change, hash) in before {
        append(connection, scope, change, &hash)?;
    }
    Ok(())
}

/// Adds a change to a scope's feed.
pub(super) fn append(
    connection: &Connection,
    scope: u32,
    change: i64,
    hash: &[u8; 32],
) -> Result<(), StoreError> {
    let doing = "add to a feed";
    let (position, digest) = head(connection, scope)?;
    let position = position
        .checked_add(1)
        .ok_or(StoreError::Refused { doing })?;
    let digest = add(digest, hash);
    move_head(connection, scope, position, digest)?;
    run(
        connection,
        "INSERT INTO feed (scope, position, change, digest) VALUES (?1, ?2, ?3, ?4)",
        params![scope, position, change, digest],
        doing,
    )
    .map(drop)
}

/// Moves the end of a feed.
pub(super) fn move_head(
    connection: &Connection,
    scope: u32,
    position: u64,
    digest: [u8; 16],
) -> Result<(), StoreError> {
    run(
        connection,
        "INSERT INTO scope (scope, position, digest) VALUES (?1, ?2, ?3)
         ON CONFLICT (scope) DO UPDATE SET position = excluded.position, digest = excluded.digest",
        params![scope, position, digest],
        "move the end of a feed",
    )
    .map(drop)
}

pub(super) fn head(connection: &Connection, scope: u32) -> Result<(u64, [u8; 16]), StoreError> {
    let sql = "SELECT position, digest FROM scope WHERE scope = ?1";
    let head = one(connection, sql, [scope], "find a feed's head", |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(head.unwrap_or((0, [0; 16])))
}

/// Adds a change's hash, or the name of a chart that leaves, to a digest: the sum of their first 16 bytes as big-endian
/// numbers, modulo 2¹²⁸.
pub(super) fn add(digest: [u8; 16], item: &[u8]) -> [u8; 16] {
    let first = item.first_chunk().map_or(0, |it| u128::from_be_bytes(*it));
    u128::from_be_bytes(digest)
        .wrapping_add(first)
        .to_be_bytes()
}

pub(super) fn feed_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<FeedRow> {
    let position: LogPosition = position_of(row, 0)?;
    Ok(FeedRow {
        position,
        chart: ChartId::new(row.get(3)?),
        hlc: hlc_of(row.get(4)?),
        person: PersonId(row.get(5)?),
        hash: row.get(6)?,
        payload: row.get(7)?,
        has_left: row.get(10)?,
    })
}

pub(super) fn hlc_of(bits: i64) -> Hlc {
    Hlc::from_u64(bits.cast_unsigned())
}
