//! The bytes of each message as the first release wrote them. Every later release must read them.
//!
//! A file is never written again. A new kind of message gets a new file: run the ignored test once,
//! and commit what it wrote. What is packed is compared by content only, because another release of
//! zstd may pack the same content into other bytes.

use audit::{ChainHash, LogHead, LogPosition};
use crypto::{BoxPublicKey, PublicKey, Signature, SigningKey};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use roster::SignedRoster;
use wire::{
    ChainMark, ChartPack, CheckpointMark, Cursor, Done, Enrol, Enrolling, FeedBatch, FeedDigest,
    FeedItem, Fetch, Fetched, Hello, Message, PackMark, PackProgress, PackRow, PackedChange, Probe,
    Probed, Quarantined, RefusalCode, Refused, Repair, RepairStep, Segment, Show, Stored, Version,
    Versions, Welcome,
};

use crate::{bytes_of, write_missing};

const CHECKPOINT: &str = "posta/hub\n3\nroot\n\n— hub sig\n";

/// A file's name, its bytes, and the message that they are.
type Golden = (&'static str, &'static [u8], Message);

macro_rules! golden {
    ($name:literal, $message:expr) => {
        (
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/wire/v1/", $name)),
            $message,
        )
    };
}

fn goldens() -> Vec<Golden> {
    vec![
        golden!("hello.cbor", hello(None)),
        golden!("hello-again.cbor", hello(Some(CHECKPOINT))),
        golden!("welcome.cbor", welcome()),
        golden!("push-short.cbor", push(2)),
        golden!("push-packed.cbor", push(60)),
        golden!(
            "stored.cbor",
            Message::Stored(Stored::at(head(7), Version::ONE))
        ),
        golden!("feed-short.cbor", feed(1)),
        golden!("feed-packed.cbor", feed(50)),
        golden!("taken.cbor", Message::Taken(cursor(9))),
        golden!("done-asked.cbor", Message::Done(Done::default())),
        golden!("done-answered.cbor", done()),
        golden!("refused.cbor", refused()),
        golden!("enrol.cbor", enrol()),
        golden!("enrolling-pending.cbor", pending()),
        golden!("enrolling-approved.cbor", approved()),
        golden!("probe.cbor", probe()),
        golden!("probed.cbor", probed()),
        golden!("hello-sized.cbor", hello_sized()),
        golden!("welcome-repair.cbor", welcome_repair()),
        golden!("show-asked.cbor", Message::Show(Show::default())),
        golden!("show-carried.cbor", show()),
        golden!(
            "repair-compare.cbor",
            repair(RepairStep::Compare(vec![0x61, 0, 0, 2, 0]))
        ),
        golden!(
            "repair-want.cbor",
            repair(RepairStep::Want(vec![[1; 32], [2; 32]]))
        ),
        golden!("repair-items-packed.cbor", repair_items()),
        golden!("repair-give-up.cbor", repair(RepairStep::GiveUp)),
        golden!("hello-packs.cbor", hello_in_packs()),
        golden!("hello-feeds-wait.cbor", hello_feeds_wait()),
        golden!("pack-packed.cbor", pack()),
        golden!("fetch.cbor", fetch()),
        golden!("fetched.cbor", fetched(RefusalCode::Done)),
        golden!("fetched-unknown.cbor", fetched(RefusalCode::ChartUnknown)),
    ]
}

fn head(seq: u8) -> LogHead {
    LogHead {
        device: DeviceId(3),
        epoch: 1,
        seq: u64::from(seq),
        chain: ChainHash::from_bytes([seq; 32]),
    }
}

fn cursor(position: u16) -> Cursor {
    let digest = FeedDigest([position.to_be_bytes()[1]; 16]);
    Cursor {
        scope: ScopeId(2),
        feed_epoch: 1,
        position: position.into(),
        digest,
    }
}

fn roster() -> SignedRoster {
    SignedRoster {
        bytes: b"a roster".to_vec(),
        signature: Signature::from_bytes([6; 64]),
    }
}

