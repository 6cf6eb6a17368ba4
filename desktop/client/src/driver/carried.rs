//! Other devices' logs: taken from whoever has them, shown here, and carried to the hub as they were signed.
//!
//! A segment proves whose it is. What it says passes the same gate as anything from elsewhere, and is committed with
//! the segment itself: whatever is shown here of another's log also gets to the hub from here.

use audit::{Entry, EntryKind, LogHead, LogPosition};
use crypto::PublicKey;
use record::{DeviceId, ScopeId, SiteId};
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

/// How many of them may be of one device. It begins another log when it was restored or copied; one that does so without
/// end must not keep the others out.
pub(super) const MAX_CARRIED_LOGS_OF_A_DEVICE: usize = 3;

/// How many bytes of one log are carried: some months of a clinic that types, or an import of a few hundred charts.
pub(super) const MAX_CARRIED_BYTES: u64 = 8 << 20;

/// What is no scope: nothing is in it.
const NOWHERE: ScopeId = ScopeId(0);

/// What is to be done with a segment.
enum Judgement {
    /// Keep it.
    Take(OpenedSegment),
    /// Nothing: it is here already, up to this head.
    Held(LogHead),
    /// Leave it.
    Leave(RefusalCode),
}

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
            Judgement::Take(opened) => opened,
            Judgement::Held(after) => return Ok(Ok(after)),
            Judgement::Leave(code) => return Ok(Err(code)),
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
    fn judge_segment(&self, segment: &Segment) -> Result<Judgement, CommandError> {
        let device = match self.roster.device(segment.device()) {
            Some(device) if device.id == self.identity.device => {
                return Ok(Judgement::Leave(RefusalCode::WrongDevice));
            }
            Some(device) if device.is_active() => device,
            Some(_revoked) => return Ok(Judgement::Leave(RefusalCode::Revoked)),
            None => return Ok(Judgement::Leave(RefusalCode::NotEnrolled)),
        };
        if !self.may_hold(device.site, &lasting(&self.scopes())) {
            return Ok(Judgement::Leave(RefusalCode::NotForThisSite));
        }
        let opened = match segment.open(&device.log) {
            Ok(opened) => opened,
            Err(error) => return Ok(Judgement::Leave(refusal(error))),
        };
        let (before, end) = (segment.before(), segment.end());
        if i64::try_from(end.seq).is_err() {
            // No log is so long, and no database could count it.
            return Ok(Judgement::Leave(RefusalCode::Malformed));
        }
        let logs = self.store.carried_logs()?;
        let known = logs
            .iter()
            .find(|it| (it.head.device, it.head.epoch) == (end.device, end.epoch));
        let Some(CarriedLog { head, declined, .. }) = known else {
            return Ok(match has_room(&logs, end.device) {
                true => Judgement::Take(opened),
                false => Judgement::Leave(RefusalCode::Full),
            });
        };
        if *declined {
            return Ok(Judgement::Leave(RefusalCode::LogFork));
        }
        if end.seq <= head.seq {
            return self.judge_older(&opened, &device.log);
        }
        let here = |it: &&OpenedEntry| it.head.seq == head.seq;
        let there = match before.seq == head.seq {
            true => Some(before),
            false => opened.entries.iter().find(here).map(|it| it.head),
        };
        Ok(match there {
            Some(there) if there != *head => Judgement::Leave(RefusalCode::LogFork),
            None => Judgement::Leave(RefusalCode::LogGap),
            Some(_) if self.is_above(end)? => Judgement::Leave(RefusalCode::Full),
            Some(_) => Judgement::Take(opened),
        })
    }

    /// Looks whether a segment that ends no later than what is carried of its log is part of that. Nothing of it is kept,
    /// so that no device can have more kept than is counted.
    fn judge_older(
        &self,
        opened: &OpenedSegment,
        key: &PublicKey,
    ) -> Result<Judgement, CommandError> {
        let after = opened.after();
        let mut before = after.position();
        before.seq = before.seq.saturating_sub(1);
        let carried = self.carried_after(before)?.map(|it| it.open(key));
        let carried = match carried.transpose() {
            Ok(carried) => carried,
            Err(error) => return Err(CommandError::text(ErrorCode::Damaged, error.to_string())),
        };
        let entries = carried.iter().flat_map(|it| &it.entries);
        let there = entries.map(|it| it.head).find(|it| it.seq == after.seq);
        Ok(match there {
            Some(there) if there == after => Judgement::Held(after),
            Some(_other) => Judgement::Leave(RefusalCode::LogFork),
            // What is carried begins after it.
            None => Judgement::Leave(RefusalCode::LogGap),
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

/// Tells whether another log of a device may be carried. One that the hub has declined takes no place but its device's.
fn has_room(logs: &[CarriedLog], device: DeviceId) -> bool {
    let of_device = logs.iter().filter(|it| it.head.device == device).count();
    let carried = logs.iter().filter(|it| !it.declined).count();
    of_device < MAX_CARRIED_LOGS_OF_A_DEVICE && carried < MAX_CARRIED_LOGS
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
