//! How much is read or remembered at once.

use super::super::listing::MAX_PAGE;
use super::super::release::MAX_OF_A_CHART;
use super::super::restored::MAX_EPOCHS;
use super::*;

/// A hub with so many entries of one chart, all of them set aside.
fn aside(entries: usize) -> HubStore {
    let store = store();
    let rows = "WITH RECURSIVE row (leaf) AS
        (VALUES (0) UNION ALL SELECT leaf + 1 FROM row WHERE leaf + 1 < ?1)";
    for (sql, values) in [
        ("INSERT INTO chart (id, name) SELECT 1, ?2 WHERE ?1 > 0", ""),
        (
            "INSERT INTO entry
             (leaf, device, epoch, seq, chain, salt, tree, kind, chart, hlc, person, payload)",
            "leaf, 3, 1, leaf + 1, x'', x'', x'', 1, 1, 0, 5, ?2",
        ),
        (
            "INSERT INTO quarantine (leaf, hash, reason)",
            "leaf, zeroblob(0 * length(?2)), 'damaged'",
        ),
    ] {
        let sql = match values {
            "" => sql.to_owned(),
            values => format!("{rows} {sql} SELECT {values} FROM row"),
        };
        let values = (entries, CHART.as_bytes());
        store.connection.execute(&sql, values).unwrap();
    }
    store
}

#[test]
fn a_list_ends_at_a_page_and_goes_on_after_it() {
    let store = aside(MAX_PAGE + 1);
    let audit = |before_leaf| {
        let filter = AuditFilter {
            limit: usize::MAX,
            before_leaf,
            ..AuditFilter::default()
        };
        store.audit(&filter).unwrap()
    };

    let (page, rest) = (audit(None), audit(Some(1)));
    assert_eq!((page.len(), rest.len()), (MAX_PAGE, 1));
    assert_eq!(page.last().unwrap().leaf, 1);

    let page = store.quarantined(None, 0).unwrap();
    let rest = store.quarantined(None, MAX_PAGE as u64).unwrap();
    assert_eq!((page.len(), rest.len()), (MAX_PAGE, 1));
}

#[test]
fn so_much_of_a_chart_that_was_set_aside_is_read_at_once() {
    let most = aside(MAX_OF_A_CHART).set_aside_of(CHART).unwrap();
    let more = aside(MAX_OF_A_CHART + 1).set_aside_of(CHART).unwrap();

    assert_eq!((most.len(), more.len()), (MAX_OF_A_CHART, MAX_OF_A_CHART));
    assert_eq!(more[0].leaf, 0, "the oldest first");
}

#[test]
fn so_many_epochs_of_a_feed_are_remembered() {
    let mut store = store();
    let nothing = HubCommit::default();
    for epoch in 78..=78 + MAX_EPOCHS {
        let done = store.begin_feed_epoch(epoch, &nothing, &mut salts());
        done.unwrap();
    }

    let end = |epoch| store.feed_epoch_end(epoch, ScopeId(4)).unwrap();

    assert_eq!(
        (end(77), end(78)),
        (None, Some(0)),
        "only the oldest is gone"
    );
    assert_eq!(end(78 + MAX_EPOCHS), None, "the newest has no end yet");
}
