//! Entries in brief give themselves back, and bytes that are none are refused.

use audit::{Entry, EntryKind, Seal, Session, SessionEvent};
use crypto::SigningKey;
use proptest::prelude::*;
use record::{DeviceId, ItemId, SiteId, Stamp, StatementId, When};

use super::*;
use crate::limits::{MAX_PLACE, MAX_REFERENCES, MAX_UNPACKED_BYTES};

const KEY_SEED: [u8; 32] = [7; 32];

fn to_brief(before: LogHead, entries: &[Vec<u8>], find: &mut FindChange<'_>) -> Option<Vec<u8>> {
    super::to_brief(before, entries, MAX_UNPACKED_BYTES, find)
}

fn from_brief(
    before: LogHead,
    brief: &[u8],
    count: usize,
    read: &mut ReadChange<'_>,
) -> Result<Vec<Vec<u8>>, BriefError> {
    super::from_brief(before, brief, count, MAX_UNPACKED_BYTES, read)
}

fn before() -> LogHead {
    LogHead {
        seq: 40,
        ..LogHead::start(DeviceId(3), 1)
    }
}

/// A change as automerge writes one: only its front matters here.
fn change(dependency: [u8; 32], actor: u8, seq: u64, rest: &[u8]) -> Vec<u8> {
    let chunk = Chunk {
        dependencies: vec![dependency],
        actor: [actor; 16],
        seq,
        start_op: 5 * seq,
        time: 1_700_000_000,
        rest,
    };
    chunk.join()
}

fn entry(kind: EntryKind, chart: Option<u8>, counter: u16, payload: Vec<u8>) -> Vec<u8> {
    let entry = Entry {
        kind,
        chart: chart.map(|it| ChartId::new([it; 16])),
        hlc: Hlc::new(1_700_000_000_123, counter),
        person: PersonId(5),
        payload,
    };
    entry.to_bytes().unwrap()
}

fn none(_chart: ChartId, _hash: Option<[u8; 32]>) -> Option<EarlierChange> {
    None
}

fn round_trip(entries: &[Vec<u8>]) -> Vec<u8> {
    let brief = to_brief(before(), entries, &mut none).expect("it gives them back");
    let read = from_brief(before(), &brief, entries.len(), &mut |_at| None);
    assert_eq!(read.as_deref(), Ok(entries));
    brief
}

/// What a visit's statement has of its entry's time and place.
fn statement(at: Hlc) -> Vec<u8> {
    let name = |index| StatementId::in_series(at, [9, 8, 7, 6, 5, 4], index);
    let stamp = Stamp {
        at,
        device: DeviceId(3),
        person: PersonId(5),
        site: SiteId(1),
    };
    let mut text = name(0).to_string().into_bytes();
    text.extend(name(300).to_string().into_bytes());
    text.extend(serde_ipld_dagcbor::to_vec(&stamp).unwrap());
    text.extend(serde_ipld_dagcbor::to_vec(&name(0)).unwrap());
    text.extend(When::from_ms(at.ms()).as_str().bytes());
    text.extend([0xff, 0x00, 0xff]);
    text
}

#[test]
fn what_an_entry_tells_of_itself_is_taken_out() {
    let at = Hlc::new(1_700_000_000_123, 0);
    let text = statement(at);
    let entries = [entry(
        EntryKind::CHANGE,
        Some(1),
        0,
        change([2; 32], 1, 1, &text),
    )];

    let brief = round_trip(&entries);

    // The chart, the dependency and the actor are named; of the statement only its site and the like are left.
    assert_eq!(text.len(), 2 * 26 + 21 + 17 + 20 + 3);
    assert_eq!(brief.len(), 124);
}

#[test]
fn a_chart_that_both_hold_and_what_a_change_depends_on_cost_a_few_bytes() {
    let earlier = EarlierChange {
        position: LogPosition {
            seq: 12,
            ..before().position()
        },
        chart: ChartId::new([1; 16]),
        bytes: change([2; 32], 1, 1, b"earlier"),
    };
    let next = change(chunk::hash(&earlier.bytes), 1, 2, b"next");
    let further = change(chunk::hash(&next), 1, 3, b"further");
    let entries = [
        entry(EntryKind::ACCESS, Some(1), 0, b"looked".to_vec()),
        entry(EntryKind::CHANGE, Some(1), 1, next),
        entry(EntryKind::CHANGE, Some(1), 2, further),
    ];
    let mut find = |chart, hash: Option<[u8; 32]>| {
        let same = hash == Some(chunk::hash(&earlier.bytes)) && chart == earlier.chart;
        same.then(|| earlier.clone())
    };
    let mut read = |at| (at == earlier.position).then(|| earlier.clone());

    let brief = to_brief(before(), &entries, &mut find).unwrap();

    assert_eq!(
        from_brief(before(), &brief, 3, &mut read).as_deref(),
        Ok(&entries[..])
    );
    assert_eq!(
        from_brief(before(), &brief, 3, &mut |_at| None),
        Err(BriefError::UnknownChange)
    );
    // The actor is 16 of them and the texts are 23.
    assert_eq!(brief.len(), 72);
    assert_eq!(round_trip(&entries).len(), 72 - 1 + 16 + 32);
}

