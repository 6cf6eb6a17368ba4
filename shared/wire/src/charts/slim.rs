//! A change without what the changes before it tell: its checksum, and the hashes of those that it names.
//!
//! Hashes do not pack. A visit's change of some 600 bytes has 36 of them, and those are a seventh of what it packs
//! to. What is left out is put back exactly, or the change is sent as it is.

/// How automerge's chunks begin.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// The chunk's type of a change.
const CHANGE: u8 = 1;

/// The bytes before the chunk's type: magic and checksum.
const BEFORE_TYPE: usize = 8;

const AS_IS: u8 = 0;
const SLIM: u8 = 1;

/// In place of how far back a change is that another names: its hash follows.
const IN_FULL: u8 = 0;

/// The hashes of a chart's changes so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Hashes(Vec<[u8; 32]>);

impl Hashes {
    /// Returns how many changes back the one with this hash is: 1 for the last.
    fn back(&self, hash: &[u8; 32]) -> Option<u8> {
        let at = self.0.iter().rev().position(|it| it == hash)?;
        u8::try_from(at).ok()?.checked_add(1)
    }

    fn at(&self, back: u8) -> Option<&[u8; 32]> {
        let at = self.0.len().checked_sub(usize::from(back))?;
        self.0.get(at)
    }

    /// Adds the change that was written or read last. What is no change can be named by none.
    fn add(&mut self, change: &[u8]) {
        let hashed = change.get(BEFORE_TYPE..).unwrap_or_default();
        self.0.push(crypto::sha256(hashed));
    }
}

/// Leaves out of a change what can be told without it.
pub(super) fn slim(change: &[u8], hashes: &mut Hashes) -> Vec<u8> {
    let slim = slimmed(change, hashes).filter(|it| expanded(it, hashes).as_deref() == Some(change));
    hashes.add(change);
    match slim {
        Some(slim) => [&[SLIM], slim.as_slice()].concat(),
        None => [&[AS_IS], change].concat(),
    }
}

/// Puts back what [`slim`] left out.
pub(super) fn expand(body: &[u8], hashes: &mut Hashes) -> Option<Vec<u8>> {
    let (how, rest) = body.split_first()?;
    let change = match *how {
        AS_IS => rest.to_vec(),
        SLIM => expanded(rest, hashes)?,
        _ => return None,
    };
    hashes.add(&change);
    Some(change)
}

fn slimmed(change: &[u8], hashes: &Hashes) -> Option<Vec<u8>> {
    let (chunk_type, rest) = change.get(BEFORE_TYPE..)?.split_first()?;
    if *chunk_type != CHANGE {
        return None;
    }
    let (length, contents) = read_length(rest)?;
    if length != contents.len() {
        return None;
    }
    let (count, mut rest) = read_length(contents)?;
    let mut slim = vec![u8::try_from(count).ok()?];
    for _dependency in 0..count {
        let (hash, after) = rest.split_first_chunk::<32>()?;
        rest = after;
        match hashes.back(hash) {
            Some(back) => slim.push(back),
            None => {
                slim.push(IN_FULL);
                slim.extend_from_slice(hash);
            }
        }
    }
    slim.extend_from_slice(rest);
    Some(slim)
}

fn expanded(slim: &[u8], hashes: &Hashes) -> Option<Vec<u8>> {
    let (count, mut rest) = slim.split_first()?;
    let mut contents = Vec::new();
    write_length(usize::from(*count), &mut contents);
    for _dependency in 0..*count {
        let (back, after) = rest.split_first()?;
        rest = after;
        if *back == IN_FULL {
            let (hash, after) = rest.split_first_chunk::<32>()?;
            rest = after;
            contents.extend_from_slice(hash);
        } else {
            contents.extend_from_slice(hashes.at(*back)?);
        }
    }
    contents.extend_from_slice(rest);
    let mut hashed = vec![CHANGE];
    write_length(contents.len(), &mut hashed);
    hashed.extend_from_slice(&contents);
    let hash = crypto::sha256(&hashed);
    let checksum = hash.first_chunk::<4>()?;
    Some([MAGIC.as_slice(), checksum, &hashed].concat())
}

/// Reads an unsigned number in LEB128, as automerge writes lengths, and what follows it.
fn read_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (mut value, mut shift) = (0_usize, 0_u32);
    let mut rest = bytes;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = after;
        let part = usize::from(byte & 0x7f).checked_shl(shift)?;
        value |= part;
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
        shift = shift.checked_add(7).filter(|it| *it < 28)?;
    }
}

fn write_length(mut value: usize, to: &mut Vec<u8>) {
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap_or(0);
        value >>= 7;
        if value == 0 {
            to.push(byte);
            return;
        }
        to.push(byte | 0x80);
    }
}
