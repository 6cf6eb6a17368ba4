//! Bundles: what a session would have said, for a computer that no network reaches.
//!
//! A bundle for a device has the roster, what the hub has stored of the device's logs, and the feeds from where the
//! device was last known to be. A bundle from a device has what a session would have pushed. Reading one twice, late or
//! out of order changes nothing more: entries are known by their place, and feeds follow on cursors.

use std::io::{self, Read, Write};

use audit::SessionEvent;
use crypto::{BoxPublicKey, OpenError, OpeningReader, SealError, SealingWriter};
use record::DeviceId;
use store::{HubCommit, StoreError};
use sync::{Holds, IngestRefusal, PeerStanding};
use wire::limits::FEED_READ_BYTES;
use wire::{
    BundleError, BundleHeader, BundleReader, BundleWriteError, BundleWriter, Cursor, FeedDigest,
    Hello, Message, Proven, Segment, Version, Welcome,
};

use crate::admin::AdminError;
use crate::hub::Hub;
use crate::materialise::STEP;
use crate::pen::Subject;
use crate::world::{WorldRng, random};

/// From where a bundle's feeds begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BundleFrom {
    /// From where the device was last known to be.
    Known,
    /// From the beginning: for a device that has nothing yet, or whose last bundle was lost.
    Start,
}

/// What a bundle holds that was written for a device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleWritten {
    /// Positions of feeds.
    pub positions: u64,
    /// Entries of the device that the hub confirms.
    pub stored: u64,
}

/// What a bundle held that a device wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRead {
    /// Which device.
    pub device: DeviceId,
    /// Entries in it.
    pub entries: u64,
    /// Entries of it that were not stored before.
    pub fresh: u64,
}

/// Why a bundle was not written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleFault {
    /// Look at `device list`.
    #[error("there is no active device {}: see `posta-hub device list`", .0.0)]
    NoDevice(DeviceId),
    /// Approve a person at the device first.
    #[error("nobody at device {} has a key that a bundle could be sealed to", .0.0)]
    Nobody(DeviceId),
    /// Bring it to where it belongs.
    #[error("this bundle is for {}, not for the hub: bring it there", named(*.0))]
    NotForUs(DeviceId),
    /// Write it again.
    #[error(
        "this file is not a bundle for this hub, it was sealed to another key: bring it to where it belongs"
    )]
    OtherKey,
    /// Look at the disk or the stick.
    #[error("the file could not be read or written: {0}")]
    Io(#[from] io::Error),
    /// See what it says.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// See what it says.
    #[error(transparent)]
    Write(#[from] BundleWriteError),
    /// See what it says.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Read the bundle before it; if there is none, tell the device what the hub has.
    #[error(
        "the bundle begins with entry {seq} of device {}, and the hub has {stored}: read the one before it first; if there is none, write a bundle for the device, and have it write another when it has read that",
        device.0
    )]
    Gap {
        /// Whose.
        device: DeviceId,
        /// The first entry of the run.
        seq: u64,
        /// The last entry that is stored.
        stored: u64,
    },
    /// Nothing that came before it is lost; have the device write another.
    #[error("entry {seq} of the bundle was not stored: {why}; what came before it was")]
    Ingest {
        /// The first entry of the run.
        seq: u64,
        /// Why.
        why: IngestRefusal,
    },
    /// See what it says.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// See what the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn named(device: DeviceId) -> String {
    if device == DeviceId::HUB {
        "the hub".to_owned()
    } else {
        format!("device {}", device.0)
    }
}

impl Hub {
    /// Gives the hub a key that bundles for it are sealed to, if an earlier release left it without.
    pub fn ensure_seal_key(&mut self) -> Result<(), AdminError> {
        if self.keys.seal.is_some() && self.roster.hub.seal.is_some() {
            return Ok(());
        }
        let mut keys = self.keys.clone();
        let key = crypto::BoxKey::generate(&mut WorldRng(self.world.as_ref()));
        let public = keys.seal.get_or_insert(key).public();
        self.keep_keys(keys)?;
        self.change_roster(
            |roster| {
                roster.hub.seal = Some(public);
                Ok(crate::admin::Changed {
                    result: (),
                    event: SessionEvent::RosterSigned,
                    subject: Subject::default(),
                })
            },
            |()| HubCommit::default(),
        )
    }

