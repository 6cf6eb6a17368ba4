//! The newest places of a feed in their order, told with the last pack of its charts.
//!
//! Packs bring a scope's changes chart by chart, so their reader does not know in which order the feed has them, and
//! could prove nothing of them to a hub that lost them. With the order of the newest places it can. What it holds is
//! named by where it was written; what stands for anything else is told as it is.

use audit::LogPosition;
use crypto::Signature;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::{OpenPackError, PackError};
use crate::feed::{BatchSeal, FeedChain, ItemMark, step_between};
use crate::limits::{MAX_TAIL_BYTES, MAX_TAIL_PLACES};
use crate::message::is_place;
use crate::pack::{pack, unpack};

/// One place of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TailPlace {
    /// A change that the packs brought, or that the reader wrote: where it was first written.
    Held(LogPosition),
    /// What stands for anything else.
    Mark(ItemMark),
}

/// The newest places of a feed up to where its packs end, packed, with the hub's word about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    from = "(FeedChain, ByteBuf, Signature)",
    into = "(FeedChain, ByteBuf, Signature)"
)]
pub struct PackTail {
    /// The chain before the first place, and the signature of the seal at the last.
    seal: BatchSeal,
    packed: Vec<u8>,
}

/// Places held that one log has one after the other, and then what stands for others.
#[derive(Default, Serialize, Deserialize)]
struct Run(Option<LogPosition>, Vec<u64>, ByteBuf);

impl PackTail {
    /// Packs places.
    pub fn new(places: &[TailPlace], seal: BatchSeal) -> Result<Self, PackError> {
        let runs = serde_ipld_dagcbor::to_vec(&runs_of(places));
        let runs = runs.map_err(|_never| PackError::TailTooLarge)?;
        if places.len() > MAX_TAIL_PLACES || runs.len() > MAX_TAIL_BYTES {
            return Err(PackError::TailTooLarge);
        }
        let packed = pack(&runs);
        Ok(Self { seal, packed })
    }

    /// Returns the hub's word: it counts once the places give it.
    #[must_use]
    pub const fn seal(&self) -> BatchSeal {
        self.seal
    }

    /// Returns the places, in order.
    pub fn places(&self) -> Result<Vec<TailPlace>, OpenPackError> {
        let runs = unpack(&self.packed, MAX_TAIL_BYTES)?;
        let runs: Vec<Run> =
            serde_ipld_dagcbor::from_slice(&runs).map_err(|_opaque| OpenPackError::Damaged)?;
        let mut places = Vec::new();
        for run in runs {
            add_places_of(run, &mut places)?;
            if places.len() > MAX_TAIL_PLACES {
                return Err(OpenPackError::TooLarge);
            }
        }
        Ok(places)
    }

    /// Says whether what is packed is above its limit.
    pub(super) const fn is_large(&self) -> bool {
        self.packed.len() > MAX_TAIL_BYTES
    }
}

impl From<(FeedChain, ByteBuf, Signature)> for PackTail {
    fn from((before, packed, signature): (FeedChain, ByteBuf, Signature)) -> Self {
        let packed = packed.into_vec();
        let seal = BatchSeal { before, signature };
        Self { seal, packed }
    }
}

impl From<PackTail> for (FeedChain, ByteBuf, Signature) {
    fn from(it: PackTail) -> Self {
        let BatchSeal { before, signature } = it.seal;
        (before, ByteBuf::from(it.packed), signature)
    }
}

fn runs_of(places: &[TailPlace]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last: Option<LogPosition> = None;
    for place in places {
        match place {
            TailPlace::Held(position) => {
                let step = last.and_then(|it| step_between(it, *position));
                match (step, runs.last_mut()) {
                    (Some(step), Some(run)) => run.1.push(step),
                    (Some(_) | None, _) => {
                        runs.push(Run(Some(*position), Vec::new(), ByteBuf::new()));
                    }
                }
                last = Some(*position);
            }
            TailPlace::Mark(mark) => {
                match runs.last_mut() {
                    Some(run) => run.2.extend_from_slice(&mark.0),
                    None => runs.push(Run(None, Vec::new(), ByteBuf::from(mark.0))),
                }
                last = None;
            }
        }
    }
    runs
}

