//! This device's own log.

mod again;

use std::collections::BTreeSet;

use audit::{ChainHash, Entry, EntryKind, LogHead};
use record::{ChartId, DeviceId, Hlc, PersonId};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{
    NewEntry, OwnEntry, ReplicaStore, chart_named, chart_number, leave, number_chart, put,
};
use crate::StoreError;
use crate::database;
use crate::error::{Doing as _, damaged};

/// Where the newest reading of the hybrid clock is remembered.
const LAST_HLC: &str = "store/last-hlc";

impl ReplicaStore {
    /// Begins a log: the device's first, or a new one after it was restored. Changes nothing if it is the newest.
    pub fn begin_log(&mut self, device: DeviceId, epoch: u32) -> Result<LogHead, StoreError> {
        database::write(&mut self.connection, |connection| {
            if let Some(log) = newest_log(connection)? {
                if (log.device, log.epoch) == (device, epoch) {
                    return head(connection, &log);
                }
                if log.epoch >= epoch {
                    return Err(StoreError::Refused {
                        doing: "begin an older log",
                    });
                }
            }
            connection
                .execute(
                    "INSERT INTO own_log (device, epoch, stored) VALUES (?1, ?2, 0)",
                    params![device.0, epoch],
                )
                .doing("begin a log")?;
            Ok(LogHead::start(device, epoch))
        })
    }

    /// Returns where this device's newest log stands.
    pub fn log_head(&self) -> Result<LogHead, StoreError> {
        head(&self.connection, &self.log()?)
    }

