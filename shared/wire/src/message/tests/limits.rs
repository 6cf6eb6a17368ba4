//! Every limit of a message is reached: one more is neither written nor read.

use super::*;
use crate::limits::FEED_READ_BYTES;
use crate::{Meet, RefusalCode};
use crate::{PackMark, PackProgress};

fn text() -> String {
    "x".repeat(MAX_TEXT_BYTES + 1)
}

fn cursor() -> Cursor {
    Cursor {
        scope: ScopeId(1),
        feed_epoch: 1,
        position: 1,
        digest: FeedDigest::EMPTY,
    }
}

fn head() -> LogHead {
    LogHead::start(DeviceId(1), 1)
}

fn heavy_roster() -> SignedRoster {
    SignedRoster {
        bytes: vec![0; MAX_ROSTER_BYTES + 1],
        signature: Signature::from_bytes([0; 64]),
    }
}

#[track_caller]
fn check(message: &Message) {
    let kind = message.kind();
    let bytes = match message {
        Message::Hello(body) => write(kind, body),
        Message::Welcome(body) => write(kind, body),
        Message::Done(body) => write(kind, body),
        Message::Probe(body) => write(kind, body),
        Message::Probed(body) => write(kind, body),
        Message::Refused(body) => write(kind, body),
        Message::Enrol(body) => write(kind, body),
        Message::Enrolling(body) => write(kind, body),
        Message::Show(body) => write(kind, body),
        Message::Fetch(body) => write(kind, body),
        Message::Meet(body) => write(kind, body),
        Message::Push(_)
        | Message::Stored(_)
        | Message::Feed(_)
        | Message::Taken(_)
        | Message::Repair(_)
        | Message::Pack(_)
        | Message::Fetched(_)
        | Message::Want(_)
        | Message::Blob(_)
        | Message::Return(_)
        | Message::Declined(_)
        | Message::Early(_)
        | Message::Wait(_)
        | Message::Unknown { .. } => unreachable!("these have no limit of their own"),
    }
    .unwrap();

    assert!(
        matches!(message.to_bytes(), Err(EncodeError::TooLarge { .. })),
        "writing {kind}"
    );
    let read = Message::from_bytes(&bytes);
    assert!(
        matches!(read, Err(DecodeError::TooLarge { .. })),
        "reading {kind}: {read:?}"
    );
}

#[test]
fn of_hello() {
    let hello = Hello {
        versions: Versions::SPOKEN,
        device: DeviceId(1),
        logs: vec![],
        cursors: vec![],
        roster_epoch: 0,
        release: String::new(),
        checkpoint: None,
        checkpoint_size: None,
        packs: vec![],
        feeds_wait: false,
    };

    assert!(Message::Hello(hello.clone()).to_bytes().is_ok());
    check(&Message::Hello(Hello {
        logs: vec![head(); MAX_LOGS + 1],
        ..hello.clone()
    }));
    check(&Message::Hello(Hello {
        cursors: vec![cursor(); MAX_SCOPES + 1],
        ..hello.clone()
    }));
    check(&Message::Hello(Hello {
        release: text(),
        ..hello.clone()
    }));
    let taken = PackProgress {
        head: cursor(),
        mark: PackMark::START,
    };
    check(&Message::Hello(Hello {
        packs: vec![taken; MAX_SCOPES + 1],
        ..hello
    }));
}

#[test]
fn of_meet() {
    let meet = |bytes| {
        Message::Meet(Meet {
            roster_epoch: 7,
            roster: Some(SignedRoster {
                bytes: vec![0; bytes],
                signature: Signature::from_bytes([0; 64]),
            }),
        })
    };

    assert!(meet(MAX_ROSTER_BYTES).to_bytes().is_ok());
    check(&meet(MAX_ROSTER_BYTES + 1));
}

#[test]
fn of_fetch() {
    let fetch = Fetch {
        number: "1000-00000-5".into(),
        reason: "came from another village".into(),
        entry: head().position(),
    };

    assert!(Message::Fetch(fetch.clone()).to_bytes().is_ok());
    check(&Message::Fetch(Fetch {
        number: "1".repeat(MAX_NUMBER_BYTES + 1),
        ..fetch.clone()
    }));
    check(&Message::Fetch(Fetch {
        reason: text(),
        ..fetch
    }));
}

