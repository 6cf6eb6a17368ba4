//! Taking in a run of a device's log: signature, chain, store, history, disk. Nothing else.
//!
//! What the entries say is looked into later ([`crate::materialise`]); only so can a device be told STORED
//! quickly, and only so can nothing in an entry stop the entries behind it.

use audit::{LogHead, SessionEvent};
use record::DeviceId;
use store::{Arrived, ArrivedEntry, IngestError, StoreError};
use sync::IngestRefusal;
use wire::{OpenedSegment, Segment, SegmentError};

use crate::hub::Hub;
use crate::pen::Subject;
use crate::world::random;

impl Hub {
    /// Stores a segment of a device's log. When this returns, it is on the disk.
    pub fn ingest(
        &mut self,
        device: DeviceId,
        segment: &Segment,
    ) -> Result<LogHead, IngestRefusal> {
        let key = self
            .roster
            .device(device)
            .filter(|it| it.is_active())
            .map(|it| it.log);
        let key = key
            .filter(|_key| segment.device() == device)
            .ok_or(IngestRefusal::BadSignature)?;
        let opened = segment.open(&key).map_err(|error| match error {
            SegmentError::BadSignature => IngestRefusal::BadSignature,
            SegmentError::TooLarge => IngestRefusal::TooLarge,
            SegmentError::Damaged | _ => IngestRefusal::Damaged,
        })?;
        let arrived = arrived(opened, segment);
        let (at, world) = (
            arrived.entries.first().map_or(0, |it| it.seq),
            self.world.as_ref(),
        );
        match self.store.ingest(&arrived, &mut || random(world)) {
            Ok(head) => Ok(head),
            Err(error) => {
                tracing::warn!(device = device.0, seq = at, %error, "a segment was not stored");
                self.note_refusal(device, &error);
                Err(refusal(&error))
            }
        }
    }

    /// Leaves a trace in the history that a log has a gap or two branches.
    fn note_refusal(&mut self, device: DeviceId, error: &IngestError) {
        let (event, seq) = match error {
            IngestError::Gap { have } => (SessionEvent::GapSeen, have.seq),
            IngestError::Fork { at } => (SessionEvent::ForkSeen, at.seq),
            IngestError::Damaged { .. } | IngestError::Store(_) => return,
        };
        let subject = Subject {
            device: Some(device),
            number: i64::try_from(seq).ok(),
            person: None,
        };
        let entry = self.entry(event, subject);
        if let Err(error) = self.note(vec![entry]) {
            tracing::error!(%error, "the gap or fork could not be noted in the hub's log");
        }
    }
}

fn arrived(opened: OpenedSegment, segment: &Segment) -> Arrived {
    let LogHead { device, epoch, .. } = opened.before;
    let entries = opened.entries.into_iter();
    let entries = entries
        .map(|it| ArrivedEntry {
            seq: it.head.seq,
            bytes: it.bytes,
            chain: it.head.chain,
        })
        .collect();
    Arrived {
        device,
        epoch,
        entries,
        signature: *segment.signature(),
    }
}

fn refusal(error: &IngestError) -> IngestRefusal {
    match error {
        IngestError::Gap { .. } => IngestRefusal::Gap,
        IngestError::Fork { .. } => IngestRefusal::Fork,
        IngestError::Damaged { .. } => IngestRefusal::Damaged,
        IngestError::Store(StoreError::Full) => IngestRefusal::Full,
        IngestError::Store(StoreError::Busy) => IngestRefusal::Busy,
        IngestError::Store(_) => IngestRefusal::Failed,
    }
}
