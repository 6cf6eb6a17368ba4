//! What is held of a scope, to be compared with what the hub holds.

use std::collections::{BTreeMap, BTreeSet};

use audit::LogPosition;
use record::{DeviceId, Hlc, PersonId, ScopeId};
use rusqlite::{OptionalExtension as _, params};

use super::carried::NOT_CARRIED;
use super::log::hlc_of;
use super::write::put_cursor;
use super::{Cursor, ForeignChange, Identity, ReplicaStore, chart_named};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// The changes of a scope's charts that were taken up or wait. What was set aside may have another hash elsewhere,
/// and what was removed with its chart is not held.
const OF_SCOPE: &str =
    "FROM member CROSS JOIN entry INDEXED BY entry_change ON entry.chart = member.chart
    WHERE member.scope = ?1 AND entry.kind = 1 AND entry.state < 2";

impl ReplicaStore {
    /// Returns the changes held of the charts of a scope, at most so many: when each was made, and its hash.
    pub fn held(&self, scope: ScopeId, limit: usize) -> Result<Vec<(Hlc, [u8; 32])>, StoreError> {
        let doing = "list the changes of a scope";
        // What is carried goes to the hub as it was written.
        let sql = format!("SELECT hlc, hash {OF_SCOPE} AND {NOT_CARRIED} LIMIT ?2");
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

    /// Returns what each of these changes of a scope is, those first that others depend on.
    pub fn identities(
        &self,
        scope: ScopeId,
        hashes: &BTreeSet<[u8; 32]>,
    ) -> Result<Vec<(LogPosition, Identity)>, StoreError> {
        self.identities_where(scope, &mut |_at, it| hashes.contains(&it.hash))
    }

    /// Returns what each of the changes of a scope is of which this says so, those first that others depend on.
    pub fn identities_where(
        &self,
        scope: ScopeId,
        is_meant: &mut dyn FnMut(LogPosition, &Identity) -> bool,
    ) -> Result<Vec<(LogPosition, Identity)>, StoreError> {
        let doing = "look for changes of a scope";
        let sql = format!(
            "SELECT hash, device, epoch, seq, (SELECT name FROM chart WHERE chart.id = entry.chart), hlc, person
             {OF_SCOPE} ORDER BY entry.id"
        );
        let mut statement = self.connection.prepare_cached(&sql).doing(doing)?;
        let mut rows = statement.query([scope.0]).doing(doing)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().doing(doing)? {
            let position = LogPosition {
                device: DeviceId(row.get(1).doing(doing)?),
                epoch: row.get(2).doing(doing)?,
                seq: row.get(3).doing(doing)?,
            };
            let identity = Identity {
                chart: chart_named(row.get(4).doing(doing)?)?,
                hlc: hlc_of(row.get(5).doing(doing)?),
                person: PersonId(row.get(6).doing(doing)?),
                hash: row.get(0).doing(doing)?,
            };
            if is_meant(position, &identity) {
                found.push((position, identity));
            }
        }
        Ok(found)
    }

    /// Reads changes of a scope by their hashes, from the first on, at most this many bytes but at least one. Returns
    /// for how many hashes that is all, and the changes: one that is not held any more has none.
    pub fn changes_held(
        &self,
        scope: ScopeId,
        hashes: &[[u8; 32]],
        max_bytes: usize,
    ) -> Result<(usize, Vec<ForeignChange>), StoreError> {
        let doing = "read changes of a scope";
        let wanted: BTreeSet<[u8; 32]> = hashes.iter().copied().collect();
        let found = self.identities(scope, &wanted)?.into_iter();
        let found: BTreeMap<[u8; 32], (LogPosition, Identity)> =
            found.map(|it| (it.1.hash, it)).collect();
        let (mut size, mut changes) = (0_usize, Vec::new());
        for (at, hash) in hashes.iter().enumerate() {
            let Some((position, identity)) = found.get(hash) else {
                continue;
            };
            let bytes = self.payload_at(*position)?;
            let bytes = bytes.ok_or(StoreError::Damaged { doing })?;
            size = size.saturating_add(bytes.len());
            if size > max_bytes && at > 0 {
                return Ok((at, changes));
            }
            changes.push(ForeignChange {
                position: *position,
                chart: identity.chart,
                hlc: identity.hlc,
                person: identity.person,
                hash: *hash,
                bytes,
            });
        }
        Ok((hashes.len(), changes))
    }

    /// Returns a change by its place; none if it is not here.
    pub fn payload_at(&self, at: LogPosition) -> Result<Option<Vec<u8>>, StoreError> {
        let sql =
            "SELECT payload FROM entry WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND kind = 1";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut it| {
                it.query_row(params![at.device.0, at.epoch, at.seq], |row| row.get(0))
                    .optional()
            })
            .doing("read a change")
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

    /// Forgets how far a feed was taken: what is held is compared with what the hub holds before more is taken.
    pub fn forget_cursor(&mut self, scope: ScopeId) -> Result<(), StoreError> {
        self.connection
            .execute("DELETE FROM cursor WHERE scope = ?1", [scope.0])
            .doing("forget a cursor")?;
        Ok(())
    }
}
