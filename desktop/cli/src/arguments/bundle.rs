//! What can be typed after `posta bundle`.

use std::path::PathBuf;

use clap::Subcommand;

/// Meets the hub by a file on a stick.
#[derive(Debug, Subcommand)]
pub(crate) enum Bundle {
    /// Write a file for the hub: what it has not confirmed of this computer.
    Write {
        /// The file. It must not be there yet.
        file: PathBuf,
    },
    /// Read a file that the hub wrote for this computer. Reading it twice is harmless.
    Read {
        /// The file.
        file: PathBuf,
    },
}
