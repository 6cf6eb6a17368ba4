//! Taking in a run of a device's log: signature, chain, store, history, disk. Nothing else.
//!
//! A gap or a fork is noted in the hub's own log by the transaction that finds it, once for each place.
//! What the entries say is looked into later ([`crate::materialise`]); only so can a device be told STORED
//! quickly, and only so can nothing in an entry stop the entries behind it.

use audit::{LogHead, LogPosition, SessionEvent};
use crypto::PublicKey;
use record::DeviceId;
use store::{Arrived, ArrivedEntry, HubCommit, IngestError, Misfit, StoreError};
use sync::IngestRefusal;
use wire::{EarlierChange, OpenedSegment, Segment, SegmentError};

use crate::hub::Hub;
use crate::pen::{Pen, Subject};
use crate::world::{World, random};

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
        let opened = self.open_segment(segment, &key)?;
        let after = opened.after();
        let arrived = arrived(opened, segment);
        let at = arrived.entries.first().map_or(0, |it| it.seq);
        let (pen, world) = (&mut self.pen, self.world.as_ref());
        let stored = self.store.ingest(
            &arrived,
            &mut |misfit| note_misfit(pen, world, misfit),
            &mut || random(world),
        );
        stored.map(|_newest| after).map_err(|error| {
            tracing::warn!(device = device.0, seq = at, %error, "a segment was not stored");
            refusal(&error)
        })
    }

    /// Begins a group: what is ingested from here on is on the disk when [`Hub::end_group`] has returned, and not before.
    pub fn begin_group(&mut self) -> Result<(), StoreError> {
        self.store.begin_group()
    }

    /// Ends a group, and syncs the disk once for all of it. After an error nothing of it is stored.
    pub fn end_group(&mut self) -> Result<(), StoreError> {
        self.store.end_group()
    }

    /// Reads a segment, with the stored changes that it refers to.
    fn open_segment(
        &self,
        segment: &Segment,
        key: &PublicKey,
    ) -> Result<OpenedSegment, IngestRefusal> {
        let mut failed = None;
        let opened = segment.open_with(key, &mut |at| match self.store.change_at(at) {
            Ok(found) => found.map(|(chart, bytes)| EarlierChange {
                position: at,
                chart,
                bytes,
            }),
            Err(error) => {
                failed = Some(refusal(&IngestError::Store(error)));
                None
            }
        });
        opened.map_err(|error| match error {
            SegmentError::UnknownChange => failed.unwrap_or(IngestRefusal::UnknownChange),
            SegmentError::BadSignature => IngestRefusal::BadSignature,
            SegmentError::TooLarge => IngestRefusal::TooLarge,
            SegmentError::Damaged | _ => IngestRefusal::Damaged,
        })
    }
}