fn add_places_of(run: Run, places: &mut Vec<TailPlace>) -> Result<(), OpenPackError> {
    let Run(held, steps, marks) = run;
    let (marks, rest) = marks.as_chunks::<32>();
    if !rest.is_empty() || (held.is_none() && !steps.is_empty()) {
        return Err(OpenPackError::Damaged);
    }
    if let Some(mut position) = held {
        places.push(TailPlace::Held(position));
        for step in steps {
            let seq = position.seq.checked_add(step);
            position.seq = seq.ok_or(OpenPackError::Damaged)?;
            places.push(TailPlace::Held(position));
        }
        if !is_place(position.seq) {
            return Err(OpenPackError::Damaged);
        }
    }
    places.extend(
        marks
            .iter()
            .copied()
            .map(|it| TailPlace::Mark(ItemMark(it))),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use record::DeviceId;

    use super::*;
    use crate::limits::MAX_PLACE;

    fn seal() -> BatchSeal {
        BatchSeal {
            before: FeedChain([1; 32]),
            signature: Signature::from_bytes([2; 64]),
        }
    }

    fn place() -> impl Strategy<Value = TailPlace> {
        prop_oneof![
            (1_u32..3, 0_u64..6).prop_map(|(device, seq)| TailPlace::Held(LogPosition {
                device: DeviceId(device),
                epoch: 1,
                seq,
            })),
            any::<[u8; 32]>().prop_map(|it| TailPlace::Mark(ItemMark(it))),
        ]
    }

    #[test]
    fn what_one_log_wrote_in_its_order_costs_next_to_nothing() {
        let at = |seq| {
            TailPlace::Held(LogPosition {
                device: DeviceId(3),
                epoch: 1,
                seq,
            })
        };
        let places: Vec<TailPlace> = (0..).map(at).take(MAX_TAIL_PLACES).collect();

        let tail = PackTail::new(&places, seal()).unwrap();

        assert!(tail.packed.len() < 50, "{} bytes", tail.packed.len());
        assert_eq!(tail.places(), Ok(places));
    }

    #[test]
    fn as_many_places_as_may_be_are_told_whatever_they_are_and_no_more() {
        let mark = |it: usize| {
            let hash = crypto::sha256(&it.to_be_bytes());
            TailPlace::Mark(ItemMark(hash))
        };
        let mut places: Vec<TailPlace> = (0..MAX_TAIL_PLACES).map(mark).collect();

        let tail = PackTail::new(&places, seal()).unwrap();
        assert!(!tail.is_large());
        assert_eq!(tail.places().as_ref(), Ok(&places));
        places.push(mark(0));

        let above = PackTail::new(&places, seal());
        assert_eq!(above, Err(PackError::TailTooLarge));
        let packed = pack(&serde_ipld_dagcbor::to_vec(&runs_of(&places)).unwrap());
        let tail = PackTail { packed, ..tail };
        assert_eq!(tail.places(), Err(OpenPackError::TooLarge));
        let packed = vec![0; MAX_TAIL_BYTES + 1];
        assert!(PackTail { packed, ..tail }.is_large());
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let at = LogPosition {
            device: DeviceId(3),
            epoch: 1,
            seq: u64::MAX,
        };
        let last = LogPosition {
            seq: MAX_PLACE,
            ..at
        };
        for run in [
            Run(None, vec![1], ByteBuf::new()),
            Run(Some(last), vec![1], ByteBuf::new()),
            Run(Some(at), vec![], ByteBuf::new()),
            Run(Some(at), vec![1], ByteBuf::new()),
            Run(None, vec![], ByteBuf::from([1; 33])),
        ] {
            let packed = pack(&serde_ipld_dagcbor::to_vec(&[run]).unwrap());
            let seal = seal();
            assert_eq!(
                PackTail { seal, packed }.places(),
                Err(OpenPackError::Damaged)
            );
        }
    }

    proptest! {
        #[test]
        fn places_are_read_as_they_were_told(places in vec(place(), 0..60)) {
            let tail = PackTail::new(&places, seal()).unwrap();

            let bytes = serde_ipld_dagcbor::to_vec(&tail).unwrap();
            let read: PackTail = serde_ipld_dagcbor::from_slice(&bytes).unwrap();
            prop_assert_eq!(&read, &tail);
            prop_assert_eq!(read.places(), Ok(places));
        }

        #[test]
        fn arbitrary_bytes_are_read_or_refused(packed in vec(any::<u8>(), 0..200)) {
            let _places = PackTail { seal: seal(), packed }.places();
        }
    }
}
