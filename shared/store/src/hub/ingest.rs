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
    /// Its device may begin no further log.
    TooManyLogs,
}

/// How many logs a device may have: it begins one whenever it was restored or copied. One that invents logs without
/// end would fill every WELCOME, and take a block of patient numbers for each.
pub(super) const MAX_LOGS_OF_A_DEVICE: u32 = 48;

/// By how many a device may skip the numbers of its logs: copies of it may have begun some that never came here.
pub(super) const MAX_SKIPPED_LOGS: u32 = 64;

/// How many entries of other branches are kept as a proof for each device.
pub(super) const MAX_FORK_ENTRIES: u32 = 256;

/// How many gaps of a log are noted in the hub's own log. After that it is known that the log has gaps.
pub(super) const MAX_GAP_NOTES: u8 = 16;

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
                Fit::Damaged(_) | Fit::TooManyLogs => None,
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
            Fit::TooManyLogs => Err(IngestError::TooManyLogs {
                device: arrived.device,
            }),
        }
    }
}

/// Remembers where a log has a gap; tells whether that is news, and worth another note. A log only grows, so one
/// place is enough, with how often it was news.
fn is_new_gap(connection: &Connection, have: &LogHead) -> Result<bool, StoreError> {
    let doing = "remember a gap";
    let key = format!("gap {} {}", have.device, have.epoch);
    let sql = "SELECT value FROM meta WHERE key = ?1";
    let before: Option<Vec<u8>> = one(connection, sql, [&key], doing, |row| row.get(0))?;
    let place = have.seq.to_be_bytes();
    let noted = match &before {
        None => 0,
        Some(before) if before.starts_with(&place) => return Ok(false),
        Some(before) => before.get(place.len()).copied().unwrap_or(1),
    };
    if noted >= MAX_GAP_NOTES {
        return Ok(false);
    }
    let value = [place.as_slice(), &[noted.saturating_add(1)]].concat();
    put(connection, &key, &value).map(|()| true)
}

/// Tells whether a device may begin this log.
fn may_begin(connection: &Connection, arrived: &Arrived) -> Result<bool, StoreError> {
    let sql = "SELECT count(DISTINCT epoch), coalesce(max(epoch), 0) FROM entry WHERE device = ?1";
    let known = one(
        connection,
        sql,
        [arrived.device.0],
        "count a device's logs",
        |row| Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?)),
    )?;
    let (count, highest) = known.unwrap_or_default();
    Ok(count < MAX_LOGS_OF_A_DEVICE && arrived.epoch <= highest.saturating_add(MAX_SKIPPED_LOGS))
}

/// Compares a run with what is stored.
fn fit(connection: &Connection, arrived: &Arrived) -> Result<Fit, StoreError> {
    let stored = entries::head(connection, arrived.device, arrived.epoch)?;
    if stored.seq == 0 && !may_begin(connection, arrived)? {
        return Ok(Fit::TooManyLogs);
    }
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

/// Keeps a fork; tells whether none was kept of its log before.
fn keep_fork(
    connection: &Connection,
    arrived: &Arrived,
    from: LogPosition,
) -> Result<bool, StoreError> {
    let doing = "keep a fork";
    let sql = "SELECT 1 FROM fork WHERE device = ?1 AND epoch = ?2 LIMIT 1";
    let log = params![from.device.0, from.epoch];
    let is_known = one(connection, sql, log, doing, |_row| Ok(()))?.is_some();
    let sql = "SELECT count(*) FROM fork WHERE device = ?1";
    let kept: u32 = one(connection, sql, [from.device.0], doing, |row| row.get(0))?.unwrap_or(0);
    let room = usize::try_from(MAX_FORK_ENTRIES.saturating_sub(kept)).unwrap_or(0);
    let last = arrived.entries.last().map(|it| it.seq);
    let of_branch = arrived.entries.iter().filter(|it| it.seq >= from.seq);
    for ArrivedEntry { seq, bytes, chain } in of_branch.take(room) {
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
