//! Two computers that meet on a LAN while the hub is away.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use end_to_end::district::{Clinic, District};
use harness::programs::Serving;
use serde_json::Value;

use crate::two_clinics;

/// Enrols both clinics at a hub that serves, which both have met.
fn scene(folder: &Path) -> Result<(District, [Clinic; 2])> {
    let (district, clinics) = two_clinics(folder)?;
    for clinic in &clinics {
        sync(clinic)?;
    }
    Ok((district, clinics))
}

fn sync(clinic: &Clinic) -> Result<Value> {
    clinic.posta.json(&["sync", "--once"])
}

fn away(district: &mut District) -> Result<()> {
    district.network.cut();
    district.kill_hub()
}

fn back(district: &mut District) -> Result<()> {
    district.network.restore();
    district.serve()
}

/// Has one clinic open its door and the other one come; returns what the one who came says of it.
fn meet(guest: &Clinic, host: &Clinic) -> Result<Value> {
    let words = ["lan", "serve", "--listen", "127.0.0.1:0", "--once"];
    let door = Serving::start_of(&host.posta, &words)?;
    let address = door.address().to_string();
    let report = guest.posta.json(&["lan", "meet", &address])?;
    door.wait()?;
    Ok(report)
}

fn register(clinic: &Clinic, family: &str) -> Result<String> {
    let words = [
        "patient", "register", "--family", family, "--given", "Juma", "--sex", "male",
    ];
    let chart = clinic.posta.json(&words)?;
    Ok(chart["chart"].as_str().context("the chart")?.to_owned())
}

fn visit(clinic: &Clinic, chart: &str, reason: &str) -> Result<()> {
    let words = ["visit", "add", chart, "--reason", reason];
    clinic.posta.json(&words).map(drop)
}

fn unsent(clinic: &Clinic) -> Result<u64> {
    let status = clinic.posta.json(&["status"])?;
    Ok(status["unsent"].as_u64().unwrap_or(u64::MAX))
}

fn digest(clinic: &Clinic) -> Result<String> {
    let verified = clinic.posta.json(&["verify"])?;
    ensure!(verified["ok"] == true, "{}: {verified}", clinic.name);
    Ok(verified["digest"].as_str().context("a digest")?.to_owned())
}

#[test]
fn a_word_gets_to_the_neighbour_and_by_the_neighbour_to_the_hub() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut district, [uphill, downhill]) = scene(folder.path())?;
    away(&mut district)?;
    let chart = register(&uphill, "Wekesa")?;
    visit(&uphill, &chart, "a cough for three weeks")?;

    let report = meet(&uphill, &downhill)?;
    ensure!(report["entriesGiven"].as_u64() > Some(2), "gave {report}");
    let again = meet(&uphill, &downhill)?;
    ensure!(again["entriesTaken"] == 0, "twice: {again}");

    let shown = downhill
        .posta
        .json(&["patient", "show", &chart])?
        .to_string();
    ensure!(shown.contains("a cough for three weeks"), "{shown}");
    ensure!(shown.contains("Asha Njoroge"), "whose word it is: {shown}");
    // What is written on top of it waits for nothing.
    visit(&downhill, &chart, "came for the result")?;

    back(&mut district)?;
    sync(&downhill)?;
    let at_hub = district.hub.json(&["audit", "verify"])?;
    ensure!(at_hub["ok"] == true, "the hub: {at_hub}");
    let before = unsent(&uphill)?;
    let learnt = sync(&uphill)?;
    ensure!(
        learnt["stored"].as_u64() < Some(before),
        "the neighbour had brought most of {before}: {learnt}"
    );
    sync(&downhill)?;

    ensure!(digest(&uphill)? == digest(&downhill)?, "the same charts");
    let quarantine = district.hub.json(&["quarantine", "list"])?;
    ensure!(
        quarantine.as_array().is_none_or(Vec::is_empty),
        "set aside: {quarantine}"
    );
    Ok(())
}
