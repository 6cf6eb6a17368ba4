//! Attachments at the client's end: last of all, one group at a time, and a hub that misbehaves harms nothing else.

use crypto::{Blob, BlobHash, BlobTree, GROUP_BYTES};
use wire::limits::MAX_BLOBS_OF_A_SESSION;
use wire::{BlobGroup, BlobMessage, GroupRange, Want};

use super::*;

/// A file of three groups, and its groups as the wire has them.
fn file() -> (Blob, Vec<BlobGroup>) {
    let bytes = vec![7; 2 * GROUP_BYTES + 9];
    let (blob, tree) = BlobTree::of(&bytes).unwrap();
    let groups = (0..).zip(bytes.chunks(GROUP_BYTES));
    let groups = groups.map(|(number, bytes)| BlobGroup {
        number,
        bytes: bytes.to_vec(),
        proof: tree.proof(number).unwrap(),
    });
    (blob, groups.collect())
}

fn finished() -> ClientSession {
    let (session, effects) = open(&log(1), 1);
    assert!(matches!(effects.last(), Some(ClientEffect::Finished(_))));
    session
}

fn offering(blob: Blob) -> ClientEvent {
    let (offers, wants) = (vec![blob], vec![]);
    ClientEvent::Attachments { offers, wants }
}

fn wanting(blob: Blob) -> ClientEvent {
    let lacking = vec![GroupRange(0, blob.groups())];
    let (offers, wants) = (vec![], vec![Wanted { blob, lacking }]);
    ClientEvent::Attachments { offers, wants }
}

fn want(blob: Blob, lacking: &[GroupRange], code: RefusalCode) -> Message {
    let lacking = lacking.to_vec();
    let is_whole = lacking.is_empty() && code == RefusalCode::Done;
    Message::Want(Want {
        blob,
        lacking,
        code,
        told: if is_whole { 3 } else { 0 },
    })
}

fn read(blob: Blob, number: u32) -> ClientEffect {
    ClientEffect::Blob(ClientBlobEffect::Read { blob, number })
}

fn group(blob: Blob, group: &BlobGroup) -> Message {
    Message::Blob(BlobMessage::group(blob, group.clone()))
}

