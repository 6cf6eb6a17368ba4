//! What the hub remembers of earlier rosters: which roles a person has had.
//!
//! Work done offline is judged after the roster has moved on. A nurse who has become a clinician since wrote as a
//! nurse; that she did is no forgery.

use std::collections::{BTreeMap, BTreeSet};

use crypto::PublicKey;
use record::PersonId;
use roster::Role;
use store::{HubStore, StoreError};

/// How many rosters are read at once.
const ROSTERS: usize = 16;

/// What has been read of the past. It only grows.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Up to which epoch the rosters were read.
    epoch: u64,
    roles: BTreeMap<PersonId, BTreeSet<Role>>,
}

impl Past {
    /// Reads the rosters that were signed since the last time.
    pub(crate) fn follow(&mut self, store: &HubStore, key: &PublicKey) -> Result<(), StoreError> {
        loop {
            let rosters = store.rosters_after(self.epoch, ROSTERS)?;
            if rosters.is_empty() {
                return Ok(());
            }
            for (epoch, signed) in rosters {
                self.epoch = epoch;
                // An old one that cannot be read any more says nothing; the newest was read when the hub opened.
                let Ok(roster) = signed.open(key, 0) else {
                    continue;
                };
                for person in &roster.people {
                    self.roles.entry(person.id).or_default().insert(person.role);
                }
            }
        }
    }

    /// Tells whether a person may have acted in a role: some roster gave it to them.
    ///
    /// When in doubt they may: a statement that names no role, and a person whose role only a later release knows.
    /// Who had the role once and has it no more is not found out either, for no clock tells how old a roster the
    /// device had.
    pub(crate) fn may_have_been(&self, person: PersonId, role: &str) -> bool {
        role.is_empty()
            || self.roles.get(&person).is_some_and(|roles| {
                let known = |it: &Role| it.name() == role || matches!(it, Role::Unknown(_));
                roles.iter().any(known)
            })
    }
}
