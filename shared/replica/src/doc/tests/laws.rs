//! The laws of merging, over random edits at two to four replicas and random orders of delivery.

use proptest::prelude::*;
use record::Hlc;

use crate::samples::{CHART, START_MS, Word, word, write};
use crate::{Actor, ApplyError, ChartDoc, CheckedChange};

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// A replica writes one change.
    Write(usize, u64, Vec<Word>),
    /// A replica takes all that another holds.
    Take(usize, usize),
    /// A replica's process ends and another starts: it has a new actor.
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_usize..4, 0_u64..4, prop::collection::vec(word(), 1..4))
            .prop_map(|(who, ms, words)| Step::Write(who, ms, words)),
        2 => (0_usize..4, 0_usize..4).prop_map(|(to, from)| Step::Take(to, from)),
        1 => (0_usize..4).prop_map(Step::Restart),
    ]
}

fn check_all(doc: &ChartDoc) -> Vec<CheckedChange> {
    doc.changes()
        .iter()
        .map(|it| crate::check(&it.bytes).unwrap())
        .collect()
}

/// Plays the steps; returns the replicas.
fn play(replicas: usize, steps: &[Step]) -> Vec<ChartDoc> {
    let mut docs = vec![ChartDoc::new(CHART); replicas];
    let mut starts = vec![0_u8; replicas];
    let mut serial = 0;
    for step in steps {
        match step {
            Step::Write(who, ms, words) => {
                let who = who % replicas;
                let device = u8::try_from(who).unwrap() + 1;
                let actor =
                    Actor::new([[device; 8], [starts[who]; 8]].concat().try_into().unwrap());
                let words: Vec<(u16, Word)> = words
                    .iter()
                    .map(|word| {
                        serial += 1;
                        (serial, word.clone())
                    })
                    .collect();
                let at = Hlc::new(START_MS + ms, 0);
                write(&mut docs[who], (&actor, u32::from(device)), at, &words);
            }
            Step::Take(to, from) => {
                let changes = check_all(&docs[from % replicas]);
                docs[to % replicas].apply(&changes).unwrap();
            }
            Step::Restart(who) => starts[who % replicas] += 1,
        }
    }
    docs
}

/// Delivers changes in this order, in batches of this size, holding back what came too early; some twice.
fn deliver(doc: &mut ChartDoc, changes: &[CheckedChange], batch: usize) {
    let mut waiting: Vec<Vec<CheckedChange>> = changes.chunks(batch).map(<[_]>::to_vec).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|changes| match doc.apply(changes) {
            Ok(()) => {
                doc.apply(changes).unwrap();
                false
            }
            Err(ApplyError::MissingDependencies(_)) => true,
            Err(error) => panic!("{error}"),
        });
        if waiting.len() == before {
            // Batches that wait for each other can only go together.
            waiting = vec![waiting.concat()];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 3, ..ProptestConfig::default() })]

    #[test]
    fn replicas_that_hold_the_same_changes_hold_the_same_chart(
        replicas in 2_usize..=4,
        steps in prop::collection::vec(step(), 1..14),
        keys in prop::collection::vec(any::<u64>(), 64),
        batch in 1_usize..4,
    ) {
        let mut docs = play(replicas, &steps);
        let mut changes: Vec<CheckedChange> = docs.iter().flat_map(check_all).collect();
        let mut rebuilt = ChartDoc::new(CHART);
        rebuilt.apply(&changes).unwrap();

        for (at, doc) in docs.iter_mut().enumerate() {
            // Another order for each replica; what it holds already comes again.
            let key = |it: &CheckedChange| keys[(at * 7 + usize::from(it.hash().as_bytes()[0])) % 64];
            changes.sort_by_key(key);
            deliver(doc, &changes, batch);
        }

        for doc in &docs {
            prop_assert_eq!(doc.heads(), rebuilt.heads());
            prop_assert_eq!(doc.view(), rebuilt.view());
            let loaded = ChartDoc::load(CHART, &doc.save()).unwrap();
            prop_assert_eq!(loaded.view(), rebuilt.view());
            prop_assert_eq!(loaded.heads(), rebuilt.heads());
        }
        let said: usize = changes.iter().flat_map(CheckedChange::writes)
            .filter(|it| it.field == Some(crate::Field::Statements))
            .map(|it| it.key.to_owned())
            .collect::<std::collections::BTreeSet<_>>()
            .len();
        prop_assert_eq!(rebuilt.view().statements.len(), said, "no statement is lost");
        prop_assert!(rebuilt.view().damaged.is_empty());
    }
}
