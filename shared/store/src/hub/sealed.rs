//! What a feed's chain is made of, and where it was once computed.
//!
//! The chain itself is computed above this room: here are the facts of each place, in order.

use audit::LogPosition;
use record::{ChartId, Hlc, PersonId, ScopeId};
use rusqlite::params;

use super::entries::{POSITION, position_of};
use super::feed::hlc_of;
use super::{HubStore, run};
use crate::StoreError;
use crate::database;

/// What is said of one place of a feed, without what its change says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFact {
    /// A change.
    Change {
        /// Where it was first written.
        position: LogPosition,
        /// The chart.
        chart: ChartId,
        /// When, by the writer's hybrid clock.
        hlc: Hlc,
        /// Who.
        person: PersonId,
        /// The change's hash.
        hash: [u8; 32],
    },
    /// A chart leaves the scope.
    Leave(ChartId),
}

impl HubStore {
    /// Returns what each place of a feed holds after one, in order; at most so many.
    pub fn feed_facts(
        &self,
        scope: ScopeId,
        from: u64,
        limit: usize,
    ) -> Result<Vec<FeedFact>, StoreError> {
        let doing = "read what a feed holds";
        let sql = format!(
            "SELECT feed.position, {POSITION}, chart.name, hlc, person, hash
             FROM feed JOIN applied ON applied.id = feed.change JOIN chart ON chart.id = applied.chart
             WHERE feed.scope = ?1 AND feed.position > ?2 ORDER BY feed.position LIMIT ?3"
        );
        let changes = self.all(&sql, params![scope.0, from, limit], doing, |row| {
            let fact = FeedFact::Change {
                position: position_of(row, 1)?,
                chart: ChartId::new(row.get(4)?),
                hlc: hlc_of(row.get(5)?),
                person: PersonId(row.get(6)?),
                hash: row.get(7)?,
            };
            Ok((row.get::<_, u64>(0)?, fact))
        })?;
        let leaving = super::moves::partings(&self.connection, scope, from, limit)?;
        let leaving = leaving
            .into_iter()
            .map(|it| (it.place, FeedFact::Leave(it.chart)));
        let mut all: Vec<(u64, FeedFact)> = changes.into_iter().chain(leaving).collect();
        all.sort_unstable_by_key(|it| it.0);
        all.truncate(limit);
        let follows = (from.saturating_add(1)..).zip(&all);
        if follows.into_iter().any(|(expected, it)| it.0 != expected) {
            return Err(StoreError::Damaged { doing });
        }
        Ok(all.into_iter().map(|it| it.1).collect())
    }

    /// Returns the last place of a feed, up to and with one, whose chain was kept; none for none.
    pub fn feed_link(
        &self,
        scope: ScopeId,
        up_to: u64,
    ) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        let sql = "SELECT position, chain FROM feed_link WHERE scope = ?1 AND position <= ?2
                   ORDER BY position DESC LIMIT 1";
        let doing = "find a feed's chain";
        self.one_at(sql, params![scope.0, up_to], doing, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Keeps the chain of a feed at a place.
    pub fn put_feed_link(
        &mut self,
        scope: ScopeId,
        position: u64,
        chain: &[u8; 32],
    ) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            run(
                connection,
                "INSERT INTO feed_link (scope, position, chain) VALUES (?1, ?2, ?3)
                 ON CONFLICT (scope, position) DO NOTHING",
                params![scope.0, position, chain],
                "keep a feed's chain",
            )
            .map(drop)
        })
    }
}
