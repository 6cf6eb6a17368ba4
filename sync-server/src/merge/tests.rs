//! Both who merge, alike; and children that misbehave.
//!
//! A child of these tests is this very test program, told to run [`stands_in_for_the_child`] alone; which request it
//! is to misbehave over stands among its arguments, where the test harness takes it for another test's name.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use record::DeviceId;

use super::*;
use crate::charts::rebuild;
use crate::hub::Hub;
use crate::testing::{Laptop, hub, set_aside, settle};

const CHART: ChartId = ChartId::new([7; 16]);

/// Long enough for any honest answer, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is waited for one that sleeps: still long enough.
const SHORT_PATIENCE: Duration = Duration::from_secs(10);

#[test]
#[ignore = "the other tests start it, as the child"]
fn stands_in_for_the_child() {
    let argument = |name: &str| {
        let found = std::env::args().find_map(|it| it.strip_prefix(name).map(str::to_owned));
        found.unwrap_or_default()
    };
    let (what, over) = (argument("misbehave="), argument("over="));
    std::panic::set_hook(Box::new(|_panic| ()));
    limits::give_up().unwrap();
    let merge = |work: &Work<'_>| {
        if work.changes.iter().any(|it| it.hash().to_string() == over) {
            misbehave(&what);
        }
        Here.merge(work)
    };
    child::serve(&mut io::stdin().lock(), &mut io::stderr().lock(), merge).unwrap_or_default();
}

fn misbehave(what: &str) {
    match what {
        "abort" => std::process::abort(),
        "eat" => {
            let mut eaten = Vec::new();
            loop {
                eaten.push(vec![0_u8; 16 * 1024 * 1024]);
            }
        }
        "loop" => loop {
            std::hint::spin_loop();
        },
        "sleep" => loop {
            std::thread::park();
        },
        "open" => {
            let is_open = std::fs::File::open("/").is_ok();
            let has_socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).is_ok();
            if !is_open && !has_socket {
                std::process::abort();
            }
        }
        "garbage" => io::stderr().write_all(&[0, 0, 0, 4, 1, 2, 3, 4]).unwrap(),
        "flood" => io::stderr().write_all(&[0xff; 64]).unwrap(),
        "lie" => {
            let answer = Merged {
                document: Snapshot {
                    bytes: b"nothing".to_vec(),
                    heads: vec![[1; 32]],
                },
                refused: Vec::new(),
            };
            let answer = frames::answer(Some(answer)).unwrap();
            frames::write_frame(&mut io::stderr(), &answer).unwrap();
        }
        _well => {}
    }
}

fn stand_in(what: &str, over: &str) -> ChildMerger {
    let arguments = [
        "--exact",
        "merge::tests::stands_in_for_the_child",
        "--ignored",
        "--nocapture",
        &format!("misbehave={what}"),
        &format!("over={over}"),
    ];
    let arguments = arguments.map(str::to_owned).to_vec();
    let patience = if what == "sleep" {
        SHORT_PATIENCE
    } else {
        PATIENCE
    };
    ChildMerger::of(std::env::current_exe().unwrap(), arguments, patience)
}

/// A hub where a laptop wrote a chart of three changes, the second's descendant the third, and another chart.
fn written() -> (Hub, Laptop, Vec<String>) {
    let (mut hub, _world) = hub();
    let mut a = Laptop::enrol(&mut hub, 1, 1);
    let mut doc = a.register(7);
    let mut hashes = vec![doc.heads()[0].to_string()];
    for year in ["1984", "1985"] {
        let born = a.born(year);
        a.edit(&mut doc, born);
        hashes.push(doc.heads()[0].to_string());
    }
    a.register(8);
    hub.ingest(a.device, &a.segment(0)).unwrap();
    (hub, a, hashes)
}

#[track_caller]
fn check_kills(what: &str, expected: Death) {
    let (mut hub, a, hashes) = written();
    hub.merger = Box::new(stand_in(what, &hashes[1]));

    settle(&mut hub);

    let aside = set_aside(&hub);
    let places: Vec<u64> = aside.iter().map(|it| it.0).collect();
    assert_eq!(places, [3, 4], "{aside:?}");
    assert_eq!(aside[0].1, format!("merge-failed: {}", expected.words()));
    assert_eq!(hub.store().charts().unwrap().len(), 2);
    let kept = rebuild(hub.store(), CHART).unwrap();
    assert_eq!(kept.heads()[0].to_string(), hashes[0]);
    assert_eq!(hub.store().unmaterialised_of(a.device).unwrap(), 0);
    assert!(hub.verify().is_clean());
}

