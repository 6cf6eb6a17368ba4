//! What is in logs, and what the hub signs of the history.

use audit::{
    Access, AccessAction, AccessEvent, Attached, Checkpoint, Entry, EntryKind, LogHead, Outcome,
    Purpose, Returned, Seal, Session, SessionEvent, TreeHash,
};
use crypto::{BlobHash, SigningKey};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId, SiteId};

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

/// Reads an entry, and the bytes as each kind of payload.
pub(crate) fn entry(bytes: &[u8]) {
    if let Ok(entry) = Entry::from_bytes(bytes) {
        let written = entry.to_bytes();
        assert_eq!(written.as_deref(), Ok(bytes), "an entry has one encoding");
        payload(&entry.payload);
    }
    payload(bytes);
}

/// What was read and can be written is read again alike.
fn payload(bytes: &[u8]) {
    if let Ok(access) = Access::from_bytes(bytes)
        && let Ok(written) = access.to_bytes()
    {
        assert!(Access::from_bytes(&written) == Ok(access));
    }
    if let Ok(session) = Session::from_bytes(bytes)
        && let Ok(written) = session.to_bytes()
    {
        assert_eq!(Session::from_bytes(&written), Ok(session));
    }
    if let Ok(attached) = Attached::from_bytes(bytes) {
        let _blob = attached.blob();
        let written = attached.to_bytes();
        assert_eq!(
            written.and_then(|it| Attached::from_bytes(&it)),
            Ok(attached)
        );
    }
    if let Ok(returned) = Returned::from_bytes(bytes) {
        let written = returned.to_bytes();
        let again = written.and_then(|it| Returned::from_bytes(&it));
        assert_eq!(again, Ok(returned));
    }
    if let Ok(seal) = Seal::from_bytes(bytes) {
        let _verified = seal.verify(&key().public());
        let written = seal.to_bytes();
        assert_eq!(written.and_then(|it| Seal::from_bytes(&it)), Ok(seal));
    }
}

/// Reads a checkpoint's note: only one that the key signed is one.
pub(crate) fn checkpoint(bytes: &[u8]) {
    let Ok(note) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(read) = Checkpoint::verify(note, &key().public()) {
        let known = Checkpoint::new(&key().public(), 42, TreeHash([7; 32]));
        assert_eq!(read.size, known.size, "nobody else signs");
        assert_eq!(read.root, known.root, "nobody else signs");
    }
}

pub(crate) fn checkpoint_seeds() -> Vec<Vec<u8>> {
    let checkpoint = Checkpoint::new(&key().public(), 42, TreeHash([7; 32]));
    checkpoint
        .sign(&key())
        .map(String::into_bytes)
        .into_iter()
        .collect()
}

pub(crate) fn entry_seeds() -> Vec<Vec<u8>> {
    let access = Access {
        action: AccessAction::Read,
        event: AccessEvent::OpenChart,
        purpose: Purpose::Treatment,
        outcome: Outcome::Done,
        query: Some("wanjiru".to_owned()),
        results: Some(3),
        reason: None,
        wall_ms: 1_790_000_000_000,
        site: SiteId(1),
        role: "nurse".to_owned(),
        checkpoint: 9,
    };
    let session = Session {
        event: SessionEvent::Started,
        actor: Some([9; 16]),
        nonce: Some([8; 16]),
        version: "0.1.0".to_owned(),
        boot: [1; 16],
        wall_ms: 1_790_000_000_000,
        device: Some(DeviceId(3)),
        person: None,
        number: Some(-1),
        continues: None,
        why: None,
    };
    let seal = Seal::sign(LogHead::start(DeviceId(3), 1).next(b"one"), &key());
    let attached = Attached {
        hash: BlobHash::from_bytes([7; 32]),
        size: 200_000,
    };
    let returned = Returned {
        position: LogHead::start(DeviceId(3), 1).position(),
        hlc: Hlc::new(1_790_000_000_000, 2),
        person: PersonId(2),
        hash: [7; 32],
        by: DeviceId(4),
        scope: ScopeId(1),
    };
    let payloads = [
        (EntryKind::RETURNED, returned.to_bytes()),
        (EntryKind::ACCESS, access.to_bytes()),
        (EntryKind::SESSION, session.to_bytes()),
        (EntryKind::SEAL, seal.to_bytes()),
        (EntryKind::ATTACHMENT, attached.to_bytes()),
        (EntryKind::CHANGE, Ok(crate::change::REGISTRATION.to_vec())),
    ];
    let entry = |(kind, payload): (EntryKind, Result<Vec<u8>, _>)| {
        let entry = Entry {
            kind,
            chart: (kind == EntryKind::CHANGE).then(|| ChartId::new([1; 16])),
            hlc: Hlc::new(1_790_000_000_000, 7),
            person: PersonId(2),
            payload: payload.ok()?,
        };
        entry.to_bytes().ok()
    };
    payloads.into_iter().filter_map(entry).collect()
}