#[test]
fn a_seal_and_a_session_give_themselves_back() {
    let session = Session {
        event: SessionEvent::Started,
        actor: Some([3; 16]),
        nonce: None,
        version: "1".to_owned(),
        boot: [4; 16],
        wall_ms: 1_700_000_000_123,
        device: None,
        person: None,
        number: None,
        continues: None,
        why: None,
    };
    let started = entry(EntryKind::SESSION, None, 0, session.to_bytes().unwrap());
    let seal = Seal::sign(before().next(&started), &SigningKey::from_seed(KEY_SEED));
    let seal = entry(EntryKind::SEAL, None, 1, seal.to_bytes().unwrap());

    let brief = round_trip(&[started.clone(), seal.clone()]);

    assert_eq!((started.len() + seal.len(), brief.len()), (197, 151));
}

#[test]
fn what_is_no_entry_or_no_change_of_ours_goes_as_it_is() {
    let mut strange = change([2; 32], 1, 1, b"x");
    strange[5] ^= 1;
    let mut long_number = change([2; 32], 1, 1, b"x");
    long_number.splice(9..10, [long_number[9] | 0x80, 0]);

    for entries in [
        vec![b"no entry".to_vec()],
        vec![Vec::new()],
        vec![entry(EntryKind::CHANGE, Some(1), 0, b"no change".to_vec())],
        vec![entry(EntryKind::CHANGE, Some(1), 0, strange)],
        vec![entry(EntryKind::CHANGE, Some(1), 0, long_number)],
        vec![entry(
            EntryKind::CHANGE,
            None,
            0,
            change([2; 32], 1, 1, b"x"),
        )],
        vec![entry(EntryKind(u16::MAX), Some(1), 9, vec![0xff; 100])],
    ] {
        round_trip(&entries);
    }
}

#[test]
fn nothing_behind_the_last_place_of_a_log_is_referred_to() {
    // An entry about a chart that is named by a change of another log.
    let read_at = |seq| {
        let mut facts = vec![4, 0, 0, 0, 1, 2, 9, 1];
        numbers::put(&mut facts, seq);
        let mut brief = Vec::new();
        numbers::put(&mut brief, facts.len() as u64);
        brief.extend([facts, vec![0xff, 7]].concat());
        let mut read = |position| {
            Some(EarlierChange {
                position,
                chart: ChartId::new([1; 16]),
                bytes: change([2; 32], 1, 1, b"earlier"),
            })
        };
        from_brief(before(), &brief, 1, &mut read).err()
    };

    assert_eq!(read_at(MAX_PLACE), None);
    assert_eq!(read_at(MAX_PLACE + 1), Some(BriefError::Damaged));
}

