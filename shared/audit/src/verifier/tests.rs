//! Whatever is altered of what is stored is found and named.

use crypto::SigningKey;
use proptest::prelude::*;
use record::{ChartId, Hlc, PersonId};

use super::*;
use crate::{ChainHash, Entry, EntryKind, HashReader};

/// A hub's stored history in memory.
#[derive(Clone, Default)]
struct History {
    rows: Vec<StoredEntry>,
}

impl HashReader for History {
    type Error = ();

    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TreeHash>, ()> {
        let read = |index: &u64| {
            let (leaf, place) = crate::stored_with(*index);
            let row = self.rows.get(usize::try_from(leaf).unwrap()).ok_or(())?;
            row.hashes.get(usize::from(place)).copied().ok_or(())
        };
        indexes.iter().map(read).collect()
    }
}

fn key(device: DeviceId) -> SigningKey {
    SigningKey::from_seed([device.0.to_le_bytes()[0]; 32])
}

fn entry(number: u64) -> Vec<u8> {
    Entry {
        kind: EntryKind::CHANGE,
        chart: Some(ChartId::new([1; 16])),
        hlc: Hlc::new(number, 0),
        person: PersonId(5),
        payload: vec![7; 20],
    }
    .to_bytes()
    .unwrap()
}

impl History {
    /// Stores entries of the devices in turn; every third ends a segment, and the last of each log.
    fn of(devices: &[u32]) -> Self {
        let mut history = Self::default();
        let mut heads: BTreeMap<u32, LogHead> = BTreeMap::new();
        for (leaf, device) in (0..).zip(devices) {
            let head = heads
                .entry(*device)
                .or_insert_with(|| LogHead::start(DeviceId(*device), 1));
            let bytes = entry(leaf);
            *head = head.next(&bytes);
            let salt = u128::from(leaf + 1).to_be_bytes();
            let tree_leaf = Leaf::new(head.position(), &salt, &head.chain).to_bytes();
            let hashes = crate::append(leaf, &tree_leaf, &history).unwrap();
            let ends =
                leaf % 3 == 0 || !devices[usize::try_from(leaf).unwrap() + 1..].contains(device);
            history.rows.push(StoredEntry {
                leaf,
                position: head.position(),
                entry: bytes,
                chain: head.chain,
                salt,
                hashes: hashes.into_iter().map(|(_index, hash)| hash).collect(),
                signature: ends.then(|| head.sign(&key(head.device))),
            });
        }
        history
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint::new(
            &key(DeviceId(200)).public(),
            size,
            crate::root(size, self).unwrap(),
        )
    }

    fn verify(&self, checkpoints: &[Checkpoint]) -> Report {
        let mut verifier = Verifier::new(checkpoints, |device| Some(key(device).public()));
        for row in &self.rows {
            verifier.check(row);
        }
        verifier.finish()
    }
}

const DEVICES: [u32; 13] = [3, 3, 4, 0, 3, 4, 4, 3, 0, 0, 5, 3, 4];

/// A history, and what its hub signed of it.
fn signed() -> (History, [Checkpoint; 3]) {
    let history = History::of(&DEVICES);
    let checkpoints = [5, 8, 13].map(|it| history.checkpoint(it));
    (history, checkpoints)
}

/// Alters a history and returns what is found.
fn findings_after(alter: impl FnOnce(&mut History)) -> Vec<Finding> {
    let (mut history, checkpoints) = signed();
    alter(&mut history);
    history.verify(&checkpoints).findings
}

fn at(leaf: u64, fault: EntryFault) -> Finding {
    let position = History::of(&DEVICES).rows[usize::try_from(leaf).unwrap()].position;
    Finding::Entry {
        position,
        leaf,
        fault,
    }
}

#[test]
fn an_untouched_history_is_clean() {
    let (history, checkpoints) = signed();

    let report = history.verify(&checkpoints);

    assert_eq!(
        report,
        Report {
            entries: 13,
            covered: 13,
            findings: Vec::new(),
            more: 0
        }
    );
    assert!(report.is_clean());
}

