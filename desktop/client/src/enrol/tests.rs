//! Tests of homes on disk: enrolment broken off and taken up, unlocking, and what is refused.

mod files;

use std::path::Path;

use audit::{Session, SessionEvent};
use roster::{HubKeys, NewDevice, Role, SiteKind};
use tempfile::TempDir;

use super::*;
use crate::Client;
use crate::pace::Errand;
use crate::testing::{TestHost, log, woman};
use crate::views::HomeView;

pub(crate) const PASSPHRASE: &str = "four words are better";

pub(crate) fn hub_key() -> SigningKey {
    SigningKey::from_seed([200; 32])
}

pub(crate) fn invite() -> String {
    invite_with([7; 16])
}

fn invite_with(token: [u8; 16]) -> String {
    invite_to("127.0.0.1:1", token)
}

fn invite_to(hub_addr: &str, token: [u8; 16]) -> String {
    let invite = Invite {
        hub_addr: hub_addr.to_owned(),
        tls: SigningKey::from_seed([201; 32]).public(),
        roster: hub_key().public(),
        token,
        expires_ms: u64::MAX,
    };
    invite.to_string()
}

fn begin(home: &Path) -> Result<Enrolment, CommandError> {
    Enrolment::begin(
        home,
        &invite(),
        PASSPHRASE,
        "laptop 1",
        Box::new(TestHost::new(1)),
    )
}

/// The roster that the hub signs when it has approved.
fn approval(enrolment: &Enrolment) -> SignedRoster {
    approval_of(enrolment).sign(&hub_key()).unwrap()
}

/// The same, to be changed before it is signed.
pub(crate) fn approval_of(enrolment: &Enrolment) -> Roster {
    let hub = hub_key();
    let keys = HubKeys {
        tls: SigningKey::from_seed([201; 32]).public(),
        roster: hub.public(),
        history: SigningKey::from_seed([202; 32]).public(),
        seal: None,
        recovery: Vec::new(),
        name: "Hub".to_owned(),
    };
    let mut roster = Roster {
        epoch: 3,
        hub: keys,
        sites: Vec::new(),
        scopes: Vec::new(),
        people: Vec::new(),
        devices: Vec::new(),
        floors: roster::Floors::default(),
    };
    let scope = roster.add_scope("Valley").unwrap();
    let site = roster
        .add_site("Clinic A", SiteKind::Clinic, scope)
        .unwrap();
    let person = roster
        .add_person("Amina Nurse", Role::Nurse, &[site])
        .unwrap();
    let asked = enrolment.enrol();
    let device = NewDevice {
        site,
        label: asked.label,
        tls: asked.tls,
        log: asked.log,
    };
    let device = roster.enrol(device).unwrap();
    roster
        .admit(person, device, asked.sign, asked.seal)
        .unwrap();
    roster
}

fn approve(mut enrolment: Enrolment) {
    let roster = approval(&enrolment);
    enrolment.settle(DeviceId(1), PersonId(1), &roster).unwrap();
}

fn enrolled() -> TempDir {
    enrolled_as(1)
}

/// A home whose keys are drawn from this seed.
fn enrolled_as(seed: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let host = Box::new(TestHost::new(seed));
    approve(Enrolment::begin(folder.path(), &invite(), PASSPHRASE, "laptop 1", host).unwrap());
    folder
}

fn unlock(home: &Path, passphrase: &str, host: &TestHost) -> Result<Client, ErrorCode> {
    Client::unlock(home, None, passphrase, Box::new(host.clone())).map_err(|it| it.code)
}

#[track_caller]
fn check<T>(result: Result<T, CommandError>, expected: ErrorCode) {
    assert_eq!(result.err().map(|it| it.code), Some(expected));
}

#[test]
fn an_enrolment_that_broke_off_is_taken_up_with_the_same_keys() {
    let folder = tempfile::tempdir().unwrap();
    let first = begin(folder.path()).unwrap().enrol();
    let code = unlock(folder.path(), PASSPHRASE, &TestHost::new(2)).err();
    assert_eq!(code, Some(ErrorCode::EnrolmentPending));

    let again = begin(folder.path()).unwrap().enrol();
    assert_eq!(again, first);
    let host = Box::new(TestHost::new(3));
    let resumed = Enrolment::resume(folder.path(), PASSPHRASE, host).unwrap();
    assert_eq!(resumed.enrol(), first);
    approve(resumed);

    assert!(unlock(folder.path(), PASSPHRASE, &TestHost::new(4)).is_ok());
    check(begin(folder.path()), ErrorCode::AlreadyEnrolled);
}

