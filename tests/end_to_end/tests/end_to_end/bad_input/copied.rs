//! A home that was copied to a second computer, or put back from an older copy: it heals itself.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use harness::programs::Program;

use super::{Scene, says, scene};

/// Copies a folder that nobody has open.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).context("copying a home")?;
        }
    }
    Ok(())
}

/// Registers a patient and returns the number on the card.
fn register(posta: &Program, family: &str) -> Result<String> {
    let chart = posta.json(&[
        "patient", "register", "--family", family, "--given", "Juma", "--sex", "male",
    ])?;
    let number = chart["number"].as_str();
    Ok(number.context("a number on the card")?.to_owned())
}

/// The computer syncs without complaint, holds so many charts, all sent, and verifies.
fn is_level(posta: &Program, charts: u64) -> Result<()> {
    let report = posta.json(&["sync", "--once"])?;
    ensure!(report["charts"] == charts, "{report}");
    ensure!(report["setAside"] == 0, "{report}");
    let status = posta.json(&["status"])?;
    ensure!(status["unsent"] == 0, "{status}");
    let verified = posta.json(&["verify"])?;
    ensure!(verified["ok"] == true, "{verified}");
    Ok(())
}

fn hub_is_whole(scene: &Scene) -> Result<()> {
    let hub = &scene.district.hub;
    let verified = hub.json(&["audit", "verify"])?;
    ensure!(verified["ok"] == true, "{verified}");
    let status = hub.json(&["status"])?;
    ensure!(status["quarantined"] == 0, "{status}");
    Ok(())
}

#[test]
fn a_home_copied_to_a_second_computer_goes_on_beside_the_first() -> Result<()> {
    let scene = scene()?;
    scene.register("Otieno")?;
    let first = &scene.clinic.posta;
    is_level(first, 1)?;
    let home = scene.folder.path().join("second");
    copy(&scene.clinic.home, &home)?;
    let second = scene
        .district
        .programs()
        .posta(&home, &scene.clinic.passphrase);

    register(first, "Wanjiru")?;
    register(&second, "Achieng")?;
    register(&second, "Kamau")?;
    is_level(first, 2)?;
    is_level(&second, 4)?;
    is_level(first, 4)?;

    // The next day.
    let numbers = [register(first, "Njeri")?, register(&second, "Mutua")?];
    ensure!(numbers[0] != numbers[1], "both copies issued {numbers:?}");
    is_level(&second, 5)?;
    is_level(first, 6)?;
    is_level(&second, 6)?;
    hub_is_whole(&scene)?;
    let told = second.json(&["status"])?;
    ensure!(told["restored"].is_string(), "{told}");
    let devices = scene.district.hub.json(&["device", "list"])?;
    let logs = &devices["devices"][0]["newLogs"];
    ensure!(logs.as_array().map(Vec::len) == Some(1), "{devices}");
    says(logs[0]["why"].as_str().unwrap_or_default(), "copied")
}

#[test]
fn a_database_put_back_alone_is_noticed_before_the_hub_is_asked() -> Result<()> {
    let scene = scene()?;
    scene.register("Otieno")?;
    let posta = &scene.clinic.posta;
    is_level(posta, 1)?;
    let kept = scene.folder.path().join("kept.db");
    let database = scene.clinic.home.join("replica.db");
    fs::copy(&database, &kept)?;
    scene.register("Wanjiru")?;
    is_level(posta, 2)?;

    for beside in ["replica.db-wal", "replica.db-shm"] {
        let path = scene.clinic.home.join(beside);
        if path.exists() {
            fs::remove_file(path)?;
        }
    }
    fs::copy(&kept, &database)?;
    let number = register(posta, "Achieng")?;
    is_level(posta, 3)?;

    ensure!(register(posta, "Kamau")? != number);
    is_level(posta, 4)?;
    hub_is_whole(&scene)?;
    let devices = scene.district.hub.json(&["device", "list"])?;
    let why = &devices["devices"][0]["newLogs"][0]["why"];
    says(
        why.as_str().unwrap_or_default(),
        "its database was restored",
    )
}
