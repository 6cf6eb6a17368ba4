//! Whether attachments' bytes are what their hashes name.

use super::{ReplicaDriver, Verifying};
use crate::views::CommandError;

impl ReplicaDriver {
    /// Hashes the bytes of every attachment again. What the hub has too is fetched from there again.
    pub(super) fn verify_attachments(&self, verifying: &mut Verifying) -> Result<(), CommandError> {
        for blob in self.store.whole_blobs()? {
            let wrong = self.store.check_blob(&blob)?;
            if wrong.is_empty() {
                continue;
            }
            let is_elsewhere = self.store.blob_state(&blob)?.at_hub;
            let then = if is_elsewhere {
                "they are fetched again after a repair"
            } else {
                "the hub does not have it"
            };
            let (hash, groups) = (blob.hash(), wrong.len());
            verifying.problem(
                None,
                format!("attachment {hash}: {groups} groups of its bytes are damaged; {then}"),
            );
            if is_elsewhere {
                verifying.repair.groups.push((blob, wrong));
            }
        }
        Ok(())
    }
}
