//! What several devices send at once is stored by one transaction: the disk is synced once for all of them.

use std::collections::BTreeSet;

use super::{Peer, Worker};
use crate::driver::code_of;

/// How many segments are stored by one transaction: together at most so many megabytes, and less than a second.
const MAX_GROUP: usize = 64;

impl Worker {
    /// Gives every peer one step. What several of them have sent is stored together.
    pub(super) fn step_peers(&mut self) {
        let ingest = |it: &(&u64, &Peer)| it.1.driver.is_to_ingest();
        let group = self.peers.iter().filter(ingest).map(|it| *it.0);
        let group = first_of(group);
        let together = group.len() > 1 && self.store_together(&group);
        let ids: Vec<u64> = self.peers.keys().copied().collect();
        for id in ids {
            if !(together && group.contains(&id)) {
                self.step_peer(id);
            }
        }
    }

    /// Stores what these peers have sent, and syncs the disk once for all. Tells whether they had their step.
    fn store_together(&mut self, group: &BTreeSet<u64>) -> bool {
        if let Err(error) = self.hub.begin_group() {
            tracing::warn!(%error, "entries are stored one device after another");
            return false;
        }
        for id in group {
            self.step_peer(*id);
        }
        if let Err(error) = self.hub.end_group() {
            tracing::error!(%error, "what devices sent could not be stored");
            // Their sessions take it for stored, and nobody was told so: they come again and go on.
            for id in group {
                self.close(*id, code_of(&error));
            }
        }
        true
    }
}

/// Returns whose segments are stored by one transaction; the others follow after it.
fn first_of(peers: impl Iterator<Item = u64>) -> BTreeSet<u64> {
    peers.take(MAX_GROUP).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_segments_are_stored_by_one_transaction() {
        let peers = MAX_GROUP as u64;

        assert_eq!(first_of(0..peers).len(), MAX_GROUP);
        assert_eq!(first_of(0..=peers).last(), Some(&(peers - 1)));
    }
}
