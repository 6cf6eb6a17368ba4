//! What a hub says of itself, and what of that is kept.

use ::sync::Greeting;
use audit::{Checkpoint, TreeHash};

use super::*;
use crate::testing::hub_history;

#[test]
fn a_checkpoint_is_kept_only_as_the_hubs_history_key_signed_it() {
    let mut client = World::new().nurse_a();
    let hub = hub_history();
    let other = SigningKey::from_seed([9; 32]);
    let root = TreeHash([7; 32]);
    let honest = Checkpoint::new(&hub.public(), 5, root).sign(&hub).unwrap();
    let larger = Checkpoint::new(&other.public(), u64::MAX, root);
    let forged = larger.sign(&other).unwrap();
    let altered = honest.replacen("\n5\n", "\n6\n", 1);
    assert_ne!(altered, honest);
    let mut kept_after = |note: String| {
        let met = Greeting {
            checkpoint: Some(note),
            ..Greeting::default()
        };
        let driver = client.driver_mut();
        driver.carry_out(ClientEffect::NoteContact(met)).unwrap();
        let held = driver.standing().unwrap().checkpoint;
        held.map(|it| (it.size, it.note))
    };

    for note in [forged.clone(), altered.clone(), String::new()] {
        assert_eq!(kept_after(note), None);
    }
    let held = Some((5, honest.clone()));
    for note in [honest, forged, altered] {
        assert_eq!(kept_after(note), held);
    }
}
