//! What the peer sends, on its way to the disk: one step after another, in the order it came.

use std::collections::VecDeque;

use audit::{LogHead, LogPosition};
use record::DeviceId;
use wire::limits::MAX_UNSTORED_SEGMENTS;
use wire::{Message, RefusalCode, Segment, Stored, Version};

use super::{HubEffect, IngestRefusal};

/// The segments that came and are not on disk, and the DONEs between them.
#[derive(Debug, Default)]
pub(super) struct Ingesting {
    /// What the store was given.
    under_way: Option<Step>,
    /// What waits for it.
    waiting: VecDeque<(Step, HubEffect)>,
}

/// What the store answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Storing the segment that ends at this place.
    Store(LogPosition),
    /// Merging everything that was stored before.
    Settle,
}

impl Ingesting {
    /// A segment came.
    pub(super) fn received(&mut self, peer: DeviceId, segment: Segment) -> Result<(), RefusalCode> {
        if segment.device() != peer {
            return Err(RefusalCode::WrongDevice);
        }
        let unstored = self.steps().filter(|step| *step != Step::Settle).count();
        if unstored >= MAX_UNSTORED_SEGMENTS {
            return Err(RefusalCode::WindowExceeded);
        }
        self.waiting
            .push_back((Step::Store(segment.end()), HubEffect::Ingest(segment)));
        Ok(())
    }

    /// The peer has sent what it had.
    pub(super) fn done(&mut self) -> Result<(), RefusalCode> {
        if self.steps().any(|step| step == Step::Settle) {
            return Err(RefusalCode::WindowExceeded);
        }
        self.waiting.push_back((Step::Settle, HubEffect::Settle));
        Ok(())
    }

    /// Gives the store what is next.
    pub(super) fn go_on(&mut self) -> Option<HubEffect> {
        if self.under_way.is_some() {
            return None;
        }
        let (step, effect) = self.waiting.pop_front()?;
        self.under_way = Some(step);
        Some(effect)
    }

    /// The store answered about a segment.
    pub(super) fn ingested(
        &mut self,
        result: Result<LogHead, IngestRefusal>,
        version: Version,
    ) -> Result<HubEffect, RefusalCode> {
        let Some(Step::Store(end)) = self.under_way.take() else {
            return Err(RefusalCode::Failed);
        };
        let head = result.map_err(RefusalCode::from)?;
        if head.position() == end {
            Ok(HubEffect::Send(Message::Stored(Stored::at(head, version))))
        } else {
            Err(RefusalCode::Failed)
        }
    }

    /// The store has merged everything.
    pub(super) fn settled(&mut self) -> Result<(), RefusalCode> {
        match self.under_way.take() {
            Some(Step::Settle) => Ok(()),
            Some(Step::Store(_)) | None => Err(RefusalCode::Failed),
        }
    }

    fn steps(&self) -> impl Iterator<Item = Step> {
        self.under_way
            .into_iter()
            .chain(self.waiting.iter().map(|(step, _)| *step))
    }
}
