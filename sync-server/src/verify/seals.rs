//! The people's own signatures over the logs of their devices.
//!
//! A seal stands for the head of its log just before it, and is checked with the key that its person made on that
//! device. Nothing is ever taken off the roster, so the newest one has every key that was used.

use std::collections::BTreeMap;

use audit::{Entry, EntryKind, LogHead, Seal, StoredEntry};
use record::DeviceId;
use roster::Roster;

/// Reads a history for its seals. It holds the head of each log.
#[derive(Debug, Default)]
pub(super) struct Seals {
    heads: BTreeMap<(DeviceId, u32), LogHead>,
}

impl Seals {
    /// Reads the next entry; returns what is wrong with it if it is a seal.
    pub(super) fn check(&mut self, roster: &Roster, stored: &StoredEntry) -> Option<&'static str> {
        let at = stored.position;
        let after = LogHead {
            device: at.device,
            epoch: at.epoch,
            seq: at.seq,
            chain: stored.chain,
        };
        let before = self.heads.insert((at.device, at.epoch), after);
        let before = before.unwrap_or_else(|| LogHead::start(at.device, at.epoch));
        let entry = Entry::from_bytes(&stored.entry).ok()?;
        if entry.kind != EntryKind::SEAL {
            return None;
        }
        let Ok(seal) = Seal::from_bytes(&entry.payload) else {
            return Some("it cannot be read");
        };
        if seal.head != before {
            return Some("it is not over the log just before it");
        }
        let person = roster.person(entry.person);
        let Some(key) = person.and_then(|it| it.key_on(at.device)) else {
            return Some("its person has no key on this device");
        };
        let signed = seal.verify(&key.sign);
        signed.err().map(|_bad| "its person did not sign it")
    }
}
