//! Merging changes from elsewhere.
//!
//! Before automerge sees a change, it must fit the document's past: its place in its actor's sequence, its first
//! operation's number, and the values that it takes the place of are all decided by what it depends on. Whether a
//! change fits does not depend on what else has arrived, so every replica decides alike. After automerge took
//! them, the document is saved, loaded and compared before it is believed.

use std::cell::Cell;

use automerge::{ActorId, Automerge, ObjId, ObjType, ReadDoc as _};

use super::graph::Graph;
use super::{ChartDoc, guarded, heads};
use crate::check::{Container, OpId, Operation};
use crate::{ChangeHash, CheckedChange};

/// Why changes were not merged. The document stands as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Hold the changes until these have come.
    #[error("{} changes must come first", .0.len())]
    MissingDependencies(Vec<ChangeHash>),
    /// Quarantine this change and what depends on it; the others may be tried again.
    #[error("change {change} was refused: {reason}")]
    Refused {
        /// The culprit.
        change: ChangeHash,
        /// Why.
        reason: ApplyRefusal,
    },
}

/// Why one change was not merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyRefusal {
    /// Another change has its actor and its place: a restored backup or a cloned device wrote it. Raise a case.
    #[error("another change of its actor has its place")]
    SequenceTaken,
    /// It skips a place in its actor's sequence, or does not know its actor's last change.
    #[error("it does not follow its actor's last change")]
    OutOfSequence,
    /// Its operations are not numbered from where its past ends.
    #[error("its operations are not numbered on from its past")]
    WrongStart,
    /// It names an actor that wrote nothing in its past.
    #[error("it names an actor that wrote nothing here")]
    UnknownActor,
    /// It writes into a container that is not in its past.
    #[error("it writes into a container that does not exist")]
    UnknownContainer,
    /// It takes the place of a value that its writer could not have seen there.
    #[error("it replaces a value that its writer had not seen")]
    UnseenValue,
    /// automerge would not take it.
    #[error("automerge refused it")]
    Rejected,
    /// automerge panicked over it.
    #[error("automerge failed over it")]
    Panicked,
    /// With it, the document could not be saved and loaded again.
    #[error("with it the document does not load again")]
    NotReloadable,
}

impl ApplyRefusal {
    /// Every one of them.
    pub const ALL: [Self; 9] = [
        Self::SequenceTaken,
        Self::OutOfSequence,
        Self::WrongStart,
        Self::UnknownActor,
        Self::UnknownContainer,
        Self::UnseenValue,
        Self::Rejected,
        Self::Panicked,
        Self::NotReloadable,
    ];
}

/// A refusal and the place, in the order of merging, of the change it is about.
type Culprit = (usize, ApplyRefusal);

impl ChartDoc {
    /// Merges changes from elsewhere, in any order; those it holds already are passed over. All or none.
    pub fn apply(&mut self, changes: &[CheckedChange]) -> Result<(), ApplyError> {
        let graph = Graph::of(&self.doc);
        let ordered = graph
            .order(changes)
            .map_err(ApplyError::MissingDependencies)?;
        let Some(last) = ordered.last() else {
            return Ok(());
        };
        let merged = merge(&self.doc, graph, &ordered).or_else(|culprit| {
            // What does not load again, or panicked at the end, is found by merging one at a time.
            if ordered.len() > 1 && culprit.0 == ordered.len() {
                merge_one_by_one(&self.doc, &ordered)
            } else {
                Err(culprit)
            }
        });
        self.doc = merged.map_err(|(at, reason)| {
            let change = ordered.get(at).unwrap_or(last).hash();
            ApplyError::Refused { change, reason }
        })?;
        Ok(())
    }
}

/// Merges into a copy and returns what was loaded of it. A culprit past the last change is not known which.
fn merge(
    doc: &Automerge,
    mut graph: Graph,
    changes: &[&CheckedChange],
) -> Result<Automerge, Culprit> {
    let reached = Cell::new(0);
    let merged = guarded(|| {
        let mut draft = doc.clone();
        for (at, change) in changes.iter().enumerate() {
            reached.set(at);
            take(&mut draft, &mut graph, change).map_err(|reason| (at, reason))?;
        }
        reached.set(changes.len());
        reload(&draft).map_err(|reason| (changes.len(), reason))
    });
    merged.unwrap_or(Err((reached.get(), ApplyRefusal::Panicked)))
}

fn merge_one_by_one(doc: &Automerge, changes: &[&CheckedChange]) -> Result<Automerge, Culprit> {
    let mut merged = doc.clone();
    for (at, change) in changes.iter().enumerate() {
        merged = merge(&merged, Graph::of(&merged), &[change])
            .map_err(|(_first, reason)| (at, reason))?;
    }
    Ok(merged)
}

