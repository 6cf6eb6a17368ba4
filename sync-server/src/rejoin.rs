//! What a hub that was put back had signed, and does not know any more: the rosters that devices show it.
//!
//! Only this hub's own key signs a roster, and it keeps each that it gives away. One that it has not kept is of the time
//! that it lost: computers enrolled then are locked out, and numbers given then would be given again, unless it is put
//! together with what stands. Until then new numbers and epochs begin far above those of the copy.

use audit::{Entry, SessionEvent};
use roster::{Device, Roster, SignedRoster};
use store::{HubCommit, NewRoster, StoreError};
use wire::Show;

use crate::hub::Hub;
use crate::pen::Subject;
use crate::restored::Restored;

/// How many epochs of the roster are passed over by a hub that was put back: those that it signed before are then told
/// from those that it signs.
pub(crate) const PASSED_EPOCHS: u64 = 1000;

impl Hub {
    /// Tells whether a device holds a roster that this hub has not kept.
    pub(crate) fn is_unknown_roster(&self, epoch: u64) -> Result<bool, StoreError> {
        let rejoined = self.restored()?.map_or(0, |it| it.rejoined);
        Ok(epoch > rejoined && epoch > 0 && self.kept_roster(epoch)?.is_none())
    }

    /// Looks what a device shows of the time that this hub has lost, and takes it up.
    pub(crate) fn take_shown(&mut self, show: &Show) -> Result<(), StoreError> {
        self.refresh()?;
        if let Some(note) = &show.checkpoint {
            self.take_proof(note)?;
        }
        match &show.roster {
            Some(signed) => self.rejoin(signed),
            None => Ok(()),
        }
    }

    /// Returns the roster as it was when the hub last found that it had been put back; none if it never did.
    pub(crate) fn after_restore(&self) -> Result<Option<Roster>, StoreError> {
        match self.restored()? {
            Some(restored) => self.kept_roster_up_to(restored.roster_epoch),
            None => Ok(None),
        }
    }

    fn kept_roster(&self, epoch: u64) -> Result<Option<SignedRoster>, StoreError> {
        let kept = self.store.rosters_after(epoch.saturating_sub(1), 1)?;
        let same = kept.into_iter().find(|(found, _)| *found == epoch);
        Ok(same.map(|(_, signed)| signed))
    }

    /// Returns the newest roster of an epoch or one before it.
    fn kept_roster_up_to(&self, epoch: u64) -> Result<Option<Roster>, StoreError> {
        let Some(signed) = self.store.roster_up_to(epoch)? else {
            return Ok(None);
        };
        // Of one that cannot be read any more nothing is known: then numbers are passed over from the one that stands.
        let opened = signed.open(&self.keys.roster.public(), 0);
        Ok(Some(opened.unwrap_or_else(|_| self.roster.clone())))
    }

    /// Puts a roster that this hub signed and has lost together with the one that stands.
    fn rejoin(&mut self, signed: &SignedRoster) -> Result<(), StoreError> {
        let theirs = match signed.open(&self.keys.roster.public(), 0) {
            Ok(theirs) => theirs,
            Err(error) => {
                tracing::warn!(%error, "a roster that was shown is not taken");
                return Ok(());
            }
        };
        let rejoined = self.restored()?.map_or(0, |it| it.rejoined);
        let kept = self.kept_roster(theirs.epoch)?;
        if theirs.epoch <= rejoined || kept.is_some_and(|it| it.bytes == signed.bytes) {
            return Ok(());
        }
        // It is proof in itself that this hub was put back.
        if self.restored()?.is_none() {
            self.begin_feeds_anew(0)?;
        }
        let (joined, twice) = self.roster.rejoin(&theirs);
        for error in twice {
            tracing::error!(%error, "enrol or add again what the hub had under that number before");
        }
        self.take_joined(&theirs, signed, joined)
    }

    /// Keeps the roster that came of two. It is above both, so every device takes it: but if it is theirs, that.
    fn take_joined(
        &mut self,
        theirs: &Roster,
        signed: &SignedRoster,
        mut joined: Roster,
    ) -> Result<(), StoreError> {
        let made_from = self.roster.epoch;
        let restored = Restored {
            rejoined: theirs.epoch,
            ..self.restored()?.unwrap_or_default()
        };
        let mut commit = HubCommit {
            meta: vec![restored.kept()?],
            entries: self.entries_about(&joined),
            ..HubCommit::default()
        };
        let signed = if joined.lists_the_same(theirs) && theirs.epoch > made_from {
            joined.epoch = theirs.epoch;
            Ok(signed.clone())
        } else {
            let passed = restored.roster_epoch.saturating_add(PASSED_EPOCHS);
            joined.epoch = joined.epoch.max(passed).saturating_add(1);
            joined.sign(&self.keys.roster)
        };
        match signed {
            Ok(signed) => {
                let number = i64::try_from(joined.epoch).ok();
                let subject = Subject {
                    number,
                    ..Subject::default()
                };
                commit
                    .entries
                    .push(self.entry(SessionEvent::RosterSigned, subject));
                commit.roster = Some(NewRoster {
                    made_from,
                    epoch: joined.epoch,
                    signed,
                });
            }
            Err(error) => {
                tracing::error!(%error, "a roster of before this hub was put back is not taken");
                commit.entries.clear();
            }
        }
        self.commit(commit)?;
        self.refresh()?;
        self.sign_checkpoint()
    }

    /// Returns what the hub's own log says of devices that come in or are shut out by another roster.
    fn entries_about(&mut self, joined: &Roster) -> Vec<Entry> {
        let mut events = Vec::new();
        for device in &joined.devices {
            let was_active = self.roster.device(device.id).map(Device::is_active);
            if was_active.is_none() {
                tracing::warn!(
                    device = device.id.0,
                    "a computer is known again that this hub had forgotten"
                );
                events.push((SessionEvent::DeviceApproved, device.id));
            }
            if !device.is_active() && was_active != Some(false) {
                events.push((SessionEvent::DeviceRevoked, device.id));
            }
        }
        let events = events.into_iter().map(|(event, device)| {
            let subject = Subject {
                device: Some(device),
                ..Subject::default()
            };
            self.entry(event, subject)
        });
        events.collect()
    }
}

#[cfg(test)]
mod tests;
