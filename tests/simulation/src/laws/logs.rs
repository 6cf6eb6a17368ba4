//! Laws of logs: nothing is lost, nothing is used twice, everything can be verified.

use std::collections::BTreeMap;

use audit::{Access, Entry, EntryKind};
use record::{ChartId, DeviceId};
use store::AuditFilter;

use super::ALL_BYTES;
use crate::ledger::Shown;
use crate::run::Run;
use crate::violation::{Law, Violation, ensure};

/// Every clinic's log is at the hub, whole, and the clinic knows it.
pub(super) fn logs_are_at_the_hub(run: &Run) -> Result<(), Violation> {
    for (at, clinic) in run.clinics.iter().enumerate() {
        let own = clinic.store()?.log_head()?;
        let stored = run.hub.store()?.log_head(own.device, own.epoch)?;
        ensure(Law::AccessesAreLogged, stored == own, || {
            format!(
                "clinic {at} has its log up to {}, the hub up to {}",
                own.seq, stored.seq
            )
        })?;
        let unsent = clinic.store()?.unsent()?;
        ensure(Law::AccessesAreLogged, unsent == 0, || {
            format!("clinic {at} does not know that the hub has {unsent} of its entries")
        })?;
    }
    Ok(())
}

/// No automerge number is used twice, by anybody.
pub(super) fn actors_are_used_once(run: &Run) -> Result<(), Violation> {
    let mut used: BTreeMap<([u8; 16], ChartId, u64), DeviceId> = BTreeMap::new();
    let mut owners: BTreeMap<[u8; 16], DeviceId> = BTreeMap::new();
    for clinic in &run.clinics {
        let device = clinic.seat.identity.device;
        for entry in own_entries(clinic)? {
            let (EntryKind::CHANGE, Some(chart)) = (entry.kind, entry.chart) else {
                continue;
            };
            let change = replica::check(&entry.payload).map_err(|refusal| {
                Violation::new(Law::NothingIsSetAside, format!("an own change: {refusal}"))
            })?;
            let actor = *change.actor().as_bytes();
            let owner = *owners.entry(actor).or_insert(device);
            ensure(Law::ActorsAreUsedOnce, owner == device, || {
                format!("devices {owner} and {device} use one actor")
            })?;
            let before = used.insert((actor, chart, change.seq()), device);
            ensure(Law::ActorsAreUsedOnce, before.is_none(), || {
                format!(
                    "device {device} uses number {} of an actor twice",
                    change.seq()
                )
            })?;
        }
    }
    Ok(())
}

fn own_entries(clinic: &crate::clinic::Clinic) -> Result<Vec<Entry>, Violation> {
    let store = clinic.store()?;
    let epoch = store.log_head()?.epoch;
    let entries = store.own_entries(epoch, 0, ALL_BYTES)?;
    // What was removed with its chart is at the hub only.
    let kept = entries.iter().filter(|it| !it.is_removed);
    let read = kept.map(|it| Entry::from_bytes(&it.bytes));
    read.collect::<Result<_, _>>().map_err(|error| {
        Violation::new(
            Law::AuditVerifies,
            format!("an own entry cannot be read: {error}"),
        )
    })
}

/// All that anybody was shown is in the hub's log, as often as it was shown.
pub(super) fn accesses_are_logged(run: &Run) -> Result<(), Violation> {
    let filter = AuditFilter {
        kind: Some(EntryKind::ACCESS),
        limit: 1_000_000,
        ..AuditFilter::default()
    };
    let mut logged: Vec<Shown> = Vec::new();
    for row in run.hub.store()?.audit(&filter)? {
        let Some(entry) = row.entry else { continue };
        if let Ok(access) = Access::from_bytes(&entry.payload) {
            logged.push(Shown {
                device: row.position.device,
                person: entry.person,
                event: access.event,
                chart: entry.chart,
            });
        }
    }
    for shown in &run.ledger.shown {
        let at = logged.iter().position(|it| it == shown);
        ensure(Law::AccessesAreLogged, at.is_some(), || {
            format!("the hub's log lacks {shown:?}")
        })?;
        if let Some(at) = at {
            logged.swap_remove(at);
        }
    }
    Ok(())
}

/// The hub's history and what was derived from it verify, and so do the replicas.
pub(super) fn audits_verify(run: &mut Run) -> Result<(), Violation> {
    let found = run.hub.hub().map(|hub| hub.verify());
    let clean = found
        .as_ref()
        .is_some_and(sync_server::Verification::is_clean);
    ensure(Law::AuditVerifies, clean, || format!("the hub: {found:?}"))?;
    for (at, clinic) in run.clinics.iter_mut().enumerate() {
        let Some(client) = clinic.client() else {
            return Err(Violation::new(
                Law::EverybodyGetsOn,
                format!("clinic {at} is down"),
            ));
        };
        let report = client.verify()?;
        ensure(Law::AuditVerifies, report.ok, || {
            format!("clinic {at}: {:?}", report.problems)
        })?;
    }
    Ok(())
}
