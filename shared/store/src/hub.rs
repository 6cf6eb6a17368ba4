//! The hub's store: every device's log, the history, the charts, their feeds, and who may come in.
//!
//! The seam is narrow on purpose, so that another database can stand behind it: append entries, read a range,
//! where logs and feeds stand, which chart is in which scope. An entry and its leaf of the history are stored
//! together; a feed's position is handed out inside the transaction that fills it. Several processes may have
//! the store open: every write begins by waiting for the others.

mod admin;
mod admission;
mod blob;
mod copy;
mod entries;
mod feed;
mod group;
mod history;
mod ingest;
mod listing;
mod materialise;
mod moves;
mod packs;
mod release;
mod restored;
mod returned;
mod sealed;
mod served;
mod types;

use std::path::Path;

use crypto::DatabaseKey;
use record::ChartId;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

pub use admission::{AdmissionRow, AdmissionState};
pub use moves::{Move, Unnumbered};
pub use packs::{ChartRow, ChartsRead};
pub use release::SetAside;
pub use sealed::FeedFact;
pub use served::Unplaced;
pub use types::{
    Arrived, ArrivedEntry, AuditFilter, AuditRow, Contact, FeedHead, FeedPlace, FeedRead, FeedRow,
    HubChart, HubCommit, HubCounts, IngestError, Invite, Materialised, Misfit, MisfitNote,
    NewRoster, Note, Outcome, QuarantineRow, Request, RequestState, Salt, Unmaterialised, Written,
};

use crate::database::{self, Sharing};
use crate::error::Doing as _;
use crate::migrate::Schema;
use crate::{OpenError, Snapshot, StoreError};

const SCHEMA: Schema = Schema {
    application_id: 0x504f_5302, // "POS", 2
    migrations: &[
        include_str!("hub/migrations/0001_first.sql"),
        include_str!("hub/migrations/0002_restored.sql"),
        include_str!("hub/migrations/0003_charts.sql"),
        include_str!("hub/migrations/0004_sealed.sql"),
        include_str!("hub/migrations/0005_returned.sql"),
        include_str!("hub/migrations/0006_attachments.sql"),
        include_str!("hub/migrations/0007_told.sql"),
        include_str!("hub/migrations/0008_turns.sql"),
        include_str!("hub/migrations/0009_written.sql"),
        include_str!("hub/migrations/0010_admission.sql"),
    ],
};

/// A hub's store. Several processes may have it open.
#[derive(Debug)]
pub struct HubStore {
    connection: Connection,
}

impl HubStore {
    /// Makes a new store; fails if there is one. `feed_epoch` names its feeds: random, so that another hub's differ.
    pub fn create(path: &Path, key: &DatabaseKey, feed_epoch: u32) -> Result<Self, OpenError> {
        database::create(path, key, &SCHEMA, |it| begin(it, feed_epoch))?;
        Self::open(path, key)
    }

    /// Opens a store.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> {
        Ok(Self {
            connection: database::open(path, key, &SCHEMA, Sharing::Shared)?,
        })
    }

    /// Makes a store that is gone when it is dropped.
    pub fn in_memory(feed_epoch: u32) -> Result<Self, OpenError> {
        Ok(Self {
            connection: database::in_memory(&SCHEMA, |it| begin(it, feed_epoch))?,
        })
    }

    /// Reads a small thing that was remembered.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.one(
            "SELECT value FROM meta WHERE key = ?1",
            [key],
            "read what was remembered",
            |row| row.get(0),
        )
    }

    /// Remembers a small thing.
    pub fn put(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            put(connection, key, value)
        })
    }

    /// Checks the whole file: every page's authentication, every index. Returns what is wrong.
    pub fn check_file(&self) -> Result<Vec<String>, StoreError> {
        database::check_file(&self.connection).doing("check the file")
    }

    fn one<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        doing: &'static str,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        one(&self.connection, sql, parameters, doing, read)
    }

    fn one_at<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        doing: &'static str,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        one_at(&self.connection, sql, parameters, doing, read)
    }

    fn all<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        doing: &'static str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql).doing(doing)?;
        let rows = statement.query_map(parameters, read).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }
}

fn begin(connection: &Connection, feed_epoch: u32) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT INTO hub (id, feed_epoch, looked_into) VALUES (1, ?1, 0)",
            [feed_epoch],
        )
        .map(drop)
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    doing: &'static str,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut it| it.query_row(parameters, read).optional())
        .doing(doing)
}

/// Returns what is at a place that a peer names. Beyond all that can be counted here is nothing.
fn one_at<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    doing: &'static str,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    let found = connection
        .prepare_cached(sql)
        .and_then(|mut it| it.query_row(parameters, read).optional());
    match found {
        Err(rusqlite::Error::ToSqlConversionFailure(_)) => Ok(None),
        found => found.doing(doing),
    }
}

/// Runs a statement that writes.
fn run(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    doing: &'static str,
) -> Result<usize, StoreError> {
    connection
        .prepare_cached(sql)
        .and_then(|mut it| it.execute(parameters))
        .doing(doing)
}

/// Returns a number as it is counted here. A peer may name one beyond all that there can be: after it is nothing.
fn countable(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn put(connection: &Connection, key: &str, value: &[u8]) -> Result<(), StoreError> {
    run(
        connection,
        "INSERT INTO meta (key, value) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
        "remember",
    )
    .map(drop)
}

/// Returns a chart's short number, if it has one.
fn chart_number(connection: &Connection, chart: ChartId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT id FROM chart WHERE name = ?1";
    one(
        connection,
        sql,
        [chart.as_bytes()],
        "look a chart up",
        |row| row.get(0),
    )
}

/// Returns a chart's short number, after giving it one.
fn number_chart(connection: &Connection, chart: ChartId) -> Result<i64, StoreError> {
    if let Some(number) = chart_number(connection, chart)? {
        return Ok(number);
    }
    run(
        connection,
        "INSERT INTO chart (name) VALUES (?1)",
        [chart.as_bytes()],
        "number a chart",
    )?;
    Ok(connection.last_insert_rowid())
}

#[cfg(test)]
mod tests;
