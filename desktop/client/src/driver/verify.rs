//! Deriving every cache again from the log and the changes, and comparing: documents, lists and search, the list
//! of conflicts, and where imported objects went, each for every chart of the log and for no other. Attachments' bytes
//! are hashed again.
//!
//! Drafts, cursors and what is remembered of meetings are no caches: nothing else says them.

mod attachments;
mod sources;

use std::collections::BTreeSet;

use audit::{Entry, EntryKind, LogHead};
use crypto::Digest;
use record::{Chart, ChartId, DeviceId, When};
use replica::ChartDoc;
use store::Repair;

use super::ReplicaDriver;
use super::attach::attachments_of;
use super::charts::{check_stored, raw_heads, rebuild, same_heads, update_of};
use crate::project::{Lens, NOTHING_UNSENT, chart_view, search_row};
use crate::views::{Check, CommandError};
use sources::Sources;

/// How many bytes of the log are read at once.
const READ_BYTES: usize = 1024 * 1024;

/// How many problems are listed. More would not help anybody.
const MAX_PROBLEMS: usize = 100;

/// What was found.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) entries: u64,
    pub(crate) charts: u64,
    pub(crate) changes: u64,
    /// Over every chart's view, sorted by identifier.
    pub(crate) digest: Digest,
    pub(crate) problems: Vec<Check>,
    /// How many problems there are, listed or not.
    pub(crate) count: u64,
    /// What makes the caches as they should be.
    pub(crate) repair: Repair,
}

impl ReplicaDriver {
    /// Derives every cache again and compares.
    pub(crate) fn verify(&self) -> Result<Verified, CommandError> {
        let mut verifying =
            Verifying::new(Sources::new(self.store.sources()?, self.identity.device));
        for problem in self.store.check_file()? {
            verifying.problem(None, problem);
        }
        self.verify_logs(&mut verifying)?;
        let conflicts: BTreeSet<ChartId> = self.store.conflicts()?.into_iter().collect();
        let charts: BTreeSet<ChartId> = self.store.charts_in_log()?.into_iter().collect();
        for chart in &charts {
            self.verify_chart(*chart, conflicts.contains(chart), &mut verifying)?;
        }
        for chart in self.store.charts_in_caches()? {
            if !charts.contains(&chart) {
                verifying.problem(
                    Some(chart),
                    "a document or a list has the chart, and the log does not".to_owned(),
                );
                verifying.repair.ghosts.push(chart);
            }
        }
        verifying.sources_of_others(&charts);
        self.verify_attachments(&mut verifying)?;
        Ok(verifying.finish())
    }

    /// Follows the chain of each own log from its first entry.
    fn verify_logs(&self, verifying: &mut Verifying) -> Result<(), CommandError> {
        for older in self.store.older_logs()? {
            self.verify_log(older, verifying)?;
        }
        self.verify_log(self.store.log_head()?, verifying)
    }

    /// Follows the chain of a log up to where it ends.
    fn verify_log(&self, newest: LogHead, verifying: &mut Verifying) -> Result<(), CommandError> {
        let mut head = LogHead::start(newest.device, newest.epoch);
        while head.seq < newest.seq {
            let entries = self.store.own_entries(newest.epoch, head.seq, READ_BYTES)?;
            if entries.is_empty() {
                verifying.problem(
                    None,
                    format!(
                        "the log ends at {} and should end at {}",
                        head.seq, newest.seq
                    ),
                );
                return Ok(());
            }
            for stored in entries {
                if stored.seq > newest.seq {
                    // What follows in its place is of a copy of this device.
                    break;
                }
                if stored.is_removed {
                    // What it said went with its chart. Its place and the chain are all there is to go by.
                    head = LogHead {
                        seq: head.seq.saturating_add(1),
                        chain: stored.chain,
                        ..head
                    };
                    verifying.entries += 1;
                    continue;
                }
                head = head.next(&stored.bytes);
                if head.seq != stored.seq || head.chain != stored.chain {
                    verifying.problem(
                        None,
                        format!("the log's chain is broken at entry {}", stored.seq),
                    );
                    return Ok(());
                }
                verifying.entries += 1;
                self.verify_entry(head, &stored.bytes, verifying)?;
            }
        }
        if head.chain != newest.chain {
            verifying.problem(
                None,
                format!(
                    "the log's chain does not end as it should, at entry {}",
                    head.seq
                ),
            );
        }
        Ok(())
    }

    fn verify_entry(
        &self,
        head: LogHead,
        bytes: &[u8],
        verifying: &mut Verifying,
    ) -> Result<(), CommandError> {
        let entry = match Entry::from_bytes(bytes) {
            Ok(entry) => entry,
            Err(error) => {
                verifying.problem(None, format!("entry {}: {error}", head.seq));
                return Ok(());
            }
        };
        if entry.kind != EntryKind::CHANGE {
            return Ok(());
        }
        let kept = self.store.own_change_hash(head.epoch, head.seq)?;
        let actual = replica::check(&entry.payload).map(|it| *it.hash().as_bytes());
        if actual.ok() != kept {
            verifying.problem(
                entry.chart,
                format!(
                    "entry {}: its change is not the one that was stored",
                    head.seq
                ),
            );
        }
        Ok(())
    }

