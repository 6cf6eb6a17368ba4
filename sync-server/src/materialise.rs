//! Looking into what is stored: each entry is noted, applied to its chart, held back, or set aside with a reason.
//!
//! One step takes a limited number of entries and ends in one transaction, with what the hub's own log notes of
//! it, so a crash repeats nothing and loses nothing. Nothing waits for a change that was set aside, except its own descendants.

use std::collections::btree_map::Entry as MapEntry;
use std::collections::{BTreeMap, BTreeSet};

use audit::{Entry, EntryKind, LogPosition, Session, SessionEvent};
use record::{ChartId, DeviceId, ScopeId};
use replica::CheckedChange;
use store::{HubStore, Materialised, Move, Outcome, QuarantineRow, StoreError, Unmaterialised};

use crate::attach;
use crate::charts::{Applied, Halt, WorkingChart};
use crate::hub::Hub;
use crate::judge::{Author, Novelty, Reason, judge};
use crate::pen::{Pen, Subject};
use crate::world::{World, random};

/// How many entries one step takes at most: some ten milliseconds, so that a device that waits for STORED is
/// not kept waiting by another's import.
pub const STEP: usize = 64;

/// After how many operations of automerge's a step ends, however many entries those are: whoever writes changes of
/// thousands of them keeps the others waiting for one step at most.
const MAX_STEP_OPERATIONS: usize = 50_000;

/// What one step did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many entries were looked into; zero when nothing was left.
    pub entries: usize,
    /// The scopes whose feeds grew.
    pub grew: BTreeSet<ScopeId>,
    /// Whether entries are left because nobody merges at present: try again later.
    pub postponed: bool,
}

/// What became of a change, or its hash and why it is set aside.
type Verdict = Result<Outcome, (Option<[u8; 32]>, Reason)>;

/// One step under way: nothing of it is stored yet.
struct Step {
    outcomes: Vec<Materialised>,
    charts: BTreeMap<ChartId, WorkingChart>,
    actors: BTreeMap<[u8; 16], (DeviceId, u32)>,
    /// Scopes that charts were in before this hub was restored: by the place of the entry that says so.
    again: BTreeMap<usize, (ChartId, ScopeId)>,
    /// How many operations the changes have that were looked into.
    operations: usize,
}

impl Step {
    /// Returns a chart as this step has it so far.
    fn working(
        &mut self,
        store: &HubStore,
        chart: ChartId,
    ) -> Result<&mut WorkingChart, StoreError> {
        Ok(match self.charts.entry(chart) {
            MapEntry::Occupied(known) => known.into_mut(),
            MapEntry::Vacant(free) => free.insert(WorkingChart::load(store, chart)?),
        })
    }
}

impl Hub {
    /// Looks into at most `limit` stored entries, in the order they came.
    pub fn materialise(&mut self, limit: usize) -> Result<Progress, StoreError> {
        let entries = self.store.unmaterialised(limit)?;
        self.look_into_all(entries)
    }

    /// Looks into at most `limit` entries of a device: changes that waited, then what is stored in the order it came.
    /// It does not wait for what others have sent before.
    pub(crate) fn materialise_in_turn(
        &mut self,
        device: DeviceId,
        limit: usize,
    ) -> Result<Progress, StoreError> {
        let entries = self.store.unmaterialised_in_turn(device, limit)?;
        self.look_into_all(entries)
    }

    fn look_into_all(&mut self, entries: Vec<Unmaterialised>) -> Result<Progress, StoreError> {
        self.refresh()?;
        self.settle_admissions()?;
        if entries.is_empty() {
            return Ok(Progress::default());
        }
        self.follow_past(&entries)?;
        let mut step = Step {
            outcomes: Vec::with_capacity(entries.len()),
            charts: BTreeMap::new(),
            actors: BTreeMap::new(),
            again: BTreeMap::new(),
            operations: 0,
        };
        for stored in entries {
            let leaf = stored.leaf;
            let outcome = self.look_into(&mut step, stored)?;
            // What a colleague writes comes after what names their keys, and is judged when these are listed.
            let admits = matches!(outcome, Outcome::Admission(_));
            step.outcomes.push(Materialised { leaf, outcome });
            if admits || step.operations >= MAX_STEP_OPERATIONS {
                break;
            }
        }
        let count = step.outcomes.len();
        self.finish(step, count)
    }

