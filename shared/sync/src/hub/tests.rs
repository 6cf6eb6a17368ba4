//! The hub's end alone: what it asks for, and when.

mod attach;
mod done;
mod early;
mod faults;
mod giveback;
mod packs;
mod repair;

use audit::{LogHead, LogPosition};
use record::{DeviceId, SiteId};
use wire::limits::{MAX_QUARANTINED, MAX_UNSTORED_SEGMENTS, MAX_UNTAKEN_BATCHES};
use wire::{Done, FeedBatch, FeedDigest, FeedItem, Hello, Quarantined, Segment, Stored, Version};

use super::*;
use crate::model::Log;

const DEVICE: DeviceId = DeviceId(1);
const ONE: ScopeId = ScopeId(1);
const TWO: ScopeId = ScopeId(2);

fn cursor(scope: ScopeId, position: u64) -> Cursor {
    Cursor {
        scope,
        feed_epoch: 1,
        position,
        digest: FeedDigest(u128::from(position).to_be_bytes()),
    }
}

fn hello(cursors: Vec<Cursor>) -> Message {
    // What the first version says and does, a hub still does for it.
    Message::Hello(Hello {
        versions: Versions(Version::ONE, Version::ONE),
        device: DEVICE,
        logs: vec![],
        cursors,
        roster_epoch: 4,
        release: "test".into(),
        checkpoint: None,
        checkpoint_size: None,
        packs: vec![],
        feeds_wait: false,
    })
}

/// HELLO of a peer that speaks the second version too.
fn hello_of_two(cursors: Vec<Cursor>) -> Message {
    let Message::Hello(first) = hello(cursors) else {
        unreachable!("HELLO is HELLO")
    };
    Message::Hello(Hello {
        versions: Versions::SPOKEN,
        ..first
    })
}

fn standing(ends: [u64; 2], at_cursors: Vec<Cursor>) -> HubEvent {
    HubEvent::Standing(HubStanding {
        stored: vec![],
        held: vec![],
        feeds: vec![cursor(ONE, ends[0]), cursor(TWO, ends[1])],
        at_cursors,
        roster: None,
        time_ms: 7,
        checkpoint: None,
        shows: false,
        files_told: 0,
    })
}

fn session() -> HubSession {
    let peer = PeerStanding {
        device: DEVICE,
        site: SiteId(1),
        scopes: vec![ONE, TWO],
    };
    HubSession::new(peer, Versions::SPOKEN)
}

fn received(message: Message) -> HubEvent {
    HubEvent::Received(message)
}

/// A session after WELCOME, with a peer that has taken nothing, and feeds that end at `ends`.
fn open(ends: [u64; 2]) -> (HubSession, Vec<HubEffect>) {
    let mut session = session();
    session.handle(received(hello(vec![])));
    let effects = session.handle(standing(ends, vec![]));
    (session, effects)
}

fn batch(scope: ScopeId, from: u64, count: u64) -> FeedBatch {
    let own = |seq| FeedItem::Own {
        position: LogPosition {
            device: DEVICE,
            epoch: 1,
            seq,
        },
    };
    let digest = cursor(scope, from + count).digest;
    FeedBatch::new(scope, 1, from, digest, (0..count).map(own).collect()).unwrap()
}

fn read(scope: ScopeId, batch: Option<FeedBatch>) -> HubEvent {
    HubEvent::FeedRead { scope, batch }
}

fn read_feed(scope: ScopeId, from: u64) -> HubEffect {
    read_feed_in(Version::ONE, scope, from)
}

fn read_feed_in(version: Version, scope: ScopeId, from: u64) -> HubEffect {
    HubEffect::ReadFeed {
        scope,
        from,
        max_bytes: wire::limits::FEED_READ_BYTES,
        version,
        holds: match version {
            Version::ONE => Holds::EVERYTHING,
            _later => Holds::up_to(&[]),
        },
    }
}

fn log(entries: u8) -> Log {
    let mut log = Log::new(DEVICE, 1);
    (0..entries).for_each(|at| log.push(vec![1, at]));
    log
}

fn push(log: &Log, after_seq: u64) -> HubEvent {
    received(Message::Push(log.segment(after_seq, 1).unwrap()))
}

fn stored(head: LogHead) -> HubEffect {
    HubEffect::Send(Message::Stored(Stored::at(head, Version::ONE)))
}

#[track_caller]
fn check_refusal(effects: &[HubEffect], code: RefusalCode) {
    match effects {
        [
            ..,
            HubEffect::Send(Message::Refused(refused)),
            HubEffect::Close(closed),
        ] => {
            assert_eq!((refused.code, *closed), (code, code));
        }
        effects => panic!("{code:?} was expected, but: {effects:?}"),
    }
}

