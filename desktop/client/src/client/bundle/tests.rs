//! Bundles at a clinic: what is written, and what is taken of those that come in order, late, twice, from a hub that
//! was put back, damaged, or for somebody else.

use audit::{LogHead, LogPosition};
use crypto::SigningKey;
use record::{ChartId, ScopeId};
use store::Cursor;
use wire::{FeedBatch, FeedItem, Welcome};

use super::*;
use crate::testing::*;

const SCOPE: ScopeId = ScopeId(1);

/// What the hub writes into a bundle for the nurse of clinic A.
struct FromHub {
    time_ms: u64,
    stored: Vec<LogHead>,
    feed_epoch: u32,
    from: u64,
    items: Vec<FeedItem>,
}

impl FromHub {
    fn at(time_ms: u64) -> Self {
        Self {
            time_ms,
            stored: Vec::new(),
            feed_epoch: 1,
            from: 0,
            items: Vec::new(),
        }
    }

    fn messages(self) -> Vec<Message> {
        let mut digest = wire::FeedDigest::EMPTY;
        for item in &self.items {
            if let FeedItem::Change { payload, .. } = item {
                digest = digest.with(replica::check(payload).unwrap().hash().as_bytes());
            }
        }
        let batch = FeedBatch::new(SCOPE, self.feed_epoch, self.from, digest, self.items);
        let welcome = Message::Welcome(Welcome {
            version: Version::TWO,
            stored: self.stored,
            feeds: Vec::new(),
            roster: None,
            time_ms: self.time_ms,
            checkpoint: None,
            repair: Vec::new(),
            takes_early: false,
            files_told: 0,
        });
        let batch = batch.ok().map(|it| Message::Feed(it.in_brief()));
        std::iter::once(welcome).chain(batch).collect()
    }

    fn written(self) -> Vec<u8> {
        sealed(&header(), &self.messages(), &hub_history())
    }
}

fn header() -> BundleHeader {
    BundleHeader {
        version: Version::TWO,
        from: DeviceId::HUB,
        to: DeviceId(1),
        wall_ms: NOON_MS,
        id: [1; 16],
    }
}

/// A bundle, sealed to the nurse of clinic A.
fn sealed(header: &BundleHeader, messages: &[Message], key: &SigningKey) -> Vec<u8> {
    let writer = SealingWriter::new(&[person_box(NURSE_A).public()], Vec::new()).unwrap();
    let mut bundle = BundleWriter::new(writer, header).unwrap();
    for message in messages {
        bundle.add(message).unwrap();
    }
    bundle.finish(key).unwrap().finish().unwrap()
}

fn read(client: &mut Client, bytes: &[u8]) -> Result<BundleReport, ErrorCode> {
    let report = client.read_bundle_from(|| Ok(bytes));
    report.map_err(|error| error.code)
}

/// The nurse of clinic A, with a patient.
fn nurse() -> Client {
    let mut client = World::new().nurse_a();
    client.register(&woman()).unwrap();
    client
}

/// Where a log is at a place.
fn head_at(client: &Client, seq: u64) -> LogHead {
    let store = client.driver().store();
    let head = store.log_head().unwrap();
    let chain = store.chain_at(head.epoch, seq).unwrap().unwrap();
    LogHead { seq, chain, ..head }
}

fn leaving(chart: ChartId) -> FeedItem {
    FeedItem::Leave {
        position: LogPosition {
            device: DeviceId::HUB,
            epoch: 0,
            seq: 0,
        },
        chart,
    }
}

fn receipt(client: &Client, time_ms: u64, seq: u64) -> Vec<u8> {
    let from_hub = FromHub {
        stored: vec![head_at(client, seq)],
        ..FromHub::at(time_ms)
    };
    from_hub.written()
}

fn stored(client: &Client) -> u64 {
    client.driver().store().stored().unwrap()
}

fn cursors(client: &Client) -> Vec<(u32, u64)> {
    let cursors = client.driver().store().cursors().unwrap();
    let place = |it: &Cursor| (it.feed_epoch, it.position);
    cursors.iter().map(place).collect()
}

#[test]
fn a_bundle_for_the_hub_has_what_it_has_not_confirmed_and_needs_nothing_else() {
    let mut client = nurse();
    let confirmed = receipt(&client, NOON_MS, 2);
    read(&mut client, &confirmed).unwrap();

    let mut bytes = Vec::new();
    let report = client.write_bundle_to(&mut bytes).unwrap();

    let key = client.driver().identity().log.public();
    let open = || OpeningReader::new(&hub_box(), bytes.as_slice()).unwrap();
    let proven = BundleReader::new(open()).unwrap().prove(&key).unwrap();
    let mut at = head_at(&client, 2);
    for message in proven.messages(open()).unwrap() {
        if let Message::Push(segment) = message.unwrap() {
            let opened = segment.open(&key).unwrap();
            assert_eq!(opened.before, at);
            at = opened.after();
        }
    }
    let newest = client.driver().log_head().unwrap();
    assert_eq!((at, u64::from(report.entries)), (newest, newest.seq - 2));
}

