//! A hub whose disk is replaced by an older copy of it.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use end_to_end::district::{Clinic, Staff};
use harness::intruder;
use serde_json::Value;

use super::{Scene, says, scene};

/// Where a second computer stands.
const RIVER: Staff<'static> = Staff {
    site: "River",
    kind: "clinic",
    person: "Daniel Okafor",
    role: "nurse",
};

fn register(clinic: &Clinic, family: &str) -> Result<Value> {
    let words = [
        "patient", "register", "--family", family, "--given", "Wayra", "--sex", "female",
    ];
    clinic.posta.json(&words)
}

fn sync(clinic: &Clinic) -> Result<Value> {
    clinic.posta.json(&["sync", "--once"])
}

/// A hub with two clinics of one scope.
fn two_clinics() -> Result<(Scene, Clinic, Clinic)> {
    let scene = scene()?;
    let (site, person) = scene.district.add(RIVER)?;
    let invite = scene.district.invite(&site, &person)?;
    let river = scene.district.computer("River")?;
    let (river, _words) = scene.district.enrol(river, &invite)?;
    let hill = scene.clinic.clone();
    Ok((scene, hill, river))
}

/// Copies the hub's home, which serves on.
fn back_up(scene: &mut Scene) -> Result<PathBuf> {
    let before = scene.folder.path().join("hub-before");
    scene.district.kill_hub()?;
    intruder::copy_home(&scene.district.hub_home(), &before)?;
    scene.district.serve()?;
    Ok(before)
}

/// Puts the copy in the hub's place.
fn put_back(scene: &mut Scene, before: &Path) -> Result<()> {
    let home = scene.district.hub_home();
    scene.district.kill_hub()?;
    std::fs::remove_dir_all(&home)?;
    intruder::copy_home(before, &home)?;
    scene.district.serve()
}

#[test]
fn what_builds_on_what_the_hub_lost_goes_up_at_the_first_sync() -> Result<()> {
    let (mut scene, hill, river) = two_clinics()?;
    let number = register(&hill, "Otieno")?["number"].to_string();
    let number = number.trim_matches('"');
    sync(&hill)?;
    sync(&river)?;
    let before = back_up(&mut scene)?;
    let correct = |clinic: &Clinic, family| {
        let words = [
            "patient", "correct", number, "--family", family, "--given", "Wayra", "--reason",
            "told",
        ];
        clinic.posta.json(&words)
    };
    correct(&river, "Yuraq")?;
    sync(&river)?;
    sync(&hill)?;
    put_back(&mut scene, &before)?;

    correct(&hill, "Puka")?;
    let met = sync(&hill)?;

    ensure!(met["stored"] != 0, "{met}");
    let status = hill.posta.json(&["status"])?;
    ensure!(status["unsent"] == 0, "{status}");
    // The hub can merge it once it has again what it builds on.
    for _ in 0..2 {
        sync(&river)?;
    }
    let shown = river.posta.json(&["patient", "show", number])?;
    ensure!(shown.to_string().contains("Puka"), "{shown}");
    Ok(())
}

#[test]
fn a_hub_put_back_from_an_older_copy_gets_everything_again() -> Result<()> {
    let (mut scene, hill, river) = two_clinics()?;
    register(&hill, "Otieno")?;
    register(&river, "Quispe")?;
    sync(&hill)?;
    sync(&river)?;
    let before = back_up(&mut scene)?;
    register(&hill, "Mwangi")?;
    register(&river, "Mamani")?;
    for clinic in [&hill, &river, &hill] {
        sync(clinic)?;
    }

    put_back(&mut scene, &before)?;
    // What was written meanwhile goes up as well.
    register(&river, "Huanca")?;
    for clinic in [&hill, &river, &hill, &river] {
        sync(clinic)?;
    }

    for clinic in [&hill, &river] {
        let status = clinic.posta.json(&["status"])?;
        ensure!(status["charts"] == 5, "{}: {status}", clinic.name);
        ensure!(status["unsent"] == 0, "{}: {status}", clinic.name);
        ensure!(status["notAtHub"] == 0, "{}: {status}", clinic.name);
        ensure!(
            status["hubRestored"].is_string(),
            "{}: {status}",
            clinic.name
        );
        let verified = clinic.posta.json(&["verify"])?;
        ensure!(verified["ok"] == true, "{}: {verified}", clinic.name);
        says(&clinic.posta.run(&["status"])?, "hub restored")?;
    }
    let status = scene.district.hub.json(&["status"])?;
    ensure!(status["charts"] == 5 && status["restored"] == 1, "{status}");
    says(
        &scene.district.hub.run(&["status"])?,
        "it was restored from an older copy",
    )?;
    scene.district.hub.run(&["audit", "verify"])?;
    Ok(())
}
