//! Changes that pass the structural check and still do not fit the chart's past; and mutated ones.

use proptest::prelude::*;
use record::Hlc;

use crate::check::forge::{Forged, body, reseal};
use crate::samples::{
    CHART, START_MS, actor, chart_with_visits, checked, registration, set_birth_date, visit,
};
use crate::{ApplyError, ApplyRefusal, ChartDoc, CheckedChange, check};

/// Merges what was forged upon a chart; the chart must be none the worse for it.
#[track_caller]
fn refuses(doc: &ChartDoc, forged: &Forged, expected: ApplyRefusal) {
    let change = check(&forged.bytes()).unwrap();
    let mut merged = doc.clone();

    let refused = merged.apply(std::slice::from_ref(&change));

    assert_eq!(
        refused,
        Err(ApplyError::Refused {
            change: change.hash(),
            reason: expected
        })
    );
    assert_eq!(merged.heads(), doc.heads());
    assert_eq!(merged.view(), doc.view());
    set_birth_date(&mut merged, 250, 99, "1999");
}

/// Forges a change that fits a chart after all its changes: it sets one name.
fn fitting(doc: &ChartDoc, changes: &[CheckedChange]) -> Forged {
    let last_op = changes
        .iter()
        .map(|it| it.start_op() + it.operation_count() as u64 - 1)
        .max();
    Forged {
        start_op: last_op.unwrap() + 1,
        ..Forged::new(&doc.heads(), actor(77))
    }
}

#[test]
fn a_forged_change_that_fits_is_merged() {
    let (mut doc, changes) = chart_with_visits(2);
    let forged = fitting(&doc, &changes);

    doc.apply(&[check(&forged.bytes()).unwrap()]).unwrap();

    assert_eq!(doc.view().unknown_registers, ["names/key"]);
}

#[test]
fn a_change_must_follow_its_actors_last() {
    let (doc, changes) = chart_with_visits(2);
    let fits = fitting(&doc, &changes);

    refuses(
        &doc,
        &Forged {
            seq: 2,
            ..fits.clone()
        },
        ApplyRefusal::OutOfSequence,
    );
    let twin = Forged {
        actor: actor(1),
        seq: 2,
        ..fits.clone()
    };
    refuses(&doc, &twin, ApplyRefusal::SequenceTaken);
    let gap = Forged {
        actor: actor(1),
        seq: 4,
        ..fits.clone()
    };
    refuses(&doc, &gap, ApplyRefusal::OutOfSequence);
    // In sequence, but written as if its actor's own last change were unknown to it.
    let first = &changes[0];
    let blind = Forged {
        actor: actor(1),
        seq: 3,
        deps: vec![first.hash()],
        start_op: first.start_op() + first.operation_count() as u64,
        ..fits
    };
    refuses(&doc, &blind, ApplyRefusal::OutOfSequence);
}

#[test]
fn operations_are_numbered_on_from_the_past() {
    let (doc, changes) = chart_with_visits(2);
    let fits = fitting(&doc, &changes);

    for start_op in [
        1,
        fits.start_op - 1,
        fits.start_op + 1,
        u64::from(u32::MAX) - 1,
    ] {
        let moved = Forged {
            start_op,
            ..fits.clone()
        };
        refuses(&doc, &moved, ApplyRefusal::WrongStart);
    }
}

#[test]
fn an_actor_or_a_container_that_does_not_exist_is_refused() {
    let (doc, changes) = chart_with_visits(2);
    let fits = fitting(&doc, &changes);

    let others = vec![crate::genesis::GENESIS_ACTOR, actor(199)];
    let stranger = Forged {
        other_actors: others,
        ..fits.clone()
    };
    refuses(&doc, &stranger, ApplyRefusal::UnknownActor);
    let nowhere = Forged {
        other_actors: vec![actor(1)],
        object: (1, 12),
        ..fits.clone()
    };
    refuses(&doc, &nowhere, ApplyRefusal::UnknownContainer);
    let itself = Forged {
        other_actors: Vec::new(),
        object: (0, fits.start_op),
        ..fits
    };
    refuses(&doc, &itself, ApplyRefusal::UnknownContainer);
}

#[test]
fn a_value_cannot_be_replaced_unseen() {
    let (mut doc, changes) = chart_with_visits(1);
    let key = "birth_date";
    let fits = Forged {
        key,
        object: (2, 1),
        ..fitting(&doc, &changes)
    };
    let birth_date = changes[0].start_op() + 2;
    let both = vec![actor(1), crate::genesis::GENESIS_ACTOR];
    let over = |counter| Forged {
        other_actors: both.clone(),
        replaces: vec![(1, counter)],
        ..fits.clone()
    };
    // The same value elsewhere, no value at all, and one that was replaced since.
    refuses(&doc, &over(birth_date - 1), ApplyRefusal::UnseenValue);
    refuses(&doc, &over(birth_date + 1), ApplyRefusal::UnseenValue);
    let mut seen = doc.clone();
    seen.apply(&[check(&over(birth_date).bytes()).unwrap()])
        .unwrap();
    let correction = set_birth_date(&mut doc, 1, 50, "1999");
    let late = Forged {
        deps: doc.heads(),
        start_op: correction.start_op() + 1,
        ..over(birth_date)
    };
    refuses(&doc, &late, ApplyRefusal::UnseenValue);

    // Written apart, the replacement is honest and stands beside the correction.
    doc.apply(&[check(&over(birth_date).bytes()).unwrap()])
        .unwrap();
    assert_eq!(doc.heads().len(), 2);
}

