//! What ends a client's session, and with which word.

use super::*;

#[test]
fn a_gap_in_a_feed_ends_the_session_before_anything_is_taken() {
    for from in [4, 6] {
        let (mut session, _) = open(&log(0), 0);

        let effects = session.handle(received(Message::Feed(batch(from, 2))));

        assert!(
            !effects
                .iter()
                .any(|effect| matches!(effect, ClientEffect::Take(_)))
        );
        check_abort(
            &effects,
            &AbortReason::FeedGap {
                scope: ScopeId(1),
                expected: 5,
                from,
            },
        );
    }
}

#[test]
fn a_feed_that_was_not_announced_is_refused() {
    let scope = ScopeId(9);
    let stray = FeedBatch::new(scope, 1, 0, FeedDigest::EMPTY, batch(0, 1).items().to_vec());
    let other = FeedBatch::new(
        ScopeId(1),
        2,
        5,
        FeedDigest::EMPTY,
        batch(0, 1).items().to_vec(),
    );
    let (mut session, _) = open(&log(0), 0);
    let effects = session.handle(received(Message::Feed(stray.unwrap())));
    check_abort(&effects, &AbortReason::FeedUnannounced { scope });

    let (mut session, _) = open(&log(0), 0);
    let effects = session.handle(received(Message::Feed(other.unwrap())));
    check_abort(
        &effects,
        &AbortReason::UnknownFeedEpoch { scope: ScopeId(1) },
    );
}

#[test]
fn another_devices_entry_is_not_taken_for_ours() {
    let (mut session, _) = open(&log(0), 0);
    let device = DeviceId(8);
    let items = vec![FeedItem::Own {
        position: LogPosition {
            device,
            epoch: 1,
            seq: 1,
        },
    }];
    let batch = FeedBatch::new(ScopeId(1), 1, 5, FeedDigest::EMPTY, items).unwrap();

    let effects = session.handle(received(Message::Feed(batch)));

    check_abort(&effects, &AbortReason::NotOurs { device });
}

#[test]
fn more_batches_than_may_be_under_way_are_refused() {
    let (mut session, _) = open(&log(0), 0);
    for at in 0..MAX_UNTAKEN_BATCHES as u64 {
        let effects = session.handle(received(Message::Feed(batch(5 + at, 1))));
        assert!(matches!(effects.as_slice(), [ClientEffect::Take(_)]));
    }

    let one_more = batch(5 + MAX_UNTAKEN_BATCHES as u64, 1);
    let effects = session.handle(received(Message::Feed(one_more)));

    check_abort(&effects, &AbortReason::WindowExceeded);
}

#[test]
fn what_the_hub_has_of_the_feeds_is_compared_with_the_cursors() {
    let check = |feed: Cursor, reason: &AbortReason| {
        let log = log(0);
        let (mut session, _) = ClientSession::new(standing(&log, 0));
        // From version 2 on the hub says which cursors do not fit.
        let Message::Welcome(mut hub) = welcome(log.head(), feed) else {
            unreachable!()
        };
        hub.version = Version::ONE;
        check_abort(&session.handle(received(Message::Welcome(hub))), reason);
    };
    let scope = ScopeId(1);

    check(cursor(4), &AbortReason::FeedBehind { scope });
    check(
        Cursor {
            feed_epoch: 2,
            ..cursor(5)
        },
        &AbortReason::UnknownFeedEpoch { scope },
    );
    check(
        Cursor {
            digest: FeedDigest::EMPTY,
            ..cursor(5)
        },
        &AbortReason::FeedMismatch { scope },
    );
}

#[test]
fn a_later_epoch_of_the_own_log_means_that_this_device_was_restored() {
    let log = log(2);
    let (mut session, _) = ClientSession::new(standing(&log, 0));
    let later = LogHead {
        epoch: 2,
        ..LogHead::start(DEVICE, 2)
    };

    let effects = session.handle(received(welcome(later, cursor(5))));

    check_abort(&effects, &AbortReason::OwnLogBehind { own: 2, stored: 0 });
}

