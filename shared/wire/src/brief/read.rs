//! Reading entries in brief.

use audit::{Entry, EntryKind, LogHead, LogPosition};
use record::{ChartId, DeviceId, Hlc, PersonId};

use super::chunk::{self, Chunk};
use super::numbers::Reader;
use super::{
    AS_IT_IS, BY_NAME, BY_OTHER, BY_OWN, BriefError, KIND, Last, NAMED_CHART, NEW_ACTOR, NEW_CHART,
    NO_CHART, ON_THE_LAST, ReadChange, Run, SAME_ACTOR,
};
use crate::limits::MAX_REFERENCES;
use crate::message::is_place;

/// Reads so many entries back, of at most so many bytes.
pub(crate) fn from_brief(
    before: LogHead,
    brief: &[u8],
    count: usize,
    limit: usize,
    read: &mut ReadChange<'_>,
) -> Result<Vec<Vec<u8>>, BriefError> {
    let mut all = Reader::new(brief);
    let facts = usize::try_from(all.number()?).map_err(|_huge| BriefError::Damaged)?;
    let facts = all.bytes(facts)?;
    let mut reading = Reading {
        run: Run::begin(before),
        facts: Reader::new(facts),
        texts: all,
        references: 0,
    };
    let (mut entries, mut size) = (Vec::new(), 0_usize);
    for _entry in 0..count {
        let bytes = reading.entry(read)?;
        size = size.saturating_add(bytes.len());
        if size > limit {
            return Err(BriefError::TooLarge);
        }
        entries.push(bytes);
    }
    if reading.facts.is_empty() && reading.texts.is_empty() {
        Ok(entries)
    } else {
        Err(BriefError::Damaged)
    }
}

struct Reading<'a> {
    run: Run,
    facts: Reader<'a>,
    texts: Reader<'a>,
    references: usize,
}

impl Reading<'_> {
    fn entry(&mut self, read: &mut ReadChange<'_>) -> Result<Vec<u8>, BriefError> {
        let bytes = match self.facts.number()? {
            AS_IT_IS => {
                let length = self.facts.number()?;
                let length = usize::try_from(length).map_err(|_huge| BriefError::Damaged)?;
                self.texts.bytes(length)?.to_vec()
            }
            kind => {
                let kind = u16::try_from(kind.wrapping_sub(KIND));
                let kind = EntryKind(kind.map_err(|_huge| BriefError::Damaged)?);
                let entry = self.brief(kind, read)?;
                entry.to_bytes().map_err(|_above| BriefError::TooLarge)?
            }
        };
        if bytes.len() > Entry::MAX_BYTES {
            return Err(BriefError::TooLarge);
        }
        self.run.head = self.run.head.next(&bytes);
        Ok(bytes)
    }

    fn brief(&mut self, kind: EntryKind, read: &mut ReadChange<'_>) -> Result<Entry, BriefError> {
        let ms = self.facts.difference(self.run.ms)?;
        let expected = self.run.expected_counter(ms);
        let counter = self.facts.difference(u64::from(expected))?;
        let person = self.facts.difference(u64::from(self.run.person))?;
        let counter = u16::try_from(counter).map_err(|_huge| BriefError::Damaged)?;
        let person = PersonId(u32::try_from(person).map_err(|_huge| BriefError::Damaged)?);
        let hlc = Hlc::new(ms, counter);
        self.run.note_clock(hlc, person);
        let chart = self.chart(read)?;
        let payload = if kind == EntryKind::CHANGE {
            self.change(hlc)?
        } else {
            self.run.words(hlc).put_back(&mut self.texts)?
        };
        Ok(Entry {
            kind,
            chart,
            hlc,
            person,
            payload,
        })
    }

    fn chart(&mut self, read: &mut ReadChange<'_>) -> Result<Option<ChartId>, BriefError> {
        let id = match self.facts.number()? {
            NO_CHART => return Ok(None),
            NEW_CHART => self.new_chart(read)?,
            named => {
                let at = usize::try_from(named.wrapping_sub(NAMED_CHART));
                let at = at.map_err(|_huge| BriefError::Damaged)?;
                self.run.name_again(at).ok_or(BriefError::Damaged)?
            }
        };
        Ok(Some(id))
    }

    fn new_chart(&mut self, read: &mut ReadChange<'_>) -> Result<ChartId, BriefError> {
        let small = |number: u64| u32::try_from(number).map_err(|_huge| BriefError::Damaged);
        let head = self.run.head;
        let position = match self.facts.number()? {
            BY_NAME => {
                let id = ChartId::new(self.facts.array()?);
                self.run.name(id, None);
                return Ok(id);
            }
            BY_OWN => {
                // How far back: written as the difference from the change to here.
                let back = self.facts.difference(0)?;
                let seq = head.seq.wrapping_sub(back);
                LogPosition {
                    seq,
                    ..head.position()
                }
            }
            BY_OTHER => LogPosition {
                device: DeviceId(small(self.facts.number()?)?),
                epoch: small(self.facts.number()?)?,
                seq: self.facts.number()?,
            },
            _ => return Err(BriefError::Damaged),
        };
        if !is_place(position.seq) {
            return Err(BriefError::Damaged);
        }
        self.references = self.references.saturating_add(1);
        if self.references > MAX_REFERENCES {
            return Err(BriefError::TooLarge);
        }
        let found = read(position).ok_or(BriefError::UnknownChange)?;
        let last = Last::of(&found.bytes).ok_or(BriefError::UnknownChange)?;
        self.run.name(found.chart, Some(last));
        Ok(found.chart)
    }

    fn change(&mut self, hlc: Hlc) -> Result<Vec<u8>, BriefError> {
        let dependencies = match self.facts.number()? {
            ON_THE_LAST => vec![self.run.last().ok_or(BriefError::Damaged)?.hash],
            number => {
                let number = usize::try_from(number).map_err(|_huge| BriefError::Damaged)?;
                let length = number.checked_mul(32).ok_or(BriefError::Damaged)?;
                self.facts.bytes(length)?.as_chunks().0.to_vec()
            }
        };
        let actor = match self.facts.number()? {
            SAME_ACTOR => self.run.actor,
            NEW_ACTOR => self.facts.array()?,
            _ => return Err(BriefError::Damaged),
        };
        let (seq, start_op) = self.run.expected_numbers(&actor);
        let seq = self.facts.difference(seq)?;
        let start_op = self.facts.difference(start_op)?;
        let time = self.facts.difference(hlc.seconds())?.cast_signed();
        let rest = self.run.words(hlc).put_back(&mut self.texts)?;
        let chunk = Chunk {
            dependencies,
            actor,
            seq,
            start_op,
            time,
            rest: &rest,
        };
        let bytes = chunk.join();
        let last = Last::after(&chunk, chunk::hash(&bytes));
        self.run.note_change(last);
        Ok(bytes)
    }
}
