//! Each target eats what it is made for, altered samples of it, and arbitrary bytes.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::Target;

/// How many inputs each target is tried on: some seconds of all of them together.
const CASES: u32 = 400;

/// One way to alter bytes.
#[derive(Debug, Clone)]
enum Alteration {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
}

fn alterations() -> impl Strategy<Value = Vec<Alteration>> {
    let bytes = || prop::collection::vec(any::<u8>(), 1..9);
    let one = prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Alteration::Set(at, byte)),
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Alteration::Flip(at, 1 << bit)),
        (any::<Index>(), bytes()).prop_map(|(at, more)| Alteration::Insert(at, more)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, less)| Alteration::Remove(at, less)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, again)| Alteration::Repeat(at, again)),
    ];
    prop::collection::vec(one, 0..4)
}

fn altered(mut bytes: Vec<u8>, alterations: &[Alteration]) -> Vec<u8> {
    for alteration in alterations {
        if bytes.is_empty() {
            return bytes;
        }
        match alteration {
            Alteration::Set(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Alteration::Flip(at, bit) => *at.get_mut(&mut bytes) ^= bit,
            Alteration::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Alteration::Remove(at, less) => {
                let at = at.index(bytes.len());
                bytes.drain(at..(at + less).min(bytes.len()));
            }
            Alteration::Repeat(at, again) => {
                let at = at.index(bytes.len());
                let again = bytes[at..(at + again).min(bytes.len())].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// Gives a target its samples, altered, and arbitrary bytes.
fn feed(target: Target) {
    let seeds = target.seeds();
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|it| target.eat(it));
    let inputs = prop_oneof![
        9 => (prop::sample::select(seeds), alterations()).prop_map(|(seed, by)| altered(seed, &by)),
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ];
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(CASES)
    };
    let eaten = TestRunner::new(config).run(&inputs, |bytes| {
        target.eat(&bytes);
        Ok(())
    });
    eaten.unwrap();
}

macro_rules! eats_anything {
    ($($name:ident: $target:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            feed(Target::$target);
        })*

        #[test]
        fn every_target_is_fed() {
            assert_eq!([$(Target::$target),*], Target::ALL);
        }
    };
}

eats_anything! {
    any_message_is_read_or_refused: Message,
    anything_packed_is_read_or_refused: Packed,
    any_entry_is_read_or_refused: Entry,
    any_checkpoint_is_read_or_refused: Checkpoint,
    any_roster_is_read_or_refused: Roster,
    any_envelope_is_read_or_refused: Envelope,
    any_record_is_read_or_refused: Record,
    any_fhir_file_is_read_or_refused: Fhir,
    any_change_is_merged_and_kept_or_refused: Change,
    any_snapshot_is_loaded_or_refused: Snapshot,
}
