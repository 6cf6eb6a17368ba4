//! Attachments at the hub: whose they are, what is lacking of them, and their bytes.
//!
//! A blob is taken from a device whose own log says that it belongs to a chart, and from one whose site holds such a
//! chart or held it until it left; it is handed to who holds such a chart. Who names a hash has had the file, or a chart
//! that names it.

use audit::{Attached, Entry};
use crypto::Blob;
use store::{Lacking, Outcome, StoreError, StoredGroup};
use sync::{HubBlobEffect, HubEvent, JudgedBlob, PeerStanding};
use wire::{BlobGroup, GroupRange, RefusalCode};

use crate::driver::code_of;
use crate::hub::Hub;

impl Hub {
    /// Does something for an attachment's bytes.
    pub(crate) fn attachment(
        &mut self,
        peer: &PeerStanding,
        effect: HubBlobEffect,
    ) -> Result<HubEvent, StoreError> {
        match effect {
            HubBlobEffect::Judge(blob) => self.judge_blob(peer, blob),
            HubBlobEffect::Keep {
                blob,
                number,
                bytes,
                hash,
            } => {
                let group = StoredGroup {
                    number,
                    hash,
                    bytes,
                };
                Ok(self.keep_group(peer, blob, &group))
            }
            HubBlobEffect::Read { blob, number } => self.read_group(peer, blob, number),
        }
    }

    /// Looks whether a blob that a peer offers belongs to a chart, and what is lacking of it.
    fn judge_blob(&mut self, peer: &PeerStanding, blob: Blob) -> Result<HubEvent, StoreError> {
        let is_known = self.store.has_attached(peer.device, &blob)?
            || self.is_held(peer, &blob)?
            || self.store.has_left_with(&blob, &peer.scopes)?;
        if !is_known {
            return Ok(refused(blob, RefusalCode::BlobUnknown));
        }
        let lacking = self.store.blob_lacking(&blob)?;
        self.judged(peer, blob, &lacking)
    }

    /// Says what is lacking of a blob. That nothing is, is counted before it is said: a hub that was put back from an
    /// older copy is found out by it.
    fn judged(
        &mut self,
        peer: &PeerStanding,
        blob: Blob,
        lacking: &Lacking,
    ) -> Result<HubEvent, StoreError> {
        let told = if lacking.is_empty() {
            self.store.tell_whole(peer.device)?
        } else {
            0
        };
        Ok(HubEvent::BlobJudged(JudgedBlob {
            blob,
            lacking: Ok(ranges(lacking)),
            told,
        }))
    }

    /// Keeps a proven group of a blob that was judged before.
    fn keep_group(&mut self, peer: &PeerStanding, blob: Blob, group: &StoredGroup) -> HubEvent {
        let kept = self.store.keep_group(&blob, group);
        let judged = kept.and_then(|lacking| self.judged(peer, blob, &lacking));
        judged.unwrap_or_else(|error| {
            // The rest of the session goes on.
            tracing::warn!(%error, "a part of an attachment was not kept");
            refused(blob, code_of(&error))
        })
    }

    /// Reads a group for a peer that holds a chart which the blob belongs to.
    fn read_group(
        &self,
        peer: &PeerStanding,
        blob: Blob,
        number: u32,
    ) -> Result<HubEvent, StoreError> {
        let group = if self.is_held(peer, &blob)? {
            let proof = self.store.blob_tree(&blob)?.and_then(|it| it.proof(number));
            let bytes = self.store.blob_group(&blob, number)?;
            let group = bytes.zip(proof).map(|(bytes, proof)| BlobGroup {
                number,
                bytes,
                proof,
            });
            group.ok_or(RefusalCode::BlobMissing)
        } else {
            Err(RefusalCode::BlobUnknown)
        };
        Ok(HubEvent::GroupRead { blob, group })
    }

    /// Tells whether a peer's site holds a chart that a blob belongs to.
    fn is_held(&self, peer: &PeerStanding, blob: &Blob) -> Result<bool, StoreError> {
        let scopes = self.store.scopes_of_blob(blob)?;
        Ok(scopes.iter().any(|it| peer.scopes.contains(it)))
    }
}

/// Says what became of an entry that attaches something. One that cannot be read is kept, and attaches nothing.
pub(crate) fn look_into(entry: &Entry) -> Outcome {
    let attached = Attached::from_bytes(&entry.payload).ok();
    let blob = attached.and_then(|it| it.blob());
    blob.map_or(Outcome::Noted, Outcome::Attached)
}

fn refused(blob: Blob, code: RefusalCode) -> HubEvent {
    HubEvent::BlobJudged(JudgedBlob {
        blob,
        lacking: Err(code),
        told: 0,
    })
}

fn ranges(lacking: &Lacking) -> Vec<GroupRange> {
    lacking
        .iter()
        .map(|(from, to)| GroupRange(*from, *to))
        .collect()
}

#[cfg(test)]
mod tests;
