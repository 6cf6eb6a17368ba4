//! Messages: each reads back, unknown kinds and members are passed over.

mod limits;
mod place;

use std::collections::BTreeMap;

use audit::LogHead;
use crypto::{BoxPublicKey, PublicKey, Signature, SigningKey};
use ipld_core::ipld::Ipld;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use record::{DeviceId, PersonId, ScopeId};
use roster::SignedRoster;

use super::*;
use crate::limits::MAX_PLACE;
use crate::{
    ChainMark, CheckpointMark, Cursor, DecodeError, Done, Enrolling, FeedDigest, FeedEnd, FeedItem,
    PackMark, PackProgress, PackRow, PackedChange, Quarantined, RefusalCode, Version, Versions,
};

fn heads() -> impl Strategy<Value = LogHead> {
    (any::<u32>(), any::<u32>(), ..=MAX_PLACE, any::<[u8; 32]>()).prop_map(
        |(device, epoch, seq, chain)| LogHead {
            device: DeviceId(device),
            epoch,
            seq,
            chain: audit::ChainHash::from_bytes(chain),
        },
    )
}

fn cursors() -> impl Strategy<Value = Cursor> {
    (any::<u32>(), any::<u32>(), ..=MAX_PLACE, any::<[u8; 16]>()).prop_map(
        |(scope, feed_epoch, position, digest)| Cursor {
            scope: ScopeId(scope),
            feed_epoch,
            position,
            digest: FeedDigest(digest),
        },
    )
}

fn progresses() -> impl Strategy<Value = PackProgress> {
    (cursors(), (..=MAX_PLACE, ..=MAX_PLACE)).prop_map(|(head, mark)| PackProgress {
        head,
        mark: mark.into(),
    })
}

fn rosters() -> impl Strategy<Value = SignedRoster> {
    vec(any::<u8>(), 0..200).prop_map(|bytes| SignedRoster {
        bytes,
        signature: Signature::from_bytes([5; 64]),
    })
}

fn hellos() -> impl Strategy<Value = Message> {
    (
        any::<(u16, u16, u32, u64)>(),
        vec(heads(), 0..3),
        vec(cursors(), 0..4),
        ".{0,20}",
        option::of(".{1,20}"),
        vec(progresses(), 0..3),
    )
        .prop_map(
            |((low, high, device, roster_epoch), logs, cursors, release, note, packs)| {
                Message::Hello(Hello {
                    versions: Versions(Version(low), Version(high)),
                    device: DeviceId(device),
                    logs,
                    cursors,
                    roster_epoch,
                    release,
                    checkpoint: note.as_deref().map(CheckpointMark::of),
                    checkpoint_size: note.map(|it| it.len() as u64),
                    packs,
                    feeds_wait: low % 2 == 1,
                })
            },
        )
}

fn welcomes() -> impl Strategy<Value = Message> {
    let parts = (
        vec(heads(), 0..3),
        vec(cursors(), 0..4),
        option::of(rosters()),
    );
    (any::<(u16, u64)>(), parts, option::of(".{0,80}")).prop_map(
        |((version, time_ms), (stored, feeds, roster), checkpoint)| {
            Message::Welcome(Welcome {
                version: Version(version),
                stored,
                feeds,
                roster,
                time_ms,
                checkpoint,
                repair: vec![ScopeId(version.into())],
                takes_early: false,
                files_told: 0,
            })
        },
    )
}

fn segments() -> impl Strategy<Value = Message> {
    let key = SigningKey::from_seed([1; 32]);
    (heads(), vec(vec(any::<u8>(), 0..50), 1..5)).prop_map(move |(mut before, entries)| {
        before.seq /= 2;
        Message::Push(Segment::seal(before, &entries, &key).unwrap())
    })
}

