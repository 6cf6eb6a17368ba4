//! Packs of charts, and charts that leave.

use audit::LogPosition;
use sync::ClientEvent;
use wire::{
    BatchSeal, ChartPack, Cursor, FeedChain, FeedSeal, PackMark, PackRow, PackTail, PackedChange,
    TailPlace,
};

use super::tail::mark;
use super::*;
use crate::Client;

/// The key that the hub of the tests signs its history with.
fn history_key() -> SigningKey {
    SigningKey::from_seed([202; 32])
}

fn head() -> Cursor {
    Cursor {
        scope: ScopeId(1),
        feed_epoch: 1,
        position: 40,
        digest: FeedDigest([4; 16]),
    }
}

/// What a client wrote, as rows of packs; its charts one after another.
fn rows(items: &[FeedItem]) -> Vec<PackRow> {
    let mut rows: Vec<PackRow> = items
        .iter()
        .filter_map(|item| match item {
            FeedItem::Change {
                position,
                chart,
                hlc,
                person,
                payload,
            } => Some(PackRow {
                mark: PackMark::START,
                chart: *chart,
                change: Some(PackedChange {
                    position: *position,
                    hlc: *hlc,
                    person: *person,
                    payload: Some(payload.clone()),
                }),
            }),
            FeedItem::Own { .. }
            | FeedItem::Gone { .. }
            | FeedItem::Leave { .. }
            | FeedItem::Other { .. } => None,
        })
        .collect();
    rows.sort_by_key(|it| it.chart);
    for (row, at) in rows.iter_mut().zip(1..) {
        row.mark = PackMark {
            chart: 1,
            change: at,
        };
    }
    rows
}

fn sealed(from: PackMark, rows: &[PackRow], last: bool) -> ChartPack {
    ChartPack::seal(head(), from, rows, last, &history_key()).unwrap()
}

fn take(pack: &ChartPack, client: &mut Client) -> Carried {
    let take = ClientEffect::TakePack(pack.clone());
    client.driver_mut().carry_out(take).unwrap()
}

fn event(pack: &ChartPack) -> Carried {
    Carried::Event(ClientEvent::Taken(pack.taken()))
}

#[test]
fn charts_come_in_packs_and_a_cut_repeats_at_most_one() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    a.register(&woman()).unwrap();
    let rows = rows(&feed_of(&a));
    let first = sealed(PackMark::START, &rows[..2], false);
    let second = sealed(rows[1].mark, &rows[2..], true);

    assert_eq!(take(&first, &mut b), event(&first));
    let standing = b.driver().standing().unwrap();
    assert_eq!(standing.packs, [first.progress()]);
    assert_eq!(standing.cursors, []);
    // The session was cut before the hub heard of it.
    assert_eq!(take(&first, &mut b), event(&first));
    assert_eq!(take(&second, &mut b), event(&second));

    let standing = b.driver().standing().unwrap();
    assert_eq!((standing.packs, standing.cursors), (vec![], vec![head()]));
    assert_eq!(b.open(&chart).unwrap().family, "Đặng");
    assert_eq!(b.find("nyeri").unwrap().len(), 2);
    assert!(b.verify().unwrap().ok);
}

/// A pack of all of this, the last, which tells these places as the feed's newest, with this key's word.
fn told(items: &[FeedItem], places: &[TailPlace], key: &SigningKey) -> ChartPack {
    let before = FeedChain([3; 32]);
    let marks = items.iter().map(mark);
    let chain = marks.fold(before, |chain, it| chain.then(&it));
    let Cursor {
        scope,
        feed_epoch,
        position,
        ..
    } = head();
    let signature = FeedSeal::sign(scope, feed_epoch, position, chain, key).signature;
    let tail = PackTail::new(places, BatchSeal { before, signature }).unwrap();
    sealed(PackMark::START, &rows(items), true).with_tail(tail)
}

#[test]
fn what_packs_brought_can_be_proven_if_the_last_tells_the_order_and_the_hub_signed_it() {
    let world = World::new();
    let mut a = world.nurse_a();
    let chart = a.register(&woman()).unwrap().chart;
    a.record_visit(&chart, &cough()).unwrap();
    let items = feed_of(&a);
    let held = |item: &FeedItem| {
        let FeedItem::Change { position, .. } = item else {
            panic!("{item:?}")
        };
        TailPlace::Held(*position)
    };
    let mut places: Vec<TailPlace> = items.iter().map(held).collect();
    // The first is not said by its place.
    places[0] = TailPlace::Mark(mark(&items[0]));
    let kept = |pack: &ChartPack| {
        let mut b = world.nurse_b();
        assert_eq!(take(pack, &mut b), event(pack), "its charts are taken");
        let tail = b.driver().store().feed_tail(ScopeId(1)).unwrap();
        tail.map(|it| (it.begins, it.ends, it.seal.map(|it| it.position)))
    };

    let from = 40 - items.len() as u64;
    let good = told(&items, &places, &history_key());
    assert_eq!(kept(&good), Some((from, 40, Some(40))));
    let stranger = SigningKey::from_seed([9; 32]);
    assert_eq!(kept(&told(&items, &places, &stranger)), None);
    let others = [TailPlace::Held(LogPosition {
        device: DeviceId(77),
        epoch: 1,
        seq: 1,
    })];
    assert_eq!(kept(&told(&items, &others, &history_key())), None);
    let too_many = vec![places[0]; 41];
    assert_eq!(kept(&told(&items, &too_many, &history_key())), None);
}

