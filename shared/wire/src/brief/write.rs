//! Writing entries in brief.

use std::collections::HashMap;

use audit::{Entry, EntryKind, LogHead, LogPosition};
use record::{ChartId, Hlc};

use super::chunk::{self, Chunk};
use super::{
    AS_IT_IS, BY_NAME, BY_OTHER, BY_OWN, EarlierChange, FindChange, KIND, Last, NAMED_CHART,
    NEW_ACTOR, NEW_CHART, NO_CHART, ON_THE_LAST, Run, SAME_ACTOR, counter_of, from_brief, numbers,
};
use crate::limits::MAX_REFERENCES;

/// Writes entries in brief, if they have at most so many bytes. `before` is the head before the first.
pub(crate) fn to_brief(
    before: LogHead,
    entries: &[Vec<u8>],
    limit: usize,
    find: &mut FindChange<'_>,
) -> Option<Vec<u8>> {
    let mut writer = Writer {
        run: Run::begin(before),
        firsts: first_dependencies(entries),
        references: Vec::new(),
        facts: Vec::new(),
        texts: Vec::new(),
    };
    for entry in entries {
        writer.entry(entry, find);
    }
    let Writer {
        references,
        facts,
        texts,
        ..
    } = writer;
    let mut brief = Vec::new();
    numbers::put(&mut brief, facts.len() as u64);
    brief.extend(facts);
    brief.extend(texts);
    // It is sent only if it gives back what went in.
    let mut read = |at| references.iter().find(|it| it.position == at).cloned();
    let same =
        from_brief(before, &brief, entries.len(), limit, &mut read).is_ok_and(|it| it == entries);
    same.then_some(brief)
}

/// For each chart, what its first change in the run depends on, if that is one change.
fn first_dependencies(entries: &[Vec<u8>]) -> HashMap<ChartId, Option<[u8; 32]>> {
    let mut firsts = HashMap::new();
    for bytes in entries {
        let Ok(entry) = Entry::from_bytes(bytes) else {
            continue;
        };
        if let (EntryKind::CHANGE, Some(chart)) = (entry.kind, entry.chart) {
            firsts.entry(chart).or_insert_with(|| {
                let chunk = Chunk::split(&entry.payload)?;
                chunk.only_dependency()
            });
        }
    }
    firsts
}

struct Writer {
    run: Run,
    firsts: HashMap<ChartId, Option<[u8; 32]>>,
    references: Vec<EarlierChange>,
    facts: Vec<u8>,
    texts: Vec<u8>,
}

impl Writer {
    fn entry(&mut self, bytes: &[u8], find: &mut FindChange<'_>) {
        match Entry::from_bytes(bytes) {
            Ok(entry) if is_brief(&entry) => self.brief(&entry, find),
            Ok(_) | Err(_) => {
                self.number(AS_IT_IS);
                self.number(bytes.len() as u64);
                self.texts.extend(bytes);
            }
        }
        self.run.head = self.run.head.next(bytes);
    }

    fn brief(&mut self, entry: &Entry, find: &mut FindChange<'_>) {
        let (ms, counter) = (entry.hlc.ms(), counter_of(entry.hlc));
        let expected = self.run.expected_counter(ms);
        self.number(KIND.wrapping_add(u64::from(entry.kind.0)));
        self.difference(ms, self.run.ms);
        self.difference(u64::from(counter), u64::from(expected));
        self.difference(u64::from(entry.person.0), u64::from(self.run.person));
        self.run.note_clock(entry.hlc, entry.person);
        self.chart(entry.chart, find);
        let split = (entry.kind == EntryKind::CHANGE)
            .then(|| Chunk::split(&entry.payload))
            .flatten();
        let text = match &split {
            Some(chunk) => {
                self.change(chunk, entry.hlc);
                chunk.rest
            }
            None => entry.payload.as_slice(),
        };
        self.run.words(entry.hlc).take_out(text, &mut self.texts);
        if let Some(chunk) = split {
            let last = Last::after(&chunk, chunk::hash(&entry.payload));
            self.run.note_change(last);
        }
    }

    fn chart(&mut self, chart: Option<ChartId>, find: &mut FindChange<'_>) {
        let Some(id) = chart else {
            return self.number(NO_CHART);
        };
        if let Some(at) = self.run.charts.iter().position(|it| it.id == id) {
            self.number(NAMED_CHART.wrapping_add(at as u64));
            self.run.name_again(at);
            return;
        }
        self.number(NEW_CHART);
        let first = self.firsts.get(&id).copied().flatten();
        let is_new = self.firsts.contains_key(&id) && first.is_none();
        let may_refer = !is_new && self.references.len() < MAX_REFERENCES;
        let found = if may_refer { find(id, first) } else { None };
        let found = found.filter(|it| it.chart == id);
        let Some((found, last)) = found.and_then(|it| Last::of(&it.bytes).map(|last| (it, last)))
        else {
            self.number(BY_NAME);
            self.facts.extend(id.as_bytes());
            return self.run.name(id, None);
        };
        let LogPosition { device, epoch, seq } = found.position;
        let head = self.run.head;
        if (device, epoch) == (head.device, head.epoch) {
            self.number(BY_OWN);
            self.difference(head.seq, seq);
        } else {
            self.number(BY_OTHER);
            self.number(u64::from(device.0));
            self.number(u64::from(epoch));
            self.number(seq);
        }
        self.run.name(id, Some(last));
        self.references.push(found);
    }

    fn change(&mut self, chunk: &Chunk<'_>, hlc: Hlc) {
        let last = self.run.last().map(|it| it.hash);
        if last.is_some() && chunk.only_dependency() == last {
            self.number(ON_THE_LAST);
        } else {
            self.number(chunk.dependencies.len() as u64);
            self.facts.extend(chunk.dependencies.as_flattened());
        }
        if chunk.actor == self.run.actor {
            self.number(SAME_ACTOR);
        } else {
            self.number(NEW_ACTOR);
            self.facts.extend(chunk.actor);
        }
        let (seq, start_op) = self.run.expected_numbers(&chunk.actor);
        self.difference(chunk.seq, seq);
        self.difference(chunk.start_op, start_op);
        self.difference(chunk.time.cast_unsigned(), hlc.seconds());
    }

    fn number(&mut self, number: u64) {
        numbers::put(&mut self.facts, number);
    }

    fn difference(&mut self, number: u64, from: u64) {
        numbers::put_difference(&mut self.facts, number, from);
    }
}

/// Says whether an entry can be written in brief: a change of a chart must be one of automerge's, as we write them.
fn is_brief(entry: &Entry) -> bool {
    entry.kind != EntryKind::CHANGE
        || (entry.chart.is_some() && Chunk::split(&entry.payload).is_some())
}
