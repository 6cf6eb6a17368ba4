//! One roster of two: a hub that was put back from an older copy, and what it signed before it was.
//!
//! Both came from the same base, and neither is wrong. What only one of them lists is listed; what only one of them
//! changed is as that one has it. Whoever was shut out by either stays out. A number that both gave to different
//! things cannot be put right here, so nothing is changed then.

use std::collections::BTreeMap;

use record::{PatientNumber, PersonId, SiteId};

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

/// A number was given to two different things: the hub gave it again before it knew that it had been put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} {number} was given twice: before the hub was put back, and after")]
pub struct GivenTwice {
    /// What the number is of.
    pub what: &'static str,
    /// The number.
    pub number: u32,
}

impl Roster {
    /// Returns what this roster and another of the same hub say together, at the higher of their epochs. `base` is
    /// the newest that both came from.
    pub fn rejoin(&self, base: &Self, other: &Self) -> Result<Self, GivenTwice> {
        Ok(Self {
            epoch: self.epoch.max(other.epoch),
            hub: self.hub.clone(),
            scopes: join(&base.scopes, &self.scopes, &other.scopes)?,
            sites: join(&base.sites, &self.sites, &other.sites)?,
            people: join(&base.people, &self.people, &other.people)?,
            devices: join(&base.devices, &self.devices, &other.devices)?,
            floors: self.floors.clone(),
        })
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
}

/// What a roster lists under a number.
trait Listed: Clone + Eq {
    /// What people call such a thing.
    const WHAT: &'static str;

    /// Returns its number.
    fn number(&self) -> u32;

    /// Tells whether it is the same thing, however it was changed since.
    fn is_same(&self, other: &Self) -> bool;

    /// Takes over what another's change added, where both changed it.
    fn add(&mut self, other: &Self);

    /// Takes over that another shut it out.
    fn shut(&mut self, _other: &Self) {}
}

fn join<T: Listed>(base: &[T], ours: &[T], theirs: &[T]) -> Result<Vec<T>, GivenTwice> {
    let base: BTreeMap<u32, &T> = base.iter().map(|it| (it.number(), it)).collect();
    let mut joined: BTreeMap<u32, T> = ours.iter().map(|it| (it.number(), it.clone())).collect();
    for their in theirs {
        let number = their.number();
        let Some(our) = joined.get_mut(&number) else {
            joined.insert(number, their.clone());
            continue;
        };
        let before = base.get(&number).copied();
        if before.is_none() && !our.is_same(their) {
            let what = T::WHAT;
            return Err(GivenTwice { what, number });
        }
        let kept = our.clone();
        if before == Some(&*our) {
            *our = their.clone();
        } else if before != Some(their) {
            our.add(their);
        }
        our.shut(&kept);
        our.shut(their);
    }
    Ok(joined.into_values().collect())
}

/// Adds what is not there yet.
fn union<T: Clone + PartialEq>(ours: &mut Vec<T>, theirs: &[T]) {
    for their in theirs {
        if !ours.contains(their) {
            ours.push(their.clone());
        }
    }
}

impl Listed for Scope {
    const WHAT: &'static str = "scope";

    fn number(&self) -> u32 {
        self.id.0
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
    }

    fn add(&mut self, _other: &Self) {}
}

impl Listed for Site {
    const WHAT: &'static str = "site";

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
    const WHAT: &'static str = "person";

    fn number(&self) -> u32 {
        let PersonId(number) = self.id;
        number
    }

    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
    }

    fn add(&mut self, other: &Self) {
        union(&mut self.sites, &other.sites);
        let lacks = |key: &&PersonKey| self.key_on(key.device).is_none();
        let new: Vec<PersonKey> = other.keys.iter().filter(lacks).cloned().collect();
        self.keys.extend(new);
    }

    fn shut(&mut self, other: &Self) {
        self.active &= other.active;
    }
}

