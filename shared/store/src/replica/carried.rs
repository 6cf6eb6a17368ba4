//! Runs of other devices' logs, kept as they were signed until the hub has them.

use audit::{ChainHash, LogHead, LogPosition};
use record::{DeviceId, ScopeId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{ForeignChange, ReplicaStore};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// An entry of a log that is carried: the hub may not have it.
pub(super) const NOT_CARRIED: &str = "NOT EXISTS (SELECT 1 FROM carried_log
     WHERE carried_log.device = entry.device AND carried_log.epoch = entry.epoch
     AND entry.seq > carried_log.begins AND entry.seq <= carried_log.ends)";

/// Of another device's log: what is carried of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarriedLog {
    /// The place before the first entry that the hub may lack.
    pub begins: u64,
    /// The last entry that is carried.
    pub head: LogHead,
    /// Whether the hub does not take it.
    pub declined: bool,
}

/// A segment of another device's log.
#[derive(Clone, PartialEq, Eq)]
pub struct NewCarried {
    /// The place before its first entry.
    pub before: u64,
    /// The head after its last entry.
    pub after: LogHead,
    /// The segment as it was signed.
    pub bytes: Vec<u8>,
}

record::discreet!(NewCarried);

impl ReplicaStore {
    /// Returns what is carried of other devices' logs, in order.
    pub fn carried_logs(&self) -> Result<Vec<CarriedLog>, StoreError> {
        let doing = "list what is carried";
        let sql = "SELECT device, epoch, begins, ends, chain, declined FROM carried_log ORDER BY device, epoch";
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement.query_map([], carried_log).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Returns the segment that holds the entry after a place of a carried log, as it was signed.
    pub fn carried_after(
        &self,
        device: DeviceId,
        epoch: u32,
        after: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT bytes FROM carried WHERE device = ?1 AND epoch = ?2 AND ends > ?3 ORDER BY ends LIMIT 1",
            )
            .and_then(|mut it| {
                it.query_row(params![device.0, epoch, after], |row| row.get(0)).optional()
            })
            .doing("read what is carried")
    }

    /// Returns how many bytes of a log are carried.
    pub fn carried_bytes(&self, device: DeviceId, epoch: u32) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT coalesce(sum(length(bytes)), 0) FROM carried WHERE device = ?1 AND epoch = ?2",
            )
            .and_then(|mut it| it.query_row(params![device.0, epoch], |row| row.get(0)))
            .doing("measure what is carried")
    }

    /// Lets go of what the hub has: a log up to this place.
    pub fn note_delivered(
        &mut self,
        device: DeviceId,
        epoch: u32,
        seq: u64,
    ) -> Result<(), StoreError> {
        let doing = "let go of what the hub has";
        database::write(&mut self.connection, |connection| {
            let known = params![device.0, epoch, seq];
            for sql in [
                "DELETE FROM carried WHERE device = ?1 AND epoch = ?2 AND ends <= ?3",
                "DELETE FROM carried_log WHERE device = ?1 AND epoch = ?2 AND ends <= ?3",
                "UPDATE carried_log SET begins = max(begins, ?3) WHERE device = ?1 AND epoch = ?2",
                // What it declined of this device before is in the later log, which it takes.
                "DELETE FROM carried_log WHERE device = ?1 AND epoch < ?2 AND declined = 1 AND ?3 > 0",
            ] {
                connection
                    .prepare_cached(sql)
                    .and_then(|mut it| it.execute(known))
                    .doing(doing)?;
            }
            Ok(())
        })
    }

    /// Lets go of a log that the hub does not take. What came of it stays, and nothing that goes to the hub refers to it.
    pub fn note_declined(&mut self, device: DeviceId, epoch: u32) -> Result<(), StoreError> {
        let doing = "let go of what the hub does not take";
        database::write(&mut self.connection, |connection| {
            for sql in [
                "DELETE FROM carried WHERE device = ?1 AND epoch = ?2",
                "UPDATE carried_log SET declined = 1 WHERE device = ?1 AND epoch = ?2",
            ] {
                connection
                    .prepare_cached(sql)
                    .and_then(|mut it| it.execute(params![device.0, epoch]))
                    .doing(doing)?;
            }
            Ok(())
        })
    }

    /// Returns the changes of a log after a place, up to a head, that are held here, each with a scope of its chart: zero
    /// for one that is in none yet.
    pub fn changes_in(
        &self,
        head: LogHead,
        after: u64,
    ) -> Result<Vec<(ScopeId, [u8; 32])>, StoreError> {
        let doing = "list the changes of a log";
        let sql = "SELECT coalesce((SELECT min(scope) FROM member WHERE member.chart = entry.chart), 0), hash
                   FROM entry WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND seq <= ?4 AND kind = 1 AND state < 2";
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map(params![head.device.0, head.epoch, after, head.seq], |row| {
                Ok((ScopeId(row.get(0)?), row.get(1)?))
            })
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Returns the first entry after a place of an own log that is about a chart which is in scopes, and in none of
    /// these; or about one that was in scopes and has left them all. One that was in none yet is the site's own.
    pub fn first_outside(
        &self,
        log: LogHead,
        after: u64,
        scopes: &[ScopeId],
    ) -> Result<Option<u64>, StoreError> {
        let doing = "look for what another site may not hold";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT seq, scope FROM entry JOIN member ON member.chart = entry.chart
                 WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND entry.chart <> 0
                 UNION ALL SELECT seq, 0 FROM entry
                 WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND entry.chart <> 0
                 AND (entry.chart IN (SELECT chart FROM leaving) OR EXISTS (
                     SELECT 1 FROM entry AS other WHERE other.chart = entry.chart AND other.kind = 1 AND other.state = 3))
                 AND NOT EXISTS (SELECT 1 FROM member WHERE member.chart = entry.chart)
                 ORDER BY seq",
            )
            .doing(doing)?;
        let mut rows = statement
            .query(params![log.device.0, log.epoch, after])
            .doing(doing)?;
        // An entry comes once with each scope of its chart, and one of them is enough.
        let (mut at, mut inside) = (after, true);
        while let Some(row) = rows.next().doing(doing)? {
            let seq: u64 = row.get(0).doing(doing)?;
            if seq != at {
                if !inside {
                    break;
                }
                (at, inside) = (seq, false);
            }
            inside |= scopes.contains(&ScopeId(row.get(1).doing(doing)?));
        }
        Ok((!inside).then_some(at))
    }

    /// Tells whether a chart was here and was removed: nothing of it is shown any more.
    pub fn is_gone(&self, chart: record::ChartId) -> Result<bool, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM chart WHERE name = ?1
                     AND NOT EXISTS (SELECT 1 FROM member WHERE member.chart = chart.id)
                     AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.chart = chart.id AND kind = 1 AND state <> 3))
                 OR EXISTS (SELECT 1 FROM leaving JOIN chart ON chart.id = leaving.chart WHERE name = ?1)",
            )
            .and_then(|mut it| it.query_row([chart.as_bytes()], |row| row.get(0)))
            .doing("look whether a chart has left")
    }
}

