//! Which scopes each chart is in, as their feeds tell.
//!
//! The hub decides; what is here follows from what came in each scope's feed, own entries included.

use record::{ChartId, ScopeId};
use rusqlite::{Connection, params};

use super::{Aside, ReplicaStore, Taken, number_chart};
use crate::StoreError;
use crate::error::Doing as _;

impl ReplicaStore {
    /// Returns the scopes whose feeds have brought a chart, in order.
    pub fn scopes_of(&self, chart: ChartId) -> Result<Vec<ScopeId>, StoreError> {
        let doing = "read a chart's scopes";
        let sql = "SELECT scope FROM member WHERE chart = (SELECT id FROM chart WHERE name = ?1) ORDER BY scope";
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map([chart.as_bytes()], |row| row.get(0).map(ScopeId))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }
}

/// Notes that what came is in the scope whose feed brought it.
pub(super) fn note(connection: &Connection, taken: &Taken) -> Result<(), StoreError> {
    let scope = taken.scope;
    let changes = taken.changes.iter().chain(&taken.waiting);
    let aside = taken
        .quarantined
        .iter()
        .filter_map(|aside| match &aside.what {
            Aside::Change(change) => Some(change),
            Aside::Unknown { .. } => None,
        });
    for change in changes.chain(aside) {
        let chart = number_chart(connection, change.chart)?;
        run(
            connection,
            "INSERT OR IGNORE INTO member (chart, scope) VALUES (?1, ?2)",
            params![chart, scope.0],
        )?;
    }
    for own in &taken.own {
        run(
            connection,
            "INSERT OR IGNORE INTO member (chart, scope)
             SELECT chart, ?4 FROM entry WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND chart <> 0",
            params![own.device.0, own.epoch, own.seq, scope.0],
        )?;
    }
    Ok(())
}

fn run(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut it| it.execute(parameters))
        .map(drop)
        .doing("note which scope a chart is in")
}
