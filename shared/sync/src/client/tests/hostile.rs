//! A hub that says what no hub says: the session ends, and neither memory nor the store pays for it.

use wire::limits::MAX_SKIPPED_LOGS;
use wire::{CheckpointMark, Early, Probed, Repair, RepairStep, Show};

use super::*;
use crate::{AbortReason, Held, HeldCheckpoint, LogOffer};

const ONE: ScopeId = ScopeId(1);

/// What a computer that was put back does when the hub says that it has begun this log.
fn after_naming(epoch: u32) -> Vec<ClientEffect> {
    let log = log(3);
    let standing = ClientStanding {
        restored: true,
        ..standing(&log, 0)
    };
    let (mut session, _hello) = ClientSession::new(standing);
    let named = LogHead::start(DEVICE, epoch);
    session.handle(received(welcome(named, cursor(5))))
}

#[test]
fn a_hub_that_names_a_log_that_no_copy_can_have_begun_is_not_followed() {
    for epoch in [1 + MAX_SKIPPED_LOGS, u32::MAX] {
        check_abort(&after_naming(epoch), &AbortReason::OwnLogUnclear);
    }
    let begun = after_naming(MAX_SKIPPED_LOGS);
    assert!(
        matches!(begun.last(), Some(ClientEffect::BeginLog { epoch, .. }) if *epoch == 1 + MAX_SKIPPED_LOGS),
        "{begun:?}"
    );
}

/// Has a hub say that it has just what HELLO names of a log, which must end here.
fn after_an_echo(standing: ClientStanding, sent: LogHead) -> Vec<ClientEffect> {
    let (mut session, hello) = ClientSession::new(standing);
    let Some(ClientEffect::Send(Message::Hello(hello))) = hello.first() else {
        panic!("HELLO comes first: {hello:?}");
    };
    assert_eq!(hello.logs.last(), Some(&sent));
    let mut effects = session.handle(received(welcome(sent, cursor(5))));
    if let Some(ClientEffect::CompareChains { marks, .. }) = effects.last() {
        let last = marks.last().map(|mark| mark.0);
        effects.extend(session.handle(ClientEvent::ChainsCompared(last)));
    }
    let segment = sealed(&log(9), sent.seq, 9);
    effects.extend(session.handle(ClientEvent::SegmentRead(Some(segment))));
    effects
}

#[test]
fn a_hub_that_repeats_what_it_was_told_is_believed_to_have_no_more_than_it_was_sent() {
    let log = log(9);
    let begun = |segment| Early {
        segment,
        is_all: false,
    };
    let early = begun(sealed(&log, 1, 3));
    for (early, confirmed, sent) in [(None, 0, 0), (None, 1, 1), (Some(early), 1, 4)] {
        let standing = ClientStanding {
            early,
            ..standing(&log, confirmed)
        };
        let sent = log.heads[sent];

        let effects = after_an_echo(standing, sent);

        let beyond = |it: &&ClientEffect| matches!(it, ClientEffect::NoteStored(head) if head.seq > sent.seq);
        assert_eq!(effects.iter().find(beyond), None);
        let goes_up = |it: &ClientEffect| matches!(it, ClientEffect::Send(Message::Push(it)) if it.before() == sent);
        assert!(effects.iter().any(goes_up), "{effects:?}");
    }
}

#[test]
fn a_hub_that_has_none_of_the_places_asked_for_is_asked_a_few_times_only() {
    let log = log(40);
    let standing = ClientStanding {
        restored: true,
        ..standing(&log, 0)
    };
    let (mut session, _hello) = ClientSession::new(standing);
    let far = LogHead {
        seq: u64::MAX,
        ..LogHead::start(DEVICE, 1)
    };

    let mut effects = session.handle(received(welcome(far, cursor(5))));
    let (mut asked, mut begun) = (0, None);
    while let Some(effect) = effects.pop() {
        assert!(asked < 100, "it goes on for ever");
        if let ClientEffect::Send(Message::Probe(probe)) = effect {
            asked += 1;
            let (epoch, marks) = (probe.epoch, Vec::new());
            effects = session.handle(received(Message::Probed(Probed { epoch, marks })));
        } else if let ClientEffect::CompareChains { .. } = effect {
            effects = session.handle(ClientEvent::ChainsCompared(None));
        } else if let ClientEffect::BeginLog { continues, .. } = effect {
            begun = Some(continues.seq);
        }
    }

    assert!((1..=16).contains(&asked), "{asked}");
    assert_eq!(begun, Some(0), "nothing is common");
}

#[test]
fn a_comparison_that_names_the_same_again_and_again_ends_the_session() {
    let mut session = repair::open_to_repair();
    let held = (0..40_u8).map(|at| Held {
        at_ms: 1,
        hash: [at; 32],
    });
    let held = held.collect();
    session.handle(ClientEvent::HeldRead { scope: ONE, held });
    // Of what is before the first something else is held, and of all the rest nothing: go on asking.
    let nothing = [&[0x61, 2, 0, 1][..], &[7; 16], &[0, 0, 2, 0]].concat();
    let answer = || {
        let step = RepairStep::Compare(nothing.clone());
        received(Message::Repair(Repair { scope: ONE, step }))
    };

    let once = session.handle(answer());
    let twice = session.handle(answer());

    assert!(
        matches!(once.as_slice(), [ClientEffect::Send(Message::Repair(_))]),
        "{once:?}"
    );
    check_abort(&twice, &AbortReason::Incomparable { scope: ONE });
}

#[test]
fn a_checkpoint_is_shown_once() {
    let log = log(0);
    let note = "a note".to_owned();
    let standing = ClientStanding {
        checkpoint: Some(HeldCheckpoint { size: 4, note }),
        ..standing(&log, 0)
    };
    let (mut session, hello) = ClientSession::new(standing);
    assert!(matches!(
        hello.as_slice(),
        [ClientEffect::Send(Message::Hello(it))] if it.checkpoint == Some(CheckpointMark::of("a note"))
    ));
    let ask = || received(Message::Show(Show::default()));

    let once = session.handle(ask());
    let twice = session.handle(ask());

    assert!(once.contains(&ClientEffect::NoteShown));
    let kind = Message::Show(Show::default()).kind();
    check_abort(&twice, &AbortReason::UnexpectedMessage { kind });
}

#[test]
fn what_is_carried_for_others_is_kept_whatever_a_hub_repeats_of_it() {
    let (own, theirs) = (log(9), log(5));
    let head = LogHead {
        device: DeviceId(77),
        ..theirs.heads[5]
    };
    let standing = ClientStanding {
        carried: vec![LogOffer { begins: 0, head }],
        ..standing(&own, 1)
    };
    let delivered = |has: &dyn Fn(LogHead) -> LogHead| {
        let (mut session, hello) = ClientSession::new(standing.clone());
        let Some(ClientEffect::Send(Message::Hello(hello))) = hello.first() else {
            panic!("HELLO comes first: {hello:?}");
        };
        let named = *hello.logs.last().unwrap();
        assert_eq!((named.device, named.seq), (head.device, head.seq));
        let mut said = welcome(own.heads[1], cursor(5));
        if let Message::Welcome(welcome) = &mut said {
            welcome.stored.push(has(named));
        }
        let effects = session.handle(received(said));
        effects.contains(&ClientEffect::NoteDelivered(head.position()))
    };

    assert!(!delivered(&|named| named), "it was told no chain");
    assert!(delivered(&|_named| head), "it has the entries");
}
