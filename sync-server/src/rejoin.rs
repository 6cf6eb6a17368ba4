//! What a hub that was put back had signed, and does not know any more: the rosters that devices show it.
//!
//! Only this hub's own key signs a roster, and it keeps each that it gives away. One that it has not kept is of the time
//! that it lost: computers enrolled then are locked out, and numbers given then would be given again, unless it is put
//! together with what stands. Until then new numbers and epochs begin far above those of the copy.

use audit::SessionEvent;
use roster::{Roster, SignedRoster};
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
        // One that cannot be read any more is no base: then the one that stands is.
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
        let base = self.kept_roster_up_to(theirs.epoch.saturating_sub(1))?;
        let base = base.unwrap_or_else(|| self.roster.clone());
        match self.roster.rejoin(&base, &theirs) {
            Ok(joined) => self.take_joined(&theirs, signed, joined),
            Err(error) => {
                tracing::error!(
                    %error,
                    epoch = theirs.epoch,
                    "a roster of before this hub was put back is not taken: enrol the computers that it lists and \
                     `posta-hub device list` does not show again"
                );
                Ok(())
            }
        }
    }

    /// Keeps the roster that came of two.
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
            ..HubCommit::default()
        };
        if joined.lists_the_same(theirs) && theirs.epoch > made_from {
            commit.roster = Some(NewRoster {
                made_from,
                epoch: theirs.epoch,
                signed: signed.clone(),
            });
        } else if !joined.lists_the_same(&self.roster) {
            joined.epoch = joined.epoch.saturating_add(1);
            let signed = match joined.sign(&self.keys.roster) {
                Ok(signed) => signed,
                Err(error) => {
                    tracing::error!(%error, "a roster of before this hub was put back is not taken");
                    return Ok(());
                }
            };
            commit.roster = Some(NewRoster {
                made_from,
                epoch: joined.epoch,
                signed,
            });
        }
        let number = commit.roster.as_ref().map(|it| it.epoch);
        let subject = Subject {
            number: number.and_then(|it| i64::try_from(it).ok()),
            ..Subject::default()
        };
        if number.is_some() {
            commit.entries = vec![self.entry(SessionEvent::RosterSigned, subject)];
        }
        self.commit(commit)?;
        self.refresh()?;
        self.sign_checkpoint()
    }
}

#[cfg(test)]
mod tests;
