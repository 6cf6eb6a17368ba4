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

/// Puts files into a folder.
pub(super) fn put(files: &Files, folder: &Path) {
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
        let sector = if at.is_multiple_of(3) { 4096 } else { 512 };
        for keep in [Keep::Nothing, Keep::Some { seed, sector }] {
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

/// Cuts the power after each step in which a store is made: it is not there, and can be made.
#[track_caller]
fn check_making<W: Work>() {
    let folder = TempDir::new().unwrap();
    let mut platter = Platter::default();
    let disk = Disk::watch(folder.path());
    drop(W::create(&folder.path().join(W::FILE)).unwrap());
    let unfinished = format!("{}.new", W::FILE);
    // Once it is made it is opened, under its own name.
    let steps = disk.steps();
    let of_making = |it: &&Step| !format!("{it:?}").contains(&format!("{}-wal", W::FILE));
    for (seed, step) in (0..).zip(steps.iter().take_while(of_making)) {
        platter.take(step);
        for keep in [Keep::Nothing, Keep::Some { seed, sector: 512 }] {
            let folder = TempDir::new().unwrap();
            put(&platter.cut(keep), folder.path());
            drop(W::create(&folder.path().join(W::FILE)).unwrap());
            judge::<W>(folder.path(), &[]).unwrap();
        }
    }
    assert!(
        platter.is_flushed(&unfinished),
        "renamed before it was flushed"
    );
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
fn whenever_the_power_goes_while_a_store_is_made_it_can_be_made_again() {
    check_making::<Replica>();
    check_making::<Hub>();
}

#[test]
fn a_disk_that_lies_about_its_flushes_is_found_out() {
    check_found_out::<Replica>();
    check_found_out::<Hub>();
}
