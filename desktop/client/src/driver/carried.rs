//! Other devices' logs: taken from whoever has them, shown here, and carried to the hub as they were signed.
//!
//! A segment proves whose it is. What it says passes the same gate as anything from elsewhere, and is committed with
//! the segment itself: whatever is shown here of another's log also gets to the hub from here.

use audit::{Entry, EntryKind, LogHead, LogPosition};
use record::{ScopeId, SiteId};
use store::{CarriedLog, NewCarried};
use sync::LogOffer;
use wire::{
    Declined, FeedItem, Message, OpenedEntry, OpenedSegment, RefusalCode, Segment, SegmentError,
};

use super::ReplicaDriver;
use super::arrived::Arrived;
use crate::views::{CommandError, ErrorCode};

/// How many logs of others are carried at once: those of a clinic and its neighbours. HELLO names each.
pub(super) const MAX_CARRIED_LOGS: usize = 12;

/// How many bytes of one log are carried: some months of a clinic that types, or an import of a few hundred charts.
pub(super) const MAX_CARRIED_BYTES: u64 = 8 << 20;

/// What is no scope: nothing is in it.
const NOWHERE: ScopeId = ScopeId(0);

impl ReplicaDriver {
    /// Returns what is carried of other devices' logs.
    pub(super) fn carried(&self) -> Result<Vec<LogOffer>, CommandError> {
        let logs = self.store.carried_logs()?.into_iter();
        let offer = |CarriedLog { begins, head, .. }| LogOffer { begins, head };
        Ok(logs.filter(|it| !it.declined).map(offer).collect())
    }

    /// Reads the segment that follows a place of a log that is carried.
    pub(super) fn carried_after(
        &self,
        after: LogPosition,
    ) -> Result<Option<Segment>, CommandError> {
        let LogPosition { device, epoch, seq } = after;
        let Some(bytes) = self.store.carried_after(device, epoch, seq)? else {
            return Ok(None);
        };
        match Message::from_bytes(&bytes) {
            Ok(Message::Push(segment)) => Ok(Some(segment)),
            Ok(_) | Err(_) => Err(CommandError::text(
                ErrorCode::Damaged,
                format!("what is carried after {after} cannot be read"),
            )),
        }
    }

    /// Lets go of what the hub has.
    pub(super) fn note_delivered(&mut self, place: LogPosition) -> Result<(), CommandError> {
        let LogPosition { device, epoch, seq } = place;
        Ok(self.store.note_delivered(device, epoch, seq)?)
    }

    /// Lets go of what the hub does not take.
    pub(super) fn note_declined(&mut self, declined: Declined) -> Result<(), CommandError> {
        let Declined { place, code } = declined;
        tracing::warn!(%place, ?code, "the hub did not take what was carried for another device");
        let carried = self.store.carried_logs()?;
        let log = carried
            .iter()
            .find(|it| (it.head.device, it.head.epoch) == (place.device, place.epoch));
        if let Some(CarriedLog { begins, head, .. }) = log {
            let stays = self.store.changes_in(*head, *begins)?;
            self.note_left_here(&stays)?;
        }
        Ok(self.store.note_declined(place.device, place.epoch)?)
    }

    /// Keeps a segment of another device and takes its changes up; or says why not.
    pub(super) fn take_segment(
        &mut self,
        segment: &Segment,
    ) -> Result<Result<LogHead, RefusalCode>, CommandError> {
        let opened = match self.judge_segment(segment)? {
            Ok(opened) => opened,
            Err(code) => return Ok(Err(code)),
        };
        let after = opened.after();
        let Some(arrived) = self.shown_of(opened)? else {
            return Ok(Err(RefusalCode::LogFork));
        };
        let (mut taken, clock) = self.merge_all(NOWHERE, None, arrived)?;
        taken.carried = Some(NewCarried {
            before: segment.before().seq,
            after,
            bytes: Message::Push(segment.clone())
                .to_bytes()
                .map_err(|error| CommandError::text(ErrorCode::Fault, error.to_string()))?,
        });
        self.store.take(&taken)?;
        self.clock = clock;
        Ok(Ok(after))
    }