#[test]
fn a_change_over_which_the_child_crashes_is_set_aside_alone() {
    check_kills("abort", Death::Ended);
}

#[cfg(unix)]
#[test]
fn a_change_over_which_the_child_takes_all_memory_is_set_aside_alone() {
    check_kills("eat", Death::Ended);
}

#[cfg(unix)]
#[test]
fn a_change_over_which_the_child_takes_all_time_is_set_aside_alone() {
    check_kills("loop", Death::TooLong);
}

/// It ends itself once it was refused both; one that gets either merges on, and nothing is set aside.
#[cfg(unix)]
#[test]
fn whoever_takes_the_child_over_gets_no_file_and_no_socket() {
    check_kills("open", Death::Ended);
}

#[test]
fn a_change_over_which_the_child_sleeps_is_set_aside_alone() {
    check_kills("sleep", Death::TooLong);
}

#[test]
fn a_change_over_which_the_child_answers_nonsense_is_set_aside_alone() {
    check_kills("garbage", Death::Nonsense);
    check_kills("flood", Death::Nonsense);
    check_kills("lie", Death::Nonsense);
}

#[test]
fn a_child_merges_what_is_merged_here() {
    let (mut here, _, _) = written();
    let (mut there, _, _) = written();
    there.merger = Box::new(stand_in("", ""));

    settle(&mut here);
    settle(&mut there);

    assert_eq!(set_aside(&there), []);
    for chart in here.store().charts().unwrap() {
        let heads = |hub: &Hub| hub.store().snapshot(chart).unwrap().unwrap().heads;
        assert_eq!(heads(&here), heads(&there));
    }
}

#[test]
fn one_child_answers_many_requests_and_a_new_one_comes_when_it_is_gone() {
    let mut merger = stand_in("", "");
    let work = Work {
        chart: CHART,
        document: None,
        newest: None,
        changes: &[],
    };

    let first = merger.merge(&work).unwrap();
    let child = merger.pid();
    assert!(merger.merge(&work) == Ok(first.clone()));
    assert_eq!(merger.pid(), child);
    merger.kill();
    assert!(merger.merge(&work) == Ok(first));
    assert_ne!(merger.pid(), child);
}

#[test]
fn without_a_child_nothing_is_set_aside_and_all_is_done_later() {
    let (mut hub, a, _) = written();
    let nobody = PathBuf::from("/nonexistent/posta-hub");
    hub.merger = Box::new(ChildMerger::of(nobody, Vec::new(), PATIENCE));

    let progress = hub.materialise(64).unwrap();

    assert!(progress.postponed && progress.entries == 0);
    assert_eq!(set_aside(&hub), []);
    assert!(hub.store().unmaterialised_of(a.device).unwrap() > 0);
    hub.merger = Box::new(Here);
    settle(&mut hub);
    assert_eq!(hub.store().unmaterialised_of(DeviceId(1)).unwrap(), 0);
    assert_eq!(hub.store().charts().unwrap().len(), 2);
}

#[test]
fn a_frame_above_the_limit_is_refused_by_its_length() {
    let most = u32::try_from(frames::MAX_FRAME_BYTES).unwrap() + 1;

    let read = frames::read_frame(&mut &most.to_be_bytes()[..]);

    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData);
    assert!(frames::read_frame(&mut &b""[..]).unwrap().is_none());
    assert!(frames::read_frame(&mut &[0, 0, 0, 9, 1][..]).is_err());
}

#[test]
fn a_document_that_is_not_what_it_is_said_to_be_is_unfit() {
    let document = Snapshot {
        bytes: ChartDoc::new(CHART).save(),
        heads: vec![[3; 32]],
    };
    let work = Work {
        chart: CHART,
        document: Some(&document),
        newest: None,
        changes: &[],
    };

    assert!(Here.merge(&work) == Err(MergeError::Unfit));
    assert!(stand_in("", "").merge(&work) == Err(MergeError::Unfit));
}
