//! The figures that README quotes: bytes, round trips, times, sizes and memory, at several numbers of charts.
//!
//! `cargo run --release -p bench` prints the table. Each phase runs in a process of its own, so that its
//! peak memory is its own. Bytes and round trips are exact; times hold for the machine that ran them.

#![expect(
    clippy::indexing_slicing,
    reason = "figures are looked up in JSON; a missing one is null and shows as such"
)]

mod desk;
mod fleet;
mod hub;
mod parts;
mod peers;
mod phase;
mod samples;
mod table;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};

/// Measures Posta.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many charts to hold, one table column each.
    #[arg(long, value_delimiter = ',', default_value = "2000,20000")]
    charts: Vec<u32>,
    /// The seed of the generated people.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many visits a chart has at most, so that very many charts can be measured.
    #[arg(long)]
    visits: Option<usize>,
    /// One phase, in a process of its own; the bench calls this itself.
    #[command(subcommand)]
    phase: Option<Phase>,
}

/// What one process measures.
#[derive(Debug, Subcommand)]
enum Phase {
    /// Imports a folder of FHIR Bundles.
    Import { home: PathBuf, files: PathBuf },
    /// Meets the hub once.
    Sync { home: PathBuf },
    /// Lets a replica lose its cursors; what it holds stays.
    Lose { home: PathBuf },
    /// Opens the replica, finds patients, opens charts.
    Look { home: PathBuf, held: Held },
    /// Writes one visit.
    Visit { home: PathBuf, held: Held },
    /// Writes a day: 60 visits, 10 registrations, 30 corrections.
    Day {
        home: PathBuf,
        held: Held,
        json: PathBuf,
    },
    /// Writes what the wire's dictionary is trained on into a folder: each edit of many days of another seed's people.
    Samples { held: Held, folder: PathBuf },
    /// Takes a day's and a visit's messages apart, with the hub and the clinic in this process.
    Parts { held: Held },
    /// What a process of the hub carries; in the current folder, for the disk matters.
    Hub {
        /// How many devices are connected at once.
        #[arg(long, default_value_t = 500)]
        devices: u32,
        /// How long the feeds are that are read, shortest first.
        #[arg(long, value_delimiter = ',', default_value = "10000,10000000")]
        feeds: Vec<u64>,
    },
    /// One step of the comparison with other systems; `peers/compare.mjs` calls this itself.
    Peers {
        #[command(subcommand)]
        step: peers::Step,
    },
}

/// The generated people whose charts a site holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    seed: u64,
    charts: u32,
}

impl std::fmt::Display for Held {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.seed, self.charts)
    }
}

impl std::str::FromStr for Held {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (seed, charts) = text.split_once(':').context("SEED:CHARTS is needed")?;
        Ok(Self {
            seed: seed.parse()?,
            charts: charts.parse()?,
        })
    }
}

#[expect(clippy::print_stdout, reason = "the table is this program's product")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.phase {
        Some(phase) => println!("{}", phase::measure(&phase)?),
        None => {
            fleet::needs_xz()?;
            let columns = arguments
                .charts
                .iter()
                .map(|&charts| {
                    let seed = arguments.seed;
                    fleet::column(Held { seed, charts }, arguments.visits)
                })
                .collect::<Result<Vec<_>>>()?;
            println!("{}", table::render(&columns));
        }
    }
    Ok(())
}
