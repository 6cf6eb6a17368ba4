//! The own log on its way to the hub: read, sent, confirmed, a few segments at a time.

use std::cmp::Ordering;
use std::collections::VecDeque;

use audit::LogHead;
use record::DeviceId;
use roster::SignedRoster;
use wire::limits::{FIRST_SEGMENT_READ_BYTES, MAX_UNSTORED_SEGMENTS, SEGMENT_READ_BYTES};
use wire::{Done, Early, FeedEnd, Message, Segment, Stored, Version};

use super::{ClientEffect, ClientStanding, Summary};
use crate::abort::AbortReason;

/// How far the own log has come.
#[derive(Debug)]
pub(super) struct Pushing {
    /// The version of the protocol that is spoken.
    version: Version,
    /// The last head that the hub has on disk and that is ours too, as far as that was compared.
    stored: LogHead,
    /// Whether `stored` was found to be on our branch.
    compared: bool,
    /// Up to where the store has noted what the hub has.
    noted_seq: u64,
    /// The head after each segment on its way, oldest first.
    unstored: VecDeque<LogHead>,
    /// The store was asked for the next segment.
    reading: bool,
    /// How many bytes of entries the next segment may take.
    read_bytes: usize,
    /// The log may hold more than was read.
    more: bool,
    /// The log grew while the store was reading: its answer may not know yet.
    grew_meanwhile: bool,
    /// The last entry that the log is known to have.
    known_seq: u64,
    /// Segments were sent since the last DONE.
    done_due: bool,
    /// The hub owes the answer to DONE.
    done_asked: bool,
}

impl Pushing {
    /// Compares what the hub has of the own log with what is here, as version 1 does: what differs is for people.
    pub(super) fn begin(
        version: Version,
        standing: &ClientStanding,
        logs: &[LogHead],
    ) -> Result<Self, AbortReason> {
        let (own, confirmed) = (standing.log, standing.stored.seq);
        let mine = logs.iter().filter(|head| head.device == own.device);
        let newest = mine.max_by_key(|head| (head.epoch, head.seq)).copied();
        let stored = match newest {
            Some(newest) if newest.epoch > own.epoch => {
                return Err(AbortReason::OwnLogBehind {
                    own: own.seq,
                    stored: newest.seq,
                });
            }
            Some(newest) if newest.epoch == own.epoch => newest,
            Some(_) | None => LogHead::start(own.device, own.epoch),
        };
        if stored.seq > own.seq {
            return Err(AbortReason::OwnLogBehind {
                own: own.seq,
                stored: stored.seq,
            });
        }
        if stored.seq < confirmed {
            return Err(AbortReason::HubBehind {
                confirmed,
                stored: stored.seq,
            });
        }
        if stored.seq == own.seq && stored.chain != own.chain {
            return Err(AbortReason::Fork { seq: stored.seq });
        }
        Ok(Self::from(version, own, stored, confirmed))
    }

    /// Goes on from what the hub has of the own log. Whether that is on our branch is found out with the first
    /// segment, unless it was before.
    pub(super) fn from(version: Version, own: LogHead, stored: LogHead, noted_seq: u64) -> Self {
        Self {
            version,
            stored,
            compared: stored == own,
            noted_seq,
            unstored: VecDeque::new(),
            reading: false,
            read_bytes: FIRST_SEGMENT_READ_BYTES,
            more: stored.seq < own.seq,
            grew_meanwhile: false,
            known_seq: own.seq,
            done_due: false,
            done_asked: false,
        }
    }

    /// The hub takes what was sent before WELCOME.
    pub(super) fn sent_early(
        &mut self,
        early: &Early,
        summary: &mut Summary,
    ) -> Result<(), AbortReason> {
        self.sent_now(&early.segment, summary)?;
        self.more = !early.is_all || self.sent().seq < self.known_seq;
        self.done_due = !early.is_all;
        self.done_asked = early.is_all;
        Ok(())
    }

    /// Returns the head that the hub has, if it is news. That it has more is believed once it was found to be on our
    /// branch; that it lost something, at once.
    pub(super) fn news(&mut self) -> Option<ClientEffect> {
        let news = match self.stored.seq.cmp(&self.noted_seq) {
            Ordering::Greater if self.compared => ClientEffect::NoteStored(self.stored),
            // What the hub lost is offered again, and is unsent until it is stored.
            Ordering::Less => ClientEffect::NoteLost(self.stored),
            Ordering::Greater | Ordering::Equal => return None,
        };
        self.noted_seq = self.stored.seq;
        Some(news)
    }

    /// Says whether everything is at the hub, merged or set aside.
    pub(super) fn is_finished(&self) -> bool {
        self.unstored.is_empty()
            && !self.reading
            && !self.more
            && !self.done_due
            && !self.done_asked
    }

    /// Returns whose log it is.
    pub(super) const fn device(&self) -> DeviceId {
        self.stored.device
    }

    /// The hub has more than at the last DONE, of another device.
    pub(super) const fn done_is_due(&mut self) {
        self.done_due = true;
    }

