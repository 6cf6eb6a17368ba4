//! What claims to be of a blob is judged before anybody looks at it.

use crypto::BlobTree;
use serde::Serialize;

use super::*;
use crate::{DecodeError, EncodeError, Message};

const GROUP: u64 = GROUP_BYTES as u64;

fn blob(size: u64) -> Blob {
    Blob::new(BlobHash::from_bytes([7; 32]), size).unwrap()
}

fn want(size: u64, lacking: &[(u32, u32)]) -> Message {
    Message::Want(Want {
        blob: blob(size),
        lacking: lacking.iter().map(|it| GroupRange(it.0, it.1)).collect(),
        code: RefusalCode::Done,
        told: 0,
    })
}

#[derive(Serialize)]
struct WantBody<'a> {
    h: BlobHash,
    n: u64,
    r: &'a [(u32, u32)],
}

#[derive(Serialize)]
struct BlobBody {
    h: BlobHash,
    n: u64,
    g: (u32, ByteBuf, ByteBuf),
}

/// A message of a peer that does not keep to the rules.
fn raw(kind: u16, body: &impl Serialize) -> Result<Message, DecodeError> {
    Message::from_bytes(&serde_ipld_dagcbor::to_vec(&(kind, body)).unwrap())
}

#[test]
fn what_is_said_of_a_blob_is_read_as_it_was_written() {
    let (blob, tree) = BlobTree::of(&vec![5; GROUP_BYTES + 10]).unwrap();
    let group = |number: u32| {
        let from = usize::try_from(number).unwrap() * GROUP_BYTES;
        let bytes = vec![5; GROUP_BYTES.min(GROUP_BYTES + 10 - from)];
        let proof = tree.proof(number).unwrap();
        let group = BlobGroup {
            number,
            bytes,
            proof,
        };
        Message::Blob(BlobMessage::group(blob, group))
    };
    for message in [
        want(3 * GROUP, &[(0, 3)]),
        want(9 * GROUP, &[(0, 2), (3, 4), (8, 9)]),
        want(1, &[]),
        Message::Want(Want {
            blob,
            lacking: vec![],
            code: RefusalCode::BlobUnknown,
            told: 0,
        }),
        Message::Want(Want {
            blob,
            lacking: vec![],
            code: RefusalCode::Done,
            told: u64::MAX,
        }),
        Message::Blob(BlobMessage::offer(blob)),
        Message::Blob(BlobMessage::refusal(blob, RefusalCode::BlobMissing)),
        group(0),
        group(1),
    ] {
        let bytes = message.to_bytes().unwrap();

        assert_eq!(Message::from_bytes(&bytes), Ok(message));
    }
}

#[test]
fn ranges_lie_within_the_blob_in_order_and_apart() {
    let n = 3 * GROUP;
    let h = BlobHash::from_bytes([7; 32]);
    let apart = |count: usize| -> Vec<(u32, u32)> {
        let ranges = (0..).map(|it| (2 * it, 2 * it + 1));
        ranges.take(count).collect()
    };
    for (n, r) in [
        (n, vec![(0, 4)]),
        (n, vec![(3, 3)]),
        (n, vec![(2, 1)]),
        (n, vec![(0, u32::MAX)]),
        (n, vec![(1, 2), (0, 1)]),
        (n, vec![(0, 1), (1, 2)]),
        (n, vec![(0, 2), (1, 3)]),
        (256 * GROUP, apart(MAX_WANTED_RANGES + 1)),
        (0, vec![]),
        (Blob::MAX_BYTES + 1, vec![]),
        (u64::MAX, vec![(0, 1)]),
    ] {
        let read = raw(18, &WantBody { h, n, r: &r });

        assert_eq!(read, Err(DecodeError::Damaged), "{n} {r:?}");
    }
    let written = want(n, &[(0, 4)]).to_bytes();
    assert!(matches!(written, Err(EncodeError::TooLarge { .. })));
    for (n, r) in [(n, vec![(0, 3)]), (256 * GROUP, apart(MAX_WANTED_RANGES))] {
        let read = raw(18, &WantBody { h, n, r: &r });

        assert!(matches!(read, Ok(Message::Want(_))), "{n} {r:?}");
        assert!(want(n, &r).to_bytes().is_ok());
    }
    let many = want(256 * GROUP, &apart(MAX_WANTED_RANGES + 1)).to_bytes();
    assert!(matches!(many, Err(EncodeError::TooLarge { .. })));
}

#[test]
fn a_group_has_its_own_size_and_its_own_number_of_hashes() {
    let h = BlobHash::from_bytes([7; 32]);
    let n = 2 * GROUP + 5;
    let message = |number, bytes, proof| {
        let (bytes, proof) = (vec![0; bytes], vec![0; proof]);
        let g = (number, ByteBuf::from(bytes), ByteBuf::from(proof));
        raw(19, &BlobBody { h, n, g })
    };
    for (number, bytes, proof) in [
        (0, GROUP_BYTES - 1, 64),
        (0, GROUP_BYTES + 1, 64),
        (0, GROUP_BYTES, 32),
        (0, GROUP_BYTES, 65),
        (0, GROUP_BYTES, 0),
        (0, 0, 64),
        (2, 5, 64),
        (2, 4, 32),
        (3, 5, 32),
        (3, 0, 32),
        (u32::MAX, 0, 0),
    ] {
        let read = message(number, bytes, proof);

        assert_eq!(read, Err(DecodeError::Damaged), "{number} {bytes} {proof}");
    }
    assert!(matches!(message(0, GROUP_BYTES, 64), Ok(Message::Blob(_))));
    assert!(matches!(message(2, 5, 32), Ok(Message::Blob(_))));
}

#[test]
fn the_largest_group_fits_a_frame_and_costs_little_more_than_its_bytes() {
    let (blob, tree) = BlobTree::of(&vec![3; usize::try_from(Blob::MAX_BYTES).unwrap()]).unwrap();
    let group = BlobGroup {
        number: 255,
        bytes: vec![3; GROUP_BYTES],
        proof: tree.proof(255).unwrap(),
    };
    let message = Message::Blob(BlobMessage::group(blob, group));

    let bytes = message.to_bytes().unwrap();

    assert!(bytes.len() < GROUP_BYTES + 330, "{}", bytes.len());
}

#[test]
fn debug_says_nothing_of_what_is_in_a_file() {
    let bytes = b"positive".to_vec();
    let (blob, _tree) = BlobTree::of(&bytes).unwrap();
    let group = BlobGroup {
        number: 0,
        bytes,
        proof: vec![],
    };

    let shown = format!("{:?}", BlobMessage::group(blob, group));

    assert!(!shown.contains("112"), "{shown}");
}