#[test]
fn a_version_that_was_not_offered_is_refused() {
    let log = log(0);
    let (mut session, _) = ClientSession::new(standing(&log, 0));
    let Message::Welcome(mut hub) = welcome(log.head(), cursor(5)) else {
        unreachable!()
    };
    hub.version = Version(9);

    let effects = session.handle(received(Message::Welcome(hub)));

    check_abort(
        &effects,
        &AbortReason::UnknownVersion {
            version: Version(9),
        },
    );
}

#[test]
fn a_refusal_ends_the_session_and_is_not_answered() {
    let code = RefusalCode::Revoked;
    let refused = || {
        Message::Refused(Refused {
            code,
            text: "x".into(),
        })
    };
    let reason = AbortReason::Refused {
        code,
        text: "x".into(),
    };
    let (mut greeting, _) = ClientSession::new(standing(&log(0), 0));
    let (mut running, _) = open(&log(0), 0);

    check_abort(&greeting.handle(received(refused())), &reason);
    check_abort(&running.handle(received(refused())), &reason);
}

#[test]
fn a_lost_link_is_a_fault_unless_everything_was_done() {
    let (mut finished, _) = open(&log(0), 0);
    let (mut pushing, _) = open(&log(1), 0);
    let (mut greeting, _) = ClientSession::new(standing(&log(0), 0));

    assert_eq!(finished.handle(ClientEvent::LinkLost), []);
    check_abort(
        &pushing.handle(ClientEvent::LinkLost),
        &AbortReason::LinkLost,
    );
    check_abort(
        &greeting.handle(ClientEvent::LinkLost),
        &AbortReason::LinkLost,
    );
}

#[test]
fn messages_without_a_place_end_the_session_with_a_word() {
    let log = log(1);
    let here = |message: &Message| AbortReason::UnexpectedMessage {
        kind: message.kind(),
    };
    let hello = ClientSession::new(standing(&log, 0)).1;
    let Some(ClientEffect::Send(hello)) = hello.first().cloned() else {
        unreachable!()
    };
    let everywhere = [
        hello,
        Message::Push(sealed(&log, 0, 1)),
        Message::Taken(cursor(5)),
    ];
    let after_welcome = [
        welcome(log.heads[0], cursor(5)),
        Message::Stored(Stored::at(log.head(), Version::TWO)),
        Message::Done(Done::default()),
    ];
    let before_welcome = [
        Message::Stored(Stored::at(log.head(), Version::TWO)),
        Message::Done(Done::default()),
        Message::Feed(batch(5, 1)),
    ];

    for message in everywhere.iter().chain(&after_welcome) {
        let (mut session, _) = open(&log, 0);
        check_abort(&session.handle(received(message.clone())), &here(message));
        assert_eq!(session.handle(received(message.clone())), [], "it is over");
    }
    for message in everywhere.iter().chain(&before_welcome) {
        let (mut session, _) = ClientSession::new(standing(&log, 0));
        check_abort(&session.handle(received(message.clone())), &here(message));
    }
}

#[test]
fn a_store_that_answers_out_of_step_ends_the_session() {
    let log = log(3);
    let (mut unasked, _) = open(&log, 3);
    let (mut short, _) = open(&log, 1);
    let (mut elsewhere, _) = open(&log, 1);
    let (mut untaken, _) = open(&log, 3);

    check_abort(
        &unasked.handle(ClientEvent::SegmentRead(None)),
        &AbortReason::OutOfStep,
    );
    // The log is known to have more: nothing is finished.
    check_abort(
        &short.handle(ClientEvent::SegmentRead(None)),
        &AbortReason::OutOfStep,
    );
    check_abort(
        &elsewhere.handle(ClientEvent::SegmentRead(Some(sealed(&log, 2, 1)))),
        &AbortReason::OutOfStep,
    );
    check_abort(
        &untaken.handle(ClientEvent::Taken(cursor(6))),
        &AbortReason::OutOfStep,
    );
}
