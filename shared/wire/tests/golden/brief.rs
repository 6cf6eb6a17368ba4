//! The bytes of runs in brief as the first release that writes them did. Every later release must read them.
//!
//! A file is never written again. It is compared by content only, because another release of zstd may pack the same
//! content into other bytes.

use audit::{ChainHash, Entry, EntryKind, LogHead, LogPosition};
use crypto::SigningKey;
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use wire::{
    BatchSeal, EarlierChange, Early, FeedBatch, FeedChain, FeedDigest, FeedItem, FeedSeal,
    ItemMark, Message, Segment, Version, Welcome,
};

use crate::{bytes_of, write_missing};

const REGISTRATION: &[u8] =
    include_bytes!("../../../../tests/fixtures/replica/v0.1.0/registration.change");
const VISIT: &[u8] = include_bytes!("../../../../tests/fixtures/replica/v0.1.0/visit.change");

const PUSH: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/push-brief.cbor");
const EARLY: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/early.cbor");
const WELCOME: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/welcome-early.cbor");
const FEED: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/feed-brief.cbor");
const SEALED: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/feed-sealed.cbor");

const CHART: ChartId = ChartId::new([8; 16]);

fn before() -> LogHead {
    LogHead {
        device: DeviceId(3),
        epoch: 1,
        seq: 7,
        chain: ChainHash::from_bytes([7; 32]),
    }
}

/// The patient was registered by another device.
fn registration() -> EarlierChange {
    EarlierChange {
        position: LogPosition {
            device: DeviceId(4),
            epoch: 1,
            seq: 900,
        },
        chart: CHART,
        bytes: REGISTRATION.to_vec(),
    }
}

fn entries() -> Vec<Vec<u8>> {
    let entry = |kind, counter, payload: &[u8]| {
        let entry = Entry {
            kind,
            chart: Some(CHART),
            hlc: Hlc::new(1_700_000_000_000, counter),
            person: PersonId(5),
            payload: payload.to_vec(),
        };
        entry.to_bytes().expect("a small entry")
    };
    vec![
        entry(EntryKind::ACCESS, 0, b"looked at it"),
        entry(EntryKind::CHANGE, 1, VISIT),
        entry(EntryKind::ACCESS, 2, &[0xff, 0xff]),
        b"not an entry at all".to_vec(),
    ]
}

fn push() -> Message {
    let key = SigningKey::from_seed([1; 32]);
    let segment = Segment::seal_brief(before(), &entries(), &key, &mut |chart, _hash| {
        Some(registration()).filter(|it| it.chart == chart)
    });
    Message::Push(segment.expect("small entries fit"))
}

fn early() -> Message {
    let Message::Push(segment) = push() else {
        unreachable!("PUSH is PUSH")
    };
    let is_all = true;
    Message::Early(Early { segment, is_all })
}

fn welcome() -> Message {
    Message::Welcome(Welcome {
        version: Version::TWO,
        stored: vec![before()],
        feeds: vec![],
        roster: None,
        time_ms: 1_700_000_000_000,
        checkpoint: None,
        repair: vec![],
        takes_early: true,
        files_told: 0x1234,
    })
}

fn feed() -> Message {
    let position = |device, seq| LogPosition {
        device: DeviceId(device),
        epoch: 1,
        seq,
    };
    let change = |seq, payload: &[u8]| FeedItem::Change {
        position: position(4, seq),
        chart: CHART,
        hlc: Hlc::new(1_700_000_000_000, 1),
        person: PersonId(5),
        payload: payload.to_vec(),
    };
    let items = vec![
        FeedItem::Own {
            position: position(3, 8),
        },
        change(1, REGISTRATION),
        change(2, VISIT),
        FeedItem::Other {
            kind: 77,
            position: position(4, 3),
            payload: b"?".to_vec(),
        },
        change(4, b"not a change at all"),
    ];
    let batch = FeedBatch::new(ScopeId(2), 1, 9, FeedDigest([9; 16]), items);
    Message::Feed(batch.expect("a few items fit").in_brief())
}

#[test]
fn a_segment_in_brief_is_read() {
    let Ok(Message::Push(segment)) = Message::from_bytes(PUSH) else {
        panic!("the golden segment is not read")
    };
    let key = SigningKey::from_seed([1; 32]).public();

    let opened = segment.open_with(&key, &mut |at| {
        Some(registration()).filter(|it| it.position == at)
    });

    let opened = opened.expect("the golden segment opens");
    let read: Vec<Vec<u8>> = opened.entries.into_iter().map(|it| it.bytes).collect();
    assert_eq!(read, entries());
    assert!(segment.open(&key).is_err(), "it refers to the registration");
}

#[test]
fn what_is_sent_early_is_read_and_the_answer_to_it() {
    let Ok(Message::Early(read)) = Message::from_bytes(EARLY) else {
        panic!("the golden segment is not read")
    };
    let key = SigningKey::from_seed([1; 32]).public();

    let opened = read
        .segment
        .open_with(&key, &mut |_at| Some(registration()));

    assert_eq!(opened.expect("it opens").entries.len(), entries().len());
    assert!(read.is_all);
    assert_eq!(Message::from_bytes(WELCOME), Ok(welcome()));
}

#[test]
fn a_batch_in_brief_is_read() {
    assert_eq!(Message::from_bytes(FEED), Ok(feed()));
}

/// The same batch with the hub's word about it.
fn sealed() -> Message {
    let Message::Feed(batch) = feed() else {
        unreachable!("FEED is FEED")
    };
    let chain = FeedChain::start(ScopeId(2)).then(&ItemMark([8; 32]));
    let seal = FeedSeal::sign(ScopeId(2), 1, 14, chain, &SigningKey::from_seed([3; 32]));
    Message::Feed(batch.sealed(BatchSeal {
        before: FeedChain::start(ScopeId(2)),
        signature: seal.signature,
    }))
}

#[test]
fn a_sealed_batch_is_read() {
    assert_eq!(Message::from_bytes(SEALED), Ok(sealed()));
}

#[test]
#[ignore = "run once for a new form"]
fn write_missing_files() {
    for (name, known, message) in [
        ("push-brief.cbor", PUSH, push()),
        ("early.cbor", EARLY, early()),
        ("welcome-early.cbor", WELCOME, welcome()),
        ("feed-brief.cbor", FEED, feed()),
        ("feed-sealed.cbor", SEALED, sealed()),
    ] {
        write_missing("wire/v2", (name, known), &bytes_of(&message));
    }
}
