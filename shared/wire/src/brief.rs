//! Entries without what the reader can tell itself.
//!
//! Times as differences, charts and what a change depends on by the place of an earlier change, names and stamps by
//! what the entry says of itself, checksums not at all; `PROTOCOL.md` has the form. It gives the entries back byte
//! for byte. What it cannot give back so, because another program wrote it in another way, it carries as it is.

mod read;
mod write;

mod chunk;
mod numbers;
mod words;

use audit::{LogHead, LogPosition};
use record::{ChartId, Hlc, PersonId};

use chunk::Chunk;
pub(crate) use read::from_brief;
use words::Words;
pub(crate) use write::to_brief;

/// A change that both ends hold: a run of entries may refer to it by its place.
#[derive(Clone, PartialEq, Eq)]
pub struct EarlierChange {
    /// Where it was first written.
    pub position: LogPosition,
    /// Of which chart.
    pub chart: ChartId,
    /// The change's own bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for EarlierChange {
    /// Leaves out the bytes, which have a patient's data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EarlierChange({}, {:?})", self.position, self.chart)
    }
}

/// What the writer asks for: a change that the reader holds as well, of this chart and, if it is named, with this
/// hash.
pub type FindChange<'a> = dyn FnMut(ChartId, Option<[u8; 32]>) -> Option<EarlierChange> + 'a;

/// What the reader asks for: the change at a place.
pub type ReadChange<'a> = dyn FnMut(LogPosition) -> Option<EarlierChange> + 'a;

/// Why bytes are not entries in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BriefError {
    /// They refer to a change that is not here.
    UnknownChange,
    /// They would make more than they may.
    TooLarge,
    /// They end early, run on or contradict themselves.
    Damaged,
}

/// How an entry is written: as it is, or with its kind, which is this much higher.
const AS_IT_IS: u64 = 0;
const KIND: u64 = 1;
/// Which chart: none, one that was not named yet in this run, or one that was, by how lately.
const NO_CHART: u64 = 0;
const NEW_CHART: u64 = 1;
const NAMED_CHART: u64 = 2;
/// How a new chart is named: by itself, by a change of this log, or by one of another.
const BY_NAME: u64 = 0;
const BY_OWN: u64 = 1;
const BY_OTHER: u64 = 2;
/// On what a change depends: on its chart's last change, or on so many that are named.
const ON_THE_LAST: u64 = 0;
/// Who wrote a change: whoever wrote the one before in this run, or an actor that is named.
const SAME_ACTOR: u64 = 0;
const NEW_ACTOR: u64 = 1;

/// Returns what entries are in brief before they are packed: a dictionary is trained on many of these.
#[must_use]
pub fn training_sample(
    before: LogHead,
    entries: &[Vec<u8>],
    find: &mut FindChange<'_>,
) -> Option<Vec<u8>> {
    to_brief(before, entries, crate::limits::MAX_UNPACKED_BYTES, find)
}

/// What the entries so far have told, to the writer and the reader alike.
struct Run {
    head: LogHead,
    ms: u64,
    counter: u16,
    person: u32,
    actor: [u8; 16],
    series: [u8; 6],
    /// The charts that were named, the latest first.
    charts: Vec<Chart>,
}

/// A chart that was named, with its last change as far as that is known.
#[derive(Clone)]
struct Chart {
    id: ChartId,
    last: Option<Last>,
}

#[derive(Clone)]
struct Last {
    hash: [u8; 32],
    start_op: u64,
    seq: u64,
    actor: [u8; 16],
}

impl Last {
    fn of(change: &[u8]) -> Option<Self> {
        let chunk = Chunk::split(change)?;
        Some(Self::after(&chunk, chunk::hash(change)))
    }

    const fn after(chunk: &Chunk<'_>, hash: [u8; 32]) -> Self {
        Self {
            hash,
            start_op: chunk.start_op,
            seq: chunk.seq,
            actor: chunk.actor,
        }
    }
}

impl Run {
    const fn begin(before: LogHead) -> Self {
        Self {
            head: before,
            ms: 0,
            counter: 0,
            person: 0,
            actor: [0; 16],
            series: [0; 6],
            charts: Vec::new(),
        }
    }

    /// The counter that the next reading has if nothing unusual happened.
    const fn expected_counter(&self, ms: u64) -> u16 {
        if ms == self.ms {
            self.counter.wrapping_add(1)
        } else {
            0
        }
    }

    /// Names the chart at a place of the list once more.
    fn name_again(&mut self, at: usize) -> Option<ChartId> {
        let chart = (at < self.charts.len()).then(|| self.charts.remove(at))?;
        let id = chart.id;
        self.charts.insert(0, chart);
        Some(id)
    }

    fn name(&mut self, id: ChartId, last: Option<Last>) {
        self.charts.insert(0, Chart { id, last });
    }

    /// The last change of the chart that was just named.
    fn last(&self) -> Option<&Last> {
        self.charts.first()?.last.as_ref()
    }

    /// What the numbers of a change are told from: its place after its actor's last, and the last first operation.
    fn expected_numbers(&self, actor: &[u8; 16]) -> (u64, u64) {
        let last = self.last();
        let seq = last.filter(|it| it.actor == *actor).map_or(0, |it| it.seq);
        (seq.wrapping_add(1), last.map_or(0, |it| it.start_op))
    }

    fn note_change(&mut self, last: Last) {
        self.actor = last.actor;
        if let Some(chart) = self.charts.first_mut() {
            chart.last = Some(last);
        }
    }

    const fn note_clock(&mut self, hlc: Hlc, person: PersonId) {
        self.ms = hlc.ms();
        self.counter = counter_of(hlc);
        self.person = person.0;
    }

    const fn words(&mut self, hlc: Hlc) -> Words<'_> {
        Words {
            hlc,
            chain: &self.head.chain,
            series: &mut self.series,
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower 16 bits")]
const fn counter_of(hlc: Hlc) -> u16 {
    hlc.as_u64() as u16
}

#[cfg(test)]
mod tests;
