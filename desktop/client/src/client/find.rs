//! Finding a patient and opening a chart.

use audit::AccessEvent;
use record::{ChartId, PatientNumber};
use roster::Action;

use super::access::Deed;
use super::{Client, chart_id};
use crate::project::patient_row;
use crate::views::{ChartView, CommandError, ErrorCode, PatientRow};

/// How many patients a search shows. Who sees more types another letter.
pub(super) const MAX_RESULTS: usize = 50;

impl Client {
    /// Finds patients by any part of name, number, phone or place. An access entry commits before the result is
    /// returned.
    pub fn find(&mut self, text: &str) -> Result<Vec<PatientRow>, CommandError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let deed = Deed::new(AccessEvent::Search).searching(text);
        self.permit(Action::SearchPatients, &deed)?;
        let rows = self.driver.store().find(text, MAX_RESULTS)?;
        self.show(&[deed.with_results(rows.len())])?;
        let today = self.driver.today();
        rows.iter()
            .map(|row| {
                let only_here = !self.driver.store().unsent_of(row.chart)?.is_empty();
                Ok(patient_row(row, &today, only_here))
            })
            .collect()
    }

    /// Returns the chart that a text names for sure: its identifier, or the patient's number, which is searched
    /// for. A name names nobody for sure, and what follows may write.
    pub fn chart_named(&mut self, text: &str) -> Result<String, CommandError> {
        let not_found = |why: String| CommandError::text(ErrorCode::ChartNotFound, why);
        let text = text.trim();
        if let Ok(chart) = text.parse::<ChartId>() {
            return Ok(chart.to_string());
        }
        let number = PatientNumber::parse(text)
            .map_err(|error| {
                not_found(format!(
                    "a chart is named by its identifier or its number: {error}"
                ))
            })?
            .to_string();
        let mut found = self
            .find(&number)?
            .into_iter()
            .filter(|it| it.number == number);
        match (found.next(), found.next()) {
            (Some(row), None) => Ok(row.chart),
            (Some(_), Some(_)) => Err(not_found(
                "several charts have this number: name the chart itself".to_owned(),
            )),
            (None, _) => Err(CommandError::new(ErrorCode::ChartNotFound)),
        }
    }

    /// Opens a chart. An access entry commits first.
    pub fn open(&mut self, chart: &str) -> Result<ChartView, CommandError> {
        let chart = chart_id(chart)?;
        if self.driver.store().row(chart)?.is_none() {
            return Err(CommandError::new(ErrorCode::ChartNotFound));
        }
        let deed = Deed::to(AccessEvent::OpenChart, chart);
        self.permit(Action::ReadChart, &deed)?;
        self.show(&[deed])?;
        let doc = self.driver.held_chart(chart)?;
        self.view(&doc)
    }
}
