//! A copy of the store as it stands.

use super::HubStore;
use crate::OpenError;
use crate::database;

impl HubStore {
    /// Copies a store in memory as it stands: many runs of a simulation begin from one, and a restored or cloned
    /// machine has one.
    pub fn copy_in_memory(&self) -> Result<Self, OpenError> {
        Ok(Self {
            connection: database::copy(&self.connection)?,
        })
    }
}