    /// Writes a bundle for a device.
    pub fn write_bundle(
        &mut self,
        device: DeviceId,
        from: BundleFrom,
        output: impl Write,
    ) -> Result<BundleWritten, BundleFault> {
        self.ensure_seal_key()?;
        let peer = self.peer_of(device).ok_or(BundleFault::NoDevice(device))?;
        while self.materialise(STEP)?.entries > 0 {}
        let written = self.entry(SessionEvent::BundleWritten, about(device));
        self.note(vec![written])?;
        self.sign_checkpoint()?;
        let sealed = SealingWriter::new(&self.readers(device)?, output)?;
        let header = BundleHeader {
            version: Version::TWO,
            from: DeviceId::HUB,
            to: device,
            wall_ms: self.world.now_ms(),
            id: random(self.world.as_ref()),
        };
        let mut bundle = BundleWriter::new(sealed, &header)?;
        let summary = self.fill(&peer, from, &mut bundle)?;
        bundle.finish(&self.keys.history)?.finish()?.flush()?;
        Ok(summary)
    }

    fn fill(
        &mut self,
        peer: &PeerStanding,
        from: BundleFrom,
        bundle: &mut BundleWriter<impl Write>,
    ) -> Result<BundleWritten, BundleFault> {
        let stored = self.store.log_heads(peer.device)?;
        let feeds = self.feed_heads(&peer.scopes)?;
        let mut summary = BundleWritten {
            positions: 0,
            stored: stored.iter().map(|it| it.seq).sum(),
        };
        bundle.add(&Message::Welcome(Welcome {
            version: Version::TWO,
            stored,
            feeds: feeds.clone(),
            roster: Some(self.signed.clone()),
            time_ms: self.world.now_ms(),
            checkpoint: self.store.checkpoint()?,
            repair: Vec::new(),
            takes_early: false,
            files_told: 0,
        }))?;
        for head in feeds {
            let mut at = match from {
                BundleFrom::Known => self.known(peer.device, &head)?,
                BundleFrom::Start => 0,
            };
            while at < head.position {
                // Whoever was put back from an older copy lacks even what it wrote, and nobody can ask it here.
                let reader = (peer.device, &Holds::up_to(&[]));
                let batch = self.read_feed(reader, head.scope, at, FEED_READ_BYTES)?;
                let Some(batch) = batch else { break };
                summary.positions = summary
                    .positions
                    .saturating_add(batch.to().saturating_sub(at));
                at = batch.to();
                bundle.add(&Message::Feed(self.seal(batch.in_brief())?))?;
            }
        }
        Ok(summary)
    }

    /// Returns how far a device is known to have taken a feed; zero if it is not this feed.
    fn known(&self, device: DeviceId, head: &Cursor) -> Result<u64, StoreError> {
        let taken = self.store.taken(device)?;
        let cursor = taken
            .iter()
            .find(|it| it.scope == head.scope && it.feed_epoch == head.feed_epoch);
        let Some(cursor) = cursor else { return Ok(0) };
        let ours = self.store.feed_digest_at(head.scope, cursor.position)?;
        Ok(if ours == Some(cursor.digest) {
            cursor.position
        } else {
            0
        })
    }

    /// Returns the keys of the people who can open a bundle at a device.
    fn readers(&self, device: DeviceId) -> Result<Vec<BoxPublicKey>, BundleFault> {
        let openers = self.roster.openers(device).into_iter();
        let readers: Vec<BoxPublicKey> = openers.map(|it| it.seal).collect();
        if readers.is_empty() {
            return Err(BundleFault::Nobody(device));
        }
        Ok(readers)
    }

    /// Reads a bundle that a device wrote. It is opened twice: to be proven, and then for what is in it.
    pub fn read_bundle<R: Read>(
        &mut self,
        mut open: impl FnMut() -> io::Result<R>,
    ) -> Result<BundleRead, BundleFault> {
        self.refresh()?;
        let proven = self.prove(&mut open)?;
        let device = proven.header().from;
        let mut summary = BundleRead {
            device,
            entries: 0,
            fresh: 0,
        };
        for message in proven.messages(self.unsealed(open()?)?)? {
            self.take_in(device, message?, &mut summary)?;
        }
        let read = self.entry(SessionEvent::BundleRead, about(device));
        self.note(vec![read])?;
        while self.materialise(STEP)?.entries > 0 {}
        self.sign_checkpoint()?;
        Ok(summary)
    }

