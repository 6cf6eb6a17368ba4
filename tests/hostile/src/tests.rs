//! Each target eats what it is made for, altered samples of it, and arbitrary bytes.

use std::fs;
use std::path::Path;

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
    any_stream_is_read_alike_however_it_is_cut: Frames,
    any_bundle_is_read_or_refused: Bundle,
    any_pack_is_opened_or_refused: Pack,
    only_the_group_that_was_named_is_proven: Blob,
    any_comparison_is_answered_or_refused: Compared,
    a_hub_outlives_whatever_a_client_says: Hub,
    a_client_outlives_whatever_a_hub_says: Client,
    a_device_outlives_whatever_a_neighbour_says: Lan,
}

#[test]
fn every_golden_message_is_a_seed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wire");
    let seeds = Target::Message.seeds();
    let mut found = 0;

    for release in ["v1", "v2"] {
        for file in fs::read_dir(folder.join(release)).unwrap() {
            let file = file.unwrap().path();
            let bytes = fs::read(&file).unwrap();
            assert!(seeds.contains(&bytes), "{}", file.display());
            found += 1;
        }
    }

    assert_eq!(found, seeds.len());
}

#[test]
fn every_target_can_be_fuzzed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let binaries = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let table = fs::read_to_string(folder.join("README.md")).unwrap();

    for target in Target::ALL {
        let name = target.name();
        let file = format!("fuzz_targets/{name}.rs");
        let code = fs::read_to_string(folder.join(&file)).unwrap();
        assert!(binaries.contains(&format!("path = \"{file}\"")), "{name}");
        assert!(code.contains(&format!("Target::{target:?}.eat")), "{name}");
        assert!(table.contains(&format!("`{name}`")), "{name} is explained");
    }
}
