//! What became of each entry: applied to its chart and handed to readers, waiting, or set aside.
//!
//! Entries are looked into in the order they came. Nothing waits for what could not be taken: a change that
//! misses others waits by itself, and what builds on something set aside is set aside with it. What the hub's own
//! log says of that is appended in the same transaction: neither is there without the other.

use audit::DeclaredActor;
use record::{ChartId, DeviceId};
use rusqlite::{Connection, Params, params};

use super::entries::{self, ENTRY, POSITION, entry_of, position_of};
use super::{
    HubChart, HubStore, Materialised, Note, Outcome, Salt, Unmaterialised, Written, admin,
    admission, blob, feed, listing, number_chart, one, run,
};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// Of entries: it waited, and misses nothing any more.
const READY: &str = "leaf IN (SELECT leaf FROM waiting WHERE ready = 1)";

/// Of entries: nobody has looked into it.
const NEW: &str = "leaf >= (SELECT looked_into FROM hub) AND leaf NOT IN (SELECT leaf FROM ahead)";

/// Why a change is set aside that builds on one that was.
const DESCENDANT: &str = "it builds on a change that was set aside";

impl HubStore {
    /// Returns changes that no longer miss anything, then entries that nobody has looked into yet in the order
    /// they came.
    pub fn unmaterialised(&self, limit: usize) -> Result<Vec<Unmaterialised>, StoreError> {
        let (ready, new) = (select(READY), select(NEW));
        let mut found = self.to_look_into(&format!("{ready} ORDER BY leaf LIMIT ?1"), [limit])?;
        let left = limit.saturating_sub(found.len());
        found.extend(self.to_look_into(&format!("{new} ORDER BY leaf LIMIT ?1"), [left])?);
        Ok(found)
    }

    /// Returns the same of one device.
    pub fn unmaterialised_in_turn(
        &self,
        device: DeviceId,
        limit: usize,
    ) -> Result<Vec<Unmaterialised>, StoreError> {
        let its_own = |of: &str| format!("{} AND device = ?1 ORDER BY leaf LIMIT ?2", select(of));
        let mut found = self.to_look_into(&its_own(READY), params![device.0, limit])?;
        let left = limit.saturating_sub(found.len());
        found.extend(self.to_look_into(&its_own(NEW), params![device.0, left])?);
        Ok(found)
    }

    fn to_look_into(
        &self,
        sql: &str,
        parameters: impl Params,
    ) -> Result<Vec<Unmaterialised>, StoreError> {
        self.all(sql, parameters, "find entries to look into", |row| {
            Ok(Unmaterialised {
                leaf: row.get(0)?,
                position: position_of(row, 1)?,
                entry: entry_of(row, 4)?,
            })
        })
    }

