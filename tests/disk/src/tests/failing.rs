//! The disk fails, or is full, at each step that could; then it is whole again, or the power goes as well.

use std::path::Path;

use store::OpenError;
use tempfile::TempDir;

use super::hub::Hub;
use super::power::put;
use super::replica::Replica;
use super::work::{Failed, Work, judge};
use crate::{Disk, Fault, Files, How, Keep, Platter, Step};

/// How many acts are tried on a failing disk: one of each kind.
const ACTS: usize = 4;

/// What a store came to on a failing disk.
struct Run {
    acknowledged: Vec<usize>,
    steps: Vec<Step>,
    failed: u32,
}

/// Lets a store work on a disk that fails, until its process ends. What is said of it must fit.
fn work<W: Work>(folder: &Path, fault: Fault) -> Result<Run, String> {
    let disk = Disk::watch(folder);
    disk.fail(Some(fault));
    let mut acknowledged = Vec::new();
    match W::open(&folder.join(W::FILE)) {
        Ok(mut store) => {
            for number in 0..ACTS {
                let before = disk.failed();
                let mut done = store.act(number);
                if done.is_err() && !fault.goes_on {
                    // Tried again on the disk that is whole again, without another start.
                    says(done, fault, before < disk.failed())?;
                    done = store.act(number);
                }
                if done.is_ok() {
                    acknowledged.push(number);
                }
                says(done, fault, fault.goes_on && disk.failed() > 0)?;
            }
        }
        Err(OpenError::Full) if fault.how == How::Full && disk.failed() > 0 => {}
        // A new file that does not come about is told without the reason.
        Err(OpenError::Failed(_)) if disk.failed() > 0 => {}
        Err(error) => return Err(format!("opening says {error:?}")),
    }
    Ok(Run {
        acknowledged,
        steps: disk.steps(),
        failed: disk.failed(),
    })
}

/// Checks what is said of an act while the disk may fail: that it is the disk, and which way.
fn says(done: Result<(), Failed>, fault: Fault, may_fail: bool) -> Result<(), String> {
    match (done, fault.how) {
        (Ok(()), _) => Ok(()),
        (Err(Failed::Full), How::Full) | (Err(Failed::Broken), How::Broken) if may_fail => Ok(()),
        (Err(error), how) => Err(format!("of a disk that is {how:?} it says {error:?}")),
    }
}

/// Has every step fail, one run after another; returns how many runs there were, or what the first one broke.
fn fail<W: Work>(how: How, goes_on: bool) -> Result<u32, String> {
    let made = TempDir::new().unwrap();
    drop(W::create(&made.path().join(W::FILE)).unwrap());
    let before = Platter::of(made.path()).unwrap();
    for after in 0.. {
        let fault = Fault {
            after,
            how,
            goes_on,
        };
        let said = |it| format!("{how:?} after {after} steps (goes on: {goes_on}): {it}");
        let folder = TempDir::new().unwrap();
        put(&before.cut(Keep::Nothing), folder.path());
        let run = work::<W>(folder.path(), fault).map_err(said)?;
        judge::<W>(folder.path(), &run.acknowledged).map_err(said)?;
        if run.failed == 0 {
            return Ok(after);
        }
        let folder = TempDir::new().unwrap();
        put(&cut(made.path(), &run, after), folder.path());
        let said = |it| format!("then the power goes: {}", said(it));
        judge::<W>(folder.path(), &run.acknowledged).map_err(said)?;
    }
    Err("it never ends".to_owned())
}

/// Returns what is left if the power goes as well, before anything else is flushed.
fn cut(made: &Path, run: &Run, after: u32) -> Files {
    let mut platter = Platter::of(made).unwrap();
    for step in &run.steps {
        platter.take(step);
    }
    let (seed, sector) = (u64::from(after), 512);
    platter.cut(if after.is_multiple_of(2) {
        Keep::Nothing
    } else {
        Keep::Some { seed, sector }
    })
}

#[track_caller]
fn check<W: Work>() {
    for (how, goes_on, at_least) in [
        (How::Full, true, 50),
        (How::Full, false, 50),
        (How::Broken, true, 70),
        (How::Broken, false, 70),
    ] {
        let runs = fail::<W>(how, goes_on).unwrap();

        assert!(runs > at_least, "only {runs} steps that could fail");
    }
}

#[test]
fn wherever_the_disk_fails_a_replica_says_so_loses_nothing_and_opens_again() {
    check::<Replica>();
}

#[test]
fn wherever_the_disk_fails_a_hub_says_so_loses_nothing_and_opens_again() {
    check::<Hub>();
}
