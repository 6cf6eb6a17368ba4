//! What a signed roster promises: the hub's word, whole, consistent and never older.

use crypto::{BoxKey, BoxPublicKey};
use proptest::prelude::*;
use record::{ScopeId, SiteId};

use super::*;
use crate::{HubKeys, NewDevice, PersonKey, Role, SiteKind};

pub(crate) fn signing(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

pub(crate) fn public(seed: u8) -> PublicKey {
    signing(seed).public()
}

pub(crate) fn seal(seed: u8) -> BoxPublicKey {
    BoxKey::from_seed([seed; 32]).public()
}

pub(crate) fn new_device(seed: u8) -> NewDevice {
    NewDevice {
        site: SiteId(1),
        label: format!("laptop {seed}"),
        tls: public(seed),
        log: public(seed + 1),
    }
}

/// A hub, a clinic with a nurse and an office with an officer, one computer each.
pub(crate) fn example() -> Roster {
    let mut roster = Roster::new(HubKeys {
        tls: public(1),
        roster: public(2),
        history: public(3),
        seal: None,
        recovery: Vec::new(),
        name: "Hub".to_owned(),
    });
    let north = roster.add_scope("north").unwrap();
    let office = roster.add_scope("office").unwrap();
    let clinic = roster
        .add_site("Clinic A", SiteKind::Clinic, north)
        .unwrap();
    let him = roster.add_site("HIM", SiteKind::Office, office).unwrap();
    let nurse = roster.add_person("Ana", Role::Nurse, &[clinic]).unwrap();
    let officer = roster.add_person("Bo", Role::HimOfficer, &[him]).unwrap();
    let desk = roster.enrol(new_device(10)).unwrap();
    let far = roster
        .enrol(NewDevice {
            site: him,
            ..new_device(20)
        })
        .unwrap();
    roster.admit(nurse, desk, public(30), seal(31)).unwrap();
    roster.admit(officer, far, public(40), seal(41)).unwrap();
    roster
}

fn signed(roster: &Roster) -> SignedRoster {
    roster.sign(&signing(2)).unwrap()
}

/// Signs whatever the bytes are, as a hub with a mistake in it would.
fn signed_unchecked(roster: &Roster) -> SignedRoster {
    let bytes = serde_ipld_dagcbor::to_vec(roster).unwrap();
    SignedRoster {
        signature: signing(2).sign(DOMAIN, &bytes),
        bytes,
    }
}

#[test]
fn a_roster_opens_as_it_was_signed() {
    let roster = example();

    assert_eq!(signed(&roster).open(&public(2), 1), Ok(roster));
}

#[test]
fn another_hubs_roster_is_not_believed() {
    let roster = example();

    assert_eq!(roster.sign(&signing(9)), Err(RosterError::BadSignature));
    assert_eq!(
        signed(&roster).open(&public(9), 1),
        Err(RosterError::BadSignature)
    );
}

#[test]
fn an_altered_roster_is_not_believed() {
    let mut altered = signed(&example());
    let last = altered.bytes.len() - 1;
    altered.bytes[last] ^= 1;

    assert_eq!(altered.open(&public(2), 1), Err(RosterError::BadSignature));
}

#[test]
fn an_older_roster_cannot_undo_a_revocation() {
    let mut roster = example();
    let old = signed(&roster);
    roster.revoke(DeviceId(1)).unwrap();
    roster.epoch += 1;

    let opened = signed(&roster).open(&public(2), 1).unwrap();

    assert!(!opened.device(DeviceId(1)).unwrap().is_active());
    assert_eq!(
        old.open(&public(2), opened.epoch),
        Err(RosterError::Older { found: 1, held: 2 })
    );
    assert!(
        signed(&roster).open(&public(2), 2).is_ok(),
        "the same edition again is harmless"
    );
}

#[track_caller]
fn check_contradiction(name: &str, alter: impl FnOnce(&mut Roster)) {
    let mut roster = example();
    alter(&mut roster);

    let refused = |it| matches!(it, Err(RosterError::Inconsistent(_)));
    assert!(
        refused(roster.sign(&signing(2)).map(|_| ())),
        "{name} was signed"
    );
    let opened = signed_unchecked(&roster).open(&public(2), 1);
    assert!(refused(opened.map(|_| ())), "{name} was believed");
}

#[test]
fn a_roster_that_contradicts_itself_is_neither_signed_nor_believed() {
    check_contradiction("more scopes than a message names", |it| {
        let more = (1_000..).map(|n| crate::Scope {
            id: ScopeId(n),
            name: "another".to_owned(),
        });
        it.scopes.extend(more.take(Roster::MAX_SCOPES));
    });
    check_contradiction("a name too long", |it| {
        it.sites[0].name = "x".repeat(MAX_NAME_BYTES + 1);
    });
    check_contradiction("an epoch beyond all", |it| it.epoch = Roster::MAX_EPOCH + 1);
    check_contradiction("an empty name", |it| it.people[0].name.clear());
    check_contradiction("a scope twice", |it| it.scopes.push(it.scopes[0].clone()));
    check_contradiction("a site twice", |it| it.sites.push(it.sites[0].clone()));
    check_contradiction("a person twice", |it| it.people.push(it.people[0].clone()));
    check_contradiction("a device twice", |it| {
        it.devices.push(it.devices[0].clone());
    });
    check_contradiction("a key twice", |it| it.devices[1].tls = it.devices[0].log);
    check_contradiction("a block twice", |it| it.devices[1].blocks = vec![1000]);
    check_contradiction("nobody", |it| it.people[1].id = PersonId::NOBODY);
    check_contradiction("the hub", |it| it.devices[1].id = DeviceId::HUB);
    check_contradiction("no such home", |it| it.sites[0].home = ScopeId(99));
    check_contradiction("no such scope", |it| it.sites[0].scopes.push(ScopeId(99)));
    check_contradiction("no such site", |it| it.people[0].sites.push(SiteId(99)));
    check_contradiction("no such person", |it| {
        it.devices[0].people.push(PersonId(99));
    });
    check_contradiction("no such block", |it| it.devices[0].blocks.push(10_000));
    check_contradiction("two keys on a device", |it| {
        let key = PersonKey {
            sign: public(99),
            ..it.people[0].keys[0].clone()
        };
        it.people[0].keys.push(key);
    });
}

#[test]
fn a_roster_too_large_for_a_message_is_refused() {
    let mut roster = example();
    for _ in 0..1_500 {
        roster
            .add_person(&"x".repeat(MAX_NAME_BYTES), Role::Nurse, &[])
            .unwrap();
    }

    assert!(matches!(
        roster.sign(&signing(2)),
        Err(RosterError::TooLarge { .. })
    ));
    assert!(matches!(
        signed_unchecked(&roster).open(&public(2), 1),
        Err(RosterError::TooLarge { .. })
    ));
    let of_size = |size| SignedRoster {
        bytes: vec![0; size],
        ..signed(&example())
    };
    let most = of_size(SignedRoster::MAX_BYTES).open(&public(2), 1);
    assert_eq!(most, Err(RosterError::BadSignature), "it is looked at");
    let (size, limit) = (SignedRoster::MAX_BYTES + 1, SignedRoster::MAX_BYTES);
    let more = of_size(size).open(&public(2), 1);
    assert_eq!(more, Err(RosterError::TooLarge { size, limit }));
}

#[test]
fn the_longest_name_is_signed() {
    let mut roster = example();
    roster.sites[0].name = "x".repeat(MAX_NAME_BYTES);

    assert_eq!(signed(&roster).open(&public(2), 1), Ok(roster));
}

#[test]
fn a_large_fleet_fits() {
    let mut roster = example();
    for number in 0_u32..500 {
        let person = roster
            .add_person("Somebody with a Name", Role::Nurse, &[SiteId(1)])
            .unwrap();
        let key = |purpose: u32| {
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&(number * 4 + purpose).to_be_bytes());
            seed
        };
        let device = NewDevice {
            tls: SigningKey::from_seed(key(0)).public(),
            log: SigningKey::from_seed(key(1)).public(),
            ..new_device(50)
        };
        let device = roster.enrol(device).unwrap();
        let sign = SigningKey::from_seed(key(2)).public();
        roster.admit(person, device, sign, seal(99)).unwrap();
    }

    assert!(roster.sign(&signing(2)).is_ok());
}

