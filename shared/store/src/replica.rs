//! A device's store: its own log, the charts it holds, and what is found by search.
//!
//! What is typed here goes through [`ReplicaStore::commit`], what comes from elsewhere through
//! [`ReplicaStore::take`]; there is no other way to write a chart. The log is the truth. Snapshots and search
//! are caches that [`ReplicaStore::repair`] writes again from it.

mod blob;
mod carried;
mod copy;
mod find;
mod folded;
mod held;
mod leave;
mod log;
mod member;
mod packed;
mod read;
mod tail;
mod types;
mod write;

use std::path::Path;

use crypto::DatabaseKey;
use record::ChartId;
use rusqlite::{Connection, OptionalExtension as _, params};

pub use blob::{BlobState, NewBlob};
pub use carried::{CarriedLog, NewCarried};
pub use tail::{FeedTail, Identity, TailSeal, TailStep};
pub use types::{
    Aside, Beside, ChartUpdate, Commit, Cursor, ForeignChange, KeptSource, NewChange, NewEntry,
    OwnEntry, Quarantined, Repair, SearchRow, Snapshot, Source, SourceAddress, StoredChange, Taken,
};

use crate::database::{self, Sharing};
use crate::error::{Doing as _, damaged};
use crate::migrate::Schema;
use crate::{OpenError, StoreError};

const SCHEMA: Schema = Schema {
    application_id: 0x504f_5301, // "POS", 1
    migrations: &[
        include_str!("replica/migrations/0001_first.sql"),
        include_str!("replica/migrations/0002_member.sql"),
        include_str!("replica/migrations/0003_leaving.sql"),
        include_str!("replica/migrations/0004_tail.sql"),
        include_str!("replica/migrations/0005_attachments.sql"),
        include_str!("replica/migrations/0006_carried.sql"),
        include_str!("replica/migrations/0007_missed.sql"),
        include_str!("replica/migrations/0008_columns.sql"),
    ],
};

/// A device's store. One process at a time has it open.
#[derive(Debug)]
pub struct ReplicaStore {
    connection: Connection,
}

impl ReplicaStore {
    /// Makes a new store; fails if there is one.
    pub fn create(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> {
        database::create(path, key, &SCHEMA, |_connection| Ok(()))?;
        Self::open(path, key)
    }

    /// Opens a store.
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, OpenError> {
        Ok(Self {
            connection: database::open(path, key, &SCHEMA, Sharing::Alone)?,
        })
    }

    /// Makes a store that is gone when it is dropped.
    pub fn in_memory() -> Result<Self, OpenError> {
        Ok(Self {
            connection: database::in_memory(&SCHEMA, |_connection| Ok(()))?,
        })
    }

    /// Reads a small thing that was remembered.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.connection
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")
            .and_then(|mut it| it.query_row([key], |row| row.get(0)).optional())
            .doing("read what was remembered")
    }

    /// Remembers a small thing.
    pub fn put(&mut self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            put(connection, key, value)
        })
    }

    /// Forgets a small thing.
    pub fn remove(&mut self, key: &str) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            connection
                .execute("DELETE FROM meta WHERE key = ?1", [key])
                .doing("forget")?;
            Ok(())
        })
    }

    /// Lets the file grow by at most so many pages of 4 kB: how a full disk is tried out.
    pub fn leave_room(&self, pages: u64) -> Result<(), StoreError> {
        let doing = "bound the file";
        let used: u64 = self
            .connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .doing(doing)?;
        let bound = used.saturating_add(pages);
        self.connection
            .pragma_update_and_check(None, "max_page_count", bound, |_row| Ok(()))
            .doing(doing)
    }

    /// Has the file say that a release of this schema wrote it: how a newer release's file is tried out.
    pub fn claim_schema(&self, version: u32) -> Result<(), StoreError> {
        self.connection
            .pragma_update(None, "user_version", version)
            .doing("claim a schema")
    }

    /// Checks the whole file: every page's authentication, every index. Returns what is wrong.
    pub fn check_file(&self) -> Result<Vec<String>, StoreError> {
        let mut problems = database::check_file(&self.connection).doing("check the file")?;
        let search = "INSERT INTO search_part (search_part, rank) VALUES ('integrity-check', 1)";
        match self
            .connection
            .execute(search, [])
            .doing("check the search index")
        {
            Ok(_) => {}
            Err(StoreError::Damaged { doing }) => problems.push(doing.to_owned()),
            Err(error) => return Err(error),
        }
        Ok(problems)
    }
}

fn put(connection: &Connection, key: &str, value: &[u8]) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .and_then(|mut it| it.execute(params![key, value]))
        .doing("remember")?;
    Ok(())
}

/// Returns a chart's short number, if it has one.
fn chart_number(connection: &Connection, chart: ChartId) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached("SELECT id FROM chart WHERE name = ?1")
        .and_then(|mut it| {
            it.query_row([chart.as_bytes()], |row| row.get(0))
                .optional()
        })
        .doing("look a chart up")
}

/// Returns a chart's short number, after giving it one.
fn number_chart(connection: &Connection, chart: ChartId) -> Result<i64, StoreError> {
    if let Some(number) = chart_number(connection, chart)? {
        return Ok(number);
    }
    connection
        .prepare_cached("INSERT INTO chart (name) VALUES (?1)")
        .and_then(|mut it| it.insert([chart.as_bytes()]))
        .doing("number a chart")
}

/// Reads a chart's name out of a column.
fn chart_named(name: Vec<u8>) -> Result<ChartId, StoreError> {
    name.try_into()
        .map(ChartId::new)
        .map_err(damaged("read a chart's name"))
}

#[cfg(test)]
mod tests;