#[test]
fn no_more_than_so_many_earlier_changes_are_referred_to() {
    let charts = u16::try_from(MAX_REFERENCES + 10).unwrap();
    let named = |index: u16| {
        let [a, b] = index.to_be_bytes();
        ChartId::new([a, b, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    };
    let entries: Vec<Vec<u8>> = (0..charts)
        .map(|index| {
            let entry = Entry {
                kind: EntryKind::ACCESS,
                chart: Some(named(index)),
                hlc: Hlc::new(1_700_000_000_000, index),
                person: PersonId(1),
                payload: Vec::new(),
            };
            entry.to_bytes().unwrap()
        })
        .collect();
    let mut found = 0;
    let mut find = |chart: ChartId, _hash| {
        found += 1;
        let [a, b, ..] = *chart.as_bytes();
        let position = LogPosition {
            device: DeviceId(9),
            epoch: 1,
            seq: u64::from(u16::from_be_bytes([a, b])),
        };
        Some(EarlierChange {
            position,
            chart,
            bytes: change([2; 32], 1, 1, b"earlier"),
        })
    };

    let brief = to_brief(before(), &entries, &mut find).unwrap();

    assert_eq!(found, MAX_REFERENCES);
    let asked = std::cell::Cell::new(0);
    let mut read = |at: LogPosition| {
        asked.set(asked.get() + 1);
        let chart = named(u16::try_from(at.seq).unwrap());
        Some(EarlierChange {
            position: at,
            chart,
            bytes: change([2; 32], 1, 1, b"earlier"),
        })
    };
    assert!(from_brief(before(), &brief, entries.len(), &mut read).is_ok());
    assert_eq!(asked.get(), MAX_REFERENCES);

    // One entry more than so many, each about a chart that is named by a change of another log.
    let facts = [4, 0, 0, 0, 1, 2, 9, 1, 1].repeat(MAX_REFERENCES + 1);
    let mut greedy = Vec::new();
    numbers::put(&mut greedy, facts.len() as u64);
    greedy.extend(facts);
    greedy.extend([0xff, 7].repeat(MAX_REFERENCES + 1));
    let refused = from_brief(before(), &greedy, MAX_REFERENCES + 1, &mut read);
    assert_eq!(refused, Err(BriefError::TooLarge));
}

#[test]
fn a_run_that_would_make_more_than_it_may_is_refused() {
    // One clock reading after another, out of two bytes each.
    let mut brief = Vec::new();
    let facts = [4, 0, 0, 0, 0].repeat(20);
    numbers::put(&mut brief, facts.len() as u64);
    brief.extend(facts);
    for _entry in 0..20 {
        brief.extend([0xff, 6].repeat(2_000));
        brief.extend([0xff, 7]);
    }

    assert_eq!(
        from_brief(before(), &brief, 20, &mut |_at| None),
        Err(BriefError::TooLarge)
    );
    assert!(from_brief(before(), &brief[..], 19, &mut |_at| None).is_err());
}

prop_compose! {
    fn any_entry()(
        kind in prop_oneof![Just(1_u16), Just(3), Just(4), any::<u16>()],
        chart in proptest::option::of(0_u8..4),
        ms in prop_oneof![Just(1_700_000_000_123_u64), any::<u64>()],
        counter in 0_u16..3,
        person in prop_oneof![Just(5_u32), any::<u32>()],
        dependency in 0_u8..3,
        actor in 0_u8..3,
        text in proptest::collection::vec(any::<u8>(), 0..40),
        stamps in any::<bool>(),
        is_change in any::<bool>(),
        item in any::<u16>(),
    ) -> Vec<u8> {
        let hlc = Hlc::new(ms, counter);
        let mut text = text;
        if stamps {
            text.extend(statement(hlc));
            text.extend(ItemId::in_series(hlc, [1; 6], item).to_string().into_bytes());
        }
        let payload = if is_change { change([dependency; 32], actor, u64::from(counter), &text) } else { text };
        let entry = Entry {
            kind: EntryKind(kind),
            chart: chart.map(|it| ChartId::new([it; 16])),
            hlc,
            person: PersonId(person),
            payload,
        };
        entry.to_bytes().unwrap()
    }
}

proptest! {
    #[test]
    fn entries_in_brief_give_themselves_back(
        entries in proptest::collection::vec(
            prop_oneof![4 => any_entry(), 1 => proptest::collection::vec(any::<u8>(), 0..60)], 1..8)
    ) {
        round_trip(&entries);
    }

    #[test]
    fn arbitrary_bytes_are_entries_or_an_error(bytes: Vec<u8>, count in 0_usize..5, found: Vec<u8>) {
        let mut read = |position| Some(EarlierChange { position, chart: ChartId::new([1; 16]), bytes: found.clone() });
        if let Ok(entries) = from_brief(before(), &bytes, count, &mut read) {
            prop_assert_eq!(entries.len(), count);
            prop_assert!(entries.iter().all(|it| it.len() <= Entry::MAX_BYTES));
        }
    }

    #[test]
    fn a_run_with_one_byte_altered_is_entries_or_an_error(
        entries in proptest::collection::vec(any_entry(), 1..4), at: prop::sample::Index, with: u8,
    ) {
        let mut brief = to_brief(before(), &entries, &mut none).unwrap();
        let at = at.index(brief.len());
        brief[at] ^= with;
        drop(from_brief(before(), &brief, entries.len(), &mut |_at| None));
    }
}
