//! What the hub signs of its feeds.

use record::Sex;
use sync::Holds;
use wire::{PackMark, PackWindow};

use super::*;
use crate::testing::{Laptop, hub, settle};

const SCOPE: ScopeId = ScopeId(1);

/// A clinic with two changes of a chart, and the office, which reads its feed.
fn clinic() -> (Hub, Laptop, Laptop) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let office = Laptop::enrol(&mut hub, 3, 3);
    let mut doc = a.register(7);
    let female = a.sex(Sex::Female);
    a.edit(&mut doc, female);
    a.push(&mut hub);
    (hub, a, office)
}

fn read(hub: &mut Hub, reader: &Laptop, from: u64, max_bytes: usize) -> FeedBatch {
    let reader = (reader.device, &Holds::EVERYTHING);
    let batch = hub.read_feed(reader, SCOPE, from, max_bytes).unwrap();
    hub.seal(batch.unwrap()).unwrap()
}

/// Returns what a batch's reader makes of it.
fn chain_of(batch: &FeedBatch, before: FeedChain) -> FeedChain {
    batch.items().iter().fold(before, |chain, item| {
        let mark = match item {
            FeedItem::Change {
                position,
                chart,
                hlc,
                person,
                payload,
            } => {
                let hash = *replica::check(payload).unwrap().hash().as_bytes();
                ItemMark::of_change(*position, *chart, *hlc, *person, &hash)
            }
            FeedItem::Leave { chart, .. } => ItemMark::of_leave(*chart),
            FeedItem::Gone { mark, .. } => mark.unwrap(),
            FeedItem::Own { .. } | FeedItem::Other { .. } => panic!("{item:?}"),
        };
        chain.then(&mark)
    })
}

fn is_signed(hub: &Hub, batch: &FeedBatch, chain: FeedChain) -> bool {
    let seal = FeedSeal {
        scope: SCOPE,
        feed_epoch: batch.feed_epoch(),
        position: batch.to(),
        chain,
        signature: batch.seal().unwrap().signature,
    };
    seal.verify(&hub.keys.history.public()).is_ok()
}

#[test]
fn the_last_batch_of_a_feed_is_signed_and_those_before_are_not() {
    let (mut hub, _a, office) = clinic();

    let first = read(&mut hub, &office, 0, 1);
    let last = read(&mut hub, &office, 1, usize::MAX);

    assert_eq!(first.seal(), None);
    let before = chain_of(&first, FeedChain::start(SCOPE));
    assert_eq!(last.seal().unwrap().before, before);
    assert!(is_signed(&hub, &last, chain_of(&last, before)));
    assert!(!is_signed(&hub, &last, before));
    let all = read(&mut hub, &office, 0, usize::MAX);
    assert_eq!(all.seal().unwrap().before, FeedChain::start(SCOPE));
    assert_eq!(
        all.seal().unwrap().signature,
        last.seal().unwrap().signature
    );
}

#[test]
fn what_a_reader_wrote_itself_needs_no_signature() {
    let (mut hub, a, _office) = clinic();

    assert_eq!(read(&mut hub, &a, 0, usize::MAX).seal(), None);
}

#[test]
fn a_chain_is_the_same_after_a_chart_left_and_whoever_computes_it() {
    let (mut hub, _a, office) = clinic();
    let batch = read(&mut hub, &office, 0, usize::MAX);
    let Some(FeedItem::Change { chart, .. }) = batch.items().first() else {
        panic!("{batch:?}")
    };
    let chart = *chart;
    let before = chain_of(&batch, FeedChain::start(SCOPE));
    hub.leave_chart(&chart.to_string(), "A").unwrap();

    let chain = hub.feed_chain(SCOPE, 3).unwrap();
    hub.chains.clear();

    assert_eq!(chain, before.then(&ItemMark::of_leave(chart)));
    assert_eq!(hub.feed_chain(SCOPE, 3).unwrap(), chain);
    assert_eq!(hub.feed_chain(SCOPE, 2).unwrap(), before);
    assert!(hub.feed_chain(SCOPE, 4).is_err());
}

