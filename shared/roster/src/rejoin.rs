//! One roster of two: a hub that was put back from an older copy, and what it signed before it was.
//!
//! Neither is wrong. A roster only grows and shuts out, so what either lists is listed, with what either added to it, and
//! whoever was shut out by either stays out. A number that was given to two different things cannot be put right: the
//! one that stands keeps it.

use std::collections::{BTreeMap, BTreeSet};

use crypto::PublicKey;
use record::{DeviceId, PatientNumber, PersonId, SiteId};

use crate::{Device, DeviceState, Person, PersonKey, Roster, Scope, Site};

/// The numbers from which on a hub that was put back gives new ones: the hub may have given those before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Floors {
    pub(crate) scope: u32,
    pub(crate) site: u32,
    pub(crate) person: u32,
    pub(crate) device: u32,
    pub(crate) block: u16,
}

impl Floors {
    /// How many numbers of a kind are passed over.
    pub const SPARED: u32 = 1000;
    /// How many blocks of patient numbers are passed over. There are nine thousand.
    pub const SPARED_BLOCKS: u16 = 100;

    /// Returns the floors above a roster.
    #[must_use]
    pub fn above(roster: &Roster) -> Self {
        let above = |taken: u32| taken.saturating_add(Self::SPARED);
        let highest = |taken: Option<u32>| above(taken.unwrap_or(0));
        let blocks = roster.devices.iter().flat_map(|it| &it.blocks);
        let block = blocks.copied().max().unwrap_or(Roster::FIRST_BLOCK);
        Self {
            scope: highest(roster.scopes.iter().map(|it| it.id.0).max()),
            site: highest(roster.sites.iter().map(|it| it.id.0).max()),
            person: highest(roster.people.iter().map(|it| it.id.0).max()),
            device: highest(roster.devices.iter().map(|it| it.id.0).max()),
            block: block
                .saturating_add(Self::SPARED_BLOCKS)
                .min(PatientNumber::LAST_BLOCK),
        }
    }
}

/// A number was given to two different things: the hub gave it again before it knew that it had been put back. The one
/// of after stays, and whatever rests on the other is not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} {number} was given twice: before the hub was put back, and after")]
pub struct GivenTwice {
    /// What the number is of.
    pub what: &'static str,
    /// The number.
    pub number: u32,
}

impl Roster {
    /// Returns what this roster and another of the same hub say together, at the higher of their epochs, and what of
    /// the other cannot be listed.
    #[must_use]
    pub fn rejoin(&self, other: &Self) -> (Self, Vec<GivenTwice>) {
        let mut ours = self.clone();
        let shut = ours.drop_doubled(other);
        let (mut theirs, twice) = ours.without_doubled(other);
        for device in theirs
            .devices
            .iter_mut()
            .filter(|it| shut.contains(&it.tls))
        {
            device.state = DeviceState::Revoked;
        }
        let mut joined = Self {
            epoch: self.epoch.max(other.epoch),
            scopes: join(&ours.scopes, &theirs.scopes),
            sites: join(&ours.sites, &theirs.sites),
            people: join(&ours.people, &theirs.people),
            devices: join(&ours.devices, &theirs.devices),
            ..ours
        };
        joined.put_off_dismissed();
        (joined, twice)
    }

    /// Tells whether another roster lists the same.
    #[must_use]
    pub fn lists_the_same(&self, other: &Self) -> bool {
        (
            &self.hub,
            &self.scopes,
            &self.sites,
            &self.people,
            &self.devices,
        ) == (
            &other.hub,
            &other.scopes,
            &other.sites,
            &other.people,
            &other.devices,
        )
    }

    /// Takes off their devices who has no keys there any more: one of both had taken them off.
    fn put_off_dismissed(&mut self) {
        for device in &mut self.devices {
            let has_key = |it: &PersonId| {
                let person = self.people.iter().find(|person| person.id == *it);
                person.is_some_and(|person| person.key_on(device.id).is_some())
            };
            let kept = device.people.iter().copied().filter(has_key).collect();
            device.people = kept;
        }
    }

    /// Drops what another roster has under another number: a computer that was approved again goes by the number that
    /// it was told first, and a block is of the device that had it first. Returns the keys of what was shut out so.
    fn drop_doubled(&mut self, other: &Self) -> Vec<PublicKey> {
        let is_told = |it: &Device| {
            let keys = [it.tls, it.log];
            let same = |their: &&Device| keys.contains(&their.tls) || keys.contains(&their.log);
            other
                .devices
                .iter()
                .filter(same)
                .any(|their| their.id != it.id)
        };
        let shut = self
            .devices
            .iter()
            .filter(|it| is_told(it) && !it.is_active());
        let shut = shut.map(|it| it.tls).collect();
        self.devices.retain(|it| !is_told(it));
        for device in &mut self.devices {
            let id = device.id;
            let others = other.devices.iter().filter(|it| it.id != id);
            let taken: BTreeSet<u16> = others.flat_map(|it| &it.blocks).copied().collect();
            device.blocks.retain(|it| !taken.contains(it));
            device.moved.retain(|(_, it)| !taken.contains(it));
        }
        let listed: BTreeSet<DeviceId> = self.devices.iter().map(|it| it.id).collect();
        for person in &mut self.people {
            person.keys.retain(|it| listed.contains(&it.device));
            person.former.retain(|it| listed.contains(&it.device));
        }
        shut
    }

