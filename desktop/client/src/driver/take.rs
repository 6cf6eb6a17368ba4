//! Taking a batch of a feed: check, apply, derive, and move the cursor, all in one transaction.
//!
//! The batch's digest is computed again from what is held and what came. A batch that it does not fit is refused
//! whole, for the cursor after it would claim what is not here.
//!
//! What cannot be taken stops nobody: it is kept aside with a reason, and so is what depends on it. What comes
//! before something it needs is held until that has come.

use std::collections::BTreeSet;

use audit::LogPosition;
use record::{ChartId, HybridClock, ScopeId};
use replica::{ApplyError, ChangeHash, ChartDoc, CheckedChange};
use store::{Aside, ForeignChange, Quarantined, StoredChange, Taken};
use wire::{Cursor, FeedBatch, FeedDigest, FeedItem};

use super::ReplicaDriver;
use super::arrived::Arrived;
use super::charts::{check_stored, update_of};
use crate::views::CommandError;

impl ReplicaDriver {
    /// Takes a batch and returns the cursor after it; none, and nothing is taken, if the changes in it are not
    /// those that its digest stands for.
    pub(super) fn take(&mut self, batch: &FeedBatch) -> Result<Option<Cursor>, CommandError> {
        let cursor = batch.cursor();
        let arrived = Arrived::sort(batch);
        if !self.fits(batch, &arrived)? {
            return Ok(None);
        }
        let scope = batch.scope();
        let tail = self.follow(batch, &arrived.facts)?;
        let (mut taken, clock) = self.merge_all(scope, Some(cursor), arrived)?;
        taken.tail = tail;
        self.store.take(&taken)?;
        self.clock = clock;
        Ok(Some(cursor))
    }

    /// Takes what was missing in a scope beside its feed: no cursor moves.
    pub(super) fn keep(&mut self, scope: ScopeId, items: &[FeedItem]) -> Result<(), CommandError> {
        let mut arrived = Arrived::default();
        for item in items {
            arrived.add(item);
        }
        let (taken, clock) = self.merge_all(scope, None, arrived)?;
        self.store.take(&taken)?;
        self.clock = clock;
        Ok(())
    }

    /// Merges what arrived into its charts. Nothing is stored yet.
    pub(super) fn merge_all(
        &mut self,
        scope: ScopeId,
        cursor: Option<Cursor>,
        mut arrived: Arrived,
    ) -> Result<(Taken, HybridClock), CommandError> {
        let mut taken = Taken {
            cursor: cursor.map(|it| store::Cursor {
                scope,
                feed_epoch: it.feed_epoch,
                position: it.position,
                digest: it.digest.0,
            }),
            own: std::mem::take(&mut arrived.own),
            left: std::mem::take(&mut arrived.left),
            quarantined: std::mem::take(&mut arrived.aside),
            meta: Vec::from_iter(self.come_back(scope, &arrived.hashes)?),
            ..Taken::nothing(scope)
        };
        let wall_ms = self.host.now_ms();
        let mut clock = self.clock;
        for (chart, arrived) in arrived.charts {
            for (change, _checked) in &arrived {
                clock.observe(change.hlc, wall_ms);
            }
            let is_whole = self.merge(chart, arrived, &mut taken)?;
            if !is_whole {
                // What is written next must not take the number of what was written last and is not here.
                self.retire_actor();
            }
        }
        Ok((taken, clock))
    }

    /// Tells whether an own change is here with its bytes.
    pub(super) fn holds_own(&self, own: LogPosition) -> Result<bool, CommandError> {
        Ok(self.store.own_change_hash(own.epoch, own.seq)?.is_some())
    }

    /// Tells whether a batch follows on what was taken and holds the changes that its digest stands for. Of one
    /// with something whose hash cannot be told here the hub's word is taken: what cannot be read is kept aside,
    /// and must not stop the rest. A damaged change has no hash, and of what only a later release knows this one
    /// does not know what its hash is taken over.
    fn fits(&self, batch: &FeedBatch, arrived: &Arrived) -> Result<bool, CommandError> {
        let mut digest = match batch.from() {
            0 => FeedDigest::EMPTY,
            from => {
                let cursors = self.store.cursors()?;
                let before = cursors.iter().find(|it| {
                    // A feed of another epoch may go on where this one ended: the digest tells.
                    it.scope == batch.scope() && it.position == from
                });
                match before {
                    Some(cursor) => FeedDigest(cursor.digest),
                    None => return Ok(false),
                }
            }
        };
        for own in &arrived.own {
            // The hub calls it ours. If it is not here, it would be passed over.
            match self.store.own_change_hash(own.epoch, own.seq)? {
                Some(hash) => digest = digest.with(&hash),
                None => return Ok(false),
            }
        }
        let digest = digest.and(arrived.digest);
        Ok(arrived.is_unreadable_in_part || digest == batch.digest())
    }

