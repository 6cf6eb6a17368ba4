//! Charts that join a scope, leave one, or are a site's guests for a while; and which chart has a number.
//!
//! A chart that joins brings its changes into the scope's feed. One that leaves takes a place of the feed that says
//! so: whoever has taken the feed up to there holds the chart no longer.

use record::{ChartId, DeviceId, ScopeId, SiteId};
use rusqlite::{Connection, params};

use super::feed::{add, head, join, move_head};
use super::{HubStore, chart_number, one_at, put, run};
use crate::StoreError;
use crate::database;
use crate::error::Doing as _;

/// Under which name the last change is remembered that was looked into for numbers.
const NUMBERED: &str = "store/numbered";

/// A chart that joins or leaves a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// It is in the scope from now on.
    Join {
        /// The chart.
        chart: ChartId,
        /// The scope.
        scope: ScopeId,
    },
    /// It is not in the scope any more.
    Leave {
        /// The chart.
        chart: ChartId,
        /// The scope.
        scope: ScopeId,
    },
    /// It is in a site's guest scope until a time.
    Guest {
        /// The site.
        site: SiteId,
        /// The chart.
        chart: ChartId,
        /// The site's guest scope.
        scope: ScopeId,
        /// Until when, in milliseconds since 1970.
        until_ms: u64,
    },
    /// It is no guest any more.
    Farewell {
        /// The site.
        site: SiteId,
        /// The chart.
        chart: ChartId,
        /// The site's guest scope.
        scope: ScopeId,
    },
}

impl Move {
    /// Returns the chart that joins a scope, and the scope; none if one leaves.
    #[must_use]
    pub const fn joining(&self) -> Option<(ChartId, ScopeId)> {
        match self {
            Self::Join { chart, scope } | Self::Guest { chart, scope, .. } => {
                Some((*chart, *scope))
            }
            Self::Leave { .. } | Self::Farewell { .. } => None,
        }
    }

    /// Returns the scope that the chart joins or leaves.
    #[must_use]
    pub const fn scope(&self) -> ScopeId {
        let (Self::Join { scope, .. }
        | Self::Leave { scope, .. }
        | Self::Guest { scope, .. }
        | Self::Farewell { scope, .. }) = self;
        *scope
    }
}

/// A change that may write numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Unnumbered {
    /// Its own number, by which they are in order.
    pub change: u64,
    /// Its chart.
    pub chart: ChartId,
    /// Who made it.
    pub device: DeviceId,
    /// The change; empty if the word that was looked for is not in it.
    pub payload: Vec<u8>,
}

record::discreet!(Unnumbered);

impl HubStore {
    /// Returns charts whose time as guests was over before this time, at most so many.
    pub fn guests_until(
        &self,
        now_ms: u64,
        limit: usize,
    ) -> Result<Vec<(SiteId, ChartId)>, StoreError> {
        let sql = "SELECT site, chart.name FROM guest JOIN chart ON chart.id = guest.chart
                   WHERE until_ms <= ?1 ORDER BY until_ms LIMIT ?2";
        let now_ms = now_ms.min(i64::MAX.cast_unsigned());
        self.all(sql, params![now_ms, limit], "look for guests", |row| {
            Ok((SiteId(row.get(0)?), ChartId::new(row.get(1)?)))
        })
    }

    /// Tells whether a chart was in one of these scopes and left it.
    pub fn has_left(&self, chart: ChartId, scopes: &[ScopeId]) -> Result<bool, StoreError> {
        let left = self.scopes_left(chart)?;
        Ok(left.iter().any(|it| scopes.contains(it)))
    }

    /// Returns the scopes that a chart was in and left.
    pub fn scopes_left(&self, chart: ChartId) -> Result<Vec<ScopeId>, StoreError> {
        let sql = "SELECT scope FROM parting WHERE chart = (SELECT id FROM chart WHERE name = ?1)";
        self.all(sql, [chart.as_bytes()], "look where a chart was", |row| {
            row.get(0).map(ScopeId)
        })
    }

    /// Returns the charts that have, or once had, a number, at most two: more than one is for people to sort out.
    pub fn charts_numbered(&self, number: &str) -> Result<Vec<ChartId>, StoreError> {
        let sql = "SELECT chart.name FROM number JOIN chart ON chart.id = number.chart
                   WHERE number = ?1 ORDER BY chart.id LIMIT 2";
        self.all(sql, [number], "look for a number", |row| {
            row.get(0).map(ChartId::new)
        })
    }

