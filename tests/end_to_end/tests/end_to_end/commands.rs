//! The hub's commands, while it serves and while it does not.

use anyhow::{Context as _, Result, ensure};
use end_to_end::district::District;
use serde_json::Value;

use crate::programs;

/// Returns how many things a member lists.
fn count(answer: &Value, name: &str) -> Result<usize> {
    let listed = answer[name].as_array();
    Ok(listed
        .with_context(|| format!("no {name}: {answer}"))?
        .len())
}

/// Lets the hub serve, or not.
fn serve(district: &mut District, serves: bool) -> Result<()> {
    match (district.is_serving()?, serves) {
        (false, true) => district.serve(),
        (true, false) => district.kill_hub(),
        (false, false) | (true, true) => Ok(()),
    }
}

/// Adds a site, a person and an invite; returns the invite.
fn invite(district: &District, round: usize) -> Result<String> {
    let hub = &district.hub;
    let number = round.to_string();
    let name = format!("Clinic {number}");
    let site = hub.json(&["site", "add", &name])?;
    let person = ["person", "add", "Ana", "--role", "nurse", "--site", &number];
    let person = hub.json(&person)?;
    let words = ["device", "invite", "--site", &number, "--person", &number];
    let invited = hub.json(&words)?;
    let invite = invited["invite"].as_str().context("an invite")?;

    ensure!(site["id"] == round && site["name"] == name, "{site}");
    ensure!(person["id"] == round && person["name"] == "Ana", "{person}");
    ensure!(invite.starts_with("posta1-"), "{invited}");
    let address = district.network.address().to_string();
    ensure!(invited["hubAddress"] == address, "{invited}");
    ensure!(invited["expiresMs"].as_u64() > Some(0), "{invited}");
    let (sites, people) = (hub.json(&["site", "list"])?, hub.json(&["person", "list"])?);
    ensure!(count(&sites, "sites")? == round, "{sites}");
    ensure!(count(&people, "people")? == round, "{people}");
    Ok(invite.to_owned())
}

/// Approves the computer that asks, with its words.
fn approve(district: &District, round: usize, words: &str) -> Result<()> {
    let hub = &district.hub;
    let listed = hub.json(&["device", "list"])?;
    let id = listed["requests"][0]["id"].to_string();
    let blind = hub.refusal(&["device", "approve", &id])?;
    let other = hub.refusal(&["device", "approve", &id, "--words", "a b c d e f"])?;
    let approved = hub.json(&["device", "approve", &id, "--words", words])?;

    ensure!(count(&listed, "requests")? == 1, "{listed}");
    ensure!(listed["requests"][0]["words"] == words, "{listed}");
    ensure!(blind.contains("compare the six words first"), "{blind}");
    ensure!(other.contains("do not approve it"), "{other}");
    ensure!(approved["device"] == round, "{approved}");
    ensure!(approved["decision"] == "approved", "{approved}");
    let after = hub.json(&["device", "list"])?;
    ensure!(count(&after, "devices")? == round, "{after}");
    ensure!(count(&after, "requests")? == 0, "{after}");
    Ok(())
}

/// Asks how things stand, and for the history.
fn look(district: &District, round: usize) -> Result<()> {
    let hub = &district.hub;
    let status = hub.json(&["status"])?;
    let verified = hub.json(&["audit", "verify"])?;
    let all = hub.json(&["audit", "list"])?;
    let last = hub.json(&["audit", "list", "--kind", "session", "--limit", "1"])?;

    ensure!(status["name"] == "District hub", "{status}");
    ensure!(count(&status, "sites")? == round, "{status}");
    ensure!(count(&status, "devices")? == round, "{status}");
    ensure!(status["people"] == round, "{status}");
    ensure!(verified["ok"] == true, "{verified}");
    ensure!(count(&verified, "problems")? == 0, "{verified}");
    ensure!(verified["entries"] == status["entries"], "{verified}");
    ensure!(count(&all, "entries")? > 4 * round, "{all}");
    ensure!(count(&last, "entries")? == 1, "{last}");
    Ok(())
}

#[test]
fn every_command_of_the_hub_works_whether_or_not_it_serves() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut district = District::found(programs().clone(), folder.path())?;
    for (round, serves) in [(1, false), (2, true), (3, false)] {
        serve(&mut district, serves)?;
        let invite = invite(&district, round)?;

        // Only a hub that serves can be asked to let a computer in.
        serve(&mut district, true)?;
        let computer = district.computer(&format!("computer {round}"))?;
        let pending = computer.posta.json(&["enrol", &invite, "--no-wait"])?;
        let words = pending["words"].as_array().context("six words")?;
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();

        serve(&mut district, serves)?;
        approve(&district, round, &words.join(" "))?;
        look(&district, round)?;
        ensure!(district.is_serving()? == serves, "in round {round}");

        serve(&mut district, true)?;
        let enrolled = computer.posta.json(&["enrol", "--no-wait"])?;
        ensure!(enrolled["state"] == "approved", "{enrolled}");
        let report = computer.posta.json(&["sync", "--once"])?;
        ensure!(report["roundTrips"].as_u64() > Some(0), "{report}");

        serve(&mut district, serves)?;
        let revoked = district
            .hub
            .json(&["device", "revoke", &round.to_string()])?;
        ensure!(revoked["decision"] == "revoked", "{revoked}");
        serve(&mut district, true)?;
        let refused = computer.posta.refused(&["sync", "--once"])?;
        ensure!(refused["code"] == "deviceUnknown", "{refused}");
    }
    Ok(())
}
