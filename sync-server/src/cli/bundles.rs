//! `posta-hub bundle`: files on a stick for computers that no network reaches.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use record::DeviceId;
use serde::Serialize;

use crate::bundle::{BundleFault, BundleFrom};
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
            let written = whole(&file, |output| {
                hub.write_bundle(DeviceId(device), from, output)
            })?;
            out.print(&Written {
                bytes: fs::metadata(&file)?.len(),
                file: file.display().to_string(),
                device,
                positions: written.positions,
            })?;
        }
        BundleCommand::Read { file } => {
            let read = hub.read_bundle(|| Ok(BufReader::new(File::open(&file)?)))?;
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

/// Writes a file whole or not at all: under another name first, which is on the disk before it gets its own.
fn whole<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, BundleFault>,
) -> Result<T, CommandError> {
    if path.exists() {
        return Err(CommandError::Exists(path.display().to_string()));
    }
    let part = part_of(path);
    let filled = fill_and_sync(&part, fill);
    if filled.is_err() {
        // What there is of it is of no use to anyone.
        fs::remove_file(&part).unwrap_or_default();
    }
    let result = filled?;
    fs::rename(&part, path)?;
    Ok(result)
}

fn fill_and_sync<T>(
    part: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, BundleFault>,
) -> Result<T, CommandError> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(part)?;
    let mut output = BufWriter::new(file);
    let result = fill(&mut output)?;
    let file = output
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(result)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
