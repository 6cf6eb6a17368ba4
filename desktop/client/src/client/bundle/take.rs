//! Taking what a bundle of the hub says, as far as it is news.
//!
//! A session's WELCOME is always fresh; a bundle's may be of any time, and says which by the hub's clock and history. By
//! that a late bundle is told apart from one of a hub that was put back from an older copy.

use std::collections::BTreeMap;

use audit::{Checkpoint, LogHead};
use record::ScopeId;
use sync::ClientEffect;
use wire::{BundleError, FeedBatch, FeedItem, Message, Welcome};

use super::Client;
use crate::driver::Carried;
use crate::views::{BundleReport, CommandError, ErrorCode};

/// A bundle that is being taken.
#[derive(Debug, Default)]
struct Taking {
    report: BundleReport,
    /// It is newer than everything that the hub has said here.
    is_news: bool,
    /// Nothing is newer: it may be that it was read in part before.
    is_newest: bool,
    /// How far it has come in feeds that the hub began anew.
    anew: BTreeMap<ScopeId, u64>,
}

impl Client {
    /// Takes one message after another.
    pub(super) fn take_all(
        &mut self,
        messages: impl Iterator<Item = Result<Message, BundleError>>,
    ) -> Result<BundleReport, CommandError> {
        let mut taking = Taking::default();
        let before = self.driver.store().stored()?;
        for message in messages {
            self.take_in(message?, &mut taking)?;
        }
        let stored = self.driver.store().stored()?.saturating_sub(before);
        taking.report.stored = u32::try_from(stored).unwrap_or(u32::MAX);
        Ok(taking.report)
    }

    fn take_in(&mut self, message: Message, taking: &mut Taking) -> Result<(), CommandError> {
        match message {
            Message::Welcome(welcome) => self.take_welcome(welcome, taking),
            Message::Feed(batch) => self.take_batch(batch, taking),
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

    /// Takes up the roster, and what the hub has of the own log as far as it is our branch.
    fn take_welcome(&mut self, welcome: Welcome, taking: &mut Taking) -> Result<(), CommandError> {
        if let Some(roster) = welcome.roster {
            self.driver.carry_out(ClientEffect::TakeRoster(roster))?;
        }
        let history = welcome.checkpoint.as_deref();
        let size = history
            .and_then(|note| Checkpoint::verify(note, &self.driver.roster().hub.history).ok())
            .map_or(0, |it| it.size);
        taking.is_news = self.driver.is_news(welcome.time_ms, size)?;
        taking.is_newest = taking.is_news || self.driver.is_newest(welcome.time_ms)?;
        self.take_stored(&welcome.stored, taking.is_news)?;
        if taking.is_news {
            self.driver.note_word(welcome.time_ms, welcome.checkpoint)?;
        }
        Ok(())
    }

    fn take_stored(&mut self, stored: &[LogHead], is_news: bool) -> Result<(), CommandError> {
        let own = self.driver.log_head()?;
        let stored = stored
            .iter()
            .find(|it| (it.device, it.epoch) == (own.device, own.epoch))
            .copied()
            .unwrap_or_else(|| LogHead::start(own.device, own.epoch));
        // Another chain at our place, or more than we have: this computer was restored or copied. Only a meeting with
        // the hub sorts that out, and until then nothing counts as stored.
        if self.driver.store().chain_at(stored.epoch, stored.seq)? != Some(stored.chain) {
            return Err(CommandError::new(ErrorCode::LogDiffers));
        }
        if !is_news {
            // What it confirms more than is known a hub that was put back has lost since.
            return Ok(());
        }
        let lost = stored.seq < self.driver.store().stored()?;
        let (_count, removed) = self.driver.store().removed_after(stored.seq)?;
        if lost && removed > 0 {
            // What was removed with its chart cannot be written again: only a meeting begins a new log, if the hub was
            // put back indeed. A bundle that was written while we last met says the same.
            return Ok(());
        }
        let effect = if lost {
            ClientEffect::NoteLost(stored)
        } else {
            ClientEffect::NoteStored(stored)
        };
        self.driver.carry_out(effect).map(drop)
    }

    /// Takes what of a batch was not taken yet.
    fn take_batch(&mut self, batch: FeedBatch, taking: &mut Taking) -> Result<(), CommandError> {
        let cursors = self.driver.store().cursors()?;
        let held = cursors.iter().find(|it| it.scope == batch.scope());
        let (at, is_other) = match held {
            Some(held) if held.feed_epoch == batch.feed_epoch() => (held.position, false),
            // A feed that is over.
            Some(held) => (0, held.position > 0),
            // It did not fit what is held here: with a cursor at its end nobody would compare the two any more.
            None => (0, self.driver.has_lost_cursor(batch.scope())?),
        };
        if is_other && !taking.is_newest {
            return Ok(());
        }
        if is_other {
            return self.take_anew(&batch, taking);
        }
        if at >= batch.to() {
            return Ok(());
        }
        if at < batch.from() {
            return Err(CommandError::new(ErrorCode::BundleTooLate));
        }
        let Some(batch) = self.driver.rest_of(batch, at)? else {
            return Ok(());
        };
        let taken = batch.items().len();
        self.carry_out_taking(ClientEffect::Take(batch), taken, taking)
    }

    /// Takes what is in a feed that the hub, which was put back, began anew: what is held of it already does no harm, and
    /// what left a chart may have joined again later, so no chart is removed. The cursor stays in the feed that is over,
    /// or lost: only by that does the next meeting know that what the hub lost must be found, and what has left.
    fn take_anew(&mut self, batch: &FeedBatch, taking: &mut Taking) -> Result<(), CommandError> {
        let scope = batch.scope();
        let come = taking.anew.entry(scope).or_default();
        if *come < batch.from() {
            return Err(CommandError::new(ErrorCode::BundleTooLate));
        }
        *come = batch.to();
        let is_kept = |it: &&FeedItem| !matches!(it, FeedItem::Leave { .. });
        let items: Vec<FeedItem> = batch.items().iter().filter(is_kept).cloned().collect();
        let taken = items.len();
        self.carry_out_taking(ClientEffect::Keep { scope, items }, taken, taking)
    }

    fn carry_out_taking(
        &mut self,
        effect: ClientEffect,
        taken: usize,
        taking: &mut Taking,
    ) -> Result<(), CommandError> {
        match self.driver.carry_out(effect)? {
            Carried::Aborted(_) => Err(CommandError::new(ErrorCode::LogDiffers)),
            Carried::Done | Carried::Event(_) | Carried::Send(_) | Carried::Finished(_) => {
                let taken = u32::try_from(taken).unwrap_or(u32::MAX);
                taking.report.taken = taking.report.taken.saturating_add(taken);
                Ok(())
            }
        }
    }
}
