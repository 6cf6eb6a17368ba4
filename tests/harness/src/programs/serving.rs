//! A hub that serves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Program;

/// The longest that a hub may take until it listens.
const LIMIT: Duration = Duration::from_secs(60);

/// A hub that serves. Dropped, it is killed.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    address: SocketAddr,
}

impl Serving {
    /// Starts the hub on a free port of the loopback interface and waits until it listens.
    pub fn start(hub: &Program) -> Result<Self> {
        Self::start_with(hub, &[])
    }

    /// Starts it with more words.
    pub fn start_with(hub: &Program, more: &[&str]) -> Result<Self> {
        Self::start_of(hub, &[&["serve", "--listen", "127.0.0.1:0"], more].concat())
    }

    /// Starts whatever listens when it is told these words.
    pub fn start_of(program: &Program, words: &[&str]) -> Result<Self> {
        let mut command = program.command(words);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().context("starting the hub")?;
        let out = child.stdout.take().context("the hub's output")?;
        let mut err = child.stderr.take().context("the hub's errors")?;
        let errors = thread::spawn(move || {
            let mut text = String::new();
            // What came before a broken pipe is still worth reading.
            err.read_to_string(&mut text).unwrap_or_default();
            text
        });
        let (send, found) = channel();
        thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Some(address) = address(&line) {
                    send.send(address).unwrap_or_default();
                }
            }
        });
        match found.recv_timeout(LIMIT) {
            Ok(address) => Ok(Self { child, address }),
            Err(_ended_or_late) => {
                child.kill().context("stopping the hub")?;
                child.wait().context("waiting for the hub's end")?;
                let said = errors.join().unwrap_or_default();
                anyhow::bail!("the hub does not listen: {}", said.trim())
            }
        }
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it as `kill -9` does.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill().context("killing the hub")?;
        self.child.wait().context("waiting for the hub's end")?;
        Ok(())
    }

    /// Waits for its end, which somebody else has seen to.
    pub fn wait(mut self) -> Result<()> {
        self.child.wait().context("waiting for the hub's end")?;
        Ok(())
    }

    /// Tells whether it still runs.
    pub fn is_alive(&mut self) -> Result<bool> {
        Ok(self
            .child
            .try_wait()
            .context("asking after the hub")?
            .is_none())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have been killed before.
        self.child.kill().unwrap_or_default();
        drop(self.child.wait());
    }
}

/// Finds the address in the line that says where the hub listens.
fn address(line: &str) -> Option<SocketAddr> {
    line.split(|c: char| c.is_whitespace() || c == '"')
        .find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_either_form() {
        assert_eq!(
            address("listening on 127.0.0.1:4433"),
            "127.0.0.1:4433".parse().ok()
        );
        assert_eq!(
            address(r#"{"listening":"[::1]:4433"}"#),
            "[::1]:4433".parse().ok()
        );
        assert_eq!(address("starting"), None);
    }
}
