//! Attachments' bytes in memory, as both ends keep them: groups by number, whole or not.

use std::collections::BTreeMap;

use crypto::{Blob, BlobTree, GROUP_BYTES};
use wire::{BlobGroup, GroupRange};

/// The blobs that an end holds, whole or in part.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shelf {
    groups: BTreeMap<(Blob, u32), Vec<u8>>,
    /// How many groups were kept, again or for the first time.
    pub(crate) kept: usize,
}

impl Shelf {
    /// Puts a whole blob of so many bytes there, and names it. Any two seeds give different ones.
    pub(crate) fn put(&mut self, seed: u8, size: usize) -> Blob {
        let mut bytes = vec![seed; size];
        bytes[0] = 1;
        let (blob, _tree) = BlobTree::of(&bytes).unwrap();
        for (number, group) in (0..).zip(bytes.chunks(GROUP_BYTES)) {
            self.groups.insert((blob, number), group.to_vec());
        }
        blob
    }

    pub(crate) fn keep(&mut self, blob: Blob, number: u32, bytes: Vec<u8>) {
        self.kept += 1;
        self.groups.insert((blob, number), bytes);
    }

    /// Returns what is lacking of a blob.
    pub(crate) fn lacking(&self, blob: Blob) -> Vec<GroupRange> {
        let mut lacking: Vec<GroupRange> = Vec::new();
        for number in (0..blob.groups()).filter(|it| !self.groups.contains_key(&(blob, *it))) {
            match lacking.last_mut() {
                Some(range) if range.1 == number => range.1 += 1,
                _ => lacking.push(GroupRange(number, number + 1)),
            }
        }
        lacking
    }

    /// Returns the bytes of a blob that is whole here.
    pub(crate) fn bytes(&self, blob: Blob) -> Option<Vec<u8>> {
        let groups = (0..blob.groups()).map(|number| self.groups.get(&(blob, number)).cloned());
        Some(groups.collect::<Option<Vec<_>>>()?.concat())
    }

    /// Reads a group of a blob that is whole here.
    pub(crate) fn group(&self, blob: Blob, number: u32) -> Option<BlobGroup> {
        let (_blob, tree) = BlobTree::of(&self.bytes(blob)?)?;
        Some(BlobGroup {
            number,
            bytes: self.groups.get(&(blob, number))?.clone(),
            proof: tree.proof(number)?,
        })
    }
}