    /// Checks who wrote a bundle and that it is whole.
    fn prove<R: Read>(
        &mut self,
        open: &mut impl FnMut() -> io::Result<R>,
    ) -> Result<Proven, BundleFault> {
        let reader = BundleReader::new(self.unsealed(open()?)?)?;
        let BundleHeader { from, to, .. } = *reader.header();
        if to != DeviceId::HUB {
            return Err(BundleFault::NotForUs(to));
        }
        if self.roster.device(from).is_none()
            && let Some(show) = BundleReader::new(self.unsealed(open()?)?)?.shown()?
        {
            // Perhaps this hub was put back from before the device was enrolled.
            self.take_shown(&show)?;
        }
        let device = self.roster.device(from).filter(|it| it.is_active());
        let key = device.ok_or(BundleFault::NoDevice(from))?.log;
        Ok(reader.prove(&key)?)
    }

    fn unsealed<R: Read>(&self, sealed: R) -> Result<OpeningReader<R>, BundleFault> {
        let key = self.keys.seal.as_ref().ok_or(BundleFault::OtherKey)?;
        OpeningReader::new(key, sealed).map_err(|error| match error {
            OpenError::NotForThisKey => BundleFault::OtherKey,
            OpenError::Damaged | _ => BundleError::Damaged.into(),
        })
    }

    fn take_in(
        &mut self,
        device: DeviceId,
        message: Message,
        summary: &mut BundleRead,
    ) -> Result<(), BundleFault> {
        match message {
            Message::Hello(Hello { cursors, .. }) => {
                let scopes = self.peer_of(device).map(|it| it.scopes).unwrap_or_default();
                for cursor in cursors.iter().filter(|it| scopes.contains(&it.scope)) {
                    self.note_known(device, cursor)?;
                }
                Ok(())
            }
            // What the device saw of the history: a hub that was put back from an older copy learns so by it.
            Message::Show(show) => Ok(self.take_shown(&show)?),
            Message::Push(segment) => self.take_segment(device, &segment, summary),
            // What else a session says has no meaning here; what a later release adds is passed over.
            Message::Welcome(_)
            | Message::Stored(_)
            | Message::Feed(_)
            | Message::Taken(_)
            | Message::Done(_)
            | Message::Refused(_)
            | Message::Enrol(_)
            | Message::Enrolling(_)
            | Message::Repair(_)
            | Message::Return(_)
            | Message::Meet(_)
            | Message::Declined(_)
            | Message::Early(_)
            | Message::Wait(_)
            | Message::Pack(_)
            | Message::Fetch(_)
            | Message::Fetched(_)
            | Message::Want(_)
            | Message::Blob(_)
            | Message::Probe(_)
            | Message::Probed(_)
            | Message::Unknown { .. } => Ok(()),
        }
    }

    fn take_segment(
        &mut self,
        device: DeviceId,
        segment: &Segment,
        summary: &mut BundleRead,
    ) -> Result<(), BundleFault> {
        let (seq, epoch) = (segment.first_seq(), segment.before().epoch);
        let stored = self.store.log_head(device, epoch)?.seq;
        match self.ingest(device, segment) {
            Ok(after) => {
                let fresh = after.seq.saturating_sub(stored);
                summary.entries = summary.entries.saturating_add(segment.count().into());
                summary.fresh = summary
                    .fresh
                    .saturating_add(fresh.min(segment.count().into()));
                Ok(())
            }
            Err(IngestRefusal::Gap) => Err(BundleFault::Gap {
                device,
                seq,
                stored,
            }),
            Err(why) => Err(BundleFault::Ingest { seq, why }),
        }
    }

    /// Notes how far a device says that it has taken a feed; if that is no place of the feed, it needs all of it.
    fn note_known(&mut self, device: DeviceId, cursor: &Cursor) -> Result<(), StoreError> {
        let feed_epoch = self.store.feed_epoch()?;
        let digest = self.store.feed_digest_at(cursor.scope, cursor.position)?;
        let fits = feed_epoch == cursor.feed_epoch && digest == Some(cursor.digest.0);
        let beginning = Cursor {
            feed_epoch,
            position: 0,
            digest: FeedDigest::EMPTY,
            ..*cursor
        };
        self.note_taken(device, if fits { cursor } else { &beginning })
    }

    fn peer_of(&self, device: DeviceId) -> Option<PeerStanding> {
        let listed = self.roster.device(device)?;
        self.peer(&listed.tls).ok()
    }
}

fn about(device: DeviceId) -> Subject {
    Subject {
        device: Some(device),
        ..Subject::default()
    }
}

#[cfg(test)]
mod tests;
