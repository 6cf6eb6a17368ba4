//! `cargo xtask crash`: the real programs are killed again and again under load, or their disk fails.

use std::process::Command;

use anyhow::Result;

use crate::run::{cargo, run, say, target};
use crate::setup;

/// What is built: the programs, and what kills them.
const BUILD: [&str; 8] = [
    "build",
    "--locked",
    "-p",
    "desktop-cli",
    "-p",
    "sync-server",
    "-p",
    "end-to-end",
];

/// Sets up what is missing and runs the crash test.
pub(crate) fn crash(arguments: &[String]) -> Result<()> {
    setup::packages(&[setup::BUILD, setup::FAULTS])?;
    say("\nBuilding (the first time takes several minutes on two cores)");
    run(cargo(&BUILD))?;
    let mut test = Command::new(target().join("debug/posta-crash"));
    test.args(arguments);
    run(test)
}
