//! Attachments at the hub: which belong to which charts, and their bytes, once for all of them.

use crypto::{Blob, BlobTree};
use record::{DeviceId, ScopeId};
use rusqlite::{Connection, params};

use super::{HubStore, run};
use crate::StoreError;
use crate::blob::{self, Lacking, StoredGroup};
use crate::database;
use crate::error::Doing as _;

/// How many bytes of attachments a hub holds at most: what comes beyond is refused until there is room.
const MAX_BYTES: u64 = 1 << 40;

impl HubStore {
    /// Tells whether a device's own log says that a blob belongs to a chart.
    pub fn has_attached(&self, device: DeviceId, blob: &Blob) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM attachment WHERE hash = ?1 AND size = ?2 AND device = ?3 LIMIT 1";
        let (hash, size) = (blob.hash(), blob.size());
        let parameters = params![hash.as_bytes(), size, device.0];
        let doing = "look who attached something";
        Ok(self.one(sql, parameters, doing, |_row| Ok(()))?.is_some())
    }

    /// Returns the scopes of the charts that a blob belongs to.
    pub fn scopes_of_blob(&self, blob: &Blob) -> Result<Vec<ScopeId>, StoreError> {
        let sql =
            "SELECT DISTINCT scope FROM attachment JOIN member ON member.chart = attachment.chart
                   WHERE hash = ?1 AND size = ?2 ORDER BY scope";
        let (hash, size) = (blob.hash(), blob.size());
        let parameters = params![hash.as_bytes(), size];
        self.all(sql, parameters, "look whose an attachment is", |row| {
            row.get(0).map(ScopeId)
        })
    }

    /// Tells whether a chart that a blob belongs to was in one of the scopes and left.
    pub fn has_left_with(&self, blob: &Blob, scopes: &[ScopeId]) -> Result<bool, StoreError> {
        let sql =
            "SELECT DISTINCT scope FROM attachment JOIN parting ON parting.chart = attachment.chart
                   WHERE hash = ?1 AND size = ?2";
        let (hash, size) = (blob.hash(), blob.size());
        let parameters = params![hash.as_bytes(), size];
        let doing = "look whose an attachment was";
        let left = self.all(sql, parameters, doing, |row| row.get(0).map(ScopeId))?;
        Ok(left.iter().any(|it| scopes.contains(it)))
    }

    /// Returns which groups of a blob are not here, in order.
    pub fn blob_lacking(&self, blob: &Blob) -> Result<Lacking, StoreError> {
        blob::lacking(&self.connection, blob)
    }

    /// Keeps a group. Returns what is lacking.
    pub fn keep_group(&mut self, blob: &Blob, group: &StoredGroup) -> Result<Lacking, StoreError> {
        database::write(&mut self.connection, |connection| {
            blob::keep(connection, blob, group, MAX_BYTES)?;
            blob::lacking(connection, blob)
        })
    }

    /// Returns how often a device was told that a blob is here whole.
    pub fn told_whole(&self, device: DeviceId) -> Result<u64, StoreError> {
        let sql = "SELECT times FROM told WHERE device = ?1";
        let told = self.one(sql, [device.0], "count what a device was told", |row| {
            row.get(0)
        })?;
        Ok(told.unwrap_or(0))
    }

    /// Counts that a device is told now that a blob is here whole. Returns how often it was, this time included.
    pub fn tell_whole(&mut self, device: DeviceId) -> Result<u64, StoreError> {
        database::write(&mut self.connection, |connection| {
            let sql = "INSERT INTO told (device, times) VALUES (?1, 1)
                       ON CONFLICT (device) DO UPDATE SET times = times + 1 RETURNING times";
            connection
                .prepare_cached(sql)
                .and_then(|mut it| it.query_row([device.0], |row| row.get(0)))
                .doing("count what a device is told")
        })
    }

    /// Returns a group of a blob; none if it is not here.
    pub fn blob_group(&self, blob: &Blob, number: u32) -> Result<Option<Vec<u8>>, StoreError> {
        blob::group(&self.connection, blob, number)
    }

    /// Returns what proves the groups of a blob; none if it is not whole.
    pub fn blob_tree(&self, blob: &Blob) -> Result<Option<BlobTree>, StoreError> {
        blob::tree(&self.connection, blob)
    }

    /// Returns every blob that is whole here.
    pub fn whole_blobs(&self) -> Result<Vec<Blob>, StoreError> {
        let sql = "SELECT hash, size FROM blob WHERE whole = 1 ORDER BY id";
        blob::list(&self.connection, sql, [])
    }

    /// Returns the blobs that belong to charts and are not whole here.
    pub fn missing_blobs(&self) -> Result<Vec<Blob>, StoreError> {
        let sql = "SELECT DISTINCT hash, size FROM attachment WHERE NOT EXISTS (SELECT 1 FROM blob
                   WHERE blob.hash = attachment.hash AND blob.size = attachment.size AND whole = 1)";
        blob::list(&self.connection, sql, [])
    }

    /// Hashes the groups of a blob again. Returns those that are not what they should be.
    pub fn check_blob(&self, blob: &Blob) -> Result<Vec<u32>, StoreError> {
        blob::check(&self.connection, blob)
    }
}

/// Keeps that a device's log says that a blob belongs to a chart.
pub(super) fn keep_attached(
    connection: &Connection,
    leaf: u64,
    blob: &Blob,
) -> Result<(), StoreError> {
    run(
        connection,
        "INSERT OR IGNORE INTO attachment (chart, hash, size, device)
         SELECT chart, ?2, ?3, device FROM entry WHERE leaf = ?1 AND chart <> 0",
        params![leaf, blob.hash().as_bytes(), blob.size()],
        "keep which chart an attachment belongs to",
    )
    .map(drop)
}
