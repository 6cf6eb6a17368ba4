//! Scopes that are repaired, and what the hub lost.

use wire::{Repair, RepairStep, Show};

use super::*;
use crate::Provable;
use wire::limits::{MAX_COMPARED, MAX_REPAIR_ROUNDS, MAX_REPAIRED};

const ONE: ScopeId = ScopeId(1);

fn held(count: usize) -> ClientEvent {
    let one = |at: usize| {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(at as u64).to_be_bytes());
        crate::Held { at_ms: 1, hash }
    };
    let held = (0..count).map(one).collect();
    ClientEvent::HeldRead { scope: ONE, held }
}

fn repair(step: RepairStep) -> Message {
    Message::Repair(Repair { scope: ONE, step })
}

/// A session whose cursor of scope 1 says nothing to a hub whose feed ends at 3, once it was asked what is held.
pub(super) fn open_to_repair() -> ClientSession {
    let log = log(0);
    let (mut session, _hello) = ClientSession::new(standing(&log, 0));
    let Message::Welcome(welcome) = welcome(log.head(), cursor(3)) else {
        unreachable!()
    };
    let effects = session.handle(received(Message::Welcome(Welcome {
        version: Version::TWO,
        repair: vec![ONE],
        takes_early: false,
        files_told: 0,
        ..welcome
    })));
    assert!(
        matches!(
            effects.last(),
            Some(ClientEffect::ReadHeld { scope: ONE, .. })
        ),
        "{effects:?}"
    );
    session
}

pub(super) fn provable(provable: Option<Provable>) -> ClientEvent {
    ClientEvent::ProvableRead {
        scope: ONE,
        provable,
    }
}

