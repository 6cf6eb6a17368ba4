//! Attachments at the hub's end: one of each under way, last of all, and a peer that misbehaves gets no further.

use crypto::{Blob, BlobTree, GROUP_BYTES};
use wire::limits::MAX_BLOB_REQUESTS;
use wire::{BlobGroup, BlobMessage, GroupRange, Want};

use super::*;

fn file() -> (Blob, BlobGroup) {
    let bytes = vec![7; GROUP_BYTES + 9];
    let (blob, tree) = BlobTree::of(&bytes).unwrap();
    let group = BlobGroup {
        number: 1,
        bytes: bytes[GROUP_BYTES..].to_vec(),
        proof: tree.proof(1).unwrap(),
    };
    (blob, group)
}

/// A session in version 2 whose feeds end at `ends`, of which the peer holds everything.
fn open_two(ends: [u64; 2]) -> (HubSession, Vec<HubEffect>) {
    let mut session = session();
    session.handle(received(hello_of_two(vec![cursor(ONE, 5)])));
    let effects = session.handle(standing(ends, vec![cursor(ONE, 5)]));
    (session, effects)
}

fn offer(blob: Blob) -> HubEvent {
    received(Message::Blob(BlobMessage::offer(blob)))
}

fn sent(blob: Blob, group: &BlobGroup) -> HubEvent {
    received(Message::Blob(BlobMessage::group(blob, group.clone())))
}

fn judged(blob: Blob, lacking: &[GroupRange]) -> HubEvent {
    let told = if lacking.is_empty() { 7 } else { 0 };
    let lacking = Ok(lacking.to_vec());
    HubEvent::BlobJudged(JudgedBlob {
        blob,
        lacking,
        told,
    })
}

fn wanted(blob: Blob, from: u32) -> HubEvent {
    received(Message::Want(Want {
        blob,
        lacking: vec![GroupRange(from, blob.groups())],
        code: RefusalCode::Done,
        told: 0,
    }))
}

fn refusal(blob: Blob, code: RefusalCode) -> HubEffect {
    let lacking = vec![];
    HubEffect::Send(Message::Want(Want {
        blob,
        lacking,
        code,
        told: 0,
    }))
}

fn read_group(blob: Blob, number: u32) -> HubEffect {
    HubEffect::Blob(HubBlobEffect::Read { blob, number })
}

#[test]
fn an_offer_is_answered_by_what_is_lacking_and_a_group_by_what_then_is() {
    let (blob, group) = file();
    let (mut session, _) = open_two([5, 0]);

    let judge = session.handle(offer(blob));
    assert_eq!(judge, [HubEffect::Blob(HubBlobEffect::Judge(blob))]);
    let answer = session.handle(judged(blob, &[GroupRange(1, 2)]));
    assert!(
        matches!(answer.as_slice(), [HubEffect::Send(Message::Want(it))] if it.lacking == [GroupRange(1, 2)])
    );
    let keep = session.handle(sent(blob, &group));
    assert!(
        matches!(keep.as_slice(), [HubEffect::Blob(HubBlobEffect::Keep { number: 1, bytes, .. })] if *bytes == group.bytes)
    );

    let done = session.handle(judged(blob, &[]));
    let whole = Want {
        blob,
        lacking: vec![],
        code: RefusalCode::Done,
        told: 7,
    };
    assert_eq!(done, [HubEffect::Send(Message::Want(whole))]);
}

#[test]
fn a_group_that_is_not_proven_ends_its_file_alone() {
    let (blob, mut group) = file();
    let (mut session, _) = open_two([5, 0]);
    session.handle(offer(blob));
    session.handle(judged(blob, &[GroupRange(0, 2)]));
    group.proof[0][3] ^= 1;

    let effects = session.handle(sent(blob, &group));

    assert_eq!(effects, [refusal(blob, RefusalCode::BlobMismatch)]);
    let judge = session.handle(offer(blob));
    assert_eq!(judge, [HubEffect::Blob(HubBlobEffect::Judge(blob))]);
}

