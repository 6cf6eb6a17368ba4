//! `simulation`: a long run over many seeds, or one seed told line by line.

use std::io::Write as _;
use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use simulation::{Coverage, Simulator};

/// Runs clinics and a hub through bad weather, from seeds.
#[derive(Debug, Parser)]
struct Arguments {
    /// Which seeds, like 0..100000.
    #[arg(long, value_parser = range, default_value = "0..10000")]
    seeds: Range<u64>,
    /// Tell one seed line by line instead.
    #[arg(long)]
    trace: Option<u64>,
}

fn range(text: &str) -> Result<Range<u64>> {
    let (from, to) = text
        .split_once("..")
        .context("seeds are given like 0..1000")?;
    Ok(from.trim().parse()?..to.trim().parse()?)
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let simulator = Simulator::new()?;
    let mut out = std::io::stdout().lock();
    if let Some(seed) = arguments.trace {
        for line in simulator.trace(seed) {
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let mut failures = 0_u64;
    let mut coverage = Coverage::default();
    let total = arguments.seeds.end.saturating_sub(arguments.seeds.start);
    for (seed, done) in arguments.seeds.zip(1_u64..) {
        match simulator.run(seed) {
            Ok(report) => coverage.add(seed, &report),
            Err(failure) => {
                failures += 1;
                writeln!(out, "{failure}")?;
            }
        }
        if done % 1_000 == 0 || done == total {
            writeln!(out, "{done} of {total} seeds, {failures} failed")?;
        }
    }
    write!(out, "\n{coverage}")?;
    if failures > 0 {
        bail!("{failures} seeds failed; `--trace SEED` tells one line by line");
    }
    Ok(())
}
