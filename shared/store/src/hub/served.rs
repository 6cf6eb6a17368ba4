//! What is served of the history, for who verifies it: a change that was stored must be somewhere.

use std::collections::BTreeSet;

use audit::{EntryKind, LogPosition};
use record::{ChartId, ScopeId};

use super::HubStore;
use super::entries::{POSITION, position_of};
use crate::StoreError;

/// A change that was looked into, and that no chart has, that does not wait and was not set aside.
#[derive(Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// Its leaf's number.
    pub leaf: u64,
    /// Its place in its log.
    pub position: LogPosition,
    /// Its chart; none if the row names none.
    pub chart: Option<ChartId>,
    /// The change.
    pub payload: Vec<u8>,
}

record::discreet!(Unplaced);

impl HubStore {
    /// Returns the leaf before which every entry was looked into.
    pub fn looked_into(&self) -> Result<u64, StoreError> {
        let sql = "SELECT looked_into FROM hub";
        let mark = self.one(sql, [], "read how far entries were looked into", |row| {
            row.get(0)
        })?;
        Ok(mark.unwrap_or(0))
    }

    /// Lists changes from a leaf on that are nowhere, at most `limit`. One that says again what another log said
    /// is among them: [`Self::has_change`] tells.
    pub fn unplaced(&self, from: u64, limit: usize) -> Result<Vec<Unplaced>, StoreError> {
        let sql = format!(
            "SELECT leaf, {POSITION}, chart.name, payload FROM entry JOIN chart ON chart.id = entry.chart
             WHERE leaf >= ?1 AND leaf < (SELECT looked_into FROM hub) AND kind = {change}
               AND NOT EXISTS (SELECT 1 FROM change WHERE change.leaf = entry.leaf)
               AND NOT EXISTS (SELECT 1 FROM waiting WHERE waiting.leaf = entry.leaf)
               AND NOT EXISTS (SELECT 1 FROM quarantine WHERE quarantine.leaf = entry.leaf)
             ORDER BY leaf LIMIT ?2",
            change = EntryKind::CHANGE.0
        );
        self.all(
            &sql,
            (from, limit),
            "look for changes that are nowhere",
            |row| {
                let chart: Vec<u8> = row.get(4)?;
                Ok(Unplaced {
                    leaf: row.get(0)?,
                    position: position_of(row, 1)?,
                    chart: chart.try_into().ok().map(ChartId::new),
                    payload: row.get(5)?,
                })
            },
        )
    }

    /// Returns the hashes of every change that was applied to a chart.
    pub fn change_hashes(&self, chart: ChartId) -> Result<BTreeSet<[u8; 32]>, StoreError> {
        let sql = "SELECT hash FROM change WHERE chart = (SELECT id FROM chart WHERE name = ?1)";
        let doing = "read which changes a chart has";
        let hashes = self.all(sql, [chart.as_bytes()], doing, |row| row.get(0))?;
        Ok(hashes.into_iter().collect())
    }

    /// Tells whether a change with this hash was applied to a chart.
    pub fn has_change(&self, chart: ChartId, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM change WHERE hash = ?2
                   AND chart = (SELECT id FROM chart WHERE name = ?1)";
        let found = self.one(sql, (chart.as_bytes(), hash), "look for a change", |_row| {
            Ok(())
        })?;
        Ok(found.is_some())
    }

    /// Returns where the first change that was applied to a chart is in its log; none if none was.
    pub fn first_change_of(&self, chart: ChartId) -> Result<Option<LogPosition>, StoreError> {
        let sql = format!(
            "SELECT {POSITION} FROM applied
             WHERE chart = (SELECT id FROM chart WHERE name = ?1) ORDER BY id LIMIT 1"
        );
        let doing = "read a chart's first change";
        self.one(&sql, [chart.as_bytes()], doing, |row| position_of(row, 0))
    }

    /// Lists applied changes that the feed of a scope that their chart is in does not have: the scope, and the
    /// change's leaf; at most `limit`.
    pub fn missing_from_feeds(&self, limit: usize) -> Result<Vec<(ScopeId, u64)>, StoreError> {
        let sql = "SELECT lost.scope, change.leaf FROM (
                       SELECT member.scope AS scope, change.id AS change
                       FROM change JOIN member ON member.chart = change.chart
                       EXCEPT SELECT scope, change FROM feed
                   ) AS lost JOIN change ON change.id = lost.change
                   ORDER BY lost.scope, change.leaf LIMIT ?1";
        self.all(sql, [limit], "compare the feeds with the charts", |row| {
            Ok((ScopeId(row.get(0)?), row.get(1)?))
        })
    }
}