#[test]
fn another_invite_takes_the_place_of_the_one_that_is_waited_with() {
    let folder = tempfile::tempdir().unwrap();
    let first = begin(folder.path()).unwrap().enrol();
    let begin_with = |invite: &str, passphrase: &str| {
        Enrolment::begin(
            folder.path(),
            invite,
            passphrase,
            "x",
            Box::new(TestHost::new(1)),
        )
    };

    let again = begin_with(&invite_with([8; 16]), PASSPHRASE).unwrap();
    assert_eq!(again.enrol().token, [8; 16]);
    assert_eq!(again.enrol().tls, first.tls);
    drop(again);
    let host = Box::new(TestHost::new(3));
    let resumed = Enrolment::resume(folder.path(), PASSPHRASE, host).unwrap();
    assert_eq!(resumed.enrol().token, [8; 16]);
    drop(resumed);
    check(
        begin_with(&invite(), "another passphrase"),
        ErrorCode::WrongPassphrase,
    );
}

#[test]
fn a_label_is_as_long_as_the_roster_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let called = |length: usize| {
        let (home, label) = (folder.path().join(length.to_string()), "x".repeat(length));
        let host = Box::new(TestHost::new(1));
        let begun = Enrolment::begin(&home, &invite(), PASSPHRASE, &label, host);
        (begun.map(|_begun| ()).map_err(|it| it.code), home.exists())
    };

    assert_eq!(called(MAX_LABEL_BYTES), (Ok(()), true));
    let refused = (Err(ErrorCode::FieldTooLong), false);
    assert_eq!(called(MAX_LABEL_BYTES + 1), refused);
}

#[test]
fn what_is_refused_leaves_no_home() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let begin_with = |invite: &str, passphrase: &str| {
        Enrolment::begin(&home, invite, passphrase, "x", Box::new(TestHost::new(1)))
    };

    check(
        begin_with("posta1-abcde", PASSPHRASE),
        ErrorCode::InviteTypingError,
    );
    check(begin_with("nonsense", PASSPHRASE), ErrorCode::NotAnInvite);
    check(
        begin_with(&invite(), "short"),
        ErrorCode::PassphraseTooShort,
    );
    assert!(!home.exists());
}

#[test]
fn keys_that_the_roster_does_not_list_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let host = Box::new(TestHost::new(5));
    let stranger = Enrolment::begin(other.path(), &invite(), PASSPHRASE, "laptop 2", host).unwrap();
    let mut enrolment = begin(folder.path()).unwrap();

    let roster = approval(&stranger);
    check(
        enrolment.settle(DeviceId(1), PersonId(1), &roster),
        ErrorCode::HubNotOurs,
    );

    drop(enrolment);
    approve(begin(folder.path()).unwrap());
}

#[test]
fn a_home_says_who_can_unlock_it_without_a_passphrase() {
    let folder = enrolled();

    let HomeView {
        site,
        device,
        people,
    } = Client::home(folder.path()).unwrap();

    assert_eq!((site.as_str(), device.as_str()), ("Clinic A", "laptop 1"));
    assert_eq!(
        (people[0].name.as_str(), people[0].role.as_str()),
        ("Amina Nurse", "nurse")
    );
}

#[test]
fn a_home_says_what_the_roster_said_at_the_last_unlocking() {
    let folder = enrolled();
    let host = TestHost::new(2);
    let mut client = unlock(folder.path(), PASSPHRASE, &host).unwrap();
    let mut roster = client.driver().roster().clone();
    roster.epoch += 1;
    roster.people[0].name = "Amina Married".to_owned();
    roster.sites[0].name = "Clinic Alpha".to_owned();
    let signed = roster.sign(&hub_key()).unwrap();
    client.driver_mut().take_roster(&signed).unwrap();
    drop(client);

    drop(unlock(folder.path(), PASSPHRASE, &host).unwrap());

    let HomeView { site, people, .. } = Client::home(folder.path()).unwrap();
    assert_eq!(
        (site.as_str(), people[0].name.as_str()),
        ("Clinic Alpha", "Amina Married")
    );
}

