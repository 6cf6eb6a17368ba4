//! Colleagues at one computer, on a home on disk: they come, forget, are vouched for, are taken off.

use std::fs;
use std::path::Path;

use record::{DeviceId, SiteId};
use roster::{PersonKey, Role, Roster};
use tempfile::TempDir;

use super::*;
use crate::enrol::tests::{PASSPHRASE, approval_of, hub_key, invite};
use crate::testing::{NOON_MS, TestHost, log_words, woman};
use crate::{Enrolment, StatusView};

const MAX: PersonId = PersonId(1);
pub(crate) const EVE: PersonId = PersonId(2);
const DEVICE: DeviceId = DeviceId(1);
pub(crate) const EVES: &str = "mti mrefu karibu na mto";

/// A computer of a site's manager; a nurse works at the site too.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) host: TestHost,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::of(Role::SiteManager)
    }

    fn of(role: Role) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = TestHost::new(1);
        let at = Box::new(host.clone());
        let mut enrolment =
            Enrolment::begin(folder.path(), &invite(), PASSPHRASE, "desk", at).unwrap();
        let mut roster = approval_of(&enrolment);
        roster.people[0].role = role;
        roster
            .add_person("Eve Nurse", Role::Nurse, &[SiteId(1)])
            .unwrap();
        let signed = roster.sign(&hub_key()).unwrap();
        enrolment.settle(DEVICE, MAX, &signed).unwrap();
        Self { folder, host }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn unlock(&self, person: PersonId, passphrase: &str) -> Result<Client, ErrorCode> {
        let host = Box::new(self.host.clone());
        Client::unlock(self.path(), Some(person.0), passphrase, host).map_err(|it| it.code)
    }

    pub(crate) fn max(&self) -> Client {
        self.unlock(MAX, PASSPHRASE).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let people = Client::home(self.path()).unwrap().people;
        people.into_iter().map(|it| it.name).collect()
    }

    fn database(&self) -> Vec<u8> {
        fs::read(self.path().join("replica.db")).unwrap()[..16].to_vec()
    }
}

/// Has the hub's next roster come to a client.
pub(crate) fn comes(client: &mut Client, change: impl FnOnce(&mut Roster)) {
    let mut roster = client.driver().roster().clone();
    change(&mut roster);
    roster.epoch += 1;
    let signed = roster.sign(&hub_key()).unwrap();
    client.driver_mut().take_roster(&signed).unwrap();
    client.follow_roster().unwrap();
}

/// Lists somebody with the keys that they asked for.
pub(crate) fn lists(client: &Client, person: PersonId) -> impl FnOnce(&mut Roster) + use<> {
    let asked = client.asked.iter().find(|it| it.person == person).unwrap();
    let key = PersonKey {
        device: DEVICE,
        sign: asked.sign,
        seal: asked.seal,
        until_ms: None,
    };
    move |roster| roster.readmit(person, key, NOON_MS).unwrap()
}

fn takes_off(person: PersonId) -> impl FnOnce(&mut Roster) {
    move |roster| roster.dismiss(person, DEVICE, NOON_MS).unwrap()
}

fn standing(client: &Client, person: PersonId) -> ColleagueStanding {
    let all = client.colleagues().unwrap();
    let found = all.into_iter().find(|it| it.id == person.0);
    found.unwrap().standing
}

fn person(client: &mut Client) -> String {
    let StatusView { person, .. } = client.status().unwrap();
    person
}

#[test]
fn a_colleague_unlocks_as_soon_as_the_office_has_approved() {
    let desk = Desk::new();
    let mut max = desk.max();
    assert_eq!(standing(&max, EVE), ColleagueStanding::NoKeys);

    let asked = max.introduce(EVE.0, EVES, false).unwrap();

    assert_eq!(asked.standing, ColleagueStanding::Waits);
    assert_eq!(asked.words.map(|it| it.len()), Some(6));
    assert_eq!(log_words(&max).last().unwrap(), "admission");
    assert_eq!(desk.names(), ["Amina Nurse"]);
    let listed = lists(&max, EVE);
    comes(&mut max, listed);
    assert_eq!(desk.names(), ["Amina Nurse", "Eve Nurse"]);
    assert_eq!(standing(&max, EVE), ColleagueStanding::Unlocks);
    drop(max);

    let mut eve = desk.unlock(EVE, EVES).unwrap();
    assert_eq!(person(&mut eve), "Eve Nurse");
    eve.register(&woman()).unwrap();
    drop(eve);
    assert_eq!(
        desk.unlock(EVE, PASSPHRASE).err(),
        Some(ErrorCode::WrongPassphrase)
    );
    assert_eq!(desk.max().find("hoa").unwrap().len(), 1);
}