#[test]
fn a_newer_release_may_add_containers_and_registers() {
    let (mut doc, changes) = chart_with_visits(1);
    let container = Forged {
        key: "genomes",
        object: (0, 0),
        makes: true,
        other_actors: Vec::new(),
        ..fitting(&doc, &changes)
    };
    let container = check(&container.bytes()).unwrap();
    doc.apply(std::slice::from_ref(&container)).unwrap();
    let value = Forged {
        deps: doc.heads(),
        start_op: container.start_op() + 1,
        actor: actor(78),
        other_actors: vec![actor(77)],
        object: (1, container.start_op()),
        ..Forged::new(&[], actor(78))
    };
    let register = Forged {
        key: "blood_group",
        object: (1, 1),
        deps: doc.heads(),
        start_op: container.start_op() + 1,
        ..Forged::new(&[], actor(79))
    };

    let value = check(&value.bytes()).unwrap();
    doc.apply(&[value.clone(), check(&register.bytes()).unwrap()])
        .unwrap();

    assert_eq!(doc.view().unknown_registers, ["blood_group", "genomes"]);
    assert_eq!(value.writes().next().unwrap().field, None);
    set_birth_date(&mut doc, 1, 60, "1985");
    let mut blind = ChartDoc::new(CHART);
    assert!(matches!(
        blind.apply(&[value]),
        Err(ApplyError::MissingDependencies(_))
    ));
}

#[test]
fn a_container_that_is_here_but_not_in_a_changes_past_is_refused() {
    let (mut doc, changes) = chart_with_visits(1);
    let fits = fitting(&doc, &changes);
    let container = Forged {
        key: "genomes",
        object: (0, 0),
        makes: true,
        other_actors: Vec::new(),
        ..fits
    };
    let container = check(&container.bytes()).unwrap();
    let apart = Forged {
        other_actors: vec![actor(77)],
        object: (1, container.start_op()),
        ..Forged {
            actor: actor(78),
            ..fitting(&doc, &changes)
        }
    };

    doc.apply(&[container]).unwrap();

    refuses(&doc, &apart, ApplyRefusal::UnknownContainer);
}

#[test]
fn a_panic_over_a_change_does_not_take_the_process_with_it() {
    let merged =
        super::super::guarded(|| -> u8 { panic!("as automerge did over a forged change") });

    assert_eq!(merged, None);
}

/// How the bytes of an honest change are altered before they are sealed again.
#[derive(Debug, Clone)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Copy(prop::sample::Index, prop::sample::Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, to)| Mutation::Set(at, to)),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        1 => at().prop_map(Mutation::Remove),
        1 => (at(), at()).prop_map(|(from, to)| Mutation::Copy(from, to)),
    ]
}

fn mutate(body: &mut Vec<u8>, mutation: &Mutation) {
    match mutation {
        Mutation::Set(at, to) => {
            let at = at.index(body.len());
            body[at] = *to;
        }
        Mutation::Insert(at, byte) => body.insert(at.index(body.len()), *byte),
        Mutation::Remove(at) => {
            body.remove(at.index(body.len()));
        }
        Mutation::Copy(from, to) => {
            let (from, to) = (from.index(body.len()), to.index(body.len()));
            body[to] = body[from];
        }
    }
}

/// An honest change, and the chart upon which it was written: one that replaces what two devices wrote apart, or
/// one of many operations in several containers.
fn honest(large: bool) -> (ChartDoc, CheckedChange) {
    let (mut doc, _) = chart_with_visits(2);
    let mut other = doc.clone();
    let theirs = set_birth_date(&mut other, 2, 5, "1985");
    set_birth_date(&mut doc, 1, 6, "1986");
    doc.apply(&[theirs]).unwrap();
    let before = doc.clone();
    if !large {
        let correction = set_birth_date(&mut doc, 3, 7, "1987");
        return (before, correction);
    }
    // The registration's items and registers are written again, with another stamp, and a visit is added.
    let at = Hlc::new(START_MS, 0);
    let intents = [registration(at, 3), visit(at, 3, [3; 6])].concat();
    let change = doc.edit(&actor(3), at, &intents).unwrap();
    (before, checked(&change))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3 * ProptestConfig::default().cases, ..ProptestConfig::default() })]

    /// What the check lets through, the document takes or refuses; it is never the worse for it.
    #[test]
    fn what_passes_the_check_cannot_hurt(
        mutations in prop::collection::vec(mutation(), 1..4),
        large in any::<bool>(),
        structure_only in any::<bool>(),
    ) {
        let (before, change) = honest(large);
        let mut bytes = body(change.bytes()).to_vec();
        // The values are most of the bytes and the least of the trouble; they stand near the end.
        let values: usize = change.writes().map(|it| it.value.len()).sum();
        let kept = if structure_only { values } else { 0 };
        let tail = bytes.split_off(bytes.len() - kept);
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        bytes.extend(tail);

        if let Ok(change) = check(&reseal(&bytes)) {
            let mut merged = before.clone();
            match merged.apply(std::slice::from_ref(&change)) {
                Ok(()) => {
                    prop_assert!(merged.contains(&change.hash()));
                    let loaded = ChartDoc::load(CHART, &merged.save()).unwrap();
                    prop_assert_eq!(loaded.heads(), merged.heads());
                    prop_assert_eq!(loaded.view(), merged.view());
                }
                Err(_) => prop_assert_eq!(merged.heads(), before.heads()),
            }
            set_birth_date(&mut merged, 250, 99, "1999");
        }
    }
}
