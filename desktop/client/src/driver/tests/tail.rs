//! What is kept of a feed's order, and what of the hub's word is believed.

use ::sync::ClientEvent;
use audit::LogPosition;
use store::FeedTail;
use wire::{BatchSeal, FeedBatch, FeedChain, FeedSeal, ItemMark};

use super::*;
use crate::Client;
use crate::testing::{hub_history, taken_by};

const SCOPE: ScopeId = ScopeId(1);

fn tail(client: &Client) -> Option<FeedTail> {
    client.driver().store().feed_tail(SCOPE).unwrap()
}

/// What stands for a change in the chain of a feed.
pub(super) fn mark(item: &FeedItem) -> ItemMark {
    let FeedItem::Change {
        position,
        chart,
        hlc,
        person,
        payload,
    } = item
    else {
        panic!("{item:?}")
    };
    let hash = *replica::check(payload).unwrap().hash().as_bytes();
    ItemMark::of_change(*position, *chart, *hlc, *person, &hash)
}

fn chain(before: FeedChain, items: &[FeedItem]) -> FeedChain {
    items
        .iter()
        .fold(before, |chain, item| chain.then(&mark(item)))
}

/// Hands items to a client, with the hub's word over this chain before them and after them.
fn deliver_sealed(
    items: Vec<FeedItem>,
    before: FeedChain,
    after: FeedChain,
    key: &SigningKey,
    to: &mut Client,
) {
    let (from, _digest) = taken_by(to);
    let digest = digest_after(&items, to);
    let batch = FeedBatch::new(SCOPE, 1, from, digest, items).unwrap();
    take_sealed(batch, before, after, key, to);
}

fn take_sealed(
    batch: FeedBatch,
    before: FeedChain,
    after: FeedChain,
    key: &SigningKey,
    to: &mut Client,
) {
    let signature = FeedSeal::sign(batch.scope(), 1, batch.to(), after, key).signature;
    let take = ClientEffect::Take(batch.sealed(BatchSeal { before, signature }));
    let carried = to.driver_mut().carry_out(take).unwrap();
    assert!(matches!(carried, Carried::Event(_)), "{carried:?}");
}

/// What clinic A wrote, and clinic B, which takes it.
fn clinics() -> (Vec<FeedItem>, Client) {
    let world = World::new();
    let (mut a, b) = (world.nurse_a(), world.nurse_b());
    for _ in 0..3 {
        a.register(&woman()).unwrap();
    }
    (feed_of(&a), b)
}

#[test]
fn the_order_is_kept_from_the_beginning_and_proven_up_to_the_newest_signature() {
    let (items, mut b) = clinics();
    let start = FeedChain::start(SCOPE);
    let (one, two, three) = (&items[..1], &items[1..2], &items[2..3]);
    let first = chain(start, one);
    let second = chain(first, two);
    let third = chain(second, three);

    deliver(one.to_vec(), &mut b);
    let kept = tail(&b).unwrap();
    assert_eq!((kept.begins, kept.ends), (0, 1));
    assert_eq!(kept.seal, None, "nothing of it can be proven");
    deliver_sealed(two.to_vec(), first, second, &hub_history(), &mut b);
    let kept = tail(&b).unwrap();
    assert_eq!((kept.begins, kept.ends, kept.chain), (0, 2, second.0));
    assert_eq!(kept.seal.map(|it| it.position), Some(2));
    deliver(three.to_vec(), &mut b);

    let kept = tail(&b).unwrap();
    assert_eq!((kept.begins, kept.ends, kept.chain), (0, 3, third.0));
    assert_eq!(
        kept.seal.map(|it| (it.position, it.chain)),
        Some((2, second.0))
    );
    let marks = b.driver().store().feed_marks(SCOPE, 1, 9).unwrap();
    assert_eq!(
        marks,
        [mark(&two[0]).0, mark(&three[0]).0],
        "after the first"
    );
}

#[test]
fn a_word_that_is_not_the_hubs_is_not_kept_and_the_batch_is_taken() {
    let (items, mut b) = clinics();
    let start = FeedChain::start(SCOPE);
    let after = chain(start, &items[..1]);
    let stranger = SigningKey::from_seed([99; 32]);

    deliver_sealed(items[..1].to_vec(), start, after, &stranger, &mut b);
    assert_eq!(tail(&b), None);
    let wrong = FeedChain([1; 32]);
    deliver_sealed(items[1..2].to_vec(), after, wrong, &hub_history(), &mut b);

    assert_eq!(tail(&b), None);
    assert_eq!(taken_by(&b).0, 2);
}

#[test]
fn what_is_new_of_a_batch_has_the_hubs_word_even_if_the_rest_was_taken_before() {
    let (items, mut b) = clinics();
    let start = FeedChain::start(SCOPE);
    let (first, third) = (chain(start, &items[..1]), chain(start, &items[..3]));
    let digest = digest_after(&items[..3], &b);
    let batch = FeedBatch::new(SCOPE, 1, 0, digest, items[..3].to_vec()).unwrap();
    let signature = FeedSeal::sign(SCOPE, 1, 3, third, &hub_history()).signature;
    let before = start;
    let whole = batch.sealed(BatchSeal { before, signature });
    deliver(items[..1].to_vec(), &mut b);

    let rest = b.driver().rest_of(whole.clone(), 1).unwrap().unwrap();

    assert_eq!((rest.from(), rest.seal().unwrap().before), (1, first));
    let take = ClientEffect::Take(rest);
    b.driver_mut().carry_out(take).unwrap();
    let kept = tail(&b).unwrap();
    assert_eq!(kept.seal.map(|it| it.position), Some(3));
    assert_eq!(b.driver().rest_of(whole, 3).unwrap(), None);
}

