//! Changes that this hub had lost and was given back.
//!
//! The log that each was written in may never come again, so it is no entry of that. The hub's own log says that it came
//! back, and whose it is; from there on it is looked into, applied and handed on like any other, under its own place.

use audit::{Entry, LogPosition};
use record::{ChartId, DeviceId};
use rusqlite::{Connection, params};

use super::{HubStore, Salt, admin, entries, one_at, put, run};
use crate::database;
use crate::{StoreError, StoredChange};

impl HubStore {
    /// Keeps changes that came back, each with the entry of the hub's own log that says so, and the hub's clock. One
    /// whose place is taken is passed over. Returns how many were kept.
    pub fn take_back(
        &mut self,
        changes: &[(Entry, StoredChange)],
        clock: &(String, Vec<u8>),
        salt: Salt<'_>,
    ) -> Result<usize, StoreError> {
        let doing = "keep what came back";
        database::write(&mut self.connection, |connection| {
            let mut head = entries::head(connection, DeviceId::HUB, admin::EPOCH)?;
            let mut kept = 0;
            for (entry, change) in changes {
                if is_taken(connection, change.position)? {
                    continue;
                }
                let bytes = entry
                    .to_bytes()
                    .map_err(|_large| StoreError::Refused { doing })?;
                head = head.next(&bytes);
                let leaf = entries::append(connection, &head, &bytes, &salt())?;
                let LogPosition { device, epoch, seq } = change.position;
                run(
                    connection,
                    "INSERT INTO returned (leaf, device, epoch, seq, hlc, person, payload)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        leaf,
                        device.0,
                        epoch,
                        seq,
                        change.hlc.as_u64().cast_signed(),
                        change.person.0,
                        change.bytes
                    ],
                    doing,
                )?;
                kept += 1;
            }
            put(connection, &clock.0, &clock.1)?;
            Ok(kept)
        })
    }

    /// Returns the change that an entry of the hub's own log says came back.
    pub fn returned(&self, leaf: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT payload FROM returned WHERE leaf = ?1";
        self.one(sql, [leaf], "read what came back", |row| row.get(0))
    }
}

/// Returns the change that came back to a place of a log, and its chart; none if none did.
pub(super) fn change_at(
    connection: &Connection,
    at: LogPosition,
) -> Result<Option<(ChartId, Vec<u8>)>, StoreError> {
    let sql =
        "SELECT chart.name, returned.payload FROM returned JOIN entry ON entry.leaf = returned.leaf
               JOIN chart ON chart.id = entry.chart
               WHERE returned.device = ?1 AND returned.epoch = ?2 AND returned.seq = ?3";
    let place = params![at.device.0, at.epoch, at.seq];
    one_at(connection, sql, place, "find what came back", |row| {
        Ok((ChartId::new(row.get(0)?), row.get(1)?))
    })
}

fn is_taken(connection: &Connection, at: LogPosition) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM entry WHERE device = ?1 AND epoch = ?2 AND seq = ?3
               UNION ALL SELECT 1 FROM returned WHERE device = ?1 AND epoch = ?2 AND seq = ?3";
    let place = params![at.device.0, at.epoch, at.seq];
    let found = one_at(connection, sql, place, "look for a place", |_row| Ok(()))?;
    Ok(found.is_some())
}
