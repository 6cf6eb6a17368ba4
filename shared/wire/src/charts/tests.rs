//! Packs: what goes in comes out, whoever alters one is found, and nothing in one can take more than its bounds.

mod laws;
mod window;

use proptest::collection::vec;
use proptest::prelude::*;
use record::{DeviceId, ScopeId};

use super::*;
use crate::FeedDigest;
use crate::limits::{MAX_PACK_CHANGES, MAX_PACK_CHARTS, MAX_PLACE};
use crate::pack::pack as pack_bytes;

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn head() -> FeedHead {
    Cursor {
        scope: ScopeId(2),
        feed_epoch: 9,
        position: 4_000,
        digest: FeedDigest([3; 16]),
    }
}

fn row(chart: u8, change: u64, payload: Option<Vec<u8>>) -> PackRow {
    let position = LogPosition {
        device: DeviceId(3),
        epoch: 1,
        seq: change,
    };
    PackRow {
        mark: PackMark {
            chart: u64::from(chart),
            change,
        },
        chart: ChartId::new([chart; 16]),
        change: Some(PackedChange {
            position,
            hlc: Hlc::new(1_700_000_000_000 + change, 1),
            person: PersonId(5),
            payload,
        }),
    }
}

/// A change as automerge frames it, which names others by their hashes.
fn change(deps: &[[u8; 32]], rest: &[u8]) -> Vec<u8> {
    let mut contents = vec![];
    let mut deps_left = deps.len();
    while deps_left >= 0x80 {
        contents.push(u8::try_from(deps_left & 0x7f).unwrap() | 0x80);
        deps_left >>= 7;
    }
    contents.push(u8::try_from(deps_left).unwrap());
    contents.extend(deps.concat());
    // Its actor, its place after the actor's last, its first operation, and no time.
    contents.push(16);
    contents.extend([5; 16]);
    contents.extend([1, 1, 0]);
    contents.extend(rest);
    let mut hashed = vec![1];
    let mut length = contents.len();
    while length >= 0x80 {
        hashed.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    hashed.push(u8::try_from(length).unwrap());
    hashed.extend(contents);
    let sum = crypto::sha256(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &sum[..4], &hashed].concat()
}

fn hash_of(change: &[u8]) -> [u8; 32] {
    crypto::sha256(&change[8..])
}

/// Bytes that do not pack.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let parts =
        (0..).map(|at: u64| crypto::sha256(&[seed.to_be_bytes(), at.to_be_bytes()].concat()));
    parts.flatten().take(length).collect()
}

fn open(pack: &ChartPack) -> Vec<PackedChart> {
    pack.open(&key().public()).unwrap()
}

fn count(charts: &[PackedChart]) -> usize {
    charts.iter().map(|it| it.changes.len()).sum()
}

#[test]
fn a_chart_comes_out_as_it_went_in() {
    let first = change(&[[9; 32]], b"register");
    let second = change(&[hash_of(&first)], b"visit");
    let third = change(&[hash_of(&second), hash_of(&first), [8; 32]], b"joined");
    let rows = [
        row(1, 1, Some(first)),
        row(1, 2, None),
        row(1, 3, Some(second)),
        row(1, 4, Some(third)),
        row(4, 5, Some(b"no change at all".to_vec())),
    ];

    let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &key()).unwrap();

    let charts = open(&pack);
    let expected = |from: usize, to: usize| PackedChart {
        chart: rows[from].chart,
        changes: rows[from..to]
            .iter()
            .filter_map(|it| it.change.clone())
            .collect(),
    };
    assert!(charts == [expected(0, 4), expected(4, 5)]);
    assert!(pack.is_last());
    assert_eq!(pack.progress().mark, rows[4].mark);
    assert_eq!(pack.taken(), head());
}

#[test]
fn what_the_changes_before_tell_is_not_sent() {
    let rest = noise(1, 100);
    let mut rows = vec![row(1, 1, Some(change(&[[9; 32]], &rest)))];
    for at in 2..=50 {
        let before = rows
            .last()
            .unwrap()
            .change
            .clone()
            .unwrap()
            .payload
            .unwrap();
        let next = change(&[hash_of(&before)], &rest);
        rows.push(row(1, at, Some(next)));
    }

    let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &key()).unwrap();

    // 49 hashes and checksums alone would be 1,764 bytes.
    assert!(pack.packed.len() < 600, "{}", pack.packed.len());
    assert_eq!(count(&open(&pack)), 50);
    let columns = columns::write(&rows).unwrap();
    assert!(pack_bytes(&columns).len() < 600);
}

