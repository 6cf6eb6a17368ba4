//! What slots promise: the right passphrase on the right computer, or a clear reason.

use super::*;
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

fn device(seed: u8) -> DeviceSecret {
    DeviceSecret::from_bytes([seed; 32])
}

fn closed() -> (PersonSecrets, Vec<u8>) {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let secrets = PersonSecrets::generate(&mut rng);
    let slot = Slot::close_at(
        Cost::FOR_TESTS,
        &secrets,
        "correct horse",
        &device(1),
        &mut rng,
    );
    (secrets, slot)
}

#[track_caller]
fn check_refused(slot: &[u8], passphrase: &str, device: &DeviceSecret, expected: SlotError) {
    assert_eq!(Slot::open(slot, passphrase, device).unwrap_err(), expected);
}

/// Rewrites a slot with its checksum in order, as an attacker would.
fn forge(slot: &[u8], alter: impl FnOnce(&mut File)) -> Vec<u8> {
    let mut file: File = serde_ipld_dagcbor::from_slice(slot).unwrap();
    alter(&mut file);
    file.check = file.checksum();
    serde_ipld_dagcbor::to_vec(&file).unwrap()
}

#[test]
fn the_right_passphrase_on_the_right_computer_opens() {
    let (secrets, slot) = closed();

    let opened = Slot::open(&slot, "correct horse", &device(1)).unwrap();

    assert_eq!(opened.sign.seed(), secrets.sign.seed());
    assert_eq!(opened.seal.seed(), secrets.seal.seed());
}

#[test]
fn another_passphrase_or_computer_does_not() {
    let (_secrets, slot) = closed();

    check_refused(
        &slot,
        "Correct horse",
        &device(1),
        SlotError::WrongPassphrase,
    );
    check_refused(&slot, "", &device(1), SlotError::WrongPassphrase);
    check_refused(
        &slot,
        "correct horse",
        &device(2),
        SlotError::WrongPassphrase,
    );
}

#[test]
fn a_slot_at_the_standard_cost_opens() {
    let mut rng = ChaCha20Rng::from_seed([6; 32]);
    let secrets = PersonSecrets::generate(&mut rng);

    let slot = Slot::close(&secrets, "correct horse", &device(1), &mut rng);

    assert!(Slot::open(&slot, "correct horse", &device(1)).is_ok());
    assert!(slot.len() < MAX_BYTES / 4, "{} bytes", slot.len());
}

#[test]
fn a_damaged_slot_does_not_blame_the_passphrase() {
    let (_secrets, slot) = closed();

    for at in 0..slot.len() {
        let mut damaged = slot.clone();
        damaged[at] ^= 0x40;
        let found = Slot::open(&damaged, "correct horse", &device(1)).unwrap_err();
        assert!(
            matches!(found, SlotError::Damaged | SlotError::TooNew { .. }),
            "byte {at}: {found:?}"
        );
    }
    check_refused(
        &slot[..slot.len() - 1],
        "correct horse",
        &device(1),
        SlotError::Damaged,
    );
    check_refused(b"", "correct horse", &device(1), SlotError::Damaged);
}

#[test]
fn a_cost_beyond_reason_is_not_spent() {
    let (_secrets, slot) = closed();

    for cost in [
        (u32::MAX, 1, 1),
        (8, u32::MAX, 1),
        (8, 1, u32::MAX),
        (0, 0, 0),
    ] {
        let forged = forge(&slot, |file| file.cost = cost);
        check_refused(&forged, "correct horse", &device(1), SlotError::Damaged);
    }
}

#[test]
fn a_cost_is_spent_up_to_the_most() {
    let (_secrets, slot) = closed();
    let most = Cost::MOST;
    assert!(most.is_bounded());

    for cost in [
        (most.memory_kib + 1, 1, 1),
        (8, most.passes + 1, 1),
        (8 * most.lanes + 8, 1, most.lanes + 1),
    ] {
        let forged = forge(&slot, |file| file.cost = cost);
        check_refused(&forged, "correct horse", &device(1), SlotError::Damaged);
    }
    for cost in [(8, most.passes, 1), (8 * most.lanes, 1, most.lanes)] {
        let forged = forge(&slot, |file| file.cost = cost);
        check_refused(
            &forged,
            "correct horse",
            &device(1),
            SlotError::WrongPassphrase,
        );
    }
}

#[test]
fn what_stands_beside_the_secret_cannot_be_changed() {
    let (_secrets, slot) = closed();

    let forged = forge(&slot, |file| file.cost = (16, 1, 1));

    check_refused(
        &forged,
        "correct horse",
        &device(1),
        SlotError::WrongPassphrase,
    );
}

#[test]
fn a_newer_slot_says_so_whatever_else_it_holds() {
    let newer = [0xa2, 0x61, b'v', 0x02, 0x61, b'x', 0xf5];

    check_refused(
        &newer,
        "correct horse",
        &device(1),
        SlotError::TooNew {
            found: 2,
            known: VERSION,
        },
    );
}

#[test]
fn secrets_do_not_print_themselves() {
    assert_eq!(format!("{:?}", closed().0), "PersonSecrets(redacted)");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_slot(bytes: Vec<u8>) {
        prop_assert!(Slot::open(&bytes, "correct horse", &device(1)).is_err());
    }
}