#[test]
fn whom_a_manager_vouches_for_works_at_once_and_for_a_fortnight() {
    let desk = Desk::new();
    let mut max = desk.max();

    let vouched = max.introduce(EVE.0, EVES, true).unwrap();

    assert_eq!(vouched.standing, ColleagueStanding::Vouched);
    assert!(vouched.words.is_some() && vouched.until.is_some());
    drop(max);
    desk.unlock(EVE, EVES).unwrap().register(&woman()).unwrap();

    desk.host.set(NOON_MS + Admission::MAX_VOUCHED_MS + 1);
    let ended = desk.unlock(EVE, EVES).err();
    assert_eq!(ended, Some(ErrorCode::AdmissionEnded));

    let mut max = desk.max();
    let listed = lists(&max, EVE);
    comes(&mut max, listed);
    drop(max);
    assert!(
        desk.unlock(EVE, EVES).is_ok(),
        "the office has confirmed it"
    );
}

#[test]
fn who_forgot_a_passphrase_goes_on_with_new_keys_and_the_old_passphrase_opens_nothing() {
    let desk = Desk::new();
    let mut max = desk.max();
    max.introduce(EVE.0, EVES, true).unwrap();
    let listed = lists(&max, EVE);
    comes(&mut max, listed);
    let before = desk.database();

    max.introduce(EVE.0, "window mirror elbow spider", true)
        .unwrap();
    drop(max);

    assert_eq!(
        desk.unlock(EVE, EVES).err(),
        Some(ErrorCode::WrongPassphrase)
    );
    assert!(desk.unlock(EVE, "window mirror elbow spider").is_ok());
    assert_eq!(desk.database(), before, "nobody was taken off");
}

#[test]
fn who_is_taken_off_opens_nothing_any_more_even_with_a_copy_of_the_old_files() {
    let desk = Desk::new();
    let mut max = desk.max();
    max.introduce(EVE.0, EVES, true).unwrap();
    let listed = lists(&max, EVE);
    comes(&mut max, listed);
    max.register(&woman()).unwrap();
    let slot = fs::read(desk.path().join("keys/2.slot")).unwrap();
    let envelope = fs::read(desk.path().join("keys/dbk.age")).unwrap();
    let before = desk.database();

    comes(&mut max, takes_off(EVE));
    assert_eq!(desk.names(), ["Amina Nurse"]);
    drop(max);
    let mut max = desk.max();

    assert_ne!(desk.database(), before, "the database has another key");
    assert!(log_words(&max).contains(&"database has a new key".to_owned()));
    assert_eq!(max.find("hoa").unwrap().len(), 1);
    assert!(max.verify().unwrap().ok);
    let after = desk.database();
    drop(max);
    drop(desk.max());
    assert_eq!(desk.database(), after, "once is enough");

    fs::write(desk.path().join("keys/2.slot"), slot).unwrap();
    fs::write(desk.path().join("keys/dbk.age"), envelope).unwrap();
    let home = Home::enter(desk.path()).unwrap();
    let secrets = open_slot(&home, EVE, EVES, &desk.host).unwrap();
    let opened = super::super::keys::open_store(&home, &secrets);
    assert_eq!(opened.err().map(|it| it.code), Some(ErrorCode::WrongKey));
}

#[test]
fn who_is_taken_off_while_at_work_is_shown_nothing_more() {
    let desk = Desk::new();
    let mut max = desk.max();
    max.introduce(EVE.0, EVES, true).unwrap();
    let listed = lists(&max, EVE);
    comes(&mut max, listed);
    let chart = max.register(&woman()).unwrap().chart;
    drop(max);
    let mut eve = desk.unlock(EVE, EVES).unwrap();
    eve.open(&chart).unwrap();

    comes(&mut eve, takes_off(EVE));

    let opened = eve.open(&chart).map_err(|it| it.code);
    assert_eq!(opened.err(), Some(ErrorCode::PersonUnknown));
    drop(eve);
    assert_eq!(desk.unlock(EVE, EVES).err(), Some(ErrorCode::PersonUnknown));
}