#[test]
fn hello_is_answered_by_what_the_store_has() {
    let mut session = session();

    let ask = session.handle(received(hello(vec![cursor(ONE, 5), cursor(ScopeId(9), 3)])));
    let answer = session.handle(standing([5, 0], vec![cursor(ONE, 5)]));

    let cursors = vec![cursor(ONE, 5)];
    let release = "test".into();
    assert_eq!(
        ask,
        [HubEffect::ReadStanding {
            logs: vec![],
            cursors,
            roster_epoch: 4,
            release,
            checkpoint: None,
        }]
    );
    assert!(
        matches!(answer.as_slice(), [HubEffect::Send(Message::Welcome(it))] if it.version == Version::ONE),
        "{answer:?}"
    );
}

#[test]
fn a_checkpoint_goes_down_to_a_peer_that_holds_another_one() {
    let newest = "the newest checkpoint";
    let sent = |held: Option<&str>| {
        let mut session = session();
        let Message::Hello(hello) = hello(vec![]) else {
            unreachable!("it says HELLO")
        };
        session.handle(received(Message::Hello(Hello {
            checkpoint: held.map(CheckpointMark::of),
            ..hello
        })));
        let HubEvent::Standing(standing) = standing([0, 0], vec![]) else {
            unreachable!("it is a standing")
        };
        let answer = session.handle(HubEvent::Standing(HubStanding {
            checkpoint: Some(newest.to_owned()),
            ..standing
        }));
        match answer.as_slice() {
            [HubEffect::Send(Message::Welcome(it))] => it.checkpoint.clone(),
            other => unreachable!("{other:?}"),
        }
    };

    assert_eq!(sent(None).as_deref(), Some(newest));
    assert_eq!(sent(Some("an older one")).as_deref(), Some(newest));
    assert_eq!(sent(Some(newest)), None);
}

#[test]
fn segments_are_stored_one_after_another_and_answered_in_order() {
    let log = log(3);
    let (mut session, _) = open([0, 0]);

    let first = session.handle(push(&log, 0));
    let second = session.handle(push(&log, 1));
    let answer = session.handle(HubEvent::Ingested(Ok(log.heads[1])));

    assert!(matches!(first.as_slice(), [HubEffect::Ingest(_)]));
    assert_eq!(second, []);
    assert_eq!(answer[0], stored(log.heads[1]));
    assert!(matches!(answer[1], HubEffect::Ingest(_)));
}

#[test]
fn done_is_answered_once_what_came_before_is_merged() {
    let log = log(2);
    let (mut session, _) = open([0, 0]);
    session.handle(push(&log, 0));
    let waiting = session.handle(received(Message::Done(Done::default())));
    // What comes after DONE is stored after it.
    let later = session.handle(push(&log, 1));

    let settle = session.handle(HubEvent::Ingested(Ok(log.heads[1])));
    let spot = Quarantined {
        position: log.heads[1].position(),
        reason: "too-large".into(),
    };
    let answer = session.handle(HubEvent::Settled {
        feeds: vec![cursor(ONE, 1), cursor(ScopeId(9), 4)],
        quarantined: vec![spot.clone(); MAX_QUARANTINED + 5],
        roster: None,
    });

    assert_eq!((waiting, later), (vec![], vec![]));
    assert_eq!(settle, [stored(log.heads[1]), HubEffect::Settle]);
    let HubEffect::Send(Message::Done(done)) = &answer[0] else {
        panic!("{answer:?}")
    };
    assert_eq!(
        done.ends().collect::<Vec<_>>(),
        [cursor(ONE, 1).into()],
        "nothing is said of other scopes"
    );
    assert_eq!(done.quarantined, vec![spot; MAX_QUARANTINED]);
    assert!(matches!(answer[1], HubEffect::Ingest(_)));
    assert!(matches!(answer[2], HubEffect::ReadFeed { from: 0, .. }));
}

#[test]
fn a_peer_holds_what_it_has_proved_and_in_version_1_whatever_it_wrote() {
    let heads = log(3).heads;
    let mut holds = Holds::up_to(&heads[..2]);
    assert!(holds.has(&heads[1].position()) && !holds.has(&heads[2].position()));

    holds.add(&heads[2]);
    holds.add(&heads[1]);

    assert!(holds.has(&heads[2].position()) && !holds.has(&heads[3].position()));
    let other = LogHead::start(DEVICE, 2).next(b"an entry");
    assert!(!holds.has(&other.position()));
    assert!(Holds::EVERYTHING.has(&other.position()));
}

