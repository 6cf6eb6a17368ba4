//! The operations of a change: its columns, read and held to what a chart's document may contain.
//!
//! Every leaf of a chart is bytes in a map. So a change may set bytes in a container, or make a new container at
//! the root; lists, texts, counters, marks and deletions never occur and are refused. It is not only that they are
//! not needed: most of the changes that made automerge 0.12 panic or save what it could not load used them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::reader::{Malformed, Reader};
use super::runs::{CountError, count, expand};
use super::{ChangeRefusal, MAX_KEY_BYTES, MAX_OPERATIONS, MAX_PREDECESSORS};
use crate::Actor;
use crate::genesis::{Field, GENESIS_ACTOR};

/// Names an operation: the how-manieth in the document's time, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpId {
    pub(crate) counter: u64,
    pub(crate) actor: Actor,
}

/// Into what an operation writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Container {
    /// The document's root.
    Root,
    /// One that the constant change made.
    Known(Field),
    /// One that this operation of another release made.
    Made(OpId),
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) container: Container,
    pub(crate) key: String,
    /// Where in the change's bytes the value stands; nowhere if the operation makes a container.
    pub(crate) value: Option<Range<usize>>,
    /// The values that it takes the place of.
    pub(crate) replaces: Vec<OpId>,
}

/// What the operations need to know of the change they stand in.
pub(super) struct Context<'a> {
    /// The writer and then the others it names, as the columns number them.
    pub(super) actors: &'a [Actor],
    pub(super) start_op: u64,
    /// Where in the change's bytes the columns begin.
    pub(super) offset: usize,
}

/// automerge's numbers of the columns of a change.
mod column {
    pub(super) const OBJECT_ACTOR: u32 = 1;
    pub(super) const OBJECT_COUNTER: u32 = 2;
    pub(super) const KEY: u32 = 21;
    pub(super) const INSERT: u32 = 52;
    pub(super) const ACTION: u32 = 66;
    pub(super) const VALUE_META: u32 = 86;
    pub(super) const VALUE: u32 = 87;
    pub(super) const PREDECESSORS: u32 = 112;
    pub(super) const PREDECESSOR_ACTOR: u32 = 113;
    pub(super) const PREDECESSOR_COUNTER: u32 = 115;
    pub(super) const ALLOWED: [u32; 10] = [
        OBJECT_ACTOR,
        OBJECT_COUNTER,
        KEY,
        INSERT,
        ACTION,
        VALUE_META,
        VALUE,
        PREDECESSORS,
        PREDECESSOR_ACTOR,
        PREDECESSOR_COUNTER,
    ];
    /// Set in the number of a column that automerge compressed.
    pub(super) const COMPRESSED: u32 = 0b1000;
}

const MAKE_MAP: u64 = 0;
const SET: u64 = 1;
const NULL: u64 = 0;
const BYTES: u64 = 7;

/// The columns of a change, each with its place among the change's bytes.
pub(super) struct Columns<'a> {
    columns: Vec<(u32, usize, &'a [u8])>,
}

