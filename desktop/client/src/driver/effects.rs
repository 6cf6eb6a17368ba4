//! Carrying out what a session decides, one effect after another, each in one transaction.

use audit::LogHead;
use record::{ChartId, ScopeId};
use roster::SignedRoster;
use sync::{AbortReason, ClientEffect, ClientEvent, ClientStanding, HeldCheckpoint, Summary};
use wire::limits::FIRST_SEGMENT_READ_BYTES;
use wire::{
    Cursor, EarlierChange, Early, FeedBatch, FeedDigest, FeedItem, Message, RefusalCode, Segment,
    Show, Version,
};

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
        let cursors = cursors.chain(self.lost_cursors()?);
        let contact: meta::Contact = meta::read(&self.store, meta::CONTACT)?.unwrap_or_default();
        let (log, stored) = (self.store.log_head()?, self.store.stored()?);
        let size = contact.size;
        let removed = self.store.removed_after(0)?.1;
        Ok(ClientStanding {
            feeds_wait: false,
            early: self.early(log.seq, stored, removed)?,
            device: self.identity.device,
            log,
            stored: LogHead {
                seq: stored,
                chain: self.chain_at(log.epoch, stored)?,
                ..log
            },
            removed,
            older: self.store.older_logs()?,
            restored: meta::read::<bool>(&self.store, meta::RESTORED)?.unwrap_or_default(),
            cursors: cursors.collect(),
            packs: self.packs()?,
            fetches: self.fetches()?,
            carried: self.carried()?,
            roster_epoch: self.roster.epoch,
            versions: self.versions,
            release: RELEASE.to_owned(),
            checkpoint: contact.checkpoint.map(|note| HeldCheckpoint { size, note }),
        })
    }

    /// Returns what of the own log can be sent before the hub has said what it has.
    fn early(&self, ends: u64, stored: u64, removed: u64) -> Result<Option<Early>, CommandError> {
        if ends == stored || removed > stored || !self.versions.include(Version::TWO) {
            return Ok(None);
        }
        let segment = self.segment_after(stored, Version::TWO, FIRST_SEGMENT_READ_BYTES)?;
        Ok(segment.map(|segment| Early {
            is_all: segment.last_seq() == ends,
            segment,
        }))
    }

    /// Carries out one effect. Nothing of it is done if this fails.
    pub fn carry_out(&mut self, effect: ClientEffect) -> Result<Carried, CommandError> {
        match effect {
            ClientEffect::Send(message) => Ok(Carried::Send(message)),
            ClientEffect::ReadSegment {
                after_seq,
                version,
                max_bytes,
            } => {
                let segment = self.segment_after(after_seq, version, max_bytes)?;
                Ok(Carried::Event(ClientEvent::SegmentRead(segment)))
            }
            ClientEffect::ReadCarried { after } => {
                let segment = self.carried_after(after)?;
                Ok(Carried::Event(ClientEvent::CarriedRead(segment)))
            }
            ClientEffect::NoteDelivered(place) => self.note_delivered(place).map(done),
            ClientEffect::NoteDeclined(declined) => self.note_declined(declined).map(done),
            ClientEffect::CompareChains { epoch, marks } => {
                let last = self.last_common(epoch, &marks)?;
                Ok(Carried::Event(ClientEvent::ChainsCompared(last)))
            }
            ClientEffect::BeginLog {
                epoch,
                continues,
                why,
            } => {
                let head = self.begin_log(epoch, continues, why)?;
                Ok(Carried::Event(ClientEvent::LogBegun(head)))
            }
            ClientEffect::NoteStored(head) => self.note_stored(&head).map(done),
            ClientEffect::NoteLost(head) => self.note_lost(&head).map(done),
            ClientEffect::ReadHeld { scope, limit } => self.held(scope, limit).map(Carried::Event),
            ClientEffect::NoteNotAtHub { scope, hashes } => {
                self.note_not_at_hub(scope, hashes).map(done)
            }
            ClientEffect::ReadProvable { scope, hashes } => {
                self.provable(scope, hashes).map(Carried::Event)
            }
            ClientEffect::ReadMarks {
                scope,
                after,
                up_to,
            } => self.feed_marks(scope, after, up_to).map(Carried::Event),
            ClientEffect::ReadChanges { scope, hashes } => {
                self.lost(scope, &hashes).map(Carried::Event)
            }
            ClientEffect::Keep { scope, items } => self.keep_items(scope, &items),
            ClientEffect::MoveCursor(cursor) => self.moved(cursor),
            ClientEffect::Take(batch) => self.take_batch(&batch),
            ClientEffect::TakePack(pack) => {
                let taken = self.take_pack(&pack)?;
                self.taken_in(pack.head().scope, taken)
            }
            ClientEffect::NoteFetched(fetched) => self.note_fetched(&fetched).map(done),
            ClientEffect::Blob(effect) => self.attachment(effect),
            ClientEffect::TakeRoster(roster) => self.take_roster(&roster).map(done),
            ClientEffect::NoteShown => self.note_restored().map(done),
            ClientEffect::Show(checkpoint) => self.show(checkpoint).map(Carried::Send),
            ClientEffect::NoteContact(met) => self.note_contact(met).map(done),
            ClientEffect::Finished(summary) => {
                self.note_missed(&summary)?;
                Ok(Carried::Finished(summary))
            }
            ClientEffect::Abort(reason) => {
                self.note_unknown_change(&reason)?;
                Ok(Carried::Aborted(reason))
            }
        }
    }

    fn moved(&mut self, cursor: Cursor) -> Result<Carried, CommandError> {
        self.move_cursor(&cursor)?;
        Ok(Carried::Event(ClientEvent::Taken(cursor)))
    }

    fn note_stored(&mut self, head: &LogHead) -> Result<(), CommandError> {
        Ok(self.store.note_stored(head.epoch, head.seq)?)
    }

    fn note_lost(&mut self, head: &LogHead) -> Result<(), CommandError> {
        self.store.note_lost(head.epoch, head.seq)?;
        self.note_restored()
    }

    pub(super) fn take_batch(&mut self, batch: &FeedBatch) -> Result<Carried, CommandError> {
        let scope = batch.scope();
        if let Some(seq) = self.written_by_a_copy(batch.items())? {
            return Ok(Carried::Aborted(AbortReason::Copied { seq }));
        }
        let taken = self.take(batch)?;
        self.taken_in(scope, taken)
    }

    /// Returns what the session hears of something taken; none means that it was not what its digest stands for. Then
    /// the next session compares what both ends hold of the scope, so that a fault of either end stops nobody.
    fn taken_in(&mut self, scope: ScopeId, taken: Option<Cursor>) -> Result<Carried, CommandError> {
        let Some(cursor) = taken else {
            tracing::warn!(%scope, "a feed did not fit what is held here: it will be compared");
            self.store.forget_cursor(scope)?;
            self.forget_packs(scope)?;
            return Ok(Carried::Aborted(AbortReason::FeedMismatch { scope }));
        };
        Ok(Carried::Event(ClientEvent::Taken(cursor)))
    }

    fn keep_items(&mut self, scope: ScopeId, items: &[FeedItem]) -> Result<Carried, CommandError> {
        if let Some(seq) = self.written_by_a_copy(items)? {
            return Ok(Carried::Aborted(AbortReason::Copied { seq }));
        }
        self.keep(scope, items)?;
        Ok(Carried::Event(ClientEvent::Kept { scope }))
    }

    /// The hub has lost changes that it gave us. What comes from here on it has: only to that is referred next time.
    fn note_unknown_change(&mut self, reason: &AbortReason) -> Result<(), CommandError> {
        if let AbortReason::Refused { code, .. } = reason
            && *code == RefusalCode::UnknownChange
        {
            let newest = self.store.newest_entry()?;
            meta::write(&mut self.store, meta::UNKNOWN_BEFORE, &newest)?;
        }
        Ok(())
    }

    /// Shows the hub what it signed: it may have been put back from before.
    fn show(&self, checkpoint: Option<String>) -> Result<Message, CommandError> {
        Ok(Message::Show(Show {
            checkpoint,
            roster: Some(self.signed_roster()?),
        }))
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
    pub(crate) fn segment_after(
        &self,
        after_seq: u64,
        version: Version,
        max_bytes: usize,
    ) -> Result<Option<Segment>, CommandError> {
        let head = self.store.log_head()?;
        let entries = self.store.own_entries(head.epoch, after_seq, max_bytes)?;
        if entries.is_empty() {
            return Ok(None);
        }
        let chain = self.chain_at(head.epoch, after_seq)?;
        let before = LogHead {
            seq: after_seq,
            chain,
            ..head
        };
        if entries.iter().any(|it| it.is_removed) {
            let text =
                "an entry that the hub had was removed with its chart, and is missing there now";
            return Err(CommandError::text(ErrorCode::Damaged, text));
        }
        let entries: Vec<Vec<u8>> = entries.into_iter().map(|it| it.bytes).collect();
        let key = &self.identity.log;
        let sealed = if version < Version::TWO {
            Segment::seal(before, &entries, key)
        } else {
            let since = meta::read(&self.store, meta::UNKNOWN_BEFORE)?.unwrap_or_default();
            Segment::seal_brief(before, &entries, key, &mut |chart, hash| {
                self.earlier_change(before, since, chart, hash)
            })
        };
        let segment =
            sealed.map_err(|error| CommandError::text(ErrorCode::Damaged, error.to_string()))?;
        Ok(Some(segment))
    }

    /// Finds a change that the hub has: of the own log before a segment, or one that came from the hub. Without one
    /// the segment is longer, so nothing stops for a store that fails here.
    fn earlier_change(
        &self,
        before: LogHead,
        since: u64,
        chart: ChartId,
        hash: Option<[u8; 32]>,
    ) -> Option<EarlierChange> {
        let log = (before.device, before.epoch, before.seq);
        let found = self.store.earlier_change(chart, hash, log, since);
        let (position, bytes) = found
            .inspect_err(|error| tracing::warn!(%error, "an earlier change was not found"))
            .ok()
            .flatten()?;
        Some(EarlierChange {
            position,
            chart,
            bytes,
        })
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
}

const fn done((): ()) -> Carried {
    Carried::Done
}
