//! What a feed's chain is made of.

use super::*;

#[test]
fn every_place_of_a_feed_is_told_in_order_also_after_a_chart_left() {
    let (mut store, mut sender) = (store(), Sender::new(3));
    let entries = [change(CHART, 1), change(OTHER, 2), change(CHART, 3)];
    store
        .ingest(&sender.run(&entries), &mut unnoted, &mut salts())
        .unwrap();
    let charts = [in_scopes(CHART, &[1]), in_scopes(OTHER, &[1])];
    store
        .took(&[applied(0, 10), applied(1, 11), applied(2, 12)], &charts)
        .unwrap();
    let before = store.feed_facts(ScopeId(1), 0, 10).unwrap();
    let leave = HubCommit {
        moves: vec![Move::Leave {
            chart: CHART,
            scope: ScopeId(1),
        }],
        ..HubCommit::default()
    };
    store.commit(&leave, &mut salts()).unwrap();

    let after = store.feed_facts(ScopeId(1), 0, 10).unwrap();

    assert_eq!(before.len(), 3);
    assert_eq!(after[..3], before);
    assert_eq!(after[3..], [FeedFact::Leave(CHART)]);
    assert_eq!(store.feed_facts(ScopeId(1), 2, 1).unwrap(), after[2..3]);
    assert_eq!(store.feed_facts(ScopeId(1), 4, 10).unwrap(), []);
}

#[test]
fn the_nearest_place_whose_chain_was_kept_is_found() {
    let mut store = store();
    for place in [0, 1] {
        let mut sender = Sender::new(3 + place);
        store
            .ingest(&sender.run(&[change(CHART, 1)]), &mut unnoted, &mut salts())
            .unwrap();
    }
    store
        .took(&[applied(0, 10), applied(1, 11)], &[in_scopes(CHART, &[1])])
        .unwrap();
    assert_eq!(store.feed_link(ScopeId(1), 9).unwrap(), None);

    store.put_feed_link(ScopeId(1), 1, &[1; 32]).unwrap();
    store.put_feed_link(ScopeId(1), 2, &[2; 32]).unwrap();
    store.put_feed_link(ScopeId(1), 2, &[3; 32]).unwrap();

    assert_eq!(store.feed_link(ScopeId(1), 0).unwrap(), None);
    assert_eq!(store.feed_link(ScopeId(1), 1).unwrap(), Some((1, [1; 32])));
    assert_eq!(store.feed_link(ScopeId(1), 9).unwrap(), Some((2, [2; 32])));
}
