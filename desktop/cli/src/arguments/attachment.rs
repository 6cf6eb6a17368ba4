//! What can be typed about attachments.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Args)]
pub(crate) struct Attach {
    /// The chart, or the patient's number.
    pub(crate) chart: String,
    /// The file: at most 16 MB.
    pub(crate) file: PathBuf,
    /// What to call it, if not by the file's name.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// What it is, like image/jpeg, if the end of the file's name does not say.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Attachment {
    /// Write an attachment to a new file. That it was opened is in the log first; the file is not encrypted.
    Save {
        /// The chart, or the patient's number.
        chart: String,
        /// The attachment: its identifier from the list, or a title that no other has.
        attachment: String,
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Say how large attachments may be that come without being asked for.
    Limit {
        /// In kilobytes.
        kilobytes: u64,
    },
}
