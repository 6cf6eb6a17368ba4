//! What is held of a scope, to be compared with what the hub holds.

use std::collections::BTreeSet;

use record::{DeviceId, Hlc, ScopeId};
use rusqlite::params;

use super::log::hlc_of;
use super::write::put_cursor;
use super::{Cursor, ReplicaStore};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// The changes of a scope's charts that were taken up or wait. What was set aside may have another hash elsewhere.
const OF_SCOPE: &str =
    "FROM member CROSS JOIN entry INDEXED BY entry_change ON entry.chart = member.chart
    WHERE member.scope = ?1 AND entry.kind = 1 AND entry.state <> 2";

impl ReplicaStore {
    /// Returns the changes held of the charts of a scope, at most so many: when each was made, and its hash.
    pub fn held(&self, scope: ScopeId, limit: usize) -> Result<Vec<(Hlc, [u8; 32])>, StoreError> {
        let doing = "list the changes of a scope";
        let sql = format!("SELECT hlc, hash {OF_SCOPE} LIMIT ?2");
        let mut statement = self.connection.prepare_cached(&sql).doing(doing)?;
        let rows = statement
            .query_map(params![scope.0, limit], |row| {
                Ok((hlc_of(row.get(0)?), row.get(1)?))
            })
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Returns which of these changes of a scope another device has written.
    pub fn written_elsewhere(
        &self,
        scope: ScopeId,
        own: DeviceId,
        hashes: &BTreeSet<[u8; 32]>,
    ) -> Result<BTreeSet<[u8; 32]>, StoreError> {
        let doing = "list the changes of others";
        let sql = format!("SELECT hash {OF_SCOPE} AND device <> ?2");
        let mut statement = self.connection.prepare_cached(&sql).doing(doing)?;
        let mut rows = statement.query(params![scope.0, own.0]).doing(doing)?;
        let mut found = BTreeSet::new();
        while let Some(row) = rows.next().doing(doing)? {
            let hash = row.get(0).doing(doing)?;
            if hashes.contains(&hash) {
                found.insert(hash);
            }
        }
        Ok(found)
    }

    /// Returns the scopes of which charts are held and of whose feeds it is not known how far they were taken.
    pub fn scopes_without_cursor(&self) -> Result<Vec<ScopeId>, StoreError> {
        let doing = "look for lost cursors";
        let sql = "SELECT DISTINCT scope FROM member WHERE scope NOT IN (SELECT scope FROM cursor) ORDER BY scope";
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map([], |row| row.get(0).map(ScopeId))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Moves a cursor without taking anything: all that is before it is held.
    pub fn move_cursor(&mut self, cursor: &Cursor) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            put_cursor(connection, cursor)
        })
    }
}
