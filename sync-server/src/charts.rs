//! One chart during a step: what it holds, what it is to take, and where it belongs.

use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, DeviceId, ScopeId};
use replica::{ChartDoc, CheckedChange};
use store::{HubChart, HubStore, Outcome, Snapshot, StoreError, Written};

use crate::judge::Reason;
use crate::materialise::set_aside;
use crate::merge::{MergeError, Merged, Merger, NotTaken, Work, heads};

/// How many changes are merged at once when a chart is made again.
const CHANGES_AT_ONCE: usize = 64;

/// How many operations one device may write into a chart: a value is one. Who merges has bounds for the whole chart, and a
/// device that fills it would use them up for all.
pub(crate) const MAX_OPERATIONS_OF_A_DEVICE: u64 = 50_000;
/// How many bytes of changes.
pub(crate) const MAX_BYTES_OF_A_DEVICE: u64 = 16 * 1024 * 1024;

/// A chart that a step works on.
pub(crate) struct WorkingChart {
    chart: ChartId,
    saved: Option<Snapshot>,
    newest: Option<[u8; 32]>,
    held: BTreeSet<[u8; 32]>,
    scopes: BTreeSet<ScopeId>,
    joins: Vec<ScopeId>,
    admitted: Vec<(usize, CheckedChange)>,
    written: BTreeMap<DeviceId, Written>,
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

/// Why a chart's step is not done: nothing of it is to be stored.
#[derive(Debug)]
pub(crate) enum Halt {
    /// The store failed.
    Store(StoreError),
    /// Nobody merges at present, whatever the chart.
    Unavailable(String),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A chart's document with what it took, and what it did not take.
struct Taken {
    document: Option<Snapshot>,
    refused: Vec<(usize, Reason)>,
}

impl WorkingChart {
    /// Reads what is known of a chart, or begins it.
    pub(crate) fn load(store: &HubStore, chart: ChartId) -> Result<Self, StoreError> {
        let mut held = store.change_hashes(chart)?;
        // Every chart has the constant change.
        held.extend(heads(&ChartDoc::new(chart)));
        Ok(Self {
            chart,
            saved: store.snapshot(chart)?,
            newest: store.newest_change_of(chart)?,
            held,
            scopes: store.scopes_of(chart)?.into_iter().collect(),
            joins: Vec::new(),
            admitted: Vec::new(),
            written: BTreeMap::new(),
        })
    }

    /// Tells whether no change of the chart has been taken yet.
    pub(crate) const fn is_new(&self) -> bool {
        self.saved.is_none() && self.newest.is_none() && self.admitted.is_empty()
    }

    /// Tells whether the chart has the change already.
    pub(crate) fn holds(&self, change: &CheckedChange) -> bool {
        self.held.contains(change.hash().as_bytes())
    }

    /// Tells whether the chart is in a scope, or will be after this step.
    pub(crate) fn is_in(&self, scope: ScopeId) -> bool {
        self.scopes.contains(&scope)
    }

    /// Returns the changes that must come before this one.
    pub(crate) fn missing(&self, change: &CheckedChange) -> Vec<[u8; 32]> {
        let before = change.deps().iter().map(|it| *it.as_bytes());
        before.filter(|it| !self.held.contains(it)).collect()
    }

    /// Lets a site write to the chart if it holds it, or held it: what is written offline comes after the chart has
    /// left. A new chart joins the site's home scope.
    pub(crate) fn enter(
        &mut self,
        store: &HubStore,
        entitled: &[ScopeId],
        home: ScopeId,
    ) -> Result<(), Reason> {
        if self.begin_in(home) {
            return Ok(());
        }
        let held = || store.has_left(self.chart, entitled).unwrap_or(false);
        if entitled.iter().any(|it| self.scopes.contains(it)) || held() {
            Ok(())
        } else {
            Err(Reason::ChartNotHeld)
        }
    }

    /// Tells whether whoever wrote a change has held some of the chart: it names by its hash what comes before.
    pub(crate) fn was_held_by_writer(&self, change: &CheckedChange) -> bool {
        let constant = heads(&ChartDoc::new(self.chart));
        let before = change.deps().iter().map(|it| *it.as_bytes());
        let mut seen = before.filter(|it| !constant.contains(it));
        seen.any(|it| self.held.contains(&it))
    }