    /// Returns how many entries the hub has yet to store, as far as the log is known.
    pub(super) fn left(&self) -> u64 {
        let known = self.known_seq.max(self.sent().seq);
        known.saturating_sub(self.stored.seq)
    }

    /// The log grew.
    pub(super) const fn grew(&mut self) {
        self.more = true;
        self.grew_meanwhile = self.reading;
    }

    /// Notes what the hub has, and does what is next of the own log.
    pub(super) fn go_on(&mut self) -> impl Iterator<Item = ClientEffect> {
        [self.news(), self.next()].into_iter().flatten()
    }

    /// Asks for the next segment while fewer are on their way than may be, and says DONE after the
    /// last.
    fn next(&mut self) -> Option<ClientEffect> {
        if self.reading {
            return None;
        }
        if self.more {
            if self.unstored.len() >= MAX_UNSTORED_SEGMENTS {
                return None;
            }
            self.reading = true;
            return Some(ClientEffect::ReadSegment {
                after_seq: self.sent().seq,
                version: self.version,
                max_bytes: self.read_bytes,
            });
        }
        if self.done_due && !self.done_asked {
            self.done_due = false;
            self.done_asked = true;
            return Some(ClientEffect::Send(Message::Done(Done::default())));
        }
        None
    }

    /// The store answered with what follows.
    pub(super) fn segment_read(
        &mut self,
        segment: Option<Segment>,
        summary: &mut Summary,
    ) -> Result<Option<ClientEffect>, AbortReason> {
        if !std::mem::take(&mut self.reading) {
            return Err(AbortReason::OutOfStep);
        }
        let Some(segment) = segment else {
            // Never take for finished what is not: the log is known to be longer than this.
            if self.sent().seq < self.known_seq {
                return Err(AbortReason::OutOfStep);
            }
            self.more = std::mem::take(&mut self.grew_meanwhile);
            return Ok(None);
        };
        self.sent_now(&segment, summary)?;
        self.grew_meanwhile = false;
        self.more = true;
        self.done_due = true;
        Ok(Some(ClientEffect::Send(Message::Push(segment))))
    }

    fn sent_now(&mut self, segment: &Segment, summary: &mut Summary) -> Result<(), AbortReason> {
        self.compare(segment)?;
        let after = segment
            .after()
            .map_err(|_unreadable| AbortReason::OutOfStep)?;
        self.unstored.push_back(after);
        self.read_bytes = self.read_bytes.saturating_mul(2).min(SEGMENT_READ_BYTES);
        let count = u64::from(segment.count());
        summary.entries_pushed = summary.entries_pushed.saturating_add(count);
        Ok(())
    }

    /// Looks whether the segment follows on what was sent, or on what the hub has.
    fn compare(&mut self, segment: &Segment) -> Result<(), AbortReason> {
        let before = segment.before();
        if before == self.sent() {
            self.compared = true;
            return Ok(());
        }
        let same_place = before.position() == self.sent().position();
        if same_place && !self.compared {
            return Err(AbortReason::Fork { seq: before.seq });
        }
        Err(AbortReason::OutOfStep)
    }

    /// The hub has a segment on disk.
    pub(super) fn stored(
        &mut self,
        stored: Stored,
        summary: &mut Summary,
    ) -> Result<(), AbortReason> {
        // The hub answers each segment by its own end; an answer may stand for those before it.
        let seq = stored.place.seq;
        let at = self.unstored.iter().position(|sent| sent.seq == seq);
        let Some((at, head)) = at.and_then(|at| Some((at, *self.unstored.get(at)?))) else {
            return Err(AbortReason::UnexpectedMessage {
                kind: Message::Stored(stored).kind(),
            });
        };
        // In version 2 the chain goes without saying: what is stored is what the segment's signature was over.
        let other_chain = stored.chain.is_some_and(|chain| chain != head.chain);
        if stored.place != head.position() || other_chain {
            return Err(AbortReason::Fork { seq });
        }
        self.unstored.drain(..=at);
        summary.entries_stored = summary
            .entries_stored
            .saturating_add(head.seq.saturating_sub(self.stored.seq));
        self.stored = head;
        Ok(())
    }

    /// The hub has merged everything. Returns where the feeds end now, and the roster if there is a newer one.
    pub(super) fn done(
        &mut self,
        done: Done,
        summary: &mut Summary,
    ) -> Result<(Vec<FeedEnd>, Option<SignedRoster>), AbortReason> {
        if !std::mem::take(&mut self.done_asked) {
            let kind = Message::Done(done).kind();
            return Err(AbortReason::UnexpectedMessage { kind });
        }
        // The hub names all of this session's each time.
        let ends = done.ends().collect();
        summary.quarantined = done.quarantined;
        Ok((ends, done.roster))
    }

    /// Returns the head after the last segment that was sent.
    fn sent(&self) -> LogHead {
        self.unstored.back().copied().unwrap_or(self.stored)
    }
}
