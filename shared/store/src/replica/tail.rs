//! The newest places of each feed, in their order, with the hub's newest signature over them.
//!
//! What was taken of a feed is held as charts and entries; here is what proves to others that the hub once had it so.

use audit::LogPosition;
use record::{ChartId, Hlc, PersonId, ScopeId};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::log::hlc_of;
use super::{ReplicaStore, chart_named};
use crate::StoreError;
use crate::error::Doing as _;

/// How many places of a feed are remembered: some months of a clinic, in less than a megabyte. A hub that was restored
/// from an older copy than that gets back what the writers themselves hold.
pub(super) const MAX_PLACES: u64 = 16_384;

/// How many more there may be before the oldest go: they go many at once.
pub(super) const SLACK: u64 = 1_024;

/// How far the order of a feed's places is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedTail {
    /// The place before the first that is known.
    pub begins: u64,
    /// The last that is known.
    pub ends: u64,
    /// The feed's chain there.
    pub chain: [u8; 32],
    /// The hub's newest signature; none if it signed nothing yet.
    pub seal: Option<TailSeal>,
}

/// The hub's signature over a feed's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TailSeal {
    /// Which of the scope's feeds.
    pub feed_epoch: u32,
    /// Up to where.
    pub position: u64,
    /// The chain there.
    pub chain: [u8; 32],
    /// The signature.
    pub signature: [u8; 64],
}

/// What a batch adds to the tail of its feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailStep {
    /// The place before the batch. If the tail does not end there, it begins there anew.
    pub from: u64,
    /// What stands for each of the batch's places.
    pub marks: Vec<[u8; 32]>,
    /// The chain after the last.
    pub chain: [u8; 32],
    /// The hub's signature over that, if the batch had it.
    pub seal: Option<TailSeal>,
    /// Whether the tail begins anew even if it ends there: its chain is another.
    pub anew: bool,
}

/// What a mark is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The chart.
    pub chart: ChartId,
    /// When, by the writer's hybrid clock.
    pub hlc: Hlc,
    /// Who.
    pub person: PersonId,
    /// The change's hash.
    pub hash: [u8; 32],
}

impl ReplicaStore {
    /// Returns how far the order of a feed's places is known; none if nothing of it is.
    pub fn feed_tail(&self, scope: ScopeId) -> Result<Option<FeedTail>, StoreError> {
        tail(&self.connection, scope)
    }

    /// Returns what stands for the places of a feed after one, in order; at most so many.
    pub fn feed_marks(
        &self,
        scope: ScopeId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<[u8; 32]>, StoreError> {
        let doing = "read the order of a feed";
        let sql = "SELECT mark FROM feed_place WHERE scope = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement
            .query_map(params![scope.0, after, limit], |row| row.get(0))
            .doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Returns what the mark of a change is made of that was written here; none if it is not here, or what it said is
    /// gone.
    pub fn identity_of(&self, at: LogPosition) -> Result<Option<Identity>, StoreError> {
        let doing = "read what a change is";
        let row: Option<(Vec<u8>, i64, u32, Vec<u8>)> = self
            .connection
            .prepare_cached(
                "SELECT chart.name, hlc, person, hash FROM entry JOIN chart ON chart.id = entry.chart
                 WHERE device = ?1 AND epoch = ?2 AND seq = ?3 AND kind = 1",
            )
            .and_then(|mut it| {
                it.query_row(params![at.device.0, at.epoch, at.seq], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
                .optional()
            })
            .doing(doing)?;
        let Some((name, hlc, person, hash)) = row else {
            return Ok(None);
        };
        let Ok(hash) = hash.try_into() else {
            return Ok(None);
        };
        Ok(Some(Identity {
            chart: chart_named(name)?,
            hlc: hlc_of(hlc),
            person: PersonId(person),
            hash,
        }))
    }
}

fn tail(connection: &Connection, scope: ScopeId) -> Result<Option<FeedTail>, StoreError> {
    let sql =
        "SELECT begins, ends, chain, feed_epoch, sealed, sealed_chain, signature FROM feed_tail
               WHERE scope = ?1";
    connection
        .prepare_cached(sql)
        .and_then(|mut it| {
            it.query_row([scope.0], |row| {
                let position: u64 = row.get(4)?;
                let seal = if position > 0 {
                    Some(TailSeal {
                        feed_epoch: row.get(3)?,
                        position,
                        chain: row.get(5)?,
                        signature: row.get(6)?,
                    })
                } else {
                    None
                };
                Ok(FeedTail {
                    begins: row.get(0)?,
                    ends: row.get(1)?,
                    chain: row.get(2)?,
                    seal,
                })
            })
            .optional()
        })
        .doing("read how far a feed is proven")
}

/// Adds what a batch says of its feed's order.
pub(super) fn follow(
    connection: &Connection,
    scope: ScopeId,
    step: &TailStep,
) -> Result<(), StoreError> {
    let doing = "keep the order of a feed";
    let before = tail(connection, scope)?;
    let goes_on = before.filter(|it| it.ends == step.from && !step.anew);
    if goes_on.is_none() {
        connection
            .prepare_cached("DELETE FROM feed_tail WHERE scope = ?1")
            .and_then(|mut it| it.execute([scope.0]))
            .doing(doing)?;
    }
    let ends = step.from.saturating_add(step.marks.len() as u64);
    connection
        .prepare_cached(
            "INSERT INTO feed_tail (scope, begins, ends, chain, feed_epoch, sealed, sealed_chain, signature)
             VALUES (?1, ?2, ?3, ?4, 0, 0, x'', x'')
             ON CONFLICT (scope) DO UPDATE SET ends = excluded.ends, chain = excluded.chain",
        )
        .and_then(|mut it| it.execute(params![scope.0, step.from, ends, step.chain]))
        .doing(doing)?;
    for (position, mark) in (step.from.saturating_add(1)..).zip(&step.marks) {
        connection
            .prepare_cached("INSERT INTO feed_place (scope, position, mark) VALUES (?1, ?2, ?3)")
            .and_then(|mut it| it.execute(params![scope.0, position, mark]))
            .doing(doing)?;
    }
    if let Some(seal) = &step.seal {
        connection
            .prepare_cached(
                "UPDATE feed_tail SET feed_epoch = ?2, sealed = ?3, sealed_chain = ?4, signature = ?5
                 WHERE scope = ?1",
            )
            .and_then(|mut it| {
                it.execute(params![
                    scope.0,
                    seal.feed_epoch,
                    seal.position,
                    seal.chain,
                    seal.signature
                ])
            })
            .doing(doing)?;
    }
    let begins = goes_on.map_or(step.from, |it| it.begins);
    trim(connection, scope, begins, ends)
}

/// Forgets the oldest places once there are too many.
fn trim(connection: &Connection, scope: ScopeId, begins: u64, ends: u64) -> Result<(), StoreError> {
    if ends.saturating_sub(begins) < MAX_PLACES.saturating_add(SLACK) {
        return Ok(());
    }
    let begins = ends.saturating_sub(MAX_PLACES);
    let statements = [
        "DELETE FROM feed_place WHERE scope = ?1 AND position <= ?2",
        "UPDATE feed_tail SET begins = ?2 WHERE scope = ?1",
    ];
    for sql in statements {
        connection
            .prepare_cached(sql)
            .and_then(|mut it| it.execute(params![scope.0, begins]))
            .doing("forget the oldest places of a feed")?;
    }
    Ok(())
}
