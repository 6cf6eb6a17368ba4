//! Charts that the hub is asked for: remembered until it has answered, so that no cut loses the question.

use audit::LogPosition;
use wire::{Fetch, Fetched, RefusalCode};

use super::ReplicaDriver;
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// How many charts may be asked for and not answered: somebody without a network asks for a few.
pub(crate) const MAX_FETCHES: usize = 64;

/// Of how many guests it is remembered how they were asked for: as many as can be asked for again.
pub(super) const MAX_GUESTS: usize = MAX_FETCHES;

impl ReplicaDriver {
    /// Returns what the hub is to be asked.
    pub(crate) fn fetches(&self) -> Result<Vec<Fetch>, CommandError> {
        Ok(meta::read(&self.store, meta::FETCHES)?.unwrap_or_default())
    }

    /// Returns what is remembered once this is asked too.
    pub(crate) fn fetches_with(&self, fetch: Fetch) -> Result<(String, Vec<u8>), CommandError> {
        let mut fetches = self.fetches()?;
        if fetches.len() >= MAX_FETCHES {
            return Err(CommandError::text(
                ErrorCode::TooLarge,
                "the hub was asked for many charts and has not answered: sync first",
            ));
        }
        fetches.push(fetch);
        Ok((meta::FETCHES.to_owned(), meta::to_bytes(&fetches)))
    }

    /// Returns what the hub answered to the last question, if that was the one of this entry.
    pub(crate) fn answer_to(
        &self,
        entry: LogPosition,
    ) -> Result<Option<RefusalCode>, CommandError> {
        let last: Option<Fetched> = meta::read(&self.store, meta::FETCHED)?;
        Ok(last.filter(|it| it.entry == entry).map(|it| it.code))
    }

    /// Notes that the hub has answered, whatever it said. How it was asked for guests is remembered.
    pub(super) fn note_fetched(&mut self, fetched: &Fetched) -> Result<(), CommandError> {
        let (answered, fetches): (Vec<Fetch>, Vec<Fetch>) =
            (self.fetches()?.into_iter()).partition(|it| it.entry == fetched.entry);
        if fetched.code == RefusalCode::Done && fetched.until_ms > 0 {
            let mut guests = self.guests()?;
            for guest in answered {
                guests.retain(|it| it.number != guest.number);
                guests.push(guest);
            }
            let above = guests.len().saturating_sub(MAX_GUESTS);
            guests.drain(..above);
            meta::write(&mut self.store, meta::GUESTS, &guests)?;
        }
        meta::write(&mut self.store, meta::FETCHED, fetched)?;
        Ok(meta::write(&mut self.store, meta::FETCHES, &fetches)?)
    }

    /// Asks again for every guest that is still here: a hub that was restored may not know of them any more, and would
    /// never have them leave.
    pub(super) fn ask_again(&mut self) -> Result<(), CommandError> {
        let mut fetches = self.fetches()?;
        let before = fetches.len();
        for guest in self.guests()? {
            let is_asked = fetches.iter().any(|it| it.number == guest.number);
            let has_room = fetches.len() < MAX_FETCHES;
            if !is_asked && has_room && self.store.has_number(&guest.number)? {
                fetches.push(guest);
            }
        }
        if fetches.len() > before {
            meta::write(&mut self.store, meta::FETCHES, &fetches)?;
        }
        Ok(())
    }

    /// Returns how each guest was asked for, also of those that left.
    fn guests(&self) -> Result<Vec<Fetch>, CommandError> {
        Ok(meta::read(&self.store, meta::GUESTS)?.unwrap_or_default())
    }
}
