//! What could not be taken: kept as it came, with the reason, and out of the way.

use super::*;

fn aside(what: Aside, reason: &str) -> Taken {
    let reason = reason.to_owned();
    Taken {
        quarantined: vec![Quarantined { what, reason }],
        ..taken(2)
    }
}

#[test]
fn a_change_that_waited_and_is_refused_waits_no_more() {
    let mut store = store();
    let waiting = vec![foreign(CHART, 2)];
    store
        .take(&Taken {
            waiting,
            ..taken(1)
        })
        .unwrap();

    let refused = aside(Aside::Change(foreign(CHART, 2)), "its number is used");
    store.take(&refused).unwrap();
    store.take(&refused).unwrap();

    assert_eq!(store.waiting_of(CHART).unwrap(), []);
    assert_eq!(store.changes_of(CHART).unwrap(), []);
    let reason = "its number is used".to_owned();
    assert_eq!(
        store.quarantined().unwrap(),
        [(foreign(CHART, 2).position, reason)]
    );
}

#[test]
fn a_change_that_was_taken_up_is_not_set_aside() {
    let mut store = store();
    let changes = vec![foreign(CHART, 1)];
    store
        .take(&Taken {
            changes,
            ..taken(1)
        })
        .unwrap();

    let refused = aside(Aside::Change(foreign(CHART, 1)), "it came twice");
    store.take(&refused).unwrap();

    assert_eq!(places(&store.changes_of(CHART).unwrap()), [1]);
    assert_eq!(store.quarantined().unwrap(), []);
}

#[test]
fn what_a_later_release_knows_is_kept_as_it_came() {
    let mut store = store();
    let unknown = Aside::Unknown {
        kind: EntryKind(77),
        position: foreign(CHART, 1).position,
        bytes: vec![1, 2, 3],
    };

    store
        .take(&aside(unknown, "it needs a newer release"))
        .unwrap();

    let row: (u16, i64, i64, Vec<u8>, Vec<u8>) = store
        .connection
        .query_row(
            "SELECT kind, chart, state, hash, payload FROM entry JOIN quarantine ON entry.id = entry",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .unwrap();
    assert_eq!(row, (77, 0, 2, vec![], vec![1, 2, 3]));
    assert_eq!(store.charts_in_log().unwrap(), []);
}
