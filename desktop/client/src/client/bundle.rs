//! Bundles: meeting the hub by a file on a stick.
//!
//! The file for the hub has what a session would have pushed. The file from the hub has what a session would have
//! brought: what is stored of this computer's log, the roster, the feeds. Reading one twice, late or out of order
//! changes nothing more.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use audit::SessionEvent;
use crypto::{OpenError, OpeningReader, SealingWriter};
use record::DeviceId;
use store::Commit;
use sync::ClientEffect;
use wire::{
    BundleError, BundleHeader, BundleReader, BundleWriteError, BundleWriter, CheckpointMark,
    FeedBatch, Hello, Message, Proven, Version, Welcome,
};

use super::Client;
use crate::driver::Carried;
use crate::host::random;
use crate::views::{BundleReport, CommandError, ErrorCode};

impl Client {
    /// Writes a file for the hub: what it has not confirmed of this computer's log.
    pub fn write_bundle(&mut self, path: &Path) -> Result<BundleReport, CommandError> {
        let recipient = self.driver.roster().hub.seal.ok_or_else(|| {
            CommandError::text(
                ErrorCode::HubRefused,
                "the hub has no key for bundles yet: meet it once, or read a bundle of it",
            )
        })?;
        self.note_bundle(SessionEvent::BundleWritten)?;
        whole(path, |output| {
            let sealed = SealingWriter::new(&[recipient], output).map_err(|why| failed(&why))?;
            let header = BundleHeader {
                version: Version::TWO,
                from: self.driver.identity().device,
                to: DeviceId::HUB,
                wall_ms: self.driver.host().now_ms(),
                id: random(self.driver.host()),
            };
            let mut bundle = BundleWriter::new(sealed, &header).map_err(|why| unwritten(&why))?;
            let report = self.fill(&mut bundle)?;
            bundle
                .finish(&self.driver.identity().log)
                .map_err(|why| unwritten(&why))?
                .finish()
                .and_then(|output| output.flush())
                .map_err(|why| failed(&why))?;
            Ok(report)
        })
    }

    fn fill(
        &mut self,
        bundle: &mut BundleWriter<impl Write>,
    ) -> Result<BundleReport, CommandError> {
        let standing = self.driver.standing()?;
        let (mut at, end) = (standing.stored_seq, standing.log.seq);
        bundle
            .add(&Message::Hello(Hello {
                versions: standing.versions,
                device: standing.device,
                logs: vec![standing.log],
                cursors: standing.cursors,
                roster_epoch: standing.roster_epoch,
                release: standing.release,
                checkpoint: standing
                    .checkpoint
                    .as_ref()
                    .map(|it| CheckpointMark::of(&it.note)),
                checkpoint_size: standing.checkpoint.as_ref().map(|it| it.size),
                packs: standing.packs,
            }))
            .map_err(|why| unwritten(&why))?;
        let mut report = BundleReport::default();
        while at < end {
            // In version 1: whole in itself. A stick may come before another, or after the hub was restored.
            let Some(segment) = self.driver.segment_after(at, Version::ONE)? else {
                break;
            };
            at = segment.last_seq();
            report.entries = report.entries.saturating_add(segment.count());
            bundle
                .add(&Message::Push(segment))
                .map_err(|why| unwritten(&why))?;
        }
        Ok(report)
    }

    /// Reads a file that the hub wrote for this computer.
    pub fn read_bundle(&mut self, path: &Path) -> Result<BundleReport, CommandError> {
        let proven = self.prove(path)?;
        let mut report = BundleReport::default();
        let opened = self.unsealed(path)?;
        let before = self.driver.store().stored()?;
        for message in proven.messages(opened).map_err(|why| refused(&why))? {
            let message = message.map_err(|why| refused(&why))?;
            self.take_in(message, &mut report)?;
        }
        let stored = self.driver.store().stored()?.saturating_sub(before);
        report.stored = u32::try_from(stored).unwrap_or(u32::MAX);
        self.note_bundle(SessionEvent::BundleRead)?;
        Ok(report)
    }