#[test]
fn a_second_process_gets_a_clear_error() {
    let folder = enrolled();
    let host = TestHost::new(2);
    let first = unlock(folder.path(), PASSPHRASE, &host).unwrap();

    assert_eq!(
        unlock(folder.path(), PASSPHRASE, &host).err(),
        Some(ErrorCode::InUse)
    );
    assert!(Client::home(folder.path()).is_ok());

    drop(first);
    assert!(unlock(folder.path(), PASSPHRASE, &host).is_ok());
}

#[test]
fn a_meeting_holds_the_home_no_longer_than_it_lasts() {
    // The hub's address is none, so that the meeting ends before anything is waited for.
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::new(1);
    let nowhere = invite_to("nowhere", [7; 16]);
    let enrolment = Enrolment::begin(
        folder.path(),
        &nowhere,
        PASSPHRASE,
        "laptop 1",
        Box::new(host.clone()),
    );
    approve(enrolment.unwrap());
    let meet = || {
        Client::meet(
            folder.path(),
            None,
            PASSPHRASE,
            &|| Box::new(host.clone()),
            Errand::Asked,
        )
    };

    check(meet(), ErrorCode::HubUnreachable);

    let mut other = unlock(folder.path(), PASSPHRASE, &host).unwrap();
    let attempt = other.status().unwrap().last_attempt.unwrap();
    assert_eq!(attempt.problem, Some(ErrorCode::HubUnreachable));
    check(meet(), ErrorCode::InUse);
    drop(other);
    check(meet(), ErrorCode::HubUnreachable);
}

#[test]
fn wrong_passphrases_make_people_wait_and_are_in_the_log() {
    let folder = enrolled();
    let host = TestHost::new(2);
    for _try in 0..3 {
        let code = unlock(folder.path(), "not this one", &host).err();
        assert_eq!(code, Some(ErrorCode::WrongPassphrase));
    }
    let code = unlock(folder.path(), PASSPHRASE, &host).err();
    assert_eq!(code, Some(ErrorCode::WaitBeforeNextTry));

    host.set(host.now_ms() + 60_000);
    let client = unlock(folder.path(), PASSPHRASE, &host).unwrap();

    let events: Vec<SessionEvent> = log(&client)
        .iter()
        .map(|it| Session::from_bytes(&it.payload).unwrap().event)
        .collect();
    let failed = events
        .iter()
        .filter(|it| **it == SessionEvent::UnlockFailed)
        .count();
    assert_eq!(failed, 3);
    assert_eq!(events.last(), Some(&SessionEvent::Unlocked));
    drop(client);
    assert!(unlock(folder.path(), PASSPHRASE, &host).is_ok());
}

#[test]
fn upkeep_writes_nothing_into_the_log_until_something_is_shown() {
    let folder = enrolled();
    let host = TestHost::new(2);
    let upkeep = || {
        let host = Box::new(host.clone());
        Client::unlock_for_upkeep(folder.path(), None, PASSPHRASE, host).unwrap()
    };
    let before = upkeep().status().unwrap().unsent;
    upkeep().verify().unwrap();
    upkeep().lock().unwrap();
    assert_eq!(upkeep().status().unwrap().unsent, before);

    let mut client = upkeep();
    client.find("anybody").unwrap();

    // That the person unlocked, and that they searched.
    assert_eq!(client.status().unwrap().unsent, before + 2);
}

#[test]
fn numbers_go_on_where_the_last_process_left_them() {
    let folder = enrolled();
    let host = TestHost::new(2);
    let register = || {
        let mut client = unlock(folder.path(), PASSPHRASE, &host).unwrap();
        let number = client.register(&woman()).unwrap().number;
        client.lock().unwrap();
        number
    };

    assert_ne!(register(), register());
}

#[test]
fn nothing_of_a_patient_is_in_a_file_in_clear() {
    let folder = enrolled();
    let mut client = unlock(folder.path(), PASSPHRASE, &TestHost::new(2)).unwrap();
    client.register(&woman()).unwrap();
    client.keep_draft(&"a".repeat(26), "Penicillin").unwrap();

    for entry in std::fs::read_dir(folder.path())
        .unwrap()
        .map(Result::unwrap)
    {
        if entry.path().is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            for word in ["Nyeri", "Penicillin", "1984"] {
                let found = bytes.windows(word.len()).any(|it| it == word.as_bytes());
                assert!(!found, "{word} in {}", entry.path().display());
            }
        }
    }
}
