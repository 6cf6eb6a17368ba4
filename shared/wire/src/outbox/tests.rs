//! What goes before what, exactly.

use audit::LogHead;
use record::DeviceId;

use super::*;
use crate::frame::{FrameStart, frame_start};
use crate::{Cursor, Done, FeedDigest, RefusalCode, Refused, Repair, RepairStep, Stored, Version};

/// A message that is not urgent, of about so many bytes.
fn bulk(bytes: usize) -> Message {
    Message::Repair(Repair {
        scope: record::ScopeId(1),
        step: RepairStep::Compare(vec![7; bytes]),
    })
}

fn stored() -> Message {
    let head = LogHead::start(DeviceId(1), 1);
    Message::Stored(Stored::at(head, Version::TWO))
}

/// Hands everything over. Returns what was: `u` for an urgent message, `b` for one that is not, and a number of bytes
/// for each piece.
fn handed_over(outbox: &mut Outbox) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        let frame = outbox.peek().to_vec();
        let Some((prefix, body)) = frame.split_first_chunk::<LENGTH_BYTES>() else {
            return told;
        };
        told.push(match frame_start(*prefix).unwrap() {
            FrameStart::Message(length) => {
                assert_eq!(length, body.len());
                match Message::from_bytes(body).unwrap().urgency() {
                    Urgency::Urgent => "u".to_owned(),
                    Urgency::Bulk => "b".to_owned(),
                }
            }
            FrameStart::Piece(length, _) => {
                assert_eq!(length, body.len());
                length.to_string()
            }
        });
        outbox.handed_over(frame.len());
    }
}

#[test]
fn what_is_urgent_waits_for_one_piece_at_most() {
    let mut outbox = Outbox::default();
    outbox.may_cut();
    for _segment in 0..4 {
        outbox.push(&bulk(30_000)).unwrap();
    }
    let begun = outbox.peek().len();
    outbox.handed_over(1);

    outbox.push(&stored()).unwrap();
    outbox.push(&stored()).unwrap();
    let before = outbox.peek().len();
    outbox.handed_over(before);
    let told = handed_over(&mut outbox);

    assert_eq!(begun, LENGTH_BYTES + PIECE_BYTES);
    assert_eq!(before, begun - 1);
    assert_eq!(
        told.first_chunk(),
        Some(&["u", "u", "4096"].map(str::to_owned))
    );
}

#[test]
fn where_nothing_may_be_cut_it_waits_for_one_message_at_most() {
    let mut outbox = Outbox::default();
    for _segment in 0..4 {
        outbox.push(&bulk(30_000)).unwrap();
    }
    let begun = outbox.peek().len();
    outbox.handed_over(begun);
    outbox.peek();

    outbox.push(&stored()).unwrap();
    outbox.push(&stored()).unwrap();

    assert_eq!(handed_over(&mut outbox), ["b", "u", "u", "b", "b"]);
}

#[test]
fn pieces_are_the_message() {
    let message = bulk(3 * PIECE_BYTES);
    let mut outbox = Outbox::default();
    outbox.may_cut();
    outbox.push(&message).unwrap();
    let mut body = Vec::new();
    let mut waiting = Vec::new();

    loop {
        let piece = outbox.peek().to_vec();
        let Some(bytes) = piece.get(LENGTH_BYTES..) else {
            break;
        };
        body.extend_from_slice(bytes);
        waiting.push(outbox.waiting());
        outbox.handed_over(piece.len());
    }

    assert_eq!(Message::from_bytes(&body), Ok(message));
    assert_eq!(waiting, [1; 4]);
    assert_eq!(outbox.waiting(), 0);
}

#[test]
fn what_is_small_is_never_cut_and_the_order_stays() {
    let mut outbox = Outbox::default();
    outbox.may_cut();
    outbox.push(&bulk(100)).unwrap();
    outbox.push(&Message::Done(Done::default())).unwrap();

    let first = Message::from_bytes(outbox.peek().get(LENGTH_BYTES..).unwrap()).unwrap();

    assert_eq!(first, bulk(100));
    assert_eq!(handed_over(&mut outbox), ["b", "b"]);
}

#[test]
fn answers_and_refusals_are_urgent_and_what_ends_a_run_is_not() {
    let cursor = Cursor {
        scope: record::ScopeId(1),
        feed_epoch: 1,
        position: 1,
        digest: FeedDigest::default(),
    };
    let refused = Refused {
        code: RefusalCode::Busy,
        text: String::new(),
    };

    assert_eq!(stored().urgency(), Urgency::Urgent);
    assert_eq!(Message::Taken(cursor).urgency(), Urgency::Urgent);
    assert_eq!(Message::Refused(refused).urgency(), Urgency::Urgent);
    assert_eq!(Message::Done(Done::default()).urgency(), Urgency::Bulk);
}
