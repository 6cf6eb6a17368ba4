//! Who belongs to the house, and what is closed with keys.

use crypto::{
    BoxKey, BoxPublicKey, Cost, DeviceSecret, PersonSecrets, SigningKey, Slot, open_with, seal_to,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use roster::{HubKeys, Invite, Role, Roster, SignedRoster, SiteKind};

/// What rosters are signed for.
const ROSTER_DOMAIN: &str = "posta/roster/v1";

const PASSPHRASE: &str = "passphrase";
const PLAIN: &[u8] = b"plain";

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn box_key() -> BoxKey {
    BoxKey::from_seed([8; 32])
}

fn device_secret() -> DeviceSecret {
    DeviceSecret::from_bytes([9; 32])
}

/// Reads a roster that the pinned key signed, whatever it says, and the bytes as an invite's text.
pub(crate) fn roster(bytes: &[u8]) {
    let signed = SignedRoster {
        bytes: bytes.to_vec(),
        signature: key().sign(ROSTER_DOMAIN, bytes),
    };
    if let Ok(roster) = signed.open(&key().public(), 0) {
        let again = roster.sign(&key()).map(|it| it.open(&key().public(), 0));
        assert_eq!(again, Ok(Ok(roster)), "it is read again alike");
    }
    let invite = std::str::from_utf8(bytes).ok();
    if let Some(Ok(invite)) = invite.map(str::parse::<Invite>) {
        let again = invite.to_string().parse::<Invite>();
        assert!(again.is_ok_and(|it| it == invite), "it is read again alike");
    }
}

/// Opens the bytes as a person's slot and as an envelope: none but ours opens.
pub(crate) fn envelope(bytes: &[u8]) {
    if Slot::open(bytes, PASSPHRASE, &device_secret()).is_ok() {
        assert_eq!(bytes, slot());
    }
    if let Ok(plain) = open_with(&box_key(), bytes) {
        assert_eq!(plain.expose(), PLAIN);
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(public) = text.parse::<BoxPublicKey>()
    {
        assert_eq!(public.to_string().parse(), Ok(public));
    }
}

pub(crate) fn roster_seeds() -> Vec<Vec<u8>> {
    let invite = Invite {
        hub_addr: "hub.example.org:7444".to_owned(),
        tls: key().public(),
        roster: key().public(),
        token: [5; 16],
        expires_ms: 1_790_000_000_000,
    };
    let mut roster = Roster::new(HubKeys {
        tls: key().public(),
        roster: key().public(),
        history: key().public(),
        seal: Some(box_key().public()),
        recovery: Vec::new(),
        name: "Hub".to_owned(),
    });
    let site = roster
        .add_scope("Kisumu")
        .and_then(|scope| roster.add_site("Kisumu", SiteKind::Clinic, scope));
    if let Ok(site) = site {
        let _person = roster.add_person("Achieng", Role::Nurse, &[site]);
    }
    let signed = roster.sign(&key()).map(|it| it.bytes);
    let invite = invite.to_string().into_bytes();
    signed.into_iter().chain([invite]).collect()
}

pub(crate) fn envelope_seeds() -> Vec<Vec<u8>> {
    let sealed = seal_to(&[box_key().public()], PLAIN).ok();
    let public = box_key().public().to_string().into_bytes();
    [slot(), public].into_iter().chain(sealed).collect()
}

fn slot() -> Vec<u8> {
    let secrets = PersonSecrets {
        sign: key(),
        seal: box_key(),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    Slot::close_at(
        Cost::FOR_TESTS,
        &secrets,
        PASSPHRASE,
        &device_secret(),
        &mut rng,
    )
}
