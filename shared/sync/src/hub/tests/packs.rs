//! Feeds that begin with packs, and charts that are asked for.

use record::{ChartId, Hlc, PersonId};
use wire::limits::MAX_UNTAKEN_PACKS;
use wire::{ChartPack, Fetch, Fetched, PackMark, PackRow, PackedChange};

use super::*;
use crate::model::hub_key;

fn hello_with(packs: Vec<PackProgress>) -> Message {
    let Message::Hello(first) = hello(vec![]) else {
        unreachable!("HELLO is HELLO")
    };
    Message::Hello(Hello {
        versions: Versions::SPOKEN,
        packs,
        ..first
    })
}

/// A session of version 2 after WELCOME, with a peer that has taken this of the packs, and feeds that end at `ends`.
fn open_with(packs: Vec<PackProgress>, ends: [u64; 2]) -> (HubSession, Vec<HubEffect>) {
    let places = packs
        .iter()
        .map(|it| it.head)
        .filter(|it| *it == cursor(it.scope, it.position));
    let at_cursors = places.collect();
    let mut session = session();
    session.handle(received(hello_with(packs)));
    let effects = session.handle(standing(ends, at_cursors));
    (session, effects)
}

const fn mark(change: u64) -> PackMark {
    PackMark { chart: 1, change }
}

fn pack(head: Cursor, from: PackMark, last: bool) -> ChartPack {
    let row = PackRow {
        mark: mark(from.change + 1),
        chart: ChartId::new([1; 16]),
        change: Some(PackedChange {
            position: LogPosition {
                device: DEVICE,
                epoch: 1,
                seq: 1,
            },
            hlc: Hlc::default(),
            person: PersonId(1),
            payload: None,
        }),
    };
    ChartPack::seal(head, from, &[row], last, &hub_key()).unwrap()
}

/// The hub reads the feed for a peer of version 2.
fn read_on(scope: ScopeId, from: u64) -> HubEffect {
    HubEffect::ReadFeed {
        scope,
        from,
        max_bytes: wire::limits::FEED_READ_BYTES,
        version: Version::TWO,
    }
}

fn read_pack(head: Cursor, after: PackMark) -> HubEffect {
    HubEffect::ReadPack { head, after }
}

#[test]
fn a_feed_of_which_nothing_was_taken_comes_in_packs_and_goes_on_from_there() {
    let head = cursor(ONE, 40);
    let (mut session, effects) = open_with(vec![], [40, 0]);
    assert_eq!(effects.last(), Some(&read_pack(head, PackMark::START)));

    let first = pack(head, PackMark::START, false);
    let sent = HubEffect::Send(Message::Pack(first.clone()));
    let effects = session.handle(HubEvent::PackRead(first.clone()));
    assert_eq!(effects, [sent, read_pack(head, mark(1))]);

    let second = pack(head, mark(1), true);
    let effects = session.handle(HubEvent::PackRead(second.clone()));
    assert_eq!(effects.last(), Some(&read_on(ONE, 40)));
    // A pack that is not the last brings no cursor.
    assert_eq!(session.handle(received(Message::Taken(first.taken()))), []);
    let effects = session.handle(received(Message::Taken(second.taken())));
    assert_eq!(effects, [HubEffect::NoteTaken(head)]);
}

#[test]
fn few_packs_are_on_their_way() {
    let head = cursor(ONE, 40);
    let (mut session, _effects) = open_with(vec![], [40, 0]);
    let mut packs: Vec<ChartPack> = Vec::new();
    let mut effects = Vec::new();
    for at in 0..MAX_UNTAKEN_PACKS as u64 {
        let from = if at == 0 { PackMark::START } else { mark(at) };
        packs.push(pack(head, from, false));
        effects = session.handle(HubEvent::PackRead(packs.last().unwrap().clone()));
    }
    assert!(matches!(
        effects.as_slice(),
        [HubEffect::Send(Message::Pack(_))]
    ));

    let effects = session.handle(received(Message::Taken(packs[0].taken())));
    assert_eq!(effects, [read_pack(head, mark(2))]);
}

