//! Carrying out what a session decides, one effect after another, each in one transaction.

use audit::{Checkpoint, LogHead};
use record::ScopeId;
use roster::SignedRoster;
use sync::{AbortReason, ClientEffect, ClientEvent, ClientStanding, Summary};
use wire::limits::SEGMENT_READ_BYTES;
use wire::{CheckpointMark, Cursor, FeedDigest, Message, Segment};

use super::{RELEASE, ReplicaDriver};
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// What came of an effect.
#[derive(Debug, PartialEq)]
pub enum Carried {
    /// It is done, and the session need not hear of it.
    Done,
    /// It is done, and the session must hear this.
    Event(ClientEvent),
    /// Whoever has the link sends this.
    Send(Message),
    /// The session has nothing more to do.
    Finished(Summary),
    /// The session is over.
    Aborted(AbortReason),
}

impl ReplicaDriver {
    /// Returns what this replica holds, for the beginning of a session.
    pub fn standing(&self) -> Result<ClientStanding, CommandError> {
        let cursors = self.store.cursors()?.into_iter().map(|it| Cursor {
            scope: it.scope,
            feed_epoch: it.feed_epoch,
            position: it.position,
            digest: FeedDigest(it.digest),
        });
        let contact: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        Ok(ClientStanding {
            device: self.identity.device,
            log: self.store.log_head()?,
            stored_seq: self.store.stored()?,
            cursors: cursors.collect(),
            roster_epoch: self.roster.epoch,
            versions: self.versions,
            release: RELEASE.to_owned(),
            checkpoint: contact.checkpoint.as_deref().map(CheckpointMark::of),
        })
    }

    /// Carries out one effect. Nothing of it is done if this fails.
    pub fn carry_out(&mut self, effect: ClientEffect) -> Result<Carried, CommandError> {
        match effect {
            ClientEffect::Send(message) => Ok(Carried::Send(message)),
            ClientEffect::ReadSegment { after_seq, .. } => {
                let segment = self.segment_after(after_seq)?;
                Ok(Carried::Event(ClientEvent::SegmentRead(segment)))
            }
            ClientEffect::NoteStored(head) => {
                self.store.note_stored(head.epoch, head.seq)?;
                self.read_stored()?;
                Ok(Carried::Done)
            }
            ClientEffect::Take(batch) => {
                let scope = batch.scope();
                Ok(match self.take(&batch)? {
                    Some(cursor) => Carried::Event(ClientEvent::Taken(cursor)),
                    None => Carried::Aborted(AbortReason::FeedMismatch { scope }),
                })
            }
            ClientEffect::TakeRoster(roster) => {
                self.take_roster(&roster)?;
                Ok(Carried::Done)
            }
            ClientEffect::NoteContact {
                time_ms,
                checkpoint,
            } => {
                self.note_contact(time_ms, checkpoint)?;
                Ok(Carried::Done)
            }
            ClientEffect::Finished(summary) => Ok(Carried::Finished(summary)),
            ClientEffect::Abort(reason) => Ok(Carried::Aborted(reason)),
        }
    }

    /// Returns the newest entry of this device's log.
    pub fn log_head(&self) -> Result<LogHead, CommandError> {
        Ok(self.store.log_head()?)
    }

    /// Returns the scopes that this device's site is entitled to.
    #[must_use]
    pub fn scopes(&self) -> Vec<ScopeId> {
        let device = self.roster.device(self.identity.device);
        device
            .map(|it| self.roster.scopes_of(it.site))
            .unwrap_or_default()
    }

    /// Seals the entries that follow a place of the own log; none if nothing does.
    pub(crate) fn segment_after(&self, after_seq: u64) -> Result<Option<Segment>, CommandError> {
        let head = self.store.log_head()?;
        let entries = self
            .store
            .own_entries(head.epoch, after_seq, SEGMENT_READ_BYTES)?;
        if entries.is_empty() {
            return Ok(None);
        }
        let chain = self.store.chain_at(head.epoch, after_seq)?.ok_or_else(|| {
            CommandError::text(
                ErrorCode::Damaged,
                format!("the log has no entry {after_seq}"),
            )
        })?;
        let before = LogHead {
            seq: after_seq,
            chain,
            ..head
        };
        let entries: Vec<Vec<u8>> = entries.into_iter().map(|it| it.bytes).collect();
        let segment = Segment::seal(before, &entries, &self.identity.log)
            .map_err(|error| CommandError::text(ErrorCode::Damaged, error.to_string()))?;
        Ok(Some(segment))
    }

    /// Keeps a newer roster. One that is older, that another key signed or that this release cannot read changes
    /// nothing: the meeting goes on with the one held, so that what was written here still gets to the hub.
    pub(crate) fn take_roster(&mut self, signed: &SignedRoster) -> Result<(), CommandError> {
        let roster = match signed.open(&self.identity.hub.roster, self.roster.epoch) {
            Ok(roster) => roster,
            Err(error) => {
                tracing::warn!(%error, held = self.roster.epoch, "the hub's roster was not taken");
                return Ok(());
            }
        };
        meta::write(&mut self.store, meta::ROSTER, signed)?;
        self.roster = roster;
        Ok(())
    }

    fn note_contact(
        &mut self,
        hub_ms: u64,
        checkpoint: Option<String>,
    ) -> Result<(), CommandError> {
        let known: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        let key = &self.roster.hub.history;
        let newer = checkpoint.and_then(|note| match Checkpoint::verify(&note, key) {
            Ok(checkpoint) if checkpoint.size > known.size => Some((note, checkpoint.size)),
            Ok(_same) if known.checkpoint.as_ref() == Some(&note) => None,
            // A history that became shorter, or another one of the same length, is a hub that was restored, or
            // one that hides something. What was seen first is kept: it is the proof.
            Ok(checkpoint) => {
                tracing::error!(
                    known = known.size,
                    now = checkpoint.size,
                    "the hub's history was rewritten"
                );
                None
            }
            Err(error) => {
                tracing::error!(%error, "the hub's checkpoint is not signed by it");
                None
            }
        });
        let (checkpoint, size) = match newer {
            Some((note, size)) => (Some(note), size),
            None => (known.checkpoint, known.size),
        };
        let contact = meta::Contact {
            wall_ms: self.host.now_ms(),
            hub_ms,
            checkpoint,
            size,
        };
        meta::write(&mut self.store, meta::CONTACT, &contact)?;
        self.checkpoint = size;
        Ok(())
    }
}
