//! The device's own logs: which there are, and beginning a new one.
//!
//! A device begins a new log when it finds that it was restored from an older copy, or copied to a second computer.
//! A log has one branch only: what the device wrote after the last entry that the hub has too goes into the new log,
//! byte for byte, and what the hub has in its place comes through the feeds like another device's.

use audit::{BeginReason, ChainHash, LogHead, LogPosition, Session, SessionEvent};
use record::PersonId;
use store::Beside;
use wire::{ChainMark, FeedItem};

use super::ReplicaDriver;
use crate::meta;
use crate::views::{CommandError, ErrorCode};

impl ReplicaDriver {
    /// Returns the newest entry of this device's log.
    pub fn log_head(&self) -> Result<LogHead, CommandError> {
        Ok(self.store.log_head()?)
    }

    /// Returns the chain of an own log at a place that must be there.
    pub(super) fn chain_at(&self, epoch: u32, seq: u64) -> Result<ChainHash, CommandError> {
        self.store.chain_at(epoch, seq)?.ok_or_else(|| {
            let text = format!("log {epoch} has no entry {seq}");
            CommandError::text(ErrorCode::Damaged, text)
        })
    }

    /// Returns the last place at which an own log has the same mark.
    pub(super) fn last_common(
        &self,
        epoch: u32,
        marks: &[(u64, ChainMark)],
    ) -> Result<Option<u64>, CommandError> {
        for (seq, mark) in marks.iter().rev() {
            let chain = self.store.chain_at(epoch, *seq)?;
            if chain.is_some_and(|it| ChainMark::of(&it) == *mark) {
                return Ok(Some(*seq));
            }
        }
        Ok(None)
    }

    /// Returns an entry among what came that stands in this device's newest log, and is not the one that was written here.
    pub(super) fn written_by_a_copy(
        &self,
        items: &[FeedItem],
    ) -> Result<Option<u64>, CommandError> {
        let log = self.store.log_head()?;
        for item in items {
            let FeedItem::Change {
                position, payload, ..
            } = item
            else {
                continue;
            };
            if (position.device, position.epoch) != (log.device, log.epoch) {
                continue;
            }
            let here = self.store.own_change_hash(position.epoch, position.seq)?;
            let there = replica::check(payload).ok().map(|it| *it.hash().as_bytes());
            let is_ours = self.store.chain_at(position.epoch, position.seq)?.is_some();
            // What was removed with its chart has no hash here any more, and may come back.
            let is_removed = self.store.own_is_removed(position.epoch, position.seq)?;
            if !is_ours || (!is_removed && (here.is_none() || here != there)) {
                return Ok(Some(position.seq));
            }
        }
        Ok(None)
    }

    /// Begins a new log after the last entry that the hub has too.
    pub(super) fn begin_log(
        &mut self,
        epoch: u32,
        continues: LogPosition,
        why: BeginReason,
    ) -> Result<LogHead, CommandError> {
        let epoch = epoch.max(self.store.highest_log()?.saturating_add(1));
        let chain = self.chain_at(continues.epoch, continues.seq)?;
        let (removed, _last) = self.store.removed_after(continues.seq)?;
        let session = Session {
            continues: Some(LogHead {
                device: continues.device,
                epoch: continues.epoch,
                seq: continues.seq,
                chain,
            }),
            why: Some(why),
            number: i64::try_from(removed).ok().filter(|it| *it > 0),
            ..self.session(SessionEvent::LogBegun)
        };
        let begun = meta::LogBegun {
            wall_ms: session.wall_ms,
            why,
        };
        let first = self.session_entry_of(&session, PersonId::NOBODY)?;
        let beside = Beside {
            remember: vec![(meta::LOG_BEGUN.to_owned(), meta::to_bytes(&begun))],
            forget: vec![meta::RESTORED.to_owned()],
        };
        // Another copy of this very process would use the same actor, if a machine was copied while it ran.
        self.retire_actor();
        let head = self
            .store
            .continue_log(epoch, continues.seq, first, &beside)?;
        tracing::warn!(epoch, after = %continues, why = why.name(), "this device began a new log");
        Ok(head)
    }
}
