//! A neighbour that says what no neighbour says: it is refused, and the store is not asked the same over and over.

use crypto::Signature;
use record::{DeviceId, ScopeId, SiteId};
use roster::SignedRoster;

use super::*;
use crate::hub::PeerStanding;

const OWN_EPOCH: u64 = 3;

fn judged() -> Judged {
    Judged {
        roster_epoch: OWN_EPOCH,
        peer: Ok(PeerStanding {
            device: DeviceId(3),
            site: SiteId(1),
            scopes: vec![ScopeId(1)],
        }),
    }
}

fn meet(roster_epoch: u64, roster: Option<SignedRoster>) -> LanEvent {
    LanEvent::Received(Message::Meet(Meet {
        roster_epoch,
        roster,
    }))
}

fn some_roster() -> SignedRoster {
    SignedRoster {
        bytes: Vec::new(),
        signature: Signature::from_bytes([0; 64]),
    }
}

#[track_caller]
fn check_refused(effects: &[LanEffect]) {
    let code = RefusalCode::Unexpected;
    assert_eq!(effects.last(), Some(&LanEffect::Close(code)), "{effects:?}");
}

#[test]
fn a_roster_is_given_once() {
    let (mut session, _met) = LanSession::new(Versions::SPOKEN, judged());

    let once = session.handle(meet(OWN_EPOCH - 1, None));
    let twice = session.handle(meet(OWN_EPOCH - 1, None));

    assert_eq!(once, [LanEffect::ReadRoster]);
    check_refused(&twice);
}

#[test]
fn a_roster_is_judged_once() {
    let (mut session, _met) = LanSession::new(Versions::SPOKEN, judged());
    session.handle(meet(OWN_EPOCH + 1, None));

    let once = session.handle(meet(OWN_EPOCH + 1, Some(some_roster())));
    let twice = session.handle(meet(OWN_EPOCH + 2, None));

    assert_eq!(once, [LanEffect::TakeRoster(some_roster())]);
    check_refused(&twice);
}
