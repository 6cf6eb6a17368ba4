//! What the two ends of a comparison say to each other, in words that neither end chose.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else a session does here is a fault"
)]

use record::ScopeId;
use sync::{
    AbortReason, ClientEffect, ClientEvent, ClientSession, ClientStanding, HubEffect, HubEvent,
    HubSession, HubStanding, PeerStanding,
};
use wire::limits::MAX_COMPARED_BYTES;
use wire::{
    Cursor, FeedDigest, Hello, Message, RefusalCode, Repair, RepairStep, Versions, Welcome,
};

use super::hub::held;
use crate::draw::{OWN, SITE};
use audit::LogHead;

const ONE: ScopeId = ScopeId(1);

/// How many changes each end holds: enough that they are divided, and not all in ranges of one.
const HELD: u8 = 200;

/// Asks a hub, and answers a client, twice each.
pub(crate) fn compared(bytes: &[u8]) {
    // The version of the comparison is known to both.
    let question = [&[0x61], bytes].concat();
    ask_the_hub(&question);
    answer_the_client(&question);
}

fn repair(question: &[u8]) -> Message {
    let step = RepairStep::Compare(question.to_vec());
    Message::Repair(Repair { scope: ONE, step })
}

fn end() -> Cursor {
    Cursor {
        scope: ONE,
        feed_epoch: 1,
        position: 5,
        digest: FeedDigest([1; 16]),
    }
}

fn ask_the_hub(question: &[u8]) {
    let peer = PeerStanding {
        device: OWN,
        site: SITE,
        scopes: vec![ONE],
    };
    let mut session = HubSession::new(peer, Versions::SPOKEN);
    session.handle(HubEvent::Received(Message::Hello(Hello {
        versions: Versions::SPOKEN,
        device: OWN,
        logs: Vec::new(),
        cursors: vec![end()],
        roster_epoch: 1,
        release: String::new(),
        checkpoint: None,
        checkpoint_size: None,
        packs: Vec::new(),
        feeds_wait: false,
    })));
    session.handle(HubEvent::Standing(HubStanding {
        stored: Vec::new(),
        held: Vec::new(),
        feeds: vec![end()],
        at_cursors: Vec::new(),
        roster: None,
        time_ms: 1,
        checkpoint: None,
        shows: false,
        files_told: 0,
    }));
    let asked = session.handle(HubEvent::Received(repair(question)));
    assert!(
        matches!(asked.as_slice(), [HubEffect::ReadHeld { .. }]),
        "{asked:?}"
    );
    let held = held(HELD);
    let first = session.handle(HubEvent::HeldRead { scope: ONE, held });
    let second = session.handle(HubEvent::Received(repair(question)));
    for effects in [first, second] {
        match effects.as_slice() {
            [] | [.., HubEffect::Close(RefusalCode::Malformed)] => {}
            [
                HubEffect::Send(Message::Repair(Repair {
                    step: RepairStep::Compare(answer),
                    ..
                })),
            ] => assert!(answer.len() <= MAX_COMPARED_BYTES, "{}", answer.len()),
            other => unreachable!("{other:?}"),
        }
    }
}

fn answer_the_client(answer: &[u8]) {
    let log = LogHead::start(OWN, 1);
    let (mut session, _hello) = ClientSession::new(ClientStanding {
        device: OWN,
        log,
        stored: log,
        removed: 0,
        older: Vec::new(),
        restored: false,
        cursors: vec![end()],
        packs: Vec::new(),
        fetches: Vec::new(),
        carried: Vec::new(),
        roster_epoch: 1,
        versions: Versions::SPOKEN,
        release: String::new(),
        checkpoint: None,
        feeds_wait: false,
        early: None,
    });
    session.handle(ClientEvent::Received(Message::Welcome(Welcome {
        version: Versions::SPOKEN.1,
        stored: vec![log],
        feeds: vec![end()],
        roster: None,
        time_ms: 1,
        checkpoint: None,
        repair: vec![ONE],
        takes_early: false,
        files_told: 0,
    })));
    let held = held(HELD);
    let all = held.len();
    session.handle(ClientEvent::HeldRead { scope: ONE, held });
    for _round in 0..2 {
        let effects = session.handle(ClientEvent::Received(repair(answer)));
        let Some(last) = effects.last() else { return };
        match last {
            ClientEffect::Send(message) => {
                assert!(message.to_bytes().is_ok(), "it can be sent");
            }
            ClientEffect::ReadProvable { hashes, .. } => assert!(hashes.len() <= all),
            ClientEffect::MoveCursor(_) => {}
            ClientEffect::Abort(reason) => {
                let expected = matches!(
                    reason,
                    AbortReason::Incomparable { .. } | AbortReason::UnexpectedMessage { .. }
                );
                assert!(expected, "{reason:?}");
            }
            other => unreachable!("{other:?}"),
        }
    }
}

/// Nothing held; another fingerprint of all; a few hashes up to a moment, and the rest passed over.
pub(crate) fn compared_seeds() -> Vec<Vec<u8>> {
    let fingerprint = [&[0, 0, 1][..], &[7; 16]].concat();
    let hashes: Vec<u8> = held(3).iter().flat_map(|it| it.hash).collect();
    let some = [&[2, 0, 2, 3][..], &hashes, &[0, 0, 0]].concat();
    let prefixed = [&[9, 4][..], &[1; 4], &[1], &[7; 16], &[0, 0, 2, 0]].concat();
    vec![vec![0, 0, 2, 0], fingerprint, some, prefixed]
}
