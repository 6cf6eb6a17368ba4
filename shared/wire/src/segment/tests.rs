//! Segments: what they prove, what they refuse, what they carry through.

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;
use proptest::collection::vec;
use proptest::prelude::*;
use record::DeviceId;

use super::*;

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn start() -> LogHead {
    LogHead::start(DeviceId(3), 1)
}

/// Bytes that do not compress.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let step = |state: &mut u64| {
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*state >> 56) as u8
    };
    (0..length).map(|_| step(&mut state)).collect()
}

fn sealed(entries: &[Vec<u8>]) -> Segment {
    Segment::seal(start(), entries, &key()).unwrap()
}

fn bytes_of(segment: &Segment) -> Vec<u8> {
    serde_ipld_dagcbor::to_vec(segment).unwrap()
}

fn members_of(segment: &Segment) -> BTreeMap<String, Ipld> {
    serde_ipld_dagcbor::from_slice(&bytes_of(segment)).unwrap()
}

fn from_members(members: &BTreeMap<String, Ipld>) -> Segment {
    serde_ipld_dagcbor::from_slice(&serde_ipld_dagcbor::to_vec(members).unwrap()).unwrap()
}

#[test]
fn a_segment_gives_back_its_entries_and_their_heads() {
    let entries = vec![b"one".to_vec(), b"two".to_vec()];

    let opened = sealed(&entries).open(&key().public()).unwrap();

    let first = start().next(b"one");
    let second = first.next(b"two");
    assert_eq!(opened.before, start());
    assert_eq!(
        opened.entries[0],
        OpenedEntry {
            head: first,
            bytes: b"one".to_vec()
        }
    );
    assert_eq!(
        opened.entries[1],
        OpenedEntry {
            head: second,
            bytes: b"two".to_vec()
        }
    );
    assert_eq!(opened.after(), second);
    assert_eq!(sealed(&entries).after(), Ok(second));
    assert_eq!(
        (sealed(&entries).first_seq(), sealed(&entries).last_seq()),
        (1, 2)
    );
}

#[test]
fn an_empty_segment_is_not_made() {
    assert_eq!(Segment::seal(start(), &[], &key()), Err(SealError::Empty));
}

#[test]
fn an_entry_above_the_limit_is_not_sealed() {
    let entries = vec![vec![], vec![0; Entry::MAX_BYTES + 1]];

    assert_eq!(
        Segment::seal(start(), &entries, &key()),
        Err(SealError::EntryTooLarge { seq: 2 })
    );
}

#[test]
fn a_segment_takes_what_fits_its_packed_limit() {
    let entries: Vec<Vec<u8>> = (0..40).map(|seed| noise(2_000, seed)).collect();

    let segment = sealed(&entries);

    assert!(segment.count() >= 8, "{} of 40", segment.count());
    assert!(segment.packed.len() <= MAX_SEGMENT_PACKED_BYTES);
    assert_eq!(
        segment.open(&key().public()).unwrap().entries.len(),
        segment.count() as usize
    );
}

#[test]
fn a_segment_takes_what_fits_its_count() {
    let segment = sealed(&vec![vec![1]; MAX_SEGMENT_ENTRIES + 1]);

    assert_eq!(segment.count() as usize, MAX_SEGMENT_ENTRIES);
    assert!(segment.open(&key().public()).is_ok());
}

#[test]
fn a_segment_takes_what_fits_its_unpacked_limit() {
    let segment = sealed(&vec![vec![0; 60_000]; 40]);

    assert!((8..=17).contains(&segment.count()), "{}", segment.count());
    assert!(segment.open(&key().public()).is_ok());
}

#[test]
fn the_largest_entry_fits_alone_even_if_it_does_not_pack() {
    let segment = sealed(&[noise(Entry::MAX_BYTES, 1), vec![1]]);

    assert_eq!(segment.count(), 1);
    assert!(segment.open(&key().public()).is_ok());
}

#[test]
fn another_key_or_another_head_does_not_fit() {
    let segment = sealed(&[b"one".to_vec()]);
    let other = SigningKey::from_seed([8; 32]).public();
    let mut moved = segment.clone();
    moved.before = LogHead::start(DeviceId(4), 1);

    assert_eq!(segment.open(&other), Err(SegmentError::BadSignature));
    assert_eq!(moved.open(&key().public()), Err(SegmentError::BadSignature));
}

