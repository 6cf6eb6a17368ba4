//! The hub in a run: what arrives, what it does next, what leaves.

use audit::{ChainHash, LogHead, LogPosition};
use rand::RngExt as _;
use record::ScopeId;
use store::FeedPlace;
use sync_server::{Output, STEP};
use wire::{Early, FeedBatch, FeedDigest, FeedItem, Message, RefusalCode, Segment, Stored};

use super::{Event, Run, Stepping};
use crate::laws;
use crate::link::{End, LinkId};
use crate::machine::Killed;
use crate::plan::{Happening, Who};
use crate::report::Seen;
use crate::sabotage::Sabotage;
use crate::violation::Violation;

impl Run {
    pub(super) fn hub_received(&mut self, link: LinkId, message: Message) -> Result<(), Violation> {
        if let (true, Message::Push(segment)) = (
            self.is_broken(Sabotage::AcknowledgeWithoutStoring),
            &message,
        ) {
            let (place, chain) = (segment.end(), None);
            return self.hub_sends(link, &Message::Stored(Stored { place, chain }));
        }
        if let Message::Push(segment) | Message::Early(Early { segment, .. }) = &message {
            self.count_segment(link, segment)?;
        }
        if let Message::Show(_) = &message {
            self.report.count(Seen::Shown);
        }
        self.hub.received(link, message);
        self.wake(Stepping::Peer(link));
        Ok(())
    }

    /// Counts a segment of which the hub has every entry already, unless the network doubled it.
    fn count_segment(&mut self, link: LinkId, segment: &Segment) -> Result<(), Violation> {
        let end = segment.end();
        let stored = self.hub.store()?.log_head(end.device, end.epoch)?;
        if stored.seq >= end.seq && !self.is_disturbed(link) {
            self.report.count(Seen::PushedAgain);
        }
        Ok(())
    }

    pub(super) fn step_hub(&mut self, link: LinkId) -> Result<(), Violation> {
        match self.hub.step(link) {
            Err(Killed) => return self.kill(Who::Hub, Seen::HubKilledInSession),
            Ok(None) => return Ok(()),
            Ok(Some(None)) => {}
            Ok(Some(Some(Output::Send(message)))) => self.hub_sends(link, &message)?,
            Ok(Some(Some(Output::Grew(scopes)))) => self.grew(&scopes),
            Ok(Some(Some(Output::Close(code)))) => {
                self.forget_peer(link)?;
                self.close_link(link, End::Hub);
                let of_copies = matches!(code, RefusalCode::LogFork | RefusalCode::LogGap)
                    && self.is_link_of_copy(link);
                let expected = matches!(code, RefusalCode::Done | RefusalCode::Stopping)
                    || (code == RefusalCode::UnknownChange && self.may_lack_a_change());
                if !expected && !self.is_disturbed(link) && !of_copies {
                    return Err(code.into());
                }
            }
        }
        self.wake(Stepping::Peer(link));
        Ok(())
    }

    /// Returns the head at a place of a log, by the segment that was pushed over the link.
    fn head_at(&self, link: LinkId, place: LogPosition) -> LogHead {
        let LogPosition { device, epoch, seq } = place;
        let pushed = self.links.get(&link).map(|it| it.pushed.iter());
        let sent = pushed
            .into_iter()
            .flatten()
            .find(|it| it.position() == place);
        let nothing = ChainHash::from_bytes([0; 32]);
        sent.copied()
            .unwrap_or_else(|| (device, epoch, seq, nothing).into())
    }

    fn hub_sends(&mut self, link: LinkId, message: &Message) -> Result<(), Violation> {
        let leaky = self.is_broken(Sabotage::LeakAChart);
        match message {
            Message::Stored(stored) => {
                let head = self.head_at(link, stored.place);
                self.ledger.acknowledged.push(head);
                laws::stored(self, &head)?;
                self.look_into_soon();
                self.send(link, End::Hub, message)
            }
            Message::Feed(batch) if leaky => {
                let batch = self.with_leak(batch)?;
                self.send(link, End::Hub, &Message::Feed(batch))
            }
            Message::Feed(_)
            | Message::Hello(_)
            | Message::Welcome(_)
            | Message::Push(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Probe(_)
            | Message::Probed(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Return(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Early(_)
            | Message::Wait(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Unknown { .. } => self.send(link, End::Hub, message),
        }
    }

    pub(super) fn grew(&mut self, scopes: &[ScopeId]) {
        self.hub.spread(scopes);
        let peers: Vec<LinkId> = self.hub.peers.keys().copied().collect();
        peers
            .into_iter()
            .for_each(|link| self.wake(Stepping::Peer(link)));
    }

    /// The hub looks into what is stored by itself, when it finds the time.
    fn look_into_soon(&mut self) {
        let at = self.now() + self.rng.random_range(1..3_000);
        self.schedule(at, Event::Happens(Happening::Materialise(STEP)));
    }

    /// Ends a peer's session. It may have stored a segment and never said so: that is looked into all the same.
    pub(super) fn forget_peer(&mut self, link: LinkId) -> Result<(), Violation> {
        self.hub.peers.remove(&link);
        if self.hub.store()?.counts()?.unmaterialised > 0 {
            self.look_into_soon();
        }
        Ok(())
    }

    /// Has the hub look into what is stored.
    pub(super) fn materialise(&mut self, limit: usize) -> Result<(), Violation> {
        match self.hub.materialise(limit) {
            Err(Killed) => self.kill(Who::Hub, Seen::HubKilledMaterialising),
            Ok(done) => {
                done?;
                self.grew(&[]);
                Ok(())
            }
        }
    }

    /// Puts the store that the run began with in the hub's place, as a careless administrator might.
    pub(super) fn restore_hub(&mut self) -> Result<(), Violation> {
        if let Some(old) = &self.old_hub {
            self.hub.restore(old.copy_in_memory()?);
        }
        Ok(())
    }

    /// Puts what is in another scope's feed in the place of the last item, and into the digest.
    fn with_leak(&self, batch: &FeedBatch) -> Result<FeedBatch, Violation> {
        let store = self.hub.store()?;
        let (scope, from) = (batch.scope(), batch.from());
        let mut items = batch.items().to_vec();
        let mut digest = batch.digest();
        for other in (1..9).map(ScopeId).filter(|other| *other != scope) {
            let read = store.read_feed(other, 0, 1, 1)?;
            let first = read.and_then(|read| read.rows.into_iter().next());
            let Some(FeedPlace::Change(row)) = first else {
                continue;
            };
            items.pop();
            let before = batch.to().saturating_sub(1);
            digest = FeedDigest(store.feed_digest_at(scope, before)?.unwrap_or_default());
            digest = digest.with(&row.hash);
            items.push(FeedItem::Change {
                position: row.position,
                chart: row.chart,
                hlc: row.hlc,
                person: row.person,
                payload: row.payload,
            });
            break;
        }
        let made = FeedBatch::new(scope, batch.feed_epoch(), from, digest, items);
        Ok(made.unwrap_or_else(|_above| batch.clone()))
    }
}
