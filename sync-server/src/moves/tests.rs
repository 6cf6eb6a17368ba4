//! Charts that come in packs, move, and are asked for: what a peer is sent of them.

use audit::{AccessAction, Purpose};
use record::{ItemId, Sex};
use replica::{ChartDoc, Intent};
use sync::Holds;
use wire::{Cursor, FeedItem, Message, PackMark};

use super::*;
use crate::driver::{HubDriver, Output};
use crate::testing::{Laptop, NOON, Still, exchange, hub, noted};

const NUMBER: &str = "1000-00000-5";

/// Clinic A has one chart with a number and two changes, and clinic B has none; the office has all.
fn clinics() -> (Hub, Still, Laptop, Laptop, ChartDoc) {
    let (mut hub, world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let b = Laptop::enrol(&mut hub, 2, 2);
    let mut doc = a.register(7);
    give_number(&mut a, &mut doc);
    a.push(&mut hub);
    (hub, world, a, b, doc)
}

/// Writes the number into a chart.
fn give_number(by: &mut Laptop, doc: &mut ChartDoc) {
    let identifier = Stamped {
        value: Identifier {
            system: Some(Identifier::POSTA.to_owned()),
            value: Some(NUMBER.to_owned()),
            ..Identifier::default()
        },
        stamp: by.stamp(),
        reason: None,
    };
    by.edit(doc, Intent::PutIdentifier(ItemId::new([1; 16]), identifier));
}

/// What a peer is sent in a session that begins with these cursors: TAKEN is said of everything.
fn session(hub: &mut Hub, peer: &Laptop, cursors: Vec<Cursor>, then: Vec<Message>) -> Vec<Message> {
    let mut driver = HubDriver::admit(hub, peer.tls.public()).unwrap();
    let mut waiting = vec![peer.hello(cursors)];
    waiting.extend(then);
    let mut sent = Vec::new();
    while !waiting.is_empty() {
        let message = waiting.remove(0);
        for output in exchange(hub, &mut driver, message) {
            let Output::Send(message) = output else {
                continue;
            };
            if let Message::Feed(batch) = &message {
                waiting.push(Message::Taken(batch.cursor()));
            }
            if let Message::Pack(pack) = &message {
                waiting.push(Message::Taken(pack.taken()));
            }
            sent.push(message);
        }
    }
    sent
}

/// The changes that came in packs: each with whether its bytes came too.
fn packed(hub: &Hub, sent: &[Message]) -> Vec<(ChartId, bool)> {
    let key = hub.keys.history.public();
    let mut told = wire::PackWindow::default();
    let packs = sent.iter().filter_map(|it| {
        if let Message::Pack(pack) = it {
            Some(pack.open_after(&mut told, &key).unwrap())
        } else {
            None
        }
    });
    let charts = packs.flatten();
    charts
        .flat_map(|it| {
            let chart = it.chart;
            it.changes
                .into_iter()
                .map(move |it| (chart, it.payload.is_some()))
        })
        .collect()
}

fn items(sent: &[Message]) -> Vec<FeedItem> {
    let batches = sent.iter().filter_map(|it| {
        if let Message::Feed(batch) = it {
            Some(batch.items().to_vec())
        } else {
            None
        }
    });
    batches.flatten().collect()
}

fn fetched(sent: &[Message]) -> Fetched {
    let mut answers = sent.iter().filter_map(|it| {
        if let Message::Fetched(fetched) = it {
            Some(*fetched)
        } else {
            None
        }
    });
    answers.next().unwrap()
}

/// Writes down that a chart is wanted, and asks.
fn ask(hub: &mut Hub, peer: &mut Laptop, number: &str) -> Message {
    let access = Access {
        action: AccessAction::Execute,
        event: AccessEvent::Fetch,
        purpose: Purpose::Treatment,
        outcome: Outcome::Done,
        query: Some(number.to_owned()),
        results: None,
        reason: Some("is here".to_owned()),
        wall_ms: NOON,
        site: peer.site,
        role: "nurse".to_owned(),
        checkpoint: 0,
    };
    let seq = peer.write(EntryKind::ACCESS, None, access.to_bytes().unwrap());
    peer.push(hub);
    Message::Fetch(Fetch {
        number: number.to_owned(),
        reason: "is here".to_owned(),
        entry: LogPosition {
            device: peer.device,
            epoch: 1,
            seq,
        },
    })
}

#[test]
fn a_scope_comes_in_packs_and_who_wrote_a_change_gets_its_place_only() {
    let (mut hub, _world, a, b, doc) = clinics();
    let office = Laptop::enrol(&mut hub, 1, 3);
    let chart = doc.id();

    let sent = session(&mut hub, &office, vec![], vec![]);
    assert_eq!(packed(&hub, &sent), [(chart, true); 2]);
    assert_eq!(items(&sent), []);
    let taken = hub.store.taken(office.device).unwrap();
    assert_eq!(taken[0].position, 2, "the cursor after the packs is noted");

    let sent = session(&mut hub, &a, vec![], vec![]);
    assert_eq!(packed(&hub, &sent), [(chart, false); 2]);
    assert_eq!(
        session(&mut hub, &b, vec![], vec![]).len(),
        1,
        "WELCOME alone"
    );
}

#[test]
fn packs_follow_each_other_by_their_marks() {
    let (mut hub, _world, mut a, _b, _doc) = clinics();
    a.register(8);
    a.push(&mut hub);
    let office = Laptop::enrol(&mut hub, 1, 3);
    let head = hub.feed_heads(&[ScopeId(1)]).unwrap()[0];
    let from = |mark| wire::PackProgress { head, mark };
    let alone = wire::PackWindow::default;

    let whole = hub
        .read_pack(
            (office.device, &Holds::EVERYTHING),
            from(PackMark::START),
            &mut alone(),
        )
        .unwrap();
    let rows = hub.store.read_charts(ScopeId(1), (0, 0), 1, 9).unwrap();
    assert_eq!((rows.rows.len(), rows.complete), (1, false), "one at least");
    let rest = hub
        .read_pack(
            (office.device, &Holds::EVERYTHING),
            from(rows.rows[0].0.into()),
            &mut alone(),
        )
        .unwrap();

    let key = hub.keys.history.public();
    let count = |pack: &wire::ChartPack| -> usize {
        pack.open(&key)
            .unwrap()
            .iter()
            .map(|it| it.changes.len())
            .sum()
    };
    assert_eq!((count(&whole), count(&rest)), (3, 2));
    assert!(whole.is_last() && rest.is_last());
    assert_eq!(whole.progress(), rest.progress());
}

#[test]
fn a_chart_that_joins_brings_its_changes_and_one_that_leaves_says_so_and_nothing_more() {
    let (mut hub, _world, a, b, doc) = clinics();
    let chart = doc.id();
    let sent = session(&mut hub, &b, vec![], vec![]);
    assert_eq!(sent.len(), 1);

    hub.join_chart(NUMBER, "B").unwrap();
    assert!(matches!(
        hub.join_chart(NUMBER, "B"),
        Err(MoveError::Already(_))
    ));
    let sent = session(&mut hub, &b, vec![], vec![]);
    assert_eq!(packed(&hub, &sent), [(chart, true); 2]);
    let taken = hub.feed_heads(&[ScopeId(2)]).unwrap()[0];

    hub.leave_chart(&chart.to_string(), "B").unwrap();
    assert!(matches!(
        hub.leave_chart(NUMBER, "B"),
        Err(MoveError::Already(_))
    ));
    let sent = session(&mut hub, &b, vec![taken], vec![]);
    assert!(matches!(items(&sent)[..], [FeedItem::Leave { chart: left, .. }] if left == chart));
    // Who was half way is sent nothing of it any more, and the digest still fits.
    let read = hub
        .read_feed((b.device, &Holds::EVERYTHING), ScopeId(2), 0, usize::MAX)
        .unwrap()
        .unwrap();
    assert!(matches!(
        read.items(),
        [
            FeedItem::Gone { .. },
            FeedItem::Gone { .. },
            FeedItem::Leave { .. }
        ]
    ));
    assert_eq!(
        read.digest(),
        hub.feed_heads(&[ScopeId(2)]).unwrap()[0].digest
    );
    // A hub that was put back and lets another chart leave in that place says something else.
    assert_eq!(read.digest(), taken.digest.left_by(chart));
    let sent = session(&mut hub, &b, vec![], vec![]);
    assert_eq!(packed(&hub, &sent), []);

    assert_eq!(noted(&hub, SessionEvent::ChartJoined), [2]);
    assert_eq!(noted(&hub, SessionEvent::ChartLeft), [2]);
    assert!(hub.verify().is_clean(), "{:?}", hub.verify());
    // Of a chart that ever left, who wrote it may hold nothing any more.
    let sent = session(&mut hub, &a, vec![], vec![]);
    assert_eq!(packed(&hub, &sent), [(chart, true); 2]);
}

#[test]
fn what_was_written_before_a_site_knew_that_the_chart_left_is_merged() {
    let (mut hub, _world, _a, mut b, mut doc) = clinics();
    let intent = b.born("1991");
    hub.join_chart(NUMBER, "B").unwrap();
    hub.leave_chart(NUMBER, "B").unwrap();

    b.edit(&mut doc, intent);
    b.push(&mut hub);

    assert_eq!(hub.store.counts().unwrap().quarantined, 0);
    assert_eq!(hub.store.changes_of(doc.id()).unwrap().len(), 3);
}

#[test]
fn a_chart_that_is_asked_for_comes_as_a_guest_and_goes_home() {
    let (mut hub, world, _a, mut b, doc) = clinics();
    let guests = ScopeId::guest_of(b.site);
    let fetch = ask(&mut hub, &mut b, NUMBER);

    let sent = session(&mut hub, &b, vec![], vec![fetch]);

    let answer = fetched(&sent);
    assert_eq!(answer.code, RefusalCode::Done);
    assert_eq!(answer.until_ms, NOON + GUEST_DAYS * DAY_MS);
    assert_eq!(answer.feed.unwrap().scope, guests);
    assert_eq!(items(&sent).len(), 2, "the chart came in the same session");
    assert_eq!(hub.store.scopes_of(doc.id()).unwrap(), [ScopeId(1), guests]);
    assert_eq!(
        noted(&hub, SessionEvent::ChartJoined),
        [i64::from(guests.0)]
    );

    world.pass(GUEST_DAYS * DAY_MS - 1);
    assert_eq!(hub.end_visits().unwrap(), []);
    world.pass(1);
    assert_eq!(hub.end_visits().unwrap(), [guests]);
    assert_eq!(hub.end_visits().unwrap(), []);
    let sent = session(&mut hub, &b, vec![answer.feed.unwrap()], vec![]);
    assert!(matches!(items(&sent)[..], [FeedItem::Leave { .. }]));
    assert!(hub.verify().is_clean(), "{:?}", hub.verify());
}

#[test]
fn a_chart_that_the_site_holds_needs_no_guest() {
    let (mut hub, _world, mut a, _b, doc) = clinics();
    let fetch = ask(&mut hub, &mut a, NUMBER);

    let sent = session(&mut hub, &a, vec![], vec![fetch]);

    let answer = fetched(&sent);
    assert_eq!((answer.code, answer.feed), (RefusalCode::Done, None));
    assert_eq!(hub.store.scopes_of(doc.id()).unwrap(), [ScopeId(1)]);
}

#[test]
fn nobody_gets_a_chart_without_an_entry_that_says_so() {
    let (mut hub, _world, _a, mut b, _doc) = clinics();
    let Message::Fetch(fetch) = ask(&mut hub, &mut b, NUMBER) else {
        unreachable!("it is FETCH")
    };
    let place = |seq| LogPosition { seq, ..fetch.entry };
    let others = [
        Fetch {
            entry: place(fetch.entry.seq + 1),
            ..fetch.clone()
        },
        Fetch {
            entry: place(1),
            ..fetch.clone()
        },
        Fetch {
            number: "1000-00001-3".into(),
            ..fetch.clone()
        },
        Fetch {
            reason: "another".into(),
            ..fetch.clone()
        },
        Fetch {
            entry: LogPosition {
                device: DeviceId(1),
                ..fetch.entry
            },
            ..fetch.clone()
        },
    ];
    for other in others {
        let sent = session(&mut hub, &b, vec![], vec![Message::Fetch(other)]);
        assert_eq!(fetched(&sent).code, RefusalCode::FetchNotAllowed);
    }
}

#[test]
fn a_number_that_nobody_has_is_told_and_guessing_ends() {
    let (mut hub, world, _a, mut b, _doc) = clinics();
    for asked in 0..=MAX_FETCHES_PER_DAY {
        let fetch = ask(&mut hub, &mut b, "1000-00001-3");
        let sent = session(&mut hub, &b, vec![], vec![fetch]);
        let expected = if asked < MAX_FETCHES_PER_DAY {
            RefusalCode::ChartUnknown
        } else {
            RefusalCode::FetchTooOften
        };
        assert_eq!(fetched(&sent).code, expected, "{asked}");
    }
    world.pass(DAY_MS);
    let fetch = ask(&mut hub, &mut b, NUMBER);
    let sent = session(&mut hub, &b, vec![], vec![fetch]);
    assert_eq!(fetched(&sent).code, RefusalCode::Done);
}

#[test]
fn a_number_leads_to_the_chart_that_it_was_issued_to_and_to_no_other() {
    let (mut hub, _world, mut a, mut b, doc) = clinics();
    let mut taken = b.register(8);
    give_number(&mut b, &mut taken);
    b.push(&mut hub);
    let mut office = Laptop::enrol(&mut hub, 3, 3);
    // Who writes the number again that the chart has takes nothing.
    give_number(&mut office, &mut doc.clone());
    office.push(&mut hub);

    let fetch = ask(&mut hub, &mut b, NUMBER);
    let sent = session(&mut hub, &b, vec![], vec![fetch]);
    let fetch = ask(&mut hub, &mut a, NUMBER);
    session(&mut hub, &a, vec![], vec![fetch]);

    assert_eq!(fetched(&sent).code, RefusalCode::Done);
    let guests = |hub: &Hub, chart| hub.store.scopes_of(chart).unwrap();
    assert!(guests(&hub, doc.id()).contains(&ScopeId::guest_of(b.site)));
    assert_eq!(
        guests(&hub, taken.id()),
        [ScopeId(2)],
        "it is sent to nobody for it"
    );
}

#[test]
fn a_change_that_writes_no_number_has_none() {
    let (_hub, _world, a, _b, mut doc) = clinics();
    let intent = a.sex(Sex::Male);
    let change = doc.edit(&a.actor, a.hlc(), &[intent]).unwrap();

    assert!(numbers_in(&change.bytes).is_empty());
    assert!(numbers_in(b"no change").is_empty());
}
