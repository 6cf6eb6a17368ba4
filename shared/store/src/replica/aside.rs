//! How much is kept of what cannot be taken up.

use rusqlite::{Connection, params};

use crate::StoreError;
use crate::error::Doing as _;

/// How many bytes are kept in all of what only a later release can read, or nobody: years of what a clinic could lack,
/// and little beside its charts. Whoever sends more than that without end must not fill the disk.
pub const MAX_ASIDE_BYTES: u64 = 32 << 20;

/// What keeping one thing takes beside its bytes: its row, its reason and its places in indexes. Things without bytes
/// must not be without a bound.
pub(super) const ROW_BYTES: u64 = 256;

/// Refuses what brings more than is kept aside. Nothing of it is then kept: what was kept before stays.
pub(super) fn check(connection: &Connection) -> Result<(), StoreError> {
    let kept: u64 = connection
        .prepare_cached(
            "SELECT coalesce(sum(length(payload) + ?1), 0) FROM quarantine JOIN entry ON entry.id = quarantine.entry",
        )
        .and_then(|mut it| it.query_row(params![ROW_BYTES], |row| row.get(0)))
        .doing("measure what was set aside")?;
    if kept > MAX_ASIDE_BYTES {
        return Err(StoreError::AsideFull);
    }
    Ok(())
}
