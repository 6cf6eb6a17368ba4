//! A place behind the last that a log or a feed may have is read in no message.

use audit::LogPosition;

use super::*;
use crate::limits::MAX_PLACE;
use crate::{
    Declined, Early, FeedChain, FeedSeal, PackProgress, Repair, RepairStep, Return, ReturnStep,
    Welcome,
};

const SCOPE: ScopeId = ScopeId(1);

fn head(seq: u64) -> LogHead {
    LogHead {
        seq,
        ..LogHead::start(DeviceId(1), 1)
    }
}

fn place(seq: u64) -> LogPosition {
    head(seq).position()
}

fn cursor(position: u64) -> Cursor {
    Cursor {
        scope: SCOPE,
        feed_epoch: 1,
        position,
        digest: FeedDigest::EMPTY,
    }
}

fn hello() -> Hello {
    Hello {
        versions: Versions::SPOKEN,
        device: DeviceId(1),
        logs: Vec::new(),
        cursors: Vec::new(),
        roster_epoch: 1,
        release: String::new(),
        checkpoint: None,
        checkpoint_size: None,
        packs: Vec::new(),
        feeds_wait: false,
    }
}

fn welcome() -> Welcome {
    Welcome {
        version: Version::TWO,
        stored: Vec::new(),
        feeds: Vec::new(),
        roster: None,
        time_ms: u64::MAX,
        checkpoint: None,
        repair: Vec::new(),
        takes_early: false,
        files_told: u64::MAX,
    }
}

fn segment(last: u64) -> Segment {
    let key = SigningKey::from_seed([1; 32]);
    Segment::seal(head(last - 1), &[vec![1]], &key).unwrap()
}

fn others(seq: u64) -> Vec<FeedItem> {
    vec![FeedItem::Other {
        kind: 77,
        position: place(seq),
        payload: vec![1],
    }]
}

fn batch(from: u64, items: Vec<FeedItem>) -> Message {
    Message::Feed(FeedBatch::new(SCOPE, 1, from, FeedDigest::EMPTY, items).unwrap())
}

fn returned(step: ReturnStep) -> Message {
    Message::Return(Return { scope: SCOPE, step })
}

fn offered(begins: u64, position: u64) -> Message {
    let seal = FeedSeal {
        scope: SCOPE,
        feed_epoch: 1,
        position,
        chain: FeedChain::start(SCOPE),
        signature: Signature::from_bytes([0; 64]),
    };
    returned(ReturnStep::Offer { begins, seal })
}

fn pack(at: PackProgress, from: PackMark) -> Message {
    let row = PackRow {
        mark: at.mark,
        chart: record::ChartId::new([4; 16]),
        change: None,
    };
    let key = SigningKey::from_seed([1; 32]);
    Message::Pack(ChartPack::seal(at.head, from, &[row], true, &key).unwrap())
}

fn mark(chart: u64, change: u64) -> PackMark {
    PackMark { chart, change }
}

/// The message is read at the last place, and none behind it.
#[track_caller]
fn check(message: impl Fn(u64) -> Message) {
    let read = |at: u64| Message::from_bytes(&message(at).to_bytes().unwrap());

    assert!(read(MAX_PLACE).is_ok());
    for beyond in [MAX_PLACE + 1, u64::MAX] {
        assert_eq!(read(beyond), Err(DecodeError::Damaged), "{beyond}");
    }
}

#[test]
fn no_log_goes_on_behind_the_last_place() {
    check(|at| Message::Stored(Stored::at(head(at), Version::ONE)));
    check(|at| Message::Stored(Stored::at(head(at), Version::TWO)));
    check(|at| Message::Push(segment(at)));
    check(|at| {
        Message::Early(Early {
            segment: segment(at),
            is_all: true,
        })
    });
    check(|at| {
        Message::Declined(Declined {
            place: place(at),
            code: RefusalCode::Full,
        })
    });
    check(|at| {
        Message::Probe(Probe {
            epoch: 1,
            seqs: vec![1, at],
        })
    });
    check(|at| {
        Message::Probed(Probed {
            epoch: 1,
            marks: vec![(1, ChainMark([0; 8])), (at, ChainMark([0; 8]))],
        })
    });
    check(|at| {
        Message::Done(Done {
            quarantined: vec![Quarantined {
                position: place(at),
                reason: String::new(),
            }],
            ..Done::default()
        })
    });
    check(|at| {
        Message::Fetch(Fetch {
            number: String::new(),
            reason: String::new(),
            entry: place(at),
        })
    });
}

#[test]
fn nobody_holds_a_log_or_a_feed_up_to_behind_the_last_place() {
    check(|at| {
        Message::Hello(Hello {
            logs: vec![head(at)],
            ..hello()
        })
    });
    check(|at| {
        Message::Hello(Hello {
            cursors: vec![cursor(at)],
            ..hello()
        })
    });
    check(|at| {
        let head = cursor(1);
        let mark = mark(at, 1);
        Message::Hello(Hello {
            packs: vec![PackProgress { head, mark }],
            ..hello()
        })
    });
    check(|at| {
        Message::Welcome(Welcome {
            stored: vec![head(at)],
            ..welcome()
        })
    });
    check(|at| {
        Message::Welcome(Welcome {
            feeds: vec![cursor(at)],
            ..welcome()
        })
    });
}

#[test]
fn no_feed_goes_on_behind_the_last_place() {
    check(|at| Message::Taken(cursor(at)));
    check(|at| batch(at - 1, others(1)));
    check(|at| batch(0, others(at)));
    check(|at| {
        let own = |seq| FeedItem::Own {
            position: place(seq),
        };
        batch(0, vec![own(1), own(at)])
    });
    check(|at| {
        Message::Done(Done {
            ends: vec![FeedEnd::from(cursor(at))],
            ..Done::default()
        })
    });
    check(|at| {
        Message::Fetched(Fetched {
            entry: place(1),
            code: RefusalCode::Done,
            feed: Some(cursor(at)),
            until_ms: u64::MAX,
        })
    });
    check(|at| {
        let items = others(at);
        let step = RepairStep::Items { answered: 1, items };
        Message::Repair(Repair { scope: SCOPE, step })
    });
    check(|at| offered(at, 1));
    check(|at| offered(1, at));
    check(|at| returned(ReturnStep::Items(others(at))));
    check(|at| returned(ReturnStep::After(at)));
}

#[test]
fn no_pack_goes_on_behind_the_last_place() {
    let at = |head, mark| PackProgress { head, mark };
    check(|place| pack(at(cursor(place), mark(3, 9)), PackMark::START));
    check(|place| pack(at(cursor(1), mark(place, 9)), PackMark::START));
    check(|place| pack(at(cursor(1), mark(3, place)), PackMark::START));
    check(|place| pack(at(cursor(1), mark(3, 9)), mark(2, place)));
}
