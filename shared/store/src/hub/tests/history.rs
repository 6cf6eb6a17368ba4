//! The history: its proofs, and that any altered byte is found.

use audit::{
    Checkpoint, EntryFault, Finding, Leaf, Report, Verifier, check_consistency, check_inclusion,
};
use proptest::prelude::*;

use super::*;

/// A store with some entries of two devices and the hub, and two checkpoints.
fn filled() -> HubStore {
    let (mut store, mut third, mut fourth) = (store(), Sender::new(3), Sender::new(4));
    let mut salt = salts();
    for number in 0..4 {
        store
            .ingest(
                &third.run(&[access(CHART), change(CHART, number)]),
                &mut unnoted,
                &mut salt,
            )
            .unwrap();
        store
            .ingest(
                &fourth.run(&[change(OTHER, 100 + number)]),
                &mut unnoted,
                &mut salt,
            )
            .unwrap();
        store
            .commit(
                &HubCommit {
                    entries: vec![access(OTHER)],
                    ..HubCommit::default()
                },
                &mut salt,
            )
            .unwrap();
        if number != 2 {
            sign(&mut store);
        }
    }
    store
}

fn history_key() -> SigningKey {
    SigningKey::from_seed([200; 32])
}

fn sign(store: &mut HubStore) {
    let size = store.history_size().unwrap();
    let checkpoint = Checkpoint::new(
        &history_key().public(),
        size,
        store.history_root(size).unwrap(),
    );
    let note = checkpoint.sign(&history_key()).unwrap();
    store.put_checkpoint(&checkpoint, &note).unwrap();
}

fn verify(store: &HubStore) -> Report {
    let checkpoints: Vec<Checkpoint> = store
        .checkpoints()
        .unwrap()
        .iter()
        .map(|it| Checkpoint::verify(it, &history_key().public()).unwrap())
        .collect();
    let mut verifier = Verifier::new(&checkpoints, |device| Some(log_key(device).public()));
    let mut from = 0;
    loop {
        let page = store.history(from, 5).unwrap();
        for stored in &page {
            verifier.check(stored);
        }
        match page.last() {
            Some(last) => from = last.leaf + 1,
            None => return verifier.finish(),
        }
    }
}

#[test]
fn an_untouched_history_is_clean() {
    let report = verify(&filled());

    assert_eq!(report.findings, []);
    assert_eq!((report.entries, report.covered), (16, 16));
}

#[test]
fn every_leaf_and_every_older_size_is_proven() {
    let store = filled();
    let size = store.history_size().unwrap();
    let root = store.history_root(size).unwrap();

    for stored in store.history(0, 100).unwrap() {
        let leaf = Leaf::new(stored.position, &stored.salt, &stored.chain).to_bytes();
        let proof = store.prove_inclusion(size, stored.leaf).unwrap();
        assert_eq!(
            check_inclusion(&proof, (size, root), (stored.leaf, &leaf)),
            Ok(())
        );
    }
    for old in 0..=size {
        let proof = store.prove_consistency(old, size).unwrap();
        let old_root = store.history_root(old).unwrap();
        assert_eq!(
            check_consistency(&proof, (old, old_root), (size, root)),
            Ok(()),
            "from {old}"
        );
    }
}

#[test]
fn a_removed_entry_is_found() {
    let store = filled();
    store
        .connection
        .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM entry WHERE leaf = 7")
        .unwrap();

    assert!(
        verify(&store)
            .findings
            .contains(&Finding::Missing { from: 7, to: 8 })
    );
}

#[test]
fn a_shortened_history_is_found() {
    let store = filled();
    store
        .connection
        .execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM entry WHERE leaf > 10")
        .unwrap();

    assert!(
        verify(&store)
            .findings
            .contains(&Finding::Missing { from: 11, to: 16 })
    );
}

