//! `posta-hub bundle`: files on a stick for computers that no network reaches.

use std::fs;
use std::io::{self, Write};

use record::DeviceId;
use serde::Serialize;
use store::{open_whole, write_whole};

use crate::bundle::BundleFrom;
use crate::cli::answer::{Answer, Printer};
use crate::cli::arguments::BundleCommand;
use crate::cli::commands::CommandError;
use crate::hub::Hub;

/// A bundle was written.
#[derive(Serialize)]
struct Written {
    file: String,
    device: u32,
    positions: u64,
    bytes: u64,
}

impl Answer for Written {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            file,
            device,
            positions,
            bytes,
        } = self;
        writeln!(
            out,
            "{file}: {positions} changes for device {device}, {bytes} bytes, sealed to its people"
        )?;
        writeln!(
            out,
            "there: posta bundle read {file}; it is harmless to read it twice or late"
        )
    }
}

/// A bundle was read.
#[derive(Serialize)]
struct ReadIn {
    file: String,
    device: u32,
    entries: u64,
    fresh: u64,
}

impl Answer for ReadIn {
    fn write_lines(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self {
            file,
            device,
            entries,
            fresh,
        } = self;
        writeln!(
            out,
            "{file}: {entries} entries of device {device}, {fresh} of them new"
        )?;
        writeln!(
            out,
            "its receipt goes back with: posta-hub bundle write --device {device} FILE"
        )
    }
}

/// Does what was asked.
pub(crate) fn run(
    hub: &mut Hub,
    command: BundleCommand,
    out: &mut Printer<'_>,
) -> Result<(), CommandError> {
    match command {
        BundleCommand::Write {
            device,
            file,
            from_start,
        } => {
            let from = if from_start {
                BundleFrom::Start
            } else {
                BundleFrom::Known
            };
            let written = write_whole(&file, |output| {
                let written = hub.write_bundle(DeviceId(device), from, output);
                written.map_err(CommandError::from)
            })?;
            out.print(&Written {
                bytes: fs::metadata(&file)?.len(),
                file: file.display().to_string(),
                device,
                positions: written.positions,
            })?;
        }
        BundleCommand::Read { file } => {
            let read = hub.read_bundle(|| open_whole(&file))?;
            out.print(&ReadIn {
                file: file.display().to_string(),
                device: read.device.0,
                entries: read.entries,
                fresh: read.fresh,
            })?;
        }
    }
    Ok(())
}