    /// Merges what arrived for one chart with what was held for it. Tells whether the chart has what this process wrote
    /// in it last: one that left and came back has not, if the hub set that aside.
    fn merge(
        &self,
        chart: ChartId,
        arrived: Vec<(ForeignChange, CheckedChange)>,
        taken: &mut Taken,
    ) -> Result<bool, CommandError> {
        let mut doc = self.chart(chart)?.unwrap_or_else(|| ChartDoc::new(chart));
        let before = doc.heads();
        let mut merging = Merging::default();
        for held in self.store.waiting_of(chart)? {
            match check_stored(&held) {
                Ok(checked) => merging.add(foreign(chart, held), checked, Came::Held),
                Err(reason) => taken.quarantined.push(Quarantined {
                    what: Aside::Change(foreign(chart, held)),
                    reason,
                }),
            }
        }
        for (change, checked) in arrived {
            // What was written here may come back under the name of a copy of this device. Once is enough.
            if doc.contains(&checked.hash()) {
                taken.known.push(chart);
            } else {
                merging.add(change, checked, Came::Now);
            }
        }
        merging.apply(&mut doc);
        merging.sort_into(taken);
        if doc.heads() != before {
            taken.charts.push(update_of(&doc));
        }
        let last = self.written.get(&chart);
        Ok(last.is_none_or(|it| doc.contains(it)))
    }
}

fn foreign(chart: ChartId, held: StoredChange) -> ForeignChange {
    let StoredChange {
        position,
        hlc,
        person,
        hash,
        bytes,
    } = held;
    ForeignChange {
        position,
        chart,
        hlc,
        person,
        hash,
        bytes,
    }
}

/// When a change came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// With this batch.
    Now,
    /// With an earlier one; it missed something.
    Held,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    /// Nothing yet.
    Open,
    Applied,
    Refused(String),
}

#[derive(Debug)]
struct Candidate {
    change: ForeignChange,
    checked: CheckedChange,
    came: Came,
    fate: Fate,
}

/// The changes that one chart could take now.
#[derive(Debug, Default)]
struct Merging {
    candidates: Vec<Candidate>,
}

impl Merging {
    fn add(&mut self, change: ForeignChange, checked: CheckedChange, came: Came) {
        self.candidates.push(Candidate {
            change,
            checked,
            came,
            fate: Fate::Open,
        });
    }

    /// Applies all that can be applied. Each round settles at least one change, so it ends.
    fn apply(&mut self, doc: &mut ChartDoc) {
        loop {
            let ready = self.ready(doc);
            if ready.is_empty() {
                return;
            }
            let changes: Vec<CheckedChange> = ready
                .iter()
                .filter_map(|at| self.candidates.get(*at))
                .map(|it| it.checked.clone())
                .collect();
            match doc.apply(&changes) {
                Ok(()) => {
                    for at in ready {
                        self.settle(at, Fate::Applied);
                    }
                }
                Err(ApplyError::Refused { change, reason })
                    if changes.iter().any(|it| it.hash() == change) =>
                {
                    self.refuse(change, &reason.to_string());
                }
                Err(error) => {
                    // By their own account they were ready, and none of them was named. None is believed.
                    for at in ready {
                        self.settle(at, Fate::Refused(error.to_string()));
                    }
                }
            }
        }
    }

    /// Returns the open candidates whose dependencies are in the chart or among those before them, in an order
    /// in which they can be applied.
    fn ready(&self, doc: &ChartDoc) -> Vec<usize> {
        let mut ready = Vec::new();
        let mut known: BTreeSet<ChangeHash> = BTreeSet::new();
        let mut open: Vec<(usize, &CheckedChange)> = self
            .candidates
            .iter()
            .enumerate()
            .filter(|(_at, it)| it.fate == Fate::Open)
            .map(|(at, it)| (at, &it.checked))
            .collect();
        loop {
            let before = open.len();
            // A feed is mostly in order, so one pass finds nearly all.
            open.retain(|(at, change)| {
                let is_ready = change
                    .deps()
                    .iter()
                    .all(|dep| known.contains(dep) || doc.contains(dep));
                if is_ready {
                    known.insert(change.hash());
                    ready.push(*at);
                }
                !is_ready
            });
            if open.len() == before {
                return ready;
            }
        }
    }

    fn settle(&mut self, at: usize, fate: Fate) {
        if let Some(candidate) = self.candidates.get_mut(at) {
            candidate.fate = fate;
        }
    }

    /// Refuses a change and everything here that depends on it.
    fn refuse(&mut self, culprit: ChangeHash, reason: &str) {
        let mut refused = BTreeSet::from([culprit]);
        for candidate in &mut self.candidates {
            if candidate.checked.hash() == culprit {
                candidate.fate = Fate::Refused(reason.to_owned());
            }
        }
        loop {
            let before = refused.len();
            for candidate in &mut self.candidates {
                let depends = candidate
                    .checked
                    .deps()
                    .iter()
                    .any(|dep| refused.contains(dep));
                if candidate.fate == Fate::Open && depends {
                    candidate.fate =
                        Fate::Refused(format!("it follows on {culprit}, which was refused"));
                    refused.insert(candidate.checked.hash());
                }
            }
            if refused.len() == before {
                return;
            }
        }
    }

    fn sort_into(self, taken: &mut Taken) {
        for Candidate {
            change, came, fate, ..
        } in self.candidates
        {
            match (fate, came) {
                (Fate::Applied, Came::Now) => taken.changes.push(change),
                (Fate::Applied, Came::Held) => taken.settled.push(change.position),
                (Fate::Open, Came::Now) => taken.waiting.push(change),
                (Fate::Open, Came::Held) => {}
                (Fate::Refused(reason), Came::Now | Came::Held) => {
                    let what = Aside::Change(change);
                    taken.quarantined.push(Quarantined { what, reason });
                }
            }
        }
    }
}