    /// Reads of the past what judging these entries takes.
    fn follow_past(&mut self, entries: &[Unmaterialised]) -> Result<(), StoreError> {
        self.past.follow(&self.store, &self.keys.roster.public())?;
        let roster = &self.roster;
        let is_shut_out = |it: &Unmaterialised| {
            let device = roster.device(it.position.device);
            device.is_some_and(|it| !it.is_active())
        };
        if entries.iter().any(is_shut_out) {
            self.past.follow_log(&self.store)?;
        }
        Ok(())
    }

    fn look_into(&self, step: &mut Step, stored: Unmaterialised) -> Result<Outcome, StoreError> {
        let Some(entry) = stored.entry else {
            return Ok(set_aside(None, Reason::EntryDamaged));
        };
        match entry.kind {
            EntryKind::SESSION => self.look_into_session(step, stored.position, &entry),
            EntryKind::CHANGE => {
                match self.look_into_change(step, stored.leaf, stored.position, &entry)? {
                    Ok(outcome) => Ok(outcome),
                    Err((hash, reason)) => Ok(set_aside(hash, reason)),
                }
            }
            EntryKind::ATTACHMENT => Ok(attach::look_into(&entry)),
            EntryKind::ADMISSION => Ok(self.look_into_admission(stored.position, &entry)),
            EntryKind::RETURNED => match self.look_into_returned(step, stored.leaf, &entry)? {
                Ok(outcome) => Ok(outcome),
                Err((hash, reason)) => Ok(set_aside(hash, reason)),
            },
            // Accesses, seals, and what only a later release knows: kept, carried, nothing to merge.
            _ => Ok(Outcome::Noted),
        }
    }

    fn look_into_session(
        &self,
        step: &mut Step,
        position: LogPosition,
        entry: &Entry,
    ) -> Result<Outcome, StoreError> {
        let session = Session::from_bytes(&entry.payload).ok();
        let device = self.roster.device(position.device);
        let declared = session.zip(device).and_then(|(session, device)| {
            let declared = session.declared(&device.log)?;
            (declared.is_proven || !device.proves_actors).then_some(declared)
        });
        let Some(declared) = declared else {
            return Ok(Outcome::Noted);
        };
        // Without a proof an actor belongs to whoever named it first: anybody who read a log may name its actors too.
        if !declared.is_proven && self.owner_of(step, &declared.actor)?.is_some() {
            return Ok(Outcome::Noted);
        }
        let log = (position.device, position.epoch);
        step.actors.insert(declared.actor, log);
        Ok(Outcome::Actor(declared))
    }

    fn owner_of(
        &self,
        step: &Step,
        actor: &[u8; 16],
    ) -> Result<Option<(DeviceId, u32)>, StoreError> {
        match step.actors.get(actor) {
            Some(owner) => Ok(Some(*owner)),
            None => self.store.actor(actor),
        }
    }

    fn look_into_change(
        &self,
        step: &mut Step,
        leaf: u64,
        position: LogPosition,
        entry: &Entry,
    ) -> Result<Verdict, StoreError> {
        let Some(chart) = entry.chart else {
            return Ok(Err((None, Reason::NoChart)));
        };
        let change = match replica::check(&entry.payload) {
            Ok(change) => change,
            Err(refusal) => return Ok(Err((None, Reason::Structure(refusal)))),
        };
        step.operations = step.operations.saturating_add(change.operation_count());
        let hash = *change.hash().as_bytes();
        let owner = self.owner_of(step, change.actor().as_bytes())?;
        // A device that was restored writes again, in a new log, what an actor of an older log made.
        if owner.is_none_or(|(device, _log)| device != position.device) {
            // Whoever copied it into a log of their own says nothing of the change: what builds on it waits for its writer's.
            return Ok(Err((None, Reason::ActorUndeclared)));
        }
        let place = step.outcomes.len();
        let working = step.working(&self.store, chart)?;
        working.know_written(&self.store, position.device)?;
        let author = Author {
            device: position.device,
            person: entry.person,
            at: entry.hlc,
            leaf,
        };
        let verdict = self.take_change(working, author, change, place);
        Ok(verdict.map_err(|reason| (Some(hash), reason)))
    }

