//! A chart's document: made, edited, loaded and saved.
//!
//! Whatever is done, is done to a copy that takes the document's place only when all went well. So a refused
//! edit or merge, and even a panic inside automerge, leave the document as it was.

mod graph;
mod merge;
mod view;

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, AutomergeError, PatchLog, ReadDoc as _};
use record::{Chart, ChartId, Hlc, Statement, StatementError, StatementId};

pub use merge::{ApplyError, ApplyRefusal};

use crate::check::{MAX_BYTES, MAX_DEPENDENCIES, MAX_OPERATIONS};
use crate::genesis;
use crate::intent::Placed;
use crate::{Actor, ChangeHash, ChangeRefusal, CheckedChange, Field, Intent, check};
use graph::Graph;

/// One chart's document.
#[derive(Clone)]
pub struct ChartDoc {
    id: ChartId,
    doc: Automerge,
}

/// A change: what the log keeps and the network carries.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub hash: ChangeHash,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a snapshot was not loaded. Rebuild the chart from its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not a snapshot.
    #[error("the snapshot is damaged")]
    Damaged,
    /// The bytes are a snapshot, but not of a chart.
    #[error("the snapshot is not one of a chart")]
    NotAChart,
}

/// Why an edit was not made. The document stands as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// Split the intents over several edits: see [`Intent::parts`].
    #[error("the edit does not fit one change")]
    TooLarge,
    /// Nothing would change: leave it.
    #[error("the edit changes nothing")]
    NothingToWrite,
    /// Two intents write the same register, item or statement: send one.
    #[error("the edit writes one value twice")]
    WrittenTwice,
    /// The chart holds a statement of this id: make another id.
    #[error("the chart holds a statement of that id")]
    StatementExists,
    /// A statement could not be sealed: tell the person.
    #[error("a statement cannot be written")]
    Statement(#[from] StatementError),
    /// The document did not take the edit: rebuild the chart from its changes and try again.
    #[error("the document did not take the edit")]
    Rejected,
}

impl ChartDoc {
    /// Makes an empty chart.
    #[must_use]
    pub fn new(id: ChartId) -> Self {
        Self {
            id,
            doc: genesis::document(),
        }
    }

    /// Loads what `save` gave.
    pub fn load(id: ChartId, snapshot: &[u8]) -> Result<Self, LoadError> {
        // Four bytes of magic and four of checksum precede the chunk's type; 0 is a document.
        if snapshot.get(8) != Some(&0) {
            return Err(LoadError::Damaged);
        }
        let loaded = guarded(|| Automerge::load(snapshot)).ok_or(LoadError::Damaged)?;
        let doc = loaded.map_err(|_damaged| LoadError::Damaged)?;
        let loaded = Self { id, doc };
        if loaded.contains(&genesis::HASH) {
            Ok(loaded)
        } else {
            Err(LoadError::NotAChart)
        }
    }

    /// Returns the chart's name.
    #[must_use]
    pub const fn id(&self) -> ChartId {
        self.id
    }

    /// Returns a snapshot: a cache that differs between equal replicas. Never hash, sign or compare it.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.doc.save_nocompress()
    }

    /// Returns the newest changes, sorted. Two replicas with the same heads hold the same chart.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        heads(&self.doc)
    }

    /// Tells whether the document holds a change.
    #[must_use]
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.doc
            .get_change_meta_by_hash(&automerge::ChangeHash(*hash.as_bytes()))
            .is_some()
    }

    /// Returns the changes that must come before this one.
    #[must_use]
    pub fn missing(&self, change: &CheckedChange) -> Vec<ChangeHash> {
        change
            .deps()
            .iter()
            .filter(|it| !self.contains(it))
            .copied()
            .collect()
    }

    /// Returns every change but the constant one, each after those it depends on.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let changes = self.doc.get_changes(&[]);
        let changes = changes.iter().map(|it| Change {
            hash: ChangeHash::new(it.hash().0),
            bytes: it.raw_bytes().to_vec(),
        });
        changes.filter(|it| it.hash != genesis::HASH).collect()
    }

    /// Returns the chart as it stands.
    #[must_use]
    pub fn view(&self) -> Chart {
        view::view(self.id, &self.doc)
    }

    /// Returns one statement as `view` shows it, without reading the others.
    #[must_use]
    pub fn statement(&self, id: StatementId) -> Option<Statement> {
        view::statement(&self.doc, id)
    }

    /// Writes the intents as one change. A value that stands there already, stamp and all, is passed over.
    ///
    /// The actor must be this process's own, stored before its first use: two changes of one actor and sequence
    /// number would part the replicas for ever.
    pub fn edit(
        &mut self,
        actor: &Actor,
        at: Hlc,
        intents: &[Intent],
    ) -> Result<Change, EditError> {
        if intents.len() > MAX_OPERATIONS {
            return Err(EditError::TooLarge);
        }
        let placed: Vec<Placed> = intents
            .iter()
            .map(Intent::place)
            .collect::<Result<_, _>>()?;
        if placed.iter().map(Placed::size).sum::<usize>() > MAX_BYTES {
            return Err(EditError::TooLarge);
        }
        let mut named = BTreeSet::new();
        if !placed
            .iter()
            .all(|it| named.insert((it.field, it.key.as_str())))
        {
            return Err(EditError::WrittenTwice);
        }
        let statement_exists = |it: &Placed| {
            it.field == Field::Statements && !view::values(&self.doc, it.field, &it.key).is_empty()
        };
        if placed.iter().any(statement_exists) {
            return Err(EditError::StatementExists);
        }
        let mut draft = self.doc.clone();
        let written =
            guarded(|| write(&mut draft, actor, at, placed)).ok_or(EditError::Rejected)?;
        let bytes = written
            .map_err(|_opaque| EditError::Rejected)?
            .ok_or(EditError::NothingToWrite)?;
        // What would be refused elsewhere must not be made here.
        let checked = check(&bytes).map_err(|refusal| refused(&refusal))?;
        self.doc = draft;
        Ok(Change {
            hash: checked.hash(),
            bytes,
        })
    }
}

