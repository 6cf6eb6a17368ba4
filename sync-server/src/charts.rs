//! One chart during a step: its document, what it is to take, and where it belongs.

use std::collections::BTreeSet;

use record::{ChartId, ScopeId};
use replica::{ApplyError, ApplyRefusal, ChartDoc, CheckedChange};
use store::{HubChart, HubStore, Outcome, StoreError};

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
    /// Loads a chart, or begins it.
    pub(crate) fn load(store: &HubStore, chart: ChartId) -> Result<Self, StoreError> {
        let snapshot = store.snapshot(chart)?;
        let new = snapshot.is_none();
        let doc = match snapshot {
            None => ChartDoc::new(chart),
            Some(snapshot) => match ChartDoc::load(chart, &snapshot.bytes) {
                Ok(doc) => doc,
                // The snapshot is a cache. The changes are the truth.
                Err(_damaged) => rebuild(store, chart)?,
            },
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

    /// Lets a site write to the chart if it holds it. A new chart joins the site's home scope.
    pub(crate) fn enter(&mut self, entitled: &[ScopeId], home: ScopeId) -> Result<(), Reason> {
        if self.is_new() && self.scopes.is_empty() {
            self.scopes.insert(home);
            self.joins.push(home);
            return Ok(());
        }
        if entitled.iter().any(|it| self.scopes.contains(it)) {
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
        let before = self.doc.heads();
        let (places, changes): (Vec<usize>, Vec<CheckedChange>) = admitted.into_iter().unzip();
        if self.doc.apply(&changes).is_err() {
            for (place, change) in places.into_iter().zip(changes) {
                if let Err(outcome) = apply_one(&mut self.doc, change) {
                    failed.push((place, outcome));
                }
            }
        }
        let heads = self.doc.heads();
        let chart = (heads != before).then(|| HubChart {
            chart: self.doc.id(),
            snapshot: self.doc.save(),
            heads: heads.iter().map(|it| *it.as_bytes()).collect(),
            joins: self.joins,
        });
        Applied {
            failed,
            chart,
            scopes: self.scopes,
        }
    }
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
