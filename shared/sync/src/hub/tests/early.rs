//! What a client did not wait with: taken where it goes on, passed over elsewhere.

use wire::Early;

use super::*;

fn early(log: &Log, after_seq: u64, is_all: bool) -> HubEvent {
    let segment = log.segment(after_seq, 1).unwrap();
    received(Message::Early(Early { segment, is_all }))
}

fn has(log: &Log, seq: usize) -> HubEvent {
    let HubEvent::Standing(standing) = standing([0, 0], vec![]) else {
        unreachable!("a standing is one")
    };
    HubEvent::Standing(HubStanding {
        stored: vec![log.heads[seq]],
        ..standing
    })
}

fn ingests(effects: &[HubEffect]) -> bool {
    effects.iter().any(|it| matches!(it, HubEffect::Ingest(_)))
}

#[test]
fn it_is_stored_and_merged_whether_it_comes_before_welcome_or_after() {
    let log = log(3);
    for comes_before in [true, false] {
        let mut session = session();
        session.handle(received(hello_of_two(vec![])));
        let effects = if comes_before {
            assert_eq!(session.handle(early(&log, 1, true)), []);
            session.handle(has(&log, 1))
        } else {
            session.handle(has(&log, 1));
            session.handle(early(&log, 1, true))
        };

        assert!(ingests(&effects), "{effects:?}");
        let effects = session.handle(HubEvent::Ingested(Ok(log.heads[2])));
        assert_eq!(
            effects,
            [
                HubEffect::Send(Message::Stored(Stored::at(log.heads[2], Version::TWO))),
                HubEffect::Settle
            ]
        );
    }
}

#[test]
fn what_begins_elsewhere_is_passed_over_and_the_session_goes_on() {
    let (log, mut other) = (log(3), log(1));
    other.push(vec![9, 9]);
    other.push(vec![8]);
    for (told, told_seq, says) in [(&log, 1, 0), (&log, 1, 2), (&other, 2, 2)] {
        let mut session = session();
        session.handle(received(hello_of_two(vec![])));
        session.handle(has(told, told_seq));

        assert_eq!(session.handle(early(&log, says, true)), []);

        let at = u64::try_from(told_seq).unwrap();
        let effects = session.handle(push(told, at.min(1)));
        assert!(ingests(&effects), "{effects:?}");
    }
}

#[test]
fn in_the_first_version_it_means_nothing() {
    let log = log(3);
    let mut session = session();
    session.handle(received(hello(vec![])));
    session.handle(has(&log, 1));

    assert_eq!(session.handle(early(&log, 1, true)), []);
}

#[test]
fn it_comes_once_and_before_everything_else() {
    let log = log(3);
    let greeted = || {
        let mut session = session();
        session.handle(received(hello_of_two(vec![])));
        session
    };
    let mut twice = greeted();
    twice.handle(early(&log, 1, false));
    check_refusal(
        &twice.handle(early(&log, 1, false)),
        RefusalCode::Unexpected,
    );
    let mut late = greeted();
    late.handle(has(&log, 1));
    late.handle(push(&log, 1));
    check_refusal(&late.handle(early(&log, 1, false)), RefusalCode::Unexpected);
    let mut first = session();
    check_refusal(
        &first.handle(early(&log, 1, false)),
        RefusalCode::Unexpected,
    );
}
