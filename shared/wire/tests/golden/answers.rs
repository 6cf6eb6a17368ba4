//! The bytes of the answers of version 2, and of a message that comes in pieces with an answer between them.
//!
//! A file is never written again. Run the ignored test once for a new one, and commit what it wrote.

use audit::LogHead;
use crypto::{BlobTree, BoxPublicKey, GROUP_BYTES, PublicKey};
use record::{DeviceId, PersonId, ScopeId};
use wire::{BlobGroup, BlobMessage, Done, Enrol, FeedEnd, Inbox, Message, Outbox, Stored, Version};

use crate::{bytes_of, write_missing};

const STORED: (&str, &[u8]) = (
    "stored-place.cbor",
    include_bytes!("../../../../tests/fixtures/wire/v2/stored-place.cbor"),
);
const DONE: (&str, &[u8]) = (
    "done-ends.cbor",
    include_bytes!("../../../../tests/fixtures/wire/v2/done-ends.cbor"),
);
const ENROL: (&str, &[u8]) = (
    "enrol-proves.cbor",
    include_bytes!("../../../../tests/fixtures/wire/v2/enrol-proves.cbor"),
);
/// A stream of frames and pieces, and not a message.
const PIECES: (&str, &[u8]) = (
    "../streams/pieces.stream",
    include_bytes!("../../../../tests/fixtures/wire/streams/pieces.stream"),
);

fn stored() -> Message {
    let head = LogHead {
        seq: 300,
        ..LogHead::start(DeviceId(3), 2)
    };
    Message::Stored(Stored::at(head, Version::TWO))
}

fn done() -> Message {
    let ends = [(1, 1, 12), (4, 2_950_977_189, 70_000)];
    Message::Done(Done {
        ends: ends
            .map(|(scope, epoch, position)| FeedEnd::from((ScopeId(scope), epoch, position)))
            .to_vec(),
        ..Done::default()
    })
}

fn enrol() -> Message {
    let key = |byte| PublicKey::from_bytes([byte; 32]);
    Message::Enrol(Enrol {
        token: [1; 16],
        tls: key(2),
        log: key(3),
        sign: key(4),
        seal: BoxPublicKey::from_bytes([9; 32]).expect("a usable point"),
        person: PersonId::NOBODY,
        label: "front desk".into(),
        proves_actors: true,
    })
}

/// A group that takes three pieces.
fn group() -> Message {
    let bytes: Vec<u8> = (0..9_000_usize)
        .map(|at| u8::try_from(at % 241).expect("below 241"))
        .collect();
    assert!(bytes.len() < GROUP_BYTES);
    let (blob, tree) = BlobTree::of(&bytes).expect("a file");
    let proof = tree.proof(0).expect("the only group");
    let number = 0;
    let group = BlobGroup {
        number,
        bytes,
        proof,
    };
    Message::Blob(BlobMessage::group(blob, group))
}

/// Hands the group over, and says STORED once the first piece has gone.
fn stream() -> Vec<u8> {
    let mut outbox = Outbox::default();
    outbox.may_cut();
    outbox.push(&group()).expect("within the limits");
    let mut stream = Vec::new();
    let mut hand_over = |outbox: &mut Outbox| {
        let part = outbox.peek().to_vec();
        outbox.handed_over(part.len());
        stream.extend_from_slice(&part);
    };
    hand_over(&mut outbox);
    outbox.push(&stored()).expect("within the limits");
    while outbox.waiting() > 0 {
        hand_over(&mut outbox);
    }
    stream
}

#[test]
fn what_the_first_release_answered_is_read_and_written_alike() {
    for ((name, bytes), message) in [(STORED, stored()), (DONE, done()), (ENROL, enrol())] {
        let read = Message::from_bytes(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(read, message, "{name}");
        let written = message.to_bytes().expect("within the limits");
        assert_eq!(written, bytes, "{name}");
    }
}

#[test]
fn what_came_in_pieces_is_read_and_cut_alike() {
    let mut inbox = Inbox::default();
    inbox.push(PIECES.1);
    let mut read = Vec::new();
    while let Some(bytes) = inbox.next_message().expect("no frame is too large") {
        read.push(Message::from_bytes(bytes).expect("a message"));
    }

    assert_eq!(read, [stored(), group()], "the answer overtakes");
    assert!(!inbox.is_midway());
    assert_eq!(stream(), PIECES.1);
}

#[test]
#[ignore = "run once for a new file"]
fn write_missing_files() {
    write_missing("wire/v2", STORED, &bytes_of(&stored()));
    write_missing("wire/v2", DONE, &bytes_of(&done()));
    write_missing("wire/v2", ENROL, &bytes_of(&enrol()));
    write_missing("wire/v2", PIECES, &stream());
}
