//! The roster as it travels: bytes and a signature, believed together or not at all.
//!
//! The bytes are kept as they were signed, so members that this release does not know travel on unharmed. The signature is
//! checked before anything is parsed.

use std::collections::BTreeSet;

use crypto::{PublicKey, Signature, SigningKey};
use record::{DeviceId, PatientNumber, PersonId};
use serde::{Deserialize, Serialize};

use crate::{Device, Person, Roster, Site};

/// What the signature is made under.
const DOMAIN: &str = "posta/roster/v1";

/// The longest name or label, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// A roster and the signature of the hub's roster key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRoster {
    /// The roster in deterministic CBOR.
    #[serde(rename = "b", with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// Over the bytes.
    #[serde(rename = "s")]
    pub signature: Signature,
}

/// Why a roster was not signed or not believed. Whatever the reason, go on with the one held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RosterError {
    /// It comes from another hub, or someone altered it.
    #[error("the roster is not signed by this hub")]
    BadSignature,
    /// It is an older edition: someone may be playing it back to undo a revocation.
    #[error("the roster is of epoch {found}, and {held} is known")]
    Older {
        /// In the roster.
        found: u64,
        /// Known here.
        held: u64,
    },
    /// The hub signed what this release cannot read: update.
    #[error("the roster cannot be read")]
    Unreadable,
    /// The hub made a mistake; tell its administrator.
    #[error("the roster contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// The hub's roster outgrew what a message holds.
    #[error("the roster has {size} bytes; at most {limit} fit")]
    TooLarge {
        /// What it has.
        size: usize,
        /// What fits.
        limit: usize,
    },
}

impl Roster {
    /// Signs the roster, unless no reader would believe it.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedRoster, RosterError> {
        if self.hub.roster != key.public() {
            return Err(RosterError::BadSignature);
        }
        check(self)?;
        let bytes = serde_ipld_dagcbor::to_vec(self).map_err(|_opaque| RosterError::Unreadable)?;
        bounded(&bytes)?;
        Ok(SignedRoster {
            signature: key.sign(DOMAIN, &bytes),
            bytes,
        })
    }
}

impl SignedRoster {
    /// The most bytes of a roster: some 500 devices and 1,000 people, and it fits one message.
    pub const MAX_BYTES: usize = 192 * 1024;

    /// Opens the roster if the pinned key signed it and it is no older than the one known.
    pub fn open(&self, pinned: &PublicKey, at_least_epoch: u64) -> Result<Roster, RosterError> {
        bounded(&self.bytes)?;
        pinned
            .verify(DOMAIN, &self.bytes, &self.signature)
            .map_err(|_bad| RosterError::BadSignature)?;
        let roster: Roster = serde_ipld_dagcbor::from_slice(&self.bytes)
            .map_err(|_opaque| RosterError::Unreadable)?;
        if roster.epoch < at_least_epoch {
            return Err(RosterError::Older {
                found: roster.epoch,
                held: at_least_epoch,
            });
        }
        if roster.hub.roster != *pinned {
            return Err(RosterError::Inconsistent("it names another roster key"));
        }
        check(&roster)?;
        Ok(roster)
    }
}

fn bounded(bytes: &[u8]) -> Result<(), RosterError> {
    if bytes.len() > SignedRoster::MAX_BYTES {
        return Err(RosterError::TooLarge {
            size: bytes.len(),
            limit: SignedRoster::MAX_BYTES,
        });
    }
    Ok(())
}

/// Checks that the roster lists what it refers to and lists nothing twice.
fn check(roster: &Roster) -> Result<(), RosterError> {
    let rule = |holds: bool, broken| match holds {
        true => Ok(()),
        false => Err(RosterError::Inconsistent(broken)),
    };
    let is_counted = roster.epoch <= Roster::MAX_EPOCH;
    rule(is_counted, "its epoch is beyond all that there can be")?;
    rule(names_fit(roster), "a name is empty or too long")?;
    rule(
        roster.scopes.len() <= Roster::MAX_SCOPES,
        "it has more scopes than a message names: let sites share a scope",
    )?;
    rule(
        distinct(roster.scopes.iter().map(|it| it.id)),
        "a scope is listed twice",
    )?;
    rule(
        distinct(roster.sites.iter().map(|it| it.id)),
        "a site is listed twice",
    )?;
    rule(
        distinct(roster.people.iter().map(|it| it.id)),
        "a person is listed twice",
    )?;
    rule(
        distinct(roster.devices.iter().map(|it| it.id)),
        "a device is listed twice",
    )?;
    rule(
        roster.person(PersonId::NOBODY).is_none(),
        "nobody is listed as a person",
    )?;
    rule(
        roster.device(DeviceId::HUB).is_none(),
        "the hub is listed as a device",
    )?;
    rule(
        distinct(device_keys(roster)),
        "a key belongs to two devices",
    )?;
    rule(
        distinct(roster.devices.iter().flat_map(|it| &it.blocks)),
        "a block of patient numbers belongs to two devices",
    )?;
    rule(
        roster.sites.iter().all(|it| site_holds(roster, it)),
        "a site has a scope not listed",
    )?;
    rule(
        roster.people.iter().all(|it| person_holds(roster, it)),
        "a person has a site or a device not listed, or two keys on one",
    )?;
    rule(
        roster.devices.iter().all(|it| device_holds(roster, it)),
        "a device has a site, a person or a block that there is not",
    )
}

fn names_fit(roster: &Roster) -> bool {
    let names = std::iter::once(&roster.hub.name)
        .chain(roster.scopes.iter().map(|it| &it.name))
        .chain(roster.sites.iter().map(|it| &it.name))
        .chain(roster.people.iter().map(|it| &it.name))
        .chain(roster.devices.iter().map(|it| &it.label));
    names
        .into_iter()
        .all(|name| (1..=MAX_NAME_BYTES).contains(&name.len()))
}

fn device_keys(roster: &Roster) -> impl Iterator<Item = PublicKey> {
    roster.devices.iter().flat_map(|it| [it.tls, it.log])
}

fn site_holds(roster: &Roster, site: &Site) -> bool {
    std::iter::once(&site.home)
        .chain(&site.scopes)
        .all(|id| roster.scope(*id).is_some())
}

fn person_holds(roster: &Roster, person: &Person) -> bool {
    person.sites.iter().all(|id| roster.site(*id).is_some())
        && person
            .keys
            .iter()
            .chain(&person.former)
            .all(|key| roster.device(key.device).is_some())
        && distinct(person.keys.iter().map(|key| key.device))
}

fn device_holds(roster: &Roster, device: &Device) -> bool {
    roster.site(device.site).is_some()
        && device.people.iter().all(|id| roster.person(*id).is_some())
        && device
            .blocks
            .iter()
            .all(|block| *block <= PatientNumber::LAST_BLOCK)
        && device
            .moved
            .iter()
            .all(|(_, block)| device.blocks.contains(block))
}

fn distinct<T: Ord>(things: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    things.into_iter().all(|thing| seen.insert(thing))
}

#[cfg(test)]
pub(crate) mod tests;
