//! The tree against another implementation of it.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use record::DeviceId;
use sha2::Sha256;

use super::*;

/// The tree's hashes in memory.
#[derive(Default)]
struct Stored(Vec<TreeHash>);

impl HashReader for Stored {
    type Error = ();

    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<TreeHash>, ()> {
        indexes
            .iter()
            .map(|it| self.0.get(usize::try_from(*it).unwrap()).copied().ok_or(()))
            .collect()
    }
}

fn leaves(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|it| it.to_be_bytes().to_vec()).collect()
}

fn stored(leaves: &[Vec<u8>]) -> Stored {
    let mut stored = Stored::default();
    for (size, leaf) in (0..).zip(leaves) {
        for (index, hash) in append(size, leaf, &stored).unwrap() {
            assert_eq!(
                index,
                stored.0.len() as u64,
                "hashes are stored in a dense order"
            );
            stored.0.push(hash);
        }
    }
    stored
}

/// The same tree by another's hand.
fn oracle(leaves: &[Vec<u8>]) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    for leaf in leaves {
        tree.push(leaf.clone());
    }
    tree
}

fn flat(proof: &[TreeHash]) -> Vec<u8> {
    proof.iter().flat_map(|it| it.0).collect()
}

#[test]
fn the_empty_history_has_the_empty_strings_hash() {
    assert_eq!(root(0, &Stored::default()).unwrap().0, crypto::sha256(b""));
}

#[test]
fn a_leaf_has_its_layout() {
    let position = LogPosition {
        device: DeviceId(1),
        epoch: 2,
        seq: 3,
    };

    let bytes = Leaf {
        position,
        commitment: [9; 32],
    }
    .to_bytes();

    assert_eq!(bytes.len(), Leaf::BYTES);
    assert_eq!(
        bytes[..17],
        [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]
    );
}

#[test]
fn a_commitment_depends_on_the_salt_and_the_chain() {
    let chain = ChainHash::from_bytes([1; 32]);

    assert_ne!(commitment(&[0; 16], &chain), commitment(&[1; 16], &chain));
    assert_ne!(
        commitment(&[0; 16], &chain),
        commitment(&[0; 16], &ChainHash::from_bytes([2; 32]))
    );
}

#[test]
fn a_hash_is_stored_with_the_leaf_that_completes_it() {
    let stored = stored(&leaves(40));
    let mut index = 0;

    for size in 0..40 {
        let added = append(size, &leaves(40)[usize::try_from(size).unwrap()], &stored).unwrap();
        for place in 0..u8::try_from(added.len()).unwrap() {
            assert_eq!(stored_with(index), (size, place));
            index += 1;
        }
    }
}

#[test]
fn a_reader_that_fails_is_an_error_and_no_panic() {
    struct Short;
    impl HashReader for Short {
        type Error = ();
        fn read_hashes(&self, _indexes: &[u64]) -> Result<Vec<TreeHash>, ()> {
            Ok(Vec::new())
        }
    }

    assert!(matches!(
        root(5, &Stored::default()),
        Err(HistoryError::Read(()))
    ));
    assert!(matches!(root(5, &Short), Err(HistoryError::Missing)));
    assert!(matches!(
        append(5, b"leaf", &Short),
        Err(HistoryError::Missing)
    ));
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let stored = stored(&leaves(5));

    assert!(matches!(
        append(MAX_SIZE, b"leaf", &stored),
        Err(HistoryError::NoSuchSize)
    ));
    assert!(matches!(
        append(MAX_SIZE - 1, b"leaf", &stored),
        Err(HistoryError::Read(()))
    ));
    assert!(matches!(
        root(u64::MAX, &stored),
        Err(HistoryError::NoSuchSize)
    ));
    assert!(matches!(
        prove_inclusion(5, 5, &stored),
        Err(HistoryError::NoSuchSize)
    ));
    assert!(matches!(
        prove_consistency(6, 5, &stored),
        Err(HistoryError::NoSuchSize)
    ));
    let some = TreeHash([0; 32]);
    assert_eq!(
        check_inclusion(&[], (u64::MAX, some), (0, b"")),
        Err(NotInHistory)
    );
    assert_eq!(check_inclusion(&[], (5, some), (5, b"")), Err(NotInHistory));
    assert_eq!(
        check_consistency(&[], (0, some), (5, some)),
        Err(NotInHistory)
    );
    assert_eq!(
        check_consistency(&[], (6, some), (5, some)),
        Err(NotInHistory)
    );
    assert_eq!(
        check_consistency(&vec![some; MAX_PROOF + 1], (1, some), (5, some)),
        Err(NotInHistory)
    );
}

