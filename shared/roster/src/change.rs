//! How the hub changes the roster: numbers are handed out once, keys and blocks belong to one device.
//!
//! The epoch does not rise here: whoever signs raises it, once for all that changed together.

use crypto::{BoxPublicKey, PublicKey};
use record::{DeviceId, PatientNumber, PersonId, ScopeId, SiteId};

use crate::{Device, DeviceState, Person, PersonKey, Role, Roster, Scope, Site, SiteKind};

/// Why the roster did not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// Add the scope first, or name another.
    #[error("the roster does not list scope {0}")]
    UnknownScope(ScopeId),
    /// Add the site first, or name another.
    #[error("the roster does not list site {0}")]
    UnknownSite(SiteId),
    /// Add the person first, or name another.
    #[error("the roster does not list person {0}")]
    UnknownPerson(PersonId),
    /// Enrol the device first, or name another.
    #[error("the roster does not list device {0}")]
    UnknownDevice(DeviceId),
    /// Have the computer make new keys: these were enrolled before, as this device.
    #[error("the keys belong to device {0}")]
    KeyInUse(DeviceId),
    /// Give the person another computer, or revoke this one first.
    #[error("the person has keys on device {0}")]
    AlreadyAdmitted(DeviceId),
    /// Enrol it again: the device is revoked.
    #[error("device {0} is revoked")]
    Revoked(DeviceId),
    /// Let the site share a scope that there is.
    #[error(
        "a hub has at most {} scopes: let the site share a scope that there is",
        Roster::MAX_SCOPES
    )]
    TooManyScopes,
    /// No block of patient numbers is left for another device.
    #[error("no block of patient numbers is left")]
    NoBlockLeft,
}

/// A device that is to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Where it stands.
    pub site: SiteId,
    /// What people call it.
    pub label: String,
    /// The key of its end of a link.
    pub tls: PublicKey,
    /// The key that signs its log.
    pub log: PublicKey,
}

impl Roster {
    /// The first block of patient numbers: with four digits, no number begins with a zero that a spreadsheet drops.
    pub const FIRST_BLOCK: u16 = 1000;

    /// The most scopes: an office is entitled to all of them, and the messages of its session name each.
    pub const MAX_SCOPES: usize = 256;

    /// Adds a scope.
    pub fn add_scope(&mut self, name: &str) -> Result<ScopeId, ChangeError> {
        if self.scopes.len() >= Self::MAX_SCOPES {
            return Err(ChangeError::TooManyScopes);
        }
        let id = ScopeId(next(self.scopes.iter().map(|it| it.id.0)));
        self.scopes.push(Scope {
            id,
            name: name.to_owned(),
        });
        Ok(id)
    }

    /// Adds a site. An office is entitled to every scope.
    pub fn add_site(
        &mut self,
        name: &str,
        kind: SiteKind,
        home: ScopeId,
    ) -> Result<SiteId, ChangeError> {
        self.scope(home).ok_or(ChangeError::UnknownScope(home))?;
        let id = SiteId(next(self.sites.iter().map(|it| it.id.0)));
        self.sites.push(Site {
            id,
            name: name.to_owned(),
            kind,
            home,
            scopes: Vec::new(),
            every_scope: kind == SiteKind::Office,
        });
        Ok(id)
    }

    /// Entitles a site to one more scope.
    pub fn entitle(&mut self, site: SiteId, scope: ScopeId) -> Result<(), ChangeError> {
        self.scope(scope).ok_or(ChangeError::UnknownScope(scope))?;
        let place = self.sites.iter_mut().find(|it| it.id == site);
        let place = place.ok_or(ChangeError::UnknownSite(site))?;
        if !place.scopes.contains(&scope) {
            place.scopes.push(scope);
        }
        Ok(())
    }

    /// Adds a person.
    pub fn add_person(
        &mut self,
        name: &str,
        role: Role,
        sites: &[SiteId],
    ) -> Result<PersonId, ChangeError> {
        if let Some(unknown) = sites.iter().find(|site| self.site(**site).is_none()) {
            return Err(ChangeError::UnknownSite(*unknown));
        }
        let id = PersonId(next(self.people.iter().map(|it| it.id.0)));
        self.people.push(Person {
            id,
            name: name.to_owned(),
            role,
            sites: sites.to_vec(),
            active: true,
            keys: Vec::new(),
        });
        Ok(id)
    }

