//! Runs the project: `cargo xtask demo`, `crash` and `test`, each setting up what is missing first.
//!
//! Everything a fresh Debian or Ubuntu machine with Rust and Node needs is installed from here (system
//! packages by apt, front-end packages by npm), so a green run proves the set-up too.

mod crash;
mod demo;
mod request;
mod run;
mod setup;
mod test;

use std::process::ExitCode;

use anyhow::Result;

use crate::request::Request;
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
    --fast          skips the window's journeys and the licence check
cargo xtask crash [--kills N] [--seed N] [--clinics N] | --failing N
    Kills the real programs 200 times on each end while they work: nothing acknowledged may be lost.
    --kills N       how many commands of clinics are killed, and as many times the hub
    --seed N        decides what is done and killed
    --clinics N     how many clinics work at the same time
    --failing N     has the disk fail instead, at N calls of each command; 0 for each single call
cargo xtask help
    Says this.";

/// What a program ends with that was asked for what it does not know.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match Request::parse(&arguments) {
        Ok(request) => carry_out(&request),
        Err(unknown) => {
            say(&format!("{unknown}\n\n{HELP}"));
            return ExitCode::from(MISUSED);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("\nfailed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn carry_out(request: &Request) -> Result<()> {
    match request {
        Request::Demo { words, headless } => demo::demo(words, *headless),
        Request::Crash { words } => crash::crash(words),
        Request::Test { fast } => test::test(*fast),
        Request::Help => {
            say(HELP);
            Ok(())
        }
    }
}