#[test]
fn a_file_that_is_not_wanted_is_refused_alone() {
    let (blob, group) = file();
    let (mut session, _) = open_two([5, 0]);
    session.handle(offer(blob));
    let lacking = Err(RefusalCode::BlobUnknown);

    let effects = session.handle(HubEvent::BlobJudged(JudgedBlob {
        blob,
        lacking,
        told: 0,
    }));

    assert_eq!(effects, [refusal(blob, RefusalCode::BlobUnknown)]);
    check_refusal(&session.handle(sent(blob, &group)), RefusalCode::Unexpected);
}

#[test]
fn a_group_out_of_turn_or_out_of_range_ends_the_session() {
    let (blob, group) = file();
    let other = Blob::new(blob.hash(), blob.size() + 1).unwrap();
    let lacking = |range| {
        let (mut session, _) = open_two([5, 0]);
        session.handle(offer(blob));
        session.handle(judged(blob, &[range]));
        session
    };
    let (nothing, _) = open_two([5, 0]);
    let mut judging = lacking(GroupRange(0, 2));
    judging.handle(sent(blob, &group));
    for (mut session, event, code) in [
        (nothing, sent(blob, &group), RefusalCode::Unexpected),
        (
            lacking(GroupRange(0, 1)),
            sent(blob, &group),
            RefusalCode::Unexpected,
        ),
        (
            lacking(GroupRange(0, 2)),
            sent(other, &group),
            RefusalCode::Unexpected,
        ),
        (judging, sent(blob, &group), RefusalCode::WindowExceeded),
    ] {
        check_refusal(&session.handle(event), code);
    }
    let (mut twice, _) = open_two([5, 0]);
    twice.handle(offer(blob));
    check_refusal(&twice.handle(offer(blob)), RefusalCode::WindowExceeded);
}

#[test]
fn a_group_goes_down_when_no_feed_has_more() {
    let (blob, group) = file();
    let (mut session, effects) = open_two([9, 0]);
    assert!(matches!(effects.last(), Some(HubEffect::ReadFeed { .. })));

    let waits = session.handle(wanted(blob, 1));
    assert_eq!(waits, []);
    session.handle(read(ONE, Some(batch(ONE, 5, 4))));
    let waits = session.handle(read(ONE, None));
    assert_eq!(waits, [], "the batch is not taken yet");
    let goes = session.handle(received(Message::Taken(cursor(ONE, 9))));
    assert_eq!(goes.last(), Some(&read_group(blob, 1)));

    let group = Ok(group);
    let sent = session.handle(HubEvent::GroupRead { blob, group });
    assert!(
        matches!(sent.as_slice(), [HubEffect::Send(Message::Blob(it))] if it.group.as_ref().is_some_and(|it| it.number == 1))
    );
}

#[test]
fn one_file_is_wanted_at_a_time() {
    let (blob, _group) = file();
    let (mut session, _) = open_two([5, 0]);
    assert_eq!(session.handle(wanted(blob, 0)), [read_group(blob, 0)]);

    check_refusal(
        &session.handle(wanted(blob, 0)),
        RefusalCode::WindowExceeded,
    );
}

#[test]
fn wants_without_end_have_an_end() {
    let (blob, _group) = file();
    let (mut session, _) = open_two([5, 0]);
    let missing = || HubEvent::GroupRead {
        blob,
        group: Err(RefusalCode::BlobMissing),
    };
    for _ in 0..MAX_BLOB_REQUESTS {
        session.handle(wanted(blob, 0));
        let answer = session.handle(missing());
        assert!(matches!(
            answer.as_slice(),
            [HubEffect::Send(Message::Blob(_))]
        ));
    }

    check_refusal(
        &session.handle(wanted(blob, 0)),
        RefusalCode::WindowExceeded,
    );
}

#[test]
fn in_version_1_attachments_have_no_place() {
    let (blob, _group) = file();
    for event in [offer(blob), wanted(blob, 0)] {
        let (mut session, _) = open([0, 0]);

        check_refusal(&session.handle(event), RefusalCode::Unexpected);
    }
}
