//! How people come to a device and leave it, and how they leave for good.
//!
//! Nothing is taken off the list: keys that are used no more stay as former ones, with the time until which they count.
//! So what was signed with them can be checked for ever, and what was written in time and comes late is still taken.

use crypto::{BoxPublicKey, PublicKey};
use record::{DeviceId, PersonId};

use crate::{ChangeError, Device, Person, PersonKey, Roster};

/// Someone who may open a device's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opener {
    /// Who.
    pub person: PersonId,
    /// What the database's key is sealed to for them.
    pub seal: BoxPublicKey,
}

impl Roster {
    /// Lets a person unlock a device, with the keys they made there. Others that they had there become former ones;
    /// the same ones count from now on as long as it says here.
    pub fn readmit(
        &mut self,
        person: PersonId,
        key: PersonKey,
        now_ms: u64,
    ) -> Result<(), ChangeError> {
        let device = key.device;
        let computer = self.active_device(device)?;
        let site = computer.site;
        let someone = self.listed(person)?;
        if !someone.active {
            return Err(ChangeError::Left(person));
        }
        if !someone.sites.contains(&site) {
            return Err(ChangeError::NotAtThisSite(person));
        }
        let given_up = |it: &PersonKey| (it.device, it.sign) == (device, key.sign);
        if someone.former.iter().any(given_up) {
            return Err(ChangeError::FormerKey(person));
        }
        if someone.key_on(device).is_none_or(|it| it.sign != key.sign) {
            someone.put_off(device, now_ms);
            someone.keys.push(key);
        } else {
            let same = someone.keys.iter_mut().filter(|it| it.device == device);
            same.for_each(|it| it.until_ms = key.until_ms);
        }
        let computer = self.active_device(device)?;
        if !computer.people.contains(&person) {
            computer.people.push(person);
        }
        Ok(())
    }

    /// Takes a person off a device: their keys there count no more.
    pub fn dismiss(
        &mut self,
        person: PersonId,
        device: DeviceId,
        now_ms: u64,
    ) -> Result<(), ChangeError> {
        let someone = self.listed(person)?;
        if someone.key_on(device).is_none() {
            return Err(ChangeError::NotOnDevice(device));
        }
        someone.put_off(device, now_ms);
        for computer in self.devices.iter_mut().filter(|it| it.id == device) {
            computer.people.retain(|it| *it != person);
        }
        Ok(())
    }

    /// Lists that a person works here no more: no key of theirs counts from now on.
    pub fn leave(&mut self, person: PersonId, now_ms: u64) -> Result<(), ChangeError> {
        let someone = self.listed(person)?;
        if !someone.active {
            return Err(ChangeError::Left(person));
        }
        someone.active = false;
        someone.left_ms = Some(now_ms);
        let devices: Vec<DeviceId> = someone.keys.iter().map(|it| it.device).collect();
        for device in devices {
            self.dismiss(person, device, now_ms)?;
        }
        Ok(())
    }

    /// Returns who may open a device's database at present, in order.
    #[must_use]
    pub fn openers(&self, device: DeviceId) -> Vec<Opener> {
        let opener = |it: &Person| {
            let seal = it.key_on(device)?.seal;
            let person = it.id;
            it.active.then_some(Opener { person, seal })
        };
        let mut openers: Vec<Opener> = self.people_of(device).filter_map(opener).collect();
        openers.sort_unstable();
        openers
    }

    fn listed(&mut self, person: PersonId) -> Result<&mut Person, ChangeError> {
        let someone = self.people.iter_mut().find(|it| it.id == person);
        someone.ok_or(ChangeError::UnknownPerson(person))
    }

    fn active_device(&mut self, device: DeviceId) -> Result<&mut Device, ChangeError> {
        let computer = self.devices.iter_mut().find(|it| it.id == device);
        let computer = computer.ok_or(ChangeError::UnknownDevice(device))?;
        if !computer.is_active() {
            return Err(ChangeError::Revoked(device));
        }
        Ok(computer)
    }
}

impl Person {
    /// Returns every key pair that they ever had on a device: the one they use, then former ones, the newest first.
    pub fn keys_ever_on(&self, device: DeviceId) -> impl Iterator<Item = &PersonKey> {
        let former = self.former.iter().rev();
        let all = self.keys.iter().chain(former);
        all.filter(move |key| key.device == device)
    }

    /// Returns the key that they signed with on a device, if one of those that they ever had there did.
    #[must_use]
    pub fn signed_with(
        &self,
        device: DeviceId,
        fits: impl Fn(&PublicKey) -> bool,
    ) -> Option<&PersonKey> {
        self.keys_ever_on(device).find(|key| fits(&key.sign))
    }

    /// Tells whether they could unlock a device at a time.
    #[must_use]
    pub fn could_unlock(&self, device: DeviceId, at_ms: u64) -> bool {
        self.keys_ever_on(device)
            .any(|key| key.until_ms.is_none_or(|until| at_ms <= until))
    }

