//! A copy of the store as it stands, and one under another key.

use std::path::Path;

use crypto::DatabaseKey;

use super::ReplicaStore;
use crate::OpenError;
use crate::database;

impl ReplicaStore {
    /// Copies a store in memory as it stands: many runs of a simulation begin from one, and a restored or cloned
    /// machine has one.
    pub fn copy_in_memory(&self) -> Result<Self, OpenError> {
        Ok(Self {
            connection: database::copy(&self.connection)?,
        })
    }

    /// Writes all that the store holds into a new file under another key.
    pub fn write_anew(&self, to: &Path, key: &DatabaseKey) -> Result<(), OpenError> {
        database::write_anew(&self.connection, to, key)
    }

    /// Puts a file that [`ReplicaStore::write_anew`] made in the place of a store that is closed.
    pub fn take_place(fresh: &Path, of: &Path) -> Result<(), OpenError> {
        database::take_place(fresh, of)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn key(seed: u8) -> DatabaseKey {
        DatabaseKey::from_bytes([seed; 32])
    }

    #[test]
    fn a_store_under_a_new_key_has_all_that_it_had_and_the_old_key_opens_it_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let (path, fresh) = (folder.path().join("a.db"), folder.path().join("b.db"));
        let mut store = ReplicaStore::create(&path, &key(1)).unwrap();
        store.put("word", b"kept").unwrap();
        let schema = |store: &ReplicaStore| -> Vec<String> {
            let sql = "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1";
            let mut statement = store.connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.collect::<Result<_, _>>().unwrap()
        };
        let before = schema(&store);

        fs::write(&fresh, b"what an earlier try left").unwrap();
        store.write_anew(&fresh, &key(2)).unwrap();
        let while_open = ReplicaStore::take_place(&fresh, &path);
        assert!(matches!(while_open, Err(OpenError::InUse)));
        drop(store);
        ReplicaStore::take_place(&fresh, &path).unwrap();

        let old = ReplicaStore::open(&path, &key(1));
        assert!(matches!(old, Err(OpenError::WrongKey)));
        let store = ReplicaStore::open(&path, &key(2)).unwrap();
        assert_eq!(store.get("word").unwrap().as_deref(), Some(&b"kept"[..]));
        assert_eq!(schema(&store), before);
        assert_eq!(store.check_file().unwrap(), Vec::<String>::new());
        assert!(!fresh.exists());
    }

    #[test]
    fn a_store_that_cannot_be_written_anew_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let store = ReplicaStore::create(&path, &key(1)).unwrap();

        let nowhere = store.write_anew(&folder.path().join("none/b.db"), &key(2));

        assert!(nowhere.is_err());
        drop(store);
        assert!(ReplicaStore::open(&path, &key(1)).is_ok());
    }
}