/// Returns the only pack of all charts, as it is sent.
fn pack(hub: &mut Hub, reader: &Laptop) -> ChartPack {
    let head = hub.feed_heads(&[SCOPE]).unwrap()[0];
    let from = (head, PackMark::START).into();
    let reader = (reader.device, &Holds::EVERYTHING);
    let pack = hub.read_pack(reader, from, &mut PackWindow::default());
    hub.with_tail(pack.unwrap()).unwrap()
}

#[test]
fn the_last_pack_tells_the_newest_places_and_what_left_by_its_mark() {
    let (mut hub, mut a, office) = clinic();
    let batch = read(&mut hub, &office, 0, usize::MAX);
    let Some(FeedItem::Change { chart, .. }) = batch.items().first() else {
        panic!("{batch:?}")
    };
    let gone = chart.to_string();
    hub.leave_chart(&gone, "A").unwrap();
    a.register(8);
    a.push(&mut hub);

    let pack = pack(&mut hub, &office);

    let tail = pack.tail().unwrap();
    let places = tail.places().unwrap();
    let [first, second, left, new] = places.as_slice() else {
        panic!("{places:?}")
    };
    let facts = hub.store.feed_facts(SCOPE, 0, 9).unwrap();
    for (place, fact) in [first, second, left].into_iter().zip(&facts) {
        assert_eq!(*place, TailPlace::Mark(mark(fact)), "it is not in a pack");
    }
    let Some(FeedFact::Change { position, .. }) = facts.last() else {
        panic!("{facts:?}")
    };
    assert_eq!(*new, TailPlace::Held(*position));
    assert_eq!(tail.seal().before, FeedChain::start(SCOPE));
    let start = FeedChain::start(SCOPE);
    let chain = facts.iter().fold(start, |chain, it| chain.then(&mark(it)));
    let seal = FeedSeal {
        scope: SCOPE,
        feed_epoch: pack.head().feed_epoch,
        position: 4,
        chain,
        signature: tail.seal().signature,
    };
    assert!(seal.verify(&hub.keys.history.public()).is_ok());
}

#[test]
fn no_more_places_are_told_than_may_be() {
    let (mut hub, mut a, office) = clinic();
    let mut doc = a.register(8);
    for _ in 0..MAX_TAIL_PLACES {
        let male = a.sex(Sex::Male);
        a.edit(&mut doc, male);
    }
    let mut pushed = 0;
    while pushed < a.head().seq {
        let segment = a.segment(pushed);
        hub.ingest(a.device, &segment).unwrap();
        pushed = segment.last_seq();
    }
    settle(&mut hub);

    let pack = pack(&mut hub, &office);

    let tail = pack.tail().unwrap();
    assert_eq!(tail.places().unwrap().len(), MAX_TAIL_PLACES);
    let before = hub.feed_chain(SCOPE, 3).unwrap();
    assert_eq!(tail.seal().before, before);
}

#[test]
fn what_is_gone_breaks_no_chain_of_who_may_not_read_it() {
    let (mut hub, _a, office) = clinic();
    let batch = read(&mut hub, &office, 0, usize::MAX);
    let Some(FeedItem::Change { chart, .. }) = batch.items().first() else {
        panic!("{batch:?}")
    };
    hub.leave_chart(&chart.to_string(), "A").unwrap();

    let batch = read(&mut hub, &office, 0, usize::MAX);

    assert!(matches!(
        batch.items(),
        [
            FeedItem::Gone { .. },
            FeedItem::Gone { .. },
            FeedItem::Leave { .. }
        ]
    ));
    let chain = chain_of(&batch, FeedChain::start(SCOPE));
    assert!(is_signed(&hub, &batch, chain));
}