#[test]
fn entries_after_the_newest_checkpoint_are_told_apart() {
    let (history, checkpoints) = signed();

    let report = history.verify(&checkpoints[..2]);

    assert!(report.is_clean());
    assert_eq!((report.entries, report.covered), (13, 8));
}

#[test]
fn an_altered_entry_is_named_alone() {
    let found = findings_after(|it| it.rows[4].entry[10] ^= 1);

    assert_eq!(found, [at(4, EntryFault::Altered)]);
}

#[test]
fn an_altered_chain_is_told_from_an_altered_entry() {
    let found = findings_after(|it| it.rows[4].chain = ChainHash::from_bytes([9; 32]));

    assert_eq!(found, [at(4, EntryFault::ChainAltered)]);
}

#[test]
fn an_altered_salt_is_named_alone() {
    // Its leaf is computed from it, so the tree above cannot be checked from there on.
    let found = findings_after(|it| it.rows[4].salt[0] ^= 1);

    assert_eq!(found[0], at(4, EntryFault::NotInHistory));
}

#[test]
fn an_entry_altered_with_its_chain_is_found_by_the_history() {
    let found = findings_after(|it| {
        let before = it.rows[1].chain;
        let row = &mut it.rows[4];
        row.entry[10] ^= 1;
        row.chain = before.next(row.position.seq, &row.entry);
    });

    assert_eq!(found[0], at(4, EntryFault::NotInHistory));
    assert!(
        found.contains(&at(7, EntryFault::Altered))
            || found.contains(&at(7, EntryFault::ChainAltered))
    );
}

#[test]
fn a_history_rewritten_to_its_root_is_found_by_the_signatures() {
    let (mut history, checkpoints) = signed();
    let mut rewritten = History::default();
    let mut heads: BTreeMap<DeviceId, LogHead> = BTreeMap::new();
    history.rows[4].entry[10] ^= 1;
    for row in &history.rows {
        let device = row.position.device;
        let head = heads
            .entry(device)
            .or_insert_with(|| LogHead::start(device, 1));
        *head = head.next(&row.entry);
        let leaf = Leaf::new(row.position, &row.salt, &head.chain).to_bytes();
        let hashes = crate::append(row.leaf, &leaf, &rewritten).unwrap();
        let hashes = hashes.into_iter().map(|(_index, hash)| hash).collect();
        rewritten.rows.push(StoredEntry {
            chain: head.chain,
            hashes,
            ..row.clone()
        });
    }

    let own = [rewritten.checkpoint(13)];

    let against_devices = rewritten.verify(&own).findings;
    assert!(
        against_devices.contains(&at(11, EntryFault::WrongSignature)),
        "{against_devices:?}"
    );
    let against_witnesses = rewritten.verify(&checkpoints).findings;
    assert!(
        against_witnesses.contains(&Finding::WrongRoot { size: 5 }),
        "{against_witnesses:?}"
    );
}

#[test]
fn an_altered_hash_of_the_tree_is_named() {
    let found = findings_after(|it| it.rows[7].hashes[2].0[5] ^= 1);

    assert_eq!(found, [Finding::Tree { leaf: 7, level: 2 }]);
}

#[test]
fn an_altered_signature_is_named() {
    let (history, _) = signed();
    let bad = Signature::from_bytes({
        let mut bytes = *history.rows[6].signature.unwrap().as_bytes();
        bytes[3] ^= 1;
        bytes
    });

    let found = findings_after(|it| it.rows[6].signature = Some(bad));

    assert_eq!(found, [at(6, EntryFault::WrongSignature)]);
}

#[test]
fn removed_entries_are_found() {
    let in_the_middle = findings_after(|it| drop(it.rows.remove(4)));
    let at_the_end = findings_after(|it| it.rows.truncate(10));

    assert_eq!(in_the_middle[0], Finding::Missing { from: 4, to: 5 });
    assert!(in_the_middle.contains(&at(7, EntryFault::OutOfPlace)));
    assert!(at_the_end.contains(&Finding::Missing { from: 10, to: 13 }));
}

