//! Bundles: meeting the hub by a file on a stick.
//!
//! The file for the hub has what a session would have pushed. The file from the hub has what a session would have
//! brought: what is stored of this computer's log, the roster, the feeds. Reading one twice, late or out of order
//! changes nothing more.

mod take;

use std::io::{self, Read, Write};
use std::path::Path;

use audit::SessionEvent;
use crypto::{BoxKey, OpenError, OpeningReader, SealError, SealingWriter};
use record::DeviceId;
use store::{Commit, WholeFileError, open_whole, write_whole};
use wire::limits::SEGMENT_READ_BYTES;
use wire::{
    BundleError, BundleHeader, BundleReader, BundleWriteError, BundleWriter, CheckpointMark, Hello,
    Message, Proven, Show, Version,
};

use super::Client;
use crate::host::random;
use crate::views::{BundleReport, CommandError, ErrorCode};

impl Client {
    /// Takes the key that opens what is sealed to the person here, where no unlocking brings it.
    #[must_use]
    pub fn opening_with(mut self, key: BoxKey) -> Self {
        self.sealed_to = Some(key);
        self
    }

    /// Writes a file for the hub: what it has not confirmed of this computer's log.
    pub fn write_bundle(&mut self, path: &Path) -> Result<BundleReport, CommandError> {
        write_whole(path, |output| self.write_bundle_to(output))
    }

    /// Writes a bundle for the hub.
    pub fn write_bundle_to(&mut self, output: impl Write) -> Result<BundleReport, CommandError> {
        let recipient = self.driver.roster().hub.seal.ok_or_else(|| {
            CommandError::text(
                ErrorCode::HubRefused,
                "the hub has no key for bundles yet: meet it once, or read a bundle of it",
            )
        })?;
        let standing = self.driver.standing()?;
        if standing.restored || standing.removed > standing.stored.seq {
            let text = "this computer or the hub was put back from an older copy: meet the hub over a network once, then write the file";
            return Err(CommandError::text(ErrorCode::LogDiffers, text));
        }
        self.note_bundle(SessionEvent::BundleWritten)?;
        let sealed = SealingWriter::new(&[recipient], output)?;
        let header = BundleHeader {
            version: Version::TWO,
            from: self.driver.identity().device,
            to: DeviceId::HUB,
            wall_ms: self.driver.host().now_ms(),
            id: random(self.driver.host()),
        };
        let mut bundle = BundleWriter::new(sealed, &header)?;
        let report = self.fill(&mut bundle)?;
        let sealed = bundle.finish(&self.driver.identity().log)?;
        let output = sealed.finish();
        output
            .and_then(|mut output| output.flush())
            .map_err(|why| failed(&why))?;
        Ok(report)
    }

    fn fill(&self, bundle: &mut BundleWriter<impl Write>) -> Result<BundleReport, CommandError> {
        let standing = self.driver.standing()?;
        let (mut at, end) = (standing.stored.seq, standing.log.seq);
        // All of it goes with it.
        let logs = standing.named_logs(standing.log);
        let held = standing.checkpoint;
        bundle.add(&Message::Hello(Hello {
            versions: standing.versions,
            device: standing.device,
            logs,
            cursors: standing.cursors,
            roster_epoch: standing.roster_epoch,
            release: standing.release,
            checkpoint: held.as_ref().map(|it| CheckpointMark::of(&it.note)),
            checkpoint_size: held.as_ref().map(|it| it.size),
            packs: standing.packs,
            feeds_wait: false,
        }))?;
        // The hub cannot ask for it: a hub that was put back finds out by it.
        bundle.add(&Message::Show(Show {
            checkpoint: held.map(|it| it.note),
            roster: Some(self.driver.signed_roster()?),
        }))?;
        let mut report = BundleReport::default();
        while at < end {
            // In version 1: whole in itself. In version 2 it would refer to what the hub has, and a bundle may be read
            // after another one, or by a hub that was put back.
            let Some(segment) = self
                .driver
                .segment_after(at, Version::ONE, SEGMENT_READ_BYTES)?
            else {
                break;
            };
            at = segment.last_seq();
            report.entries = report.entries.saturating_add(segment.count());
            bundle.add(&Message::Push(segment))?;
        }
        Ok(report)
    }

    /// Reads a file that the hub wrote for this computer.
    pub fn read_bundle(&mut self, path: &Path) -> Result<BundleReport, CommandError> {
        self.read_bundle_from(|| open_whole(path))
    }

    /// Reads a bundle of the hub. It is opened twice: to be proven, and then for what is in it.
    pub fn read_bundle_from<R: Read>(
        &mut self,
        mut open: impl FnMut() -> io::Result<R>,
    ) -> Result<BundleReport, CommandError> {
        let proven = self.prove(&mut open)?;
        let opened = self.unsealed(&mut open)?;
        let report = self.take_all(proven.messages(opened)?)?;
        self.note_bundle(SessionEvent::BundleRead)?;
        self.follow_roster()?;
        Ok(report)
    }

    /// Checks that the hub wrote a bundle, for this computer, and that it is whole.
    fn prove<R: Read>(
        &self,
        open: &mut impl FnMut() -> io::Result<R>,
    ) -> Result<Proven, CommandError> {
        let reader = BundleReader::new(self.unsealed(open)?)?;
        let BundleHeader { from, to, .. } = *reader.header();
        if from != DeviceId::HUB || to != self.driver.identity().device {
            let text = format!(
                "it is from device {} for device {}; the hub is 0",
                from.0, to.0
            );
            return Err(CommandError::text(ErrorCode::BundleNotForUs, text));
        }
        Ok(reader.prove(&self.driver.roster().hub.history)?)
    }

    fn unsealed<R: Read>(
        &self,
        open: &mut impl FnMut() -> io::Result<R>,
    ) -> Result<OpeningReader<R>, CommandError> {
        let sealed = open().map_err(|why| failed(&why))?;
        let key = self
            .sealed_to
            .as_ref()
            .ok_or_else(|| CommandError::new(ErrorCode::BundleNotForUs))?;
        OpeningReader::new(key, sealed).map_err(|error| match error {
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

impl From<WholeFileError> for CommandError {
    fn from(error: WholeFileError) -> Self {
        let code = match &error {
            WholeFileError::Full(_) => ErrorCode::DiskFull,
            WholeFileError::Exists(_) | WholeFileError::Io { .. } | _ => ErrorCode::FileFailed,
        };
        Self::text(code, error.to_string())
    }
}

impl From<SealError> for CommandError {
    fn from(error: SealError) -> Self {
        failed(&error)
    }
}

impl From<BundleWriteError> for CommandError {
    fn from(error: BundleWriteError) -> Self {
        failed(&error)
    }
}

impl From<BundleError> for CommandError {
    fn from(error: BundleError) -> Self {
        let code = match &error {
            BundleError::Io(_) => ErrorCode::FileFailed,
            BundleError::TooNew(_) | BundleError::NewerFormat => ErrorCode::VersionUnknown,
            BundleError::BadSignature => ErrorCode::BundleNotForUs,
            BundleError::Damaged | BundleError::TooMany | BundleError::Changed | _ => {
                ErrorCode::BundleDamaged
            }
        };
        Self::text(code, error.to_string())
    }
}

#[cfg(test)]
mod tests;