#[test]
fn as_much_goes_into_a_pack_as_fits() {
    let rows: Vec<PackRow> = (1..=12)
        .map(|at| row(1, at, Some(noise(at, 30_000))))
        .collect();

    let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &key()).unwrap();

    let fitted = count(&open(&pack));
    assert!((3..=4).contains(&fitted), "{fitted}");
    assert!(!pack.is_last());
    assert_eq!(pack.progress().mark, rows[fitted - 1].mark);
    assert_eq!(pack.taken().position, 0);
    assert!(pack.packed.len() <= MAX_PACK_PACKED_BYTES);
}

#[test]
fn the_largest_change_fits_a_pack_and_a_larger_one_is_refused() {
    let largest = audit::Entry::MAX_BYTES;
    let seal = |length| {
        let rows = [row(1, 1, Some(noise(1, length)))];
        ChartPack::seal(head(), PackMark::START, &rows, true, &key())
    };

    assert_eq!(count(&open(&seal(largest).unwrap())), 1);
    assert_eq!(seal(largest + 1), Err(PackError::ChangeTooLarge));
}

#[test]
fn changes_and_charts_are_counted() {
    let many: Vec<PackRow> = (1..=20_000).map(|at| row(1, at, None)).collect();
    let pack = ChartPack::seal(head(), PackMark::START, &many, true, &key()).unwrap();
    assert_eq!(count(&open(&pack)), MAX_PACK_CHANGES);

    let charts: Vec<PackRow> = (1..=2_000_u64)
        .map(|at| PackRow {
            chart: ChartId::new([at.to_be_bytes(); 2].concat().try_into().unwrap()),
            mark: PackMark {
                chart: at,
                change: at,
            },
            ..row(1, at, None)
        })
        .collect();
    let pack = ChartPack::seal(head(), PackMark::START, &charts, true, &key()).unwrap();
    assert_eq!(open(&pack).len(), MAX_PACK_CHARTS);
}

#[test]
fn a_chart_that_left_is_named_and_has_no_changes() {
    let left = |chart| PackRow {
        change: None,
        ..row(chart, 0, None)
    };
    let rows = [left(1), row(2, 1, None), left(3), left(4)];

    let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &key()).unwrap();

    let counts: Vec<usize> = open(&pack).iter().map(|it| it.changes.len()).collect();
    assert_eq!(counts, [0, 1, 0, 0]);
    assert_eq!(open(&pack)[2].chart, rows[2].chart);
}

#[test]
fn only_the_last_pack_may_be_empty() {
    let seal = |complete| ChartPack::seal(head(), PackMark::START, &[], complete, &key());

    assert_eq!(seal(false), Err(PackError::Empty));
    assert!(open(&seal(true).unwrap()).is_empty());
}

#[test]
fn a_pack_that_was_altered_is_refused() {
    let rows = [row(1, 1, Some(b"one".to_vec())), row(2, 2, None)];
    let pack = ChartPack::seal(head(), PackMark::START, &rows, true, &key()).unwrap();
    let other = SigningKey::from_seed([8; 32]).public();
    assert_eq!(pack.open(&other), Err(OpenPackError::BadSignature));

    let alter = |how: &dyn Fn(&mut ChartPack)| {
        let mut altered = pack.clone();
        how(&mut altered);
        altered.open(&key().public())
    };
    let ways: [&dyn Fn(&mut ChartPack); 9] = [
        &|it| it.head.scope = ScopeId(3),
        &|it| it.head.feed_epoch += 1,
        &|it| it.head.position += 1,
        &|it| it.head.digest.0[0] ^= 1,
        &|it| it.from.chart += 1,
        &|it| it.from.change += 1,
        &|it| it.to.chart += 1,
        &|it| it.last = false,
        &|it| *it.packed.last_mut().unwrap() ^= 1,
    ];
    for way in ways {
        assert_eq!(alter(way), Err(OpenPackError::BadSignature));
    }
}

/// Signs whatever is packed.
fn signed(packed: Vec<u8>, to: PackMark, last: bool) -> ChartPack {
    let mut pack = ChartPack {
        head: head(),
        from: PackMark::START,
        to,
        last,
        packed,
        signature: Signature::from_bytes([0; 64]),
        tail: None,
    };
    pack.signature = key().sign(DOMAIN, &pack.signed());
    pack
}

