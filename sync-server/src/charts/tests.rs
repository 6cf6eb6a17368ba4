//! A chart whose document is lost or damaged, and what is believed of an answer.

use store::Materialised;

use super::*;
use crate::hub::Hub;
use crate::merge::Here;
use crate::testing::{Laptop, hub};
use crate::verify::Problem;

const CHART: ChartId = ChartId::new([7; 16]);

/// A hub with a chart of two changes, and its document after each.
fn charted() -> (Hub, [ChartDoc; 2]) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let first = a.register(7);
    let mut second = first.clone();
    let born = a.born("1984");
    a.edit(&mut second, born);
    a.push(&mut hub);
    (hub, [first, second])
}

/// Puts another saved document in the place of the chart's.
fn save(hub: &mut Hub, snapshot: Vec<u8>, heads: Vec<[u8; 32]>) {
    let chart = HubChart {
        chart: CHART,
        snapshot,
        heads,
        joins: Vec::new(),
    };
    let (entries, note) = (&[], &mut |_: &[_]| store::HubCommit::default());
    let stored = hub
        .store
        .materialised(entries, &[chart], note, &mut || [0; 16]);
    stored.unwrap();
}

#[track_caller]
fn check_made_again(hub: &Hub, expected: &ChartDoc) {
    let working = WorkingChart::load(&hub.store, CHART).unwrap();

    assert!(!working.is_new());
    let taken = working.merged(&mut Here, &hub.store, &[]).unwrap();
    assert_eq!(taken.document.map(|it| it.heads), Some(heads(expected)));
    let problems = hub.verify().problems;
    assert!(
        problems.contains(&Problem::Chart { chart: CHART }),
        "{problems:?}"
    );
}

#[test]
fn a_chart_whose_document_is_damaged_or_old_or_not_what_it_says_is_made_again() {
    let (mut hub, [first, second]) = charted();
    assert!(hub.verify().is_clean());

    save(&mut hub, b"damaged".to_vec(), heads(&second));
    check_made_again(&hub, &second);
    save(&mut hub, first.save(), heads(&first));
    check_made_again(&hub, &second);
    save(&mut hub, first.save(), heads(&second));
    check_made_again(&hub, &second);
    save(&mut hub, second.save(), heads(&first));
    check_made_again(&hub, &second);
}

#[test]
fn a_chart_without_its_document_is_made_again_and_is_not_new() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let doc = a.register(7);
    hub.ingest(a.device, &a.segment(0)).unwrap();
    // Both entries are kept as looked into, and no document with them.
    let stored = hub.store.unmaterialised(64).unwrap();
    let outcomes = stored.iter().filter(|it| it.position.device == a.device);
    let [started, change] = outcomes.collect::<Vec<_>>()[..] else {
        panic!("two entries were written")
    };
    let before = stored.iter().take_while(|it| it.leaf < started.leaf);
    let mut kept: Vec<Materialised> = before.map(|it| kept(it.leaf, Outcome::Noted)).collect();
    let [hash] = heads(&doc)[..] else {
        panic!("a chart of one change has one head")
    };
    kept.push(self::kept(
        started.leaf,
        Outcome::Actor(audit::DeclaredActor {
            actor: *a.actor.as_bytes(),
            is_proven: true,
        }),
    ));
    kept.push(self::kept(
        change.leaf,
        Outcome::Applied {
            hash,
            operations: 1,
        },
    ));
    let note = &mut |_: &[_]| store::HubCommit::default();
    let stored = hub.store.materialised(&kept, &[], note, &mut || [0; 16]);
    stored.unwrap();

    check_made_again(&hub, &doc);
}

fn kept(leaf: u64, outcome: Outcome) -> Materialised {
    Materialised { leaf, outcome }
}
