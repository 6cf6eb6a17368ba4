//! The list itself, and what is asked of it.

use crypto::PublicKey;
use record::{DeviceId, PersonId, ScopeId, SiteId};
use serde::{Deserialize, Serialize};

use crate::{Device, Floors, HubKeys, Person, Scope, Site};

/// The list of sites, people and devices, with an epoch that only rises.
///
/// A roster that came out of a [`crate::SignedRoster`] is consistent: whatever it refers to, it lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Which edition this is.
    #[serde(rename = "e")]
    pub epoch: u64,
    /// The hub.
    #[serde(rename = "h")]
    pub hub: HubKeys,
    /// The scopes.
    #[serde(rename = "c")]
    pub scopes: Vec<Scope>,
    /// The sites.
    #[serde(rename = "s")]
    pub sites: Vec<Site>,
    /// The people.
    #[serde(rename = "p")]
    pub people: Vec<Person>,
    /// The devices.
    #[serde(rename = "d")]
    pub devices: Vec<Device>,
    /// From where on new numbers are given here. Nobody else gives any, so it does not travel.
    #[serde(skip)]
    pub floors: Floors,
}

impl Roster {
    /// Begins a roster that lists nobody yet.
    #[must_use]
    pub fn new(hub: HubKeys) -> Self {
        Self {
            epoch: 1,
            hub,
            scopes: Vec::new(),
            sites: Vec::new(),
            people: Vec::new(),
            devices: Vec::new(),
            floors: Floors::default(),
        }
    }

    /// Returns a scope.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.iter().find(|it| it.id == id)
    }

    /// Returns a site.
    #[must_use]
    pub fn site(&self, id: SiteId) -> Option<&Site> {
        self.sites.iter().find(|it| it.id == id)
    }

    /// Returns a person, whether or not they still work here.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|it| it.id == id)
    }

    /// Returns a device, revoked or not.
    #[must_use]
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.iter().find(|it| it.id == id)
    }

    /// Returns the device whose end of a link has this key, revoked or not.
    #[must_use]
    pub fn device_by_tls(&self, key: &PublicKey) -> Option<&Device> {
        self.devices.iter().find(|it| it.tls == *key)
    }

    /// Returns the scopes that a site is entitled to, in order and each once; none for a site not listed. The last is
    /// its guest scope, unless it is entitled to as many as there can be: then no chart is a guest.
    #[must_use]
    pub fn scopes_of(&self, site: SiteId) -> Vec<ScopeId> {
        let Some(listed) = self.site(site) else {
            return Vec::new();
        };
        let mut scopes = listed.entitled(self);
        if scopes.len() < Self::MAX_SCOPES {
            scopes.push(ScopeId::guest_of(site));
        }
        scopes
    }

    /// Returns the people who may unlock a device.
    pub fn people_of(&self, device: DeviceId) -> impl Iterator<Item = &Person> {
        let ids = self
            .device(device)
            .map_or(&[][..], |it| it.people.as_slice());
        ids.iter().filter_map(|id| self.person(*id))
    }
}
