//! The bytes of WANT and BLOB as the first release that spoke of attachments wrote them.
//!
//! A file is never written again. Run the ignored test once for a new one, and commit what it wrote.

use crypto::{BlobTree, GROUP_BYTES};
use wire::{BlobGroup, BlobMessage, GroupRange, Message, RefusalCode, Want};

use crate::{bytes_of, write_missing};

/// A file's name, its bytes, and the message that they are.
type Golden = (&'static str, &'static [u8], Message);

macro_rules! golden {
    ($name:literal, $message:expr) => {
        (
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/wire/v2/", $name)),
            $message,
        )
    };
}

/// A file of two groups, of which the second has three bytes.
fn file() -> Vec<u8> {
    (0..GROUP_BYTES + 3)
        .map(|at| u8::try_from(at % 251).expect("below 251"))
        .collect()
}

fn goldens() -> Vec<Golden> {
    let bytes = file();
    let (blob, tree) = BlobTree::of(&bytes).expect("a file");
    let answer = |lacking, code, told| {
        Message::Want(Want {
            blob,
            lacking,
            code,
            told,
        })
    };
    let want = |lacking, code| answer(lacking, code, 0);
    let group = BlobGroup {
        number: 1,
        bytes: bytes.get(GROUP_BYTES..).expect("three bytes").to_vec(),
        proof: tree.proof(1).expect("the second group"),
    };
    let refusal = BlobMessage::refusal(blob, RefusalCode::BlobMissing);
    vec![
        golden!("want.cbor", want(vec![GroupRange(0, 2)], RefusalCode::Done)),
        golden!("want-nothing.cbor", want(vec![], RefusalCode::Done)),
        golden!("want-whole.cbor", answer(vec![], RefusalCode::Done, 300)),
        golden!("want-refused.cbor", want(vec![], RefusalCode::BlobMismatch)),
        golden!("blob-offer.cbor", Message::Blob(BlobMessage::offer(blob))),
        golden!(
            "blob-group.cbor",
            Message::Blob(BlobMessage::group(blob, group))
        ),
        golden!("blob-refused.cbor", Message::Blob(refusal)),
    ]
}

#[test]
fn what_the_first_release_said_of_attachments_is_read_and_written_alike() {
    for (name, bytes, message) in goldens() {
        let read = Message::from_bytes(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));

        assert_eq!(read, message, "{name}");
        assert_eq!(
            message.to_bytes().expect("within the limits"),
            bytes,
            "{name}"
        );
    }
}

#[test]
fn the_golden_group_is_proven() {
    for (_name, bytes, _message) in goldens() {
        let Ok(Message::Blob(BlobMessage {
            blob,
            group: Some(group),
            ..
        })) = Message::from_bytes(bytes)
        else {
            continue;
        };
        assert!(
            blob.verify(group.number, &group.bytes, &group.proof)
                .is_ok()
        );
    }
}

#[test]
#[ignore = "run once for a new file"]
fn write_missing_files() {
    for (name, known, message) in goldens() {
        write_missing("wire/v2", (name, known), &bytes_of(&message));
    }
}