#[test]
fn entries_in_another_order_are_found() {
    let found = findings_after(|it| {
        it.rows.swap(1, 4);
        (it.rows[1].leaf, it.rows[4].leaf) = (1, 4);
    });

    assert!(found.iter().any(|it| matches!(
        it,
        Finding::Entry {
            leaf: 1,
            fault: EntryFault::OutOfPlace,
            ..
        }
    )));
}

#[test]
fn a_log_without_a_signature_at_its_end_is_found() {
    let found = findings_after(|it| it.rows[10].signature = None);

    let position = History::of(&DEVICES).rows[10].position;
    assert_eq!(found, [Finding::Unsigned { position }]);
}

#[test]
fn a_device_without_a_key_signed_nothing() {
    let (history, checkpoints) = signed();
    let mut verifier = Verifier::new(&checkpoints, |_device| None);

    history.rows.iter().for_each(|it| verifier.check(it));

    assert!(
        verifier
            .finish()
            .findings
            .contains(&at(10, EntryFault::WrongSignature))
    );
}

#[test]
fn findings_have_a_bound() {
    let devices = vec![3; MAX_FINDINGS + 200];
    let mut history = History::of(&devices);
    history.rows.iter_mut().for_each(|it| it.entry.clear());

    let report = history.verify(&[]);

    assert_eq!(report.findings.len(), MAX_FINDINGS);
    assert!(report.more >= 200);
}

#[test]
fn a_finding_says_where() {
    assert_eq!(
        at(4, EntryFault::Altered).to_string(),
        "device 3, log 1, entry 3 (leaf 4): the entry was altered"
    );
}

proptest! {
    /// Whatever one byte of whatever is stored of an entry is altered: it is found, at that leaf.
    #[test]
    fn any_one_altered_byte_is_found(
        leaf in 0_usize..13,
        place in any::<proptest::sample::Index>(),
        by in 1_u8..=255,
    ) {
        let (mut history, checkpoints) = signed();
        let row = &mut history.rows[leaf];
        let number: [u8; 16] = [
            row.position.device.0.to_be_bytes(), row.position.epoch.to_be_bytes(),
            [0; 4], [0; 4],
        ].concat().try_into().unwrap();
        let mut parts = [
            row.entry.clone(),
            row.chain.as_bytes().to_vec(),
            row.salt.to_vec(),
            row.hashes.iter().flat_map(|it| it.0).collect(),
            row.signature.map_or_else(Vec::new, |it| it.as_bytes().to_vec()),
            number[..8].to_vec(),
            row.position.seq.to_be_bytes().to_vec(),
            row.leaf.to_be_bytes().to_vec(),
        ];
        let mut at = place.index(parts.iter().map(Vec::len).sum());
        for part in &mut parts {
            if let Some(byte) = part.get_mut(at) {
                *byte ^= by;
                break;
            }
            at -= part.len();
        }
        let [entry, chain, salt, hashes, signature, number, seq, index] = parts;
        row.entry = entry;
        row.chain = ChainHash::from_bytes(chain.try_into().unwrap());
        row.salt = salt.try_into().unwrap();
        row.hashes = hashes.as_chunks().0.iter().map(|it| TreeHash(*it)).collect();
        row.signature = signature.try_into().ok().map(Signature::from_bytes);
        row.position.device = DeviceId(u32::from_be_bytes(*number.first_chunk().unwrap()));
        row.position.epoch = u32::from_be_bytes(*number.last_chunk().unwrap());
        row.position.seq = u64::from_be_bytes(seq.try_into().unwrap());
        row.leaf = u64::from_be_bytes(index.try_into().unwrap());

        let report = history.verify(&checkpoints);

        let says_where = |it: &Finding| match it {
            Finding::Entry { leaf: found, .. } | Finding::Tree { leaf: found, .. } => *found == leaf as u64,
            Finding::Missing { .. } => true,
            Finding::WrongRoot { .. } | Finding::Unsigned { .. } => false,
        };
        prop_assert!(report.findings.iter().any(says_where), "{:?}", report.findings);
    }
}
