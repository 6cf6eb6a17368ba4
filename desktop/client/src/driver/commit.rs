//! The one way in which something is written here.

use audit::{Entry, EntryKind};
use record::{ChartId, Hlc, PersonId};
use replica::{Actor, ChartDoc, EditError, Intent};
use store::{Commit, NewChange, NewEntry};

use super::ReplicaDriver;
use crate::views::{CommandError, ErrorCode};

/// How many bytes of a change's 64 kB limit the values may fill. The rest is automerge's own: keys, columns.
const FILL_BYTES: usize = 56_000;

/// How many values one change may hold: some operations each, of the 5,000 that a change may have.
const FILL_VALUES: usize = 1_000;

impl ReplicaDriver {
    /// Writes intents into a chart as one change and returns its entry. Nothing is stored yet.
    pub(crate) fn change(
        &mut self,
        doc: &mut ChartDoc,
        person: PersonId,
        at: Hlc,
        intents: &[Intent],
    ) -> Result<NewEntry, CommandError> {
        let actor = self.actor_in_use()?;
        if self
            .written
            .get(&doc.id())
            .is_some_and(|last| !doc.contains(last))
        {
            // Going on would give one number of this actor to two changes, and every replica would have to
            // refuse one of them.
            return Err(CommandError::text(
                ErrorCode::Fault,
                "a chart was loaded without its last change",
            ));
        }
        let change = doc.edit(&actor, at, intents).map_err(edit_fault)?;
        self.written.insert(doc.id(), change.hash);
        self.uncommitted = true;
        Ok(NewEntry {
            entry: Entry {
                kind: EntryKind::CHANGE,
                chart: Some(doc.id()),
                hlc: at,
                person,
                payload: change.bytes,
            },
            change: Some(NewChange {
                hash: *change.hash.as_bytes(),
            }),
        })
    }

    /// Stores it all, or nothing. The clock must have given every reading in it.
    #[expect(clippy::needless_pass_by_value, reason = "what is stored is used up")]
    pub(crate) fn commit(&mut self, commit: Commit) -> Result<(), CommandError> {
        let stored = self.store.commit(&commit);
        if stored.is_err() {
            // Whether a transaction that failed at its very end was kept is not known for sure. Another actor
            // for whatever follows keeps each number of this one from being used twice.
            self.retire_actor();
        }
        // Changes that were given up stay so, whatever else is stored after them.
        if commit.entries.iter().any(|it| it.change.is_some()) {
            self.uncommitted = false;
        }
        stored?;
        Ok(())
    }

    /// Returns the actor that `actor` has put into the log.
    fn actor_in_use(&self) -> Result<Actor, CommandError> {
        self.actor
            .ok_or_else(|| CommandError::text(ErrorCode::Fault, "no actor was begun"))
    }
}

/// Makes an entry about a chart.
pub(crate) fn chart_entry(mut entry: NewEntry, chart: ChartId) -> NewEntry {
    entry.entry.chart = Some(chart);
    entry
}

/// What still fits one change, by the bytes of what is in it.
#[derive(Debug, Default)]
pub(crate) struct Room {
    bytes: usize,
    values: usize,
}

impl Room {
    /// Tells whether a value of this size still fits.
    pub(crate) const fn has(&self, size: usize) -> bool {
        self.values < FILL_VALUES && self.bytes.saturating_add(size) <= FILL_BYTES
    }

    /// Puts a value of this size in.
    pub(crate) const fn fill(&mut self, size: usize) {
        self.bytes = self.bytes.saturating_add(size);
        self.values = self.values.saturating_add(1);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
pub(crate) fn edit_fault(error: EditError) -> CommandError {
    let code = match &error {
        EditError::TooLarge | EditError::Statement(_) => ErrorCode::TooLarge,
        EditError::NothingToWrite => ErrorCode::NothingToChange,
        EditError::WrittenTwice | EditError::StatementExists | EditError::Rejected | _ => {
            ErrorCode::Fault
        }
    };
    CommandError::text(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_room_up_to_its_limits() {
        let mut room = Room::default();
        assert!(room.has(FILL_BYTES) && !room.has(FILL_BYTES + 1));

        room.fill(FILL_BYTES);
        assert!(!room.has(1));

        let mut room = Room::default();
        (0..FILL_VALUES).for_each(|_value| room.fill(1));
        assert!(!room.has(1));
    }
}
