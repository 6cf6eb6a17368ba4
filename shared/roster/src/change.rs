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
    /// Name a device that they do use.
    #[error("the person has no keys on device {0}")]
    NotOnDevice(DeviceId),
    /// Have them make new keys there.
    #[error("person {0} has given these keys up")]
    FormerKey(PersonId),
    /// Add them anew, if they came back.
    #[error("person {0} does not work here any more")]
    Left(PersonId),
    /// Add the device's site to where they work.
    #[error("person {0} does not work at the device's site")]
    NotAtThisSite(PersonId),
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

    /// The highest epoch: no hub comes there, and above it no store counts.
    pub const MAX_EPOCH: u64 = 1 << 62;

    /// The most scopes: an office is entitled to all of them, and the messages of its session name each.
    pub const MAX_SCOPES: usize = 256;

    /// Adds a scope.
    pub fn add_scope(&mut self, name: &str) -> Result<ScopeId, ChangeError> {
        if self.scopes.len() >= Self::MAX_SCOPES {
            return Err(ChangeError::TooManyScopes);
        }
        let id = ScopeId(next(
            self.scopes.iter().map(|it| it.id.0),
            self.floors.scope,
        ));
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
        let id = SiteId(next(self.sites.iter().map(|it| it.id.0), self.floors.site));
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
        let id = PersonId(next(
            self.people.iter().map(|it| it.id.0),
            self.floors.person,
        ));
        self.people.push(Person {
            id,
            name: name.to_owned(),
            role,
            sites: sites.to_vec(),
            active: true,
            keys: Vec::new(),
            former: Vec::new(),
            left_ms: None,
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
        let id = DeviceId(next(
            self.devices.iter().map(|it| it.id.0),
            self.floors.device,
        ));
        self.devices.push(Device {
            id,
            site,
            label,
            tls,
            log,
            blocks: vec![block],
            moved: Vec::new(),
            people: Vec::new(),
            state: DeviceState::Active,
            proves_actors: true,
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
        someone.keys.push(PersonKey {
            device,
            sign,
            seal,
            until_ms: None,
        });
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

    /// Gives one of a device's logs a block of its own: the device was copied, and each copy must issue other
    /// numbers.
    pub fn give_block_to_log(&mut self, device: DeviceId, epoch: u32) -> Result<u16, ChangeError> {
        let block = self.give_block(device)?;
        for computer in self.devices.iter_mut().filter(|it| it.id == device) {
            computer.moved.push((epoch, block));
        }
        Ok(block)
    }

    /// Returns the lowest block that no device has, revoked ones included: their numbers are on cards.
    fn free_block(&self) -> Option<u16> {
        let taken = |block: &u16| self.devices.iter().any(|it| it.blocks.contains(block));
        let first = Self::FIRST_BLOCK.max(self.floors.block);
        let above = first..=PatientNumber::LAST_BLOCK;
        let below = Self::FIRST_BLOCK..first;
        above.chain(below).find(|block| !taken(block))
    }
}

/// Returns the number after the highest and after the floor. None is given twice, because nothing is ever taken off the
/// list.
fn next(taken: impl Iterator<Item = u32>, floor: u32) -> u32 {
    taken.max().unwrap_or(0).max(floor).saturating_add(1)
}

#[cfg(test)]
mod tests;
