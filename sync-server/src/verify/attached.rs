//! Whether attachments are what was attached: their bytes by their hashes, and whose they are by the log.

use audit::{Attached, EntryKind};
use store::{AuditFilter, StoreError};

use super::{Problem, Verification};
use crate::hub::Hub;

/// How many entries are read at once.
const ENTRIES: usize = 256;

impl Hub {
    pub(super) fn verify_attachments(&self, found: &mut Verification) -> Result<(), StoreError> {
        for blob in self.store.whole_blobs()? {
            let groups = self.store.check_blob(&blob)?.len();
            if groups > 0 {
                let hash = blob.hash();
                found.found(Problem::Attachment { hash, groups });
            }
        }
        let looked_into = self.store.looked_into()?;
        let mut before_leaf = None;
        loop {
            let filter = AuditFilter {
                kind: Some(EntryKind::ATTACHMENT),
                before_leaf,
                limit: ENTRIES,
                ..AuditFilter::default()
            };
            let rows = self.store.audit(&filter)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            before_leaf = Some(last.leaf);
            for row in rows.iter().filter(|it| it.leaf < looked_into) {
                let entry = row.entry.as_ref().filter(|it| it.chart.is_some());
                let attached = entry.and_then(|it| Attached::from_bytes(&it.payload).ok());
                let Some(blob) = attached.and_then(|it| it.blob()) else {
                    continue;
                };
                if !self.store.has_attached(row.position.device, &blob)? {
                    found.found(Problem::Unlisted {
                        position: row.position,
                        leaf: row.leaf,
                    });
                }
            }
        }
    }
}
