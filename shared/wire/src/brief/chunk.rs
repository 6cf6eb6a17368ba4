//! A change, taken apart at its front: automerge's change chunk.
//!
//! Magic, checksum, type and length follow from the rest. What comes after the time (message, other actors, columns)
//! is left as it is.

use super::numbers::{self, Reader};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;
const ACTOR_BYTES: u64 = 16;

/// The parts of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    pub(super) dependencies: Vec<[u8; 32]>,
    pub(super) actor: [u8; 16],
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) rest: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// Takes a change apart; none if putting its parts together would not give the same bytes.
    pub(super) fn split(bytes: &'a [u8]) -> Option<Self> {
        let chunk = Self::read(bytes)?;
        (!chunk.dependencies.is_empty() && chunk.join() == bytes).then_some(chunk)
    }

    fn read(bytes: &'a [u8]) -> Option<Self> {
        // Magic, checksum and type have nine bytes; what they are is compared afterwards.
        let mut reader = Reader::new(bytes.get(9..)?);
        let _length = reader.number().ok()?;
        let number = usize::try_from(reader.number().ok()?).ok()?;
        let hashes = reader.bytes(number.checked_mul(32)?).ok()?;
        if reader.number().ok()? != ACTOR_BYTES {
            return None;
        }
        Some(Self {
            dependencies: hashes.as_chunks().0.to_vec(),
            actor: reader.array().ok()?,
            seq: reader.number().ok()?,
            start_op: reader.number().ok()?,
            time: reader.signed().ok()?,
            rest: reader.rest(),
        })
    }

    /// Puts the change together.
    pub(super) fn join(&self) -> Vec<u8> {
        let mut body = Vec::new();
        numbers::put(&mut body, self.dependencies.len() as u64);
        body.extend(self.dependencies.as_flattened());
        numbers::put(&mut body, ACTOR_BYTES);
        body.extend(self.actor);
        numbers::put(&mut body, self.seq);
        numbers::put(&mut body, self.start_op);
        numbers::put_signed(&mut body, self.time);
        body.extend(self.rest);
        let mut hashed = vec![CHANGE];
        numbers::put(&mut hashed, body.len() as u64);
        hashed.extend(body);
        let [a, b, c, d, ..] = crypto::sha256(&hashed);
        [&MAGIC, &[a, b, c, d], hashed.as_slice()].concat()
    }

    /// Returns what the change depends on, if that is one change.
    pub(super) fn only_dependency(&self) -> Option<[u8; 32]> {
        match self.dependencies.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Returns the name of a change: the hash of all that follows magic and checksum.
pub(super) fn hash(change: &[u8]) -> [u8; 32] {
    crypto::sha256(change.get(8..).unwrap_or_default())
}
