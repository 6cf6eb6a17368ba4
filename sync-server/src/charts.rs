//! One chart during a step: its document, what it is to take, and where it belongs.

use std::collections::BTreeSet;

use record::{ChartId, ScopeId};
use replica::{ApplyError, ApplyRefusal, ChangeHash, ChartDoc, CheckedChange};
use store::{HubChart, HubStore, Outcome, Snapshot, StoreError};

use crate::judge::Reason;
use crate::materialise::set_aside;

/// A chart that a step works on.
pub(crate) struct WorkingChart {
    doc: ChartDoc,
    new: bool,
    scopes: BTreeSet<ScopeId>,
    joins: Vec<ScopeId>,
    admitted: Vec<(usize, CheckedChange)>,
    admitted_hashes: BTreeSet<[u8; 32]>,
}

/// What came of a chart's step.
pub(crate) struct Applied {
    /// What was admitted and then could not be applied: its place in the step and what became of it.
    pub(crate) failed: Vec<(usize, Outcome)>,
    /// The chart as it now stands; none if it is as it was.
    pub(crate) chart: Option<HubChart>,
    /// The scopes that the chart is in.
    pub(crate) scopes: BTreeSet<ScopeId>,
}

impl WorkingChart {
    /// Loads a chart, or begins it. The snapshot is a cache, the changes are the truth: one that is missing, damaged or
    /// not of all that was applied is made again from them.
    pub(crate) fn load(store: &HubStore, chart: ChartId) -> Result<Self, StoreError> {
        let snapshot = store.snapshot(chart)?;
        let newest = store.newest_change_of(chart)?;
        let new = snapshot.is_none() && newest.is_none();
        let doc = match snapshot.and_then(|it| opened(chart, &it, newest)) {
            Some(doc) => doc,
            None if new => ChartDoc::new(chart),
            None => rebuild(store, chart)?,
        };
        Ok(Self {
            doc,
            new,
            scopes: store.scopes_of(chart)?.into_iter().collect(),
            joins: Vec::new(),
            admitted: Vec::new(),
            admitted_hashes: BTreeSet::new(),
        })
    }

    /// Tells whether no change of the chart has been taken yet.
    pub(crate) fn is_new(&self) -> bool {
        self.new && self.admitted.is_empty()
    }

    /// Tells whether the chart has the change already.
    pub(crate) fn holds(&self, change: &CheckedChange) -> bool {
        self.doc.contains(&change.hash()) || self.admitted_hashes.contains(change.hash().as_bytes())
    }

    /// Returns the changes that must come before this one.
    pub(crate) fn missing(&self, change: &CheckedChange) -> Vec<[u8; 32]> {
        let missing = self
            .doc
            .missing(change)
            .into_iter()
            .map(|it| *it.as_bytes());
        missing
            .filter(|it| !self.admitted_hashes.contains(it))
            .collect()
    }

    /// Lets a site write to the chart if it holds it, or held it: what is written offline comes after the chart has
    /// left. A new chart joins the site's home scope.
    pub(crate) fn enter(
        &mut self,
        store: &HubStore,
        entitled: &[ScopeId],
        home: ScopeId,
    ) -> Result<(), Reason> {
        if self.is_new() && self.scopes.is_empty() {
            self.scopes.insert(home);
            self.joins.push(home);
            return Ok(());
        }
        let held = || store.has_left(self.doc.id(), entitled).unwrap_or(false);
        if entitled.iter().any(|it| self.scopes.contains(it)) || held() {
            Ok(())
        } else {
            Err(Reason::ChartNotHeld)
        }
    }

    /// Takes a change into those to be applied, with its place in the step.
    pub(crate) fn admit(&mut self, change: CheckedChange, place: usize) {
        self.admitted_hashes.insert(*change.hash().as_bytes());
        self.admitted.push((place, change));
    }

    /// Applies what was admitted: all at once, or one by one where one of them is refused.
    pub(crate) fn apply(mut self) -> Applied {
        let mut failed = Vec::new();
        let admitted = std::mem::take(&mut self.admitted);
        let before = heads(&self.doc);
        let (places, changes): (Vec<usize>, Vec<CheckedChange>) = admitted.into_iter().unzip();
        if self.doc.apply(&changes).is_err() {
            for (place, change) in places.into_iter().zip(changes) {
                if let Err(outcome) = apply_one(&mut self.doc, change) {
                    failed.push((place, outcome));
                }
            }
        }
        let heads = heads(&self.doc);
        let chart = (heads != before).then(|| HubChart {
            chart: self.doc.id(),
            snapshot: self.doc.save(),
            heads,
            joins: self.joins,
        });
        Applied {
            failed,
            chart,
            scopes: self.scopes,
        }
    }
}

/// Opens a saved document, if it is what the store says of it.
fn opened(chart: ChartId, snapshot: &Snapshot, newest: Option<[u8; 32]>) -> Option<ChartDoc> {
    let doc = ChartDoc::load(chart, &snapshot.bytes).ok()?;
    let has_newest = newest.is_none_or(|it| doc.contains(&ChangeHash::new(it)));
    (has_newest && heads(&doc) == snapshot.heads).then_some(doc)
}

/// Returns the hashes of a document's newest changes, sorted.
pub(crate) fn heads(doc: &ChartDoc) -> Vec<[u8; 32]> {
    doc.heads().iter().map(|it| *it.as_bytes()).collect()
}

fn apply_one(doc: &mut ChartDoc, change: CheckedChange) -> Result<(), Outcome> {
    let hash = Some(*change.hash().as_bytes());
    doc.apply(&[change]).map_err(|error| match error {
        // It was admitted because all before it was there or admitted too: that was refused.
        ApplyError::MissingDependencies(_) => set_aside(hash, Reason::DependsOnQuarantined),
        ApplyError::Refused { reason, .. } => set_aside(hash, Reason::NotMerged(reason)),
        _ => set_aside(hash, Reason::NotMerged(ApplyRefusal::Rejected)),
    })
}

/// Makes a chart again from its changes.
pub(crate) fn rebuild(store: &HubStore, chart: ChartId) -> Result<ChartDoc, StoreError> {
    let damaged = || StoreError::Damaged {
        doing: "rebuilding a chart from its changes",
    };
    let mut doc = ChartDoc::new(chart);
    let mut changes = Vec::new();
    for stored in store.changes_of(chart)? {
        changes.push(replica::check(&stored.bytes).map_err(|_refused| damaged())?);
    }
    doc.apply(&changes).map_err(|_refused| damaged())?;
    Ok(doc)
}

#[cfg(test)]
mod tests {
    use store::Materialised;

    use super::*;
    use crate::hub::Hub;
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
        assert_eq!(working.doc.heads(), expected.heads());
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
            Outcome::Actor(*a.actor.as_bytes()),
        ));
        kept.push(self::kept(change.leaf, Outcome::Applied { hash }));
        let note = &mut |_: &[_]| store::HubCommit::default();
        let stored = hub.store.materialised(&kept, &[], note, &mut || [0; 16]);
        stored.unwrap();

        check_made_again(&hub, &doc);
    }

    fn kept(leaf: u64, outcome: Outcome) -> Materialised {
        Materialised { leaf, outcome }
    }
}
