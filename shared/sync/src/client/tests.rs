//! The client's end alone: what it asks for, and when.

mod attach;
mod early;
mod faults;
mod giveback;
mod hostile;
mod repair;

use audit::{LogHead, LogPosition};
use record::{DeviceId, ScopeId};
use wire::limits::{
    FIRST_SEGMENT_READ_BYTES, MAX_LOGS, MAX_LOGS_OF_A_DEVICE, MAX_UNSTORED_SEGMENTS,
    MAX_UNTAKEN_BATCHES, SEGMENT_READ_BYTES,
};
use wire::{
    Cursor, Done, FeedBatch, FeedDigest, FeedItem, RefusalCode, Segment, Stored, Version, Versions,
};

use super::*;
use crate::model::Log;

const DEVICE: DeviceId = DeviceId(1);

fn log(entries: u8) -> Log {
    let mut log = Log::new(DEVICE, 1);
    (0..entries).for_each(|at| log.push(vec![1, at]));
    log
}

fn standing(log: &Log, stored_seq: u64) -> ClientStanding {
    ClientStanding {
        feeds_wait: false,
        early: None,
        device: DEVICE,
        log: log.head(),
        stored: log.heads[usize::try_from(stored_seq).unwrap()],
        removed: 0,
        older: Vec::new(),
        restored: false,
        cursors: vec![cursor(5)],
        packs: Vec::new(),
        fetches: Vec::new(),
        carried: Vec::new(),
        roster_epoch: 1,
        checkpoint: None,
        versions: Versions::SPOKEN,
        release: "test".into(),
    }
}

fn digest(position: u64) -> FeedDigest {
    FeedDigest(u128::from(position).to_be_bytes())
}

fn cursor(position: u64) -> Cursor {
    Cursor {
        scope: ScopeId(1),
        feed_epoch: 1,
        position,
        digest: digest(position),
    }
}

fn welcome(stored: LogHead, feed: Cursor) -> Message {
    Message::Welcome(Welcome {
        version: Version::TWO,
        stored: vec![stored],
        feeds: vec![feed],
        roster: None,
        time_ms: 7,
        checkpoint: None,
        repair: vec![],
        takes_early: false,
        files_told: 0,
    })
}

fn batch(from: u64, count: u64) -> FeedBatch {
    let own = |seq| FeedItem::Own {
        position: LogPosition {
            device: DEVICE,
            epoch: 1,
            seq,
        },
    };
    let digest = cursor(from + count).digest;
    FeedBatch::new(ScopeId(1), 1, from, digest, (0..count).map(own).collect()).unwrap()
}

/// Opens a session with `log`, of which the hub has `stored` entries, and whose feed is at 5.
fn open(log: &Log, stored: usize) -> (ClientSession, Vec<ClientEffect>) {
    let (mut session, _hello) = ClientSession::new(standing(log, 0));
    let mut effects = session.handle(received(welcome(log.heads[stored], cursor(5))));
    if let Some(ClientEffect::CompareChains { marks, .. }) = effects.last() {
        let last = marks.last().map(|mark| mark.0);
        effects.pop();
        effects.extend(session.handle(ClientEvent::ChainsCompared(last)));
    }
    (session, effects)
}

fn received(message: Message) -> ClientEvent {
    ClientEvent::Received(message)
}

fn sealed(log: &Log, after_seq: u64, count: usize) -> Segment {
    log.segment(after_seq, count).unwrap()
}

/// The session must end with this reason, and tell the hub this.
#[track_caller]
fn check_abort(effects: &[ClientEffect], reason: &AbortReason) {
    match (effects, reason.refusal()) {
        (
            [
                ..,
                ClientEffect::Send(Message::Refused(refused)),
                ClientEffect::Abort(found),
            ],
            Some(code),
        ) => {
            assert_eq!((found, refused.code), (reason, code));
        }
        ([.., ClientEffect::Abort(found)], None) => assert_eq!(found, reason),
        (effects, _) => panic!("{reason:?} was expected, but: {effects:?}"),
    }
}

