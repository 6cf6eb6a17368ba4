//! Charts that the hub is asked for: remembered until it has answered, so that no cut loses the question.

use audit::LogPosition;
use wire::{Fetch, Fetched, RefusalCode};

use super::ReplicaDriver;
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// How many charts may be asked for and not answered: somebody without a network asks for a few.
pub(crate) const MAX_FETCHES: usize = 64;

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

    /// Notes that the hub has answered, whatever it said.
    pub(super) fn note_fetched(&mut self, fetched: &Fetched) -> Result<(), CommandError> {
        let mut fetches = self.fetches()?;
        fetches.retain(|it| it.entry != fetched.entry);
        meta::write(&mut self.store, meta::FETCHED, fetched)?;
        Ok(meta::write(&mut self.store, meta::FETCHES, &fetches)?)
    }
}
