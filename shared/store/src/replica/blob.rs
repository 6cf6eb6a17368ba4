//! Attachments of a replica: which are here, which are at the hub, which are wanted.

use crypto::{Blob, BlobTree};
use record::ChartId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{ReplicaStore, leave};
use crate::StoreError;
use crate::blob::{self, Lacking, StoredGroup};
use crate::database;
use crate::error::Doing as _;

/// How many bytes of attachments a replica holds at most: what is wanted beyond waits, and no more is attached.
pub(super) const MAX_BYTES: u64 = 16 << 30;

/// How many blobs that the hub did not have it is asked for again at a meeting: each costs a round trip.
pub(super) const MAX_MISSED: usize = 16;

/// A blob with all its groups, to be kept with the entry that names it.
pub struct NewBlob {
    /// Which.
    pub blob: Blob,
    /// Its groups, in order.
    pub groups: Vec<StoredGroup>,
}

/// How an attachment's bytes stand here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlobState {
    /// All of them are here.
    pub is_whole: bool,
    /// The hub is known to have all of them.
    pub at_hub: bool,
    /// Somebody wants them here, whatever their size.
    pub asked: bool,
}

record::discreet!(NewBlob);

/// The blobs that belong to charts here, that are not whole, and that are wanted.
const WANTED: &str =
    "FROM attachment LEFT JOIN blob ON blob.hash = attachment.hash AND blob.size = attachment.size
     WHERE coalesce(whole, 0) = 0 AND (attachment.size <= ?1 OR asked = 1)
     AND chart NOT IN (SELECT chart FROM leaving)";

impl ReplicaStore {
    /// Returns blobs that are whole here and not known to be at the hub, the oldest first.
    pub fn blobs_to_offer(&self, limit: usize) -> Result<Vec<Blob>, StoreError> {
        let sql = "SELECT hash, size FROM blob WHERE whole = 1 AND at_hub = 0 ORDER BY id LIMIT ?1";
        blob::list(&self.connection, sql, [limit])
    }

    /// Returns blobs that are wanted here, with what is lacking of each: those that somebody asked for first, then the
    /// smallest; last a few of those that the hub did not have, those first that it was asked for least. Without being
    /// asked for, one of more than `up_to` bytes is not wanted.
    pub fn blobs_to_want(
        &self,
        up_to: u64,
        limit: usize,
    ) -> Result<Vec<(Blob, Lacking)>, StoreError> {
        let list = |which: &str, limit: usize| {
            let sql = format!(
                "SELECT attachment.hash, attachment.size {WANTED} AND {which}
                 GROUP BY attachment.hash, attachment.size
                 ORDER BY max(coalesce(asked, 0)) DESC, min(missed), attachment.size LIMIT ?2"
            );
            let up_to = up_to.min(Blob::MAX_BYTES);
            blob::list(&self.connection, &sql, params![up_to, limit])
        };
        let mut blobs = list("(missed = 0 OR asked = 1)", limit)?;
        let again = MAX_MISSED.min(limit.saturating_sub(blobs.len()));
        blobs.extend(list("missed > 0 AND coalesce(asked, 0) = 0", again)?);
        let mut room = MAX_BYTES.saturating_sub(self.blob_bytes()?);
        let mut wanted = Vec::new();
        for blob in blobs {
            let Some(left) = room.checked_sub(blob.size()) else {
                break;
            };
            room = left;
            wanted.push((blob, blob::lacking(&self.connection, &blob)?));
        }
        Ok(wanted)
    }

