//! The structural check: what a change from outside must be before automerge sees it.
//!
//! Well-formed but hostile changes panic automerge 0.12 at nine places, cost it gigabytes, or are accepted and then
//! make a document that cannot be loaded. So a change is first read here, by a parser of our own that bounds
//! everything before it makes anything. It answers from the bytes alone; what depends on the chart (are its
//! dependencies there, had its writer seen what it replaces?) is asked by `ChartDoc::apply`.
//!
//! The format is automerge's change chunk: magic, checksum, type, length; then dependencies, actor, sequence,
//! first operation, time, message, other actors, columns. Numbers are LEB128.

mod operations;
mod reader;
mod runs;

#[cfg(test)]
pub(crate) mod forge;

use std::fmt;

use sha2::{Digest as _, Sha256};

use operations::{Columns, Context};
pub(crate) use operations::{Container, OpId, Operation};
use reader::{Malformed, Reader};

use crate::genesis::GENESIS_ACTOR;
use crate::{Actor, ChangeHash, Field};

/// The most bytes of a change: a segment holds several, and one crosses a slow line in seconds.
pub(crate) const MAX_BYTES: usize = 64 * 1024;
/// The most operations of a change: an imported chart's registers and statements fit, a flood does not.
pub(crate) const MAX_OPERATIONS: usize = 5_000;
/// The most values that a change may take the place of: several for each operation in a heap of conflicts.
pub(crate) const MAX_PREDECESSORS: usize = 10_000;
/// The most changes that a change may directly depend on: so many sites wrote apart and met at once.
pub(crate) const MAX_DEPENDENCIES: usize = 64;
/// The most other actors that a change may name: those who wrote what it replaces.
pub(crate) const MAX_ACTORS: usize = 256;
/// The longest message. We write none.
pub(crate) const MAX_MESSAGE_BYTES: usize = 256;
/// The longest key of a map. Ours have 26 bytes at most.
pub(crate) const MAX_KEY_BYTES: usize = 64;
/// automerge counts operations in 32 bits.
const MAX_OP: u64 = u32::MAX as u64;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;

/// A change that passed the structural check.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedChange {
    bytes: Vec<u8>,
    hash: ChangeHash,
    actor: Actor,
    other_actors: Vec<Actor>,
    seq: u64,
    start_op: u64,
    deps: Vec<ChangeHash>,
    operations: Vec<Operation>,
}

/// One value that a change writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Write<'a> {
    /// Into which container; `None` for one that a newer release made.
    pub field: Option<Field>,
    /// Under which key: a register's name, or an item's or statement's id.
    pub key: &'a str,
    /// The bytes.
    pub value: &'a [u8],
    /// Whether it takes the place of values that the writer had seen.
    pub replaces: bool,
}

/// Why a change was refused unseen. Quarantine it and go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeRefusal {
    /// It is longer than any change we write.
    #[error("the change has {size} bytes, more than {MAX_BYTES}")]
    TooLarge {
        /// What it has.
        size: usize,
    },
    /// It is a document, a compressed change, a bundle or nothing of automerge's.
    #[error("the bytes are not an uncompressed change")]
    NotAChange,
    /// Its bytes were altered on the way.
    #[error("the change's checksum does not fit its bytes")]
    WrongChecksum,
    /// The bytes end early, run on or contradict themselves.
    #[error("the change's bytes are damaged")]
    Damaged,
    /// A column of it is compressed, and could unpack to any size.
    #[error("the change has a compressed column")]
    Compressed,
    /// It depends on nothing, or on more changes than sites could have written apart.
    #[error("the change names no dependency, or more than {MAX_DEPENDENCIES}")]
    WrongDependencies,
    /// An actor is not one that we could have written.
    #[error("the change names an actor that is not one of ours, or too many")]
    WrongActor,
    /// It claims a place in its actor's sequence or in the document that does not exist.
    #[error("the change's sequence or operation number is out of range")]
    WrongNumber,
    /// Its message is longer than any we write.
    #[error("the change's message is longer than {MAX_MESSAGE_BYTES} bytes")]
    LongMessage,
    /// Bytes follow its operations.
    #[error("the change carries extra bytes")]
    ExtraBytes,
    /// It does nothing.
    #[error("the change has no operations")]
    NoOperations,
    /// It does more than any change we write.
    #[error("the change has more than {MAX_OPERATIONS} operations")]
    TooManyOperations,
    /// It takes the place of more values than there could be.
    #[error("the change replaces more than {MAX_PREDECESSORS} values")]
    TooManyPredecessors,
    /// It has a column that a chart's changes never have.
    #[error("the change has a column that charts do not use")]
    ForbiddenColumn,
    /// It deletes, counts, edits lists or texts, or writes something other than bytes.
    #[error("the change has an operation that charts do not use")]
    ForbiddenOperation,
    /// A key is empty or longer than any we write.
    #[error("the change has an empty or overlong key")]
    BadKey,
    /// It writes one thing twice.
    #[error("the change writes one value twice")]
    WrittenTwice,
    /// It would hide a chart's containers.
    #[error("the change writes over the chart's containers")]
    RootWritten,
    /// It would write over a statement, which only another statement may replace.
    #[error("the change writes over a statement")]
    StatementOverwritten,
}

impl From<Malformed> for ChangeRefusal {
    fn from(_malformed: Malformed) -> Self {
        Self::Damaged
    }
}