    /// Takes up a change that came back. It was judged when it came first: this hub signed that it had handed it on.
    fn look_into_returned(
        &self,
        step: &mut Step,
        leaf: u64,
        entry: &Entry,
    ) -> Result<Verdict, StoreError> {
        let Some(chart) = entry.chart else {
            return Ok(Err((None, Reason::NoChart)));
        };
        let (returned, change) = match self.came_back(leaf, entry)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err((None, reason))),
        };
        let place = step.outcomes.len();
        let working = step.working(&self.store, chart)?;
        let (hash, is_held) = (returned.hash, working.holds(&change));
        let missing = working.missing(&change);
        if !is_held && !missing.is_empty() {
            return Ok(Ok(Outcome::Waiting { hash, missing }));
        }
        let outcome = if is_held {
            Outcome::Noted
        } else {
            working.begin_in(self.home_of(&returned));
            working.admit(change, place)
        };
        let is_out = !working.is_in(returned.scope);
        if is_out && !self.store.has_left(chart, &[returned.scope])? {
            step.again.insert(place, (chart, returned.scope));
        }
        Ok(Ok(outcome))
    }

    /// Decides about a change whose structure and actor were checked.
    fn take_change(
        &self,
        working: &mut WorkingChart,
        author: Author,
        change: CheckedChange,
        place: usize,
    ) -> Result<Outcome, Reason> {
        if working.holds(&change) {
            return Ok(Outcome::Noted);
        }
        let novelty = if working.is_new() {
            Novelty::NewChart
        } else {
            Novelty::KnownChart
        };
        judge(&self.roster, &self.past, author, &change, novelty)?;
        let hash = *change.hash().as_bytes();
        let missing = working.missing(&change);
        if !missing.is_empty() {
            // If one of them was set aside, the store sets this one aside with it.
            return Ok(Outcome::Waiting { hash, missing });
        }
        self.admit(working, author, change, place)
    }

    /// Puts a change among those that its chart is to take, if the writer's site holds the chart.
    fn admit(
        &self,
        working: &mut WorkingChart,
        author: Author,
        change: CheckedChange,
        place: usize,
    ) -> Result<Outcome, Reason> {
        let site = self
            .roster
            .device(author.device)
            .ok_or(Reason::DeviceRevoked)?
            .site;
        let home = self.roster.site(site).ok_or(Reason::ChartNotHeld)?.home;
        match working.enter(&self.store, &self.roster.scopes_of(site), home) {
            // A hub that was put back has forgotten who joined the chart since; the writer shows that it held it.
            Err(Reason::ChartNotHeld) if self.put_back && working.was_held_by_writer(&change) => {}
            entered => entered?,
        }
        working.fill(author.device, &change)?;
        Ok(working.admit(change, place))
    }

    /// Applies what was admitted, chart by chart, and stores the whole step.
    fn finish(&mut self, mut step: Step, entries: usize) -> Result<Progress, StoreError> {
        let mut charts = Vec::new();
        let mut grew = BTreeSet::new();
        for working in step.charts.into_values() {
            let Applied {
                failed,
                chart,
                scopes,
            } = match working.apply(self.merger.as_mut(), &self.store) {
                Ok(applied) => applied,
                Err(Halt::Store(error)) => return Err(error),
                Err(Halt::Unavailable(why)) => {
                    tracing::error!(why, "changes cannot be merged at present; trying again");
                    return Ok(Progress {
                        postponed: true,
                        ..Progress::default()
                    });
                }
            };
            for (place, outcome) in failed {
                if let Some(entry) = step.outcomes.get_mut(place) {
                    entry.outcome = outcome;
                }
            }
            if let Some(chart) = chart {
                grew.extend(scopes);
                charts.push(chart);
            }
        }
        let back = self.joined_again(&step.again, &step.outcomes);
        grew.extend(back.moves.iter().map(Move::scope));
        let (pen, world) = (&mut self.pen, self.world.as_ref());
        let mut back = Some(back);
        self.store.materialised(
            &step.outcomes,
            &charts,
            &mut |aside| {
                let mut commit = back.take().unwrap_or_default();
                note_set_aside(pen, world, aside, &mut commit.entries);
                if !commit.entries.is_empty() {
                    commit.meta.push(pen.clock());
                }
                commit
            },
            &mut || random(world),
        )?;
        Ok(Progress {
            entries,
            grew,
            postponed: false,
        })
    }
}

/// Leaves a trace in the history of what was set aside.
fn note_set_aside(
    pen: &mut Pen,
    world: &dyn World,
    aside: &[QuarantineRow],
    entries: &mut Vec<Entry>,
) {
    for QuarantineRow {
        leaf,
        position,
        reason,
        ..
    } in aside
    {
        tracing::warn!(%position, leaf, reason, "an entry was set aside");
        let subject = Subject {
            device: Some(position.device),
            number: i64::try_from(position.seq).ok(),
            person: None,
        };
        entries.push(pen.session(world, SessionEvent::Quarantined, subject));
    }
}

/// Makes the outcome of an entry that is set aside.
pub(crate) fn set_aside(hash: Option<[u8; 32]>, reason: Reason) -> Outcome {
    Outcome::Quarantined {
        hash,
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests;