#[test]
fn the_largest_history_is_proven_and_a_larger_one_is_not() {
    let proof: Vec<TreeHash> = (0..48).map(|level| TreeHash([level; 32])).collect();
    let root = proof
        .iter()
        .fold(tlog_tiles::record_hash(b"leaf"), |left, right| {
            tlog_tiles::node_hash(left, tlog_tiles::Hash(right.0))
        });
    let check = |size| check_inclusion(&proof, (size, TreeHash(root.0)), (0, b"leaf"));

    assert!(proof.len() <= MAX_PROOF);
    assert_eq!(check(MAX_SIZE), Ok(()));
    assert_eq!(check(MAX_SIZE + 1), Err(NotInHistory));
}

proptest! {
    #[test]
    fn the_tree_is_what_another_implementation_makes(count in 1_u64..200) {
        let leaves = leaves(count);
        let (stored, oracle) = (stored(&leaves), oracle(&leaves));

        let (ours, theirs) = (root(count, &stored).unwrap(), oracle.root());
        prop_assert_eq!(ours.0.as_slice(), theirs.as_bytes().as_slice());
    }

    #[test]
    fn an_inclusion_proof_is_what_another_makes_and_holds(count in 1_u64..200, at in any::<proptest::sample::Index>()) {
        let leaves = leaves(count);
        let (stored, oracle) = (stored(&leaves), oracle(&leaves));
        let index = at.index(leaves.len());

        let proof = prove_inclusion(count, index as u64, &stored).unwrap();

        let other = oracle.prove_inclusion(index);
        prop_assert_eq!(flat(&proof), other.as_bytes());
        let root = root(count, &stored).unwrap();
        prop_assert_eq!(check_inclusion(&proof, (count, root), (index as u64, &leaves[index])), Ok(()));
        prop_assert_eq!(check_inclusion(&proof, (count, root), (index as u64, b"another")), Err(NotInHistory));
    }

    #[test]
    fn a_consistency_proof_is_what_another_makes_and_holds(old in 1_u64..150, more in 0_u64..100) {
        let leaves = leaves(old + more);
        let (stored, oracle) = (stored(&leaves), oracle(&leaves));

        let proof = prove_consistency(old, old + more, &stored).unwrap();

        let other = oracle.prove_consistency(usize::try_from(more).unwrap());
        prop_assert_eq!(flat(&proof), other.as_bytes());
        let before = (old, root(old, &stored).unwrap());
        let after = (old + more, root(old + more, &stored).unwrap());
        prop_assert_eq!(check_consistency(&proof, before, after), Ok(()));
        prop_assert_eq!(check_consistency(&proof, (old, TreeHash([0; 32])), after), Err(NotInHistory));
    }

    #[test]
    fn any_hashes_are_a_proof_or_an_error(
        hashes in proptest::collection::vec(any::<[u8; 32]>(), 0..20),
        sizes in (any::<u64>(), any::<u64>()),
        index in any::<u64>(),
    ) {
        let proof: Vec<TreeHash> = hashes.into_iter().map(TreeHash).collect();
        let root = TreeHash([1; 32]);

        prop_assert!(check_inclusion(&proof, (sizes.0, root), (index, b"leaf")).is_err());
        if sizes.0 != sizes.1 {
            prop_assert!(check_consistency(&proof, (sizes.0, root), (sizes.1, root)).is_err());
        }
    }
}
