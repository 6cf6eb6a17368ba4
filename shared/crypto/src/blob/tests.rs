//! Groups are proven at every border, and nothing else is.

use proptest::prelude::*;

use super::*;

fn bytes(size: usize) -> Vec<u8> {
    (0..size)
        .map(|at| u8::try_from(at * 31 % 251).unwrap())
        .collect()
}

fn group(bytes: &[u8], number: u32) -> &[u8] {
    bytes
        .chunks(GROUP_BYTES)
        .nth(usize::try_from(number).unwrap())
        .unwrap()
}

const SIZES: [usize; 11] = [
    1,
    1_024,
    1_025,
    GROUP_BYTES - 1,
    GROUP_BYTES,
    GROUP_BYTES + 1,
    2 * GROUP_BYTES,
    2 * GROUP_BYTES + 1,
    3 * GROUP_BYTES + 1_025,
    5 * GROUP_BYTES,
    9 * GROUP_BYTES - 7,
];

#[test]
fn the_hash_is_the_published_one_at_every_border() {
    for size in SIZES {
        let bytes = bytes(size);
        let (blob, tree) = BlobTree::of(&bytes).unwrap();

        assert_eq!(
            blob.hash().as_bytes(),
            blake3::hash(&bytes).as_bytes(),
            "{size}"
        );
        let again = BlobTree::from_groups(&blob, tree.groups().to_vec());
        assert_eq!(again, Some(tree), "{size}");
    }
}

#[test]
fn every_group_is_proven_by_its_own_proof_and_by_no_other() {
    for size in SIZES {
        let bytes = bytes(size);
        let (blob, tree) = BlobTree::of(&bytes).unwrap();
        for number in 0..blob.groups() {
            let proof = tree.proof(number).unwrap();
            let part = group(&bytes, number);
            assert_eq!(blob.proof_hashes(number), Some(proof.len()));
            let own = tree.groups()[usize::try_from(number).unwrap()];

            assert_eq!(blob.verify(number, part, &proof), Ok(own), "{size}");

            let mut altered = part.to_vec();
            *altered.last_mut().unwrap() ^= 1;
            let wrong = Err(GroupError::NotProven);
            assert_eq!(blob.verify(number, &altered, &proof), wrong);
            for at in 0..proof.len() {
                let mut altered = proof.clone();
                altered[at][7] ^= 1;
                assert_eq!(blob.verify(number, part, &altered), wrong);
            }
            let longer = [proof.clone(), vec![[0; 32]]].concat();
            assert_eq!(blob.verify(number, part, &longer), wrong);
            for other in (0..blob.groups()).filter(|it| *it != number) {
                assert!(blob.verify(other, part, &proof).is_err(), "{size} {other}");
            }
        }
    }
}

#[test]
fn a_name_with_a_wrong_size_never_becomes_whole() {
    let bytes = bytes(3 * GROUP_BYTES + 5);
    let (blob, tree) = BlobTree::of(&bytes).unwrap();
    for size in [3 * GROUP_BYTES + 4, 3 * GROUP_BYTES + 6, 4 * GROUP_BYTES] {
        let named = Blob::new(blob.hash(), size as u64).unwrap();
        let last = blob.groups() - 1;
        let proof = tree.proof(last).unwrap();

        let mut longer = group(&bytes, last).to_vec();
        longer.resize(named.group_bytes(last).unwrap(), 0);

        assert!(named.verify(last, &longer, &proof).is_err(), "{size}");
    }
}

#[test]
fn nothing_and_too_much_have_no_name() {
    let hash = BlobHash::from_bytes([1; 32]);

    assert_eq!(BlobTree::of(&[]), None);
    assert_eq!(Blob::new(hash, 0), None);
    assert_eq!(Blob::new(hash, Blob::MAX_BYTES + 1), None);
    let largest = Blob::new(hash, Blob::MAX_BYTES).unwrap();
    assert_eq!(largest.groups(), 256);
    assert_eq!(largest.group_bytes(255), Some(GROUP_BYTES));
    assert_eq!(largest.group_bytes(256), None);
    assert_eq!(largest.group_bytes(u32::MAX), None);
    assert_eq!(largest.proof_hashes(255), Some(8));
}

proptest! {
    #[test]
    fn whatever_is_claimed_to_be_a_group_is_judged(
        size in 0_u64..1_000_000,
        number in 0_u32..20,
        bytes in proptest::collection::vec(any::<u8>(), 0..70_000),
        proof in proptest::collection::vec(any::<[u8; 32]>(), 0..6),
    ) {
        let Some(blob) = Blob::new(BlobHash::from_bytes([3; 32]), size) else {
            return Ok(());
        };

        prop_assert!(blob.verify(number, &bytes, &proof).is_err());
        prop_assert_eq!(BlobTree::from_groups(&blob, proof), None);
    }
}
