//! What is released comes back with its descendants, and a chart is made again; nothing is lost.

use audit::EntryKind;
use record::{DeviceId, ScopeId};

use super::*;
use crate::merge::{Death, MergeError, Merged, Merger, Work};
use crate::status::MAX_LISTED;
use crate::testing::{Laptop, hub, noted, set_aside, settle};

const CHART: ChartId = ChartId::new([7; 16]);

/// Dies over one change, as long as it is not mended.
struct Dying(Option<[u8; 32]>);

impl Merger for Dying {
    fn merge(&mut self, work: &Work<'_>) -> Result<Merged, MergeError> {
        let over = |it: &CheckedChange| self.0 == Some(*it.hash().as_bytes());
        if work.changes.iter().any(over) {
            return Err(MergeError::Died(Death::Ended));
        }
        crate::merge::Here.merge(work)
    }
}

/// A hub that set aside the second of four changes of a chart, and so the third and the fourth.
fn hub_with_quarantine() -> (Hub, Laptop) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    let mut culprit = None;
    for year in ["1984", "1985", "1986"] {
        let born = a.born(year);
        a.edit(&mut doc, born);
        culprit = culprit.or_else(|| Some(*doc.heads()[0].as_bytes()));
    }
    hub.merger = Box::new(Dying(culprit));
    a.push(&mut hub);
    (hub, a)
}

fn leaf_of(hub: &Hub, seq: u64) -> u64 {
    let rows = hub.store().quarantined(None, 0).unwrap();
    rows.into_iter()
        .find(|it| it.position.seq == seq)
        .unwrap()
        .leaf
}

#[test]
fn what_is_released_comes_back_with_its_descendants() {
    let (mut hub, _a) = hub_with_quarantine();
    assert_eq!(set_aside(&hub).len(), 3);
    let leaf = leaf_of(&hub, 3);
    hub.merger = Box::new(crate::merge::Here);

    let released = hub.release(leaf).unwrap();
    assert!(hub.store().has_ready().unwrap());
    settle(&mut hub);

    assert_eq!(released.entries, 3);
    assert_eq!(set_aside(&hub), []);
    assert_eq!(hub.store().changes_of(CHART).unwrap().len(), 4);
    assert_eq!(hub.store().feed_head(ScopeId(1)).unwrap().position, 4);
    assert_eq!(noted(&hub, SessionEvent::QuarantineReleased), [3]);
    assert!(hub.verify().is_clean());
}

#[test]
fn what_is_released_and_still_kills_is_set_aside_again_with_its_descendants() {
    let (mut hub, a) = hub_with_quarantine();
    let before = set_aside(&hub);
    let leaf = leaf_of(&hub, 3);

    hub.release(leaf).unwrap();
    settle(&mut hub);

    let places = |aside: &[(u64, String)]| aside.iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(places(&set_aside(&hub)), places(&before));
    assert!(!hub.store().has_ready().unwrap());
    assert_eq!(hub.store().unmaterialised_of(a.device).unwrap(), 0);
    assert!(hub.verify().is_clean());
}

#[test]
fn a_descendant_released_alone_waits_for_nobody_and_is_set_aside_again() {
    let (mut hub, _a) = hub_with_quarantine();
    let leaf = leaf_of(&hub, 5);
    hub.merger = Box::new(crate::merge::Here);

    let released = hub.release(leaf).unwrap();
    settle(&mut hub);

    assert_eq!(released.entries, 1);
    assert_eq!(set_aside(&hub).len(), 3);
}

#[test]
fn what_is_not_set_aside_is_not_released() {
    let (mut hub, _a) = hub_with_quarantine();

    let released = hub.release(0);

    assert!(matches!(released, Err(QuarantineError::NotSetAside(0))));
    assert!(noted(&hub, SessionEvent::QuarantineReleased).is_empty());
}

#[test]
fn a_chart_whose_document_is_damaged_is_rebuilt() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let doc = a.register(7);
    a.push(&mut hub);
    let damaged = store::HubChart {
        chart: CHART,
        snapshot: b"damaged".to_vec(),
        heads: vec![[1; 32]],
        joins: Vec::new(),
    };
    let note = &mut |_: &[_]| HubCommit::default();
    let kept = hub
        .store
        .materialised(&[], &[damaged], note, &mut || [0; 16]);
    kept.unwrap();
    assert!(!hub.verify().is_clean());

    let rebuilt = hub.rebuild_chart(CHART).unwrap();

    assert_eq!((rebuilt.changes, rebuilt.feed_positions), (1, 0));
    let snapshot = hub.store().snapshot(CHART).unwrap().unwrap();
    assert_eq!(snapshot.heads, [*doc.heads()[0].as_bytes()]);
    assert!(hub.verify().is_clean());
    let stranger = ChartId::new([9; 16]);
    assert!(matches!(
        hub.rebuild_chart(stranger),
        Err(QuarantineError::NoSuchChart(it)) if it == stranger
    ));
    assert_eq!(a.device, DeviceId(1));
}

#[test]
fn the_status_lists_the_first_and_counts_all() {
    let (mut hub, _world) = hub();
    let mut laptop = Laptop::enrol(&mut hub, 1, 1);
    for _ in 0..=MAX_LISTED {
        laptop.write(EntryKind::CHANGE, None, vec![0]);
    }
    laptop.push(&mut hub);
    settle(&mut hub);

    let status = hub.status().unwrap();

    assert_eq!(status.quarantine.len(), MAX_LISTED);
    assert_eq!(status.quarantined, MAX_LISTED as u64 + 1);
}
