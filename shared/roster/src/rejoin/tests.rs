//! Two rosters of one hub, and what comes of them.

use proptest::prelude::*;

use super::*;
use crate::signed::tests::{example, new_device, public, seal, signing};
use crate::{NewDevice, Role, SiteKind};

/// One change of a roster by a hub that draws its own numbers.
fn change(roster: &mut Roster, what: u8, seed: u8) {
    let devices = roster.devices.len();
    let nth = roster.devices[usize::from(seed) % devices].id;
    match what % 9 {
        0 => drop(roster.enrol(new_device(100 + 2 * (seed % 60)))),
        1 => drop(roster.add_person(&format!("P{seed}"), Role::Nurse, &[SiteId(1)])),
        2 => drop(roster.add_site(&format!("S{seed}"), SiteKind::Clinic, roster.scopes[0].id)),
        3 => drop(roster.give_block(nth)),
        4 => drop(roster.revoke(nth)),
        5 => drop(roster.admit(PersonId(2), nth, public(seed), seal(seed))),
        6 => drop(roster.readmit(PersonId(1), key(nth, seed), u64::from(seed))),
        7 => drop(roster.dismiss(PersonId(1), nth, u64::from(seed))),
        8 => drop(roster.leave(PersonId(2), u64::from(seed))),
        _never => unreachable!(),
    }
    roster.epoch += 1;
}

fn key(device: DeviceId, seed: u8) -> PersonKey {
    PersonKey {
        device,
        sign: public(seed),
        seal: seal(seed),
        until_ms: None,
    }
}

/// Tells whether somebody was once on a device and is not any more.
fn is_put_off(roster: &Roster, person: PersonId, device: DeviceId) -> bool {
    let someone = roster.person(person).unwrap();
    someone.key_on(device).is_none() && someone.keys_ever_on(device).next().is_some()
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

    let (joined, twice) = now.rejoin(&lost);

    assert_eq!(twice, []);
    assert_eq!(joined.device(theirs), lost.device(theirs));
    assert_eq!(joined.device(ours), now.device(ours));
    assert!(!joined.device(shut).unwrap().is_active());
    assert!(joined.person(PersonId(1)).unwrap().key_on(theirs).is_some());
    assert!(joined.sign(&signing(2)).is_ok());
    let (nothing, _) = joined.rejoin(&lost);
    assert!(nothing.lists_the_same(&joined), "once is enough");
}

#[test]
fn a_hub_that_changed_nothing_since_has_all_that_it_had() {
    let base = example();
    let mut lost = base.clone();
    lost.enrol(new_device(50)).unwrap();
    lost.revoke(base.devices[0].id).unwrap();

    let (joined, twice) = put_back(&base).rejoin(&lost);

    assert!(joined.lists_the_same(&lost) && twice.is_empty());
}

#[test]
fn of_what_was_given_twice_the_one_that_stands_keeps_the_number() {
    let base = example();
    let (mut lost, mut unaware) = (base.clone(), base.clone());
    let number = lost.enrol(new_device(50)).unwrap();
    lost.admit(PersonId(1), number, public(70), seal(71))
        .unwrap();
    let later = lost.enrol(new_device(52)).unwrap();
    lost.revoke(base.devices[1].id).unwrap();
    unaware.enrol(new_device(60)).unwrap();
    let person = lost.add_person("Ola", Role::Nurse, &[SiteId(1)]).unwrap();
    unaware
        .add_person("Uma", Role::Nurse, &[SiteId(1)])
        .unwrap();

    let (joined, twice) = unaware.rejoin(&lost);

    let given = |what, number| GivenTwice { what, number };
    assert_eq!(
        twice,
        [given("person", person.0), given("device", number.0)]
    );
    assert_eq!(joined.device(number), unaware.device(number));
    assert_eq!(joined.person(person), unaware.person(person));
    assert!(joined.person(PersonId(1)).unwrap().key_on(number).is_none());
    assert!(
        joined.device(later).is_some(),
        "what is not doubled is listed"
    );
    assert!(!joined.device(base.devices[1].id).unwrap().is_active());
    assert!(joined.sign(&signing(2)).is_ok());
}