#[test]
fn feeds_go_down_in_turns_and_no_more_than_may_be_under_way() {
    let (mut session, effects) = open([99, 99]);
    assert_eq!(effects.last(), Some(&read_feed(ONE, 0)));

    let mut at = [0, 0];
    let mut next = Some(ONE);
    let mut sent = 0;
    while let Some(scope) = next {
        let turn = usize::from(scope == TWO);
        assert_eq!(turn, sent % 2, "the feeds take turns");
        let effects = session.handle(read(scope, Some(batch(scope, at[turn], 1))));
        at[turn] += 1;
        sent += 1;
        next = match effects.last() {
            Some(HubEffect::ReadFeed { scope, .. }) => Some(*scope),
            _ => None,
        };
    }
    assert_eq!(sent, MAX_UNTAKEN_BATCHES);

    let effects = session.handle(received(Message::Taken(cursor(ONE, 1))));
    assert_eq!(
        effects,
        [HubEffect::NoteTaken(cursor(ONE, 1)), read_feed(ONE, 4)]
    );
}

#[test]
fn a_cursor_moves_only_by_what_was_sent() {
    let (mut session, _) = open([9, 0]);
    session.handle(read(ONE, Some(batch(ONE, 0, 2))));

    for claimed in [cursor(ONE, 1), cursor(ONE, 3), cursor(TWO, 2)] {
        let mut session = HubSession {
            peer: session.peer.clone(),
            versions: Versions::SPOKEN,
            proof: Proof::NotAsked,
            phase: reopened(),
        };
        check_refusal(
            &session.handle(received(Message::Taken(claimed))),
            RefusalCode::CursorUnexplained,
        );
    }
    let taken = session.handle(received(Message::Taken(cursor(ONE, 2))));
    assert_eq!(taken, [HubEffect::NoteTaken(cursor(ONE, 2))]);
}

/// A session with one batch under way, up to 2.
fn reopened() -> Phase {
    let (mut session, _) = open([9, 0]);
    session.handle(read(ONE, Some(batch(ONE, 0, 2))));
    session.phase
}

#[test]
fn a_feed_that_grows_is_read_even_while_it_is_being_read() {
    let (mut session, _) = open([0, 0]);

    let asked = session.handle(HubEvent::FeedGrew { scope: ONE });
    let meanwhile = session.handle(HubEvent::FeedGrew { scope: ONE });
    let again = session.handle(read(ONE, None));
    let enough = session.handle(read(ONE, None));
    let stranger = session.handle(HubEvent::FeedGrew { scope: ScopeId(9) });

    assert_eq!((asked, meanwhile), (vec![read_feed(ONE, 0)], vec![]));
    assert_eq!((again, enough), (vec![read_feed(ONE, 0)], vec![]));
    assert_eq!(stranger, []);
}

#[test]
fn a_feed_that_grows_before_welcome_is_read_after_it() {
    let mut session = session();
    session.handle(HubEvent::FeedGrew { scope: TWO });
    session.handle(received(hello(vec![])));
    session.handle(HubEvent::FeedGrew { scope: TWO });
    session.handle(HubEvent::FeedGrew { scope: ScopeId(9) });

    let effects = session.handle(standing([0, 0], vec![]));

    assert_eq!(effects.last(), Some(&read_feed(TWO, 0)));
}

#[test]
fn messages_of_a_later_release_are_passed_over() {
    let mut asked = session();
    asked.handle(received(hello(vec![])));
    let (running, _) = open([0, 0]);

    for mut session in [session(), asked, running] {
        assert_eq!(session.handle(received(Message::Unknown { kind: 77 })), []);
    }
}

#[test]
fn a_peer_whose_feeds_are_to_wait_is_sent_only_the_charts_that_it_asked_for() {
    let guests = ScopeId::guest_of(SiteId(1));
    let peer = PeerStanding {
        device: DEVICE,
        site: SiteId(1),
        scopes: vec![ONE, guests],
    };
    let mut session = HubSession::new(peer, Versions::SPOKEN);
    let Message::Hello(first) = hello(vec![cursor(ONE, 5), cursor(guests, 2)]) else {
        unreachable!("HELLO is HELLO")
    };
    session.handle(received(Message::Hello(Hello {
        feeds_wait: true,
        ..first
    })));
    let HubEvent::Standing(held) = standing([0, 0], vec![cursor(ONE, 5), cursor(guests, 2)]) else {
        unreachable!("a standing is a standing")
    };

    let effects = session.handle(HubEvent::Standing(HubStanding {
        feeds: vec![cursor(ONE, 9), cursor(guests, 3)],
        ..held
    }));

    assert_eq!(effects.get(1..), Some(&[read_feed(guests, 2)][..]));
    assert_eq!(session.handle(HubEvent::FeedGrew { scope: ONE }), []);
}
