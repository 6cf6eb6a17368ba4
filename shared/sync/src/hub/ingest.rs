//! What the peer sends, on its way to the disk: one step after another, in the order it came.

use std::collections::VecDeque;

use audit::{LogHead, LogPosition};
use record::DeviceId;
use wire::limits::MAX_UNSTORED_SEGMENTS;
use wire::{Declined, Early, RefusalCode, Segment, Version};

use super::{HubEffect, IngestRefusal};

/// The segments that came and are not on disk, and the DONEs between them.
#[derive(Debug, Default)]
pub(super) struct Ingesting {
    /// What the store was given.
    under_way: Option<Step>,
    /// What waits for it.
    waiting: VecDeque<(Step, HubEffect)>,
    /// Where WELCOME said that logs end, until what the peer did not wait with came, or can come no more.
    told: Option<Vec<LogHead>>,
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
    /// Waits for segments of logs that end here, as WELCOME says.
    pub(super) fn begin(told: &[LogHead]) -> Self {
        Self {
            told: Some(told.to_vec()),
            ..Self::default()
        }
    }

    /// What the peer did not wait with came: it counts if it begins where WELCOME said that the log ends.
    pub(super) fn early(
        &mut self,
        peer: DeviceId,
        version: Version,
        early: Early,
    ) -> Result<(), RefusalCode> {
        let told = self.told.take().ok_or(RefusalCode::Unexpected)?;
        let before = early.segment.before();
        let same_log = |it: &&LogHead| (it.device, it.epoch) == (peer, before.epoch);
        let there = told.iter().find(same_log).copied();
        let there = there.unwrap_or_else(|| LogHead::start(peer, before.epoch));
        if version < Version::TWO || before != there {
            return Ok(());
        }
        self.received(peer, version, early.segment)?;
        if early.is_all {
            self.done()?;
        }
        Ok(())
    }

    /// A segment came. From version 2 on it may be of another device, for which the peer carries it.
    pub(super) fn received(
        &mut self,
        peer: DeviceId,
        version: Version,
        segment: Segment,
    ) -> Result<(), RefusalCode> {
        self.told = None;
        if segment.device() != peer && version < Version::TWO {
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
        self.told = None;
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

    /// The store answered about a segment. Returns the head up to which the peer is told that it is stored, or what it
    /// is told of another device's segment that is not.
    pub(super) fn ingested(
        &mut self,
        peer: DeviceId,
        result: Result<LogHead, IngestRefusal>,
    ) -> Result<Result<LogHead, Declined>, RefusalCode> {
        let Some(Step::Store(end)) = self.under_way.take() else {
            return Err(RefusalCode::Failed);
        };
        match result {
            Ok(head) if head.position() == end => Ok(Ok(head)),
            Ok(_elsewhere) => Err(RefusalCode::Failed),
            Err(refusal) => {
                let code = RefusalCode::from(refusal);
                if end.device == peer || refusal.passes() {
                    return Err(code);
                }
                // It is no fault of who carries it, whose own log goes on.
                Ok(Err(Declined { place: end, code }))
            }
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
