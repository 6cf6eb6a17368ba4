//! The people's own signatures over the logs of their devices.
//!
//! A seal stands for the head of its log just before it, and is checked with the key that its person made on that
//! device. Nothing is ever taken off the roster, so the newest one has every key that was used.

use std::collections::BTreeMap;

use audit::{Entry, EntryKind, LogHead, Seal, Session, SessionEvent, StoredEntry};
use record::DeviceId;
use roster::Roster;

/// How many older logs a log may continue. A device has no more than its hub lets it begin.
const MAX_CONTINUED: usize = 64;

/// Reads a history for its seals. It holds the head of each log.
#[derive(Debug, Default)]
pub(super) struct Seals {
    logs: BTreeMap<(DeviceId, u32), Log>,
}

/// A log as far as it was read.
#[derive(Debug)]
struct Log {
    head: LogHead,
    /// Where each log that this one continues would stand with the entries that followed here. They were written
    /// there first, byte for byte, and their seals with them.
    continued: Vec<LogHead>,
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
        let log = self
            .logs
            .entry((at.device, at.epoch))
            .or_insert_with(|| Log {
                head: LogHead::start(at.device, at.epoch),
                continued: Vec::new(),
            });
        let before: Vec<LogHead> = log.continued.iter().copied().chain([log.head]).collect();
        log.head = after;
        for head in &mut log.continued {
            *head = head.next(&stored.entry);
        }
        let entry = Entry::from_bytes(&stored.entry).ok()?;
        if let Some(continues) = continued(&entry, at.device)
            && log.continued.len() < MAX_CONTINUED
        {
            log.continued.push(continues);
        }
        if entry.kind != EntryKind::SEAL {
            return None;
        }
        let Ok(seal) = Seal::from_bytes(&entry.payload) else {
            return Some("it cannot be read");
        };
        if !before.contains(&seal.head) {
            return Some("it is not over the log just before it");
        }
        let person = roster.person(entry.person);
        let Some(person) = person.filter(|it| it.keys_ever_on(at.device).next().is_some()) else {
            return Some("its person has no key on this device");
        };
        let signed = person.signed_with(at.device, |key| seal.verify(key).is_ok());
        signed.is_none().then_some("its person did not sign it")
    }
}

/// Returns the head that a log goes on from, if this entry says so.
fn continued(entry: &Entry, device: DeviceId) -> Option<LogHead> {
    let session = Session::from_bytes(&entry.payload).ok();
    session
        .filter(|it| entry.kind == EntryKind::SESSION && it.event == SessionEvent::LogBegun)
        .and_then(|it| it.continues)
        .filter(|it| it.device == device)
}

#[cfg(test)]
mod tests {
    use audit::SALT_BYTES;
    use record::{Hlc, PersonId};

    use super::*;
    use crate::testing::hub;

    #[test]
    fn a_log_continues_so_many_others() {
        let device = DeviceId(1);
        let (hub, _world) = hub();
        let mut seals = Seals::default();
        let mut head = LogHead::start(device, 99);
        let mut continued = || {
            let begun = Session {
                event: SessionEvent::LogBegun,
                actor: None,
                nonce: None,
                version: "1".to_owned(),
                boot: [0; 16],
                wall_ms: 0,
                device: None,
                person: None,
                number: None,
                continues: Some(LogHead::start(device, 1)),
                why: None,
            };
            let entry = Entry {
                kind: EntryKind::SESSION,
                chart: None,
                hlc: Hlc::new(1, 0),
                person: PersonId(1),
                payload: begun.to_bytes().unwrap(),
            };
            let entry = entry.to_bytes().unwrap();
            head = head.next(&entry);
            let stored = StoredEntry {
                leaf: head.seq,
                position: head.position(),
                entry,
                chain: head.chain,
                salt: [0; SALT_BYTES],
                hashes: Vec::new(),
                signature: None,
            };
            assert_eq!(seals.check(hub.roster(), &stored), None);
            seals
                .logs
                .values()
                .map(|it| it.continued.len())
                .sum::<usize>()
        };

        for begun in 1..=MAX_CONTINUED {
            assert_eq!(continued(), begun);
        }
        assert_eq!(continued(), MAX_CONTINUED);
    }
}
