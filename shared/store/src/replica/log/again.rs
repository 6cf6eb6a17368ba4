//! A device's later logs: begun when it was restored from an older copy, or copied.
//!
//! An older log ends at the last entry that the hub has too; nothing is written to it any more. What other copies of
//! the device wrote after that place is kept in rows of the same log, without a chain.

use audit::LogHead;
use rusqlite::{Connection, params};

use super::{OwnLog, append, entry_of, newest_log, newest_seq};
use crate::StoreError;
use crate::database;
use crate::error::{Doing as _, damaged};
use crate::replica::{Beside, NewEntry, ReplicaStore, put};

impl ReplicaStore {
    /// Begins a new log that continues an older one after `common`, the last entry that the hub has too: `first` is
    /// its first entry, and what the older log has after that place follows, byte for byte. The older log ends there.
    /// Returns where the new log stands.
    pub fn continue_log(
        &mut self,
        epoch: u32,
        common: u64,
        first: NewEntry,
        beside: &Beside,
    ) -> Result<LogHead, StoreError> {
        database::write(&mut self.connection, |connection| {
            let doing = "begin a new log";
            let old = newest_log(connection)?.ok_or(StoreError::NoLog)?;
            let end = newest_seq(connection, old.device, old.epoch)?;
            if epoch <= old.epoch || common > end {
                return Err(StoreError::Refused { doing });
            }
            connection
                .execute(
                    "UPDATE own_log SET stored = ?3 WHERE device = ?1 AND epoch = ?2",
                    params![old.device.0, old.epoch, common],
                )
                .doing(doing)?;
            connection
                .execute(
                    "INSERT INTO own_log (device, epoch, stored) VALUES (?1, ?2, 0)",
                    params![old.device.0, epoch],
                )
                .doing(doing)?;
            let mut head = append(connection, &[first])?;
            // What was removed with its chart was at the hub once, and is not here to be written again.
            connection
                .execute(
                    "DELETE FROM entry WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND state = 3",
                    params![old.device.0, old.epoch, common],
                )
                .doing(doing)?;
            for seq in common.saturating_add(1)..=end {
                head = move_entry(connection, &old, seq, head)?;
            }
            for (key, value) in &beside.remember {
                put(connection, key, value)?;
            }
            for key in &beside.forget {
                connection
                    .execute("DELETE FROM meta WHERE key = ?1", [key])
                    .doing(doing)?;
            }
            Ok(head)
        })
    }

    /// Returns where this device's older logs end, the oldest first.
    pub fn older_logs(&self) -> Result<Vec<LogHead>, StoreError> {
        let doing = "list the logs";
        let newest = self.log()?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT epoch, stored FROM own_log WHERE device = ?1 AND epoch < ?2 ORDER BY epoch",
            )
            .doing(doing)?;
        let rows = statement
            .query_map(params![newest.device.0, newest.epoch], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .doing(doing)?;
        let ends: Vec<(u32, u64)> = rows.collect::<Result<_, _>>().doing(doing)?;
        let head = |(epoch, seq)| {
            let chain = self.chain_at(epoch, seq)?;
            Ok(LogHead {
                device: newest.device,
                epoch,
                seq,
                chain: chain.ok_or(StoreError::Damaged { doing })?,
            })
        };
        ends.into_iter().map(head).collect()
    }

    /// Returns the highest log of a device of which anything is held, its own or what came from a copy of it.
    pub fn highest_log(&self) -> Result<u32, StoreError> {
        let device = self.log()?.device;
        self.connection
            .prepare_cached("SELECT coalesce(max(epoch), 0) FROM entry WHERE device = ?1")
            .and_then(|mut it| it.query_row([device.0], |row| row.get(0)))
            .doing("find the newest log")
    }
}

/// Moves an entry of an older log to the end of a newer one. It keeps its row, so that a chart's changes stay in
/// their order. Returns where the newer log then stands.
fn move_entry(
    connection: &Connection,
    old: &OwnLog,
    seq: u64,
    head: LogHead,
) -> Result<LogHead, StoreError> {
    let doing = "move an entry to the new log";
    let bytes = {
        let mut statement = connection
            .prepare_cached(
                "SELECT kind, name, hlc, person, payload FROM entry JOIN chart ON chart.id = entry.chart
                 WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
            )
            .doing(doing)?;
        let mut rows = statement
            .query(params![old.device.0, old.epoch, seq])
            .doing(doing)?;
        let Some(row) = rows.next().doing(doing)? else {
            return Ok(head);
        };
        entry_of(row)?.to_bytes().map_err(damaged(doing))?
    };
    let head = head.next(&bytes);
    connection
        .prepare_cached(
            "UPDATE entry SET epoch = ?4, seq = ?5, chain = ?6
             WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
        )
        .and_then(|mut it| {
            it.execute(params![
                old.device.0,
                old.epoch,
                seq,
                head.epoch,
                head.seq,
                head.chain.as_bytes()
            ])
        })
        .doing(doing)?;
    Ok(head)
}
