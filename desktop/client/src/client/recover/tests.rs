//! A computer whose people have forgotten their passphrases.

use record::DeviceId;

use super::super::people::tests::{Desk, EVE, EVES, comes, lists};
use super::*;
use crate::testing::{log_words, woman};

fn recovery() -> BoxKey {
    BoxKey::from_seed([77; 32])
}

/// A computer that is sealed to the recovery key.
fn sealed() -> Desk {
    let desk = Desk::new();
    let mut max = desk.max();
    comes(&mut max, |roster| {
        roster.hub.recovery = vec![recovery().public()];
    });
    max.register(&woman()).unwrap();
    drop(max);
    desk
}

fn recover(desk: &Desk, key: &BoxKey, person: u32) -> Result<RecoveredView, ErrorCode> {
    let form = format!("# a form\n{}\n", key.spelt().as_str());
    let host = Box::new(desk.host.clone());
    Client::recover(desk.path(), &form, person, EVES, host).map_err(|it| it.code)
}

#[test]
fn a_recovery_key_opens_the_computer_for_a_person_of_the_site_and_the_log_says_so() {
    let desk = sealed();

    let recovered = recover(&desk, &recovery(), EVE.0).unwrap();

    assert_eq!(recovered.person, "Eve Nurse");
    let mut eve = desk.unlock(EVE, EVES).unwrap();
    let words = log_words(&eve);
    let used = words.iter().position(|it| it == "recovery key used");
    assert_eq!(words[used.unwrap() + 1], "admission");
    assert_eq!(eve.find("hoa").unwrap().len(), 1);
    assert_eq!(eve.colleagues().unwrap()[1].words, Some(recovered.words));

    let listed = lists(&eve, EVE);
    comes(&mut eve, listed);
    drop(eve);
    assert!(desk.unlock(EVE, EVES).is_ok(), "the office has approved");
    assert!(desk.max().find("hoa").is_ok());
}

#[test]
fn who_forgot_is_given_new_keys_and_nobody_elses_place() {
    let desk = sealed();
    let max = 1;

    recover(&desk, &recovery(), max).unwrap();

    let old = desk.unlock(PersonId(max), crate::enrol::tests::PASSPHRASE);
    assert_eq!(old.err(), Some(ErrorCode::WrongPassphrase));
    assert!(desk.unlock(PersonId(max), EVES).is_ok());
}

#[test]
fn another_key_an_easy_passphrase_or_a_stranger_change_nothing() {
    let desk = sealed();
    let other = BoxKey::from_seed([78; 32]);
    let before = std::fs::read(desk.path().join("keys/dbk.age")).unwrap();

    let with_other = recover(&desk, &other, EVE.0);
    let stranger = recover(&desk, &recovery(), 77);
    let form = recovery().spelt().as_str().to_owned();
    let host = || Box::new(desk.host.clone());
    let easy = Client::recover(desk.path(), &form, EVE.0, "password1234", host());
    let nonsense = Client::recover(desk.path(), "no key", EVE.0, EVES, host());

    assert_eq!(with_other, Err(ErrorCode::NotARecoveryKey));
    assert_eq!(stranger, Err(ErrorCode::NoSuchColleague));
    assert_eq!(easy.unwrap_err().code, ErrorCode::PassphraseTooEasy);
    assert_eq!(nonsense.unwrap_err().code, ErrorCode::NotARecoveryKey);
    let after = std::fs::read(desk.path().join("keys/dbk.age")).unwrap();
    assert_eq!(after, before);
    assert!(!log_words(&desk.max()).contains(&"recovery key used".to_owned()));
    assert_eq!(desk.max().driver().identity().device, DeviceId(1));
}
