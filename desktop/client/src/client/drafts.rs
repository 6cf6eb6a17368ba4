//! Unfinished forms: encrypted, on this computer only, no part of the record.

use super::{Client, chart_id};
use crate::inputs::MAX_NOTE_BYTES;
use crate::meta::{self, DraftPlace};
use crate::views::{CommandError, ErrorCode};

/// How much of a form is kept: the longest note and the other fields.
pub(super) const MAX_DRAFT_BYTES: usize = 2 * MAX_NOTE_BYTES;

impl Client {
    /// The place of a registration's draft.
    pub const REGISTRATION: &str = "register";

    /// Keeps a person's unfinished form, so that a power cut costs nobody a word. Its place is a chart's
    /// identifier, or [`REGISTRATION`](Self::REGISTRATION) for somebody who has no chart yet.
    pub fn keep_draft(&mut self, place: &str, draft: &str) -> Result<(), CommandError> {
        let name = self.draft_name(place)?;
        if draft.len() > MAX_DRAFT_BYTES {
            return Err(CommandError::field(ErrorCode::FieldTooLong, "draft"));
        }
        Ok(self.driver.store_mut().put(&name, draft.as_bytes())?)
    }

    /// Returns the person's unfinished form of a place.
    pub fn draft(&self, place: &str) -> Result<Option<String>, CommandError> {
        let bytes = self.driver.store().get(&self.draft_name(place)?)?;
        bytes
            .map(String::from_utf8)
            .transpose()
            .map_err(|_not_text| CommandError::text(ErrorCode::Damaged, "a draft"))
    }

    /// Drops the person's unfinished form of a place.
    pub fn drop_draft(&mut self, place: &str) -> Result<(), CommandError> {
        let name = self.draft_name(place)?;
        Ok(self.driver.store_mut().remove(&name)?)
    }

    fn draft_name(&self, place: &str) -> Result<String, CommandError> {
        let place = match place {
            Self::REGISTRATION => DraftPlace::Registration,
            chart => DraftPlace::Chart(chart_id(chart)?),
        };
        Ok(meta::draft_of(self.person, place))
    }
}
