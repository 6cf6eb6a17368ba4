//! Colleagues at one computer: asked for, vouched for, approved, taken off.

use audit::EntryKind;
use crypto::{BoxKey, SigningKey};
use record::SiteId;
use roster::Role;

use super::*;
use crate::testing::{Laptop, NOON, hub, set_aside, settle};

const MANAGER: PersonId = PersonId(4);
const EVE: PersonId = PersonId(5);

/// A hub with a laptop of a manager at site 1, and a nurse of that site who has no keys there yet.
fn managed() -> (Hub, crate::testing::Still, Laptop) {
    let (mut hub, world) = hub();
    let site = SiteId(1);
    let manager = hub
        .add_person("Max Manager", Role::SiteManager, &[site])
        .unwrap();
    let eve = hub.add_person("Eve Nurse", Role::Nurse, &[site]).unwrap();
    assert_eq!((manager, eve), (MANAGER, EVE));
    let laptop = Laptop::enrol_for(&mut hub, site, manager, 1);
    (hub, world, laptop)
}

fn asks(person: PersonId, seed: u8) -> Admission {
    Admission {
        person,
        sign: SigningKey::from_seed([seed; 32]).public(),
        seal: BoxKey::from_seed([seed; 32]).public(),
        wall_ms: NOON,
        voucher: None,
    }
}

/// Writes an admission into a laptop's log; a voucher is by whoever is at it.
fn write(laptop: &mut Laptop, mut asked: Admission, vouched_until_ms: Option<u64>) {
    if let Some(until_ms) = vouched_until_ms {
        asked.vouch(laptop.device, until_ms, &laptop.own_key());
    }
    laptop.write(EntryKind::ADMISSION, None, asked.to_bytes().unwrap());
}

/// Has somebody else at the laptop register a patient.
fn registers(laptop: &mut Laptop, person: PersonId, chart: u8) {
    let before = std::mem::replace(&mut laptop.person, person);
    laptop.register(chart);
    laptop.person = before;
}

fn until(hub: &Hub, laptop: &Laptop) -> Option<Option<u64>> {
    let key = hub.roster.person(EVE).unwrap().key_on(laptop.device);
    key.map(|it| it.until_ms)
}

#[test]
fn an_administrator_compares_six_words_and_a_colleague_may_write() {
    let (mut hub, _world, mut laptop) = managed();
    write(&mut laptop, asks(EVE, 80), None);
    registers(&mut laptop, EVE, 7);
    laptop.push(&mut hub);
    let reason = Reason::PersonNotOnDevice.word().to_owned();
    assert_eq!(set_aside(&hub), [(3, reason)]);
    let waiting = hub.waiting_people().unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].person, waiting[0].introduced_by),
        (EVE, MANAGER)
    );

    let wrong = hub.approve_person(waiting[0].id, Some("one two three four five six"));
    assert!(matches!(wrong, Err(ApproveError::WrongWords)));
    hub.approve_person(waiting[0].id, Some(&waiting[0].words.join(" ")))
        .unwrap();
    settle(&mut hub);

    assert_eq!(until(&hub, &laptop), Some(None));
    assert_eq!(set_aside(&hub), [], "what was written before is taken now");
    assert_eq!(hub.waiting_people().unwrap(), []);
    let again = hub.approve_person(waiting[0].id, None);
    assert!(matches!(again, Err(ApproveError::NobodyAsks(_))));
}

#[test]
fn whom_a_manager_vouches_for_may_write_at_once_until_the_office_confirms_or_declines() {
    let (mut hub, _world, mut laptop) = managed();
    let fortnight = NOON + Admission::MAX_VOUCHED_MS;
    write(&mut laptop, asks(EVE, 80), Some(NOON + 5_000));
    registers(&mut laptop, EVE, 7);
    laptop.push(&mut hub);

    assert_eq!(set_aside(&hub), []);
    assert_eq!(until(&hub, &laptop), Some(Some(NOON + 5_000)));
    let waiting = hub.waiting_people().unwrap();
    assert_eq!(waiting[0].vouched_until_ms, Some(NOON + 5_000));

    hub.approve_person(waiting[0].id, None).unwrap();
    assert_eq!(until(&hub, &laptop), Some(None));

    // A forgotten passphrase: new keys, for a fortnight at most, and the administrator finds that it was not Eve.
    write(&mut laptop, asks(EVE, 81), Some(u64::MAX));
    laptop.push(&mut hub);
    assert_eq!(until(&hub, &laptop), Some(Some(fortnight)));
    let waiting = hub.waiting_people().unwrap();
    hub.decline_person(waiting[0].id).unwrap();
    assert_eq!(until(&hub, &laptop), None);
    assert_eq!(hub.waiting_people().unwrap(), []);
}

