//! `posta-crash`: the real programs are killed again and again while they work, and must lose nothing.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Parser;
use end_to_end::crash::{self, Plan};
use end_to_end::faults;
use end_to_end::narrator::{Narrator as _, Terminal};
use harness::programs::Programs;

/// Kills the real programs at random moments under load: nothing acknowledged is lost, every start succeeds.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many commands of clinics are killed, and as many times the hub.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// What decides what is done and killed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many clinics work at the same time.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    clinics: u8,
    /// Instead of killing, have the disk fail at so many calls of each command; 0 for each single call.
    #[arg(long, value_name = "N")]
    failing: Option<usize>,
}

fn main() -> ExitCode {
    let mut narrator = Terminal::default();
    let arguments = Arguments::parse();
    let done = match arguments.failing {
        Some(calls) => fail(calls, &mut narrator),
        None => kill(&arguments, &mut narrator),
    };
    match done {
        Ok(()) => {
            narrator.say("\n   crash: ok");
            ExitCode::SUCCESS
        }
        Err(error) => {
            narrator.end();
            narrator.say(&format!("\n   crash: failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn kill(arguments: &Arguments, narrator: &mut Terminal) -> Result<()> {
    let Arguments {
        kills,
        seed,
        clinics,
        failing: _,
    } = *arguments;
    let clinics = usize::from(clinics);
    let start = Instant::now();
    let report = crash::run(
        &Programs::here()?,
        Plan {
            seed,
            kills,
            clinics,
        },
        narrator,
    )?;
    narrator.say(&format!(
        "clinics killed {} times, the hub {} times; {} meetings broke off",
        report.clinic_kills, report.hub_kills, report.broken_meetings
    ));
    narrator.say(&format!(
        "{} acknowledged writes are everywhere; of {} that were killed {} were done",
        report.acknowledged, report.unknown, report.done_though_killed
    ));
    narrator.say(&format!(
        "{} charts, {} entries, everything verifies, all replicas are the same ({:.0} s)",
        report.charts,
        report.entries,
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

fn fail(calls: usize, narrator: &mut Terminal) -> Result<()> {
    let start = Instant::now();
    let calls = (calls > 0).then_some(calls);
    let few = false;
    let report = faults::run(&Programs::here()?, faults::Plan { calls, few }, narrator)?;
    let report =
        report.context("nothing can be traced here: `strace` is missing or may not trace")?;
    narrator.say(&format!(
        "{} trials of {} commands; in {} the command ended well all the same ({:.0} s)",
        report.trials,
        report.commands,
        report.ended_well,
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}