#[test]
fn packs_go_on_where_the_last_session_was_cut() {
    let taken = PackProgress {
        head: cursor(ONE, 40),
        mark: mark(7),
    };

    let (_session, effects) = open_with(vec![taken], [50, 0]);

    assert_eq!(effects.last(), Some(&read_pack(taken.head, taken.mark)));
}

#[test]
fn packs_of_another_feed_or_of_no_place_in_it_begin_anew() {
    let head = cursor(ONE, 40);
    let others = [
        Cursor {
            feed_epoch: 9,
            ..head
        },
        Cursor {
            digest: FeedDigest([9; 16]),
            ..head
        },
        Cursor {
            position: 0,
            ..head
        },
        cursor(ONE, 41),
    ];
    for other in others {
        let taken = PackProgress {
            head: other,
            mark: mark(7),
        };

        let (_session, effects) = open_with(vec![taken], [40, 0]);

        assert_eq!(
            effects.last(),
            Some(&read_pack(head, PackMark::START)),
            "{other:?}"
        );
    }
}

#[test]
fn what_a_peer_has_a_cursor_of_comes_as_a_feed() {
    let mut session = session();
    let Message::Hello(hello) = hello_with(vec![]) else {
        unreachable!("it is HELLO")
    };
    session.handle(received(Message::Hello(Hello {
        cursors: vec![cursor(ONE, 3)],
        ..hello
    })));

    let effects = session.handle(standing([40, 0], vec![cursor(ONE, 3)]));

    assert_eq!(effects.last(), Some(&read_on(ONE, 3)));
}

#[test]
fn a_store_that_packs_something_else_ends_the_session() {
    let (mut session, _effects) = open_with(vec![], [40, 0]);

    let effects = session.handle(HubEvent::PackRead(pack(
        cursor(ONE, 39),
        PackMark::START,
        true,
    )));

    check_refusal(&effects, RefusalCode::Failed);
}

fn fetch() -> Fetch {
    Fetch {
        number: "1000-00000-5".into(),
        reason: "is here".into(),
        entry: LogPosition {
            device: DEVICE,
            epoch: 1,
            seq: 3,
        },
    }
}

fn fetched(feed: Option<Cursor>) -> Fetched {
    Fetched {
        entry: fetch().entry,
        code: RefusalCode::Done,
        feed,
        until_ms: 0,
    }
}

#[test]
fn one_chart_is_asked_for_at_a_time() {
    let (mut session, _effects) = open_with(vec![], [0, 0]);

    let effects = session.handle(received(Message::Fetch(fetch())));
    assert_eq!(effects, [HubEffect::Fetch(fetch())]);
    let answer = fetched(Some(cursor(TWO, 3)));
    let effects = session.handle(HubEvent::Fetched(answer));
    let sent = HubEffect::Send(Message::Fetched(answer));
    assert_eq!(effects, [sent, read_on(TWO, 0)]);

    session.handle(received(Message::Fetch(fetch())));
    let effects = session.handle(received(Message::Fetch(fetch())));
    check_refusal(&effects, RefusalCode::WindowExceeded);
}

#[test]
fn a_chart_never_comes_by_a_feed_of_others() {
    let (mut session, _effects) = open_with(vec![], [0, 0]);
    session.handle(received(Message::Fetch(fetch())));

    let effects = session.handle(HubEvent::Fetched(fetched(Some(cursor(ScopeId(9), 3)))));

    check_refusal(&effects, RefusalCode::Failed);
}

#[test]
fn the_first_version_has_neither_packs_nor_fetch() {
    let (mut session, effects) = open([40, 0]);
    assert_eq!(effects.last(), Some(&read_feed(ONE, 0)));

    let effects = session.handle(received(Message::Fetch(fetch())));

    check_refusal(&effects, RefusalCode::Unexpected);
}