/// Leaves a trace in the history that a log has a gap or two branches.
fn note_misfit(pen: &mut Pen, world: &dyn World, misfit: Misfit) -> HubCommit {
    let (event, LogPosition { device, seq, .. }) = match misfit {
        Misfit::Gap { have } => (SessionEvent::GapSeen, have.position()),
        Misfit::Fork { at } => (SessionEvent::ForkSeen, at),
    };
    let subject = Subject {
        device: Some(device),
        number: i64::try_from(seq).ok(),
        person: None,
    };
    HubCommit {
        entries: vec![pen.session(world, event, subject)],
        meta: vec![pen.clock()],
        ..HubCommit::default()
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
        IngestError::TooManyLogs { .. } => IngestRefusal::TooManyLogs,
        IngestError::Store(StoreError::Full) => IngestRefusal::Full,
        IngestError::Store(StoreError::Busy) => IngestRefusal::Busy,
        IngestError::Store(_) => IngestRefusal::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use audit::EntryKind;

    use super::*;
    use crate::testing::{Laptop, Mortal, hub, noted};

    /// A laptop that has stored two entries, and then claims that the second was another.
    fn forked(hub: &mut Hub) -> Laptop {
        let mut a = Laptop::enrol(hub, 1, 1);
        a.write(EntryKind(4_000), None, vec![1]);
        hub.ingest(a.device, &a.segment(0)).unwrap();
        a.entries.pop();
        a.write(EntryKind(4_000), None, vec![2]);
        a
    }

    /// A segment after the second entry, whose third names its chart by the change at a place.
    fn referring(a: &mut Laptop, at: LogPosition) -> Segment {
        let mut doc = a.register(1);
        let chart = doc.id();
        let first = a.entries.last().cloned().unwrap();
        let bytes = audit::Entry::from_bytes(&first).unwrap().payload;
        let sex = a.sex(record::Sex::Male);
        a.edit(&mut doc, sex);
        let before = a.entries[..a.entries.len() - 1]
            .iter()
            .fold(a.start, |head, entry| head.next(entry));
        let find = &mut |_chart, _hash| {
            Some(EarlierChange {
                position: at,
                chart,
                bytes: bytes.clone(),
            })
        };
        Segment::seal_brief(before, &a.entries[a.entries.len() - 1..], &a.log, find).unwrap()
    }

    #[test]
    fn a_segment_in_brief_is_read_with_what_it_refers_to_or_refused() {
        let (mut hub, _world) = hub();
        let mut a = Laptop::enrol(&mut hub, 1, 1);
        let at = |device, seq| LogPosition {
            device,
            epoch: 1,
            seq,
        };

        // The registration is the log's second entry, the correction its third.
        let unknown = referring(&mut a, at(DeviceId(77), 2));
        hub.ingest(a.device, &a.segment(0)).unwrap();
        let refused = hub.ingest(a.device, &unknown);
        assert_eq!(refused, Err(IngestRefusal::UnknownChange));

        let mut b = Laptop::enrol(&mut hub, 2, 2);
        let own = b.device;
        let known = referring(&mut b, at(own, 2));
        let whole = std::mem::take(&mut b.entries);
        b.entries = whole[..2].to_vec();
        let (first, second_head) = (b.segment(0), b.head());
        hub.ingest(b.device, &first).unwrap();
        b.entries = whole;
        assert_eq!(hub.ingest(b.device, &known), Ok(b.head()));
        let repeated = hub.ingest(b.device, &first);
        assert_eq!(repeated, Ok(second_head), "answered by its own head");

        // The session's first entry is no change of a chart.
        let other = referring(&mut b, at(own, 1));
        let refused = hub.ingest(b.device, &other);
        assert_eq!(refused, Err(IngestRefusal::UnknownChange));
    }

    #[test]
    fn a_place_that_forks_again_and_again_is_noted_once() {
        let (mut hub, _world) = hub();
        let mut a = forked(&mut hub);

        for other in 2..6 {
            a.entries.pop();
            a.write(EntryKind(4_000), None, vec![other]);
            let refused = hub.ingest(a.device, &a.segment(0));
            assert_eq!(refused, Err(IngestRefusal::Fork));
        }

        assert_eq!(noted(&hub, SessionEvent::ForkSeen), [2]);
        assert!(hub.verify().is_clean());
    }

    #[test]
    fn a_gap_is_noted_once_for_each_place_where_the_log_ends() {
        let (mut hub, _world) = hub();
        let mut a = Laptop::enrol(&mut hub, 1, 1);
        for n in 0..3 {
            a.write(EntryKind(4_000), None, vec![n]);
        }

        for after in [1, 2, 3, 1] {
            let refused = hub.ingest(a.device, &a.segment(after));
            assert_eq!(refused, Err(IngestRefusal::Gap));
        }
        let whole = std::mem::take(&mut a.entries);
        a.entries = whole[..1].to_vec();
        hub.ingest(a.device, &a.segment(0)).unwrap();
        a.entries = whole;
        for after in [2, 3] {
            let refused = hub.ingest(a.device, &a.segment(after));
            assert_eq!(refused, Err(IngestRefusal::Gap));
        }

        assert_eq!(noted(&hub, SessionEvent::GapSeen), [0, 1]);
    }

    #[test]
    fn a_process_that_dies_over_a_fork_leaves_the_proof_and_its_note_or_neither() {
        let mut deaths = 0;
        for questions in 0..6 {
            let (mut hub, still) = hub();
            let a = forked(&mut hub);
            let mortal = Mortal::new(&still);
            let mut hub = Hub::resume(hub.into_store(), Box::new(mortal.clone())).unwrap();

            mortal.dies_after(questions);
            let ingest = AssertUnwindSafe(|| hub.ingest(a.device, &a.segment(0)));
            let lived = catch_unwind(ingest).is_ok();
            let mut hub = Hub::resume(hub.into_store(), Box::new(still)).unwrap();

            deaths += u32::from(!lived);
            let kept = hub.store.counts().unwrap().forks;
            let count = noted(&hub, SessionEvent::ForkSeen).len();
            assert_eq!(count as u64, kept, "killed after {questions} questions");
            let again = hub.ingest(a.device, &a.segment(0));
            assert_eq!(again, Err(IngestRefusal::Fork));
            assert_eq!(noted(&hub, SessionEvent::ForkSeen), [2]);
        }
        // The note asks for the time twice and for a salt: every place in the transaction was died in.
        assert_eq!(deaths, 3);
    }
}