#[test]
fn of_welcome() {
    let welcome = Welcome {
        version: Version::ONE,
        stored: vec![],
        feeds: vec![],
        roster: None,
        time_ms: 0,
        checkpoint: None,
        repair: vec![],
        takes_early: false,
        files_told: 0,
    };
    let note = "x".repeat(MAX_CHECKPOINT_BYTES + 1);

    assert!(Message::Welcome(welcome.clone()).to_bytes().is_ok());
    check(&Message::Welcome(Welcome {
        stored: vec![head(); MAX_LOGS + 1],
        ..welcome.clone()
    }));
    check(&Message::Welcome(Welcome {
        feeds: vec![cursor(); MAX_SCOPES + 1],
        ..welcome.clone()
    }));
    check(&Message::Welcome(Welcome {
        roster: Some(heavy_roster()),
        ..welcome.clone()
    }));
    check(&Message::Welcome(Welcome {
        repair: vec![ScopeId(1); MAX_SCOPES + 1],
        takes_early: false,
        files_told: 0,
        ..welcome.clone()
    }));
    check(&Message::Welcome(Welcome {
        checkpoint: Some(note.clone()),
        ..welcome
    }));
    check(&Message::Show(Show {
        checkpoint: Some(note),
        roster: None,
    }));
    check(&Message::Show(Show {
        checkpoint: None,
        roster: Some(heavy_roster()),
    }));
}

#[test]
fn of_done_and_refused() {
    let spot = Quarantined {
        position: head().position(),
        reason: String::new(),
    };
    let wordy = Quarantined {
        position: spot.position,
        reason: text(),
    };
    let done = |feeds: Vec<Cursor>, quarantined| {
        Message::Done(Done::answer(feeds, quarantined, Version::ONE))
    };

    check(&done(vec![cursor(); MAX_SCOPES + 1], vec![]));
    check(&done(vec![], vec![spot; MAX_QUARANTINED + 1]));
    check(&done(vec![], vec![wordy]));
    check(&Message::Refused(Refused {
        code: RefusalCode::Busy,
        text: text(),
    }));
}

#[test]
fn of_enrolment() {
    let key = PublicKey::from_bytes([1; 32]);
    let (device, person) = (DeviceId(1), PersonId(1));

    check(&Message::Enrol(Enrol {
        token: [0; 16],
        tls: key,
        log: key,
        sign: key,
        seal: BoxPublicKey::from_bytes([9; 32]).unwrap(),
        person,
        label: text(),
        proves_actors: true,
    }));
    check(&Message::Enrolling(Enrolling::Pending {
        words: vec![text()],
    }));
    check(&Message::Enrolling(Enrolling::Pending {
        words: vec![String::new(); MAX_WORDS + 1],
    }));
    let roster = heavy_roster();
    check(&Message::Enrolling(Enrolling::Approved {
        device,
        person,
        roster,
    }));
}

#[test]
fn of_a_search_in_a_log() {
    let mark = (1, ChainMark([0; 8]));

    check(&Message::Probe(Probe {
        epoch: 1,
        seqs: vec![1; MAX_PROBED + 1],
    }));
    check(&Message::Probed(Probed {
        epoch: 1,
        marks: vec![mark; MAX_PROBED + 1],
    }));
}

#[test]
fn of_the_frame() {
    let read = Message::from_bytes(&vec![0; MAX_FRAME_BYTES + 1]);

    assert_eq!(read, Err(DecodeError::TooLarge { what: "the frame" }));
}

#[test]
fn the_largest_roster_and_the_largest_batch_fit_a_frame() {
    let mut state = 1_u64;
    let mut noise = |length: usize| -> Vec<u8> {
        let mut byte = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state.to_be_bytes()[0]
        };
        (0..length).map(|_| byte()).collect()
    };
    let position = audit::LogPosition {
        device: DeviceId(1),
        epoch: 1,
        seq: 5,
    };
    let items = [FEED_READ_BYTES, audit::Entry::MAX_BYTES].map(|length| FeedItem::Other {
        kind: 9,
        position,
        payload: noise(length),
    });
    let batch = FeedBatch::new(ScopeId(1), 1, 0, FeedDigest::EMPTY, items.to_vec()).unwrap();
    let mut roster = heavy_roster();
    roster.bytes.pop();
    let welcome = Welcome {
        version: Version::ONE,
        stored: vec![head(); MAX_LOGS],
        feeds: vec![cursor(); MAX_SCOPES],
        roster: Some(roster),
        time_ms: 0,
        checkpoint: Some("x".repeat(MAX_CHECKPOINT_BYTES)),
        repair: vec![ScopeId(u32::MAX); MAX_SCOPES],
        takes_early: false,
        files_told: 0,
    };

    assert!(Message::Feed(batch).to_bytes().is_ok());
    assert!(Message::Welcome(welcome).to_bytes().is_ok());
}