    /// Reads own entries after a place, at most this many bytes of them but at least one.
    pub fn own_entries(
        &self,
        epoch: u32,
        after_seq: u64,
        max_bytes: usize,
    ) -> Result<Vec<OwnEntry>, StoreError> {
        let doing = "read the log";
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT kind, name, hlc, person, payload, seq, chain, state = 3
                 FROM entry JOIN chart ON chart.id = entry.chart
                 WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND chain <> x'' ORDER BY seq",
            )
            .doing(doing)?;
        let device = self.log()?.device;
        let mut rows = statement
            .query(params![device.0, epoch, after_seq])
            .doing(doing)?;
        let (mut entries, mut size) = (Vec::new(), 0_usize);
        while let Some(row) = rows.next().doing(doing)? {
            let bytes = entry_of(row)?.to_bytes().map_err(damaged(doing))?;
            size = size.saturating_add(bytes.len());
            if size > max_bytes && !entries.is_empty() {
                break;
            }
            let chain = ChainHash::from_bytes(row.get(6).doing(doing)?);
            entries.push(OwnEntry {
                seq: row.get(5).doing(doing)?,
                bytes,
                chain,
                is_removed: row.get(7).doing(doing)?,
            });
        }
        Ok(entries)
    }

    /// Returns the log's hash at a place of an own log; zero gives that of the empty log.
    pub fn chain_at(&self, epoch: u32, seq: u64) -> Result<Option<ChainHash>, StoreError> {
        let device = self.log()?.device;
        if seq == 0 {
            return Ok(Some(ChainHash::start(device, epoch)));
        }
        // What a copy of this device wrote in that place has none here.
        let chain: Option<Option<[u8; 32]>> =
            self.own_column(epoch, seq, "SELECT nullif(chain, x'')")?;
        Ok(chain.flatten().map(ChainHash::from_bytes))
    }

    /// Returns how many entries of the newest log after a place were removed with their charts, and the last of them.
    pub fn removed_after(&self, seq: u64) -> Result<(u64, u64), StoreError> {
        let log = self.log()?;
        self.connection
            .prepare_cached(
                "SELECT count(*), coalesce(max(seq), 0) FROM entry
                 WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND state = 3 AND chain <> x''",
            )
            .and_then(|mut it| {
                it.query_row(params![log.device.0, log.epoch, seq], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
            })
            .doing("look for removed entries")
    }

    /// Returns the hash of an own change that is here: one that was removed with its chart is not.
    pub fn own_change_hash(&self, epoch: u32, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let kept = "SELECT iif(state = 3, x'', hash)";
        let hash: Option<Vec<u8>> = self.own_column(epoch, seq, kept)?;
        Ok(hash.and_then(|it| it.try_into().ok()))
    }

    /// Tells whether an own entry was removed with its chart.
    pub fn own_is_removed(&self, epoch: u32, seq: u64) -> Result<bool, StoreError> {
        let removed: Option<bool> = self.own_column(epoch, seq, "SELECT state = 3")?;
        Ok(removed.unwrap_or_default())
    }

    fn own_column<T: rusqlite::types::FromSql>(
        &self,
        epoch: u32,
        seq: u64,
        select: &str,
    ) -> Result<Option<T>, StoreError> {
        let device = self.log()?.device;
        let sql = format!("{select} FROM entry WHERE device = ?1 AND epoch = ?2 AND seq = ?3");
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut it| {
                it.query_row(params![device.0, epoch, seq], |row| row.get(0))
                    .optional()
            })
            .doing("read the log")
    }

    /// Remembers that the hub has a log up to this place. Never goes back, nor beyond what there is.
    pub fn note_stored(&mut self, epoch: u32, seq: u64) -> Result<(), StoreError> {
        let device = self.log()?.device;
        let removed = database::write(&mut self.connection, |connection| {
            let seq = seq.min(newest_seq(connection, device, epoch)?);
            connection
                .prepare_cached(
                    "UPDATE own_log SET stored = max(stored, ?3) WHERE device = ?1 AND epoch = ?2",
                )
                .and_then(|mut it| it.execute(params![device.0, epoch, seq]))
                .doing("note what the hub has")?;
            leave::remove_ready(connection)
        })?;
        if removed > 0 {
            self.empty_journal()?;
        }
        Ok(())
    }

    /// Remembers that the hub, which had more of a log, has it only up to this place.
    pub fn note_lost(&mut self, epoch: u32, seq: u64) -> Result<(), StoreError> {
        let device = self.log()?.device;
        database::write(&mut self.connection, |connection| {
            connection
                .prepare_cached(
                    "UPDATE own_log SET stored = min(stored, ?3) WHERE device = ?1 AND epoch = ?2",
                )
                .and_then(|mut it| it.execute(params![device.0, epoch, seq]))
                .doing("note what the hub has lost")?;
            Ok(())
        })
    }

    /// Returns up to which place of the newest log the hub has it.
    pub fn stored(&self) -> Result<u64, StoreError> {
        Ok(self.log()?.stored)
    }

    /// Returns how many own entries the hub does not have.
    pub fn unsent(&self) -> Result<u64, StoreError> {
        let Some(log) = newest_log(&self.connection)? else {
            return Ok(0);
        };
        Ok(newest_seq(&self.connection, log.device, log.epoch)?.saturating_sub(log.stored))
    }

    /// Returns how many bytes the entries that the hub does not have hold here.
    pub fn unsent_bytes(&self) -> Result<u64, StoreError> {
        let Some(log) = newest_log(&self.connection)? else {
            return Ok(0);
        };
        self.connection
            .prepare_cached(
                "SELECT coalesce(sum(length(payload)), 0) FROM entry
                 WHERE device = ?1 AND epoch = ?2 AND seq > ?3 AND chain <> x''",
            )
            .and_then(|mut it| {
                it.query_row(params![log.device.0, log.epoch, log.stored], |row| {
                    row.get(0)
                })
            })
            .doing("measure what is not sent")
    }

    /// Returns the hybrid clock's readings of the own changes of a chart that the hub does not have.
    pub fn unsent_of(&self, chart: ChartId) -> Result<BTreeSet<Hlc>, StoreError> {
        let (Some(log), Some(chart)) = (
            newest_log(&self.connection)?,
            chart_number(&self.connection, chart)?,
        ) else {
            return Ok(BTreeSet::new());
        };
        self.connection
            .prepare_cached(
                "SELECT hlc FROM entry INDEXED BY entry_change
                 WHERE kind = 1 AND chart = ?1 AND device = ?2 AND epoch = ?3 AND seq > ?4",
            )
            .and_then(|mut it| {
                let of_log = params![chart, log.device.0, log.epoch, log.stored];
                it.query_map(of_log, |row| row.get(0).map(hlc_of))?
                    .collect()
            })
            .doing("look for what the hub does not have")
    }

    /// Returns the newest reading of the hybrid clock in the store, own or another's.
    pub fn last_hlc(&self) -> Result<Hlc, StoreError> {
        last_hlc(&self.connection)
    }

    fn log(&self) -> Result<OwnLog, StoreError> {
        newest_log(&self.connection)?.ok_or(StoreError::NoLog)
    }
}

/// The newest of this device's logs.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnLog {
    device: DeviceId,
    epoch: u32,
    stored: u64,
}

