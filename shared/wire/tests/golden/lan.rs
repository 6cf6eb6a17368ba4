//! The bytes of what two devices say to each other, and of a roster that a hub is shown, as the first release with it
//! wrote them. Every later release must read them.

use audit::LogPosition;
use crypto::Signature;
use record::DeviceId;
use roster::SignedRoster;
use wire::{Declined, Meet, Message, RefusalCode, Show, Wait};

use crate::{bytes_of, write_missing};

macro_rules! golden {
    ($name:literal, $message:expr) => {
        (
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/wire/v2/", $name)),
            $message,
        )
    };
}

/// A file's name, its bytes, and the message that they are.
type Golden = (&'static str, &'static [u8], Message);

fn goldens() -> Vec<Golden> {
    vec![
        golden!("meet.cbor", meet(None)),
        golden!(
            "meet-roster.cbor",
            meet(Some(SignedRoster {
                bytes: vec![1, 2, 3],
                signature: Signature::from_bytes([9; 64]),
            }))
        ),
        golden!(
            "show-roster.cbor",
            Message::Show(Show {
                checkpoint: None,
                roster: Some(SignedRoster {
                    bytes: vec![1, 2, 3],
                    signature: Signature::from_bytes([9; 64]),
                }),
            })
        ),
        golden!("wait.cbor", Message::Wait(Wait {})),
        golden!(
            "declined.cbor",
            Message::Declined(Declined {
                place: LogPosition {
                    device: DeviceId(4),
                    epoch: 1,
                    seq: 300,
                },
                code: RefusalCode::LogFork,
            })
        ),
    ]
}

const fn meet(roster: Option<SignedRoster>) -> Message {
    Message::Meet(Meet {
        roster_epoch: 12,
        roster,
    })
}

#[test]
fn every_message_is_read_and_written_in_the_same_bytes() {
    for (name, bytes, message) in goldens() {
        assert_eq!(
            message.to_bytes().expect("within the limits"),
            bytes,
            "{name}"
        );
        assert_eq!(Message::from_bytes(bytes), Ok(message), "{name}");
    }
}

#[test]
#[ignore = "run once for a new file"]
fn write_missing_files() {
    for (name, known, message) in goldens() {
        write_missing("wire/v2", (name, known), &bytes_of(&message));
    }
}
