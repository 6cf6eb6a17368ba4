//! The law of values written apart: whoever holds a chart is shown all of them until someone decides.

use std::collections::{BTreeMap, BTreeSet};

use desktop_client::ConflictRegister;
use record::{ChartId, Register};

use super::charts::followed;
use super::{clinic, view};
use crate::report::Seen;
use crate::run::Run;
use crate::sabotage::Sabotage;
use crate::violation::{Law, Violation, ensure};

/// The birth dates that each clinic shows side by side, by the chart.
type Shown = BTreeMap<ChartId, BTreeSet<String>>;

/// Every clinic that holds a chart shows the birth dates that the run saw written and nobody saw replaced.
pub(super) fn all_are_shown(run: &mut Run) -> Result<(), Violation> {
    let mut shared: BTreeMap<ChartId, u64> = BTreeMap::new();
    let set_aside = run.hub.store()?.quarantined(None, 0)?;
    let set_aside: BTreeSet<Option<ChartId>> = set_aside.iter().map(|it| it.chart).collect();
    for at in 0..run.clinics.len() {
        let shown = shown(run, at)?;
        run.report.add(Seen::Conflict, shown.len() as u64);
        for chart in shown.keys() {
            *shared.entry(*chart).or_default() += 1;
        }
        for chart in followed(run.hub.store()?, clinic(run, at)?)? {
            if set_aside.contains(&Some(chart)) {
                // What was written apart waits at the hub for a person.
                continue;
            }
            let Some(expected) = run.ledger.births.standing(chart) else {
                continue;
            };
            let held = held(run, at, chart)?;
            ensure(
                Law::BothValuesAreShown,
                expected.is_empty() || held == expected,
                || format!("clinic {at} holds {held:?} in chart {chart}, {expected:?} stand"),
            )?;
            let differ = expected.len() > 1;
            let expected = if differ { expected } else { BTreeSet::new() };
            let found = shown.get(&chart).cloned().unwrap_or_default();
            ensure(Law::BothValuesAreShown, found == expected, || {
                format!("clinic {at} shows {found:?} of chart {chart}, {expected:?} stand")
            })?;
        }
    }
    let both = shared.values().filter(|clinics| **clinics > 1).count();
    run.report.add(Seen::SharedConflict, both as u64);
    Ok(())
}

/// Returns the birth dates that stand in a clinic's chart.
fn held(run: &Run, at: usize, chart: ChartId) -> Result<BTreeSet<String>, Violation> {
    let snapshot = clinic(run, at)?.store()?.snapshot(chart)?;
    let register = view(chart, &snapshot)?.and_then(|it| it.birth_date);
    let values = register.iter().flat_map(Register::all);
    Ok(values.map(|it| it.value.date.to_string()).collect())
}

/// Asks a clinic as a person does.
fn shown(run: &mut Run, at: usize) -> Result<Shown, Violation> {
    let hides = run.is_broken(Sabotage::HideAValue);
    let client = run.clinics.get_mut(at).and_then(|it| it.client());
    let conflicts = client.map(|it| it.conflicts()).transpose()?;
    let mut shown = Shown::new();
    for conflict in conflicts.unwrap_or_default() {
        if conflict.register != ConflictRegister::BirthDate {
            continue;
        }
        let Ok(chart) = conflict.chart.parse() else {
            continue;
        };
        let values = conflict.values.into_iter().skip(usize::from(hides));
        shown.insert(chart, values.map(|it| it.value).collect());
    }
    Ok(shown)
}
