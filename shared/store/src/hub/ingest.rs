//! Taking in what devices send: stored whole or not at all, and on the disk before anyone is told.
//!
//! What does not fit a log leaves a trace in the hub's own log, in the same transaction: once for each place, for a
//! device that goes on misbehaving must not fill the history.

use audit::{LogHead, LogPosition};
use rusqlite::{Connection, params};

use super::{
    Arrived, ArrivedEntry, HubStore, IngestError, Misfit, MisfitNote, Salt, admin, entries, one,
    put, run,
};
use crate::StoreError;
use crate::database;

/// What a run of entries is, next to what is stored.
enum Fit {
    /// It goes on from what is stored, or repeats it.
    Stored(LogHead),
    /// Entries are missing between.
    Gap(LogHead),
    /// Another entry is stored in this place.
    Fork(LogPosition),
    /// Its entries do not give its chain.
    Damaged(LogPosition),
}

impl HubStore {
    /// Stores a run of a device's entries, each with its leaf of the history. What is stored already is passed
    /// over. A run that contradicts what is stored is kept as a proof, and the log does not go on. The first fork
    /// or gap at a place of a log is noted in the hub's own log.
    pub fn ingest(
        &mut self,
        arrived: &Arrived,
        note: MisfitNote<'_>,
        salt: Salt<'_>,
    ) -> Result<LogHead, IngestError> {
        let fit = database::write(&mut self.connection, |connection| {
            let fit = fit(connection, arrived)?;
            let misfit = match fit {
                Fit::Stored(_) => return store(connection, arrived, salt).map(Fit::Stored),
                Fit::Damaged(_) => None,
                Fit::Fork(at) => keep_fork(connection, arrived, at)?.then_some(Misfit::Fork { at }),
                Fit::Gap(have) => is_new_gap(connection, &have)?.then_some(Misfit::Gap { have }),
            };
            if let Some(misfit) = misfit {
                admin::keep(connection, &note(misfit), salt)?;
            }
            Ok(fit)
        })?;
        match fit {
            Fit::Stored(head) => Ok(head),
            Fit::Gap(have) => Err(IngestError::Gap { have }),
            Fit::Fork(at) => Err(IngestError::Fork { at }),
            Fit::Damaged(at) => Err(IngestError::Damaged { at }),
        }
    }
}

/// Remembers where a log has a gap; tells whether that is news. A log only grows, so one place is enough.
fn is_new_gap(connection: &Connection, have: &LogHead) -> Result<bool, StoreError> {
    let doing = "remember a gap";
    let key = format!("gap {} {}", have.device, have.epoch);
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let before: Option<Vec<u8>> = one(connection, sql, [&key], doing, |row| row.get(0))?;
    let place = have.seq.to_be_bytes();
    if before.is_some_and(|it| it == place) {
        return Ok(false);
    }
    put(connection, &key, &place).map(|()| true)
}

/// Compares a run with what is stored.
fn fit(connection: &Connection, arrived: &Arrived) -> Result<Fit, StoreError> {
    let stored = entries::head(connection, arrived.device, arrived.epoch)?;
    let mut head = stored;
    for ArrivedEntry { seq, bytes, chain } in &arrived.entries {
        let at = LogPosition {
            device: arrived.device,
            epoch: arrived.epoch,
            seq: *seq,
        };
        if *seq == 0 {
            return Ok(Fit::Damaged(at));
        }
        if *seq <= stored.seq {
            if entries::chain_at(connection, at)? != Some(*chain) {
                return Ok(Fit::Fork(at));
            }
            continue;
        }
        if seq.checked_sub(1) != Some(head.seq) {
            return Ok(Fit::Gap(stored));
        }
        let next = head.next(bytes);
        if next.chain != *chain {
            // The run's chain was checked when its signature was. So its device has another entry before this.
            return Ok(if head.seq == stored.seq {
                Fit::Fork(at)
            } else {
                Fit::Damaged(at)
            });
        }
        head = next;
    }
    Ok(Fit::Stored(head))
}

fn store(
    connection: &Connection,
    arrived: &Arrived,
    salt: Salt<'_>,
) -> Result<LogHead, StoreError> {
    let stored = entries::head(connection, arrived.device, arrived.epoch)?;
    let mut head = stored;
    let mut leaf = None;
    for ArrivedEntry { seq, bytes, .. } in &arrived.entries {
        if *seq > stored.seq {
            head = head.next(bytes);
            leaf = Some(entries::append(connection, &head, bytes, &salt())?);
        }
    }
    if let Some(leaf) = leaf {
        run(
            connection,
            "INSERT INTO segment (leaf, signature) VALUES (?1, ?2)",
            params![leaf, arrived.signature.as_bytes()],
            "store a segment's signature",
        )?;
    }
    Ok(head)
}

/// Keeps a fork; tells whether none was kept at its place before.
fn keep_fork(
    connection: &Connection,
    arrived: &Arrived,
    from: LogPosition,
) -> Result<bool, StoreError> {
    let doing = "keep a fork";
    let sql = "SELECT 1 FROM fork WHERE device = ?1 AND epoch = ?2 AND seq = ?3 LIMIT 1";
    let place = params![from.device.0, from.epoch, from.seq];
    let is_known = one(connection, sql, place, doing, |_row| Ok(()))?.is_some();
    let last = arrived.entries.last().map(|it| it.seq);
    for ArrivedEntry { seq, bytes, chain } in arrived.entries.iter().filter(|it| it.seq >= from.seq)
    {
        let signature: &[u8] = if Some(*seq) == last {
            arrived.signature.as_bytes()
        } else {
            &[]
        };
        run(
            connection,
            "INSERT INTO fork (device, epoch, seq, chain, entry, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (device, epoch, seq, chain) DO NOTHING",
            params![from.device.0, from.epoch, seq, chain.as_bytes(), bytes, signature],
            doing,
        )?;
    }
    Ok(!is_known)
}
