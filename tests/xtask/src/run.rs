//! Running programs: each command is shown, timed and must succeed.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// Prints a line for the person at the terminal.
#[expect(
    clippy::print_stdout,
    reason = "this program talks to a person at a terminal"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Returns the project's root: where cargo runs this program from, which a moved checkout changes.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_path_buf()
}

/// Returns the folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns a cargo command in the project's root, with the lock file held.
pub(crate) fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words).current_dir(root());
    command
}

/// Runs a command to its end, shown and timed.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let shown = spell(&command);
    say(&format!("\n$ {shown}"));
    let start = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("could not start: {shown}"))?;
    say(&format!("  ({:.0} s)", start.elapsed().as_secs_f64()));
    ensure!(status.success(), "{shown} ended with {status}");
    Ok(())
}

/// Runs a command and returns what it printed, or nothing if it failed or is not there.
pub(crate) fn answer(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(words)
        .current_dir(root())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn spell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words
        .map(|it| it.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}