#[test]
fn a_receipt_counts_once_in_whatever_order_it_comes() {
    let mut client = nurse();
    let [first, second] = [(1, 2), (2, 3)].map(|(ms, seq)| receipt(&client, NOON_MS + ms, seq));

    let reports = [&second, &first, &second].map(|it| read(&mut client, it).unwrap().stored);

    assert_eq!((reports, stored(&client)), ([3, 0, 0], 3));
}

#[test]
fn what_others_wrote_is_taken_once_and_a_gap_is_said() {
    let mut client = nurse();
    let mut other = World::new().nurse_b();
    other.register(&woman()).unwrap();
    let items = feed_of(&other);
    let count = u32::try_from(items.len()).unwrap();
    let all = FromHub {
        items: items.clone(),
        ..FromHub::at(NOON_MS + 2)
    };
    let later = FromHub {
        from: 5,
        items,
        ..FromHub::at(NOON_MS + 3)
    };
    let (all, later) = (all.written(), later.written());

    let too_late = read(&mut client, &later);
    let taken = [&all, &all].map(|it| read(&mut client, it).unwrap().taken);

    assert_eq!(too_late, Err(ErrorCode::BundleTooLate));
    assert_eq!(taken, [count, 0]);
    assert_eq!(client.driver().store().count_charts().unwrap(), 2);
}

#[test]
fn a_hub_that_was_put_back_is_offered_again_what_it_lost() {
    let mut client = nurse();
    let mut other = World::new().nurse_b();
    other.register(&woman()).unwrap();
    let feed = |time_ms, feed_epoch| FromHub {
        feed_epoch,
        items: feed_of(&other),
        ..FromHub::at(time_ms)
    };
    let before = FromHub {
        stored: vec![head_at(&client, 3)],
        ..feed(NOON_MS + 1, 1)
    };
    let after = FromHub {
        stored: vec![head_at(&client, 2)],
        ..feed(NOON_MS + 2, 9)
    };
    let (before, after) = (before.written(), after.written());

    read(&mut client, &before).unwrap();
    read(&mut client, &after).unwrap();
    let lost = (stored(&client), cursors(&client));
    read(&mut client, &before).unwrap();

    let end = feed_of(&other).len() as u64;
    assert_eq!(lost, (2, vec![(1, end)]));
    assert_eq!(
        (stored(&client), cursors(&client)),
        lost,
        "what comes late changes nothing"
    );
}

#[test]
fn a_bundle_written_while_we_met_the_hub_stops_nobody_whose_chart_has_left() {
    let mut client = nurse();
    let chart = client.driver().store().charts().unwrap()[0];
    let all = client.driver().log_head().unwrap().seq;
    let early = receipt(&client, NOON_MS + 2, 2);
    let confirms_all = receipt(&client, NOON_MS + 1, all);
    read(&mut client, &confirms_all).unwrap();
    deliver(feed_of(&client), &mut client);
    deliver(vec![leaving(chart)], &mut client);
    assert_eq!(client.driver().store().count_charts().unwrap(), 0);

    read(&mut client, &early).unwrap();

    assert_eq!(stored(&client), all);
}

#[test]
fn a_feed_begun_anew_is_taken_and_leaves_the_cursor_for_the_next_meeting_to_compare() {
    let mut client = nurse();
    let mut other = World::new().nurse_b();
    other.register(&woman()).unwrap();
    let feed = |time_ms, feed_epoch, items| FromHub {
        feed_epoch,
        items,
        ..FromHub::at(time_ms)
    };
    let before = feed(NOON_MS + 1, 1, feed_of(&other));
    let end = before.items.len() as u64;
    other.register(&woman()).unwrap();
    let after = feed(NOON_MS + 2, 9, feed_of(&other));
    let fresh = after.items.len();
    let gone = FromHub {
        items: vec![leaving(client.driver().store().charts().unwrap()[0])],
        ..feed(NOON_MS + 3, 9, vec![])
    };
    let later = FromHub {
        from: 1,
        ..feed(NOON_MS + 4, 9, feed_of(&other).split_off(1))
    };

    read(&mut client, &before.written()).unwrap();
    let taken = read(&mut client, &after.written()).unwrap().taken;

    assert_eq!(taken as usize, fresh);
    assert_eq!(client.driver().store().count_charts().unwrap(), 3);
    read(&mut client, &gone.written()).unwrap();
    assert_eq!(client.driver().store().count_charts().unwrap(), 3);
    assert_eq!(cursors(&client), [(1, end)]);
    let cut = read(&mut client, &later.written());
    assert_eq!(cut.map(|it| it.taken), Err(ErrorCode::BundleTooLate));
}

