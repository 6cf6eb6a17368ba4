//! Which scopes each chart is in, as their feeds tell.

use super::*;

const BEFORE: Schema = Schema {
    migrations: &[include_str!("../migrations/0001_first.sql")],
    ..SCHEMA
};

/// A store of the release before membership was kept: a foreign chart, an own one that the hub has, and an own
/// one that it has not; so many feeds were taken.
fn older(feeds: u32) -> ReplicaStore {
    let mut connection = database::in_memory(&BEFORE, |_connection| Ok(())).unwrap();
    let entry = |device: u32, seq: u64, chart: u8, chain: &[u8]| {
        connection
            .execute(
                "INSERT INTO entry (device, epoch, seq, kind, chart, hlc, person, state, chain, hash, payload)
                 VALUES (?1, 1, ?2, 1, ?3, 0, 0, 0, ?4, x'', x'')",
                params![device, seq, chart, chain],
            )
            .unwrap();
    };
    connection
        .execute_batch(
            "INSERT INTO chart (id, name) VALUES (1, x'00000000000000000000000000000001'),
                 (2, x'00000000000000000000000000000002'), (3, x'00000000000000000000000000000003');
             INSERT INTO own_log (device, epoch, stored) VALUES (3, 1, 1)",
        )
        .unwrap();
    entry(8, 1, 1, &[]);
    entry(3, 1, 2, &[1; 32]);
    entry(3, 2, 3, &[2; 32]);
    for scope in 0..feeds {
        connection
            .execute(
                "INSERT INTO cursor (scope, feed_epoch, position, digest) VALUES (?1, 77, 2, zeroblob(16))",
                [scope + 4],
            )
            .unwrap();
    }
    assert!(SCHEMA.bring_up_to_date(&mut connection).unwrap());
    ReplicaStore { connection }
}

#[track_caller]
fn check(store: &ReplicaStore, expected: [&[u32]; 3]) {
    let scopes = |last: u8| {
        let mut name = [0; 16];
        name[15] = last;
        let scopes = store.scopes_of(ChartId::new(name)).unwrap();
        scopes.into_iter().map(|it| it.0).collect::<Vec<_>>()
    };
    assert_eq!([scopes(1), scopes(2), scopes(3)], expected);
}

#[test]
fn a_chart_is_in_each_scope_whose_feed_brought_something_of_it() {
    let mut store = store();
    store.commit(&visit(CHART, 1)).unwrap();
    assert_eq!(store.scopes_of(CHART).unwrap(), []);

    let own = vec![LogPosition {
        device: DeviceId(3),
        epoch: 1,
        seq: 2,
    }];
    let aside = Quarantined {
        what: Aside::Change(foreign(OTHER, 2)),
        reason: "it is damaged".to_owned(),
    };
    let mut batch = Taken {
        own,
        waiting: vec![foreign(CHART, 1)],
        quarantined: vec![aside],
        ..taken(3)
    };
    store.take(&batch).unwrap();
    batch.scope = ScopeId(2);
    store.take(&batch).unwrap();

    assert_eq!(
        store.scopes_of(CHART).unwrap(),
        [ScopeId(2), ScopeId(4)],
        "by an own entry and a change that waits"
    );
    assert_eq!(store.scopes_of(OTHER).unwrap(), [ScopeId(2), ScopeId(4)]);
}

#[test]
fn of_an_older_store_one_feed_says_all_and_several_are_taken_again() {
    let store = older(1);
    check(&store, [&[4], &[4], &[]]);
    assert_eq!(store.cursors().unwrap().len(), 1);

    let store = older(2);
    check(&store, [&[], &[], &[]]);
    assert_eq!(store.cursors().unwrap(), []);
}
