//! The bytes of two packs of one session as the first release that tells the second from the first wrote them. Every
//! later release must read them.

use audit::LogPosition;
use crypto::{Signature, SigningKey};
use record::{ChartId, DeviceId, Hlc, PersonId, ScopeId};
use wire::{
    BatchSeal, ChartPack, Cursor, FeedChain, FeedDigest, ItemMark, Message, PackMark, PackProgress,
    PackRow, PackTail, PackWindow, PackedChange, PackedChart, TailPlace,
};

use crate::{bytes_of, write_missing};

const FIRST: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/pack-told-first.cbor");
const SECOND: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/pack-told-second.cbor");
const TELLS: &[u8] = include_bytes!("../../../../tests/fixtures/wire/v2/pack-tells.cbor");
const REGISTRATION: &[u8] =
    include_bytes!("../../../../tests/fixtures/replica/v0.1.0/registration.change");
const VISIT: &[u8] = include_bytes!("../../../../tests/fixtures/replica/v0.1.0/visit.change");

fn key() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

const fn mark(change: u64) -> PackMark {
    PackMark { chart: 1, change }
}

fn row(chart: u8, change: u64, payload: Option<&[u8]>) -> PackRow {
    PackRow {
        mark: mark(change),
        chart: ChartId::new([chart; 16]),
        change: Some(PackedChange {
            position: LogPosition {
                device: DeviceId(3),
                epoch: 1,
                seq: change,
            },
            hlc: Hlc::new(1_700_000_000_000 + change, 1),
            person: PersonId(5),
            payload: payload.map(<[u8]>::to_vec),
        }),
    }
}

/// A chart with a change that the reader holds, one that left, and one of which the reader holds all.
fn rows() -> [Vec<PackRow>; 2] {
    let first = vec![
        row(8, 1, Some(REGISTRATION)),
        row(8, 2, None),
        row(8, 3, Some(VISIT)),
    ];
    let left = PackRow {
        change: None,
        ..row(9, 4, None)
    };
    let second = vec![left, row(10, 5, None), row(11, 6, Some(REGISTRATION))];
    [first, second]
}

fn packs() -> [ChartPack; 2] {
    let head = Cursor {
        scope: ScopeId(2),
        feed_epoch: 1,
        position: 300,
        digest: FeedDigest([6; 16]),
    };
    let mut window = PackWindow::default();
    let [first, second] = rows();
    let mut seal = |after, rows: &[PackRow], complete| {
        let from = PackProgress {
            head,
            mark: mark(after),
        };
        let pack = ChartPack::seal_after(&mut window, from, rows, complete, &key());
        pack.expect("a few changes fit")
    };
    [seal(0, &first, false), seal(3, &second, true)]
}

fn charts(rows: &[PackRow]) -> Vec<PackedChart> {
    let charts = rows.chunk_by(|one, other| one.chart == other.chart);
    let charts = charts.map(|rows| PackedChart {
        chart: rows.first().expect("a chart has a row").chart,
        changes: rows.iter().filter_map(|it| it.change.clone()).collect(),
    });
    charts.collect()
}

#[test]
fn two_packs_are_read_one_after_the_other() {
    let mut window = PackWindow::default();
    for (bytes, rows) in [FIRST, SECOND].iter().zip(rows()) {
        let Ok(Message::Pack(pack)) = Message::from_bytes(bytes) else {
            panic!("it is a pack");
        };
        let read = pack.open_after(&mut window, &key().public());
        assert!(read.is_ok_and(|it| it == charts(&rows)));
    }
}

/// The places that the last pack tells: two of one log, one of another, and what left.
fn places() -> Vec<TailPlace> {
    let at = |device, seq| LogPosition {
        device: DeviceId(device),
        epoch: 1,
        seq,
    };
    vec![
        TailPlace::Held(at(3, 5)),
        TailPlace::Held(at(3, 6)),
        TailPlace::Held(at(4, 1)),
        TailPlace::Mark(ItemMark([7; 32])),
        TailPlace::Held(at(3, 1)),
    ]
}

fn telling() -> ChartPack {
    let [_, last] = packs();
    let seal = BatchSeal {
        before: FeedChain([8; 32]),
        signature: Signature::from_bytes([9; 64]),
    };
    last.with_tail(PackTail::new(&places(), seal).expect("five places fit"))
}

#[test]
fn the_newest_places_of_the_feed_are_read_with_the_last_pack() {
    let Ok(Message::Pack(pack)) = Message::from_bytes(TELLS) else {
        panic!("it is a pack");
    };
    assert_eq!(pack, telling());
    let told = pack.tail().map(PackTail::places);
    assert_eq!(told, Some(Ok(places())));
}

#[test]
#[ignore = "run once for a new kind of message"]
fn write_missing_files() {
    let files = [
        ("pack-told-first.cbor", FIRST),
        ("pack-told-second.cbor", SECOND),
    ];
    for (file, pack) in files.into_iter().zip(packs()) {
        write_missing("wire/v2", file, &bytes_of(&Message::Pack(pack)));
    }
    let tells = bytes_of(&Message::Pack(telling()));
    write_missing("wire/v2", ("pack-tells.cbor", TELLS), &tells);
}
