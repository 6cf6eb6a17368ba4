//! Two computers that meet without the hub, and what a hostile one may try.

use std::collections::VecDeque;

use sync::{FeedGiven, Judged, LanEffect, LanEvent, LanSession};
use wire::{
    BatchSeal, FeedBatch, FeedChain, FeedSeal, Message, RefusalCode, Return, ReturnStep, Segment,
};

use super::tail::mark;
use super::*;
use crate::Client;

const SCOPE: ScopeId = ScopeId(1);

/// One end of a meeting.
struct Side<'a> {
    client: &'a mut Client,
    peer: PublicKey,
    session: LanSession,
    effects: VecDeque<LanEffect>,
    ended: Option<LanCarried>,
}

impl<'a> Side<'a> {
    fn new(client: &'a mut Client, peer: PublicKey) -> Self {
        let driver = client.driver();
        let (session, effects) = LanSession::new(driver.versions(), driver.judge(&peer));
        Self {
            client,
            peer,
            session,
            effects: effects.into(),
            ended: None,
        }
    }

    /// Carries out what is due; returns what is to be sent.
    fn step(&mut self) -> Option<Message> {
        while let Some(effect) = self.effects.pop_front() {
            let driver = self.client.driver_mut();
            match driver.carry_out_lan(effect, &self.peer).unwrap() {
                LanCarried::Event(event) => self.effects.extend(self.session.handle(event)),
                LanCarried::Send(message) => return Some(message),
                ended @ (LanCarried::Finished(_)
                | LanCarried::Lost
                | LanCarried::Refused(_)
                | LanCarried::Close(_)) => self.ended = Some(ended),
            }
        }
        None
    }
}

fn tls(client: &Client) -> PublicKey {
    client.driver().identity().tls.public()
}

/// Has two meet. What the first one sends goes through `alter`, and the link breaks after so many messages of either.
fn meet(
    a: &mut Client,
    b: &mut Client,
    alter: &mut dyn FnMut(Message) -> Message,
    breaks: usize,
) -> [Option<LanCarried>; 2] {
    let (of_a, of_b) = (tls(a), tls(b));
    let (mut a, mut b) = (Side::new(a, of_b), Side::new(b, of_a));
    for _message in 0..breaks {
        if let Some(message) = a.step() {
            let event = LanEvent::Received(alter(message));
            b.effects.extend(b.session.handle(event));
        } else if let Some(message) = b.step() {
            let event = LanEvent::Received(message);
            a.effects.extend(a.session.handle(event));
        } else {
            break;
        }
    }
    [a.ended, b.ended]
}

fn whole(a: &mut Client, b: &mut Client) -> [sync::LanSummary; 2] {
    meet(a, b, &mut |it| it, 10_000).map(|ended| match ended {
        Some(LanCarried::Finished(summary)) => summary,
        other => panic!("{other:?}"),
    })
}

fn same(a: &mut Client, b: &mut Client) {
    let (one, other) = (a.verify().unwrap(), b.verify().unwrap());
    assert!(one.ok && other.ok, "{one:?} {other:?}");
    assert_eq!(one.digest, other.digest);
}

/// Hands what `from` wrote to a client as its feed, signed by the hub.
fn sealed(from: &Client, to: &mut Client) {
    let items = feed_of(from);
    let (at, _digest) = taken_by(to);
    let digest = digest_after(&items, to);
    let before = FeedChain::start(SCOPE);
    let after = items.iter().fold(before, |chain, it| chain.then(&mark(it)));
    let batch = FeedBatch::new(SCOPE, 1, at, digest, items).unwrap();
    let signature = FeedSeal::sign(SCOPE, 1, batch.to(), after, &hub_history()).signature;
    let take = ClientEffect::Take(batch.sealed(BatchSeal { before, signature }));
    let carried = to.driver_mut().carry_out(take).unwrap();
    assert!(matches!(carried, Carried::Event(_)), "{carried:?}");
}

#[test]
fn what_was_written_goes_both_ways_and_twice_is_once() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    b.register(&woman()).unwrap();

    let [given, taken] = whole(&mut a, &mut b);
    let [again, _] = whole(&mut b, &mut a);

    assert!(
        given.entries_given > 2 && given.entries_taken > 1,
        "{given:?}"
    );
    assert_eq!(given.entries_given, taken.entries_taken);
    assert_eq!((again.entries_given, again.entries_taken), (0, 0));
    assert_eq!(b.open(&chart).unwrap().visits[0].author, "Amina Nurse");
    same(&mut a, &mut b);
}

#[test]
fn a_link_that_breaks_anywhere_loses_nothing() {
    for breaks in 0..24 {
        let world = World::new();
        let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
        for _ in 0..3 {
            a.register(&woman()).unwrap();
        }
        sealed(&a, &mut b);
        b.register(&woman()).unwrap();

        meet(&mut a, &mut b, &mut |it| it, breaks);
        assert!(b.verify().unwrap().ok, "cut after {breaks}");
        whole(&mut a, &mut b);

        same(&mut a, &mut b);
        assert_eq!(taken_by(&a), taken_by(&b), "cut after {breaks}");
    }
}

