//! `posta-demo`: the story with the real programs, told to the person at the terminal.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser;
use end_to_end::narrator::{Narrator as _, Terminal};
use end_to_end::story::{self, Options};
use harness::programs::Programs;

/// Two clinics, one hub, one truth: the main job with the real programs on this computer.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many people to generate.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(4..=20_000))]
    people: u32,
    /// FHIR records to import instead of generated people: a file, a folder or a .tar.zst.
    #[arg(long, value_name = "PATH")]
    records: Option<PathBuf>,
    /// Leave everything in this folder, which must be new or empty.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Never open the window.
    #[arg(long)]
    headless: bool,
}

fn main() -> ExitCode {
    let mut narrator = Terminal::default();
    match tell(Arguments::parse(), &mut narrator) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            narrator.end();
            narrator.say(&format!("\n   demo: failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn tell(arguments: Arguments, narrator: &mut Terminal) -> Result<()> {
    let programs = Programs::here()?;
    let window = programs.window().filter(|_| !arguments.headless);
    let options = Options {
        people: arguments.people,
        records: arguments.records,
        keep: arguments.keep,
    };
    let told = story::run(&programs, &options, narrator)?;
    told.explain(narrator);
    if window.is_some() {
        narrator.say(&format!(
            "{} is opening its window; unlock it with: {}",
            told.clinic().name,
            told.passphrase()?
        ));
    }
    narrator.say("\n   demo: ok");
    if let Some(window) = window {
        // The hub goes on serving behind it until the window is closed.
        let home = &told.clinic().home;
        Command::new(window)
            .arg("--home")
            .arg(home)
            .status()
            .context("opening the window")?;
    }
    Ok(())
}
