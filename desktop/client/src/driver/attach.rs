//! Attachments' bytes between the store and a session.

use crypto::Blob;
use record::{Chart, Content};
use store::StoredGroup;
use sync::{ClientBlobEffect, ClientEvent, Summary, Wanted};
use wire::limits::MAX_BLOBS_OF_A_SESSION;
use wire::{BlobGroup, GroupRange, RefusalCode};

use super::{Carried, ReplicaDriver};
use crate::meta;
use crate::project::blob_of;
use crate::views::CommandError;

impl ReplicaDriver {
    /// Returns what of attachments is to go and to come, to be told to a session that is finished; none if that is
    /// nothing.
    pub fn attachments(&self) -> Result<Option<ClientEvent>, CommandError> {
        let offers = self.store.blobs_to_offer(MAX_BLOBS_OF_A_SESSION)?;
        let wants = self
            .store
            .blobs_to_want(self.attachments_up_to()?, MAX_BLOBS_OF_A_SESSION)?
            .into_iter()
            .map(|(blob, lacking)| wanted(blob, &lacking))
            .collect::<Vec<_>>();
        let some = !offers.is_empty() || !wants.is_empty();
        Ok(some.then_some(ClientEvent::Attachments { offers, wants }))
    }

    /// Returns how large an attachment may be that comes without being asked for.
    pub(crate) fn attachments_up_to(&self) -> Result<u64, CommandError> {
        let set: Option<u64> = meta::read(&self.store, meta::ATTACHMENTS_UP_TO)?;
        Ok(set.unwrap_or(Blob::MAX_BYTES))
    }

    /// Carries out what a session decides about attachments' bytes.
    pub(super) fn attachment(&mut self, effect: ClientBlobEffect) -> Result<Carried, CommandError> {
        match effect {
            ClientBlobEffect::Read { blob, number } => {
                let group = self.read_group(&blob, number)?;
                Ok(Carried::Event(ClientEvent::GroupRead(group)))
            }
            ClientBlobEffect::Keep {
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
                let lacking = self.store.keep_group(&blob, &group)?;
                let kept = wanted(blob, &lacking);
                Ok(Carried::Event(ClientEvent::GroupKept(kept)))
            }
            ClientBlobEffect::NoteAtHub { blob, told } => {
                // The count first: a crash between the two only offers the blob once more.
                self.note_told(told)?;
                self.store.note_blob_at_hub(&blob)?;
                Ok(Carried::Done)
            }
        }
    }

    /// Remembers which attachments the hub did not have, so that others are not kept back by them.
    pub(super) fn note_missed(&mut self, summary: &Summary) -> Result<(), CommandError> {
        for (blob, code) in &summary.attachments_refused {
            if *code == RefusalCode::BlobUnknown {
                self.store.note_blob_missed(blob)?;
            }
        }
        Ok(())
    }

    /// Reads a group with its proof; none if the blob is not whole here any more.
    fn read_group(&self, blob: &Blob, number: u32) -> Result<Option<BlobGroup>, CommandError> {
        let tree = self.store.blob_tree(blob)?;
        let proof = tree.and_then(|it| it.proof(number));
        let bytes = self.store.blob_group(blob, number)?;
        Ok(bytes.zip(proof).map(|(bytes, proof)| BlobGroup {
            number,
            bytes,
            proof,
        }))
    }
}

fn wanted(blob: Blob, lacking: &[(u32, u32)]) -> Wanted {
    let lacking = lacking.iter().map(|(from, to)| GroupRange(*from, *to));
    Wanted {
        blob,
        lacking: lacking.collect(),
    }
}

/// Returns the attachments that a chart's statements name, those that were replaced too, each once and in order.
pub(crate) fn attachments_of(chart: &Chart) -> Vec<Blob> {
    let mut blobs = Vec::new();
    for statement in &chart.statements {
        if let Content::DocumentReference(document) = &statement.content {
            blobs.extend(blob_of(document));
        }
    }
    blobs.sort_unstable();
    blobs.dedup();
    blobs
}
