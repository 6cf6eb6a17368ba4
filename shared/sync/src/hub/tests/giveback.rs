//! What a peer gives back: in order, once, and no more than it has shown.

use super::*;
use crate::{Given, Held};
use wire::limits::MAX_PROVEN;
use wire::{FeedChain, FeedSeal, ItemMark, Repair, RepairStep, Return, ReturnStep};

/// A session whose peer has a cursor of scope 1 that says nothing, while the feed ends at 5.
fn open() -> HubSession {
    let mut session = session();
    session.handle(received(hello_of_two(vec![cursor(ONE, 9)])));
    session.handle(standing([5, 0], vec![]));
    session
}

const START: FeedChain = FeedChain([3; 32]);

fn marks() -> [ItemMark; 2] {
    [ItemMark([1; 32]), ItemMark([2; 32])]
}

fn seal(position: u64) -> FeedSeal {
    let chain = marks().iter().fold(START, |chain, it| chain.then(it));
    let key = crypto::SigningKey::from_seed([1; 32]);
    FeedSeal::sign(ONE, 7, position, chain, &key)
}

fn say(session: &mut HubSession, step: ReturnStep) -> Vec<HubEffect> {
    let scope = ONE;
    session.handle(received(Message::Return(Return { scope, step })))
}

fn offer() -> ReturnStep {
    let (begins, seal) = (4, seal(7));
    ReturnStep::Offer { begins, seal }
}

fn judged(session: &mut HubSession, start: Option<(u64, FeedChain)>) -> Vec<HubEffect> {
    let scope = ONE;
    session.handle(HubEvent::SealJudged { scope, start })
}

fn answer(step: ReturnStep) -> [HubEffect; 1] {
    let scope = ONE;
    [HubEffect::Send(Message::Return(Return { scope, step }))]
}

/// A session that was shown the proof.
fn proven() -> HubSession {
    let mut session = open();
    say(&mut session, offer());
    judged(&mut session, Some((5, START)));
    let shown = say(&mut session, ReturnStep::Marks(marks().to_vec()));
    assert_eq!(shown, answer(ReturnStep::After(7)));
    session
}

#[test]
fn what_is_proven_is_handed_to_the_store() {
    let mut session = open();

    let offered = say(&mut session, offer());
    let begun = judged(&mut session, Some((5, START)));
    let one = say(&mut session, ReturnStep::Marks(marks()[..1].to_vec()));
    let two = say(&mut session, ReturnStep::Marks(marks()[1..].to_vec()));
    let items = batch(ONE, 0, 1).items().to_vec();
    let given = say(&mut session, ReturnStep::Items(items.clone()));
    let taken = session.handle(HubEvent::TakenBack {
        scope: ONE,
        taken: true,
    });

    let (begins, seal) = (4, seal(7));
    assert_eq!(offered, [HubEffect::JudgeSeal { begins, seal }]);
    assert_eq!(begun, answer(ReturnStep::After(5)));
    assert_eq!(one, answer(ReturnStep::After(6)));
    assert_eq!(two, answer(ReturnStep::After(7)));
    let proven = std::sync::Arc::new(marks().into_iter().collect());
    let scope = ONE;
    assert_eq!(
        given,
        [HubEffect::TakeBack(Given {
            scope,
            items,
            proven
        })]
    );
    assert_eq!(taken, answer(ReturnStep::After(7)));
}

#[test]
fn what_proves_nothing_is_answered_so_and_the_session_goes_on() {
    let no = answer(ReturnStep::No);
    // Not signed; from before what the peer can show; from its end on; more than is kept in memory.
    for start in [None, Some((3, START)), Some((7, START))] {
        let mut session = open();
        say(&mut session, offer());
        assert_eq!(judged(&mut session, start), no);
    }
    let mut long = open();
    let seal = seal(MAX_PROVEN + 6);
    say(&mut long, ReturnStep::Offer { begins: 4, seal });
    assert_eq!(judged(&mut long, Some((5, START))), no);
    let mut other = open();
    say(&mut other, offer());
    judged(&mut other, Some((5, FeedChain([4; 32]))));
    assert_eq!(say(&mut other, ReturnStep::Marks(marks().to_vec())), no);

    // What was given was not taken: nothing more is.
    let mut session = proven();
    say(&mut session, ReturnStep::Items(vec![]));
    let refused = session.handle(HubEvent::TakenBack {
        scope: ONE,
        taken: false,
    });
    assert_eq!(refused, no);
    check_refusal(
        &say(&mut session, ReturnStep::Items(vec![])),
        RefusalCode::RepairUnasked,
    );
}

#[test]
fn steps_out_of_order_or_beyond_what_was_shown_end_the_session() {
    for (step, code) in [
        (ReturnStep::Marks(vec![]), RefusalCode::RepairUnasked),
        (ReturnStep::Items(vec![]), RefusalCode::RepairUnasked),
        (ReturnStep::After(1), RefusalCode::Unexpected),
        (ReturnStep::No, RefusalCode::Unexpected),
    ] {
        check_refusal(&say(&mut open(), step), code);
    }
    let mut twice = open();
    say(&mut twice, offer());
    check_refusal(&say(&mut twice, offer()), RefusalCode::WindowExceeded);
    let mut again = open();
    say(&mut again, offer());
    judged(&mut again, None);
    check_refusal(&say(&mut again, offer()), RefusalCode::RepairUnasked);
    for marks in [vec![], vec![ItemMark([1; 32]); 3]] {
        let mut session = open();
        say(&mut session, offer());
        judged(&mut session, Some((5, START)));
        check_refusal(
            &say(&mut session, ReturnStep::Marks(marks)),
            RefusalCode::RepairTooLong,
        );
    }
    let many = batch(ONE, 0, 3).items().to_vec();
    check_refusal(
        &say(&mut proven(), ReturnStep::Items(many)),
        RefusalCode::RepairTooLong,
    );
}

#[test]
fn nothing_is_taken_back_of_a_scope_that_is_not_repaired() {
    let mut session = session();
    session.handle(received(hello_of_two(vec![cursor(ONE, 5)])));
    session.handle(standing([5, 0], vec![cursor(ONE, 5)]));
    check_refusal(&say(&mut session, offer()), RefusalCode::RepairUnasked);

    let mut ended = proven();
    let (_asking, question) = crate::held::Asking::begin(&[]).unwrap();
    let step = RepairStep::Compare(question);
    ended.handle(received(Message::Repair(Repair { scope: ONE, step })));
    let held = Held {
        at_ms: 1,
        hash: [1; 32],
    };
    ended.handle(HubEvent::HeldRead {
        scope: ONE,
        held: vec![held],
    });
    ended.handle(received(Message::Taken(cursor(ONE, 5))));
    check_refusal(
        &say(&mut ended, ReturnStep::Items(vec![])),
        RefusalCode::RepairUnasked,
    );
}