#[test]
fn what_rests_on_a_number_given_twice_is_not_listed() {
    let (mut lost, mut unaware) = (example(), example());
    let scope = lost.add_scope("east").unwrap();
    let site = lost.add_site("E", SiteKind::Clinic, scope).unwrap();
    lost.entitle(SiteId(1), scope).unwrap();
    let device = lost
        .enrol(NewDevice {
            site,
            ..new_device(50)
        })
        .unwrap();
    unaware.add_scope("west").unwrap();

    let (joined, twice) = unaware.rejoin(&lost);

    let whats: Vec<&str> = twice.iter().map(|it| it.what).collect();
    assert_eq!(whats, ["scope", "site", "device"]);
    assert!(joined.site(site).is_none() && joined.device(device).is_none());
    assert!(!joined.site(SiteId(1)).unwrap().scopes.contains(&scope));
    assert!(joined.sign(&signing(2)).is_ok());
}

#[test]
fn a_computer_that_was_approved_again_goes_by_the_number_that_it_was_told() {
    let base = example();
    let mut lost = base.clone();
    let told = lost.enrol(new_device(50)).unwrap();
    let block = lost.give_block(DeviceId(1)).unwrap();
    let mut now = put_back(&base);
    let again = now.enrol(new_device(50)).unwrap();
    now.admit(PersonId(1), again, public(70), seal(71)).unwrap();
    now.floors = Floors::default();
    let mut doubled = now.clone();
    doubled.devices[1].blocks.push(block);

    for now in [now, doubled] {
        let (joined, twice) = now.rejoin(&lost);

        assert_eq!(twice, []);
        assert_eq!(joined.device(told), lost.device(told));
        assert!(joined.device(again).is_none());
        assert_eq!(joined.devices[1].blocks, [1001]);
        assert!(joined.sign(&signing(2)).is_ok());
    }
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
        let lost = changed(&base, &lost);
        let now = changed(&put_back(&base), &since);
        let (joined, twice) = now.rejoin(&lost);

        prop_assert_eq!(twice, []);
        prop_assert!(joined.sign(&signing(2)).is_ok());
        for roster in [&lost, &now] {
            for device in &roster.devices {
                let found = joined.device_by_tls(&device.tls).unwrap();
                prop_assert!(device.is_active() || !found.is_active());
                let is_same = found.id == device.id;
                prop_assert!(!is_same || device.blocks.iter().all(|it| found.blocks.contains(it)));
                let is_listed = |it: &PersonId| found.people.contains(it) || is_put_off(&joined, *it, found.id);
                prop_assert!(!is_same || device.people.iter().all(is_listed));
                let has_key = |it: &PersonId| joined.person(*it).unwrap().key_on(found.id).is_some();
                prop_assert!(found.people.iter().all(has_key));
            }
            for person in &roster.people {
                let found = joined.person(person.id).unwrap();
                // A computer that was approved twice goes by one number, with the keys that were made for that.
                let is_told = |it: &&PersonKey| {
                    roster.device(it.device).map(|it| it.tls) == joined.device(it.device).map(|it| it.tls)
                };
                for key in person.keys.iter().chain(&person.former).filter(is_told) {
                    let found = found.signed_with(key.device, |it| *it == key.sign);
                    prop_assert!(found.is_some(), "a key can always be checked");
                }
                prop_assert!(person.former.iter().all(|it| found.keys.iter().all(|key| !is_same_key(key, it))));
                prop_assert!(person.active || !found.active);
            }
            prop_assert!(roster.people.iter().all(|it| joined.person(it.id).is_some()));
            prop_assert!(roster.sites.iter().all(|it| joined.site(it.id).is_some()));
        }
    }
}