    /// Returns how many of a device's entries nobody has looked into yet.
    pub fn unmaterialised_of(&self, device: DeviceId) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM entry WHERE device = ?1 AND {NEW}");
        Ok(self
            .one(&sql, [device.0], "count entries to look into", |row| {
                row.get(0)
            })?
            .unwrap_or(0))
    }

    /// Returns how much a device has written into a chart.
    pub fn written(&self, chart: ChartId, device: DeviceId) -> Result<Written, StoreError> {
        let sql = "SELECT operations, bytes FROM written
                   WHERE chart = (SELECT id FROM chart WHERE name = ?1) AND device = ?2";
        let parameters = params![chart.as_bytes(), device.0];
        let found = self.one(sql, parameters, "count what a device wrote", |row| {
            Ok(Written {
                operations: row.get(0)?,
                bytes: row.get(1)?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Keeps what became of entries, in one transaction: charts, feeds, what waits, what is set aside, and what
    /// the hub's own log notes of that, with the charts that move by it. Entries that came in order are handed in in order.
    pub fn materialised(
        &mut self,
        entries: &[Materialised],
        charts: &[HubChart],
        note: Note<'_>,
        salt: Salt<'_>,
    ) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            for chart in charts {
                keep_chart(connection, chart)?;
            }
            let mut aside = Vec::new();
            for Materialised { leaf, outcome } in entries {
                look_past(connection, *leaf)?;
                keep_outcome(connection, *leaf, outcome, &mut aside)?;
            }
            aside.sort_unstable();
            let rows: Result<Vec<_>, _> = aside
                .iter()
                .map(|leaf| listing::quarantine_row(connection, *leaf))
                .collect();
            admin::keep(connection, &note(&rows?), salt).map(drop)
        })
    }
}

/// Selects entries as they are looked into.
fn select(of: &str) -> String {
    format!(
        "SELECT leaf, {POSITION}, {ENTRY} FROM entry JOIN chart ON chart.id = entry.chart WHERE {of}"
    )
}

/// Notes that an entry was looked into, and moves the mark before which every entry was. It never moves over one that
/// was not.
fn look_past(connection: &Connection, leaf: u64) -> Result<(), StoreError> {
    let doing = "mark an entry as looked into";
    let mark: u64 = one(
        connection,
        "SELECT looked_into FROM hub",
        [],
        doing,
        |row| row.get(0),
    )?
    .unwrap_or(0);
    if leaf >= entries::size(connection)? {
        return Err(StoreError::Refused { doing });
    }
    if leaf > mark {
        let sql = "INSERT OR IGNORE INTO ahead (leaf) VALUES (?1)";
        return run(connection, sql, [leaf], doing).map(drop);
    }
    if leaf < mark {
        return Ok(());
    }
    let mut mark = leaf + 1;
    {
        let sql = "SELECT leaf FROM ahead ORDER BY leaf";
        let mut statement = connection.prepare_cached(sql).doing(doing)?;
        let mut ahead = statement.query([]).doing(doing)?;
        while let Some(row) = ahead.next().doing(doing)? {
            if row.get::<_, u64>(0).doing(doing)? != mark {
                break;
            }
            mark += 1;
        }
    }
    run(
        connection,
        "DELETE FROM ahead WHERE leaf < ?1",
        [mark],
        doing,
    )?;
    run(connection, "UPDATE hub SET looked_into = ?1", [mark], doing).map(drop)
}

/// Keeps what became of one entry. The leaves of those that it sets aside are added to `aside`.
fn keep_outcome(
    connection: &Connection,
    leaf: u64,
    outcome: &Outcome,
    aside: &mut Vec<u64>,
) -> Result<(), StoreError> {
    match outcome {
        Outcome::Noted => stop_waiting(connection, leaf),
        Outcome::Actor(declared) => {
            stop_waiting(connection, leaf)?;
            keep_actor(connection, leaf, declared)
        }
        Outcome::Attached(attached) => {
            stop_waiting(connection, leaf)?;
            blob::keep_attached(connection, leaf, attached)
        }
        Outcome::Admission(person) => {
            stop_waiting(connection, leaf)?;
            admission::keep(connection, leaf, *person)
        }
        Outcome::Applied { hash, operations } => {
            stop_waiting(connection, leaf)?;
            keep_applied(connection, leaf, hash, *operations)
        }
        Outcome::Waiting { hash, missing } => keep_waiting(connection, leaf, hash, missing, aside),
        Outcome::Quarantined { hash, reason } => {
            set_aside(connection, leaf, hash.as_ref(), reason, aside)
        }
    }
}

/// Keeps whose actor it is: a proof takes it from whoever named it alone.
fn keep_actor(
    connection: &Connection,
    leaf: u64,
    declared: &DeclaredActor,
) -> Result<(), StoreError> {
    run(
        connection,
        "INSERT INTO actor (actor, device, epoch) SELECT ?1, device, epoch FROM entry WHERE leaf = ?2
         ON CONFLICT (actor) DO UPDATE SET device = excluded.device, epoch = excluded.epoch WHERE ?3",
        params![declared.actor, leaf, declared.is_proven],
        "keep an actor",
    )
    .map(drop)
}

fn keep_applied(
    connection: &Connection,
    leaf: u64,
    hash: &[u8; 32],
    operations: usize,
) -> Result<(), StoreError> {
    let doing = "keep a change as applied";
    let inserted = run(
        connection,
        "INSERT INTO change (leaf, chart, hash) SELECT leaf, chart, ?2 FROM entry WHERE leaf = ?1 AND chart <> 0
         ON CONFLICT (leaf) DO NOTHING",
        params![leaf, hash],
        doing,
    )?;
    if inserted == 0 {
        // Looked into twice, or no change of a chart. Handing it to readers again would be wrong either way.
        return Ok(());
    }
    let change = connection.last_insert_rowid();
    run(
        connection,
        "INSERT INTO written (chart, device, operations, bytes)
         SELECT chart, device, ?2, length(payload) FROM entry WHERE leaf = ?1
         ON CONFLICT (chart, device) DO UPDATE SET
             operations = operations + excluded.operations, bytes = bytes + excluded.bytes",
        params![leaf, operations],
        doing,
    )?;
    let scopes = {
        let sql = "SELECT scope FROM member WHERE chart = (SELECT chart FROM change WHERE id = ?1) ORDER BY scope";
        let mut statement = connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map([change], |row| row.get(0))
            .doing(doing)?;
        rows.collect::<Result<Vec<u32>, _>>().doing(doing)?
    };
    for scope in scopes {
        feed::append(connection, scope, change, hash)?;
    }
    run(
        connection,
        "DELETE FROM missing WHERE hash = ?1",
        [hash],
        doing,
    )
    .map(drop)
}

fn keep_waiting(
    connection: &Connection,
    leaf: u64,
    hash: &[u8; 32],
    missing: &[[u8; 32]],
    aside: &mut Vec<u64>,
) -> Result<(), StoreError> {
    let doing = "let a change wait";
    for other in missing {
        let sql = "SELECT 1 FROM quarantine WHERE hash = ?1";
        if one(connection, sql, [other], doing, |_row| Ok(()))?.is_some() {
            return set_aside(connection, leaf, Some(hash), DESCENDANT, aside);
        }
    }
    stop_waiting(connection, leaf)?;
    run(
        connection,
        "INSERT INTO waiting (leaf, hash) VALUES (?1, ?2)",
        params![leaf, hash],
        doing,
    )?;
    for other in missing {
        run(
            connection,
            "INSERT OR IGNORE INTO missing (hash, leaf) VALUES (?1, ?2)",
            params![other, leaf],
            doing,
        )?;
    }
    Ok(())
}

fn stop_waiting(connection: &Connection, leaf: u64) -> Result<(), StoreError> {
    let doing = "take a change out of those that wait";
    run(
        connection,
        "DELETE FROM missing WHERE leaf = ?1",
        [leaf],
        doing,
    )?;
    run(
        connection,
        "DELETE FROM waiting WHERE leaf = ?1",
        [leaf],
        doing,
    )
    .map(drop)
}

/// Sets an entry aside, and every change that waits for it. The leaves of those that were not before are added
/// to `aside`.
fn set_aside(
    connection: &Connection,
    leaf: u64,
    hash: Option<&[u8; 32]>,
    reason: &str,
    aside: &mut Vec<u64>,
) -> Result<(), StoreError> {
    let doing = "set an entry aside";
    let mut queue = vec![(leaf, hash.copied(), reason)];
    while let Some((leaf, hash, reason)) = queue.pop() {
        stop_waiting(connection, leaf)?;
        let inserted = run(
            connection,
            "INSERT OR IGNORE INTO quarantine (leaf, hash, reason) VALUES (?1, ?2, ?3)",
            params![leaf, hash.map_or_else(Vec::new, |it| it.to_vec()), reason],
            doing,
        )?;
        if inserted > 0 {
            aside.push(leaf);
        }
        let Some(hash) = hash else { continue };
        let sql = "SELECT waiting.leaf, waiting.hash FROM missing JOIN waiting ON waiting.leaf = missing.leaf
                   WHERE missing.hash = ?1";
        let mut statement = connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map([hash], |row| {
                Ok((row.get(0)?, Some(row.get(1)?), DESCENDANT))
            })
            .doing(doing)?;
        for row in rows {
            queue.push(row.doing(doing)?);
        }
    }
    Ok(())
}

fn keep_chart(connection: &Connection, chart: &HubChart) -> Result<(), StoreError> {
    let number = number_chart(connection, chart.chart)?;
    run(
        connection,
        "INSERT INTO snapshot (chart, heads, bytes) VALUES (?1, ?2, ?3)
         ON CONFLICT (chart) DO UPDATE SET heads = excluded.heads, bytes = excluded.bytes",
        params![number, chart.heads.concat(), chart.snapshot],
        "keep a chart's document",
    )?;
    for scope in &chart.joins {
        feed::join(connection, number, scope.0)?;
    }
    Ok(())
}