    /// Puts a new chart into a scope. Tells whether it was new.
    pub(crate) fn begin_in(&mut self, home: ScopeId) -> bool {
        let begins = self.is_new() && self.scopes.is_empty();
        if begins {
            self.scopes.insert(home);
            self.joins.push(home);
        }
        begins
    }

    /// Reads how much of the chart is a device's, once.
    pub(crate) fn know_written(
        &mut self,
        store: &HubStore,
        device: DeviceId,
    ) -> Result<(), StoreError> {
        if let MapEntry::Vacant(free) = self.written.entry(device) {
            free.insert(store.written(self.chart, device)?);
        }
        Ok(())
    }

    /// Counts a change as its device's, if that has room in the chart.
    pub(crate) fn fill(&mut self, device: DeviceId, change: &CheckedChange) -> Result<(), Reason> {
        let written = self.written.entry(device).or_default();
        let add =
            |sum: u64, more: usize| sum.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        let filled = Written {
            operations: add(written.operations, change.operation_count()),
            bytes: add(written.bytes, change.bytes().len()),
        };
        if filled.operations > MAX_OPERATIONS_OF_A_DEVICE || filled.bytes > MAX_BYTES_OF_A_DEVICE {
            return Err(Reason::ChartFull);
        }
        *written = filled;
        Ok(())
    }

    /// Takes a change into those to be applied, with its place in the step. Returns what becomes of it
    /// if the document takes it.
    pub(crate) fn admit(&mut self, change: CheckedChange, place: usize) -> Outcome {
        let hash = *change.hash().as_bytes();
        let operations = change.operation_count();
        self.held.insert(hash);
        self.admitted.push((place, change));
        Outcome::Applied { hash, operations }
    }

    /// Applies what was admitted: all at once, or one by one where one of them is refused.
    pub(crate) fn apply(
        mut self,
        merger: &mut dyn Merger,
        store: &HubStore,
    ) -> Result<Applied, Halt> {
        let admitted = std::mem::take(&mut self.admitted);
        let (places, changes): (Vec<usize>, Vec<CheckedChange>) = admitted.into_iter().unzip();
        let before = self.saved.clone();
        let Taken { document, refused } = if changes.is_empty() {
            Taken {
                document: before.clone(),
                refused: Vec::new(),
            }
        } else {
            self.merged(merger, store, &changes)?
        };
        let outcome = |(at, reason): (usize, Reason)| {
            let hash = changes.get(at).map(|it| *it.hash().as_bytes());
            Some((*places.get(at)?, set_aside(hash, reason)))
        };
        let heads_before = before.map(|it| it.heads);
        let (chart, joins) = (self.chart, self.joins);
        let changed = document.filter(|it| heads_before.as_ref() != Some(&it.heads));
        // A new chart of which nothing was taken is still none.
        let nothing_yet = self.newest.is_none() && refused.len() == changes.len();
        Ok(Applied {
            failed: refused.into_iter().filter_map(outcome).collect(),
            chart: changed.filter(|_it| !nothing_yet).map(|it| HubChart {
                chart,
                snapshot: it.bytes,
                heads: it.heads,
                joins,
            }),
            scopes: self.scopes,
        })
    }