#[test]
fn with_nothing_to_do_welcome_is_the_end() {
    let (_, effects) = open(&log(3), 3);

    assert!(
        matches!(
            effects.as_slice(),
            [
                ClientEffect::NoteContact(Greeting { time_ms: 7, .. }),
                ClientEffect::NoteStored(_),
                ClientEffect::Finished(Summary { round_trips: 1, .. })
            ]
        ),
        "{effects:?}"
    );
}

#[test]
fn the_hub_is_believed_only_after_its_branch_was_compared() {
    let log = log(3);

    let (mut session, effects) = open(&log, 1);
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, ClientEffect::NoteStored(_)))
    );
    assert_eq!(
        effects.last(),
        Some(&ClientEffect::ReadSegment {
            after_seq: 1,
            version: Version::TWO,
            max_bytes: FIRST_SEGMENT_READ_BYTES
        })
    );

    let effects = session.handle(ClientEvent::SegmentRead(Some(sealed(&log, 1, 9))));
    assert!(
        effects.contains(&ClientEffect::NoteStored(log.heads[1])),
        "{effects:?}"
    );
}

#[test]
fn no_more_segments_are_under_way_than_may_be() {
    let log = log(20);
    let (mut session, mut effects) = open(&log, 0);
    let mut sent = 0;

    let mut read = Vec::new();
    while let Some(ClientEffect::ReadSegment {
        after_seq,
        max_bytes,
        ..
    }) = effects.last()
    {
        read.push(max_bytes / FIRST_SEGMENT_READ_BYTES);
        let segment = sealed(&log, *after_seq, 1);
        effects = session.handle(ClientEvent::SegmentRead(Some(segment)));
        sent += 1;
    }
    assert_eq!(sent, MAX_UNSTORED_SEGMENTS);
    assert_eq!(read, [1, 2, 4, 4], "the first segments are small");

    let effects = session.handle(received(Message::Stored(Stored::at(
        log.heads[1],
        Version::TWO,
    ))));
    assert_eq!(
        effects,
        [
            ClientEffect::NoteStored(log.heads[1]),
            ClientEffect::ReadSegment {
                after_seq: 4,
                version: Version::TWO,
                max_bytes: SEGMENT_READ_BYTES
            }
        ]
    );
}

#[test]
fn one_answer_may_stand_for_several_segments() {
    let log = log(2);
    let (mut session, _) = open(&log, 0);
    session.handle(ClientEvent::SegmentRead(Some(sealed(&log, 0, 1))));
    session.handle(ClientEvent::SegmentRead(Some(sealed(&log, 1, 1))));
    let done = session.handle(ClientEvent::SegmentRead(None));
    assert_eq!(done, [ClientEffect::Send(Message::Done(Done::default()))]);

    let stored = session.handle(received(Message::Stored(Stored::at(
        log.heads[2],
        Version::TWO,
    ))));
    let finished = session.handle(received(Message::Done(Done::default())));

    assert_eq!(stored, [ClientEffect::NoteStored(log.heads[2])]);
    assert!(
        matches!(finished.as_slice(), [ClientEffect::Finished(it)] if it.entries_stored == 2),
        "{finished:?}"
    );
}

#[test]
fn a_session_is_not_finished_before_its_own_entries_came_back() {
    let log = log(1);
    let (mut session, _) = open(&log, 0);
    session.handle(ClientEvent::SegmentRead(Some(sealed(&log, 0, 1))));
    session.handle(ClientEvent::SegmentRead(None));
    session.handle(received(Message::Stored(Stored::at(
        log.heads[1],
        Version::TWO,
    ))));

    let done = Done {
        ends: vec![cursor(6).into()],
        ..Done::default()
    };
    let waiting = session.handle(received(Message::Done(done)));
    let take = session.handle(received(Message::Feed(batch(5, 1))));
    let end = session.handle(ClientEvent::Taken(cursor(6)));

    assert_eq!(waiting, []);
    assert_eq!(take, [ClientEffect::Take(batch(5, 1))]);
    assert_eq!(
        end.first(),
        Some(&ClientEffect::Send(Message::Taken(cursor(6))))
    );
    assert!(
        matches!(end.last(), Some(ClientEffect::Finished(_))),
        "{end:?}"
    );
}