/// Keeps a segment. What is carried already is passed over.
pub(super) fn keep(connection: &Connection, new: &NewCarried) -> Result<(), StoreError> {
    let doing = "keep a segment of another device";
    let LogHead {
        device,
        epoch,
        seq,
        chain,
    } = new.after;
    connection
        .prepare_cached(
            "INSERT INTO carried_log (device, epoch, begins, ends, chain, declined) VALUES (?1, ?2, ?3, ?4, ?5, 0)
             ON CONFLICT (device, epoch) DO UPDATE SET ends = excluded.ends, chain = excluded.chain
             WHERE excluded.ends > ends",
        )
        .and_then(|mut it| it.execute(params![device.0, epoch, new.before, seq, chain.as_bytes()]))
        .doing(doing)?;
    connection
        .prepare_cached(
            "INSERT INTO carried (device, epoch, ends, bytes) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )
        .and_then(|mut it| it.execute(params![device.0, epoch, seq, new.bytes]))
        .doing(doing)?;
    Ok(())
}

/// Moves another change out of a place that the hub gives to this one: a copy of the device wrote it, and gave it to this
/// computer before the hub was told. It comes from the hub under a place of its own, and is the same change then.
pub(super) fn make_room(connection: &Connection, change: &ForeignChange) -> Result<(), StoreError> {
    let LogPosition { device, epoch, seq } = change.position;
    connection
        .prepare_cached(
            "UPDATE entry SET epoch = (SELECT max(max(other.epoch) + 1, ?5) FROM entry AS other WHERE other.device = ?1)
             WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND chain = x'' AND hash <> ?4
             AND NOT EXISTS (SELECT 1 FROM own_log WHERE own_log.device = ?1)",
        )
        .and_then(|mut it| it.execute(params![device.0, epoch, seq, change.hash, FIRST_MOVED]))
        .doing("make room for a change")?;
    Ok(())
}

/// From here on logs are numbered that no device has: they hold what had to make room.
const FIRST_MOVED: u32 = 1 << 30;

fn carried_log(row: &Row<'_>) -> rusqlite::Result<CarriedLog> {
    Ok(CarriedLog {
        begins: row.get(2)?,
        head: LogHead {
            device: DeviceId(row.get(0)?),
            epoch: row.get(1)?,
            seq: row.get(3)?,
            chain: ChainHash::from_bytes(row.get(4)?),
        },
        declined: row.get(5)?,
    })
}
