//! The power is cut after every step, and keeps what it likes of what was not flushed.

use std::path::Path;

use crate::{Disk, Files, Keep, Platter, Step};
use tempfile::TempDir;

use super::hub::Hub;
use super::replica::Replica;
use super::work::{Work, judge};

/// What a run did, step by step, and what it began from.
struct Run {
    before: Platter,
    steps: Vec<Step>,
}

/// Lets a store work, closed and opened in the middle, on a disk that may lie about its flushes.
fn work<W: Work>(lies: bool) -> Run {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(W::FILE);
    drop(W::create(&path).unwrap());
    let before = Platter::of(folder.path()).unwrap();
    let disk = Disk::watch(folder.path());
    if lies {
        disk.lie();
    }
    for acts in [0..W::ACTS / 2, W::ACTS / 2..W::ACTS] {
        let mut store = W::open(&path).unwrap();
        for number in acts {
            store.act(number).unwrap();
            disk.acknowledge(number);
        }
    }
    Run {
        before,
        steps: disk.steps(),
    }
}

fn put(files: &Files, folder: &Path) {
    for (name, content) in files {
        std::fs::write(folder.join(name), content).unwrap();
    }
}

/// Cuts the power after each step, in several ways; returns how many cuts there were, or what the first one broke.
fn cut<W: Work>(mut run: Run) -> Result<u32, String> {
    let (mut acknowledged, mut cuts) = (Vec::new(), 0);
    let mut last = None;
    for (at, step) in run.steps.iter().enumerate() {
        run.before.take(step);
        if let Step::Acknowledge(number) = step {
            acknowledged.push(*number);
        }
        let seed = at as u64;
        for keep in [
            Keep::Nothing,
            Keep::Some { seed, sector: 512 },
            Keep::Some { seed, sector: 4096 },
            Keep::Everything,
        ] {
            let left = run.before.cut(keep);
            let state = Some((left, acknowledged.len()));
            if state == last {
                continue; // as after the step before
            }
            let folder = TempDir::new().unwrap();
            if let Some((left, _)) = &state {
                put(left, folder.path());
            }
            judge::<W>(folder.path(), &acknowledged)
                .map_err(|it| format!("cut after step {at} ({}), {keep:?}: {it}", kind(step)))?;
            cuts += 1;
            last = state;
        }
    }
    Ok(cuts)
}

/// Names a step without its bytes.
fn kind(step: &Step) -> String {
    if let Step::Write(name, at, bytes) = step {
        return format!("write {} at {at} of {name}", bytes.len());
    }
    format!("{step:?}")
}

#[track_caller]
fn check<W: Work>() {
    let cuts = cut::<W>(work::<W>(false)).unwrap();

    assert!(cuts > 200, "only {cuts} cuts");
}

/// On a disk that says it flushed what it did not, the same cuts must lose something.
#[track_caller]
fn check_found_out<W: Work>() {
    let broken = cut::<W>(work::<W>(true)).unwrap_err();

    assert!(broken.contains("act"), "{broken}");
}

#[test]
fn whenever_the_power_goes_a_replica_opens_and_has_what_was_acknowledged() {
    check::<Replica>();
}

#[test]
fn whenever_the_power_goes_a_hub_opens_and_has_what_was_acknowledged() {
    check::<Hub>();
}

#[test]
fn a_disk_that_lies_about_its_flushes_is_found_out() {
    check_found_out::<Replica>();
    check_found_out::<Hub>();
}