#[test]
fn a_segment_that_lies_is_refused() {
    let honest = sealed(&[b"one".to_vec(), b"two".to_vec()]);
    let lie = |change: fn(&mut Segment)| {
        let mut segment = honest.clone();
        change(&mut segment);
        segment.open(&key().public())
    };

    assert_eq!(lie(|it| it.count = 1), Err(SegmentError::Damaged));
    assert_eq!(lie(|it| it.count = 3), Err(SegmentError::Damaged));
    assert_eq!(lie(|it| it.count = 0), Err(SegmentError::Damaged));
    assert_eq!(lie(|it| it.count = u32::MAX), Err(SegmentError::TooLarge));
    assert_eq!(
        lie(|it| it.before.seq = u64::MAX),
        Err(SegmentError::Damaged)
    );
    assert_eq!(lie(|it| it.packed.clear()), Err(SegmentError::Damaged));
    let heavy = |it: &mut Segment| it.packed.resize(MAX_SEGMENT_PACKED_BYTES + 1, 0);
    assert_eq!(lie(heavy), Err(SegmentError::TooLarge));
}

#[test]
fn a_segment_of_one_entry_is_read_up_to_its_own_packed_limit() {
    let weighs = |packed: usize| {
        let mut segment = sealed(&[b"one".to_vec()]);
        segment.packed.resize(packed, 0);
        segment.open(&key().public())
    };

    let most = weighs(MAX_SINGLE_ENTRY_PACKED_BYTES);
    let more = weighs(MAX_SINGLE_ENTRY_PACKED_BYTES + 1);

    assert_eq!(most, Err(SegmentError::Damaged), "it is looked at");
    assert_eq!(more, Err(SegmentError::TooLarge));
}

#[test]
fn a_segment_that_unpacks_beyond_the_limit_is_refused() {
    let mut segment = sealed(&[b"one".to_vec()]);
    segment.packed = pack(&vec![0; MAX_UNPACKED_BYTES + 1]);

    assert_eq!(segment.open(&key().public()), Err(SegmentError::TooLarge));
}

#[test]
fn an_entry_above_the_limit_inside_a_segment_is_refused() {
    let entries = [Bytes::new(&[0; Entry::MAX_BYTES + 1])];
    let mut segment = sealed(&[b"one".to_vec()]);
    segment.packed = pack(&serde_ipld_dagcbor::to_vec(&entries).unwrap());

    assert_eq!(segment.open(&key().public()), Err(SegmentError::TooLarge));
}

#[test]
fn what_a_later_release_adds_travels_on() {
    let mut members = members_of(&sealed(&[b"one".to_vec()]));
    let added = [
        Ipld::Bytes(vec![1, 2]),
        Ipld::Float(0.5),
        Ipld::Integer(-7),
        Ipld::Null,
    ];
    members.insert("later".into(), Ipld::List(added.to_vec()));
    members.insert(
        "y".into(),
        Ipld::Map([("k".into(), Ipld::Bool(true))].into()),
    );

    let carried = from_members(&members);

    assert_eq!(members_of(&carried), members);
    assert_eq!(carried.more.len(), 2);
    assert!(carried.open(&key().public()).is_ok());
}

#[test]
fn debug_shows_no_entry() {
    let segment = sealed(&[b"Amina".to_vec()]);

    let shown = format!("{segment:?} {:?}", segment.open(&key().public()).unwrap());

    assert!(
        !shown.contains("Amina") && !shown.contains("65, 109"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_run_opens_to_what_was_sealed(entries in vec(vec(any::<u8>(), 0..200), 1..40)) {
        let segment = sealed(&entries);
        let sent: Segment = serde_ipld_dagcbor::from_slice(&bytes_of(&segment)).unwrap();

        let opened = sent.open(&key().public()).unwrap();

        let read: Vec<Vec<u8>> = opened.entries.into_iter().map(|entry| entry.bytes).collect();
        prop_assert_eq!(read, entries);
        prop_assert_eq!(sent, segment);
    }

    #[test]
    fn a_bit_turned_anywhere_never_opens_to_something_else(
        entries in vec(vec(any::<u8>(), 0..40), 1..6),
        at: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        let segment = sealed(&entries);
        let mut bytes = bytes_of(&segment);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;

        // A turned bit in a member's name makes an unknown member; anything else must be found.
        if let Ok(turned) = serde_ipld_dagcbor::from_slice::<Segment>(&bytes)
            && let Ok(opened) = turned.open(&key().public())
        {
            prop_assert_eq!(Ok(opened), segment.open(&key().public()));
        }
    }

    #[test]
    fn arbitrary_packed_bytes_are_refused(packed: Vec<u8>, count in 0_u32..10) {
        let mut segment = sealed(&[b"one".to_vec()]);
        segment.packed = packed;
        segment.count = count;

        prop_assert!(segment.open(&key().public()).is_err());
    }
}
