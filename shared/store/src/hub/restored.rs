//! What a hub needs that was restored: older epochs of its feeds, and what is held of a scope, to be compared.

use std::collections::BTreeMap;

use record::{Hlc, ScopeId};
use rusqlite::{Connection, params};

use super::entries::POSITION;
use super::feed::feed_row;
use super::{FeedRow, HubCommit, HubStore, Salt, admin, run};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// How many older epochs are remembered. A cursor of one before that is repaired, which only costs more.
pub(super) const MAX_EPOCHS: u32 = 64;

impl HubStore {
    /// Begins another epoch of every feed where it stands, together with what the hub's own log says of it.
    pub fn begin_feed_epoch(
        &mut self,
        epoch: u32,
        commit: &HubCommit,
        salt: Salt<'_>,
    ) -> Result<(), StoreError> {
        let doing = "begin another epoch of the feeds";
        database::write(&mut self.connection, |connection| {
            run(
                connection,
                "INSERT INTO feed_epoch (epoch, scope, ended_at)
                 SELECT feed_epoch, 0, 0 FROM hub
                 UNION SELECT feed_epoch, scope, position FROM scope, hub WHERE scope <> 0",
                [],
                doing,
            )?;
            run(connection, "UPDATE hub SET feed_epoch = ?1", [epoch], doing)?;
            run(
                connection,
                "DELETE FROM feed_epoch WHERE epoch NOT IN
                 (SELECT epoch FROM feed_epoch WHERE scope = 0 ORDER BY id DESC LIMIT ?1)",
                [MAX_EPOCHS],
                doing,
            )?;
            admin::keep(connection, commit, salt).map(drop)
        })
    }

    /// Returns where a scope's feed of an older epoch went over into that of the next; none for an epoch that is
    /// not known, or is the newest.
    pub fn feed_epoch_end(&self, epoch: u32, scope: ScopeId) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT max(ended_at) FROM feed_epoch WHERE epoch = ?1 AND scope IN (0, ?2)";
        let end = self.one(sql, params![epoch, scope.0], "find an epoch's end", |row| {
            row.get(0)
        })?;
        Ok(end.flatten())
    }

    /// Returns the note that was signed of the history at a size.
    pub fn checkpoint_at(&self, size: u64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT note FROM checkpoint WHERE size = ?1";
        self.one_at(sql, [size], "read a checkpoint", |row| row.get(0))
    }

    /// Returns the changes of the charts of a scope, at most so many: when each was made, and its hash.
    pub fn held(&self, scope: ScopeId, limit: usize) -> Result<Vec<(Hlc, [u8; 32])>, StoreError> {
        let sql =
            "SELECT applied.hlc, applied.hash FROM member JOIN applied ON applied.chart = member.chart
                   WHERE member.scope = ?1 LIMIT ?2";
        let doing = "list the changes of a scope";
        self.all(sql, params![scope.0, limit], doing, |row| {
            let hlc: i64 = row.get(0)?;
            Ok((Hlc::from_u64(hlc.cast_unsigned()), row.get(1)?))
        })
    }

    /// Reads changes of the charts of a scope by their hashes, from the first on, at most this many bytes but at
    /// least one. Returns for how many hashes that is all, and the changes: one that is not in the scope has none.
    pub fn wanted(
        &self,
        scope: ScopeId,
        hashes: &[[u8; 32]],
        max_bytes: usize,
    ) -> Result<(usize, Vec<FeedRow>), StoreError> {
        let leaves = leaves(&self.connection, scope, hashes)?;
        let doing = "read a wanted change";
        let sql = format!(
            "SELECT {POSITION}, chart.name, hlc, person, hash, payload, 0, 0,
                    EXISTS (SELECT 1 FROM parting WHERE parting.chart = applied.chart)
             FROM applied JOIN chart ON chart.id = applied.chart WHERE applied.leaf = ?1"
        );
        let (mut size, mut rows) = (0_usize, Vec::new());
        for (at, hash) in hashes.iter().enumerate() {
            let Some(leaf) = leaves.get(hash) else {
                continue;
            };
            let Some(row) = self.one(&sql, [leaf], doing, feed_row)? else {
                continue;
            };
            size = size.saturating_add(row.payload.len());
            if size > max_bytes && at > 0 {
                return Ok((at, rows));
            }
            rows.push(row);
        }
        Ok((hashes.len(), rows))
    }
}

/// Finds where changes of a scope are stored. It looks at each change of the scope once, which is rare enough to do
/// without an index of all hashes.
fn leaves(
    connection: &Connection,
    scope: ScopeId,
    hashes: &[[u8; 32]],
) -> Result<BTreeMap<[u8; 32], u64>, StoreError> {
    let doing = "look for wanted changes";
    let mut leaves: BTreeMap<[u8; 32], u64> = hashes.iter().map(|it| (*it, 0)).collect();
    let sql =
        "SELECT change.hash, change.leaf FROM member JOIN change ON change.chart = member.chart
               WHERE member.scope = ?1";
    let mut statement = connection.prepare_cached(sql).doing(doing)?;
    let mut rows = statement.query([scope.0]).doing(doing)?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next().doing(doing)? {
        let hash: [u8; 32] = row.get(0).doing(doing)?;
        if leaves.remove(&hash).is_some() {
            found.insert(hash, row.get(1).doing(doing)?);
        }
    }
    Ok(found)
}
