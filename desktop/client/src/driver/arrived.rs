//! What a batch or a pack brings, sorted by chart, before anything is merged.

use std::collections::BTreeMap;

use audit::{EntryKind, LogPosition};
use record::ChartId;
use replica::CheckedChange;
use store::{Aside, ForeignChange, Quarantined};
use wire::{FeedBatch, FeedDigest, FeedItem, ItemMark};

/// Why something that only a later release knows is kept aside.
const NEEDS_NEWER_RELEASE: &str = "it needs a newer release";

/// What stands for an item in its feed's chain.
#[derive(Clone, Copy)]
pub(super) enum Fact {
    /// What was written here: the store tells.
    Own(LogPosition),
    /// This.
    Mark(ItemMark),
    /// Not enough came to tell.
    Unknown,
}

/// What a batch or a pack brings.
#[derive(Default)]
pub(super) struct Arrived {
    /// Changes by chart, each chart's in order.
    pub(super) charts: BTreeMap<ChartId, Vec<(ForeignChange, CheckedChange)>>,
    /// What has no place in a chart.
    pub(super) aside: Vec<Quarantined>,
    /// What was written here.
    pub(super) own: Vec<LogPosition>,
    /// Charts that are in the scope no longer.
    pub(super) left: Vec<ChartId>,
    /// The hashes of the changes of others.
    pub(super) hashes: Vec<[u8; 32]>,
    /// What the items add to their feed's digest, but for what was written here.
    pub(super) digest: FeedDigest,
    /// What stands for each item, in order.
    pub(super) facts: Vec<Fact>,
    /// Whether there is something whose hash cannot be told.
    pub(super) is_unreadable_in_part: bool,
}

impl Arrived {
    pub(super) fn sort(batch: &FeedBatch) -> Self {
        let mut arrived = Self::default();
        for item in batch.items() {
            arrived.add(item);
        }
        arrived
    }

    /// Returns what stands for each change of others, by where it was written.
    pub(super) fn marks(&self) -> BTreeMap<LogPosition, ItemMark> {
        let changes = self.charts.values().flatten();
        let marks = changes.map(|(it, _checked)| {
            let mark = ItemMark::of_change(it.position, it.chart, it.hlc, it.person, &it.hash);
            (it.position, mark)
        });
        marks.collect()
    }

    /// A chart is in the scope no longer.
    pub(super) fn left(&mut self, chart: ChartId) {
        self.left.push(chart);
    }

    pub(super) fn add(&mut self, item: &FeedItem) {
        match item {
            // It is here already: it was written here.
            FeedItem::Own { position } => {
                self.own.push(*position);
                self.facts.push(Fact::Own(*position));
            }
            FeedItem::Change {
                position,
                chart,
                hlc,
                person,
                payload,
            } => {
                let checked = replica::check(payload);
                let hash = checked.as_ref().map_or_else(
                    |_refused| crypto::sha256(payload),
                    |it| *it.hash().as_bytes(),
                );
                let change = ForeignChange {
                    position: *position,
                    chart: *chart,
                    hlc: *hlc,
                    person: *person,
                    hash,
                    bytes: payload.clone(),
                };
                // It left and is back.
                self.left.retain(|it| it != chart);
                match checked {
                    Ok(checked) => {
                        self.hash(hash);
                        let mark = ItemMark::of_change(*position, *chart, *hlc, *person, &hash);
                        self.facts.push(Fact::Mark(mark));
                        let charts = self.charts.entry(*chart).or_default();
                        charts.push((change, checked));
                    }
                    Err(refusal) => self.set_aside(Aside::Change(change), refusal.to_string()),
                }
            }
            FeedItem::Gone { hash, mark, .. } => {
                self.hash(*hash);
                self.facts.push(mark.map_or(Fact::Unknown, Fact::Mark));
            }
            FeedItem::Leave { chart, .. } => {
                self.left(*chart);
                self.digest = self.digest.left_by(*chart);
                self.facts.push(Fact::Mark(ItemMark::of_leave(*chart)));
            }
            FeedItem::Other {
                kind,
                position,
                payload,
            } => self.set_aside(
                Aside::Unknown {
                    kind: EntryKind(*kind),
                    position: *position,
                    bytes: payload.clone(),
                },
                NEEDS_NEWER_RELEASE.to_owned(),
            ),
        }
    }

    fn hash(&mut self, hash: [u8; 32]) {
        self.hashes.push(hash);
        self.digest = self.digest.with(&hash);
    }

    fn set_aside(&mut self, what: Aside, reason: String) {
        self.is_unreadable_in_part = true;
        self.facts.push(Fact::Unknown);
        self.aside.push(Quarantined { what, reason });
    }
}