/// Checks the structure of a change without giving it to automerge.
pub fn check(bytes: &[u8]) -> Result<CheckedChange, ChangeRefusal> {
    if bytes.len() > MAX_BYTES {
        return Err(ChangeRefusal::TooLarge { size: bytes.len() });
    }
    let (hash, mut body) = open_chunk(bytes)?;
    let reader = &mut body;
    let deps = dependencies(reader)?;
    let actor = actor(reader)?;
    let (seq, start_op) = (reader.unsigned()?, reader.unsigned()?);
    if seq == 0 || seq > MAX_OP || start_op == 0 || start_op > MAX_OP {
        return Err(ChangeRefusal::WrongNumber);
    }
    let _time = reader.signed()?;
    if reader.text()?.len() > MAX_MESSAGE_BYTES {
        return Err(ChangeRefusal::LongMessage);
    }
    let actors = actors(reader, actor)?;
    let columns = Columns::read(reader)?;
    if !reader.is_empty() {
        return Err(ChangeRefusal::ExtraBytes);
    }
    let offset = bytes.len() - columns.len();
    let operations = columns.operations(&Context {
        actors: &actors,
        start_op,
        offset,
    })?;
    let last_op = start_op.saturating_add(u64::try_from(operations.len()).unwrap_or(u64::MAX));
    if last_op > MAX_OP {
        return Err(ChangeRefusal::WrongNumber);
    }
    let other_actors = actors.into_iter().skip(1).collect();
    let bytes = bytes.to_vec();
    Ok(CheckedChange {
        bytes,
        hash,
        actor,
        other_actors,
        seq,
        start_op,
        deps,
        operations,
    })
}

/// Reads what surrounds a change; returns its name and what is inside.
fn open_chunk(bytes: &[u8]) -> Result<(ChangeHash, Reader<'_>), ChangeRefusal> {
    let mut reader = Reader::new(bytes);
    let magic: [u8; 4] = reader.array().map_err(|_short| ChangeRefusal::NotAChange)?;
    let checksum: [u8; 4] = reader.array()?;
    let named = reader;
    if magic != MAGIC || reader.byte()? != CHANGE {
        return Err(ChangeRefusal::NotAChange);
    }
    let length = reader.unsigned()?;
    if usize::try_from(length) != Ok(reader.len()) {
        return Err(ChangeRefusal::Damaged);
    }
    // automerge hashes the type and the length in their bytes, and then the content: all that follows the checksum.
    let hash: [u8; 32] = Sha256::digest(named.rest()).into();
    if !hash.starts_with(&checksum) {
        return Err(ChangeRefusal::WrongChecksum);
    }
    Ok((ChangeHash::new(hash), reader))
}

fn dependencies(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, ChangeRefusal> {
    let number = reader.count()?;
    if number == 0 || number > MAX_DEPENDENCIES {
        return Err(ChangeRefusal::WrongDependencies);
    }
    let mut deps = Vec::with_capacity(number);
    for _dependency in 0..number {
        deps.push(ChangeHash::new(reader.array()?));
    }
    if deps.is_sorted_by(|one, next| one < next) {
        Ok(deps)
    } else {
        Err(ChangeRefusal::Damaged)
    }
}

fn actor(reader: &mut Reader<'_>) -> Result<Actor, ChangeRefusal> {
    let bytes = reader.prefixed()?;
    bytes
        .try_into()
        .map(Actor::new)
        .map_err(|_length| ChangeRefusal::WrongActor)
}

/// Reads the other actors that the change names; returns them after the writer, as the columns number them.
fn actors(reader: &mut Reader<'_>, writer: Actor) -> Result<Vec<Actor>, ChangeRefusal> {
    let number = reader.count()?;
    if number > MAX_ACTORS || writer == GENESIS_ACTOR {
        return Err(ChangeRefusal::WrongActor);
    }
    let mut actors = vec![writer];
    for _actor in 0..number {
        actors.push(actor(reader)?);
    }
    let others = actors.get(1..).unwrap_or_default();
    let in_order = others.is_sorted_by(|one, next| one < next) && !others.contains(&writer);
    if in_order {
        Ok(actors)
    } else {
        Err(ChangeRefusal::WrongActor)
    }
}

impl CheckedChange {
    /// Returns the raw bytes, as they are kept and sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the change's name.
    #[must_use]
    pub const fn hash(&self) -> ChangeHash {
        self.hash
    }

    /// Returns who wrote it.
    #[must_use]
    pub const fn actor(&self) -> Actor {
        self.actor
    }

    /// Returns its place among the actor's changes to this chart, from 1.
    #[must_use]
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the number of its first operation.
    #[must_use]
    pub const fn start_op(&self) -> u64 {
        self.start_op
    }

    /// Returns the changes that its writer had last seen.
    #[must_use]
    pub fn deps(&self) -> &[ChangeHash] {
        &self.deps
    }

    /// Returns how many operations it has.
    #[must_use]
    pub const fn operation_count(&self) -> usize {
        self.operations.len()
    }

    /// Returns what it writes.
    pub fn writes(&self) -> impl Iterator<Item = Write<'_>> {
        self.operations.iter().filter_map(|it| {
            let value = self.bytes.get(it.value.clone()?)?;
            let field = match it.container {
                Container::Known(field) => Some(field),
                Container::Root | Container::Made(_) => None,
            };
            Some(Write {
                field,
                key: &it.key,
                value,
                replaces: !it.replaces.is_empty(),
            })
        })
    }

    pub(crate) fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub(crate) fn other_actors(&self) -> &[Actor] {
        &self.other_actors
    }
}

impl fmt::Debug for CheckedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes are a patient's.
        f.debug_struct("CheckedChange")
            .field("hash", &self.hash)
            .field("actor", &self.actor)
            .field("seq", &self.seq)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Write<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Write")
            .field("field", &self.field)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
