//! When the hub was restored: what is held is compared with what it holds, what it lost is counted, and the proof of
//! what it once had is kept.

use std::collections::BTreeSet;

use audit::Checkpoint;
use record::ScopeId;
use serde_bytes::ByteArray;
use sync::{ClientEvent, Greeting, Held};
use wire::{Cursor, FeedDigest};

use super::ReplicaDriver;
use crate::meta;
use crate::views::CommandError;

/// How many changes that the hub does not have are remembered of each scope. More are as bad.
pub(super) const MAX_NOTED: usize = 4_096;

impl ReplicaDriver {
    /// Returns cursors that say nothing, for scopes of which charts are held and no cursor: the hub then has this
    /// replica compare what it holds, and does not send all of it again. A scope whose packs are still coming has no
    /// cursor yet.
    pub(super) fn lost_cursors(&self) -> Result<Vec<Cursor>, CommandError> {
        let packs = self.packs()?;
        let coming = |scope: &ScopeId| packs.iter().any(|it| it.head.scope == *scope);
        let mut lost = self.store.scopes_without_cursor()?;
        lost.retain(|it| !coming(it));
        Ok(lost.into_iter().map(lost_cursor).collect())
    }

    /// Tells whether it is not known how far a scope's feed was taken, though charts of it are held.
    pub(crate) fn has_lost_cursor(&self, scope: ScopeId) -> Result<bool, CommandError> {
        let lost = self.lost_cursors()?;
        Ok(lost.iter().any(|it| it.scope == scope))
    }

    /// Reads which changes of a scope's charts are held.
    pub(super) fn held(&self, scope: ScopeId, limit: usize) -> Result<ClientEvent, CommandError> {
        let held = self.store.held(scope, limit)?.into_iter();
        let held = held.map(|(hlc, hash)| Held {
            at_ms: hlc.ms(),
            hash,
        });
        let held = held.collect();
        Ok(ClientEvent::HeldRead { scope, held })
    }

    /// Moves a cursor to where the hub's feed is, for what is before it is held.
    pub(super) fn move_cursor(&mut self, cursor: &Cursor) -> Result<(), CommandError> {
        let cursors = self.store.cursors()?;
        let before = cursors.iter().find(|it| it.scope == cursor.scope);
        if before.is_some_and(|it| it.feed_epoch != cursor.feed_epoch) {
            // Feeds begin anew only at a hub that was restored.
            self.note_restored()?;
        }
        self.store.move_cursor(&store::Cursor {
            scope: cursor.scope,
            feed_epoch: cursor.feed_epoch,
            position: cursor.position,
            digest: cursor.digest.0,
        })?;
        Ok(())
    }

    /// Remembers which changes of others are here and not at the hub. What was written here goes up with the log.
    pub(super) fn note_not_at_hub(
        &mut self,
        scope: ScopeId,
        hashes: Vec<[u8; 32]>,
    ) -> Result<(), CommandError> {
        let mut noted: meta::NotAtHub =
            meta::read(&self.store, meta::NOT_AT_HUB)?.unwrap_or_default();
        let hashes: BTreeSet<[u8; 32]> = hashes.into_iter().collect();
        let others = self
            .store
            .written_elsewhere(scope, self.identity.device, &hashes)?;
        let before = noted.clone();
        noted.retain(|(of, _hash)| *of != scope.0);
        let others = others.into_iter().take(MAX_NOTED);
        noted.extend(others.map(|hash| (scope.0, ByteArray::new(hash))));
        if noted == before {
            return Ok(());
        }
        meta::write(&mut self.store, meta::NOT_AT_HUB, &noted)?;
        Ok(())
    }

    /// Remembers changes of another device that are here and that the hub does not take, so that people are told.
    pub(super) fn note_left_here(
        &mut self,
        changes: &[(ScopeId, [u8; 32])],
    ) -> Result<(), CommandError> {
        let mut noted: meta::NotAtHub =
            meta::read(&self.store, meta::NOT_AT_HUB)?.unwrap_or_default();
        let room = MAX_NOTED.saturating_sub(noted.len());
        let more = changes.iter().take(room);
        noted.extend(more.map(|(scope, hash)| (scope.0, ByteArray::new(*hash))));
        Ok(meta::write(&mut self.store, meta::NOT_AT_HUB, &noted)?)
    }

    /// Says what to remember once these changes have come from the hub: it has them again.
    pub(super) fn come_back(
        &self,
        scope: ScopeId,
        hashes: &[[u8; 32]],
    ) -> Result<Option<(String, Vec<u8>)>, CommandError> {
        let Some(mut noted) = meta::read::<meta::NotAtHub>(&self.store, meta::NOT_AT_HUB)? else {
            return Ok(None);
        };
        let before = noted.len();
        for hash in hashes {
            noted.remove(&(scope.0, ByteArray::new(*hash)));
        }
        if noted.len() == before {
            return Ok(None);
        }
        Ok(Some((meta::NOT_AT_HUB.to_owned(), meta::to_bytes(&noted))))
    }

