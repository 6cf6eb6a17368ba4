//! A shell that is typed into, command by command.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The longest that one command may take.
const LIMIT: Duration = Duration::from_secs(300);
/// What the shell prints after each command, before its status.
const END: &str = "@@ended";

/// A shell. Dropped, it is killed with all that it started.
pub(crate) struct Terminal {
    shell: Child,
    keys: ChildStdin,
    screen: Receiver<String>,
}

impl Terminal {
    /// Opens one in a folder that stands for the project's.
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        let paths = std::env::var("PATH").context("a PATH")?;
        let mut shell = Command::new("sh")
            .current_dir(folder)
            .env(
                "PATH",
                format!("{}:{paths}", folder.join("tools").display()),
            )
            .env("TMPDIR", folder)
            .env("POSTA_LOG", "warn,quinn=error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .context("starting sh")?;
        let mut keys = shell.stdin.take().context("its keys")?;
        writeln!(keys, "exec 2>&1")?;
        let out = shell.stdout.take().context("its screen")?;
        let (send, screen) = channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // Nobody looks any more if the test has ended.
                send.send(line).unwrap_or_default();
            }
        });
        Ok(Self {
            shell,
            keys,
            screen,
        })
    }

    /// Types a command; returns what was shown until it ended, and its status.
    pub(crate) fn type_in(&mut self, command: &str) -> Result<(String, i32)> {
        writeln!(self.keys, "{command}\necho \"{END} $?\"")?;
        let mut said = String::new();
        loop {
            let line = self
                .screen
                .recv_timeout(LIMIT)
                .with_context(|| format!("{command}\ndid not end: {said}"))?;
            if let Some(status) = line.strip_prefix(END) {
                return Ok((said, status.trim().parse()?));
            }
            said.push_str(&line);
            said.push('\n');
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The shell leads a group of its own; what it left in the background is in it.
        let group = format!("-{}", self.shell.id());
        drop(Command::new("kill").args(["-9", "--", &group]).status());
        drop(self.shell.wait());
    }
}