    /// Remembers that the hub did not have a blob when it was asked.
    pub fn note_blob_missed(&mut self, blob: &Blob) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "UPDATE attachment SET missed = missed + 1 WHERE hash = ?1 AND size = ?2",
            )
            .and_then(|mut it| it.execute(params![blob.hash().as_bytes(), blob.size()]))
            .map(drop)
            .doing("note that an attachment was not at the hub")
    }

    /// Returns how many blobs are to go up and how many are to come.
    pub fn count_blobs(&self, up_to: u64) -> Result<(u64, u64), StoreError> {
        let sql = format!(
            "SELECT (SELECT count(*) FROM blob WHERE whole = 1 AND at_hub = 0),
                    (SELECT count(*) FROM (SELECT DISTINCT attachment.hash, attachment.size {WANTED}))"
        );
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut it| {
                it.query_row([up_to.min(Blob::MAX_BYTES)], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
            })
            .doing("count attachments")
    }

    fn blob_bytes(&self) -> Result<u64, StoreError> {
        self.connection
            .prepare_cached("SELECT coalesce(sum(size), 0) FROM blob")
            .and_then(|mut it| it.query_row([], |row| row.get(0)))
            .doing("measure the attachments")
    }

    /// Returns every blob that is whole here.
    pub fn whole_blobs(&self) -> Result<Vec<Blob>, StoreError> {
        let sql = "SELECT hash, size FROM blob WHERE whole = 1 ORDER BY id";
        blob::list(&self.connection, sql, [])
    }

    /// Returns the blobs that a chart is listed to have, in the order of their hashes.
    pub fn blobs_of(&self, chart: ChartId) -> Result<Vec<Blob>, StoreError> {
        let sql =
            "SELECT hash, size FROM attachment WHERE chart = (SELECT id FROM chart WHERE name = ?1)
                   ORDER BY hash, size";
        blob::list(&self.connection, sql, [chart.as_bytes()])
    }

    /// Returns how a blob stands here.
    pub fn blob_state(&self, blob: &Blob) -> Result<BlobState, StoreError> {
        let sql = "SELECT whole, at_hub, asked FROM blob WHERE hash = ?1 AND size = ?2";
        let state = self
            .connection
            .prepare_cached(sql)
            .and_then(|mut it| {
                it.query_row(params![blob.hash().as_bytes(), blob.size()], |row| {
                    Ok(BlobState {
                        is_whole: row.get(0)?,
                        at_hub: row.get(1)?,
                        asked: row.get(2)?,
                    })
                })
                .optional()
            })
            .doing("look how an attachment stands")?;
        Ok(state.unwrap_or_default())
    }

    /// Returns a group of a blob; none if it is not here.
    pub fn blob_group(&self, blob: &Blob, number: u32) -> Result<Option<Vec<u8>>, StoreError> {
        blob::group(&self.connection, blob, number)
    }

    /// Returns what proves the groups of a blob; none if it is not whole.
    pub fn blob_tree(&self, blob: &Blob) -> Result<Option<BlobTree>, StoreError> {
        blob::tree(&self.connection, blob)
    }

    /// Hashes the groups of a blob again. Returns those that are not what they should be.
    pub fn check_blob(&self, blob: &Blob) -> Result<Vec<u32>, StoreError> {
        blob::check(&self.connection, blob)
    }

    /// Keeps a group that came from the hub, if a chart here has the blob still. Returns what is lacking.
    pub fn keep_group(&mut self, blob: &Blob, group: &StoredGroup) -> Result<Lacking, StoreError> {
        database::write(&mut self.connection, |connection| {
            if !is_named(connection, blob)? {
                // Its chart left meanwhile.
                return Ok(Lacking::new());
            }
            blob::keep(connection, blob, group, MAX_BYTES)?;
            set(connection, blob, "at_hub = 1")?;
            blob::lacking(connection, blob)
        })
    }

    /// Notes that the hub has all of a blob. A chart that waited for that is removed.
    pub fn note_blob_at_hub(&mut self, blob: &Blob) -> Result<(), StoreError> {
        let removed = database::write(&mut self.connection, |connection| {
            set(connection, blob, "at_hub = 1")?;
            leave::remove_ready(connection)
        })?;
        if removed > 0 {
            self.empty_journal()?;
        }
        Ok(())
    }

    /// Forgets which blobs the hub has: it was restored, and is offered all of them again.
    pub fn doubt_blobs(&mut self) -> Result<(), StoreError> {
        self.connection
            .execute("UPDATE blob SET at_hub = 0 WHERE at_hub = 1", [])
            .doing("offer the attachments again")?;
        Ok(())
    }

    /// Wants a blob, whatever its size.
    pub fn ask_for_blob(&mut self, blob: &Blob) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO blob (hash, size, asked) VALUES (?1, ?2, 1)
                 ON CONFLICT (hash, size) DO UPDATE SET asked = 1",
                params![blob.hash().as_bytes(), blob.size()],
            )
            .doing("ask for an attachment")?;
        Ok(())
    }
}

/// Tells whether a chart here has a blob.
fn is_named(connection: &Connection, blob: &Blob) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM attachment WHERE hash = ?1 AND size = ?2 LIMIT 1";
    connection
        .prepare_cached(sql)
        .and_then(|mut it| it.exists(params![blob.hash().as_bytes(), blob.size()]))
        .doing("look for a chart with an attachment")
}

fn set(connection: &Connection, blob: &Blob, what: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(&format!(
            "UPDATE blob SET {what} WHERE hash = ?1 AND size = ?2"
        ))
        .and_then(|mut it| it.execute(params![blob.hash().as_bytes(), blob.size()]))
        .doing("note how an attachment stands")?;
    Ok(())
}

/// Keeps a blob that was attached here.
pub(super) fn keep_new(connection: &Connection, new: &NewBlob) -> Result<(), StoreError> {
    for group in &new.groups {
        blob::keep(connection, &new.blob, group, MAX_BYTES)?;
    }
    Ok(())
}

/// Keeps which blobs a chart has.
pub(super) fn list_of_chart(
    connection: &Connection,
    chart: i64,
    blobs: &[Blob],
) -> Result<(), StoreError> {
    let doing = "keep which attachments a chart has";
    let sql = "SELECT hash, size FROM attachment WHERE chart = ?1 ORDER BY hash, size";
    let before = blob::list(connection, sql, [chart])?;
    for gone in before.iter().filter(|it| !blobs.contains(it)) {
        connection
            .prepare_cached("DELETE FROM attachment WHERE chart = ?1 AND hash = ?2 AND size = ?3")
            .and_then(|mut it| it.execute(params![chart, gone.hash().as_bytes(), gone.size()]))
            .doing(doing)?;
    }
    for new in blobs.iter().filter(|it| !before.contains(it)) {
        connection
            .prepare_cached("INSERT INTO attachment (chart, hash, size) VALUES (?1, ?2, ?3)")
            .and_then(|mut it| it.execute(params![chart, new.hash().as_bytes(), new.size()]))
            .doing(doing)?;
    }
    Ok(())
}

/// Removes which blobs a chart has.
pub(super) fn forget_chart(connection: &Connection, chart: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM attachment WHERE chart = ?1")
        .and_then(|mut it| it.execute([chart]))
        .doing("remove a chart's attachments")?;
    Ok(())
}

/// Removes the bytes that no chart here has.
pub(super) fn drop_unnamed(connection: &Connection) -> Result<(), StoreError> {
    let unnamed = "NOT EXISTS (SELECT 1 FROM attachment
         WHERE attachment.hash = blob.hash AND attachment.size = blob.size)";
    for sql in [
        format!("DELETE FROM blob_group WHERE blob IN (SELECT id FROM blob WHERE {unnamed})"),
        format!("DELETE FROM blob WHERE {unnamed}"),
    ] {
        connection
            .prepare_cached(&sql)
            .and_then(|mut it| it.execute([]))
            .doing("remove attachments' bytes")?;
    }
    Ok(())
}
