//! Laws of charts: they are where they belong, and the same everywhere.

use std::collections::{BTreeMap, BTreeSet};

use record::{ChartId, PatientNumber};
use replica::ChartDoc;
use store::{HubStore, Snapshot};

use super::clinic;
use crate::clinic::Clinic;
use crate::run::Run;
use crate::violation::{Law, Violation, ensure};

/// A clinic holds no chart outside its scopes.
pub(super) fn stay_in_their_scopes(run: &Run, at: usize) -> Result<(), Violation> {
    // Of what a hub lost that was put back, the clinic says that it has it and the hub has not.
    let clinic = clinic(run, at)?;
    let is_told = run.ledger.restores > 0 && clinic.misses_at_hub();
    for chart in clinic.store()?.charts()? {
        let scopes = run.hub.store()?.scopes_of(chart)?;
        let entitled = scopes
            .iter()
            .any(|scope| clinic.seat.scopes.contains(scope));
        ensure(Law::NothingLeavesItsScope, entitled || is_told, || {
            format!("clinic {at} holds chart {chart}, which is in {scopes:?}")
        })?;
    }
    Ok(())
}

/// Every clinic holds every chart of its scopes, with the hub's heads. Of a hub that was put back it may hold more, if
/// it says so: what came in packs cannot be proven to the hub, nor what follows them.
pub(super) fn replicas_converge(run: &Run) -> Result<(), Violation> {
    let hub = run.hub.store()?;
    for chart in hub.charts()? {
        let scopes = hub.scopes_of(chart)?;
        let ours = hub.snapshot(chart)?;
        for (at, clinic) in run.clinics.iter().enumerate() {
            if !scopes
                .iter()
                .any(|scope| clinic.seat.scopes.contains(scope))
            {
                continue;
            }
            let theirs = clinic.store()?.snapshot(chart)?;
            let heads = |it: &Option<Snapshot>| it.as_ref().map(|it| it.heads.clone());
            let equal =
                heads(&ours) == heads(&theirs) && view(chart, &ours)? == view(chart, &theirs)?;
            let is_told = run.ledger.restores > 0 && clinic.misses_at_hub();
            let is_known = equal || (is_told && has_all_of(clinic, hub, chart)?);
            ensure(Law::ReplicasConverge, is_known, || {
                format!("chart {chart} at clinic {at} is not the hub's")
            })?;
        }
    }
    Ok(())
}

/// Says whether a clinic has all that the hub has of a chart.
fn has_all_of(clinic: &Clinic, hub: &HubStore, chart: ChartId) -> Result<bool, Violation> {
    let here = clinic.store()?.changes_of(chart)?;
    let here: BTreeSet<[u8; 32]> = here.into_iter().map(|it| it.hash).collect();
    let there = hub.changes_of(chart)?;
    Ok(there.iter().all(|it| here.contains(&it.hash)))
}

pub(crate) fn view(
    chart: ChartId,
    snapshot: &Option<Snapshot>,
) -> Result<Option<record::Chart>, Violation> {
    let Some(snapshot) = snapshot else {
        return Ok(None);
    };
    let doc = ChartDoc::load(chart, &snapshot.bytes).map_err(|error| {
        Violation::new(
            Law::ReplicasConverge,
            format!("chart {chart} does not load: {error}"),
        )
    })?;
    Ok(Some(doc.view()))
}

/// Returns the charts at a clinic that the hub knows to be there. One that only a hub knew to be there which was put
/// back since is not followed any more.
pub(super) fn followed(hub: &HubStore, clinic: &Clinic) -> Result<Vec<ChartId>, Violation> {
    let mut charts = clinic.store()?.charts()?;
    let mut error = None;
    charts.retain(|chart| match hub.scopes_of(*chart) {
        Ok(scopes) => scopes.iter().any(|it| clinic.seat.scopes.contains(it)),
        Err(other) => {
            error = Some(other);
            false
        }
    });
    error.map_or(Ok(charts), |it| Err(it.into()))
}

/// What two clinics show of a chart is equal, byte for byte.
pub(super) fn views_are_equal(run: &mut Run) -> Result<(), Violation> {
    let mut shown: BTreeMap<ChartId, (usize, Vec<u8>)> = BTreeMap::new();
    let hub = run.hub.store()?;
    for (at, clinic) in run.clinics.iter_mut().enumerate() {
        let charts = followed(hub, clinic)?;
        let Some(client) = clinic.client() else {
            continue;
        };
        for chart in charts {
            // The age too: every clock is right again, also of a device whose clock once ran ahead.
            let view = client.open(&chart.to_string())?;
            let view = serde_json::to_vec(&view).unwrap_or_default();
            let (other, before) = shown.entry(chart).or_insert_with(|| (at, view.clone()));
            ensure(
                Law::ReplicasConverge,
                *before == view && !view.is_empty(),
                || {
                    let (one, two) = difference(before, &view);
                    format!("chart {chart} at clinic {other}: {one}, at clinic {at}: {two}")
                },
            )?;
        }
    }
    Ok(())
}

/// Returns what stands around the first difference on both sides.
fn difference(one: &[u8], other: &[u8]) -> (String, String) {
    let at = one
        .iter()
        .zip(other)
        .take_while(|(one, other)| one == other)
        .count();
    let around = |text: &[u8]| {
        let from = at.saturating_sub(60);
        let part = text
            .get(from..text.len().min(at.saturating_add(60)))
            .unwrap_or_default();
        String::from_utf8_lossy(part).into_owned()
    };
    (around(one), around(other))
}

/// No two charts have the same patient number.
pub(super) fn numbers_are_unique(run: &Run) -> Result<(), Violation> {
    let mut numbers: BTreeMap<String, ChartId> = BTreeMap::new();
    for clinic in &run.clinics {
        let store = clinic.store()?;
        for chart in store.charts()? {
            let Some(row) = store.row(chart)? else {
                continue;
            };
            let number = row.number;
            let other = *numbers.entry(number.clone()).or_insert(chart);
            let excused = is_of_copies(run, &number);
            ensure(Law::NumbersAreUnique, other == chart || excused, || {
                format!("charts {other} and {chart} have one number")
            })?;
        }
    }
    Ok(())
}

/// Two copies of a device may issue one number until the first of them meets the hub. A block that was given to one
/// copy is its own.
fn is_of_copies(run: &Run, number: &str) -> bool {
    let Ok(number) = number.parse::<PatientNumber>() else {
        return false;
    };
    let Some(roster) = run.hub.roster() else {
        return false;
    };
    let mut owners = roster.devices.iter();
    let owner = owners.find(|it| it.blocks.contains(&number.block()));
    owner.is_some_and(|owner| {
        let copies = run.ledger.copied.iter().filter(|it| **it == owner.id);
        let own = owner.moved.iter().any(|it| it.1 == number.block());
        copies.count() > usize::from(own)
    })
}