    /// Enrols a device and reserves a block of patient numbers for it. Nobody may unlock it yet.
    pub fn enrol(&mut self, device: NewDevice) -> Result<DeviceId, ChangeError> {
        let NewDevice {
            site,
            label,
            tls,
            log,
        } = device;
        self.site(site).ok_or(ChangeError::UnknownSite(site))?;
        let has_key = |it: &&Device| [it.tls, it.log].iter().any(|key| [tls, log].contains(key));
        if let Some(other) = self.devices.iter().find(has_key) {
            return Err(ChangeError::KeyInUse(other.id));
        }
        let block = self.free_block().ok_or(ChangeError::NoBlockLeft)?;
        let id = DeviceId(next(self.devices.iter().map(|it| it.id.0)));
        self.devices.push(Device {
            id,
            site,
            label,
            tls,
            log,
            blocks: vec![block],
            people: Vec::new(),
            state: DeviceState::Active,
        });
        Ok(id)
    }

    /// Lets a person unlock a device, with the keys they made there.
    pub fn admit(
        &mut self,
        person: PersonId,
        device: DeviceId,
        sign: PublicKey,
        seal: BoxPublicKey,
    ) -> Result<(), ChangeError> {
        let computer = self.devices.iter_mut().find(|it| it.id == device);
        let computer = computer.ok_or(ChangeError::UnknownDevice(device))?;
        let someone = self.people.iter_mut().find(|it| it.id == person);
        let someone = someone.ok_or(ChangeError::UnknownPerson(person))?;
        if !computer.is_active() {
            return Err(ChangeError::Revoked(device));
        }
        if someone.key_on(device).is_some() {
            return Err(ChangeError::AlreadyAdmitted(device));
        }
        someone.keys.push(PersonKey { device, sign, seal });
        if !computer.people.contains(&person) {
            computer.people.push(person);
        }
        Ok(())
    }

    /// Stops talking to a device. It stays listed, so that what it signed before can be checked.
    pub fn revoke(&mut self, device: DeviceId) -> Result<(), ChangeError> {
        let computer = self.devices.iter_mut().find(|it| it.id == device);
        computer.ok_or(ChangeError::UnknownDevice(device))?.state = DeviceState::Revoked;
        Ok(())
    }

    /// Gives a device that has used its patient numbers up another block of them.
    pub fn give_block(&mut self, device: DeviceId) -> Result<u16, ChangeError> {
        let block = self.free_block().ok_or(ChangeError::NoBlockLeft)?;
        let computer = self.devices.iter_mut().find(|it| it.id == device);
        let computer = computer.ok_or(ChangeError::UnknownDevice(device))?;
        if !computer.is_active() {
            return Err(ChangeError::Revoked(device));
        }
        computer.blocks.push(block);
        Ok(block)
    }

    /// Returns the lowest block that no device has, revoked ones included: their numbers are on cards.
    fn free_block(&self) -> Option<u16> {
        let taken = |block: &u16| self.devices.iter().any(|it| it.blocks.contains(block));
        (Self::FIRST_BLOCK..=PatientNumber::LAST_BLOCK).find(|block| !taken(block))
    }
}

