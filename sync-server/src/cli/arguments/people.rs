//! `posta-hub person` and `posta-hub recovery`, as they are typed.

use std::path::PathBuf;

use clap::Subcommand;
use roster::Role;

use super::role;

/// Manages people.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a person.
    Add {
        /// Their name.
        name: String,
        /// What they do: registrar, nurse, clinician, coder, him-officer, privacy-officer, analyst,
        /// site-manager or administrator.
        #[arg(long, value_parser = role)]
        role: Role,
        /// The number of the site where they work. May be given several times.
        #[arg(long = "site", value_name = "ID", required = true)]
        sites: Vec<u32>,
    },
    /// List the people, and those who wait to unlock a computer.
    List,
    /// Approve that a person unlocks a computer, after comparing the six words that it showed.
    Approve {
        /// The number of the request that `person list` shows.
        id: u64,
        /// The six words that the computer shows. Without them, the hub's are shown and you are asked.
        #[arg(long)]
        words: Option<String>,
    },
    /// Decline it: if a manager of the site vouched for them, that counts no more.
    Decline {
        /// The number of the request that `person list` shows.
        id: u64,
    },
    /// Take a person off a computer: at its next sync it shuts them out and gives its database a new key.
    TakeOff {
        /// Their number.
        person: u32,
        /// The computer's number.
        #[arg(long, value_name = "ID")]
        device: u32,
    },
    /// Note that a person works here no more: every computer shuts them out at its next sync.
    Left {
        /// Their number.
        person: u32,
    },
}

/// Looks after the recovery keys.
#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryCommand {
    /// Make new recovery keys: after one was used or lost, or where a hub of an earlier release has none.
    Renew {
        /// Where their forms are written; by default the folder `custody` in the hub's home.
        #[arg(long, value_name = "DIR")]
        custody: Option<PathBuf>,
    },
}
