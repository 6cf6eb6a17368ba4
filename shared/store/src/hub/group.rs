//! Writing for several devices at once: what syncing the disk costs is paid once for all of them.

use super::HubStore;
use crate::StoreError;
use crate::error::Doing as _;

impl HubStore {
    /// Begins a group: what is written from here on is on the disk when [`HubStore::end_group`] has returned, all of it or
    /// nothing. Until then nobody may be told that it is stored. A write that fails leaves the others of its group as they are.
    pub fn begin_group(&mut self) -> Result<(), StoreError> {
        self.connection
            .execute_batch("BEGIN IMMEDIATE")
            .doing("begin a group")
    }

    /// Ends a group. After an error nothing of it is stored.
    pub fn end_group(&mut self) -> Result<(), StoreError> {
        let ended = self.connection.execute_batch("COMMIT").doing("end a group");
        if ended.is_err() && !self.connection.is_autocommit() {
            self.connection
                .execute_batch("ROLLBACK")
                .doing("give up a group")?;
        }
        ended
    }
}