/// Writes into the draft; returns the change, if anything changed.
fn write(
    draft: &mut Automerge,
    actor: &Actor,
    at: Hlc,
    placed: Vec<Placed>,
) -> Result<Option<Vec<u8>>, AutomergeError> {
    let seen = heads_to_depend_on(draft, actor);
    draft.set_actor(ActorId::from(&actor.as_bytes()[..]));
    let mut transaction = match seen {
        None => draft.transaction(),
        Some(seen) => draft.transaction_at(PatchLog::inactive(), &seen)?,
    };
    for Placed { field, key, value } in placed {
        // The same bytes have the same stamp: this was written before. automerge would delete what stands beside.
        if !view::values(&transaction, field, &key).contains(&value) {
            transaction.put(field.object(), key, value)?;
        }
    }
    let time = i64::try_from(at.seconds()).unwrap_or(i64::MAX);
    let (hash, _patches) = transaction.commit_with(CommitOptions::default().with_time(time));
    let change = hash.and_then(|it| draft.get_change_by_hash(&it));
    Ok(change.map(|it| it.raw_bytes().to_vec()))
}

/// Returns the heads that an edit depends on, if not on all: a change may name so many only.
///
/// So many sites writing apart is rare, but nobody may make a chart unwritable by making heads. The edit then
/// joins as many as it may, its own actor's last change among them.
fn heads_to_depend_on(doc: &Automerge, actor: &Actor) -> Option<Vec<automerge::ChangeHash>> {
    let mut heads = doc.get_heads();
    if heads.len() <= MAX_DEPENDENCIES {
        return None;
    }
    let graph = Graph::of(doc);
    if let Some((_seq, last)) = graph.last_of(actor) {
        heads.sort_by_key(|it| !graph.descends(&[ChangeHash::new(it.0)], &last));
    }
    heads.truncate(MAX_DEPENDENCIES);
    Some(heads)
}

fn heads(doc: &Automerge) -> Vec<ChangeHash> {
    doc.get_heads()
        .into_iter()
        .map(|it| ChangeHash::new(it.0))
        .collect()
}

/// Says what a refusal of our own change means to who asked for the edit.
fn refused(refusal: &ChangeRefusal) -> EditError {
    match refusal {
        ChangeRefusal::TooLarge { .. }
        | ChangeRefusal::TooManyOperations
        | ChangeRefusal::TooManyPredecessors => EditError::TooLarge,
        ChangeRefusal::NotAChange
        | ChangeRefusal::WrongChecksum
        | ChangeRefusal::Damaged
        | ChangeRefusal::Compressed
        | ChangeRefusal::WrongDependencies
        | ChangeRefusal::WrongActor
        | ChangeRefusal::WrongNumber
        | ChangeRefusal::LongMessage
        | ChangeRefusal::ExtraBytes
        | ChangeRefusal::NoOperations
        | ChangeRefusal::ForbiddenColumn
        | ChangeRefusal::ForbiddenOperation
        | ChangeRefusal::BadKey
        | ChangeRefusal::WrittenTwice
        | ChangeRefusal::StatementOverwritten
        | ChangeRefusal::RootWritten => EditError::Rejected,
    }
}

/// Runs what may panic inside automerge. The caller drops what it worked on, so nothing half-done is seen.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

impl fmt::Debug for ChartDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The content is a patient's.
        f.debug_struct("ChartDoc")
            .field("id", &self.id)
            .field("heads", &self.heads())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change")
            .field("hash", &self.hash)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
