//! `posta settings`, as it is typed.

use clap::{Args, Subcommand, ValueEnum};

use super::cap::Cap;

#[derive(Subcommand)]
pub(crate) enum Settings {
    /// What syncing may take of this computer's link.
    Link(SetLink),
}

#[derive(Clone, Copy, Args)]
pub(crate) struct SetLink {
    /// No more than so much in each direction: 64kbit/s, 2Mbit/s, or none.
    #[arg(long, value_name = "RATE")]
    pub(crate) limit: Option<Cap>,
    /// Whether every byte costs money: by itself, only urgent entries and what is written here then go over the link;
    /// the rest waits for `posta sync --once` or another link.
    #[arg(long)]
    pub(crate) metered: Option<MeteredChoice>,
}

/// Whether every byte costs money.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MeteredChoice {
    Yes,
    No,
    Auto,
}
