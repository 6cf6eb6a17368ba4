//! The history: its tree over the entries, its proofs and its checkpoints.

use audit::{
    ChainHash, Checkpoint, HashReader, HistoryError, Leaf, LogPosition, StoredEntry, TreeHash,
    stored_with,
};
use crypto::Signature;
use record::DeviceId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};

use super::entries::{self, ENTRY, POSITION, bytes_of, position_of};
use super::{HubStore, one, run};
use crate::StoreError;
use crate::database;

impl HubStore {
    /// Returns how many leaves the history has.
    pub fn history_size(&self) -> Result<u64, StoreError> {
        entries::size(&self.connection)
    }

    /// Returns the root of the history's first leaves.
    pub fn history_root(&self, size: u64) -> Result<TreeHash, StoreError> {
        audit::root(size, &Hashes(&self.connection)).map_err(ours)
    }

    /// Returns the proof that a leaf is in the history of a size.
    pub fn prove_inclusion(&self, size: u64, leaf: u64) -> Result<Vec<TreeHash>, StoreError> {
        audit::prove_inclusion(size, leaf, &Hashes(&self.connection)).map_err(ours)
    }

    /// Returns the proof that the history of a size begins with that of an older size.
    pub fn prove_consistency(&self, old_size: u64, size: u64) -> Result<Vec<TreeHash>, StoreError> {
        audit::prove_consistency(old_size, size, &Hashes(&self.connection)).map_err(ours)
    }

    /// Keeps a checkpoint that was signed.
    pub fn put_checkpoint(
        &mut self,
        checkpoint: &Checkpoint,
        note: &str,
    ) -> Result<(), StoreError> {
        database::write(&mut self.connection, |connection| {
            let sql = "INSERT OR IGNORE INTO checkpoint (size, note) VALUES (?1, ?2)";
            run(
                connection,
                sql,
                params![checkpoint.size, note],
                "keep a checkpoint",
            )
            .map(drop)
        })
    }

    /// Returns the newest checkpoint's note.
    pub fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        let sql = "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1";
        self.one(sql, [], "read the newest checkpoint", |row| row.get(0))
    }

    /// Returns every checkpoint's note, the oldest first.
    pub fn checkpoints(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT note FROM checkpoint ORDER BY size";
        self.all(sql, [], "read the checkpoints", |row| row.get(0))
    }

    /// Reads what is stored of the history from a leaf on, for a verifier.
    pub fn history(&self, from: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        let sql = format!(
            "SELECT entry.leaf, {POSITION}, chain, salt, tree, signature, {ENTRY}
             FROM entry LEFT JOIN chart ON chart.id = entry.chart LEFT JOIN segment ON segment.leaf = entry.leaf
             WHERE entry.leaf >= ?1 ORDER BY entry.leaf LIMIT ?2"
        );
        self.all(&sql, params![from, limit], "read the history", stored_entry)
    }
}

/// Reads a row as it is. Whoever has the key can write anything into a column; it must come out as something
/// that the verifier finds and names, not as an error that hides every row after it.
fn stored_entry(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    let nowhere = LogPosition {
        device: DeviceId(u32::MAX),
        epoch: u32::MAX,
        seq: 0,
    };
    let tree: Vec<u8> = row.get(6).unwrap_or_default();
    let signature = match row.get_ref(7)? {
        ValueRef::Null => None,
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => {
            Some(Signature::from_bytes(row.get(7).unwrap_or([0; 64])))
        }
    };
    Ok(StoredEntry {
        leaf: row.get(0)?,
        position: position_of(row, 1).unwrap_or(nowhere),
        chain: ChainHash::from_bytes(row.get(4).unwrap_or_default()),
        salt: row.get(5).unwrap_or_default(),
        hashes: tree
            .chunks(32)
            .map(|it| TreeHash(it.try_into().unwrap_or_default()))
            .collect(),
        signature,
        entry: bytes_of(row, 8),
    })
}

/// Returns the hashes to store with a leaf.
pub(super) fn grow(
    connection: &Connection,
    number: u64,
    leaf: &Leaf,
) -> Result<Vec<TreeHash>, StoreError> {
    let hashes = audit::append(number, &leaf.to_bytes(), &Hashes(connection)).map_err(ours)?;
    Ok(hashes.into_iter().map(|(_index, hash)| hash).collect())
}

/// Reads the tree's hashes where they are: with the leaf that completed them.
struct Hashes<'a>(&'a Connection);

impl HashReader for Hashes<'_> {
    type Error = StoreError;

    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TreeHash>, StoreError> {
        let doing = "read a hash of the history";
        let sql = "SELECT substr(tree, 1 + 32 * ?2, 32) FROM entry WHERE leaf = ?1";
        let read = |index: &u64| {
            let (leaf, place) = stored_with(*index);
            one(self.0, sql, params![leaf, place], doing, |row| {
                row.get(0).map(TreeHash)
            })?
            .ok_or(StoreError::Damaged { doing })
        };
        indexes.iter().map(read).collect()
    }
}

fn ours(error: HistoryError<StoreError>) -> StoreError {
    match error {
        HistoryError::Read(error) => error,
        HistoryError::Missing | HistoryError::NoSuchSize => StoreError::Refused {
            doing: "prove something of the history",
        },
    }
}
