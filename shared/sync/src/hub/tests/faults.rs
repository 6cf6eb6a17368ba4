//! What ends a hub's session, and with which code.

use super::*;

#[test]
fn a_hello_that_does_not_fit_is_refused() {
    let Message::Hello(fitting) = hello(vec![]) else {
        unreachable!()
    };
    let old = Hello {
        versions: Versions(Version(0), Version(0)),
        ..fitting.clone()
    };
    let other = Hello {
        device: DeviceId(2),
        ..fitting
    };

    check_refusal(
        &session().handle(received(Message::Hello(old))),
        RefusalCode::NoCommonVersion,
    );
    check_refusal(
        &session().handle(received(Message::Hello(other))),
        RefusalCode::WrongDevice,
    );
}

#[test]
fn a_cursor_that_the_feed_does_not_explain_is_refused_in_version_1() {
    let check = |peer: Cursor, ours: Vec<Cursor>, code| {
        let mut session = session();
        let Message::Hello(hello) = hello(vec![peer]) else {
            unreachable!()
        };
        let versions = Versions(Version::ONE, Version::ONE);
        session.handle(received(Message::Hello(Hello { versions, ..hello })));
        check_refusal(&session.handle(standing([5, 0], ours)), code);
    };

    check(cursor(ONE, 6), vec![], RefusalCode::CursorAhead);
    check(
        Cursor {
            feed_epoch: 2,
            ..cursor(ONE, 3)
        },
        vec![],
        RefusalCode::UnknownFeedEpoch,
    );
    check(
        Cursor {
            digest: FeedDigest::EMPTY,
            ..cursor(ONE, 3)
        },
        vec![cursor(ONE, 3)],
        RefusalCode::FeedMismatch,
    );
}

#[test]
fn a_store_that_names_another_scope_is_not_believed() {
    let peer = PeerStanding {
        device: DEVICE,
        site: SiteId(1),
        scopes: vec![ONE],
    };
    let mut session = HubSession::new(peer, Versions::SPOKEN);
    session.handle(received(hello(vec![])));

    check_refusal(
        &session.handle(standing([0, 0], vec![])),
        RefusalCode::Failed,
    );
}

#[test]
fn a_store_that_has_less_than_it_was_given_is_never_acknowledged() {
    let log = log(3);
    for head in [log.heads[0], LogHead::start(DeviceId(2), 1)] {
        let (mut session, _) = open([0, 0]);
        session.handle(push(&log, 0));

        let effects = session.handle(HubEvent::Ingested(Ok(head)));

        check_refusal(&effects, RefusalCode::Failed);
        assert!(
            !effects
                .iter()
                .any(|it| matches!(it, HubEffect::Send(Message::Stored(_))))
        );
    }
}

#[test]
fn a_segment_that_the_store_refuses_ends_the_session() {
    let refusals = [
        (IngestRefusal::Gap, RefusalCode::LogGap),
        (IngestRefusal::Fork, RefusalCode::LogFork),
        (IngestRefusal::BadSignature, RefusalCode::BadSignature),
        (IngestRefusal::Damaged, RefusalCode::Malformed),
        (IngestRefusal::TooLarge, RefusalCode::TooLarge),
        (IngestRefusal::Full, RefusalCode::Full),
        (IngestRefusal::Busy, RefusalCode::Busy),
        (IngestRefusal::Failed, RefusalCode::Failed),
    ];
    for (refusal, code) in refusals {
        let (mut session, _) = open([0, 0]);
        session.handle(push(&log(1), 0));

        check_refusal(&session.handle(HubEvent::Ingested(Err(refusal))), code);
    }
}

#[test]
fn another_devices_segment_is_refused() {
    let mut other = Log::new(DeviceId(2));
    other.push(vec![1]);
    let (mut session, _) = open([0, 0]);

    check_refusal(&session.handle(push(&other, 0)), RefusalCode::WrongDevice);
}

#[test]
fn more_segments_than_may_be_under_way_are_refused() {
    let log = log(9);
    let (mut session, _) = open([0, 0]);
    for after in 0..MAX_UNSTORED_SEGMENTS as u64 {
        assert!(
            !session
                .handle(push(&log, after))
                .contains(&HubEffect::Close(RefusalCode::WindowExceeded))
        );
    }

    let effects = session.handle(push(&log, MAX_UNSTORED_SEGMENTS as u64));

    check_refusal(&effects, RefusalCode::WindowExceeded);
}

#[test]
fn a_second_done_before_the_first_is_answered_is_refused() {
    let (mut session, _) = open([0, 0]);
    session.handle(received(Message::Done(Done::default())));

    let effects = session.handle(received(Message::Done(Done::default())));

    check_refusal(&effects, RefusalCode::WindowExceeded);
}

#[test]
fn a_store_that_answers_out_of_step_ends_the_session() {
    let gap = read(ONE, Some(batch(ONE, 1, 1)));
    let other = read(ONE, Some(batch(TWO, 0, 1)));
    let unasked = [
        HubEvent::Ingested(Ok(LogHead::start(DEVICE, 1))),
        HubEvent::Settled {
            feeds: vec![],
            quarantined: vec![],
        },
        standing([0, 0], vec![]),
        read(TWO, None),
    ];

    for event in unasked.into_iter().chain([gap, other]) {
        let (mut session, _) = open([9, 0]);
        check_refusal(&session.handle(event), RefusalCode::Failed);
    }
    for event in [
        read(ONE, None),
        HubEvent::Ingested(Err(IngestRefusal::Busy)),
    ] {
        check_refusal(&session().handle(event.clone()), RefusalCode::Failed);
        let mut asked = session();
        asked.handle(received(hello(vec![])));
        check_refusal(&asked.handle(event), RefusalCode::Failed);
    }
}

fn strays() -> Vec<Message> {
    let segment: Segment = log(1).segment(0, 1).unwrap();
    vec![
        Message::Stored(Stored::at(log(1).head(), Version::TWO)),
        Message::Feed(batch(ONE, 0, 1)),
        Message::Push(segment),
        Message::Taken(cursor(ONE, 1)),
        Message::Done(Done::default()),
    ]
}

#[test]
fn messages_without_a_place_end_the_session_with_a_code() {
    for message in strays() {
        let mut asked = session();
        asked.handle(received(hello(vec![])));

        check_refusal(
            &session().handle(received(message.clone())),
            RefusalCode::Unexpected,
        );
        check_refusal(&asked.handle(received(message)), RefusalCode::Unexpected);
    }
    for message in strays().into_iter().take(2).chain([hello(vec![])]) {
        let (mut session, _) = open([0, 0]);
        check_refusal(
            &session.handle(received(message.clone())),
            RefusalCode::Unexpected,
        );
        assert_eq!(session.handle(received(message)), [], "it is over");
    }
}

#[test]
fn a_peer_that_refuses_or_is_gone_is_let_go() {
    let refused = || {
        received(Message::Refused(Refused {
            code: RefusalCode::LogFork,
            text: String::new(),
        }))
    };
    let asked = || {
        let mut asked = session();
        asked.handle(received(hello(vec![])));
        asked
    };

    for mut session in [session(), asked(), open([0, 0]).0] {
        assert_eq!(
            session.handle(refused()),
            [HubEffect::Close(RefusalCode::Done)]
        );
    }
    for mut session in [session(), asked(), open([0, 0]).0] {
        assert_eq!(session.handle(HubEvent::LinkLost), []);
        assert_eq!(session.handle(refused()), []);
    }
}
