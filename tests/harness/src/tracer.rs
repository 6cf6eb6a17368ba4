//! A tracer under which a program's calls on its files fail, as on a disk that is full or broken: `strace`, where it is.
//!
//! The program is the real one, and so is everything it does about the failure. Only calls on the named files are
//! counted and fail; what it prints and sends is not.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::programs::Program;

/// The calls that can fail: those that open or change a file.
const CALLS: &str = "write,pwrite64,openat,fsync,fdatasync,ftruncate,rename,unlink,mkdir";
/// Those of them for which a full disk has no room.
const GROWING: [&str; 2] = ["write", "pwrite64"];

/// What goes wrong with a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It takes nothing more. It still flushes, renames and removes.
    Full,
    /// It fails in whatever it is asked.
    Broken,
}

/// The first call of a kind that fails in a thread; all later ones of that kind fail too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub how: How,
    /// The kind of call.
    pub call: String,
    /// Its number among those of its kind and thread, from one.
    pub from: u32,
}

/// A program under the tracer.
#[derive(Debug)]
pub struct Traced {
    /// The program.
    pub program: Program,
    log: PathBuf,
}

/// Tells whether there is a tracer that may trace.
#[must_use]
pub fn is_here() -> bool {
    let mut probe = Command::new("strace");
    probe.args(["-qq", "-o", "/dev/null", "true"]);
    probe.stdin(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|it| it.success())
}

/// Returns a program whose calls on these files are counted, and may fail. What was traced is written to a log, which must
/// not be there.
#[must_use]
pub fn trace(program: &Program, files: &[PathBuf], fault: Option<&Fault>, log: &Path) -> Traced {
    let mut words: Vec<OsString> = ["-f", "-qq", "-s", "0", "-o"].map(OsString::from).to_vec();
    words.push(log.into());
    words.extend(["-e".into(), format!("trace={CALLS}").into()]);
    if let Some(Fault { how, call, from }) = fault {
        let error = how.error();
        let inject = format!("inject={call}:error={error}:when={from}+");
        words.extend(["-e".into(), inject.into()]);
    }
    for file in files {
        words.extend(["-P".into(), file.into()]);
    }
    Traced {
        program: program.under(Path::new("strace"), &words),
        log: log.to_owned(),
    }
}

impl Traced {
    /// Kills the program as `kill -9` does; the tracer ends with it. Killed by itself it would leave the program running.
    pub fn kill(&self) -> Result<()> {
        let log = self.read()?;
        let process = log
            .split_whitespace()
            .next()
            .context("the process's number")?;
        let status = Command::new("kill").args(["-9", process]).status()?;
        ensure!(status.success(), "process {process} could not be killed");
        Ok(())
    }

    /// Returns how many calls failed.
    pub fn failed(&self) -> Result<usize> {
        let log = self.read()?;
        Ok(log.lines().filter(|it| it.ends_with("(INJECTED)")).count())
    }

    /// Returns every call that could be the first to fail.
    pub fn faults(&self, how: How) -> Result<Vec<Fault>> {
        let log = self.read()?;
        let mut threads: BTreeMap<(&str, &str), u32> = BTreeMap::new();
        for line in log.lines() {
            // The second half of a call that another thread interrupted has no such name.
            let Some((thread, call)) = line.split_once(' ') else {
                continue;
            };
            let Some((call, _arguments)) = call.trim_start().split_once('(') else {
                continue;
            };
            if how == How::Broken || GROWING.contains(&call) {
                *threads.entry((call, thread)).or_default() += 1;
            }
        }
        let mut most: BTreeMap<&str, u32> = BTreeMap::new();
        for ((call, _thread), count) in threads {
            let it = most.entry(call).or_default();
            *it = count.max(*it);
        }
        let fault = |call: &str, from| Fault {
            how,
            call: call.to_owned(),
            from,
        };
        Ok(most
            .into_iter()
            .flat_map(|(call, count)| (1..=count).map(move |from| fault(call, from)))
            .collect())
    }

    fn read(&self) -> Result<String> {
        fs::read_to_string(&self.log).context("what was traced")
    }
}

impl How {
    const fn error(self) -> &'static str {
        match self {
            Self::Full => "ENOSPC",
            Self::Broken => "EIO",
        }
    }
}