/// Returns the number after the highest. None is given twice, because nothing is ever taken off the list.
fn next(taken: impl Iterator<Item = u32>) -> u32 {
    taken.max().unwrap_or(0).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::tests::{example, new_device, public, seal};

    #[test]
    fn numbers_are_handed_out_once() {
        let mut roster = example();

        let first = roster.enrol(new_device(50)).unwrap();
        let second = roster.enrol(new_device(60)).unwrap();

        assert_eq!((first, second), (DeviceId(3), DeviceId(4)));
        let blocks: Vec<u16> = roster
            .devices
            .iter()
            .flat_map(|it| it.blocks.clone())
            .collect();
        assert_eq!(blocks, [1000, 1001, 1002, 1003]);
    }

    #[test]
    fn a_revoked_device_keeps_its_block_and_its_keys() {
        let mut roster = example();
        let lost = roster.enrol(new_device(50)).unwrap();

        roster.revoke(lost).unwrap();

        assert!(!roster.device(lost).unwrap().is_active());
        assert_eq!(
            roster.enrol(new_device(50)),
            Err(ChangeError::KeyInUse(lost))
        );
        let next = roster.enrol(new_device(60)).unwrap();
        assert_ne!(
            roster.device(next).unwrap().blocks,
            roster.device(lost).unwrap().blocks
        );
        assert_eq!(
            roster.admit(PersonId(1), lost, public(70), seal(71)),
            Err(ChangeError::Revoked(lost))
        );
    }

    #[test]
    fn a_block_is_given_to_one_device_and_never_to_a_revoked_one() {
        let mut roster = example();

        let given = roster.give_block(DeviceId(1));
        let next = roster.enrol(new_device(50)).unwrap();
        roster.revoke(DeviceId(2)).unwrap();

        assert_eq!(given, Ok(1002));
        assert_eq!(roster.device(DeviceId(1)).unwrap().blocks, [1000, 1002]);
        assert_eq!(roster.device(next).unwrap().blocks, [1003]);
        let revoked = roster.give_block(DeviceId(2));
        assert_eq!(revoked, Err(ChangeError::Revoked(DeviceId(2))));
        let unknown = roster.give_block(DeviceId(9));
        assert_eq!(unknown, Err(ChangeError::UnknownDevice(DeviceId(9))));
    }

    #[test]
    fn a_key_serves_one_device_and_one_purpose() {
        let mut roster = example();
        let enrolled = roster.device(DeviceId(1)).unwrap().clone();
        let crossed = NewDevice {
            tls: enrolled.log,
            ..new_device(50)
        };

        assert_eq!(
            roster.enrol(crossed),
            Err(ChangeError::KeyInUse(enrolled.id))
        );
    }

    #[test]
    fn a_person_is_admitted_once_to_a_device() {
        let mut roster = example();

        let again = roster.admit(PersonId(1), DeviceId(1), public(70), seal(71));

        assert_eq!(again, Err(ChangeError::AlreadyAdmitted(DeviceId(1))));
    }

    #[test]
    fn what_is_not_listed_cannot_be_referred_to() {
        let mut roster = example();
        let nowhere = NewDevice {
            site: SiteId(9),
            ..new_device(50)
        };

        assert_eq!(
            roster.enrol(nowhere),
            Err(ChangeError::UnknownSite(SiteId(9)))
        );
        assert_eq!(
            roster.add_person("Ana", Role::Nurse, &[SiteId(9)]),
            Err(ChangeError::UnknownSite(SiteId(9)))
        );
        assert_eq!(
            roster.add_site("Post", SiteKind::Clinic, ScopeId(9)),
            Err(ChangeError::UnknownScope(ScopeId(9)))
        );
        assert_eq!(
            roster.entitle(SiteId(1), ScopeId(9)),
            Err(ChangeError::UnknownScope(ScopeId(9)))
        );
        assert_eq!(
            roster.revoke(DeviceId(9)),
            Err(ChangeError::UnknownDevice(DeviceId(9)))
        );
    }

    #[test]
    fn blocks_run_out_with_a_clear_reason() {
        let mut roster = example();
        roster.devices[0].blocks = (Roster::FIRST_BLOCK..=PatientNumber::LAST_BLOCK).collect();

        assert_eq!(roster.enrol(new_device(50)), Err(ChangeError::NoBlockLeft));
    }

    #[test]
    fn a_site_is_entitled_to_its_home_and_what_was_added_and_an_office_to_all() {
        let mut roster = example();
        let referrals = roster.add_scope("referrals").unwrap();

        roster.entitle(SiteId(1), referrals).unwrap();
        roster.entitle(SiteId(1), referrals).unwrap();
        let later = roster.add_scope("later").unwrap();

        let guests = |site| ScopeId::guest_of(SiteId(site));
        assert_eq!(
            roster.scopes_of(SiteId(1)),
            [ScopeId(1), referrals, guests(1)]
        );
        assert_eq!(
            roster.scopes_of(SiteId(2)),
            [ScopeId(1), ScopeId(2), referrals, later, guests(2)]
        );
        assert_eq!(roster.scopes_of(SiteId(9)), []);
    }

    #[test]
    fn scopes_end_where_a_message_would() {
        let mut roster = example();
        while roster.scopes.len() < Roster::MAX_SCOPES {
            roster.add_scope("another").unwrap();
        }

        assert_eq!(
            roster.add_scope("one more"),
            Err(ChangeError::TooManyScopes)
        );
        assert_eq!(roster.scopes_of(SiteId(2)).len(), Roster::MAX_SCOPES);
    }

    #[test]
    fn the_people_of_a_device_are_those_admitted() {
        let roster = example();

        let names: Vec<&str> = roster
            .people_of(DeviceId(1))
            .map(|it| it.name.as_str())
            .collect();

        assert_eq!(names, ["Ana"]);
        assert_eq!(roster.people_of(DeviceId(9)).count(), 0);
    }
}