#[track_caller]
fn check_left(effects: &[ClientEffect], blob: Blob, code: RefusalCode) {
    match effects.last() {
        Some(ClientEffect::Finished(summary)) => {
            assert_eq!(summary.attachments_refused, [(blob, code)]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_offered_goes_up_group_by_group_as_the_hub_says() {
    let (blob, groups) = file();
    let mut session = finished();

    let offer = session.handle(offering(blob));
    assert_eq!(
        offer,
        [ClientEffect::Send(Message::Blob(BlobMessage::offer(blob)))]
    );
    // The hub has the first already.
    for number in [1, 2] {
        let lacking = [GroupRange(number, 3)];
        let asked = session.handle(received(want(blob, &lacking, RefusalCode::Done)));
        assert_eq!(asked, [read(blob, number)]);
        let part = &groups[usize::try_from(number).unwrap()];
        let sent = session.handle(ClientEvent::GroupRead(Some(part.clone())));
        assert_eq!(sent, [ClientEffect::Send(group(blob, part))]);
    }
    let done = session.handle(received(want(blob, &[], RefusalCode::Done)));

    assert_eq!(
        done.first(),
        Some(&ClientEffect::Blob(ClientBlobEffect::NoteAtHub {
            blob,
            told: 3
        }))
    );
    assert!(
        matches!(done.last(), Some(ClientEffect::Finished(it)) if it.attachments_sent == 1),
        "{done:?}"
    );
}

#[test]
fn no_group_goes_while_anything_else_is_to_be_done() {
    let (blob, _groups) = file();
    let mut grown = log(1);
    let mut session = finished();
    session.handle(offering(blob));
    grown.push(vec![1, 7]);
    session.handle(ClientEvent::NewEntries);

    // The hub wants a group, and the log has grown.
    let lacking = [GroupRange(0, 3)];
    let waits = session.handle(received(want(blob, &lacking, RefusalCode::Done)));
    assert_eq!(waits, []);
    session.handle(ClientEvent::SegmentRead(Some(sealed(&grown, 1, 1))));
    session.handle(ClientEvent::SegmentRead(None));
    let stored = Message::Stored(Stored::at(grown.heads[2], Version::TWO));
    let waits = session.handle(received(stored));
    assert_eq!(waits, [ClientEffect::NoteStored(grown.heads[2])]);
    let goes_on = session.handle(received(Message::Done(Done::default())));

    assert_eq!(goes_on, [read(blob, 0)]);
}

#[test]
fn a_group_that_is_not_proven_is_not_kept_and_ends_its_file_alone() {
    let (blob, groups) = file();
    let mut session = finished();
    session.handle(wanting(blob));
    let mut wrong = groups[0].clone();
    wrong.bytes[5] ^= 1;

    let effects = session.handle(received(group(blob, &wrong)));

    let refusal = want(blob, &[], RefusalCode::BlobMismatch);
    assert_eq!(effects.first(), Some(&ClientEffect::Send(refusal)));
    check_left(&effects, blob, RefusalCode::BlobMismatch);
    // Once is enough for a session.
    let again = session.handle(wanting(blob));
    assert!(matches!(again.as_slice(), [ClientEffect::Finished(_)]));
}

#[test]
fn a_group_that_was_not_asked_for_ends_the_session() {
    let (blob, groups) = file();
    let other = Blob::new(blob.hash(), blob.size() - 1).unwrap();
    let asked = |lacking| {
        let mut session = finished();
        let wants = vec![Wanted {
            blob,
            lacking: vec![lacking],
        }];
        let offers = vec![];
        session.handle(ClientEvent::Attachments { offers, wants });
        session
    };
    for (lacking, message) in [
        (GroupRange(0, 1), group(blob, &groups[1])),
        (GroupRange(1, 3), group(blob, &groups[0])),
        (
            GroupRange(0, 3),
            Message::Blob(BlobMessage::refusal(other, RefusalCode::BlobMissing)),
        ),
        (GroupRange(0, 3), want(blob, &[], RefusalCode::Done)),
    ] {
        let kind = message.kind();

        let effects = asked(lacking).handle(received(message));

        check_abort(&effects, &AbortReason::UnexpectedMessage { kind });
    }
    let kind = group(blob, &groups[0]).kind();
    let effects = finished().handle(received(group(blob, &groups[0])));
    check_abort(&effects, &AbortReason::UnexpectedMessage { kind });
}

#[test]
fn a_second_group_before_the_first_is_kept_ends_the_session() {
    let (blob, groups) = file();
    let mut session = finished();
    session.handle(wanting(blob));
    let kept = session.handle(received(group(blob, &groups[0])));
    assert!(matches!(
        kept.as_slice(),
        [ClientEffect::Blob(ClientBlobEffect::Keep { number: 0, .. })]
    ));

    let message = group(blob, &groups[1]);
    let kind = message.kind();
    let effects = session.handle(received(message));

    check_abort(&effects, &AbortReason::UnexpectedMessage { kind });
}

#[test]
fn a_hub_that_never_has_enough_is_left() {
    let (blob, groups) = file();
    let mut session = finished();
    session.handle(offering(blob));
    let lacking = [GroupRange(0, 3)];
    for _ in 0..blob.groups() {
        session.handle(received(want(blob, &lacking, RefusalCode::Done)));
        session.handle(ClientEvent::GroupRead(Some(groups[0].clone())));
    }

    let effects = session.handle(received(want(blob, &lacking, RefusalCode::Done)));

    check_left(&effects, blob, RefusalCode::WindowExceeded);
}

#[test]
fn a_store_that_answers_what_was_not_asked_is_out_of_step() {
    let (blob, groups) = file();
    let kept = |blob| {
        ClientEvent::GroupKept(Wanted {
            blob,
            lacking: vec![],
        })
    };
    let mut reading = finished();
    reading.handle(offering(blob));
    let lacking = [GroupRange(0, 3)];
    reading.handle(received(want(blob, &lacking, RefusalCode::Done)));

    for (mut session, event) in [
        (finished(), kept(blob)),
        (finished(), ClientEvent::GroupRead(None)),
        (reading, ClientEvent::GroupRead(Some(groups[1].clone()))),
    ] {
        check_abort(&session.handle(event), &AbortReason::OutOfStep);
    }
}

/// Lets the hub refuse whatever is offered, and returns how many files that were.
fn offered(session: &mut ClientSession, files: usize) -> usize {
    let blob = |at: usize| {
        let mut hash = [1; 32];
        hash[..8].copy_from_slice(&at.to_be_bytes());
        Blob::new(BlobHash::from_bytes(hash), 9).unwrap()
    };
    let (offers, wants) = ((0..files).map(blob).collect(), vec![]);
    let mut effects = session.handle(ClientEvent::Attachments { offers, wants });
    let mut offered = 0;
    while let Some(ClientEffect::Send(Message::Blob(offer))) = effects.first() {
        offered += 1;
        let no = want(offer.blob, &[], RefusalCode::BlobUnknown);
        effects = session.handle(received(no));
    }
    offered
}

#[test]
fn a_session_offers_so_many_files_and_leaves_the_rest_to_the_next() {
    let all = offered(&mut finished(), MAX_BLOBS_OF_A_SESSION);
    let most = offered(&mut finished(), MAX_BLOBS_OF_A_SESSION + 1);

    assert_eq!(
        (all, most),
        (MAX_BLOBS_OF_A_SESSION, MAX_BLOBS_OF_A_SESSION)
    );
}
