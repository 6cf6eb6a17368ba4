//! What was so before the roster as it stands: which roles a person has had, since when a device is revoked.
//!
//! Entries are looked into after they are stored, and work done offline comes later still. A nurse who has become
//! a clinician since wrote as a nurse; and what was stored before its device was revoked is as good as it was then.

use std::collections::{BTreeMap, BTreeSet};

use audit::{EntryKind, Session, SessionEvent};
use crypto::PublicKey;
use record::{DeviceId, PersonId};
use roster::Role;
use store::{HubStore, StoreError};

/// How many rosters are read at once.
const ROSTERS: usize = 16;
/// How many entries of the hub's own log are read at once.
const ENTRIES: usize = 256;

/// What has been read of the past. It only grows.
#[derive(Debug, Default)]
pub(crate) struct Past {
    /// Up to which epoch the rosters were read.
    epoch: u64,
    roles: BTreeMap<PersonId, BTreeSet<Role>>,
    /// Up to which entry the hub's own log was read.
    seq: u64,
    revoked: BTreeMap<DeviceId, u64>,
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

    /// Reads what the hub's own log says of revocations, since the last time.
    pub(crate) fn follow_log(&mut self, store: &HubStore) -> Result<(), StoreError> {
        loop {
            let rows = store.own_entries(self.seq, ENTRIES)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            self.seq = last.position.seq;
            for row in rows {
                let session = row
                    .entry
                    .filter(|it| it.kind == EntryKind::SESSION)
                    .and_then(|it| Session::from_bytes(&it.payload).ok());
                if let Some(session) = session
                    && session.event == SessionEvent::DeviceRevoked
                    && let Some(device) = session.device
                {
                    self.revoked.entry(device).or_insert(row.leaf);
                }
            }
        }
    }

    /// Tells whether an entry of a device that is revoked now was stored before that was noted. A revocation
    /// that the hub's log does not have leaves nothing to go by: then it was not.
    pub(crate) fn was_before_revocation(&self, device: DeviceId, leaf: u64) -> bool {
        self.revoked.get(&device).is_some_and(|it| leaf < *it)
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
