//! The built programs, run as a person or a script runs them.
//!
//! Every run ends: a program that says nothing for longer than it may is killed and its last words are told.

mod running;
mod serving;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

pub use running::{Ended, Running};
pub use serving::Serving;

/// The folder that the programs were built into.
#[derive(Debug, Clone)]
pub struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// Builds `posta` and `posta-hub` as they are now: a test must not run yesterday's. Where `POSTA_PROGRAMS` is `built`
    /// whoever runs the tests has just done so.
    pub fn build() -> Result<Self> {
        if std::env::var_os("POSTA_PROGRAMS").is_some_and(|it| it == "built") {
            return Self::here();
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let words = ["build", "--quiet", "-p", "desktop-cli", "-p", "sync-server"];
        let status = Command::new(cargo)
            .args(words)
            .status()
            .context("starting cargo")?;
        ensure!(status.success(), "the programs could not be built");
        Self::here()
    }

    /// Finds the programs where this one was built.
    pub fn here() -> Result<Self> {
        let this = std::env::current_exe().context("finding this program")?;
        let folders = this.ancestors().skip(1).take(2);
        for folder in folders {
            if folder.join(file_name("posta")).is_file()
                && folder.join(file_name("posta-hub")).is_file()
            {
                return Ok(Self {
                    folder: folder.to_owned(),
                });
            }
        }
        bail!(
            "posta and posta-hub are not built: `cargo build -p desktop-cli -p sync-server` makes them"
        )
    }

    /// Returns the folder that they are in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the hub's program on a home.
    #[must_use]
    pub fn hub(&self, home: &Path) -> Program {
        Program::new(self.folder.join(file_name("posta-hub")))
            .with("--home")
            .with(home)
    }

    /// Returns the client's program on a home, with the passphrase in a file.
    #[must_use]
    pub fn posta(&self, home: &Path, passphrase: &Path) -> Program {
        let program = Program::new(self.folder.join(file_name("posta")));
        program
            .with("--home")
            .with(home)
            .with("--passphrase-file")
            .with(passphrase)
    }

    /// Returns the window's program, if it is built.
    #[must_use]
    pub fn window(&self) -> Option<PathBuf> {
        Some(self.folder.join(file_name("posta-desktop"))).filter(|it| it.is_file())
    }
}

fn file_name(program: &str) -> String {
    format!("{program}{}", std::env::consts::EXE_SUFFIX)
}

/// A program with the words that come first.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    words: Vec<std::ffi::OsString>,
    settings: Vec<(&'static str, &'static str)>,
}

impl Program {
    /// Names a program.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self {
            path,
            words: Vec::new(),
            settings: Vec::new(),
        }
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn set(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }

    /// Adds a word.
    #[must_use]
    pub fn with(mut self, word: impl AsRef<OsStr>) -> Self {
        self.words.push(word.as_ref().to_owned());
        self
    }

    /// Returns the program started by another, whose words are these.
    #[must_use]
    pub fn under(&self, other: &Path, words: &[std::ffi::OsString]) -> Self {
        let own = [self.path.clone().into_os_string()];
        Self {
            path: other.to_owned(),
            words: [words, &own, &self.words].concat(),
            settings: self.settings.clone(),
        }
    }

    /// Returns the program as a command, its log quiet.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.words)
            .args(words)
            .env("POSTA_LOG", "warn,quinn=error")
            .envs(self.settings.iter().copied());
        command
    }

    /// Starts it and does not wait.
    pub fn start(&self, words: &[&str]) -> Result<Running> {
        Running::start(self.command(words))
    }

    /// Runs it to its end, whatever that is.
    pub fn end(&self, words: &[&str]) -> Result<Ended> {
        self.start(words)?.wait()
    }

    /// Runs it; it must succeed. Returns what it printed.
    pub fn run(&self, words: &[&str]) -> Result<String> {
        let ended = self.end(words)?;
        ensure!(
            ended.success,
            "{} failed: {}",
            spell(words),
            ended.err.trim()
        );
        Ok(ended.out)
    }

    /// Runs it with `--json`; it must succeed. Returns the last thing it printed.
    pub fn json(&self, words: &[&str]) -> Result<Value> {
        let mut with_json = words.to_vec();
        with_json.push("--json");
        let out = self.run(&with_json)?;
        last_json(&out).with_context(|| format!("{} printed no JSON", spell(words)))
    }

    /// Runs it; it must refuse. Returns what it said.
    pub fn refusal(&self, words: &[&str]) -> Result<String> {
        let ended = self.end(words)?;
        ensure!(
            !ended.success,
            "{} was not refused: {}",
            spell(words),
            ended.out.trim()
        );
        ensure!(
            ended.code.is_some(),
            "{} was killed: {}",
            spell(words),
            ended.err.trim()
        );
        ensure!(
            !ended.err.contains("panicked"),
            "{} panicked: {}",
            spell(words),
            ended.err
        );
        Ok(ended.err)
    }

    /// Runs it with `--json`; it must refuse. Returns the refusal.
    pub fn refused(&self, words: &[&str]) -> Result<Value> {
        let mut with_json = words.to_vec();
        with_json.push("--json");
        let err = self.refusal(&with_json)?;
        last_json(&err).with_context(|| format!("{} refused without JSON: {err}", spell(words)))
    }
}

/// Returns the JSON of the last line that has one.
fn last_json(out: &str) -> Option<Value> {
    serde_json::from_str(out).ok().or_else(|| {
        out.lines()
            .rev()
            .find_map(|line| serde_json::from_str(line).ok())
    })
}

/// What was asked, for an error: never a note or a name, which may be among the words.
fn spell(words: &[&str]) -> String {
    words
        .iter()
        .take_while(|it| !it.starts_with("--"))
        .take(2)
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}
