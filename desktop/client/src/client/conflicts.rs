//! What a person must decide, and deciding it, with a reason.

use std::collections::BTreeSet;

use audit::AccessEvent;
use record::{Agreement, Chart, Content, Refines, Register, Stamped};
use replica::Intent;
use roster::Action;

use super::access::Deed;
use super::pen::Pen;
use super::{Client, chart_id};
use crate::inputs::{MAX_REASON_BYTES, required};
use crate::project::{conflicts_of, deceased_text, sex_code};
use crate::views::{
    ChartView, CommandError, ConflictRegister, ConflictView, ErrorCode, ResolveInput,
};

/// How many charts the list of conflicts shows. Who has decided these sees the next.
pub(super) const MAX_LISTED: usize = 100;

impl Client {
    /// Lists what a person must decide. An access entry commits first, and one for each chart of the list: it shows
    /// who the patients are, and each patient's history must say so.
    pub fn conflicts(&mut self) -> Result<Vec<ConflictView>, CommandError> {
        let list = Deed::new(AccessEvent::List);
        self.permit(Action::SearchPatients, &list)?;
        let mut charts = self.driver.store().conflicts()?;
        charts.truncate(MAX_LISTED);
        let mut shown = vec![list.with_results(charts.len())];
        shown.extend(charts.iter().map(|it| Deed::to(AccessEvent::List, *it)));
        self.show(&shown)?;
        let today = self.driver.today();
        let mut views = Vec::new();
        for chart in charts {
            let doc = self.driver.held_chart(chart)?;
            views.extend(conflicts_of(&doc.view(), &self.driver.lens(&today)));
        }
        Ok(views)
    }

    /// Decides between values that were written apart. A later edit made elsewhere re-opens it.
    pub fn resolve(&mut self, input: &ResolveInput) -> Result<ChartView, CommandError> {
        let chart = chart_id(&input.chart)?;
        let reason = required(&input.reason, "reason", MAX_REASON_BYTES)?;
        let deed = Deed::to(AccessEvent::Resolve, chart).because(&reason);
        self.permit(Action::ResolveConflict, &deed)?;
        let mut doc = self.driver.held_chart(chart)?;
        let view = doc.view();
        self.still_stands(&view, input)?;
        self.edit(&mut doc, &deed, |_client, pen| {
            decision(&view, input, &reason, pen).map(|intent| vec![intent])
        })?;
        self.view(&doc)
    }

    /// Refuses a decision between other values than those that stand in conflict now.
    fn still_stands(&self, chart: &Chart, input: &ResolveInput) -> Result<(), CommandError> {
        let Some(shown) = &input.shown else {
            return Ok(());
        };
        let shown: BTreeSet<&str> = shown.iter().map(String::as_str).collect();
        let today = self.driver.today();
        let stands = conflicts_of(chart, &self.driver.lens(&today))
            .iter()
            .filter(|it| it.register == input.register)
            .any(|it| {
                it.values
                    .iter()
                    .map(|it| it.key.as_str())
                    .collect::<BTreeSet<_>>()
                    == shown
            });
        if stands && shown.contains(input.value.as_str()) {
            Ok(())
        } else {
            Err(CommandError::new(ErrorCode::ConflictChanged))
        }
    }
}

fn decision(
    chart: &Chart,
    input: &ResolveInput,
    reason: &str,
    pen: &mut Pen,
) -> Result<Intent, CommandError> {
    let key = input.value.as_str();
    match input.register {
        ConflictRegister::BirthDate => {
            let chosen = choose(chart.birth_date.as_ref(), |it| it.date.as_str() == key)?;
            Ok(Intent::SetBirthDate(pen.stamped(chosen, Some(reason))))
        }
        ConflictRegister::Sex => {
            let chosen = choose(chart.sex.as_ref(), |it| sex_code(*it) == key)?;
            Ok(Intent::SetSex(pen.stamped(chosen, Some(reason))))
        }
        ConflictRegister::Deceased => {
            let chosen = choose(chart.deceased.as_ref(), |it| deceased_text(it) == key)?;
            Ok(Intent::SetDeceased(pen.stamped(chosen, Some(reason))))
        }
        ConflictRegister::Statement => statement_decision(chart, key, reason, pen),
    }
}

/// Takes the value that was chosen out of those that stand in conflict now.
fn choose<T: Clone + PartialEq + Refines + serde::Serialize>(
    register: Option<&Register<T>>,
    is_chosen: impl Fn(&T) -> bool,
) -> Result<T, CommandError> {
    register
        .filter(|it| it.agreement == Agreement::Conflict)
        .and_then(|it| {
            it.all()
                .map(|it: &Stamped<T>| &it.value)
                .find(|it| is_chosen(it))
        })
        .cloned()
        .ok_or_else(|| CommandError::new(ErrorCode::ConflictChanged))
}

/// Says again what the chosen statement says, in the place of all that were in conflict.
fn statement_decision(
    chart: &Chart,
    key: &str,
    reason: &str,
    pen: &mut Pen,
) -> Result<Intent, CommandError> {
    let changed = || CommandError::new(ErrorCode::ConflictChanged);
    let conflicts = chart.conflicting_statements();
    let conflict = conflicts
        .iter()
        .find(|it| it.replacements.iter().any(|it| it.id.to_string() == key))
        .ok_or_else(changed)?;
    let chosen = conflict
        .replacements
        .iter()
        .find(|it| it.id.to_string() == key)
        .ok_or_else(changed)?;
    // What a newer release wrote cannot be said again by this one.
    if matches!(chosen.content, Content::Unknown(_)) {
        return Err(CommandError::new(ErrorCode::TooNew));
    }
    let content = chosen.content.clone();
    let id = pen.statement_id();
    let mut statement = pen.statement(id, chosen.encounter, chosen.occurred.clone(), content);
    statement.replaces = conflict.replacements.iter().map(|it| it.id).collect();
    statement.reason = Some(reason.to_owned());
    statement.source.clone_from(&chosen.source);
    Ok(Intent::AddStatement(Box::new(statement)))
}
