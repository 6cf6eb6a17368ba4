//! A hub whose disk is replaced by an older copy of it.

use anyhow::{Result, ensure};
use end_to_end::district::{Clinic, Staff};
use harness::intruder;

use super::{says, scene};

/// Where a second computer stands.
const RIVER: Staff<'static> = Staff {
    site: "River",
    kind: "clinic",
    person: "Daniel Okafor",
    role: "nurse",
};

fn register(clinic: &Clinic, family: &str) -> Result<()> {
    let words = [
        "patient", "register", "--family", family, "--given", "Wayra", "--sex", "female",
    ];
    clinic.posta.json(&words).map(drop)
}

#[test]
fn a_hub_put_back_from_an_older_copy_gets_everything_again() -> Result<()> {
    let mut scene = scene()?;
    let (site, person) = scene.district.add(RIVER)?;
    let invite = scene.district.invite(&site, &person)?;
    let river = scene.district.computer("River")?;
    let (river, _words) = scene.district.enrol(river, &invite)?;
    let hill = scene.clinic.clone();
    let sync = |clinic: &Clinic| clinic.posta.json(&["sync", "--once"]);
    register(&hill, "Otieno")?;
    register(&river, "Quispe")?;
    sync(&hill)?;
    sync(&river)?;
    let home = scene.district.hub_home();
    let before = scene.folder.path().join("hub-before");
    scene.district.kill_hub()?;
    intruder::copy_home(&home, &before)?;
    scene.district.serve()?;
    register(&hill, "Mwangi")?;
    register(&river, "Mamani")?;
    for clinic in [&hill, &river, &hill] {
        sync(clinic)?;
    }

    scene.district.kill_hub()?;
    std::fs::remove_dir_all(&home)?;
    intruder::copy_home(&before, &home)?;
    scene.district.serve()?;
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