/// Merges one change, whose dependencies are there.
fn take(
    draft: &mut Automerge,
    graph: &mut Graph,
    change: &CheckedChange,
) -> Result<(), ApplyRefusal> {
    admit(draft, graph, change)?;
    let parsed = automerge::Change::from_bytes(change.bytes().to_vec())
        .map_err(|_opaque| ApplyRefusal::Rejected)?;
    if parsed.hash().0 != *change.hash().as_bytes() || parsed.len() != change.operation_count() {
        return Err(ApplyRefusal::Rejected);
    }
    draft
        .apply_changes([parsed])
        .map_err(|_opaque| ApplyRefusal::Rejected)?;
    if !heads(draft).contains(&change.hash()) {
        return Err(ApplyRefusal::Rejected);
    }
    graph.take(change);
    Ok(())
}

/// Saves the document, loads it and compares.
fn reload(draft: &Automerge) -> Result<Automerge, ApplyRefusal> {
    let loaded = Automerge::load(&draft.save_nocompress());
    let loaded = loaded.map_err(|_opaque| ApplyRefusal::NotReloadable)?;
    let equal = heads(&loaded) == heads(draft) && loaded.stats().num_ops == draft.stats().num_ops;
    if equal {
        Ok(loaded)
    } else {
        Err(ApplyRefusal::NotReloadable)
    }
}

/// Checks that a change fits the past that it names.
fn admit(doc: &Automerge, graph: &Graph, change: &CheckedChange) -> Result<(), ApplyRefusal> {
    match graph.last_of(&change.actor()) {
        None if change.seq() == 1 => {}
        Some((last, _hash)) if change.seq() <= last => return Err(ApplyRefusal::SequenceTaken),
        Some((last, hash)) if change.seq() == last + 1 && graph.descends(change.deps(), &hash) => {}
        Some(_) | None => return Err(ApplyRefusal::OutOfSequence),
    }
    if graph.last_op(change.deps()).map(|it| it + 1) != Some(change.start_op()) {
        return Err(ApplyRefusal::WrongStart);
    }
    if !change.other_actors().iter().all(|it| graph.knows(it)) {
        return Err(ApplyRefusal::UnknownActor);
    }
    let deps: Vec<automerge::ChangeHash> = change
        .deps()
        .iter()
        .map(|it| automerge::ChangeHash(*it.as_bytes()))
        .collect();
    for operation in change.operations() {
        let container = container(doc, graph, change, operation)?;
        let replaces = &operation.replaces;
        if !replaces.is_empty() && !had_seen(doc, &container, operation, &deps) {
            return Err(ApplyRefusal::UnseenValue);
        }
    }
    Ok(())
}

/// Returns the container that an operation writes into, if it is in the change's past or made by the change.
fn container(
    doc: &Automerge,
    graph: &Graph,
    change: &CheckedChange,
    operation: &Operation,
) -> Result<ObjId, ApplyRefusal> {
    let id = match operation.container {
        Container::Root => return Ok(automerge::ROOT),
        Container::Known(field) => return Ok(field.object()),
        Container::Made(id) => id,
    };
    let object = object(id);
    if id.actor == change.actor() && id.counter >= change.start_op() {
        let at = usize::try_from(id.counter - change.start_op()).ok();
        let maker = at.and_then(|it| change.operations().get(it));
        let made = maker.is_some_and(|it| it.value.is_none());
        return if made {
            Ok(object)
        } else {
            Err(ApplyRefusal::UnknownContainer)
        };
    }
    let is_map = doc.object_type(&object).is_ok_and(|it| it == ObjType::Map);
    let maker = doc.hash_for_opid(&object).map(|it| ChangeHash::new(it.0));
    let in_past = maker.is_some_and(|it| graph.descends(change.deps(), &it));
    if is_map && in_past {
        Ok(object)
    } else {
        Err(ApplyRefusal::UnknownContainer)
    }
}

/// Tells whether all that an operation takes the place of stood there when the change was written.
fn had_seen(
    doc: &Automerge,
    container: &ObjId,
    operation: &Operation,
    deps: &[automerge::ChangeHash],
) -> bool {
    let stood = doc
        .get_all_at(container, operation.key.as_str(), deps)
        .unwrap_or_default();
    operation.replaces.iter().all(|it| {
        let replaced = object(*it);
        stood.iter().any(|(_value, id)| *id == replaced)
    })
}

/// Returns the name that automerge gives to what an operation wrote.
fn object(id: OpId) -> ObjId {
    ObjId::Id(id.counter, ActorId::from(&id.actor.as_bytes()[..]), 0)
}
