//! What a client gives back to a hub that was restored.

use wire::{FeedChain, FeedSeal, ItemMark, Return, ReturnStep};

use super::repair::{compared, provable};
use super::*;
use crate::Provable;

const ONE: ScopeId = ScopeId(1);

fn say(step: ReturnStep) -> Message {
    let scope = ONE;
    Message::Return(Return { scope, step })
}

fn offered() -> (ClientSession, FeedSeal) {
    let mut session = compared();
    let seal = FeedSeal {
        scope: ONE,
        feed_epoch: 7,
        position: 6,
        chain: FeedChain([1; 32]),
        signature: crypto::Signature::from_bytes([2; 64]),
    };
    let effects = session.handle(provable(Some(Provable {
        begins: 2,
        seal,
        hashes: vec![[0; 32]],
    })));
    let offer = ReturnStep::Offer { begins: 2, seal };
    assert_eq!(effects, [ClientEffect::Send(say(offer))]);
    (session, seal)
}

fn read_marks(after: u64) -> ClientEffect {
    let (scope, up_to) = (ONE, 6);
    ClientEffect::ReadMarks {
        scope,
        after,
        up_to,
    }
}

fn marks(count: usize) -> ClientEvent {
    ClientEvent::MarksRead {
        scope: ONE,
        marks: vec![ItemMark([5; 32]); count],
    }
}

fn noted(effects: &[ClientEffect]) -> Option<usize> {
    match effects {
        [ClientEffect::NoteNotAtHub { hashes, .. }, ..] => Some(hashes.len()),
        _other => None,
    }
}

#[test]
fn what_is_proven_is_given_and_the_rest_of_the_repair_follows() {
    let (mut session, _seal) = offered();

    let begun = session.handle(received(say(ReturnStep::After(3))));
    session.handle(marks(2));
    let goes_on = session.handle(received(say(ReturnStep::After(5))));
    session.handle(marks(1));
    let shown = session.handle(received(say(ReturnStep::After(6))));
    let items = batch(0, 1).items().to_vec();
    let given = session.handle(ClientEvent::ChangesRead {
        scope: ONE,
        answered: 1,
        items: items.clone(),
    });
    let over = session.handle(received(say(ReturnStep::After(6))));

    assert_eq!(begun, [read_marks(3)]);
    assert_eq!(goes_on, [read_marks(5)]);
    let (scope, hashes) = (ONE, vec![[0; 32]]);
    assert_eq!(shown, [ClientEffect::ReadChanges { scope, hashes }]);
    assert_eq!(given, [ClientEffect::Send(say(ReturnStep::Items(items)))]);
    assert_eq!(noted(&over), Some(0), "{over:?}");
}

#[test]
fn what_the_hub_does_not_take_stays_noted() {
    let (mut at_once, _seal) = offered();
    let (mut shown, _seal) = offered();
    shown.handle(received(say(ReturnStep::After(3))));
    shown.handle(marks(3));

    for session in [&mut at_once, &mut shown] {
        let over = session.handle(received(say(ReturnStep::No)));
        assert_eq!(noted(&over), Some(1), "{over:?}");
    }
}

#[test]
fn answers_that_do_not_fit_end_the_session() {
    for step in [
        ReturnStep::After(1),
        ReturnStep::After(6),
        ReturnStep::Marks(vec![]),
        ReturnStep::Items(vec![]),
    ] {
        let (mut session, _seal) = offered();
        let effects = session.handle(received(say(step)));
        assert!(
            matches!(
                effects.last(),
                Some(ClientEffect::Abort(AbortReason::UnexpectedMessage {
                    kind: 21
                }))
            ),
            "{effects:?}"
        );
    }
    let (mut session, _seal) = offered();
    session.handle(received(say(ReturnStep::After(3))));
    session.handle(marks(3));
    let effects = session.handle(received(say(ReturnStep::After(5))));
    assert!(matches!(effects.last(), Some(ClientEffect::Abort(_))));
    let stray = compared().handle(received(say(ReturnStep::No)));
    assert!(matches!(stray.last(), Some(ClientEffect::Abort(_))));
}
