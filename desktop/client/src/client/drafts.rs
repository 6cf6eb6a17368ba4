//! Unfinished forms: encrypted, on this computer only, no part of the record.

use super::{Client, chart_id};
use crate::inputs::MAX_NOTE_BYTES;
use crate::meta;
use crate::views::{CommandError, ErrorCode};

/// How much of a form is kept: the longest note and the other fields.
const MAX_DRAFT_BYTES: usize = 2 * MAX_NOTE_BYTES;

impl Client {
    /// Keeps an unfinished form for a chart, so that a power cut costs nobody a word.
    pub fn keep_draft(&mut self, chart: &str, draft: &str) -> Result<(), CommandError> {
        let name = meta::draft_of(chart_id(chart)?);
        if draft.len() > MAX_DRAFT_BYTES {
            return Err(CommandError::field(ErrorCode::FieldTooLong, "draft"));
        }
        Ok(self.driver.store_mut().put(&name, draft.as_bytes())?)
    }

    /// Returns the unfinished form of a chart.
    pub fn draft(&self, chart: &str) -> Result<Option<String>, CommandError> {
        let bytes = self.driver.store().get(&meta::draft_of(chart_id(chart)?))?;
        bytes
            .map(String::from_utf8)
            .transpose()
            .map_err(|_not_text| CommandError::text(ErrorCode::Damaged, "a draft"))
    }

    /// Drops the unfinished form of a chart.
    pub fn drop_draft(&mut self, chart: &str) -> Result<(), CommandError> {
        let name = meta::draft_of(chart_id(chart)?);
        Ok(self.driver.store_mut().remove(&name)?)
    }
}