    /// Tells whether they worked here at a time.
    #[must_use]
    pub fn worked_here(&self, at_ms: u64) -> bool {
        self.active || self.left_ms.is_some_and(|left| at_ms <= left)
    }

    /// Makes the keys that they have on a device former ones.
    fn put_off(&mut self, device: DeviceId, now_ms: u64) {
        let (gone, kept) = self.keys.drain(..).partition(|it| it.device == device);
        self.keys = kept;
        let ended = |it: PersonKey| PersonKey {
            until_ms: Some(it.until_ms.map_or(now_ms, |until| until.min(now_ms))),
            ..it
        };
        let gone: Vec<PersonKey> = gone;
        self.former.extend(gone.into_iter().map(ended));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;
    use crate::signed::tests::{example, public, seal, signing};
    use record::SiteId;

    const ANA: PersonId = PersonId(1);
    const DESK: DeviceId = DeviceId(1);

    fn key(seed: u8, until_ms: Option<u64>) -> PersonKey {
        PersonKey {
            device: DESK,
            sign: public(seed),
            seal: seal(seed),
            until_ms,
        }
    }

    #[test]
    fn a_colleague_comes_to_a_computer_and_may_open_it() {
        let mut roster = example();
        let eve = roster.add_person("Eve", Role::Nurse, &[SiteId(1)]).unwrap();

        roster.readmit(eve, key(70, None), 5).unwrap();

        let people: Vec<PersonId> = roster.openers(DESK).iter().map(|it| it.person).collect();
        assert_eq!(people, [ANA, eve]);
        assert!(roster.sign(&signing(2)).is_ok());
    }

    #[test]
    fn who_forgot_a_passphrase_has_new_keys_and_the_old_ones_count_for_what_was() {
        let mut roster = example();

        roster.readmit(ANA, key(70, Some(900)), 500).unwrap();

        let ana = roster.person(ANA).unwrap();
        assert_eq!(ana.key_on(DESK).unwrap().sign, public(70));
        assert_eq!(ana.former.len(), 1);
        assert_eq!(ana.former[0].until_ms, Some(500));
        assert!(ana.could_unlock(DESK, 400) && ana.could_unlock(DESK, 900));
        assert!(
            !ana.could_unlock(DESK, 901),
            "nobody confirmed the new ones"
        );
        assert!(ana.signed_with(DESK, |it| *it == public(30)).is_some());
        let again = roster.readmit(ANA, key(30, None), 600);
        assert_eq!(again, Err(ChangeError::FormerKey(ANA)));

        roster.readmit(ANA, key(70, None), 700).unwrap();
        let ana = roster.person(ANA).unwrap();
        assert!(ana.could_unlock(DESK, u64::MAX), "confirmed");
        assert_eq!((ana.keys.len(), ana.former.len()), (1, 1));
        assert!(roster.sign(&signing(2)).is_ok());
    }

    #[test]
    fn who_is_taken_off_a_computer_may_not_open_it_and_what_they_wrote_in_time_counts() {
        let mut roster = example();

        roster.dismiss(ANA, DESK, 500).unwrap();

        assert_eq!(roster.openers(DESK), []);
        let ana = roster.person(ANA).unwrap();
        assert!(ana.active && ana.could_unlock(DESK, 500) && !ana.could_unlock(DESK, 501));
        assert_eq!(
            roster.dismiss(ANA, DESK, 600),
            Err(ChangeError::NotOnDevice(DESK))
        );
        assert!(roster.sign(&signing(2)).is_ok());
    }

    #[test]
    fn who_leaves_is_taken_off_every_computer() {
        let mut roster = example();

        roster.leave(ANA, 500).unwrap();

        let ana = roster.person(ANA).unwrap();
        assert!(ana.worked_here(500) && !ana.worked_here(501) && ana.keys.is_empty());
        assert_eq!(roster.openers(DESK), []);
        assert_eq!(roster.leave(ANA, 600), Err(ChangeError::Left(ANA)));
        let back = roster.readmit(ANA, key(70, None), 700);
        assert_eq!(back, Err(ChangeError::Left(ANA)));
    }

    #[test]
    fn nobody_comes_to_a_computer_where_they_do_not_work_or_to_one_that_is_shut_out() {
        let mut roster = example();
        let bo = PersonId(2);

        let elsewhere = roster.readmit(bo, key(70, None), 5);
        let unknown = roster.readmit(PersonId(9), key(70, None), 5);
        roster.revoke(DESK).unwrap();
        let shut = roster.readmit(ANA, key(70, None), 5);

        assert_eq!(elsewhere, Err(ChangeError::NotAtThisSite(bo)));
        assert_eq!(unknown, Err(ChangeError::UnknownPerson(PersonId(9))));
        assert_eq!(shut, Err(ChangeError::Revoked(DESK)));
    }
}