    /// Returns another roster without what has numbers that are something else here, and without what rests on those.
    fn without_doubled(&self, other: &Self) -> (Self, Vec<GivenTwice>) {
        let scopes = doubled(&self.scopes, &other.scopes, |_| false);
        let sites = doubled(&self.sites, &other.sites, |it| scopes.contains(&it.home.0));
        let people = doubled(&self.people, &other.people, |_| false);
        let devices = doubled(&self.devices, &other.devices, |it| {
            sites.contains(&it.site.0)
        });
        let mut theirs = other.clone();
        theirs.scopes.retain(|it| !scopes.contains(&it.id.0));
        theirs.sites.retain(|it| !sites.contains(&it.id.0));
        theirs.people.retain(|it| !people.contains(&it.id.0));
        theirs.devices.retain(|it| !devices.contains(&it.id.0));
        for site in &mut theirs.sites {
            site.scopes.retain(|it| !scopes.contains(&it.0));
        }
        for person in &mut theirs.people {
            person.sites.retain(|it| !sites.contains(&it.0));
            person.keys.retain(|it| !devices.contains(&it.device.0));
            person.former.retain(|it| !devices.contains(&it.device.0));
        }
        for device in &mut theirs.devices {
            device.people.retain(|it| !people.contains(&it.0));
        }
        let twice = |what, numbers: BTreeSet<u32>| {
            let numbers = numbers.into_iter();
            numbers.map(move |number| GivenTwice { what, number })
        };
        let all = twice("scope", scopes)
            .chain(twice("site", sites))
            .chain(twice("person", people))
            .chain(twice("device", devices));
        (theirs, all.collect())
    }
}

/// Returns the numbers that are something else on each side, or rest on such a number on theirs.
fn doubled<T: Listed>(ours: &[T], theirs: &[T], rests: impl Fn(&T) -> bool) -> BTreeSet<u32> {
    let ours: BTreeMap<u32, &T> = ours.iter().map(|it| (it.number(), it)).collect();
    let differs = |their: &&T| {
        let our = ours.get(&their.number());
        rests(their) || our.is_some_and(|our| !our.is_same(their))
    };
    theirs.iter().filter(differs).map(Listed::number).collect()
}

/// What a roster lists under a number.
trait Listed: Clone {
    /// Returns its number.
    fn number(&self) -> u32;

    /// Tells whether it is the same thing, whatever was added to it since.
    fn is_same(&self, other: &Self) -> bool;

    /// Takes over what another has beside, and that another shut it out. Nothing else of what is listed ever changes.
    fn add(&mut self, other: &Self);
}

fn join<T: Listed>(ours: &[T], theirs: &[T]) -> Vec<T> {
    let mut joined: BTreeMap<u32, T> = ours.iter().map(|it| (it.number(), it.clone())).collect();
    for their in theirs {
        match joined.get_mut(&their.number()) {
            Some(our) => our.add(their),
            None => drop(joined.insert(their.number(), their.clone())),
        }
    }
    joined.into_values().collect()
}

/// Adds what is not there yet.
fn union<T: Clone + PartialEq>(ours: &mut Vec<T>, theirs: &[T]) {
    for their in theirs {
        if !ours.contains(their) {
            ours.push(their.clone());
        }
    }
}

fn is_same_key(one: &PersonKey, other: &PersonKey) -> bool {
    (one.device, one.sign) == (other.device, other.sign)
}

/// Returns the earlier of two times, of which either may not be known.
fn earlier(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

impl Listed for Scope {
    fn number(&self) -> u32 {
        self.id.0
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
    }

    fn add(&mut self, _other: &Self) {}
}

impl Listed for Site {
    fn number(&self) -> u32 {
        let SiteId(number) = self.id;
        number
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
    }

    fn add(&mut self, other: &Self) {
        union(&mut self.scopes, &other.scopes);
        self.every_scope |= other.every_scope;
    }
}

impl Listed for Person {
    fn number(&self) -> u32 {
        let PersonId(number) = self.id;
        number
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.name, self.role) == (&other.name, other.role)
    }

    fn add(&mut self, other: &Self) {
        self.active &= other.active;
        self.left_ms = earlier(self.left_ms, other.left_ms);
        union(&mut self.sites, &other.sites);
        for theirs in &other.former {
            match self.former.iter_mut().find(|it| is_same_key(it, theirs)) {
                Some(ours) => ours.until_ms = earlier(ours.until_ms, theirs.until_ms),
                None => self.former.push(theirs.clone()),
            }
        }
        // A key that either gave up is given up.
        let former = self.former.clone();
        let is_former = |key: &PersonKey| former.iter().any(|it| is_same_key(it, key));
        self.keys.retain(|it| !is_former(it));
        for theirs in other.keys.iter().filter(|it| !is_former(it)).cloned() {
            match self.key_on(theirs.device) {
                None => self.keys.push(theirs),
                // Both gave them new keys there. What was signed with theirs counts, however late it comes.
                Some(ours) if ours.sign != theirs.sign => self.former.push(theirs),
                Some(_same) => {}
            }
        }
    }
}

impl Listed for Device {
    fn number(&self) -> u32 {
        self.id.0
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.tls, self.log) == (other.tls, other.log)
    }

    fn add(&mut self, other: &Self) {
        union(&mut self.blocks, &other.blocks);
        union(&mut self.moved, &other.moved);
        union(&mut self.people, &other.people);
        if other.state == DeviceState::Revoked {
            self.state = DeviceState::Revoked;
        }
        // One of both may have been asked for by a program that proves none.
        self.proves_actors &= other.proves_actors;
    }
}

#[cfg(test)]
mod tests;
