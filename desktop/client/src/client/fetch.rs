//! Asking the hub for a chart that this site does not hold, by the number on the patient's card.
//!
//! Asking is an access: it is in the log, with the reason, before the hub hears of it. It works with no network too:
//! the hub is asked when it is met.

use audit::{AccessEvent, LogPosition, Outcome};
use record::PatientNumber;
use roster::Action;
use store::Commit;
use wire::{Fetch, RefusalCode};

use super::Client;
use super::access::Deed;
use crate::fault::refusal_fault;
use crate::views::{CommandError, ErrorCode};

impl Client {
    /// Writes down that a chart is wanted, and why. The hub is asked at the next meeting.
    pub fn ask_for_chart(&mut self, number: &str, reason: &str) -> Result<(), CommandError> {
        self.ask(number, reason).map(drop)
    }

    /// Asks the hub for a chart, meets it, and returns the chart. It stays for some days.
    pub fn fetch_chart(&mut self, number: &str, reason: &str) -> Result<String, CommandError> {
        let asked = self.ask(number, reason)?;
        self.sync_once()?;
        match self.driver.answer_to(asked)? {
            Some(RefusalCode::Done) => self.chart_named(number),
            Some(RefusalCode::ChartUnknown) => {
                let text = "the hub knows no chart with this number";
                Err(CommandError::text(ErrorCode::ChartNotFound, text))
            }
            Some(code) => Err(refusal_fault(code)),
            None => {
                let text = "the hub cannot be asked for charts: it needs an update";
                Err(CommandError::text(ErrorCode::HubRefused, text))
            }
        }
    }

    fn ask(&mut self, number: &str, reason: &str) -> Result<LogPosition, CommandError> {
        let number = PatientNumber::parse(number)
            .map_err(|error| CommandError::text(ErrorCode::ChartNotFound, error.to_string()))?
            .to_string();
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(CommandError::field(ErrorCode::FieldMissing, "reason"));
        }
        if reason.len() > wire::limits::MAX_TEXT_BYTES {
            return Err(CommandError::field(ErrorCode::FieldTooLong, "reason"));
        }
        let deed = Deed::new(AccessEvent::Fetch)
            .searching(&number)
            .because(reason);
        self.permit(Action::ReadChart, &deed)?;
        let mut entries = self.begin()?;
        entries.push(self.access(&deed, Outcome::Done)?);
        let head = self.driver.log_head()?;
        let asked = LogPosition {
            seq: head.seq.saturating_add(entries.len() as u64),
            ..head.position()
        };
        let fetch = Fetch {
            number,
            reason: reason.to_owned(),
            entry: asked,
        };
        let meta = vec![self.driver.fetches_with(fetch)?];
        self.commit(Commit {
            entries,
            meta,
            ..Commit::default()
        })?;
        Ok(asked)
    }
}