fn hello(checkpoint: Option<&str>) -> Message {
    Message::Hello(Hello {
        versions: Versions(Version(1), Version(1)),
        device: DeviceId(3),
        logs: vec![head(7)],
        cursors: vec![cursor(9), cursor(300)],
        roster_epoch: 12,
        release: "0.1.0".into(),
        checkpoint: checkpoint.map(CheckpointMark::of),
        checkpoint_size: None,
        packs: vec![],
        feeds_wait: false,
    })
}

fn hello_in_packs() -> Message {
    let Message::Hello(hello) = hello(None) else {
        unreachable!("HELLO is HELLO")
    };
    let head = cursor(300);
    Message::Hello(Hello {
        cursors: vec![],
        packs: vec![PackProgress {
            head,
            mark: mark(4),
        }],
        ..hello
    })
}

fn hello_feeds_wait() -> Message {
    let Message::Hello(hello) = hello(None) else {
        unreachable!("HELLO is HELLO")
    };
    Message::Hello(Hello {
        feeds_wait: true,
        ..hello
    })
}

const fn mark(change: u64) -> PackMark {
    PackMark { chart: 3, change }
}

/// A chart of four changes, one of them the reader's own, as automerge frames changes: with what they follow on.
fn pack() -> Message {
    let mut rows = Vec::new();
    let mut before = [7; 32];
    for change in 1..=4_u64 {
        let payload = framed(&before, b"the same note, written again");
        before = crypto::sha256(
            payload
                .get(8..)
                .expect("a chunk is longer than its checksum"),
        );
        rows.push(PackRow {
            mark: mark(change),
            chart: ChartId::new([8; 16]),
            change: Some(PackedChange {
                position: head(7).position(),
                hlc: Hlc::new(1_700_000_000_000 + change, 1),
                person: PersonId(5),
                payload: (change != 2).then_some(payload),
            }),
        });
    }
    let key = SigningKey::from_seed([1; 32]);
    let sealed = ChartPack::seal(cursor(300), PackMark::START, &rows, true, &key);
    Message::Pack(sealed.expect("a few changes fit"))
}

fn framed(dependency: &[u8; 32], rest: &[u8]) -> Vec<u8> {
    let length = u8::try_from(1 + 32 + rest.len()).expect("a short change");
    let hashed = [&[1, length, 1], dependency.as_slice(), rest].concat();
    let checksum = crypto::sha256(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &checksum[..4], &hashed].concat()
}

fn fetch() -> Message {
    Message::Fetch(Fetch {
        number: "1000-00000-5".into(),
        reason: "came from another village".into(),
        entry: head(8).position(),
    })
}

fn fetched(code: RefusalCode) -> Message {
    let done = code == RefusalCode::Done;
    Message::Fetched(Fetched {
        entry: head(8).position(),
        code,
        feed: done.then(|| cursor(9)),
        until_ms: if done { 1_700_000_000_000 } else { 0 },
    })
}

fn welcome() -> Message {
    Message::Welcome(Welcome {
        version: Version(1),
        stored: vec![head(5)],
        feeds: vec![cursor(9)],
        roster: Some(roster()),
        time_ms: 1_700_000_000_000,
        checkpoint: Some(CHECKPOINT.into()),
        repair: vec![],
        takes_early: false,
        files_told: 0,
    })
}

fn hello_sized() -> Message {
    let Message::Hello(hello) = hello(Some(CHECKPOINT)) else {
        unreachable!()
    };
    Message::Hello(Hello {
        checkpoint_size: Some(3),
        ..hello
    })
}

fn welcome_repair() -> Message {
    let Message::Welcome(welcome) = welcome() else {
        unreachable!()
    };
    Message::Welcome(Welcome {
        repair: vec![ScopeId(2)],
        ..welcome
    })
}

fn show() -> Message {
    let checkpoint = Some(CHECKPOINT.into());
    Message::Show(Show {
        checkpoint,
        ..Show::default()
    })
}

fn repair(step: RepairStep) -> Message {
    let scope = ScopeId(2);
    Message::Repair(Repair { scope, step })
}

fn repair_items() -> Message {
    let Message::Feed(batch) = feed(20) else {
        unreachable!()
    };
    repair(RepairStep::Items {
        answered: 50,
        items: batch.items().to_vec(),
    })
}

