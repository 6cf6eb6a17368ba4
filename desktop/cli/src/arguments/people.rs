//! `posta colleague` and `posta passphrase`, as they are typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum Colleague {
    /// List who works at this site, and who unlocks this computer.
    List,
    /// Let a colleague make keys here: they choose a passphrase, and the office compares six words and approves.
    /// Somebody who forgot theirs gets new keys so.
    Add(AddColleague),
}

#[derive(Args)]
pub(crate) struct AddColleague {
    /// Their number, as `posta colleague list` shows it.
    #[arg(value_name = "PERSON")]
    pub(crate) colleague: u32,
    /// Vouch for them, as this site's manager: they can work at once, and for 14 days until the office has confirmed it.
    #[arg(long)]
    pub(crate) vouch: bool,
    #[command(flatten)]
    pub(crate) new: NewPassphrase,
}

#[derive(Subcommand)]
pub(crate) enum Passphrase {
    /// Change yours.
    Change(NewPassphrase),
}

#[derive(Args)]
pub(crate) struct Recover {
    /// A file that the recovery key is in, as on its form.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: PathBuf,
    #[command(flatten)]
    pub(crate) new: NewPassphrase,
}

#[derive(Args)]
pub(crate) struct NewPassphrase {
    /// A file whose first line is the new passphrase; otherwise it is asked for, twice.
    #[arg(long, value_name = "FILE")]
    pub(crate) new_passphrase_file: Option<PathBuf>,
}