    /// Returns changes that nobody has looked into for numbers, the oldest first; without their bytes if those do
    /// not have this word.
    pub fn unnumbered(&self, word: &str, limit: usize) -> Result<Vec<Unnumbered>, StoreError> {
        let sql =
            "SELECT applied.id, chart.name, applied.device, iif(instr(payload, CAST(?1 AS BLOB)) > 0, payload, x'')
                   FROM applied JOIN chart ON chart.id = applied.chart
                   WHERE applied.id > ?2 ORDER BY applied.id LIMIT ?3";
        let mark = self.get(NUMBERED)?.and_then(|it| it.try_into().ok());
        let mark = mark.map_or(0, u64::from_be_bytes);
        self.all(sql, params![word, mark, limit], "look for numbers", |row| {
            Ok(Unnumbered {
                change: row.get(0)?,
                chart: ChartId::new(row.get(1)?),
                device: DeviceId(row.get(2)?),
                payload: row.get(3)?,
            })
        })
    }

    /// Keeps the numbers that were found in changes up to one.
    pub fn numbered(&mut self, up_to: u64, found: &[(String, ChartId)]) -> Result<(), StoreError> {
        let doing = "keep numbers";
        database::write(&mut self.connection, |connection| {
            for (number, chart) in found {
                run(
                    connection,
                    "INSERT OR IGNORE INTO number (number, chart) SELECT ?1, id FROM chart WHERE name = ?2",
                    params![number, chart.as_bytes()],
                    doing,
                )?;
            }
            put(connection, NUMBERED, &up_to.to_be_bytes())
        })
    }
}

/// Moves a chart.
pub(super) fn carry_out(connection: &Connection, moving: &Move) -> Result<(), StoreError> {
    let doing = "move a chart";
    let (Move::Join { chart, scope }
    | Move::Leave { chart, scope }
    | Move::Guest { chart, scope, .. }
    | Move::Farewell { chart, scope, .. }) = moving;
    let number = chart_number(connection, *chart)?.ok_or(StoreError::Refused { doing })?;
    match moving {
        Move::Join { .. } => join(connection, number, scope.0),
        Move::Leave { .. } => leave(connection, number, scope.0),
        Move::Guest { site, until_ms, .. } => {
            run(
                connection,
                "INSERT INTO guest (site, chart, until_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT (site, chart) DO UPDATE SET until_ms = max(until_ms, excluded.until_ms)",
                params![site.0, number, until_ms],
                doing,
            )?;
            join(connection, number, scope.0)
        }
        Move::Farewell { site, .. } => {
            let sql = "DELETE FROM guest WHERE site = ?1 AND chart = ?2";
            run(connection, sql, params![site.0, number], doing)?;
            leave(connection, number, scope.0)
        }
    }
}

/// Takes a chart out of a scope; nothing happens to one that is not in it.
fn leave(connection: &Connection, chart: i64, scope: u32) -> Result<(), StoreError> {
    let doing = "take a chart out of a scope";
    let sql = "DELETE FROM member WHERE chart = ?1 AND scope = ?2";
    if run(connection, sql, params![chart, scope], doing)? == 0 {
        return Ok(());
    }
    let (position, digest) = head(connection, scope)?;
    let position = position
        .checked_add(1)
        .ok_or(StoreError::Refused { doing })?;
    let name: [u8; 16] = connection
        .prepare_cached("SELECT name FROM chart WHERE id = ?1")
        .and_then(|mut it| it.query_row([chart], |row| row.get(0)))
        .doing(doing)?;
    let digest = add(digest, &name);
    move_head(connection, scope, position, digest)?;
    run(
        connection,
        "INSERT INTO parting (scope, position, chart, digest) VALUES (?1, ?2, ?3, ?4)",
        params![scope, position, chart, digest],
        doing,
    )
    .map(drop)
}

/// A place of a feed where a chart leaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parting {
    pub(super) place: u64,
    pub(super) chart: ChartId,
    pub(super) digest: [u8; 16],
}

/// Returns where charts leave after a position of a feed.
pub(super) fn partings(
    connection: &Connection,
    scope: ScopeId,
    from: u64,
    limit: usize,
) -> Result<Vec<Parting>, StoreError> {
    let doing = "read where charts leave";
    let sql =
        "SELECT position, chart.name, digest FROM parting JOIN chart ON chart.id = parting.chart
               WHERE scope = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    let mut statement = connection.prepare_cached(sql).doing(doing)?;
    let rows = statement
        .query_map(params![scope.0, from, limit], |row| {
            Ok(Parting {
                place: row.get(0)?,
                chart: ChartId::new(row.get(1)?),
                digest: row.get(2)?,
            })
        })
        .doing(doing)?;
    rows.collect::<Result<_, _>>().doing(doing)
}

/// Returns a feed's digest at a place where a chart leaves.
pub(super) fn digest_at(
    connection: &Connection,
    scope: ScopeId,
    position: u64,
) -> Result<Option<[u8; 16]>, StoreError> {
    let sql = "SELECT digest FROM parting WHERE scope = ?1 AND position = ?2";
    let parameters = params![scope.0, position];
    one_at(connection, sql, parameters, "read a feed's digest", |row| {
        row.get(0)
    })
}