/// A session that was asked what it can prove of the one change that only it holds.
pub(super) fn compared() -> ClientSession {
    let mut session = open_to_repair();
    let asked = session.handle(held(1));
    let [
        ClientEffect::Send(Message::Repair(Repair {
            step: RepairStep::Compare(question),
            ..
        })),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    let theirs = crate::held::Answering::new(&[]).unwrap();
    let answer = theirs.answer(question).unwrap();
    session.handle(received(repair(RepairStep::Compare(answer))));
    session
}

#[test]
fn what_is_missing_is_fetched_and_then_the_cursor_is_the_hubs() {
    let mut session = open_to_repair();
    let theirs = crate::held::Answering::new(&[crate::Held {
        at_ms: 1,
        hash: [9; 32],
    }])
    .unwrap();

    let asked = session.handle(held(1));
    let [
        ClientEffect::Send(Message::Repair(Repair {
            step: RepairStep::Compare(question),
            ..
        })),
    ] = asked.as_slice()
    else {
        panic!("{asked:?}")
    };
    let answer = theirs.answer(question).unwrap();
    let asked = session.handle(received(repair(RepairStep::Compare(answer))));
    let compared = session.handle(provable(None));
    let items = batch(0, 1).items().to_vec();
    let fetched = session.handle(received(repair(RepairStep::Items {
        answered: 1,
        items: items.clone(),
    })));
    let kept = session.handle(ClientEvent::Kept { scope: ONE });
    let end = session.handle(ClientEvent::Taken(cursor(3)));

    assert!(matches!(
        asked.as_slice(),
        [ClientEffect::ReadProvable { hashes, .. }] if hashes.len() == 1
    ));
    match compared.as_slice() {
        [
            ClientEffect::NoteNotAtHub { hashes, .. },
            ClientEffect::Send(want),
        ] => {
            assert_eq!(hashes.len(), 1, "what is only here is noted");
            assert_eq!(*want, repair(RepairStep::Want(vec![[9; 32]])));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fetched, [ClientEffect::Keep { scope: ONE, items }]);
    assert_eq!(kept, [ClientEffect::MoveCursor(cursor(3))]);
    assert_eq!(end[0], ClientEffect::Send(Message::Taken(cursor(3))));
    assert!(matches!(&end[1], ClientEffect::Finished(it) if it.round_trips == 3));
}

#[test]
fn a_repair_above_its_limits_is_given_up_for_the_feed_from_its_beginning() {
    let given_up = [ClientEffect::Send(repair(RepairStep::GiveUp))];
    let mut large = open_to_repair();
    assert_eq!(large.handle(held(MAX_COMPARED + 1)), given_up);
    let first = large.handle(received(Message::Feed(batch(0, 3))));
    assert!(matches!(first.as_slice(), [ClientEffect::Take(_)]));

    let many: Vec<crate::Held> = (0..=MAX_REPAIRED as u64)
        .map(|at| {
            let mut hash = [1; 32];
            hash[..8].copy_from_slice(&at.to_be_bytes());
            crate::Held { at_ms: at, hash }
        })
        .collect();
    let theirs = crate::held::Answering::new(&many).unwrap();
    let mut lacking = open_to_repair();
    let mut effects = lacking.handle(held(0));
    for _ in 0..MAX_REPAIR_ROUNDS {
        let [
            ClientEffect::Send(Message::Repair(Repair {
                step: RepairStep::Compare(question),
                ..
            })),
        ] = effects.as_slice()
        else {
            break;
        };
        let answer = theirs.answer(question).unwrap();
        effects = lacking.handle(received(repair(RepairStep::Compare(answer))));
    }
    assert_eq!(effects, given_up);
}

#[test]
fn a_hub_that_gives_up_is_not_told_so_again() {
    let mut session = open_to_repair();
    session.handle(held(1));

    let effects = session.handle(received(repair(RepairStep::GiveUp)));
    let first = session.handle(received(Message::Feed(batch(0, 3))));

    assert_eq!(effects, []);
    assert!(matches!(first.as_slice(), [ClientEffect::Take(_)]));
}

#[test]
fn answers_that_were_not_asked_for_end_the_session() {
    let stray = AbortReason::UnexpectedMessage { kind: 14 };
    let items = RepairStep::Items {
        answered: 1,
        items: vec![],
    };
    for step in [items.clone(), RepairStep::GiveUp, RepairStep::Want(vec![])] {
        check_abort(&open_to_repair().handle(received(repair(step))), &stray);
    }
    let (mut fitting, _) = open(&log(0), 0);
    check_abort(&fitting.handle(received(repair(items))), &stray);

    let mut damaged = open_to_repair();
    damaged.handle(held(1));
    check_abort(
        &damaged.handle(received(repair(RepairStep::Compare(vec![7])))),
        &AbortReason::Incomparable { scope: ONE },
    );
    check_abort(
        &open_to_repair().handle(ClientEvent::Kept { scope: ONE }),
        &AbortReason::OutOfStep,
    );
}

#[test]
fn what_the_hub_lost_is_noted_before_anything_of_a_feed_is_taken() {
    let log = log(3);
    let (mut session, _) = ClientSession::new(standing(&log, 3));
    session.handle(received(welcome(log.heads[1], cursor(7))));
    assert_eq!(session.handle(received(Message::Feed(batch(5, 2)))), []);

    let effects = session.handle(ClientEvent::ChainsCompared(Some(1)));

    // A chart may leave with the batch, and with it what was written there and was at the hub.
    let place = |wanted: &ClientEffect| effects.iter().position(|it| it == wanted);
    let noted = place(&ClientEffect::NoteLost(log.heads[1]));
    let taken = place(&ClientEffect::Take(batch(5, 2)));
    assert!(noted.is_some() && noted < taken, "{effects:?}");
}

#[test]
fn what_the_hub_lost_of_the_own_log_is_offered_again() {
    let log = log(3);
    let (mut session, _) = ClientSession::new(standing(&log, 3));
    let Message::Welcome(welcome) = welcome(log.heads[1], cursor(5)) else {
        unreachable!()
    };
    let in_version = |version| {
        Message::Welcome(Welcome {
            version,
            ..welcome.clone()
        })
    };

    let effects = session.handle(received(in_version(Version::TWO)));
    assert!(matches!(
        effects.last(),
        Some(ClientEffect::CompareChains { .. })
    ));
    let effects = session.handle(ClientEvent::ChainsCompared(Some(1)));
    assert_eq!(
        effects,
        [
            ClientEffect::NoteLost(log.heads[1]),
            ClientEffect::ReadSegment {
                after_seq: 1,
                version: Version::TWO,
                max_bytes: FIRST_SEGMENT_READ_BYTES
            }
        ]
    );
    session.handle(ClientEvent::SegmentRead(Some(sealed(&log, 1, 9))));
    let effects = session.handle(received(Message::Stored(Stored::at(
        log.heads[3],
        Version::TWO,
    ))));
    assert!(
        effects.contains(&ClientEffect::NoteStored(log.heads[3])),
        "{effects:?}"
    );

    let (mut old, _) = ClientSession::new(standing(&log, 3));
    check_abort(
        &old.handle(received(in_version(Version::ONE))),
        &AbortReason::HubBehind {
            confirmed: 3,
            stored: 1,
        },
    );
}

#[test]
fn an_older_epoch_of_a_feed_goes_on_if_the_hub_says_nothing() {
    let log = log(0);
    let (mut session, _) = ClientSession::new(standing(&log, 0));
    let later = Cursor {
        feed_epoch: 2,
        ..cursor(6)
    };
    let Message::Welcome(welcome) = welcome(log.head(), later) else {
        unreachable!()
    };
    session.handle(received(Message::Welcome(Welcome {
        version: Version::TWO,
        ..welcome
    })));

    let next = FeedBatch::new(ONE, 2, 5, later.digest, batch(5, 1).items().to_vec()).unwrap();
    let effects = session.handle(received(Message::Feed(next)));

    assert!(
        matches!(effects.as_slice(), [ClientEffect::Take(_)]),
        "{effects:?}"
    );
}

#[test]
fn the_checkpoint_held_is_shown_when_asked_for() {
    let note = "theirs".to_owned();
    let held = ClientStanding {
        checkpoint: Some(HeldCheckpoint {
            size: 90,
            note: note.clone(),
        }),
        ..standing(&log(0), 0)
    };
    let (mut session, hello) = ClientSession::new(held);

    let shown = session.handle(received(Message::Show(Show::default())));

    assert!(matches!(
        hello.as_slice(),
        [ClientEffect::Send(Message::Hello(it))]
            if it.checkpoint_size == Some(90) && it.checkpoint == Some(CheckpointMark::of(&note))
    ));
    assert_eq!(
        shown,
        [ClientEffect::NoteShown, ClientEffect::Show(Some(note)),]
    );
}