#[test]
fn a_pack_that_the_hub_did_not_sign_is_not_taken() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    a.register(&woman()).unwrap();
    let rows = rows(&feed_of(&a));
    let stranger = SigningKey::from_seed([9; 32]);
    let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &stranger).unwrap();

    let refused = Carried::Aborted(AbortReason::FeedMismatch { scope: ScopeId(1) });
    assert_eq!(take(&pack, &mut b), refused);
    assert_eq!(b.driver().store().charts().unwrap(), []);
    assert_eq!(b.driver().standing().unwrap().cursors, []);
}

#[test]
fn what_a_pack_leaves_out_as_ours_must_be_here() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    let mut rows = rows(&feed_of(&a));
    for row in &mut rows {
        row.change.as_mut().unwrap().payload = None;
    }
    let pack = sealed(PackMark::START, &rows, true);

    assert_eq!(take(&pack, &mut a), event(&pack));
    assert_eq!(a.open(&chart).unwrap().family, "Đặng");
    assert!(matches!(take(&pack, &mut b), Carried::Aborted(_)));
}

fn left(chart: &str) -> FeedItem {
    let position = LogPosition {
        device: DeviceId::HUB,
        epoch: 0,
        seq: 0,
    };
    FeedItem::Leave {
        position,
        chart: chart.parse::<ChartId>().unwrap(),
    }
}

fn stored(client: &mut Client) {
    let head = client.driver().log_head().unwrap();
    let note = ClientEffect::NoteStored(head);
    client.driver_mut().carry_out(note).unwrap();
}

#[test]
fn a_chart_that_leaves_is_removed_once_the_hub_has_what_was_written_here() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    deliver(feed_of(&a), &mut b);
    stored(&mut b);
    b.record_visit(&chart, &cough()).unwrap();
    b.keep_draft(&chart, "half a visit").unwrap();

    let items = vec![left(&chart)];
    let digest = digest_after(&items, &b);
    assert!(matches!(offer(items, digest, &mut b), Carried::Event(_)));
    assert_eq!(b.driver().store().count_leaving().unwrap(), 1);
    assert_eq!(b.draft(&chart).unwrap().as_deref(), Some("half a visit"));
    assert!(b.open(&chart).is_ok(), "it can be read until it goes");

    stored(&mut b);
    assert_eq!(b.driver().store().count_leaving().unwrap(), 0);
    assert!(b.open(&chart).is_err());
    assert_eq!(b.find("nyeri").unwrap(), []);
    assert_eq!(b.draft(&chart).unwrap(), None);
    assert!(b.verify().unwrap().ok, "{:?}", b.verify());
}

#[test]
fn a_chart_that_left_and_came_back_is_whole() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let chart = a.register(&woman()).unwrap().chart;
    deliver(feed_of(&a), &mut b);
    b.record_visit(&chart, &cough()).unwrap();
    let ours = feed_of(&b);
    stored(&mut b);
    deliver(vec![left(&chart)], &mut b);
    assert!(b.open(&chart).is_err());

    // In one batch: back, gone, and back again.
    let whole = [feed_of(&a), ours].concat();
    deliver([whole.clone(), vec![left(&chart)], whole].concat(), &mut b);

    assert_eq!(b.open(&chart).unwrap().visits.len(), 1);
    assert!(b.verify().unwrap().ok, "{:?}", b.verify());
}

#[test]
fn a_chart_is_asked_for_in_the_log_first_and_until_the_hub_has_answered() {
    let mut client = World::new().nurse_b();
    assert!(client.ask_for_chart("1000-00000-5", " ").is_err());
    assert!(client.ask_for_chart("12", "is here").is_err());

    client.ask_for_chart("1000000005", "is here").unwrap();

    let standing = client.driver().standing().unwrap();
    let [fetch] = standing.fetches.as_slice() else {
        panic!("{:?}", standing.fetches)
    };
    assert_eq!(fetch.number, "1000-00000-5");
    let at = usize::try_from(fetch.entry.seq).unwrap() - 1;
    assert_eq!(log_words(&client)[at], "fetch chart");

    let answer = wire::Fetched {
        entry: fetch.entry,
        code: wire::RefusalCode::ChartUnknown,
        feed: None,
        until_ms: 0,
    };
    let note = ClientEffect::NoteFetched(answer);
    client.driver_mut().carry_out(note).unwrap();
    assert_eq!(client.driver().standing().unwrap().fetches, []);
}

#[test]
fn a_guest_is_asked_for_again_once_the_hub_was_restored() {
    let world = World::new();
    let (mut a, mut b) = (world.nurse_a(), world.nurse_b());
    let here = a.register(&woman()).unwrap().number;
    let gone = b.register(&woman()).unwrap().number;
    let mut asked_again = |number: &str, until_ms: u64| {
        a.ask_for_chart(number, "is here").unwrap();
        let [fetch] = <[wire::Fetch; 1]>::try_from(a.driver().fetches().unwrap()).unwrap();
        let answer = wire::Fetched {
            entry: fetch.entry,
            code: wire::RefusalCode::Done,
            feed: None,
            until_ms,
        };
        let noted = ClientEffect::NoteFetched(answer);
        a.driver_mut().carry_out(noted.clone()).unwrap();
        assert_eq!(a.driver().fetches().unwrap(), []);

        a.driver_mut().carry_out(ClientEffect::NoteShown).unwrap();

        let again = a.driver().fetches().unwrap();
        a.driver_mut().carry_out(noted).unwrap();
        again == [fetch]
    };

    assert!(!asked_again(&gone, 7), "it is not here any more");
    assert!(!asked_again(&here, 0), "it is here for good");
    assert!(asked_again(&here, 7));
}