#[test]
fn what_is_written_after_a_voucher_has_ended_is_set_aside() {
    let (mut hub, _world, mut laptop) = managed();
    write(&mut laptop, asks(EVE, 80), Some(NOON + 3));
    registers(&mut laptop, EVE, 7);
    registers(&mut laptop, EVE, 8);

    laptop.push(&mut hub);

    let reason = Reason::PersonNotOnDevice.word().to_owned();
    assert_eq!(set_aside(&hub), [(4, reason)]);
}

#[test]
fn a_voucher_counts_only_from_a_manager_for_another_with_keys_that_last() {
    let (mut hub, _world, mut laptop) = managed();
    let nurse = Laptop::enrol(&mut hub, 1, 2);
    let is_listed = |hub: &Hub, person: PersonId, sign| {
        let keys = &hub.roster.person(person).unwrap().keys;
        keys.iter().any(|it| it.sign == sign)
    };

    // A nurse vouches for a colleague.
    let mut nurse = nurse;
    write(&mut nurse, asks(EVE, 80), Some(NOON + 5_000));
    nurse.push(&mut hub);
    assert!(!is_listed(&hub, EVE, asks(EVE, 80).sign));
    assert_eq!(hub.waiting_people().unwrap()[0].vouched_until_ms, None);

    // The manager vouches for their own new keys, and then, with those, for a colleague.
    let mine = asks(MANAGER, 81);
    write(&mut laptop, mine.clone(), Some(NOON + 5_000));
    let mut forged = asks(EVE, 82);
    let own = SigningKey::from_seed([81; 32]);
    forged.vouch(laptop.device, NOON + 5_000, &own);
    laptop.write(EntryKind::ADMISSION, None, forged.to_bytes().unwrap());
    laptop.push(&mut hub);
    assert!(!is_listed(&hub, MANAGER, mine.sign) && !is_listed(&hub, EVE, forged.sign));
    assert_eq!(hub.waiting_people().unwrap().len(), 3);
}

#[test]
fn the_newest_word_about_a_person_is_the_one_that_is_decided() {
    let (mut hub, _world, mut laptop) = managed();
    write(&mut laptop, asks(EVE, 80), None);
    write(&mut laptop, asks(EVE, 81), None);
    write(&mut laptop, asks(PersonId(2), 82), None); // works elsewhere
    write(&mut laptop, asks(PersonId(99), 83), None);
    laptop.write(EntryKind::ADMISSION, None, b"damaged".to_vec());
    laptop.push(&mut hub);

    let waiting = hub.waiting_people().unwrap();

    let words = asks(EVE, 81).words(laptop.device).map(str::to_owned);
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].words, words);
    assert_eq!(set_aside(&hub), []);
}

#[test]
fn who_is_taken_off_or_has_left_writes_no_more_and_what_they_wrote_before_is_taken() {
    let (mut hub, world, mut laptop) = managed();
    write(&mut laptop, asks(EVE, 80), Some(NOON + 5_000));
    laptop.push(&mut hub);
    registers(&mut laptop, EVE, 7); // before, and sent after
    world.pass(100);

    hub.dismiss_person(EVE, laptop.device).unwrap();
    laptop.push(&mut hub);
    assert_eq!(set_aside(&hub), []);

    world.pass(100);
    hub.person_left(EVE).unwrap();
    assert!(hub.person_left(EVE).is_err());
    laptop.pass(200);
    registers(&mut laptop, EVE, 8);
    laptop.push(&mut hub);
    let reason = Reason::PersonNotOnDevice.word().to_owned();
    assert_eq!(set_aside(&hub).len(), 1);
    assert_eq!(set_aside(&hub)[0].1, reason);
}

#[test]
fn a_hub_that_stopped_between_storing_and_listing_lists_when_it_looks_again() {
    let (mut hub, _world, mut laptop) = managed();
    write(&mut laptop, asks(EVE, 80), Some(NOON + 5_000));
    hub.ingest(laptop.device, &laptop.segment(0)).unwrap();
    while hub.materialise(1).unwrap().entries > 0 && until(&hub, &laptop).is_none() {
        hub = Hub::resume(hub.store, Box::new(crate::testing::Still::default())).unwrap();
    }
    settle(&mut hub);

    assert_eq!(until(&hub, &laptop), Some(Some(NOON + 5_000)));
}
