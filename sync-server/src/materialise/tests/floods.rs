//! Who writes without end keeps nobody else from a chart, nor from the hub.

use replica::{ChartDoc, Intent};
use store::Written;

use super::*;
use crate::charts::{MAX_BYTES_OF_A_DEVICE, MAX_OPERATIONS_OF_A_DEVICE};

/// Changes that are written one after the other: how many operations each has, and the text in each of these.
#[derive(Clone, Copy)]
struct Flood<'a> {
    operations: u64,
    text: &'a str,
}

impl Flood<'_> {
    /// Writes one of them into a chart; returns how much it is.
    fn write(self, laptop: &mut Laptop, doc: &mut ChartDoc) -> Written {
        let language = Stamped {
            value: Language {
                language: CodeableConcept {
                    text: Some(self.text.to_owned()),
                    ..CodeableConcept::default()
                },
                preferred: None,
                rest: None,
            },
            stamp: laptop.stamp(),
            reason: None,
        };
        let intents: Vec<_> = (0..self.operations)
            .map(|index| u16::try_from(index).unwrap())
            .map(|index| ItemId::in_series(laptop.hlc(), [1; 6], index))
            .map(|id| Intent::PutLanguage(id, language.clone()))
            .collect();
        let change = doc.edit(&laptop.actor, laptop.hlc(), &intents).unwrap();
        let operations = replica::check(&change.bytes).unwrap().operation_count();
        let written = Written {
            operations: u64::try_from(operations).unwrap(),
            bytes: u64::try_from(change.bytes.len()).unwrap(),
        };
        assert_eq!(written.operations, self.operations);
        laptop.write(EntryKind::CHANGE, Some(doc.id()), change.bytes);
        written
    }
}

fn ingest(hub: &mut Hub, laptop: &Laptop) {
    let mut stored = 0;
    while stored < laptop.head().seq {
        stored = hub
            .ingest(laptop.device, &laptop.segment(stored))
            .unwrap()
            .seq;
    }
}

#[test]
fn a_step_ends_after_so_many_operations() {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let flood = Flood {
        operations: 500,
        text: "",
    };
    let changes = MAX_STEP_OPERATIONS / 500 + 2;
    for number in [7, 8] {
        let mut doc = ChartDoc::new(chart(number));
        for _change in 0..changes / 2 {
            flood.write(&mut a, &mut doc);
        }
    }
    ingest(&mut hub, &a);

    let first = hub.materialise(usize::MAX >> 1).unwrap().entries;
    let rest = hub.materialise(usize::MAX >> 1).unwrap().entries;

    assert!(first > changes - 2, "{first}");
    assert_eq!(rest, 2);
    assert_eq!(aside(&hub), []);
}

/// Has one device write into a chart until that has no room for more; it goes on elsewhere, and another goes on there.
#[track_caller]
fn check_full(flood: Flood<'_>, is_full: fn(Written) -> bool) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut b = Laptop::enrol(&mut hub, 1, 2);
    let mut doc = ChartDoc::new(chart(7));
    let mut beside = None;
    let mut all = Written::default();
    while !is_full(all) {
        let written = flood.write(&mut a, &mut doc);
        beside.get_or_insert_with(|| doc.clone());
        all.operations += written.operations;
        all.bytes += written.bytes;
    }
    let full = a.head().seq;
    a.register(8);
    ingest(&mut hub, &a);
    settle(&mut hub);
    let mut beside = beside.unwrap();
    let born = b.born("1984-03-12");
    b.edit(&mut beside, born);
    b.push(&mut hub);

    assert_eq!(aside(&hub), [(full, "chart-full".to_owned())]);
    let leaf = hub.store().quarantined(None, 0).unwrap()[0].leaf;
    hub.release(leaf).unwrap();
    settle(&mut hub);
    assert_eq!(aside(&hub), [], "a person lets it write on");
    let merged = rebuild(hub.store(), chart(7)).unwrap();
    assert!(beside.heads().iter().all(|it| merged.contains(it)));
    assert_eq!(hub.store().charts().unwrap(), [chart(7), chart(8)]);
}

#[test]
fn a_device_writes_so_many_operations_into_a_chart() {
    let flood = Flood {
        operations: 500,
        text: "",
    };

    check_full(flood, |it| it.operations > MAX_OPERATIONS_OF_A_DEVICE);
}

#[test]
fn a_device_writes_so_many_bytes_into_a_chart() {
    let text = "x".repeat(500);
    let flood = Flood {
        operations: 90,
        text: &text,
    };

    check_full(flood, |it| it.bytes > MAX_BYTES_OF_A_DEVICE);
}