#[test]
fn nobody_hears_anything_who_is_not_of_the_hub() {
    let world = World::new();
    let (mut a, stranger) = (world.nurse_a(), SigningKey::from_seed([99; 32]).public());
    let judged = a.driver().judge(&stranger);
    assert_eq!(judged.peer, Err(RefusalCode::NotEnrolled));
    let mut side = Side::new(&mut a, stranger);

    let first = side.step();
    assert!(
        matches!(&first, Some(Message::Meet(it)) if it.roster.is_none()),
        "{first:?}"
    );
    // It claims to be behind: the roster is not for it either.
    for epoch in [0, judged.roster_epoch] {
        let meet = Message::Meet(wire::Meet {
            roster_epoch: epoch,
            roster: None,
        });
        let mut session = LanSession::new(side.client.driver().versions(), judged.clone()).0;
        let effects = session.handle(LanEvent::Received(meet));
        assert_eq!(
            effects.last(),
            Some(&LanEffect::Close(RefusalCode::NotEnrolled))
        );
    }
    let revoked = Judged {
        peer: Err(RefusalCode::Revoked),
        ..judged
    };
    let (_session, effects) = LanSession::new(side.client.driver().versions(), revoked);
    assert_eq!(
        effects.last(),
        Some(&LanEffect::Close(RefusalCode::Revoked))
    );
    assert_eq!(effects.len(), 2);
}

#[test]
fn a_newer_roster_goes_over_and_a_forged_one_does_not() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let mut newer = a.driver().roster().clone();
    newer.epoch += 1;
    let signed = newer.sign(&world.hub).unwrap();
    let forged = SignedRoster {
        signature: crypto::Signature::from_bytes([1; 64]),
        ..signed.clone()
    };
    a.driver_mut().take_roster(&signed).unwrap();

    let mut forge = |mut message| {
        if let Message::Meet(wire::Meet {
            roster: Some(roster),
            ..
        }) = &mut message
        {
            *roster = forged.clone();
        }
        message
    };
    meet(&mut a, &mut b, &mut forge, 10_000);
    assert_eq!(b.driver().roster().epoch, newer.epoch - 1);

    let [_, taken] = whole(&mut a, &mut b);

    assert!(taken.roster_taken);
    assert_eq!(b.driver().roster().epoch, newer.epoch);
}

#[test]
fn a_segment_that_its_device_did_not_sign_is_left() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    a.register(&woman()).unwrap();
    let entry = vec![vec![1, 2, 3]];
    let other = SigningKey::from_seed([77; 32]);
    let mut forge = |message| {
        if let Message::Push(segment) = &message {
            return Message::Push(Segment::seal(segment.before(), &entry, &other).unwrap());
        }
        message
    };

    meet(&mut a, &mut b, &mut forge, 10_000);

    assert_eq!(b.driver().store().carried_logs().unwrap(), []);
    assert_eq!(b.driver().store().count_charts().unwrap(), 0);
}

#[test]
fn a_feed_that_is_to_be_compared_with_the_hub_goes_on_from_nobody_else() {
    let world = World::new();
    let (mut giver, mut taker) = (world.nurse_b(), world.nurse_a());
    let mut author = world.at(1, NURSE_A);
    for client in [&mut author, &mut taker] {
        client.register(&woman()).unwrap();
    }
    sealed(&author, &mut taker);
    let mismatch = offer(feed_of(&author), FeedDigest([7; 16]), &mut taker);
    assert!(matches!(mismatch, Carried::Aborted(_)), "{mismatch:?}");
    sealed(&author, &mut giver);

    whole(&mut giver, &mut taker);

    let cursors = taker.driver().standing().unwrap().cursors;
    assert_eq!(cursors.len(), 1);
    assert_eq!((cursors[0].feed_epoch, cursors[0].position), (0, 1));
}

#[test]
fn a_feed_that_the_hub_did_not_sign_so_is_not_taken() {
    type Alter = fn(Return) -> Return;
    let altered: [Alter; 3] = [
        |mut it| {
            if let ReturnStep::Marks(marks) = &mut it.step {
                marks[0].0[0] ^= 1;
            }
            it
        },
        |mut it| {
            if let ReturnStep::Items(items) = &mut it.step {
                items.reverse();
            }
            it
        },
        |mut it| {
            if let ReturnStep::Offer { seal, .. } = &mut it.step {
                seal.chain = FeedChain([7; 32]);
            }
            it
        },
    ];
    for alter in altered {
        let world = World::new();
        let (mut giver, mut taker) = (world.nurse_b(), world.nurse_a());
        let mut author = world.at(1, NURSE_A);
        for _ in 0..3 {
            author.register(&woman()).unwrap();
        }
        sealed(&author, &mut giver);
        let mut alter = |message| {
            if let Message::Return(step) = message {
                return Message::Return(alter(step));
            }
            message
        };

        meet(&mut giver, &mut taker, &mut alter, 10_000);

        assert_eq!(taken_by(&taker).0, 0, "nothing of it was taken");
        assert_eq!(taker.driver().store().count_charts().unwrap(), 0);
    }
}

#[test]
fn what_only_says_what_it_stands_for_is_not_taken_from_a_neighbour() {
    let world = World::new();
    let mut author = world.at(1, NURSE_A);
    author.register(&woman()).unwrap();
    let items = feed_of(&author);
    let [
        FeedItem::Change {
            position, payload, ..
        },
    ] = items.as_slice()
    else {
        panic!("{items:?}")
    };
    let stands = mark(&items[0]);
    let gone = FeedItem::Gone {
        position: *position,
        hash: *replica::check(payload).unwrap().hash().as_bytes(),
        mark: Some(stands),
    };
    let before = FeedChain::start(SCOPE);
    let given = |items| FeedGiven {
        seal: FeedSeal::sign(SCOPE, 1, 1, before.then(&stands), &hub_history()),
        from: 0,
        before,
        marks: vec![stands],
        items,
    };
    let mut taker = world.nurse_b();

    assert_eq!(
        taker.driver_mut().take_given(given(vec![gone])).unwrap(),
        None
    );
    assert_eq!(taken_by(&taker).0, 0);
    assert_eq!(
        taker.driver_mut().take_given(given(items)).unwrap(),
        Some(1)
    );
}