    fn verify_chart(
        &self,
        chart: ChartId,
        listed_conflict: bool,
        verifying: &mut Verifying,
    ) -> Result<(), CommandError> {
        let changes = self.store.changes_of(chart)?;
        verifying.charts += 1;
        verifying.changes += changes.len() as u64;
        for change in &changes {
            if let Err(problem) = check_stored(change) {
                verifying.problem(Some(chart), problem);
                return Ok(());
            }
        }
        let doc = match rebuild(chart, &changes) {
            Ok(doc) => doc,
            Err(error) => {
                let text = error.detail.and_then(|it| it.text).unwrap_or_default();
                verifying.problem(Some(chart), text);
                return Ok(());
            }
        };
        let view = doc.view();
        verifying.digest(&doc, &view);
        let differing = self.differing_caches(&doc, &view, listed_conflict)?;
        if !differing.is_empty() {
            verifying.repair.charts.push(update_of(&doc));
        }
        for problem in differing {
            verifying.problem(Some(chart), problem.to_owned());
        }
        let wrong = verifying.sources.compare(&view);
        verifying.sources_problem(chart, wrong, "are listed and are not there");
        Ok(())
    }

    /// Names the caches of a chart that are not what its changes give.
    fn differing_caches(
        &self,
        doc: &ChartDoc,
        view: &Chart,
        listed_conflict: bool,
    ) -> Result<Vec<&'static str>, CommandError> {
        let mut differing = Vec::new();
        match self.store.snapshot(doc.id())? {
            None => differing.push("there is no snapshot"),
            Some(snapshot) => {
                if !same_heads(&doc.heads(), &snapshot.heads) {
                    differing.push("the snapshot's heads are not those of the changes");
                }
                match ChartDoc::load(doc.id(), &snapshot.bytes) {
                    Ok(loaded) if loaded.heads() == doc.heads() && loaded.view() == *view => {}
                    Ok(_) => differing.push("the snapshot shows another chart than the changes"),
                    Err(_) => differing.push("the snapshot is damaged"),
                }
            }
        }
        if !self.store.row_matches(&search_row(view))? {
            differing.push("search lists or finds the chart by something else");
        }
        if self.store.blobs_of(doc.id())? != attachments_of(view) {
            differing.push("the list of attachments is wrong about the chart");
        }
        if listed_conflict != view.has_conflict() {
            differing.push("the list of conflicts is wrong about the chart");
        }
        Ok(differing)
    }
}

struct Verifying {
    entries: u64,
    charts: u64,
    changes: u64,
    digests: Vec<[u8; 32]>,
    problems: Vec<Check>,
    count: u64,
    repair: Repair,
    sources: Sources,
    today: When,
}

impl Verifying {
    fn new(sources: Sources) -> Self {
        Self {
            entries: 0,
            charts: 0,
            changes: 0,
            digests: Vec::new(),
            problems: Vec::new(),
            count: 0,
            repair: Repair::default(),
            sources,
            today: When::from_ms(0),
        }
    }

    fn problem(&mut self, chart: Option<ChartId>, text: String) {
        self.count += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Check {
                chart: chart.map(|it| it.to_string()),
                text,
            });
        }
    }

    fn sources_problem(&mut self, chart: ChartId, count: usize, what: &str) {
        if count > 0 {
            self.problem(Some(chart), format!("{count} imported objects {what}"));
        }
    }

    fn sources_of_others(&mut self, charts: &BTreeSet<ChartId>) {
        for chart in self.sources.of_others(charts) {
            self.problem(
                Some(chart),
                "imported objects are listed in the chart, and the log does not have it".to_owned(),
            );
        }
    }

    /// Adds what a chart looks like, seen by nobody in particular on no particular day, so that two replicas
    /// that hold the same say the same.
    fn digest(&mut self, doc: &ChartDoc, view: &Chart) {
        let lens = Lens {
            roster: None,
            today: &self.today,
            device: DeviceId(u32::MAX),
            unsent: &NOTHING_UNSENT,
            visits: usize::MAX,
        };
        let seen = crate::meta::to_bytes(&chart_view(view, &lens));
        let heads = raw_heads(&doc.heads()).concat();
        let digest = crypto::hash("posta/view/v1", &[doc.id().as_bytes(), &heads, &seen]);
        self.digests.push(*digest.as_bytes());
    }

    fn finish(mut self) -> Verified {
        for (chart, count) in self.sources.finish(&mut self.repair) {
            self.sources_problem(chart, count, "are there and are not listed");
        }
        let parts: Vec<&[u8]> = self.digests.iter().map(<[u8; 32]>::as_slice).collect();
        Verified {
            entries: self.entries,
            charts: self.charts,
            changes: self.changes,
            digest: crypto::hash("posta/views/v1", &parts),
            problems: self.problems,
            count: self.count,
            repair: self.repair,
        }
    }
}

#[cfg(test)]
mod tests;