/// Appends entries to the newest log; returns where it then stands.
pub(super) fn append(connection: &Connection, entries: &[NewEntry]) -> Result<LogHead, StoreError> {
    let log = newest_log(connection)?.ok_or(StoreError::NoLog)?;
    let mut head = head(connection, &log)?;
    let mut newest = last_hlc(connection)?;
    for NewEntry { entry, change } in entries {
        let bytes = entry.to_bytes().map_err(|_large| StoreError::Refused {
            doing: "append an entry",
        })?;
        if (entry.kind == EntryKind::CHANGE) != change.is_some() {
            return Err(StoreError::Refused {
                doing: "append a change without its hash",
            });
        }
        head = head.next(&bytes);
        newest = newest.max(entry.hlc);
        let chart = match entry.chart {
            Some(chart) => number_chart(connection, chart)?,
            None => 0,
        };
        let hash: &[u8] = change.as_ref().map_or(&[], |it| &it.hash);
        connection
            .prepare_cached(
                "INSERT INTO entry (device, epoch, seq, kind, chart, hlc, person, state, chain, hash, payload)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10)",
            )
            .and_then(|mut it| {
                it.execute(params![
                    head.device.0, head.epoch, head.seq, entry.kind.0, chart,
                    entry.hlc.as_u64().cast_signed(), entry.person.0,
                    head.chain.as_bytes(), hash, entry.payload,
                ])
            })
            .doing("append an entry")?;
    }
    note_hlc(connection, newest)?;
    Ok(head)
}

/// Remembers the newest reading of the hybrid clock.
pub(super) fn note_hlc(connection: &Connection, newest: Hlc) -> Result<(), StoreError> {
    if newest > last_hlc(connection)? {
        put(connection, LAST_HLC, &newest.as_u64().to_be_bytes())?;
    }
    Ok(())
}

fn last_hlc(connection: &Connection) -> Result<Hlc, StoreError> {
    let kept: Option<[u8; 8]> = connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")
        .and_then(|mut it| it.query_row([LAST_HLC], |row| row.get(0)).optional())
        .doing("read the clock")?;
    Ok(kept.map_or_else(Hlc::default, |it| Hlc::from_u64(u64::from_be_bytes(it))))
}

fn newest_log(connection: &Connection) -> Result<Option<OwnLog>, StoreError> {
    connection
        .prepare_cached("SELECT device, epoch, stored FROM own_log ORDER BY id DESC LIMIT 1")
        .and_then(|mut it| {
            it.query_row([], |row| {
                Ok(OwnLog {
                    device: DeviceId(row.get(0)?),
                    epoch: row.get(1)?,
                    stored: row.get(2)?,
                })
            })
            .optional()
        })
        .doing("find the log")
}

fn head(connection: &Connection, log: &OwnLog) -> Result<LogHead, StoreError> {
    let newest: Option<(u64, [u8; 32])> = connection
        .prepare_cached(
            "SELECT seq, chain FROM entry WHERE device = ?1 AND epoch = ?2 ORDER BY seq DESC LIMIT 1",
        )
        .and_then(|mut it| {
            it.query_row(params![log.device.0, log.epoch], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
        .doing("find the log's head")?;
    Ok(newest.map_or_else(
        || LogHead::start(log.device, log.epoch),
        |(seq, chain)| LogHead {
            device: log.device,
            epoch: log.epoch,
            seq,
            chain: ChainHash::from_bytes(chain),
        },
    ))
}

fn newest_seq(connection: &Connection, device: DeviceId, epoch: u32) -> Result<u64, StoreError> {
    connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM entry WHERE device = ?1 AND epoch = ?2")
        .and_then(|mut it| it.query_row(params![device.0, epoch], |row| row.get(0)))
        .doing("find the log's head")
}

/// Puts an entry together from the columns kind, name, hlc, person and payload.
fn entry_of(row: &Row<'_>) -> Result<Entry, StoreError> {
    let doing = "read an entry";
    let name: Vec<u8> = row.get(1).doing(doing)?;
    Ok(Entry {
        kind: EntryKind(row.get(0).doing(doing)?),
        chart: if name.is_empty() {
            None
        } else {
            Some(chart_named(name)?)
        },
        hlc: hlc_of(row.get(2).doing(doing)?),
        person: PersonId(row.get(3).doing(doing)?),
        payload: row.get(4).doing(doing)?,
    })
}

/// Reads a hybrid clock reading out of a column.
pub(super) fn hlc_of(bits: i64) -> Hlc {
    Hlc::from_u64(bits.cast_unsigned())
}