    fn take_in(&mut self, message: Message, report: &mut BundleReport) -> Result<(), CommandError> {
        match message {
            Message::Welcome(welcome) => self.take_welcome(welcome),
            Message::Feed(batch) => self.take_batch(batch, report),
            // What else a session says has no meaning here; what a later release adds is passed over.
            Message::Hello(_)
            | Message::Push(_)
            | Message::Stored(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Show(_)
            | Message::Repair(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Unknown { .. } => Ok(()),
        }
    }

    /// Takes up the roster, and what the hub has of the own log as far as it is our branch.
    fn take_welcome(&mut self, welcome: Welcome) -> Result<(), CommandError> {
        if let Some(roster) = welcome.roster {
            self.driver.carry_out(ClientEffect::TakeRoster(roster))?;
        }
        let own = self.driver.log_head()?;
        let stored = welcome
            .stored
            .into_iter()
            .find(|it| (it.device, it.epoch) == (own.device, own.epoch));
        let Some(stored) = stored else {
            return Ok(());
        };
        // Another chain at our place, or more than we have: this computer was restored or copied. Only a meeting
        // with the hub sorts that out, and until then nothing counts as stored.
        if self.driver.store().chain_at(stored.epoch, stored.seq)? != Some(stored.chain) {
            return Err(CommandError::new(ErrorCode::LogDiffers));
        }
        self.driver
            .carry_out(ClientEffect::NoteStored(stored))
            .map(drop)
    }

    /// Takes what of a batch was not taken yet.
    fn take_batch(
        &mut self,
        batch: FeedBatch,
        report: &mut BundleReport,
    ) -> Result<(), CommandError> {
        let cursors = self.driver.store().cursors()?;
        let held = cursors.iter().find(|it| it.scope == batch.scope());
        let at = match held {
            Some(held) if held.feed_epoch == batch.feed_epoch() => held.position,
            Some(held) if held.position > 0 => {
                return Err(CommandError::new(ErrorCode::LogDiffers));
            }
            Some(_) | None => 0,
        };
        if at >= batch.to() {
            return Ok(());
        }
        if at < batch.from() {
            return Err(CommandError::new(ErrorCode::BundleTooLate));
        }
        let Some(batch) = batch.after(at) else {
            return Ok(());
        };
        let taken = u32::try_from(batch.items().len()).unwrap_or(u32::MAX);
        match self.driver.carry_out(ClientEffect::Take(batch))? {
            Carried::Aborted(_) => Err(CommandError::new(ErrorCode::LogDiffers)),
            Carried::Done | Carried::Event(_) | Carried::Send(_) | Carried::Finished(_) => {
                report.taken = report.taken.saturating_add(taken);
                Ok(())
            }
        }
    }

    /// Checks that the hub wrote a bundle, for this computer, and that it is whole.
    fn prove(&self, path: &Path) -> Result<Proven, CommandError> {
        let reader = BundleReader::new(self.unsealed(path)?).map_err(|why| refused(&why))?;
        let BundleHeader { from, to, .. } = *reader.header();
        if from != DeviceId::HUB || to != self.driver.identity().device {
            return Err(CommandError::new(ErrorCode::BundleNotForUs));
        }
        reader
            .prove(&self.driver.roster().hub.history)
            .map_err(|why| refused(&why))
    }

    fn unsealed(&self, path: &Path) -> Result<OpeningReader<BufReader<File>>, CommandError> {
        let file = File::open(path).map_err(|why| failed(&why))?;
        let key = self
            .sealed_to
            .as_ref()
            .ok_or_else(|| CommandError::new(ErrorCode::BundleNotForUs))?;
        OpeningReader::new(key, BufReader::new(file)).map_err(|error| match error {
            OpenError::NotForThisKey => CommandError::new(ErrorCode::BundleNotForUs),
            OpenError::Damaged | _ => CommandError::new(ErrorCode::BundleDamaged),
        })
    }

    fn note_bundle(&mut self, event: SessionEvent) -> Result<(), CommandError> {
        let mut entries = self.begin()?;
        entries.push(self.driver.session_entry(event, self.person)?);
        self.commit(Commit {
            entries,
            ..Commit::default()
        })
    }
}

fn failed(why: &impl std::fmt::Display) -> CommandError {
    CommandError::text(ErrorCode::FileFailed, why.to_string())
}

fn unwritten(why: &BundleWriteError) -> CommandError {
    failed(why)
}

fn refused(why: &BundleError) -> CommandError {
    match why {
        BundleError::Io(why) => failed(why),
        BundleError::TooNew(_) => CommandError::new(ErrorCode::VersionUnknown),
        BundleError::BadSignature => CommandError::new(ErrorCode::HubNotOurs),
        BundleError::Damaged | BundleError::TooMany | BundleError::Changed | _ => {
            CommandError::text(ErrorCode::BundleDamaged, why.to_string())
        }
    }
}

/// Writes a file whole or not at all: under another name first, which is on the disk before it gets its own.
fn whole<T>(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    if path.exists() {
        return Err(CommandError::text(
            ErrorCode::FileFailed,
            "a file of that name is there already",
        ));
    }
    let part = part_of(path);
    let filled = fill_and_sync(&part, fill);
    if filled.is_err() {
        // What there is of it is of no use to anyone.
        fs::remove_file(&part).unwrap_or_default();
    }
    let result = filled?;
    fs::rename(&part, path).map_err(|why| failed(&why))?;
    Ok(result)
}

fn fill_and_sync<T>(
    part: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<T, CommandError>,
) -> Result<T, CommandError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).open(part);
    let mut output = BufWriter::new(file.map_err(|why| failed(&why))?);
    let result = fill(&mut output)?;
    output
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
        .and_then(|file| file.sync_all())
        .map_err(|why| failed(&why))?;
    Ok(result)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