#[test]
fn a_feed_that_did_not_fit_is_taken_and_stays_to_be_compared() {
    let mut client = nurse();
    let mut other = World::new().nurse_b();
    other.register(&woman()).unwrap();
    let lost = feed_of(&other);
    other.register(&woman()).unwrap();
    let all = feed_of(&other);
    let later = all[lost.len()..].to_vec();
    let bundle = |time_ms, items: &[FeedItem]| {
        let from_hub = FromHub {
            items: items.to_vec(),
            ..FromHub::at(time_ms)
        };
        from_hub.written()
    };
    read(&mut client, &bundle(NOON_MS + 2, &later)).unwrap();

    // The hub was put back, does not know it, and gives the places of that feed again.
    let differs = read(&mut client, &bundle(NOON_MS + 3, &all));
    let late = read(&mut client, &bundle(NOON_MS + 1, &all)).unwrap();
    let taken = read(&mut client, &bundle(NOON_MS + 3, &all)).unwrap();

    assert_eq!(differs.map(|it| it.taken), Err(ErrorCode::LogDiffers));
    assert_eq!((late.taken, taken.taken as usize), (0, all.len()));
    assert_eq!(client.driver().store().count_charts().unwrap(), 3);
    let cursors = client.driver().standing().unwrap().cursors;
    let places: Vec<_> = cursors
        .iter()
        .map(|it| (it.feed_epoch, it.position))
        .collect();
    assert_eq!(places, [(0, 1)], "the next meeting compares");
}

#[test]
fn a_log_that_is_not_ours_stops_before_anything_is_believed() {
    let mut client = nurse();
    let own = head_at(&client, 2);
    let chain = head_at(&client, 3).chain;
    let ahead = LogHead { seq: 900, ..own };

    for head in [LogHead { chain, ..own }, ahead] {
        let from_hub = FromHub {
            stored: vec![head],
            ..FromHub::at(NOON_MS)
        };
        let refused = read(&mut client, &from_hub.written());
        assert_eq!(refused, Err(ErrorCode::LogDiffers));
    }

    assert_eq!(stored(&client), 0);
}

#[test]
fn a_bundle_with_a_byte_altered_or_cut_anywhere_is_refused_and_changes_nothing() {
    let mut client = nurse();
    let bytes = receipt(&client, NOON_MS, 3);
    let before = client.driver().log_head().unwrap();

    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        for damaged in [&altered, &bytes[..at]] {
            let refused = read(&mut client, damaged);
            let codes = [ErrorCode::BundleDamaged, ErrorCode::BundleNotForUs];
            assert!(refused.is_err_and(|it| codes.contains(&it)), "byte {at}");
        }
    }

    assert_eq!(client.driver().log_head().unwrap(), before);
    assert_eq!(stored(&client), 0);
}

#[test]
fn what_is_not_for_here_or_not_of_our_hub_or_too_new_says_so() {
    #[track_caller]
    fn check(header: &BundleHeader, key: &SigningKey, expected: ErrorCode) {
        let bytes = sealed(header, &FromHub::at(NOON_MS).messages(), key);
        assert_eq!(read(&mut nurse(), &bytes), Err(expected));
    }
    let hub = hub_history();
    let other = BundleHeader {
        to: DeviceId(2),
        ..header()
    };
    let own = BundleHeader {
        from: DeviceId(1),
        to: DeviceId::HUB,
        ..header()
    };
    let newer = BundleHeader {
        version: Version(900),
        ..header()
    };

    check(&other, &hub, ErrorCode::BundleNotForUs);
    check(&own, &hub, ErrorCode::BundleNotForUs);
    check(&header(), &person_key(NURSE_A), ErrorCode::BundleNotForUs);
    check(&newer, &hub, ErrorCode::VersionUnknown);
    let bytes = FromHub::at(NOON_MS).written();
    let stranger = read(&mut World::new().nurse_b(), &bytes);
    assert_eq!(stranger, Err(ErrorCode::BundleNotForUs));
}

/// `/dev/full` is a disk without room.
#[cfg(target_os = "linux")]
#[test]
fn a_stick_without_room_gets_no_file_and_loses_nothing() {
    let mut client = nurse();
    let stick = tempfile::tempdir().unwrap();
    let file = stick.path().join("up");
    std::os::unix::fs::symlink("/dev/full", stick.path().join("up.part")).unwrap();

    let full = client.write_bundle(&file).unwrap_err();
    let left = std::fs::read_dir(stick.path()).unwrap().count();
    let again = client.write_bundle(&file).unwrap();

    assert_eq!((full.code, left), (ErrorCode::DiskFull, 0));
    assert!(again.entries > 3);
    let twice = client.write_bundle(&file).unwrap_err();
    assert_eq!(twice.code, ErrorCode::FileFailed);
}
