//! Runs the project: `cargo xtask demo` and `cargo xtask test`, each setting up what is missing first.
//!
//! Everything a fresh Debian or Ubuntu machine with Rust and Node needs is installed from here (system
//! packages by apt, front-end packages by npm), so a green run proves the set-up too.

mod demo;
mod run;
mod setup;
mod test;

use std::process::ExitCode;

use anyhow::Result;

use crate::run::say;

const HELP: &str = "\
cargo xtask demo [--headless] [--records PATH] [--keep DIR] [--people N]
    Sets up what is missing and runs the main job on loopback: two clinics, one hub, one truth.
    --headless      never opens the window
    --records PATH  uses FHIR Bundles (a file, a folder or a .tar.zst) instead of generated people
    --keep DIR      leaves everything in DIR to explore
    --people N      how many people to generate
cargo xtask test [--fast]
    Sets up what is missing and runs every check and test there is.
    --fast          skips the window's journeys and the licence check";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("\nfailed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    match arguments.split_first() {
        Some((task, rest)) if task == "demo" => demo::demo(rest),
        Some((task, rest)) if task == "test" => test::test(rest),
        Some(_) | None => {
            say(HELP);
            Ok(())
        }
    }
}
