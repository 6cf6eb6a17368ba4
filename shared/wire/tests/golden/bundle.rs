//! The bytes of bundles as the first release wrote them, sealed and opened. Every later release must read them.
//!
//! `tests/fixtures/bundle/README.md` says what is in them and how they were made. A file is never written again.

use std::io::{Read as _, Write as _};

use audit::{ChainHash, LogHead};
use crypto::{BoxKey, OpeningReader, SealingWriter, Signature, SigningKey};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use roster::SignedRoster;
use wire::{
    BundleHeader, BundleReader, BundleWriter, Cursor, FeedBatch, FeedDigest, FeedItem, Hello,
    Message, Segment, Show, Version, Versions, Welcome,
};

use crate::write_missing;

/// One bundle: its files' name, both forms as they are kept, who signs it, its header and its messages.
struct Golden {
    name: &'static str,
    sealed: &'static [u8],
    opened: &'static [u8],
    key: SigningKey,
    header: BundleHeader,
    messages: Vec<Message>,
}

const CHECKPOINT: &str = "posta/hub\n3\nroot\n\n— hub sig\n";

macro_rules! file {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/bundle/v1/", $name))
    };
}

fn goldens() -> [Golden; 2] {
    let header = |from, to| BundleHeader {
        version: Version::TWO,
        from,
        to,
        wall_ms: 1_798_761_600_000,
        id: [0xb1; 16],
    };
    [
        Golden {
            name: "from-device",
            sealed: file!("from-device.bundle"),
            opened: file!("from-device.opened"),
            key: SigningKey::from_seed([4; 32]),
            header: header(DeviceId(3), DeviceId::HUB),
            messages: from_device(),
        },
        Golden {
            name: "from-hub",
            sealed: file!("from-hub.bundle"),
            opened: file!("from-hub.opened"),
            key: SigningKey::from_seed([5; 32]),
            header: header(DeviceId::HUB, DeviceId(3)),
            messages: from_hub(),
        },
    ]
}

/// Opens both bundles.
fn box_key() -> BoxKey {
    BoxKey::from_seed([8; 32])
}

fn from_device() -> Vec<Message> {
    let before = LogHead {
        device: DeviceId(3),
        epoch: 1,
        seq: 2,
        chain: ChainHash::from_bytes([2; 32]),
    };
    let entries = [vec![7; 20], vec![8; 20]];
    let log = entries.iter().fold(before, |head, entry| head.next(entry));
    let segment = Segment::seal(before, &entries, &SigningKey::from_seed([4; 32]));
    vec![
        Message::Hello(Hello {
            versions: Versions(Version::ONE, Version::TWO),
            device: DeviceId(3),
            logs: vec![log],
            cursors: vec![cursor(1)],
            roster_epoch: 5,
            release: "0.1.0".to_owned(),
            checkpoint: None,
            checkpoint_size: None,
            packs: Vec::new(),
            feeds_wait: false,
        }),
        Message::Show(Show {
            checkpoint: Some(CHECKPOINT.to_owned()),
            roster: None,
        }),
        Message::Push(segment.expect("two entries fit")),
    ]
}

fn from_hub() -> Vec<Message> {
    let stored = LogHead {
        device: DeviceId(3),
        epoch: 1,
        seq: 4,
        chain: ChainHash::from_bytes([4; 32]),
    };
    let items = vec![FeedItem::Change {
        position: LogHead {
            device: DeviceId(9),
            ..stored
        }
        .position(),
        chart: ChartId::new([6; 16]),
        hlc: Hlc::new(1_798_761_600_000, 0),
        person: PersonId(2),
        payload: vec![9; 20],
    }];
    let batch = FeedBatch::new(ScopeId(2), 1, 1, FeedDigest([2; 16]), items);
    vec![
        Message::Welcome(Welcome {
            version: Version::TWO,
            stored: vec![stored],
            feeds: vec![cursor(2)],
            roster: Some(SignedRoster {
                bytes: b"a roster".to_vec(),
                signature: Signature::from_bytes([6; 64]),
            }),
            time_ms: 1_798_761_600_000,
            checkpoint: Some(CHECKPOINT.to_owned()),
            repair: Vec::new(),
            takes_early: false,
            files_told: 0,
        }),
        Message::Feed(batch.expect("one change fits")),
    ]
}

fn cursor(position: u8) -> Cursor {
    Cursor {
        scope: ScopeId(2),
        feed_epoch: 1,
        position: position.into(),
        digest: FeedDigest([position; 16]),
    }
}

fn write(golden: &Golden) -> Vec<u8> {
    let mut writer = BundleWriter::new(Vec::new(), &golden.header).expect("memory is written");
    for message in &golden.messages {
        writer.add(message).expect("within the limits");
    }
    writer.finish(&golden.key).expect("memory is written")
}

#[test]
fn bundles_of_the_first_release_are_read() {
    for golden in goldens() {
        let mut plain = Vec::new();
        let mut opened = OpeningReader::new(&box_key(), golden.sealed).unwrap();
        opened.read_to_end(&mut plain).unwrap();
        let reader = BundleReader::new(plain.as_slice()).unwrap();
        let proven = reader.prove(&golden.key.public()).unwrap();
        let read = proven.messages(plain.as_slice()).unwrap();
        let read: Vec<Message> = read.map(Result::unwrap).collect();

        assert_eq!(plain, golden.opened, "{}", golden.name);
        assert_eq!(proven.header(), &golden.header, "{}", golden.name);
        assert_eq!(read, golden.messages, "{}", golden.name);
    }
}

#[test]
fn bundles_are_written_as_the_first_release_wrote_them() {
    for golden in goldens() {
        assert_eq!(write(&golden), golden.opened, "{}", golden.name);
    }
}

/// Writes the files that are not there yet. Run it once for a new bundle:
/// `cargo test -p wire --test golden bundle -- --ignored`.
#[test]
#[ignore = "run once for a new bundle"]
fn write_missing_files() {
    for golden in goldens() {
        let opened = write(&golden);
        let mut writer = SealingWriter::new(&[box_key().public()], Vec::new()).unwrap();
        writer.write_all(&opened).unwrap();
        let sealed = writer.finish().unwrap();
        for (kind, known, bytes) in [
            ("opened", golden.opened, opened),
            ("bundle", golden.sealed, sealed),
        ] {
            let name = format!("{}.{kind}", golden.name);
            write_missing("bundle/v1", (&name, known), &bytes);
        }
    }
}
