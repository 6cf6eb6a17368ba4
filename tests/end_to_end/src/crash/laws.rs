//! When enough was killed, and what must hold in the end.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::ledger::Ledger;
use super::{Report, stored};
use crate::district::{Clinic, District};
use crate::resources;

/// How many kills are left.
#[derive(Debug)]
pub(super) struct Killing {
    of_clinics: AtomicU32,
    of_the_hub: AtomicU32,
    is_over: AtomicBool,
}

impl Killing {
    pub(super) const fn new(kills: u32) -> Self {
        Self {
            of_clinics: AtomicU32::new(kills),
            of_the_hub: AtomicU32::new(kills),
            is_over: AtomicBool::new(false),
        }
    }

    pub(super) fn goes_on(&self) -> bool {
        let left = |it: &AtomicU32| it.load(Ordering::SeqCst) > 0;
        !self.is_over.load(Ordering::SeqCst) && (left(&self.of_clinics) || left(&self.of_the_hub))
    }

    pub(super) fn one_of_a_clinic(&self) {
        one(&self.of_clinics);
    }

    pub(super) fn one_of_the_hub(&self) {
        one(&self.of_the_hub);
    }

    /// Ends everything: something was found.
    pub(super) fn give_up(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

fn one(left: &AtomicU32) {
    let less = |it: u32| Some(it.saturating_sub(1));
    // It never fails: there is always a next value.
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        .unwrap_or_default();
}

/// Lets everybody meet the hub once more and holds what is there against what was acknowledged.
pub(super) fn judge(
    district: &District,
    clinics: &[Clinic],
    ledgers: &[Ledger],
    report: &mut Report,
) -> Result<()> {
    // What the first gives, the others take; what the last gives, the first takes in the second round.
    for clinic in clinics.iter().chain(clinics) {
        let met = clinic.posta.json(&["sync", "--once"]);
        met.with_context(|| format!("{}'s last meeting", clinic.name))?;
    }
    hub_is_whole(district, clinics, report)?;
    let mut digests = Vec::new();
    for clinic in clinics {
        digests.push(clinic_is_whole(clinic, report.charts)?);
        let held = held(district.folder(), clinic)?;
        for ledger in ledgers {
            has_all(clinic, &held, ledger)?;
        }
        let unknown = ledgers.iter().flat_map(|it| &it.unknown);
        report.done_though_killed = unknown.filter(|it| held.contains_key(*it)).count();
    }
    digests.dedup();
    ensure!(digests.len() == 1, "the replicas differ: {digests:?}");
    report.acknowledged = ledgers.iter().map(|it| it.done.len()).sum();
    report.unknown = ledgers.iter().map(|it| it.unknown.len()).sum();
    Ok(())
}

fn hub_is_whole(district: &District, clinics: &[Clinic], report: &mut Report) -> Result<()> {
    let verified = district.hub.json(&["audit", "verify"])?;
    ensure!(
        verified["ok"] == true,
        "the hub does not verify: {verified}"
    );
    let status = district.hub.json(&["status"])?;
    for nothing in [
        "quarantined",
        "waiting",
        "unmaterialised",
        "forks",
        "restored",
    ] {
        ensure!(status[nothing] == 0, "{nothing} at the hub: {status}");
    }
    report.charts = status["charts"].as_u64().context("the hub's charts")?;
    report.entries = status["entries"].as_u64().context("the hub's entries")?;
    let stored = stored(&district.hub.json(&["device", "list"])?, clinics)?;
    for (clinic, stored) in clinics.iter().zip(stored) {
        let at_hub = clinic.posta.json(&["status"])?["atHub"].as_u64();
        ensure!(
            at_hub == Some(stored),
            "{} counts {at_hub:?} entries as stored at the hub, which has {stored}",
            clinic.name
        );
    }
    Ok(())
}

/// The clinic verifies, has nothing unsent, and was neither restored nor set aside. Returns the digest of its charts.
fn clinic_is_whole(clinic: &Clinic, charts: u64) -> Result<String> {
    let name = &clinic.name;
    let status = clinic.posta.json(&["status"])?;
    ensure!(status["charts"] == charts, "{name} of {charts}: {status}");
    for nothing in ["unsent", "quarantined", "setAside", "notAtHub", "conflicts"] {
        ensure!(status[nothing] == 0, "{nothing} at {name}: {status}");
    }
    // A program that was killed is no copy that was put back.
    for never in ["restored", "hubRestored"] {
        ensure!(status[never].is_null(), "{never} at {name}: {status}");
    }
    let verified = clinic.posta.json(&["verify"])?;
    ensure!(verified["ok"] == true, "{name} does not verify: {verified}");
    let digest = verified["digest"].as_str().context("a digest")?;
    Ok(digest.to_owned())
}

/// Returns the families and reasons for a visit in a clinic's replica, with how many resources have each.
fn held(folder: &Path, clinic: &Clinic) -> Result<BTreeMap<String, u32>> {
    let out = folder.join(format!("{}-out", clinic.name));
    let path = out.to_str().context("a path of plain letters")?;
    clinic
        .posta
        .json(&["export", "fhir", "--out", path, "--ndjson"])?;
    let mut held = BTreeMap::new();
    for file in resources::files(&out)? {
        for line in fs::read_to_string(&file)?.lines() {
            let resource: Value = serde_json::from_str(line).context("a line of an export")?;
            let word = match resource["resourceType"].as_str() {
                Some("Patient") => &resource["name"][0]["family"],
                Some("Encounter") => &resource["reasonCode"][0]["text"],
                Some(_) | None => continue,
            };
            if let Some(word) = word.as_str() {
                *held.entry(word.to_owned()).or_default() += 1;
            }
        }
    }
    Ok(held)
}

/// Everything that was acknowledged is there, and everything that is there is there once.
fn has_all(clinic: &Clinic, held: &BTreeMap<String, u32>, ledger: &Ledger) -> Result<()> {
    let name = &clinic.name;
    let lost: Vec<&String> = (ledger.done.iter())
        .filter(|it| !held.contains_key(*it))
        .collect();
    ensure!(
        lost.is_empty(),
        "{name} lost what was acknowledged: {lost:?}"
    );
    let known = ledger.done.iter().chain(&ledger.unknown);
    let twice: Vec<&String> = known.filter(|it| held.get(*it) > Some(&1)).collect();
    ensure!(twice.is_empty(), "{name} has twice: {twice:?}");
    Ok(())
}