fn batches() -> impl Strategy<Value = Message> {
    (cursors(), 1_usize..20, vec(any::<u8>(), 0..50)).prop_map(|(cursor, count, payload)| {
        let position = audit::LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 5,
        };
        let mut items = vec![FeedItem::Own { position }; count];
        items.push(FeedItem::Other {
            kind: 40,
            position,
            payload,
        });
        let Cursor {
            scope,
            feed_epoch,
            position,
            digest,
        } = cursor;
        Message::Feed(FeedBatch::new(scope, feed_epoch, position / 2, digest, items).unwrap())
    })
}

fn dones() -> impl Strategy<Value = Message> {
    let quarantined = (heads(), "[a-z]{0,9}").prop_map(|(head, reason)| Quarantined {
        position: head.position(),
        reason,
    });
    let parts = (
        vec(cursors(), 0..3),
        vec(quarantined, 0..3),
        option::of(rosters()),
    );
    parts.prop_map(|(feeds, quarantined, roster)| {
        let ends = feeds.iter().map(|it| FeedEnd::from(*it)).rev().collect();
        Message::Done(Done {
            feeds,
            ends,
            quarantined,
            roster,
        })
    })
}

fn enrolments() -> impl Strategy<Value = Message> {
    let words = vec("[a-z]{3,8}", 0..7).prop_map(|words| Enrolling::Pending { words });
    let approved = (any::<(u32, u32)>(), rosters()).prop_map(|((device, person), roster)| {
        Enrolling::Approved {
            device: DeviceId(device),
            person: PersonId(person),
            roster,
        }
    });
    let asked = (
        any::<[u8; 16]>(),
        any::<[u8; 32]>(),
        any::<u32>(),
        ".{0,20}",
    )
        .prop_map(|(token, key, person, label)| {
            let key = PublicKey::from_bytes(key);
            let seal = BoxPublicKey::from_bytes([9; 32]).unwrap();
            let person = PersonId(person);
            Message::Enrol(Enrol {
                token,
                tls: key,
                log: key,
                sign: key,
                seal,
                person,
                label,
                proves_actors: true,
            })
        });
    prop_oneof![
        asked,
        words.prop_map(Message::Enrolling),
        approved.prop_map(Message::Enrolling)
    ]
}

fn packs() -> impl Strategy<Value = Message> {
    (
        cursors(),
        any::<(u64, u32, bool)>(),
        vec(any::<u8>(), 1..90),
    )
        .prop_map(|(head, (hlc, person, last), payload)| {
            let mark = PackMark {
                chart: 3,
                change: 9,
            };
            let position = audit::LogPosition {
                device: DeviceId(1),
                epoch: 1,
                seq: 5,
            };
            let row = PackRow {
                mark,
                chart: record::ChartId::new([4; 16]),
                change: Some(PackedChange {
                    position,
                    hlc: record::Hlc::from_u64(hlc),
                    person: PersonId(person),
                    payload: Some(payload),
                }),
            };
            let key = SigningKey::from_seed([1; 32]);
            let sealed = ChartPack::seal(head, PackMark::START, &[row], last, &key);
            Message::Pack(sealed.unwrap())
        })
}

fn fetches() -> impl Strategy<Value = Message> {
    let asked = (heads(), "[0-9-]{0,12}", ".{0,40}").prop_map(|(head, number, reason)| {
        Message::Fetch(Fetch {
            number,
            reason,
            entry: head.position(),
        })
    });
    let answered = (heads(), any::<(u16, u64)>(), option::of(cursors())).prop_map(
        |(head, (code, until_ms), feed)| {
            Message::Fetched(Fetched {
                entry: head.position(),
                code: RefusalCode::from(code),
                feed,
                until_ms,
            })
        },
    );
    prop_oneof![asked, answered]
}

