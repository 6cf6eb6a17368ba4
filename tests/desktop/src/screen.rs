//! A screen that nobody sees.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::process::Process;

/// An X server without hardware, on a display that was free. Dropped, it is gone.
#[derive(Debug)]
pub struct Screen {
    _server: Process,
    display: String,
}

impl Screen {
    /// Starts one of the size of a clinic's laptop.
    pub fn start() -> Result<Self> {
        let mut command = Command::new("Xvfb");
        // The server picks a free display by itself and writes its number to standard output.
        command
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut server = Process::start(&mut command)?;
        let out = server
            .child()
            .stdout
            .take()
            .context("the X server's output")?;
        let mut number = String::new();
        BufReader::new(out)
            .read_line(&mut number)
            .context("reading the display's number")?;
        ensure!(!number.trim().is_empty(), "Xvfb found no free display");
        Ok(Self {
            _server: server,
            display: format!(":{}", number.trim()),
        })
    }

    /// Returns the display's name.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }
}