#[test]
fn entries_written_while_the_store_reads_are_not_forgotten() {
    let mut log = log(1);
    let (mut session, _) = open(&log, 0);
    session.handle(ClientEvent::SegmentRead(Some(sealed(&log, 0, 9))));
    // The store is being asked for more; meanwhile the log grows, but its answer does not know.
    log.push(vec![1, 9]);
    session.handle(ClientEvent::NewEntries);

    let effects = session.handle(ClientEvent::SegmentRead(None));

    assert_eq!(
        effects,
        [ClientEffect::ReadSegment {
            after_seq: 1,
            version: Version::TWO,
            max_bytes: 2 * FIRST_SEGMENT_READ_BYTES
        }]
    );
}

#[test]
fn entries_written_before_welcome_are_not_forgotten() {
    let log = log(1);
    let (mut session, _) = ClientSession::new(standing(&log, 0));
    session.handle(ClientEvent::NewEntries);

    let effects = session.handle(received(welcome(log.head(), cursor(5))));

    assert_eq!(
        effects.last(),
        Some(&ClientEffect::ReadSegment {
            after_seq: 1,
            version: Version::TWO,
            max_bytes: FIRST_SEGMENT_READ_BYTES
        })
    );
}

#[test]
fn messages_of_a_later_release_are_passed_over() {
    let (mut greeting, _) = ClientSession::new(standing(&log(0), 0));
    let (mut running, _) = open(&log(0), 0);

    assert_eq!(greeting.handle(received(Message::Unknown { kind: 77 })), []);
    assert_eq!(running.handle(received(Message::Unknown { kind: 77 })), []);
}

#[test]
fn a_client_whose_feeds_wait_is_done_when_its_own_log_is_at_the_hub() {
    let log = log(1);
    let (mut session, hello) = ClientSession::new(ClientStanding {
        feeds_wait: true,
        ..standing(&log, 1)
    });

    let effects = session.handle(received(welcome(log.head(), cursor(900))));

    assert!(
        matches!(hello.as_slice(), [ClientEffect::Send(Message::Hello(it))] if it.feeds_wait),
        "{hello:?}"
    );
    assert!(
        matches!(effects.last(), Some(ClientEffect::Finished(_))),
        "{effects:?}"
    );
}

#[test]
fn a_hub_that_sends_what_was_to_wait_is_not_refused() {
    let log = log(1);
    let (mut session, _hello) = ClientSession::new(ClientStanding {
        feeds_wait: true,
        ..standing(&log, 1)
    });
    session.handle(received(welcome(log.head(), cursor(900))));

    let effects = session.handle(received(Message::Feed(batch(5, 3))));

    assert_eq!(effects, [ClientEffect::Take(batch(5, 3))]);
}

#[test]
fn hello_names_the_newest_of_very_many_logs() {
    let log = log(2);
    let ended = |epoch: u32| LogHead {
        seq: 3,
        ..LogHead::start(DEVICE, epoch)
    };
    let named = |older: usize| {
        let standing = ClientStanding {
            older: (0..).map(ended).take(older).collect(),
            ..standing(&log, 1)
        };
        standing.named_logs(log.head())
    };

    let (all, most) = (named(MAX_LOGS_OF_A_DEVICE), named(MAX_LOGS_OF_A_DEVICE + 1));

    // Beside them stands where the newest is stored, and where it ends.
    assert_eq!(all.len(), MAX_LOGS_OF_A_DEVICE + 2);
    assert_eq!(
        (all[0].epoch, most[0].epoch),
        (0, 1),
        "the oldest is left out"
    );
    assert_eq!(most.len(), MAX_LOGS_OF_A_DEVICE + 2);
    assert_eq!(most.last(), Some(&log.head()));
    assert!(most.len() <= MAX_LOGS);
}
