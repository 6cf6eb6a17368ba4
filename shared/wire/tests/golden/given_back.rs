//! The bytes of RETURN as the first release with it wrote them. Every later release must read them.

use audit::LogPosition;
use crypto::SigningKey;
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use wire::{FeedChain, FeedItem, FeedSeal, ItemMark, Message, Return, ReturnStep};

use crate::{bytes_of, write_missing};

macro_rules! golden {
    ($name:literal, $step:expr) => {
        (
            $name,
            include_bytes!(concat!("../../../../tests/fixtures/wire/v2/", $name)),
            Message::Return(Return {
                scope: ScopeId(2),
                step: $step,
            }),
        )
    };
}

/// A file's name, its bytes, and the message that they are.
type Golden = (&'static str, &'static [u8], Message);

fn goldens() -> Vec<Golden> {
    vec![
        golden!("return-offer.cbor", offer()),
        golden!(
            "return-marks.cbor",
            ReturnStep::Marks(vec![ItemMark([1; 32]), ItemMark([2; 32])])
        ),
        golden!("return-items-packed.cbor", items()),
        golden!("return-after.cbor", ReturnStep::After(12)),
        golden!("return-no.cbor", ReturnStep::No),
    ]
}

fn offer() -> ReturnStep {
    let (chain, key) = (FeedChain([4; 32]), SigningKey::from_seed([3; 32]));
    ReturnStep::Offer {
        begins: 9,
        seal: FeedSeal::sign(ScopeId(2), 1, 15, chain, &key),
    }
}

fn items() -> ReturnStep {
    let change = |seq| FeedItem::Change {
        position: LogPosition {
            device: DeviceId(4),
            epoch: 1,
            seq,
        },
        chart: ChartId::new([1; 16]),
        hlc: Hlc::new(1_700_000_000_000, 1),
        person: PersonId(5),
        payload: vec![1, 2, 3],
    };
    ReturnStep::Items(vec![change(1), change(3)])
}

#[test]
fn every_step_of_a_return_is_read() {
    for (name, bytes, message) in goldens() {
        assert_eq!(Message::from_bytes(bytes), Ok(message), "{name}");
    }
}

#[test]
fn what_is_not_packed_is_still_written_in_the_same_bytes() {
    for (name, bytes, message) in goldens() {
        if !name.contains("packed") {
            assert_eq!(
                message.to_bytes().expect("within the limits"),
                bytes,
                "{name}"
            );
        }
    }
}

#[test]
#[ignore = "run once for a new file"]
fn write_missing_files() {
    for (name, known, message) in goldens() {
        write_missing("wire/v2", (name, known), &bytes_of(&message));
    }
}