impl<'a> Columns<'a> {
    /// Reads the columns' numbers and lengths, then the columns.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, ChangeRefusal> {
        let number = reader.count()?;
        if number > column::ALLOWED.len() {
            return Err(ChangeRefusal::ForbiddenColumn);
        }
        let mut layout: Vec<(u32, usize)> = Vec::with_capacity(number);
        for _column in 0..number {
            let spec = u32::try_from(reader.unsigned()?).map_err(|_big| Malformed)?;
            let length = usize::try_from(reader.unsigned()?).map_err(|_big| Malformed)?;
            if spec & column::COMPRESSED != 0 {
                return Err(ChangeRefusal::Compressed);
            }
            if !column::ALLOWED.contains(&spec) {
                return Err(ChangeRefusal::ForbiddenColumn);
            }
            let rises = layout.last().is_none_or(|(last, _length)| *last < spec);
            if !rises || length == 0 {
                return Err(ChangeRefusal::Damaged);
            }
            layout.push((spec, length));
        }
        let mut place = 0;
        let mut columns = Vec::with_capacity(number);
        for (spec, length) in layout {
            columns.push((spec, place, reader.take(length)?));
            place += length;
        }
        Ok(Self { columns })
    }

    /// Returns how many bytes the columns have together.
    pub(super) fn len(&self) -> usize {
        self.columns
            .iter()
            .map(|(_spec, _place, bytes)| bytes.len())
            .sum()
    }

    fn get(&self, wanted: u32) -> &'a [u8] {
        let found = self
            .columns
            .iter()
            .find(|(spec, _place, _bytes)| *spec == wanted);
        found.map_or(&[], |(_spec, _place, bytes)| bytes)
    }

    fn place(&self, wanted: u32) -> usize {
        let found = self
            .columns
            .iter()
            .find(|(spec, _place, _bytes)| *spec == wanted);
        found.map_or(0, |(_spec, place, _bytes)| *place)
    }

    /// Reads the operations. Their number is known and bounded before the first is made.
    pub(super) fn operations(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<Operation>, ChangeRefusal> {
        let rows =
            count(self.get(column::ACTION), MAX_OPERATIONS).map_err(|error| match error {
                CountError::Malformed => ChangeRefusal::Damaged,
                CountError::TooMany => ChangeRefusal::TooManyOperations,
            })?;
        if rows == 0 {
            return Err(ChangeRefusal::NoOperations);
        }
        self.refuse_inserts(rows)?;
        let containers = self.containers(rows, context)?;
        let keys = expand(self.get(column::KEY), rows, Reader::text)?;
        let values = self.values(rows, context)?;
        let replaced = self.replaced(rows, context)?;
        let parts = containers.into_iter().zip(keys).zip(values).zip(replaced);
        let mut operations = Vec::with_capacity(rows);
        let mut written = BTreeSet::new();
        for (((container, key), value), replaces) in parts {
            let key = key.ok_or(ChangeRefusal::Damaged)?;
            if key.is_empty() || key.len() > MAX_KEY_BYTES {
                return Err(ChangeRefusal::BadKey);
            }
            if !written.insert((container, key)) {
                return Err(ChangeRefusal::WrittenTwice);
            }
            let operation = Operation {
                container,
                key: key.to_owned(),
                value,
                replaces,
            };
            operation.refuse_what_hides()?;
            operations.push(operation);
        }
        Ok(operations)
    }

    /// Nothing is inserted: the column is one run of "no".
    fn refuse_inserts(&self, rows: usize) -> Result<(), ChangeRefusal> {
        let mut reader = Reader::new(self.get(column::INSERT));
        let no = reader.unsigned()?;
        let all_no = usize::try_from(no) == Ok(rows) && reader.is_empty();
        if all_no {
            Ok(())
        } else {
            Err(ChangeRefusal::ForbiddenOperation)
        }
    }

    fn containers(
        &self,
        rows: usize,
        context: &Context<'_>,
    ) -> Result<Vec<Container>, ChangeRefusal> {
        let actors = expand(self.get(column::OBJECT_ACTOR), rows, Reader::unsigned)?;
        let counters = expand(self.get(column::OBJECT_COUNTER), rows, Reader::unsigned)?;
        let container = |(actor, counter): (Option<u64>, Option<u64>)| match (actor, counter) {
            (None, None) => Ok(Container::Root),
            (Some(actor), Some(counter)) => {
                let id = OpId {
                    counter,
                    actor: context.actor(actor)?,
                };
                if id.actor != GENESIS_ACTOR {
                    return Ok(Container::Made(id));
                }
                Field::made_by(counter)
                    .map(Container::Known)
                    .ok_or(ChangeRefusal::Damaged)
            }
            (Some(_), None) | (None, Some(_)) => Err(ChangeRefusal::Damaged),
        };
        actors.into_iter().zip(counters).map(container).collect()
    }

    /// Returns where each value stands, or nothing where a container is made.
    fn values(
        &self,
        rows: usize,
        context: &Context<'_>,
    ) -> Result<Vec<Option<Range<usize>>>, ChangeRefusal> {
        let actions = expand(self.get(column::ACTION), rows, Reader::unsigned)?;
        let metas = expand(self.get(column::VALUE_META), rows, Reader::unsigned)?;
        let mut at = context.offset + self.place(column::VALUE);
        let end = at + self.get(column::VALUE).len();
        let mut values = Vec::with_capacity(rows);
        for (action, meta) in actions.into_iter().zip(metas) {
            let (action, meta) = (action.ok_or(Malformed)?, meta.ok_or(Malformed)?);
            let length = usize::try_from(meta >> 4).map_err(|_big| Malformed)?;
            match (action, meta & 0xf, length) {
                (MAKE_MAP, NULL, 0) => values.push(None),
                (SET, BYTES, length) if length <= end - at => {
                    values.push(Some(at..at + length));
                    at += length;
                }
                (SET, BYTES, _) => return Err(ChangeRefusal::Damaged),
                _ => return Err(ChangeRefusal::ForbiddenOperation),
            }
        }
        if at == end {
            Ok(values)
        } else {
            Err(ChangeRefusal::Damaged)
        }
    }

    /// Returns for each operation the values that it takes the place of.
    fn replaced(
        &self,
        rows: usize,
        context: &Context<'_>,
    ) -> Result<Vec<Vec<OpId>>, ChangeRefusal> {
        let numbers = expand(self.get(column::PREDECESSORS), rows, Reader::unsigned)?;
        let numbers: Vec<usize> = numbers
            .into_iter()
            .map(|it| {
                it.and_then(|it| usize::try_from(it).ok())
                    .ok_or(ChangeRefusal::Damaged)
            })
            .collect::<Result<_, _>>()?;
        let total = numbers
            .iter()
            .fold(0_usize, |sum, it| sum.saturating_add(*it));
        if total > MAX_PREDECESSORS {
            return Err(ChangeRefusal::TooManyPredecessors);
        }
        let actors = expand(self.get(column::PREDECESSOR_ACTOR), total, Reader::unsigned)?;
        let steps = expand(self.get(column::PREDECESSOR_COUNTER), total, Reader::signed)?;
        let mut counter: u64 = 0;
        let mut all = Vec::with_capacity(total);
        for (actor, step) in actors.into_iter().zip(steps) {
            let (actor, step) = (actor.ok_or(Malformed)?, step.ok_or(Malformed)?);
            counter = counter.checked_add_signed(step).ok_or(Malformed)?;
            if counter >= context.start_op {
                return Err(ChangeRefusal::Damaged);
            }
            all.push(OpId {
                counter,
                actor: context.actor(actor)?,
            });
        }
        let mut all = all.into_iter();
        Ok(numbers
            .into_iter()
            .map(|number| all.by_ref().take(number).collect())
            .collect())
    }
}

impl Context<'_> {
    fn actor(&self, number: u64) -> Result<Actor, ChangeRefusal> {
        let number = usize::try_from(number).map_err(|_big| Malformed)?;
        self.actors
            .get(number)
            .copied()
            .ok_or(ChangeRefusal::Damaged)
    }
}

impl Operation {
    /// Refuses what would hide something: another container in the place of one of ours, or another statement in
    /// the place of one that was written.
    fn refuse_what_hides(&self) -> Result<(), ChangeRefusal> {
        let makes = self.value.is_none();
        match self.container {
            Container::Root => {
                let taken = Field::ALL.iter().any(|it| it.name() == self.key);
                if !makes || taken || !self.replaces.is_empty() {
                    return Err(ChangeRefusal::RootWritten);
                }
            }
            Container::Known(Field::Statements) if !self.replaces.is_empty() => {
                return Err(ChangeRefusal::StatementOverwritten);
            }
            Container::Known(_) | Container::Made(_) if makes => {
                return Err(ChangeRefusal::ForbiddenOperation);
            }
            Container::Known(_) | Container::Made(_) => {}
        }
        Ok(())
    }
}