#[test]
fn a_database_whose_new_key_broke_off_opens_wherever_that_was() {
    for step in 0..3 {
        let desk = Desk::new();
        let mut max = desk.max();
        max.introduce(EVE.0, EVES, true).unwrap();
        comes(&mut max, |roster| roster.leave(EVE, NOON_MS).unwrap());
        max.register(&woman()).unwrap();
        drop(max);
        let keys = desk.path().join("keys");
        let home = Home::enter(desk.path()).unwrap();
        let secrets = open_slot(&home, MAX, PASSPHRASE, &desk.host).unwrap();
        let (store, _key) = super::super::keys::open_store(&home, &secrets).unwrap();
        let next = crypto::DatabaseKey::from_bytes([9; 32]);
        let sealed = crypto::seal_to(&[secrets.seal.public()], next.expose()).unwrap();
        home.write_key(&KeyFile::NextDatabase, &sealed).unwrap();
        if step > 0 {
            store.write_anew(&home.next_database(), &next).unwrap();
        }
        drop(store);
        if step > 1 {
            store::ReplicaStore::take_place(&home.next_database(), &home.database()).unwrap();
        }
        drop(home);

        let mut max = desk.max();

        assert_eq!(max.find("hoa").unwrap().len(), 1, "step {step}");
        assert!(
            !keys.join("dbk-next.age").exists() && !desk.path().join("replica-next.db").exists()
        );
        drop(max);
        assert!(desk.unlock(MAX, PASSPHRASE).is_ok());
    }
}

#[test]
fn a_slot_under_anothers_name_is_not_theirs() {
    let desk = Desk::new();
    let mut max = desk.max();
    max.introduce(EVE.0, EVES, true).unwrap();
    let listed = lists(&max, EVE);
    comes(&mut max, listed);
    drop(max);
    let keys = desk.path().join("keys");
    fs::copy(keys.join("2.slot"), keys.join("1.slot")).unwrap();

    let as_max = desk.unlock(MAX, EVES).err();

    assert_eq!(as_max, Some(ErrorCode::PersonUnknown));
    assert!(desk.unlock(EVE, EVES).is_ok());
}

#[test]
fn only_a_manager_vouches_and_nobody_introduces_themselves_or_a_stranger() {
    let desk = Desk::of(Role::Nurse);
    let mut nurse = desk.max();
    let refused = |client: &mut Client, person: u32, vouch| {
        let result = client.introduce(person, EVES, vouch);
        result.err().map(|it| it.code)
    };

    assert_eq!(
        refused(&mut nurse, EVE.0, true),
        Some(ErrorCode::NotAllowed)
    );
    assert_eq!(log_words(&nurse).last().unwrap(), "introduce colleague");
    for stranger in [MAX.0, 77] {
        let code = refused(&mut nurse, stranger, false);
        assert_eq!(code, Some(ErrorCode::NoSuchColleague));
    }
    assert_eq!(refused(&mut nurse, EVE.0, false), None);
    assert_eq!(standing(&nurse, EVE), ColleagueStanding::Waits);
}

#[test]
fn a_passphrase_is_changed_by_who_knows_it_and_the_log_says_so() {
    let desk = Desk::new();
    let mut max = desk.max();
    let code = |it: Result<(), CommandError>| it.err().map(|it| it.code);

    let wrong = code(max.change_passphrase("not this one at all", EVES));
    let easy = code(max.change_passphrase(PASSPHRASE, "password1234"));
    assert_eq!(wrong, Some(ErrorCode::WrongPassphrase));
    assert_eq!(easy, Some(ErrorCode::PassphraseTooEasy));
    max.change_passphrase(PASSPHRASE, EVES).unwrap();

    assert_eq!(log_words(&max).last().unwrap(), "passphrase changed");
    drop(max);
    let old = desk.unlock(MAX, PASSPHRASE).err();
    assert_eq!(old, Some(ErrorCode::WrongPassphrase));
    assert!(desk.unlock(MAX, EVES).is_ok());
}

#[test]
fn the_recovery_keys_open_the_database_too() {
    let desk = Desk::new();
    let recovery = crypto::BoxKey::from_seed([77; 32]);
    let mut max = desk.max();
    let public = recovery.public();

    comes(&mut max, |roster| roster.hub.recovery = vec![public]);

    let envelope = fs::read(desk.path().join("keys/dbk.age")).unwrap();
    assert!(crypto::open_with(&recovery, &envelope).is_ok());
}

#[test]
fn keys_that_were_declined_are_forgotten() {
    let desk = Desk::new();
    let mut max = desk.max();
    max.introduce(EVE.0, EVES, true).unwrap();
    let listed = lists(&max, EVE);
    comes(&mut max, |roster| {
        listed(roster);
        roster.dismiss(EVE, DEVICE, NOON_MS).unwrap();
    });

    assert_eq!(max.asked, []);
    assert_eq!(standing(&max, EVE), ColleagueStanding::NoKeys);
    assert!(!desk.path().join("keys/2.slot").exists());
}
