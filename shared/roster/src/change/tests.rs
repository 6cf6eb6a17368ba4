//! How the roster changes: each number and key once.

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
fn each_log_of_a_copied_device_has_numbers_of_its_own() {
    let mut roster = example();
    let blocks_in = |roster: &Roster, log| roster.device(DeviceId(1)).unwrap().blocks_in(log);
    assert_eq!(blocks_in(&roster, 2), [1000], "until it has some");

    let given = roster.give_block_to_log(DeviceId(1), 2);

    assert_eq!(given, Ok(1002));
    assert_eq!(blocks_in(&roster, 1), [1000]);
    assert_eq!(blocks_in(&roster, 2), [1002]);
    assert_eq!(blocks_in(&roster, 3), [1000]);
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