fn messages() -> impl Strategy<Value = Message> {
    prop_oneof![
        hellos(),
        welcomes(),
        segments(),
        (heads(), any::<bool>()).prop_map(|(head, first)| {
            let version = if first { Version::ONE } else { Version::TWO };
            Message::Stored(Stored::at(head, version))
        }),
        batches(),
        cursors().prop_map(Message::Taken),
        dones(),
        (any::<u16>(), ".{0,40}").prop_map(|(code, text)| Message::Refused(Refused {
            code: code.into(),
            text
        })),
        enrolments(),
        (any::<u32>(), vec(..=MAX_PLACE, 0..9))
            .prop_map(|(epoch, seqs)| Message::Probe(Probe { epoch, seqs })),
        (any::<u32>(), vec((..=MAX_PLACE, any::<[u8; 8]>()), 0..9)).prop_map(|(epoch, marks)| {
            let mark = |(seq, mark)| (seq, ChainMark(mark));
            let marks = marks.into_iter().map(mark).collect();
            Message::Probed(Probed { epoch, marks })
        }),
        packs(),
        fetches(),
    ]
}

#[test]
fn an_unknown_kind_is_told_from_damage() {
    let later = serde_ipld_dagcbor::to_vec(&(99_u16, [("k", 1.5)])).unwrap();
    let no_body = serde_ipld_dagcbor::to_vec(&(99_u16,)).unwrap();
    let trailing = [later.clone(), vec![0]].concat();

    assert_eq!(
        Message::from_bytes(&later),
        Ok(Message::Unknown { kind: 99 })
    );
    assert_eq!(Message::from_bytes(&no_body), Err(DecodeError::Damaged));
    assert_eq!(Message::from_bytes(&trailing), Err(DecodeError::Damaged));
    assert_eq!(Message::from_bytes(&[]), Err(DecodeError::Damaged));
    assert_eq!(
        Message::Unknown { kind: 99 }.to_bytes(),
        Err(EncodeError::UnknownKind)
    );
}

/// Adds a member to a message's body, as a later release would.
fn with_member_added(message: &Message) -> Vec<u8> {
    let bytes = message.to_bytes().unwrap();
    let (kind, mut body): (u16, BTreeMap<String, Ipld>) =
        serde_ipld_dagcbor::from_slice(&bytes).unwrap();
    body.insert(
        "later".into(),
        Ipld::List(vec![Ipld::Bytes(vec![1]), Ipld::Null]),
    );
    serde_ipld_dagcbor::to_vec(&(kind, body)).unwrap()
}

#[test]
fn what_is_missing_or_optional_has_a_meaning() {
    let done = serde_ipld_dagcbor::to_vec(&(DONE, BTreeMap::<String, u8>::new())).unwrap();

    assert_eq!(
        Message::from_bytes(&done),
        Ok(Message::Done(Done::default()))
    );
    assert_eq!(Message::Done(Done::default()).to_bytes(), Ok(done));
}

proptest! {
    #[test]
    fn any_message_reads_back_and_has_one_encoding(message in messages()) {
        let bytes = message.to_bytes().unwrap();

        let read = Message::from_bytes(&bytes).unwrap();

        prop_assert_eq!(read.to_bytes().unwrap(), bytes);
        prop_assert_eq!(read, message);
    }

    #[test]
    fn members_of_a_later_release_are_passed_over(message in messages()) {
        let has_members = !matches!(message, Message::Taken(_) | Message::Enrolling(_));
        prop_assume!(has_members);

        let read = Message::from_bytes(&with_member_added(&message)).unwrap();

        match (&read, &message) {
            (Message::Push(read), Message::Push(sent)) => prop_assert_eq!(read.after(), sent.after()),
            (read, message) => prop_assert_eq!(read, message),
        }
    }

    #[test]
    fn arbitrary_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
        let read = Message::from_bytes(&bytes);

        prop_assert!(read.is_ok() || read.is_err());
    }

    #[test]
    fn damaged_messages_are_a_message_or_an_error(
        message in messages(),
        turned in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut: prop::sample::Index,
    ) {
        let mut bytes = message.to_bytes().unwrap();
        let cut = Message::from_bytes(&bytes[..cut.index(bytes.len())]);
        for (at, byte) in turned {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let whole = Message::from_bytes(&bytes);

        prop_assert!(whole.is_ok() || whole.is_err());
        prop_assert!(cut.is_err());
    }
}