    /// Looks whether a segment may be taken: whose it is, whether this site may hold it, whether it follows on what is
    /// carried of the log.
    fn judge_segment(
        &self,
        segment: &Segment,
    ) -> Result<Result<OpenedSegment, RefusalCode>, CommandError> {
        let device = match self.roster.device(segment.device()) {
            Some(device) if device.id == self.identity.device => {
                return Ok(Err(RefusalCode::WrongDevice));
            }
            Some(device) if device.is_active() => device,
            Some(_revoked) => return Ok(Err(RefusalCode::Revoked)),
            None => return Ok(Err(RefusalCode::NotEnrolled)),
        };
        if !self.may_hold(device.site, &lasting(&self.scopes())) {
            return Ok(Err(RefusalCode::NotForThisSite));
        }
        let opened = match segment.open(&device.log) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(refusal(error))),
        };
        let (before, end) = (segment.before(), segment.end());
        let logs = self.store.carried_logs()?;
        let known = logs
            .iter()
            .find(|it| (it.head.device, it.head.epoch) == (end.device, end.epoch));
        let Some(CarriedLog { head, declined, .. }) = known else {
            let is_full = logs.len() >= MAX_CARRIED_LOGS;
            return Ok(if is_full {
                Err(RefusalCode::Full)
            } else {
                Ok(opened)
            });
        };
        if *declined {
            return Ok(Err(RefusalCode::LogFork));
        }
        let here = |it: &&OpenedEntry| it.head.seq == head.seq;
        let there = match before.seq == head.seq {
            true => Some(before),
            false => opened.entries.iter().find(here).map(|it| it.head),
        };
        Ok(match there {
            Some(there) if there != *head => Err(RefusalCode::LogFork),
            None if before.seq > head.seq => Err(RefusalCode::LogGap),
            Some(_) if self.is_above(end)? => Err(RefusalCode::Full),
            // It ends before what is carried: it came before.
            Some(_) | None => Ok(opened),
        })
    }

    /// Tells whether as much of a log is carried as may be.
    fn is_above(&self, of: LogPosition) -> Result<bool, CommandError> {
        Ok(self.store.carried_bytes(of.device, of.epoch)? >= MAX_CARRIED_BYTES)
    }

    /// Returns the changes of a segment that are shown here; none if one of them contradicts what is held.
    fn shown_of(&self, opened: OpenedSegment) -> Result<Option<Arrived>, CommandError> {
        let mut arrived = Arrived::default();
        for OpenedEntry { head, bytes } in opened.entries {
            // What this release cannot read is carried all the same.
            let Ok(Entry {
                kind: EntryKind::CHANGE,
                chart: Some(chart),
                hlc,
                person,
                payload,
            }) = Entry::from_bytes(&bytes)
            else {
                continue;
            };
            let position = head.position();
            let held = self.store.identity_of(position)?;
            let hash = replica::check(&payload)
                .ok()
                .map(|it| *it.hash().as_bytes());
            if let Some(held) = held {
                if hash.is_some_and(|it| it != held.hash) {
                    return Ok(None);
                }
                continue;
            }
            if self.store.is_gone(chart)? {
                continue;
            }
            arrived.add(&FeedItem::Change {
                position,
                chart,
                hlc,
                person,
                payload,
            });
        }
        Ok(Some(arrived))
    }

    /// Tells whether whoever is entitled to these scopes may hold all that a site holds for good.
    pub(super) fn may_hold(&self, site: SiteId, scopes: &[ScopeId]) -> bool {
        let of_site = lasting(&self.roster.scopes_of(site));
        !of_site.is_empty() && of_site.iter().all(|it| scopes.contains(it))
    }
}

/// Returns those of a site's scopes in which charts are for good.
pub(super) fn lasting(scopes: &[ScopeId]) -> Vec<ScopeId> {
    let lasting = scopes.iter().filter(|it| !it.is_of_guests());
    lasting.copied().collect()
}

const fn refusal(error: SegmentError) -> RefusalCode {
    match error {
        SegmentError::BadSignature => RefusalCode::BadSignature,
        SegmentError::TooLarge => RefusalCode::TooLarge,
        SegmentError::UnknownChange => RefusalCode::UnknownChange,
        SegmentError::Damaged | _ => RefusalCode::Malformed,
    }
}
