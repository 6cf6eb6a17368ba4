//! What is sent right after HELLO, and what WELCOME makes of it.

use audit::BeginReason;
use wire::{Early, FeedEnd};

use super::*;

/// What a log of which so many entries are confirmed sends at once.
fn holding(log: &Log, stored_seq: u64, count: usize) -> ClientStanding {
    let segment = sealed(log, stored_seq, count);
    let is_all = segment.last_seq() == log.head().seq;
    ClientStanding {
        early: Some(Early { segment, is_all }),
        ..standing(log, stored_seq)
    }
}

fn answer(stored: LogHead, takes_early: bool) -> ClientEvent {
    let Message::Welcome(welcome) = welcome(stored, cursor(5)) else {
        unreachable!("WELCOME is WELCOME")
    };
    received(Message::Welcome(Welcome {
        takes_early,
        files_told: 0,
        ..welcome
    }))
}

fn is_early(effect: &ClientEffect) -> bool {
    matches!(effect, ClientEffect::Send(Message::Early(_)))
}

fn reads_after(effects: &[ClientEffect]) -> Option<u64> {
    effects.iter().find_map(|it| {
        if let ClientEffect::ReadSegment { after_seq, .. } = it {
            Some(*after_seq)
        } else {
            None
        }
    })
}

#[test]
fn what_is_all_goes_with_hello_and_is_stored_in_one_round_trip() {
    let log = log(3);
    let (mut session, effects) = ClientSession::new(holding(&log, 1, 9));
    assert!(is_early(&effects[1]), "{effects:?}");

    let effects = session.handle(answer(log.heads[1], true));
    assert!(
        !effects.iter().any(|it| matches!(it, ClientEffect::Send(_)))
            && reads_after(&effects).is_none(),
        "nothing more is said: {effects:?}"
    );
    let place = Stored::at(log.heads[3], Version::TWO);
    let effects = session.handle(received(Message::Stored(place)));
    assert_eq!(effects, [ClientEffect::NoteStored(log.heads[3])]);
    let done = Done {
        ends: vec![FeedEnd::from((ScopeId(1), 1, 5))],
        ..Done::default()
    };
    let effects = session.handle(received(Message::Done(done)));
    assert!(
        matches!(
            &effects[..],
            [ClientEffect::Finished(Summary {
                round_trips: 1,
                entries_pushed: 2,
                entries_stored: 2,
                ..
            })]
        ),
        "{effects:?}"
    );
}

#[test]
fn what_follows_is_pushed_after_it() {
    let log = log(5);
    let (mut session, _hello) = ClientSession::new(holding(&log, 1, 2));

    let effects = session.handle(answer(log.heads[1], true));

    assert_eq!(reads_after(&effects), Some(3));
}

#[test]
fn what_was_written_meanwhile_is_pushed_after_it() {
    let mut log = log(3);
    let (mut session, _hello) = ClientSession::new(holding(&log, 1, 9));
    log.push(vec![1, 77]);
    session.handle(ClientEvent::NewEntries);

    let effects = session.handle(answer(log.heads[1], true));

    assert_eq!(reads_after(&effects), Some(3));
}

#[test]
fn a_hub_that_does_not_take_it_is_sent_it_again() {
    let log = log(3);
    // It knows nothing of EARLY; it was put back; another link brought more.
    for (stored, takes_early, from) in [(1, false, 1), (0, true, 0), (2, true, 2)] {
        let (mut session, _hello) = ClientSession::new(holding(&log, 1, 9));
        let mut effects = session.handle(answer(log.heads[stored], takes_early));
        if let Some(ClientEffect::CompareChains { marks, .. }) = effects.last() {
            let last = marks.last().map(|mark| mark.0);
            effects = session.handle(ClientEvent::ChainsCompared(last));
        }

        assert_eq!(reads_after(&effects), Some(from), "{effects:?}");
    }
}

#[test]
fn what_may_not_go_on_there_waits_for_welcome() {
    let log = log(3);
    let whole = holding(&log, 1, 9);
    let other = sealed(&log, 0, 1);
    for standing in [
        ClientStanding {
            restored: true,
            ..whole.clone()
        },
        ClientStanding {
            removed: 2,
            ..whole.clone()
        },
        ClientStanding {
            versions: Versions(Version::ONE, Version::ONE),
            ..whole.clone()
        },
        ClientStanding {
            early: Some(Early {
                segment: other,
                is_all: false,
            }),
            ..whole
        },
    ] {
        let (_session, effects) = ClientSession::new(standing);

        assert!(!effects.iter().any(is_early), "{effects:?}");
    }
}

#[test]
fn a_copy_that_finds_another_branch_begins_a_new_log_as_ever() {
    let log = log(3);
    let mut other = super::log(1);
    other.push(vec![9, 9]);
    let (mut session, _hello) = ClientSession::new(holding(&log, 1, 9));

    let effects = session.handle(answer(other.heads[2], true));
    assert!(
        matches!(effects.last(), Some(ClientEffect::CompareChains { .. })),
        "{effects:?}"
    );
    session.handle(ClientEvent::ChainsCompared(None));
    let marks = vec![(1, wire::ChainMark::of(&log.heads[1].chain))];
    session.handle(received(Message::Probed(wire::Probed { epoch: 1, marks })));
    let effects = session.handle(ClientEvent::ChainsCompared(Some(1)));

    assert!(
        matches!(
            effects.last(),
            Some(ClientEffect::BeginLog {
                why: BeginReason::Branched,
                ..
            })
        ),
        "{effects:?}"
    );
}
