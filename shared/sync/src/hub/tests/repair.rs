//! Scopes that are repaired, and checkpoints that are shown.

use super::*;
use crate::Held;
use wire::limits::{MAX_COMPARED, MAX_REPAIR_ROUNDS};
use wire::{Repair, RepairStep, Show};

/// A session whose peer has a cursor of scope 1 that says nothing, while the feed ends at 5.
fn open_to_repair() -> HubSession {
    let mut session = session();
    session.handle(received(hello_of_two(vec![cursor(ONE, 9), cursor(TWO, 1)])));
    let effects = session.handle(standing([5, 3], vec![cursor(TWO, 1)]));
    match effects.as_slice() {
        [HubEffect::Send(Message::Welcome(welcome)), reads] => {
            assert_eq!(welcome.repair, [ONE]);
            assert_eq!(
                *reads,
                read_feed_in(Version::TWO, TWO, 1),
                "the other feed does not wait"
            );
        }
        other => panic!("{other:?}"),
    }
    session.handle(read(TWO, Some(batch(TWO, 1, 2))));
    session.handle(received(Message::Taken(cursor(TWO, 3))));
    session.handle(read(TWO, None));
    session
}

fn repair(scope: ScopeId, step: RepairStep) -> HubEvent {
    received(Message::Repair(Repair { scope, step }))
}

fn question() -> RepairStep {
    let (_asking, question) = crate::held::Asking::begin(&[]).unwrap();
    RepairStep::Compare(question)
}

fn held(count: usize) -> HubEvent {
    let one = Held {
        at_ms: 1,
        hash: [1; 32],
    };
    HubEvent::HeldRead {
        scope: ONE,
        held: vec![one; count],
    }
}

#[test]
fn a_repair_is_answered_and_then_the_feed_goes_on() {
    let mut session = open_to_repair();

    let asked = session.handle(repair(ONE, question()));
    let answered = session.handle(held(1));
    let wanted = session.handle(repair(ONE, RepairStep::Want(vec![[1; 32]])));
    let sent = session.handle(HubEvent::WantedRead {
        scope: ONE,
        answered: 1,
        items: batch(ONE, 0, 1).items().to_vec(),
    });
    let goes_on = session.handle(received(Message::Taken(cursor(ONE, 5))));

    assert!(matches!(
        asked.as_slice(),
        [HubEffect::ReadHeld { scope: ONE, .. }]
    ));
    let is_repair = |it: &HubEffect| matches!(it, HubEffect::Send(Message::Repair(_)));
    assert!(
        matches!(answered.as_slice(), [it] if is_repair(it)),
        "{answered:?}"
    );
    assert!(matches!(
        wanted.as_slice(),
        [HubEffect::ReadWanted { scope: ONE, .. }]
    ));
    assert!(matches!(sent.as_slice(), [it] if is_repair(it)), "{sent:?}");
    assert_eq!(
        goes_on,
        [
            HubEffect::NoteTaken(cursor(ONE, 5)),
            read_feed_in(Version::TWO, ONE, 5)
        ]
    );
}

#[test]
fn a_repair_that_is_given_up_has_the_feed_come_from_its_beginning() {
    let mut session = open_to_repair();
    let by_peer = session.handle(repair(ONE, RepairStep::GiveUp));
    assert_eq!(by_peer, [read_feed_in(Version::TWO, ONE, 0)]);

    let mut session = open_to_repair();
    session.handle(repair(ONE, question()));
    let by_hub = session.handle(held(MAX_COMPARED + 1));
    let give_up = Message::Repair(Repair {
        scope: ONE,
        step: RepairStep::GiveUp,
    });
    assert_eq!(
        by_hub,
        [HubEffect::Send(give_up), read_feed_in(Version::TWO, ONE, 0)]
    );
}

#[test]
fn a_repair_that_no_one_needs_or_that_never_ends_is_refused() {
    check_refusal(
        &open_to_repair().handle(repair(TWO, question())),
        RefusalCode::RepairUnasked,
    );

    let mut twice = open_to_repair();
    twice.handle(repair(ONE, question()));
    check_refusal(
        &twice.handle(repair(ONE, question())),
        RefusalCode::WindowExceeded,
    );

    let mut long = open_to_repair();
    long.handle(repair(ONE, question()));
    long.handle(held(1));
    for _ in 1..MAX_REPAIR_ROUNDS {
        let answer = long.handle(repair(ONE, question()));
        assert!(
            matches!(answer.as_slice(), [HubEffect::Send(_)]),
            "it is held ready"
        );
    }
    check_refusal(
        &long.handle(repair(ONE, question())),
        RefusalCode::RepairTooLong,
    );

    let mut damaged = open_to_repair();
    damaged.handle(repair(ONE, RepairStep::Compare(vec![7])));
    check_refusal(&damaged.handle(held(1)), RefusalCode::Malformed);
    check_refusal(
        &open_to_repair().handle(repair(ONE, RepairStep::Want(vec![]))),
        RefusalCode::RepairTooLong,
    );
}

/// HELLO of a peer that holds a checkpoint, and the hub's standing with one that is none of its history.
fn doubtful(versions: Versions) -> (HubSession, Vec<HubEffect>) {
    let mut session = session();
    let Message::Hello(hello) = hello_of_two(vec![]) else {
        unreachable!()
    };
    session.handle(received(Message::Hello(Hello {
        versions,
        checkpoint: Some(CheckpointMark::of("theirs")),
        checkpoint_size: Some(90),
        ..hello
    })));
    let effects = session.handle(unknown_checkpoint());
    (session, effects)
}

fn unknown_checkpoint() -> HubEvent {
    let HubEvent::Standing(standing) = standing([0, 0], vec![]) else {
        unreachable!()
    };
    HubEvent::Standing(HubStanding {
        shows: true,
        files_told: 0,
        ..standing
    })
}

#[test]
fn a_peer_with_a_checkpoint_of_another_history_is_asked_to_show_it_once() {
    let (mut session, asked) = doubtful(Versions::SPOKEN);
    let note = "theirs".to_owned();
    let shown = session.handle(received(Message::Show(Show {
        checkpoint: Some(note.clone()),
        roster: None,
    })));
    let welcome = session.handle(unknown_checkpoint());

    assert_eq!(asked, [HubEffect::Send(Message::Show(Show::default()))]);
    assert!(
        matches!(shown.as_slice(), [HubEffect::TakeProof(it), HubEffect::ReadStanding { .. }] if it.checkpoint.as_ref() == Some(&note)),
        "{shown:?}"
    );
    assert!(matches!(
        welcome.as_slice(),
        [HubEffect::Send(Message::Welcome(_))]
    ));
    check_refusal(
        &session.handle(received(Message::Show(Show::default()))),
        RefusalCode::Unexpected,
    );
}

#[test]
fn a_peer_that_has_shown_before_its_session_is_not_asked_again() {
    let mut session = session().having_shown();

    session.handle(received(hello_of_two(vec![])));
    let welcome = session.handle(unknown_checkpoint());

    assert!(matches!(
        welcome.as_slice(),
        [HubEffect::Send(Message::Welcome(_))]
    ));
}

#[test]
fn a_peer_that_knows_no_show_is_not_asked() {
    let (_, effects) = doubtful(Versions(Version::ONE, Version::ONE));

    assert!(
        matches!(effects.as_slice(), [HubEffect::Send(Message::Welcome(_))]),
        "{effects:?}"
    );
}