#[test]
fn a_pack_that_unpacks_without_end_is_refused() {
    let bomb = pack_bytes(&vec![0; MAX_PACK_UNPACKED_BYTES + 1]);
    let pack = signed(
        bomb,
        PackMark {
            chart: 1,
            change: 1,
        },
        true,
    );

    assert_eq!(pack.open(&key().public()), Err(OpenPackError::TooLarge));
}

#[test]
fn changes_that_name_others_without_end_are_refused() {
    // Each names its neighbour 255 times in 256 bytes, and comes to 8 kB.
    let mut rows = Vec::new();
    let mut before = change(&[[9; 32]], b"first");
    for at in 1..=1_500 {
        rows.push(row(1, at, Some(before.clone())));
        before = change(&vec![hash_of(&before); 255], b"more");
    }
    let unpacked = columns::write(&rows).unwrap();
    let pack = signed(
        pack_bytes(&unpacked),
        PackMark {
            chart: 1,
            change: 1,
        },
        true,
    );

    assert_eq!(pack.open(&key().public()), Err(OpenPackError::TooLarge));
}

#[test]
fn a_pack_that_does_not_go_on_is_refused() {
    let rows = [row(1, 1, None)];
    let unpacked = columns::write(&rows).unwrap();
    let nothing = columns::write(&[]).unwrap();
    let refused = |unpacked: &[u8], to: PackMark, last: bool| {
        signed(pack_bytes(unpacked), to, last).open(&key().public())
    };

    let on = PackMark {
        chart: 1,
        change: 1,
    };
    assert!(refused(&unpacked, on, false).is_ok());
    assert_eq!(
        refused(&unpacked, PackMark::START, false),
        Err(OpenPackError::Damaged)
    );
    assert_eq!(
        refused(&nothing, PackMark::START, false),
        Err(OpenPackError::Damaged)
    );
    assert_eq!(refused(&nothing, on, false), Err(OpenPackError::Damaged));
}

fn rows() -> impl Strategy<Value = Vec<PackRow>> {
    let one = (
        0_u8..3,
        (
            any::<u32>(),
            any::<u32>(),
            ..=MAX_PLACE,
            any::<u64>(),
            any::<u32>(),
        ),
        proptest::option::of(vec(any::<u8>(), 1..200)),
        any::<bool>(),
    );
    vec(one, 0..30).prop_map(|drawn| {
        let mut rows: Vec<PackRow> = Vec::new();
        let mut number = 0;
        let mut last: Option<[u8; 32]> = None;
        for (chart, (device, epoch, seq, hlc, person), payload, framed) in drawn {
            number += u64::from(chart == 0);
            let payload = payload.map(|it| {
                let deps: Vec<[u8; 32]> = last.into_iter().collect();
                if framed { change(&deps, &it) } else { it }
            });
            last = payload
                .as_deref()
                .filter(|it| it.len() > 8)
                .map(hash_of)
                .or(last);
            let device = DeviceId(device);
            rows.push(PackRow {
                mark: PackMark {
                    chart: number,
                    change: rows.len() as u64 + 1,
                },
                chart: ChartId::new([u8::try_from(number % 256).unwrap(); 16]),
                change: Some(PackedChange {
                    position: LogPosition { device, epoch, seq },
                    hlc: Hlc::from_u64(hlc),
                    person: PersonId(person),
                    payload,
                }),
            });
        }
        rows
    })
}

#[test]
fn no_change_of_a_pack_stands_behind_the_last_place_of_a_log() {
    let at = |seq: u64| {
        let mut row = row(1, 9, Some(change(&[[7; 32]], &[1])));
        if let Some(change) = &mut row.change {
            change.position.seq = seq;
        }
        vec![row]
    };
    let read = |seq| {
        let plainly = columns::read(&columns::write(&at(seq)).unwrap());
        let briefly = briefly::read(&briefly::write(&at(seq)).unwrap());
        [plainly, briefly].map(|it| it.err())
    };

    assert_eq!(read(MAX_PLACE), [None, None]);
    for beyond in [MAX_PLACE + 1, u64::MAX] {
        assert_eq!(read(beyond), [Some(OpenPackError::Damaged); 2]);
    }
}