    /// Returns how many changes of others are here and not at the hub, as far as that is remembered.
    pub fn count_not_at_hub(&self) -> Result<u64, CommandError> {
        let noted: meta::NotAtHub = meta::read(&self.store, meta::NOT_AT_HUB)?.unwrap_or_default();
        let all: BTreeSet<_> = noted.iter().map(|(_scope, hash)| hash).collect();
        Ok(all.len() as u64)
    }

    /// Remembers when the hub was met, and its newest checkpoint.
    pub(super) fn note_contact(&mut self, met: Greeting) -> Result<(), CommandError> {
        let known: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        if met.files_told < known.told {
            // It was restored, and nothing else may tell so: bytes alone arrived since the copy was made.
            self.store.doubt_blobs()?;
        }
        let mut contact = meta::Contact {
            wall_ms: self.host.now_ms(),
            hub_ms: met.time_ms,
            told: met.files_told,
            ..known
        };
        if let Some(note) = met.checkpoint {
            let now_ms = contact.wall_ms;
            let before = contact.rewritten.clone();
            self.take_checkpoint(note, now_ms, &mut contact);
            if contact.rewritten != before {
                // It may have lost attachments that it once had.
                self.store.doubt_blobs()?;
            }
        }
        meta::write(&mut self.store, meta::CONTACT, &contact)?;
        self.checkpoint = contact.size;
        Ok(())
    }

    /// Remembers how often the hub has said that it has a file whole.
    pub(super) fn note_told(&mut self, told: u64) -> Result<(), CommandError> {
        let known: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        Ok(meta::write(
            &mut self.store,
            meta::CONTACT,
            &meta::Contact { told, ..known },
        )?)
    }

    /// Remembers that the hub was restored. The newest checkpoint that it once signed is the proof.
    pub(super) fn note_restored(&mut self) -> Result<(), CommandError> {
        let mut contact: meta::Contact =
            meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        contact.note_rewritten(self.host.now_ms());
        self.store.doubt_blobs()?;
        self.ask_again()?;
        Ok(meta::write(&mut self.store, meta::CONTACT, &contact)?)
    }

    /// Tells whether what a bundle of the hub says is newer than all that it has said here, by its clock or by the size
    /// of its history: either may have gone back, but hardly both.
    pub(crate) fn is_news(&self, hub_ms: u64, size: u64) -> Result<bool, CommandError> {
        let known: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        Ok(hub_ms > known.hub_ms.max(known.word_ms) || size > known.size)
    }

    /// Tells whether nothing that the hub has said here is newer than its bundle of this time, by its clock.
    pub(crate) fn is_newest(&self, hub_ms: u64) -> Result<bool, CommandError> {
        let known: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        Ok(hub_ms >= known.hub_ms.max(known.word_ms))
    }

    /// Remembers when the hub wrote the newest bundle that was read here, and its checkpoint. It is no meeting: nothing
    /// is learnt of how the clocks differ.
    pub(crate) fn note_word(
        &mut self,
        hub_ms: u64,
        checkpoint: Option<String>,
    ) -> Result<(), CommandError> {
        let known: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        let mut contact = meta::Contact {
            word_ms: hub_ms.max(known.word_ms),
            ..known
        };
        if let Some(note) = checkpoint {
            self.take_checkpoint(note, self.host.now_ms(), &mut contact);
        }
        meta::write(&mut self.store, meta::CONTACT, &contact)?;
        self.checkpoint = contact.size;
        Ok(())
    }

    /// Takes the hub's newest checkpoint. A history that became shorter, or another one of the same length, is that of
    /// a hub that was restored, or of one that hides something. What was seen before is kept: it is the proof.
    fn take_checkpoint(&self, note: String, wall_ms: u64, contact: &mut meta::Contact) {
        let checkpoint = match Checkpoint::verify(&note, &self.roster.hub.history) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                tracing::error!(%error, "the hub's checkpoint is not signed by it");
                return;
            }
        };
        let (known, size) = (contact.checkpoint.as_ref(), checkpoint.size);
        if size <= contact.size && known.is_some_and(|it| *it != note) {
            contact.note_rewritten(wall_ms);
        }
        contact.checkpoint = Some(note);
        contact.size = checkpoint.size;
    }
}

const fn lost_cursor(scope: ScopeId) -> Cursor {
    Cursor {
        scope,
        feed_epoch: 0,
        position: 1,
        digest: FeedDigest::EMPTY,
    }
}