    /// Merges changes into the saved document. That is a cache, the changes are the truth: one that is missing, damaged
    /// or not of all that was applied is made again from them.
    fn merged(
        &self,
        merger: &mut dyn Merger,
        store: &HubStore,
        changes: &[CheckedChange],
    ) -> Result<Taken, Halt> {
        let mut table = Table {
            merger,
            chart: self.chart,
            newest: self.newest,
        };
        if self.saved.is_some() || self.newest.is_none() {
            match table.merge(self.saved.clone(), changes)? {
                Some(taken) => return Ok(taken),
                None if self.newest.is_none() => return Ok(damaged(changes)),
                None => {}
            }
        }
        let again = table.make_again(store)?;
        let taken = match again {
            Some(document) => table.merge(Some(document), changes)?,
            None => None,
        };
        Ok(taken.unwrap_or_else(|| damaged(changes)))
    }
}

/// Nothing was taken, for the chart cannot be opened: one such chart must not hold up the others.
fn damaged(changes: &[CheckedChange]) -> Taken {
    let all = 0..changes.len();
    Taken {
        document: None,
        refused: all.map(|at| (at, Reason::ChartDamaged)).collect(),
    }
}

/// Where one chart is merged.
struct Table<'a> {
    merger: &'a mut dyn Merger,
    chart: ChartId,
    newest: Option<[u8; 32]>,
}

impl Table<'_> {
    /// Merges changes into a document. Nothing is returned if it is not what it is said to be, or does not open.
    ///
    /// Where merging them together ends badly, each is merged alone: a death costs seconds and a request
    /// milliseconds, so this finds the culprit sooner than halving would. Who ends badly alone, upon a document that
    /// opens without it, is set aside with its reason.
    fn merge(
        &mut self,
        document: Option<Snapshot>,
        changes: &[CheckedChange],
    ) -> Result<Option<Taken>, Halt> {
        match self.ask(document.as_ref(), changes) {
            Ok(merged) => return Ok(Some(taken(merged))),
            Err(MergeError::Unfit) => return Ok(None),
            Err(MergeError::Unavailable(why)) => return Err(Halt::Unavailable(why)),
            Err(MergeError::Died(_)) => {}
        }
        let mut all = Taken {
            document,
            refused: Vec::new(),
        };
        for (at, change) in changes.iter().enumerate() {
            match self.ask(all.document.as_ref(), std::slice::from_ref(change)) {
                Ok(merged) => {
                    let one = taken(merged);
                    all.document = one.document;
                    all.refused
                        .extend(one.refused.into_iter().map(|it| (at, it.1)));
                }
                Err(MergeError::Unfit) => return Ok(None),
                Err(MergeError::Unavailable(why)) => return Err(Halt::Unavailable(why)),
                Err(MergeError::Died(death)) => {
                    if !self.opens(all.document.as_ref())? {
                        return Ok(None);
                    }
                    all.refused.push((at, Reason::MergeFailed(death)));
                }
            }
        }
        Ok(Some(all))
    }

    /// Tells whether a document opens at all. If not even an empty chart does, nobody's change is to blame.
    fn opens(&mut self, document: Option<&Snapshot>) -> Result<bool, Halt> {
        for document in [document, None] {
            match self.ask(document, &[]) {
                Ok(_) => return Ok(document.is_some() || self.newest.is_none()),
                Err(MergeError::Unavailable(why)) => return Err(Halt::Unavailable(why)),
                Err(MergeError::Unfit | MergeError::Died(_)) => {}
            }
        }
        Err(Halt::Unavailable(
            "it does not even open an empty chart".to_owned(),
        ))
    }

    fn ask(
        &mut self,
        document: Option<&Snapshot>,
        changes: &[CheckedChange],
    ) -> Result<Merged, MergeError> {
        self.merger.merge(&Work {
            chart: self.chart,
            document,
            newest: document.and(self.newest),
            changes,
        })
    }

    /// Makes the chart's document again from its changes; nothing is returned if they do not make it.
    fn make_again(&mut self, store: &HubStore) -> Result<Option<Snapshot>, Halt> {
        let newest = self.newest.take();
        let mut document = None;
        let stored = store.changes_of(self.chart)?;
        for some in stored.chunks(CHANGES_AT_ONCE) {
            let changes: Result<Vec<_>, _> =
                some.iter().map(|it| replica::check(&it.bytes)).collect();
            let Ok(changes) = changes else {
                return Ok(None);
            };
            match self.merge(document, &changes)? {
                Some(taken) if taken.refused.is_empty() => document = taken.document,
                Some(_) | None => return Ok(None),
            }
        }
        self.newest = newest;
        Ok(document)
    }
}

fn taken(merged: Merged) -> Taken {
    let reason = |(at, why)| match why {
        NotTaken::Refused(refusal) => (at, Reason::NotMerged(refusal)),
        NotTaken::Dependent => (at, Reason::DependsOnQuarantined),
    };
    Taken {
        document: Some(merged.document),
        refused: merged.refused.into_iter().map(reason).collect(),
    }
}

/// Makes a chart's document again, whatever is saved; nothing is returned if its changes do not make it.
pub(crate) fn made_again(
    merger: &mut dyn Merger,
    store: &HubStore,
    chart: ChartId,
) -> Result<Option<Snapshot>, Halt> {
    let newest = None;
    Table {
        merger,
        chart,
        newest,
    }
    .make_again(store)
}

/// Makes a chart again from its changes, in this process: for who verifies.
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
mod tests;
