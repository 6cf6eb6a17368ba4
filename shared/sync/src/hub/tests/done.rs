//! What DONE carries back.

use crypto::Signature;
use roster::SignedRoster;
use wire::limits::MAX_ROSTER_IN_DONE_BYTES;

use super::*;

#[test]
fn done_carries_a_roster_that_leaves_room_for_the_rest() {
    let told = |size: usize| {
        let (mut session, _) = open([0, 0]);
        session.handle(received(Message::Done(Done::default())));
        let answer = session.handle(HubEvent::Settled {
            feeds: vec![],
            quarantined: vec![],
            roster: Some(SignedRoster {
                bytes: vec![0; size],
                signature: Signature::from_bytes([0; 64]),
            }),
        });
        let HubEffect::Send(Message::Done(done)) = &answer[0] else {
            panic!("{answer:?}")
        };
        done.roster.is_some()
    };

    assert!(told(MAX_ROSTER_IN_DONE_BYTES));
    assert!(!told(MAX_ROSTER_IN_DONE_BYTES + 1), "it comes with WELCOME");
}