fn push(count: u8) -> Message {
    let entries: Vec<Vec<u8>> = (0..count).map(|at| vec![at, 1, 2, 3]).collect();
    let key = SigningKey::from_seed([1; 32]);
    Message::Push(Segment::seal(head(7), &entries, &key).expect("small entries fit"))
}

fn feed(each: u64) -> Message {
    let position = |device, seq| LogPosition {
        device: DeviceId(device),
        epoch: 1,
        seq,
    };
    let mut items: Vec<FeedItem> = (0..each)
        .map(|at| FeedItem::Own {
            position: position(3, 8 + 2 * at),
        })
        .collect();
    items.extend((0..each).map(|at| FeedItem::Change {
        position: position(4, 1 + at),
        chart: ChartId::new([8; 16]),
        hlc: Hlc::new(1_700_000_000_000, 1),
        person: PersonId(5),
        payload: b"a change".to_vec(),
    }));
    items.push(FeedItem::Other {
        kind: 77,
        position: position(4, 900),
        payload: b"?".to_vec(),
    });
    let batch = FeedBatch::new(ScopeId(2), 1, 9, FeedDigest([9; 16]), items);
    Message::Feed(batch.expect("a few items fit"))
}

fn done() -> Message {
    let reason = "too-many-operations".into();
    let quarantined = vec![Quarantined {
        position: head(8).position(),
        reason,
    }];
    Message::Done(Done {
        feeds: vec![cursor(10)],
        ends: vec![],
        quarantined,
        roster: None,
    })
}

fn refused() -> Message {
    Message::Refused(Refused {
        code: RefusalCode::LogFork,
        text: "at 7".into(),
    })
}

fn enrol() -> Message {
    Message::Enrol(Enrol {
        token: [1; 16],
        tls: PublicKey::from_bytes([2; 32]),
        log: PublicKey::from_bytes([3; 32]),
        sign: PublicKey::from_bytes([4; 32]),
        seal: BoxPublicKey::from_bytes([9; 32]).expect("a usable point"),
        person: PersonId::NOBODY,
        label: "front desk".into(),
        proves_actors: false,
    })
}

fn pending() -> Message {
    let words = ["one", "two", "three", "four", "five", "six"]
        .map(String::from)
        .to_vec();
    Message::Enrolling(Enrolling::Pending { words })
}

fn approved() -> Message {
    let (device, person) = (DeviceId(3), PersonId(5));
    Message::Enrolling(Enrolling::Approved {
        device,
        person,
        roster: roster(),
    })
}

fn probe() -> Message {
    Message::Probe(Probe {
        epoch: 1,
        seqs: vec![1, 30, 700],
    })
}

fn probed() -> Message {
    Message::Probed(Probed {
        epoch: 1,
        marks: vec![(1, ChainMark([1; 8])), (30, ChainMark([30; 8]))],
    })
}

#[test]
fn every_message_of_the_first_release_is_read() {
    for (name, bytes, message) in goldens() {
        let read = Message::from_bytes(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));

        match (&read, &message) {
            (Message::Push(read), Message::Push(sent)) => {
                let key = SigningKey::from_seed([1; 32]).public();
                assert_eq!(read.open(&key), sent.open(&key), "{name}");
                assert!(read.open(&key).is_ok(), "{name}");
            }
            (Message::Pack(read), Message::Pack(sent)) => {
                let key = SigningKey::from_seed([1; 32]).public();
                assert!(read.open(&key) == sent.open(&key), "{name}");
                assert!(read.open(&key).is_ok(), "{name}");
                assert_eq!(read.progress(), sent.progress(), "{name}");
            }
            (read, message) => assert_eq!(read, message, "{name}"),
        }
    }
}

#[test]
fn what_is_not_packed_is_still_written_in_the_same_bytes() {
    for (name, bytes, message) in goldens() {
        if !name.contains("packed") {
            let written = message.to_bytes().expect("within the limits");
            assert_eq!(written, bytes, "{name}");
        }
    }
}

#[test]
#[ignore = "run once for a new file"]
fn write_missing_files() {
    for (name, known, message) in goldens() {
        write_missing("wire/v1", (name, known), &bytes_of(&message));
    }
}
