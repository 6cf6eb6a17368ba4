//! Attachments' bytes in groups of 64 kB, in the replica's and the hub's store alike.
//!
//! A group is kept in a transaction of its own when it comes, so that a transfer that was cut goes on after it. Whether
//! a group is what it claims was found out before; `check` finds out again.

use crypto::{Blob, BlobHash, BlobTree};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::StoreError;
use crate::error::Doing as _;

/// How many ranges are told of what is lacking: bytes come in order, so there is one, or a few that were damaged.
pub(crate) const MAX_RANGES: usize = 64;

/// A group of a blob as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredGroup {
    /// Which.
    pub number: u32,
    /// Its own hash in the tree.
    pub hash: [u8; 32],
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Groups of a blob that are not here: from one on, up to and without another.
pub type Lacking = Vec<(u32, u32)>;

record::discreet!(StoredGroup);

/// Returns a blob's row, after making one for it if there is room.
fn row(connection: &Connection, blob: &Blob, max_bytes: u64) -> Result<i64, StoreError> {
    if let Some(row) = find(connection, blob)? {
        return Ok(row);
    }
    let doing = "make room for an attachment";
    let held: u64 = connection
        .prepare_cached("SELECT coalesce(sum(size), 0) FROM blob")
        .and_then(|mut it| it.query_row([], |row| row.get(0)))
        .doing(doing)?;
    if held.saturating_add(blob.size()) > max_bytes {
        return Err(StoreError::Full);
    }
    connection
        .prepare_cached("INSERT INTO blob (hash, size) VALUES (?1, ?2)")
        .and_then(|mut it| it.insert(params![blob.hash().as_bytes(), blob.size()]))
        .doing(doing)
}

fn find(connection: &Connection, blob: &Blob) -> Result<Option<i64>, StoreError> {
    connection
        .prepare_cached("SELECT id FROM blob WHERE hash = ?1 AND size = ?2")
        .and_then(|mut it| {
            it.query_row(params![blob.hash().as_bytes(), blob.size()], |row| {
                row.get(0)
            })
            .optional()
        })
        .doing("look for an attachment's bytes")
}

/// Keeps a group; one that is here already is left. All blobs together have no more than `max_bytes`.
pub(crate) fn keep(
    connection: &Connection,
    blob: &Blob,
    group: &StoredGroup,
    max_bytes: u64,
) -> Result<(), StoreError> {
    let doing = "keep a part of an attachment";
    if blob.group_bytes(group.number) != Some(group.bytes.len()) {
        return Err(StoreError::Refused { doing });
    }
    let row = row(connection, blob, max_bytes)?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO blob_group (blob, number, hash, bytes) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut it| it.execute(params![row, group.number, group.hash, group.bytes]))
        .doing(doing)?;
    connection
        .prepare_cached(
            "UPDATE blob SET whole = ((SELECT count(*) FROM blob_group WHERE blob = ?1) = ?2) WHERE id = ?1",
        )
        .and_then(|mut it| it.execute(params![row, blob.groups()]))
        .doing(doing)?;
    Ok(())
}

/// Returns which groups are not here, in order.
pub(crate) fn lacking(connection: &Connection, blob: &Blob) -> Result<Lacking, StoreError> {
    let doing = "look for what is lacking of an attachment";
    let row = find(connection, blob)?;
    let mut statement = connection
        .prepare_cached("SELECT number FROM blob_group WHERE blob = ?1 ORDER BY number")
        .doing(doing)?;
    let held = statement
        .query_map([row], |row| row.get::<_, u32>(0))
        .doing(doing)?;
    let mut lacking = Lacking::new();
    let mut next = 0;
    for number in held {
        let number = number.doing(doing)?;
        if next < number {
            lacking.push((next, number));
        }
        next = number.saturating_add(1);
    }
    if next < blob.groups() {
        lacking.push((next, blob.groups()));
    }
    lacking.truncate(MAX_RANGES);
    Ok(lacking)
}

/// Returns a group; none if it is not here.
pub(crate) fn group(
    connection: &Connection,
    blob: &Blob,
    number: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = find(connection, blob)?;
    connection
        .prepare_cached("SELECT bytes FROM blob_group WHERE blob = ?1 AND number = ?2")
        .and_then(|mut it| {
            it.query_row(params![row, number], |row| row.get(0))
                .optional()
        })
        .doing("read a part of an attachment")
}

/// Returns what proves the groups of a blob; none if it is not whole.
pub(crate) fn tree(connection: &Connection, blob: &Blob) -> Result<Option<BlobTree>, StoreError> {
    let doing = "read an attachment's hashes";
    let row = find(connection, blob)?;
    let mut statement = connection
        .prepare_cached("SELECT hash FROM blob_group WHERE blob = ?1 ORDER BY number")
        .doing(doing)?;
    let hashes = statement.query_map([row], |row| row.get(0)).doing(doing)?;
    let hashes: Vec<[u8; 32]> = hashes.collect::<Result<_, _>>().doing(doing)?;
    Ok(BlobTree::from_groups(blob, hashes))
}

/// Hashes the groups of a blob again. Returns those that are not what they should be.
pub(crate) fn check(connection: &Connection, blob: &Blob) -> Result<Vec<u32>, StoreError> {
    let Some(tree) = tree(connection, blob)? else {
        return Ok((0..blob.groups()).collect());
    };
    let mut wrong = Vec::new();
    for number in 0..blob.groups() {
        let bytes = group(connection, blob, number)?.unwrap_or_default();
        let proof = tree.proof(number).unwrap_or_default();
        if blob.verify(number, &bytes, &proof).is_err() {
            wrong.push(number);
        }
    }
    Ok(wrong)
}

/// Forgets groups that are not what they should be: they are fetched again.
pub(crate) fn forget(
    connection: &Connection,
    blob: &Blob,
    numbers: &[u32],
) -> Result<(), StoreError> {
    let doing = "forget a damaged part of an attachment";
    let row = find(connection, blob)?;
    for number in numbers {
        connection
            .prepare_cached("DELETE FROM blob_group WHERE blob = ?1 AND number = ?2")
            .and_then(|mut it| it.execute(params![row, number]))
            .doing(doing)?;
    }
    connection
        .prepare_cached("UPDATE blob SET whole = 0 WHERE id = ?1")
        .and_then(|mut it| it.execute([row]))
        .doing(doing)?;
    Ok(())
}

/// Lists blobs. The query names hash and size, and what it is asked with.
pub(crate) fn list(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Blob>, StoreError> {
    let doing = "list attachments' bytes";
    let mut statement = connection.prepare_cached(sql).doing(doing)?;
    let rows = statement
        .query_map(parameters, |row| {
            Ok(Blob::new(BlobHash::from_bytes(row.get(0)?), row.get(1)?))
        })
        .doing(doing)?;
    let blobs = rows.collect::<Result<Vec<_>, _>>().doing(doing)?;
    Ok(blobs.into_iter().flatten().collect())
}
