//! Looking again into what was set aside, and making again what was derived of a chart.
//!
//! Nothing is lost on the way: an entry that is released waits in the table of those that wait until it was looked into, and
//! then it is applied, waits for others, or is set aside again.

use std::collections::BTreeSet;

use audit::LogPosition;
use record::{ChartId, DeviceId};
use rusqlite::{Connection, params};

use super::entries::{POSITION, position_of};
use super::{HubCommit, HubStore, Salt, Snapshot, admin, chart_number, feed, run};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// The most entries of one chart, or charts, that are read at once: more were never set aside by accident.
pub(super) const MAX_OF_A_CHART: usize = 10_000;

/// An entry that was set aside, with what it takes to find those that build on it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Its leaf's number.
    pub leaf: u64,
    /// Its place in its log.
    pub position: LogPosition,
    /// The change's hash; empty if it has none.
    pub hash: Vec<u8>,
    /// What the entry carries.
    pub payload: Vec<u8>,
}

record::discreet!(SetAside);

impl HubStore {
    /// Returns what of a chart was set aside, the oldest first.
    pub fn set_aside_of(&self, chart: ChartId) -> Result<Vec<SetAside>, StoreError> {
        let sql = format!(
            "SELECT quarantine.leaf, {POSITION}, quarantine.hash, payload
             FROM quarantine JOIN entry ON entry.leaf = quarantine.leaf
             WHERE chart <> 0 AND chart = (SELECT id FROM chart WHERE name = ?1)
             ORDER BY quarantine.leaf LIMIT {MAX_OF_A_CHART}"
        );
        let doing = "list what of a chart was set aside";
        self.all(&sql, [chart.as_bytes()], doing, |row| {
            Ok(SetAside {
                leaf: row.get(0)?,
                position: position_of(row, 1)?,
                hash: row.get(4)?,
                payload: row.get(5)?,
            })
        })
    }

    /// Returns the charts of which something was set aside for a reason.
    pub fn charts_set_aside(&self, reason: &str) -> Result<BTreeSet<ChartId>, StoreError> {
        let sql = format!(
            "SELECT DISTINCT chart.name FROM quarantine JOIN entry ON entry.leaf = quarantine.leaf
             JOIN chart ON chart.id = entry.chart WHERE reason = ?1 AND chart <> 0 LIMIT {MAX_OF_A_CHART}"
        );
        let doing = "list charts of which something was set aside";
        let charts = self.all(&sql, [reason], doing, |row| row.get(0).map(ChartId::new))?;
        Ok(charts.into_iter().collect())
    }

    /// Has entries that were set aside looked into again, with what the hub's own log notes of it. Returns how many
    /// of them were set aside.
    pub fn release(
        &mut self,
        leaves: &[u64],
        commit: &HubCommit,
        salt: Salt<'_>,
    ) -> Result<usize, StoreError> {
        database::write(&mut self.connection, |connection| {
            let mut released = 0;
            for leaf in leaves {
                released += release(connection, *leaf)?;
            }
            admin::keep(connection, commit, salt)?;
            Ok(released)
        })
    }

    /// Forgets how much a device has written into a chart: it may write as much again.
    pub fn forget_written(&mut self, chart: ChartId, device: DeviceId) -> Result<(), StoreError> {
        let sql = "DELETE FROM written WHERE device = ?2 AND chart = (SELECT id FROM chart WHERE name = ?1)";
        let parameters = params![chart.as_bytes(), device.0];
        let doing = "forget how much a device wrote";
        run(&self.connection, sql, parameters, doing).map(drop)
    }

    /// Tells whether a change that waited misses nothing any more.
    pub fn has_ready(&self) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM waiting WHERE ready = 1 LIMIT 1";
        let found = self.one(sql, [], "look for changes that wait no more", |_row| Ok(()))?;
        Ok(found.is_some())
    }

    /// Keeps a chart's document that was made again from its changes, and adds to feeds what they lack of them.
    /// Returns how many positions were added.
    pub fn remake(
        &mut self,
        chart: ChartId,
        document: &Snapshot,
        commit: &HubCommit,
        salt: Salt<'_>,
    ) -> Result<usize, StoreError> {
        let doing = "keep a chart that was made again";
        database::write(&mut self.connection, |connection| {
            let number = chart_number(connection, chart)?.ok_or(StoreError::Refused { doing })?;
            run(
                connection,
                "INSERT INTO snapshot (chart, heads, bytes) VALUES (?1, ?2, ?3)
                 ON CONFLICT (chart) DO UPDATE SET heads = excluded.heads, bytes = excluded.bytes",
                params![number, document.heads.concat(), document.bytes],
                doing,
            )?;
            let added = complete_feeds(connection, number)?;
            admin::keep(connection, commit, salt)?;
            Ok(added)
        })
    }
}

/// Has everything of a chart that was set aside looked into again.
pub(super) fn release_of(connection: &Connection, chart: ChartId) -> Result<(), StoreError> {
    let doing = "look again into what of a chart was set aside";
    let aside = "SELECT quarantine.leaf FROM quarantine JOIN entry ON entry.leaf = quarantine.leaf
                 WHERE chart <> 0 AND chart = (SELECT id FROM chart WHERE name = ?1)";
    for sql in [
        format!(
            "INSERT OR IGNORE INTO waiting (leaf, hash)
             SELECT leaf, hash FROM quarantine WHERE leaf IN ({aside})"
        ),
        format!("DELETE FROM quarantine WHERE leaf IN ({aside})"),
    ] {
        run(connection, &sql, [chart.as_bytes()], doing)?;
    }
    Ok(())
}

fn release(connection: &Connection, leaf: u64) -> Result<usize, StoreError> {
    let doing = "look again into what was set aside";
    run(
        connection,
        "INSERT OR IGNORE INTO waiting (leaf, hash) SELECT leaf, hash FROM quarantine WHERE leaf = ?1",
        [leaf],
        doing,
    )?;
    run(
        connection,
        "DELETE FROM quarantine WHERE leaf = ?1",
        [leaf],
        doing,
    )
}

/// Adds what a chart's feeds lack at their ends: a position that was handed out is never another's.
fn complete_feeds(connection: &Connection, chart: i64) -> Result<usize, StoreError> {
    let doing = "complete a chart's feeds";
    let lacking: Vec<(u32, i64, [u8; 32])> = {
        let sql = "SELECT member.scope, change.id, change.hash
                   FROM change JOIN member ON member.chart = change.chart
                   WHERE change.chart = ?1 AND NOT EXISTS
                       (SELECT 1 FROM feed WHERE feed.scope = member.scope AND feed.change = change.id)
                   ORDER BY member.scope, change.id";
        let mut statement = connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map([chart], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)?
    };
    for (scope, change, hash) in &lacking {
        feed::append(connection, *scope, *change, hash)?;
    }
    Ok(lacking.len())
}