impl Listed for Device {
    const WHAT: &'static str = "device";

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
    }

    fn shut(&mut self, other: &Self) {
        if other.state == DeviceState::Revoked {
            self.state = DeviceState::Revoked;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::signed::tests::{example, new_device, public, seal, signing};
    use crate::{Role, SiteKind};

    /// One change of a roster by a hub that draws its own numbers.
    fn change(roster: &mut Roster, what: u8, seed: u8) {
        let devices = roster.devices.len();
        let nth = roster.devices[usize::from(seed) % devices].id;
        match what % 6 {
            0 => drop(roster.enrol(new_device(100 + 2 * (seed % 60)))),
            1 => drop(roster.add_person(&format!("P{seed}"), Role::Nurse, &[SiteId(1)])),
            2 => drop(roster.add_site(&format!("S{seed}"), SiteKind::Clinic, roster.scopes[0].id)),
            3 => drop(roster.give_block(nth)),
            4 => drop(roster.revoke(nth)),
            5 => drop(roster.admit(PersonId(2), nth, public(seed), seal(seed))),
            _never => unreachable!(),
        }
        roster.epoch += 1;
    }

    fn changed(from: &Roster, changes: &[(u8, u8)]) -> Roster {
        let mut roster = from.clone();
        for (what, seed) in changes {
            change(&mut roster, *what, *seed);
        }
        roster
    }

    /// What was changed after the hub knew that it had been put back.
    fn put_back(base: &Roster) -> Roster {
        Roster {
            floors: Floors::above(base),
            ..base.clone()
        }
    }

    #[test]
    fn a_device_of_each_side_is_listed_and_one_shut_out_stays_out() {
        let base = example();
        let mut lost = base.clone();
        let theirs = lost.enrol(new_device(50)).unwrap();
        lost.admit(PersonId(1), theirs, public(70), seal(71))
            .unwrap();
        let mut now = put_back(&base);
        let ours = now.enrol(new_device(60)).unwrap();
        let shut = base.devices[0].id;
        now.revoke(shut).unwrap();

        let joined = now.rejoin(&base, &lost).unwrap();

        assert_eq!(joined.device(theirs), lost.device(theirs));
        assert_eq!(joined.device(ours), now.device(ours));
        assert!(!joined.device(shut).unwrap().is_active());
        assert!(joined.person(PersonId(1)).unwrap().key_on(theirs).is_some());
        assert!(joined.sign(&signing(2)).is_ok());
        let nothing = joined.rejoin(&base, &lost).unwrap();
        assert!(nothing.lists_the_same(&joined), "once is enough");
    }

    #[test]
    fn a_hub_that_changed_nothing_since_has_all_that_it_had() {
        let base = example();
        let mut lost = base.clone();
        lost.enrol(new_device(50)).unwrap();
        lost.revoke(base.devices[0].id).unwrap();

        let joined = put_back(&base).rejoin(&base, &lost).unwrap();

        assert!(joined.lists_the_same(&lost));
    }

    #[test]
    fn a_number_that_was_given_twice_is_found() {
        let base = example();
        let (mut lost, mut unaware) = (base.clone(), base.clone());
        let number = lost.enrol(new_device(50)).unwrap().0;
        unaware.enrol(new_device(60)).unwrap();

        let joined = unaware.rejoin(&base, &lost);

        let what = "device";
        assert_eq!(joined, Err(GivenTwice { what, number }));
    }

    #[test]
    fn numbers_are_passed_over() {
        let base = example();
        let mut now = put_back(&base);

        let device = now.enrol(new_device(60)).unwrap();
        let person = now.add_person("Cy", Role::Nurse, &[SiteId(1)]).unwrap();
        let scope = now.add_scope("south").unwrap();
        let site = now.add_site("C", SiteKind::Clinic, scope).unwrap();

        // There are two of each.
        let first = Floors::SPARED + 3;
        assert_eq!(
            (device.0, person.0, scope.0, site.0),
            (first, first, first, first)
        );
        let blocks = &now.device(device).unwrap().blocks;
        assert_eq!(*blocks, [1001 + Floors::SPARED_BLOCKS]);
    }

    proptest! {
        /// Whatever both sides changed, the roster that comes of it is consistent, lists all that either lists, and
        /// is the same whoever of them is asked first.
        #[test]
        fn two_rosters_make_one_that_has_both(
            lost in prop::collection::vec((any::<u8>(), any::<u8>()), 0..12),
            since in prop::collection::vec((any::<u8>(), any::<u8>()), 0..12),
        ) {
            let base = example();
            let keys = |roster: &Roster| roster.devices.iter().map(|it| it.tls).collect::<Vec<_>>();
            let lost = changed(&base, &lost);
            let now = changed(&put_back(&base), &since);
            // A computer that was enrolled on both sides is another matter: it is listed with one of its numbers.
            prop_assume!(keys(&lost)[2..].iter().all(|it| !keys(&now).contains(it)));

            let joined = now.rejoin(&base, &lost).unwrap();

            prop_assert!(joined.sign(&signing(2)).is_ok());
            for roster in [&lost, &now] {
                for device in &roster.devices {
                    let found = joined.device(device.id).unwrap();
                    prop_assert!(device.is_active() || !found.is_active());
                    prop_assert!(device.blocks.iter().all(|it| found.blocks.contains(it)));
                    prop_assert!(device.people.iter().all(|it| found.people.contains(it)));
                }
                prop_assert!(roster.people.iter().all(|it| joined.person(it.id).is_some()));
                prop_assert!(roster.sites.iter().all(|it| joined.site(it.id).is_some()));
            }
            let other = lost.rejoin(&base, &now).unwrap();
            prop_assert_eq!(keys(&other), keys(&joined));
        }
    }
}
