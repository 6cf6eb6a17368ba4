//! A program that serves a test, and goes with it.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, anyhow};

/// What brings the programs that a window test needs.
const PACKAGES: &str =
    "apt-get install --no-install-recommends webkit2gtk-driver xvfb xauth fonts-dejavu-core";

/// A program and everything it started. Dropped, all of them are ended.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts a program at the head of a process group of its own, so that what it starts can be ended with it.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| {
                anyhow!("{name} did not start ({error}); it comes with: {PACKAGES}")
            })?;
        Ok(Self { child })
    }

    /// Returns the program, to read its pipes.
    pub(crate) const fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends one program of another group at once, as a power cut does.
    pub(crate) fn kill(id: u32) -> Result<()> {
        let killed = Command::new("kill")
            .args(["-KILL", &id.to_string()])
            .status();
        let killed = killed.context("starting kill")?.success();
        killed.then_some(()).context("there was nothing to kill")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        // The group may have ended by itself, and then there is nothing to end.
        drop(
            Command::new("kill")
                .args(["-KILL", "--", &group])
                .stderr(Stdio::null())
                .status(),
        );
        drop(self.child.wait());
    }
}