#[test]
fn what_is_gone_is_followed_by_its_mark() {
    let (items, mut b) = clinics();
    let FeedItem::Change { position, .. } = &items[0] else {
        panic!("{items:?}")
    };
    let start = FeedChain::start(SCOPE);
    let gone = FeedItem::Gone {
        position: *position,
        hash: [5; 32],
        mark: Some(mark(&items[0])),
    };
    let second = chain(start, &items[..2]);

    let now = vec![gone, items[1].clone()];
    deliver_sealed(now, start, second, &hub_history(), &mut b);

    let kept = tail(&b).unwrap();
    assert_eq!((kept.begins, kept.ends, kept.chain), (0, 2, second.0));
}

#[test]
fn the_hubs_word_about_what_is_new_may_follow_on_what_was_followed() {
    let (items, mut b) = clinics();
    let start = FeedChain::start(SCOPE);
    let first = chain(start, &items[..1]);
    deliver(items[..1].to_vec(), &mut b);
    // Since then its chart has left: nothing tells any more what stood there.
    let gone = FeedItem::Gone {
        position: LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 900,
        },
        hash: [5; 32],
        mark: None,
    };
    let now = vec![gone, items[1].clone()];
    let digest = digest_after(&items[..2], &b);
    let batch = FeedBatch::new(SCOPE, 1, 0, digest, now).unwrap();
    let signature = FeedSeal::sign(SCOPE, 1, 2, chain(first, &items[1..2]), &hub_history());
    let signature = signature.signature;
    let before = start;

    let rest = b
        .driver()
        .rest_of(batch.sealed(BatchSeal { before, signature }), 1);

    assert_eq!(rest.unwrap().unwrap().seal().unwrap().before, first);
}

#[test]
fn another_order_than_was_followed_begins_anew_with_the_hubs_word() {
    let (items, mut b) = clinics();
    let start = FeedChain::start(SCOPE);
    let first = chain(start, &items[..1]);
    deliver_sealed(items[..1].to_vec(), start, first, &hub_history(), &mut b);
    let other = FeedChain([1; 32]);

    let after = chain(other, &items[1..2]);
    deliver_sealed(items[1..2].to_vec(), other, after, &hub_history(), &mut b);

    let kept = tail(&b).unwrap();
    assert_eq!((kept.begins, kept.ends, kept.chain), (1, 2, after.0));
}

#[test]
fn what_cannot_be_read_breaks_the_order_and_nothing_else() {
    let (items, mut b) = clinics();
    let start = FeedChain::start(SCOPE);
    let first = chain(start, &items[..1]);
    deliver_sealed(items[..1].to_vec(), start, first, &hub_history(), &mut b);
    let before = tail(&b);
    let gone = FeedItem::Gone {
        position: LogPosition {
            device: DeviceId(1),
            epoch: 1,
            seq: 900,
        },
        hash: [5; 32],
        mark: None,
    };

    deliver(vec![gone], &mut b);
    assert_eq!(tail(&b), before, "what was proven stays so");
    let (third, fourth) = (FeedChain([3; 32]), chain(FeedChain([3; 32]), &items[1..2]));
    deliver_sealed(items[1..2].to_vec(), third, fourth, &hub_history(), &mut b);

    let kept = tail(&b).unwrap();
    assert_eq!((kept.begins, kept.ends), (2, 3));
}

/// How many of these changes a client can prove to have been in a scope, having taken them from it.
fn provable(scope: ScopeId, items: &[FeedItem], by: &mut Client) -> usize {
    let start = FeedChain::start(scope);
    let hash = |it: &FeedItem| {
        let FeedItem::Change { payload, .. } = it else {
            panic!("{it:?}")
        };
        *replica::check(payload).unwrap().hash().as_bytes()
    };
    let hashes = items.iter().map(hash).collect();
    let digest = digest_after(items, by);
    let batch = FeedBatch::new(scope, 1, 0, digest, items.to_vec()).unwrap();
    take_sealed(batch, start, chain(start, items), &hub_history(), by);
    let read = by.driver().provable(scope, hashes).unwrap();
    let ClientEvent::ProvableRead { provable, .. } = read else {
        panic!("{read:?}")
    };
    provable.unwrap().hashes.len()
}

#[test]
fn what_was_written_here_proves_that_its_chart_was_in_any_scope_but_the_sites_own() {
    let guests = ScopeId::guest_of(SiteId(1));
    // Into the site's own scope it goes up with the log.
    for (scope, count) in [(SCOPE, 0), (guests, 1)] {
        let mut a = World::new().nurse_a();
        a.register(&woman()).unwrap();
        let items = feed_of(&a);

        assert_eq!(provable(scope, &items, &mut a), count, "{scope}");
    }
}