#[test]
fn a_removed_signature_at_a_logs_end_is_found() {
    let store = filled();
    store
        .connection
        .execute_batch("DELETE FROM segment")
        .unwrap();

    let findings = verify(&store).findings;

    assert_eq!(
        findings.len(),
        2,
        "one for each device, none for the hub: {findings:?}"
    );
    assert!(
        findings
            .iter()
            .all(|it| matches!(it, Finding::Unsigned { .. }))
    );
}

#[test]
fn an_altered_payload_is_named_and_no_other_entry_accused() {
    let store = filled();
    store
        .connection
        .execute_batch("UPDATE entry SET payload = zeroblob(length(payload)) WHERE leaf = 5")
        .unwrap();
    let position = store.history(5, 1).unwrap()[0].position;

    let fault = EntryFault::Altered;
    assert_eq!(
        verify(&store).findings,
        [Finding::Entry {
            position,
            leaf: 5,
            fault
        }]
    );
}

#[test]
fn columns_that_no_longer_fit_are_found_too() {
    for sql in [
        "UPDATE entry SET chain = x'00' WHERE leaf = 5",
        "UPDATE entry SET salt = x'' WHERE leaf = 5",
        "UPDATE entry SET tree = x'0102' WHERE leaf = 5",
        "UPDATE entry SET device = -1 WHERE leaf = 5",
        "UPDATE entry SET person = 99999999999 WHERE leaf = 5",
        "UPDATE segment SET signature = x'01' WHERE leaf = 5",
    ] {
        let store = filled();
        assert_eq!(store.connection.execute(sql, []).unwrap(), 1, "{sql}");

        let findings = verify(&store).findings;

        let names_it = |it: &Finding| {
            matches!(
                it,
                Finding::Entry { leaf: 5, .. } | Finding::Tree { leaf: 5, .. }
            )
        };
        assert!(findings.iter().any(names_it), "{sql}: {findings:?}");
    }
}

/// What can be altered of an entry's row, a chart's name and a signature.
const BLOBS: [(&str, &str, &str); 6] = [
    ("entry", "payload", "leaf"),
    ("entry", "chain", "leaf"),
    ("entry", "salt", "leaf"),
    ("entry", "tree", "leaf"),
    ("segment", "signature", "leaf"),
    ("chart", "name", "id"),
];
const NUMBERS: [&str; 7] = ["device", "epoch", "seq", "kind", "hlc", "person", "chart"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_one_altered_byte_is_found(
        (table, column, key) in proptest::sample::select(&BLOBS[..]),
        pick in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let store = filled();
        let rows: Vec<(i64, Vec<u8>)> = store
            .all(&format!("SELECT {key}, {column} FROM {table} WHERE length({column}) > 0"), [], "test", |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        let (row, mut bytes) = pick.get(&rows).clone();
        let place = at.index(bytes.len());
        bytes[place] ^= 1 << bit;
        store
            .connection
            .execute(&format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1"), params![row, bytes])
            .unwrap();

        let report = verify(&store);

        prop_assert!(!report.is_clean(), "{} {} {} byte {}", table, column, row, place);
        if table != "chart" {
            let says_where = |it: &Finding| match it {
                Finding::Entry { leaf, .. } | Finding::Tree { leaf, .. } => i64::try_from(*leaf) == Ok(row),
                Finding::Missing { .. } | Finding::WrongRoot { .. } | Finding::Unsigned { .. } => false,
            };
            prop_assert!(report.findings.iter().any(says_where), "{:?}", report.findings);
        }
    }

    #[test]
    fn any_altered_number_is_found(
        column in proptest::sample::select(&NUMBERS[..]),
        leaf in 0_i64..16,
        bit in 0_u8..16,
    ) {
        let store = filled();
        let sql = format!(
            "PRAGMA foreign_keys = OFF;
             UPDATE entry SET {column} = ({column} | {mask}) - ({column} & {mask}) WHERE leaf = {leaf}",
            mask = 1_i64 << bit
        );
        // A place that is taken cannot be taken again, not even by hand.
        prop_assume!(store.connection.execute_batch(&sql).is_ok());

        let report = verify(&store);

        prop_assert!(!report.is_clean(), "{} of leaf {}", column, leaf);
    }
}
