//! A program under way.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// The longest that a program may run. An import of a hundred patients takes minutes on a slow machine.
const LIMIT: Duration = Duration::from_secs(1_800);

/// How often it is looked at when something of it is waited for.
const LOOK: Duration = Duration::from_millis(1);

/// A program under way. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    child: Child,
    texts: Receiver<(Stream, String)>,
}

/// How a program ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Whether it did what it was asked.
    pub success: bool,
    /// Its exit status; none if it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it said to standard error.
    pub err: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

impl Running {
    pub(super) fn start(mut command: Command) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let name = command.get_program().to_owned();
        let mut child = command
            .spawn()
            .with_context(|| format!("starting {}", name.display()))?;
        let (send, texts) = channel();
        let out = child.stdout.take().context("its output")?;
        let err = child.stderr.take().context("its errors")?;
        listen(Stream::Out, out, send.clone());
        listen(Stream::Err, err, send);
        Ok(Self { child, texts })
    }

    /// Returns the process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as `kill -9` does: it can do nothing about it.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill().context("killing it")?;
        self.child.wait().context("waiting for its end")?;
        Ok(())
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Result<Ended> {
        let Some((out, err)) = self.texts(LIMIT) else {
            bail!("it did not end within {} s", LIMIT.as_secs());
        };
        self.ended(out, err)
    }

    /// Waits until a thing holds, or until it has ended.
    pub fn wait_until(&mut self, holds: impl Fn() -> bool) -> Result<()> {
        let until = Instant::now() + LIMIT;
        while !holds() && self.child.try_wait().context("asking after it")?.is_none() {
            if Instant::now() > until {
                bail!("it did not get there within {} s", LIMIT.as_secs());
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits for its end for so long, then kills it as `kill -9` does. What it printed until then is not told.
    pub fn wait_or_kill(mut self, patience: Duration) -> Result<Ended> {
        let texts = self.texts(patience);
        if texts.is_none() {
            self.child.kill().context("killing it")?;
        }
        let (out, err) = texts.unwrap_or_default();
        self.ended(out, err)
    }

    /// Returns what it says until it ends, unless that takes longer than it may.
    fn texts(&self, limit: Duration) -> Option<(String, String)> {
        let until = Instant::now() + limit;
        let (mut out, mut err) = (String::new(), String::new());
        for _stream in 0..2 {
            let left = until.saturating_duration_since(Instant::now());
            match self.texts.recv_timeout(left).ok()? {
                (Stream::Out, text) => out = text,
                (Stream::Err, text) => err = text,
            }
        }
        Some((out, err))
    }

    fn ended(&mut self, out: String, err: String) -> Result<Ended> {
        let status = self.child.wait().context("waiting for its end")?;
        Ok(Ended {
            success: status.success(),
            code: status.code(),
            out,
            err,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().unwrap_or_default();
        drop(self.child.wait());
    }
}

/// Reads a pipe to its end in a thread of its own, so that neither pipe fills up and stops the program.
fn listen(stream: Stream, mut pipe: impl Read + Send + 'static, send: Sender<(Stream, String)>) {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before a broken pipe is still worth reading.
        pipe.read_to_end(&mut bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // Nobody listens any more if the program was killed.
        send.send((stream, text)).unwrap_or_default();
    });
}
