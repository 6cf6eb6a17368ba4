//! Comparing which changes two ends hold, without naming those that both do: range-based set reconciliation.
//!
//! What is compared are hashes, in the order of when their changes were made. Neither end has to answer about ranges
//! in which both hold the same.

use negentropy::{Id, Negentropy, NegentropyStorageVector};
use wire::limits::MAX_COMPARED_BYTES;

/// A change that an end holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// When it was made, by its writer's clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// What the peer said cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Incomparable;

/// The end that asks.
#[derive(Debug)]
pub(crate) struct Asking(Negentropy<'static, NegentropyStorageVector>);

/// What came of an answer.
#[derive(Debug)]
pub(crate) struct Answered {
    /// What to ask next; none when all is known.
    pub(crate) next: Option<Vec<u8>>,
    /// What only this end holds.
    pub(crate) only_here: Vec<[u8; 32]>,
    /// What only the other end holds.
    pub(crate) only_there: Vec<[u8; 32]>,
}

impl Asking {
    /// Begins to compare. Returns what to ask first.
    pub(crate) fn begin(held: &[Held]) -> Result<(Self, Vec<u8>), Incomparable> {
        let mut asking = Negentropy::owned(sorted(held)?, MAX_COMPARED_BYTES as u64)?;
        let first = asking.initiate()?;
        Ok((Self(asking), first))
    }

    /// Takes in an answer.
    pub(crate) fn answered(&mut self, answer: &[u8]) -> Result<Answered, Incomparable> {
        let (mut here, mut there) = (Vec::new(), Vec::new());
        let next = self.0.reconcile_with_ids(answer, &mut here, &mut there)?;
        let hashes = |ids: Vec<Id>| ids.into_iter().map(Id::to_bytes).collect();
        Ok(Answered {
            next,
            only_here: hashes(here),
            only_there: hashes(there),
        })
    }
}

/// The end that answers. It keeps nothing between two questions but what it holds.
#[derive(Debug)]
pub(crate) struct Answering(NegentropyStorageVector);

impl Answering {
    pub(crate) fn new(held: &[Held]) -> Result<Self, Incomparable> {
        sorted(held).map(Self)
    }

    pub(crate) fn answer(&self, question: &[u8]) -> Result<Vec<u8>, Incomparable> {
        let mut answering = Negentropy::borrowed(&self.0, MAX_COMPARED_BYTES as u64)?;
        Ok(answering.reconcile(question)?)
    }
}

fn sorted(held: &[Held]) -> Result<NegentropyStorageVector, Incomparable> {
    let mut set = NegentropyStorageVector::with_capacity(held.len());
    for Held { at_ms, hash } in held {
        set.insert(*at_ms, Id::from_byte_array(*hash))?;
    }
    set.seal()?;
    Ok(set)
}

impl From<negentropy::Error> for Incomparable {
    fn from(_opaque: negentropy::Error) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    fn held(number: u16) -> Held {
        let mut word = u64::from(number) + 1;
        let words: [[u8; 8]; 4] = std::array::from_fn(|_at| {
            // As good as random, and always the same.
            word = word.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29) ^ 0x0005_deec_e66d;
            word.wrapping_mul(0xff51_afd7_ed55_8ccd).to_be_bytes()
        });
        let mut hash = [0; 32];
        hash.copy_from_slice(words.as_flattened());
        // Several of each millisecond, as an import makes them.
        let at_ms = 1_798_761_600_000 + u64::from(number / 7);
        Held { at_ms, hash }
    }

    fn all(numbers: &BTreeSet<u16>) -> Vec<Held> {
        numbers.iter().copied().map(held).collect()
    }

    /// Compares to the end. Returns what only each end holds, and the bytes and rounds that it took.
    fn compare(here: &[Held], there: &[Held]) -> (Answered, usize, u32) {
        let (mut asking, mut question) = Asking::begin(here).unwrap();
        let answering = Answering::new(there).unwrap();
        let (mut bytes, mut rounds) = (0, 0);
        let (mut only_here, mut only_there) = (Vec::new(), Vec::new());
        loop {
            let answer = answering.answer(&question).unwrap();
            assert!(question.len() <= MAX_COMPARED_BYTES && answer.len() <= MAX_COMPARED_BYTES);
            bytes += question.len() + answer.len();
            rounds += 1;
            assert!(rounds < 1_000);
            let answered = asking.answered(&answer).unwrap();
            only_here.extend(answered.only_here);
            only_there.extend(answered.only_there);
            match answered.next {
                Some(next) => question = next,
                None => break,
            }
        }
        let all = Answered {
            next: None,
            only_here,
            only_there,
        };
        (all, bytes, rounds)
    }

    #[test]
    fn equal_sets_take_one_round_and_half_a_kilobyte_however_many_there_are() {
        for count in [0, 1, 31, 32, 24_000] {
            let held: Vec<Held> = (0..count).map(held).collect();

            let (answered, bytes, rounds) = compare(&held, &held);

            assert_eq!(
                (answered.only_here.len(), answered.only_there.len()),
                (0, 0)
            );
            assert_eq!(rounds, 1, "of {count}");
            let bound = if count < 32 { 2_048 } else { 512 };
            assert!(bytes <= bound, "{bytes} bytes for {count}");
        }
    }

    #[test]
    fn a_few_differences_among_many_take_a_few_kilobytes() {
        let all: Vec<Held> = (0..24_000).map(held).collect();
        let here: Vec<Held> = all
            .iter()
            .copied()
            .filter(|it| it.hash != held(5).hash)
            .collect();
        let there: Vec<Held> = all
            .iter()
            .copied()
            .filter(|it| it.hash != held(9_999).hash)
            .collect();

        let (answered, bytes, rounds) = compare(&here, &there);

        assert_eq!(answered.only_here, [held(9_999).hash]);
        assert_eq!(answered.only_there, [held(5).hash]);
        assert!(
            bytes < 8_192 && rounds <= 4,
            "{bytes} bytes, {rounds} rounds"
        );
    }

    #[test]
    fn sets_that_share_nothing_are_compared_within_the_frame() {
        let here: Vec<Held> = (0..9_000).map(held).collect();
        let there: Vec<Held> = (9_000..18_000).map(held).collect();

        let (answered, ..) = compare(&here, &there);

        assert_eq!(answered.only_here.len(), 9_000);
        assert_eq!(answered.only_there.len(), 9_000);
    }

    proptest! {
        #[test]
        fn what_only_one_end_holds_is_found(
            here in btree_set(any::<u16>(), 0..300),
            there in btree_set(any::<u16>(), 0..300),
            both in btree_set(any::<u16>(), 0..600),
        ) {
            let (here, there) = (&here | &both, &there | &both);
            let hashes = |numbers: BTreeSet<u16>| -> BTreeSet<[u8; 32]> {
                numbers.into_iter().map(|it| held(it).hash).collect()
            };

            let (answered, ..) = compare(&all(&here), &all(&there));

            prop_assert_eq!(BTreeSet::from_iter(answered.only_here), hashes(&here - &there));
            prop_assert_eq!(BTreeSet::from_iter(answered.only_there), hashes(&there - &here));
        }

        #[test]
        fn arbitrary_bytes_are_answered_within_the_frame_or_refused(
            bytes in vec(any::<u8>(), 0..400),
            count in 0_u16..100,
        ) {
            let held: Vec<Held> = (0..count).map(held).collect();
            let question: Vec<u8> = [&[0x61], bytes.as_slice()].concat();

            if let Ok(answer) = Answering::new(&held).unwrap().answer(&question) {
                prop_assert!(answer.len() <= MAX_COMPARED_BYTES);
            }
            let (mut asking, _first) = Asking::begin(&held).unwrap();
            let _found = asking.answered(&question);
        }
    }
}