#[test]
fn members_and_roles_of_a_later_release_are_passed_over() {
    #[derive(Serialize)]
    struct Later {
        #[serde(flatten)]
        roster: Roster,
        policy: u32,
    }
    let mut roster = example();
    roster.people[0].role = Role::Unknown(77);
    let bytes = serde_ipld_dagcbor::to_vec(&Later { roster, policy: 7 }).unwrap();
    let later = SignedRoster {
        signature: signing(2).sign(DOMAIN, &bytes),
        bytes,
    };

    let opened = later.open(&public(2), 1).unwrap();

    assert_eq!(opened.people[0].role, Role::Unknown(77));
}

#[test]
fn the_bytes_of_a_release_stay_what_they_are() {
    let mut roster = example();
    for device in &mut roster.devices {
        device.proves_actors = false;
    }
    let digest = crypto::Digest::from_bytes(crypto::sha256(&signed(&roster).bytes));

    assert_eq!(
        digest.to_string(),
        "98c3276bbc8afe4b8e333aa7a9e1d1fcc46265b2d0af2e7d57429fa1507bf6d9"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_roster_even_when_signed(bytes: Vec<u8>) {
        let signature = signing(2).sign(DOMAIN, &bytes);

        let opened = SignedRoster { bytes, signature }.open(&public(2), 1);

        prop_assert_eq!(opened, Err(RosterError::Unreadable));
    }

    #[test]
    fn a_damaged_roster_never_panics(at: prop::sample::Index, by in 1_u8..) {
        let mut bytes = signed(&example()).bytes;
        let at = at.index(bytes.len());
        bytes[at] ^= by;
        let signature = signing(2).sign(DOMAIN, &bytes);

        // A kind of site that only a later release knows reads as a clinic, so it may even be the same roster.
        drop(SignedRoster { bytes, signature }.open(&public(2), 1));
    }
}
