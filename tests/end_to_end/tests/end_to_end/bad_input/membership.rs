//! Who may not come in, or not any more.

use anyhow::{Result, ensure};
use end_to_end::district::{Clinic, Staff};
use harness::intruder;

use super::{Scene, is, says, scene};

#[test]
fn an_invite_is_good_once_and_as_it_was_written() -> Result<()> {
    let mut scene = scene()?;
    let other = scene.district.computer("thief")?;
    let again = other
        .posta
        .refusal(&["enrol", &scene.invite, "--no-wait"])?;
    let slip = |(at, letter): (usize, char)| match (at, letter) {
        (20, 'x') => 'y',
        (20, _) => 'x',
        (_, letter) => letter,
    };
    let typo: String = scene.invite.chars().enumerate().map(slip).collect();
    let fresh = scene.district.computer("clumsy")?;
    let mistyped = fresh.posta.refusal(&["enrol", &typo, "--no-wait"])?;
    let nonsense = fresh.posta.refusal(&["enrol", "let me in", "--no-wait"])?;

    says(&again, "used")?;
    says(&mistyped, "typing")?;
    says(&nonsense, "invite")?;
    scene.still_works(0)
}

#[test]
fn a_device_that_was_shut_out_is_told_so_and_keeps_its_work() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let device = scene.clinic.device.to_string();
    scene.district.hub.json(&["device", "revoke", &device])?;

    let refused = scene.clinic.posta.refused(&["sync", "--once"])?;
    let said = scene.clinic.posta.refusal(&["sync", "--once"])?;

    is(&refused, "deviceUnknown")?;
    says(&said, "revoked")?;
    ensure!(scene.district.is_serving()?, "the hub stopped");
    let status = scene.clinic.posta.json(&["status"])?;
    ensure!(status["charts"] == 1, "the work is gone: {status}");
    let problem = &status["lastAttempt"]["problem"];
    ensure!(problem == "deviceUnknown", "{status}");
    Ok(())
}

/// Where a second computer may stand.
const RIVER: Staff<'static> = Staff {
    site: "River",
    kind: "clinic",
    person: "Daniel Okafor",
    role: "nurse",
};

/// Where a third one may stand.
const LAKE: Staff<'static> = Staff {
    site: "Lake",
    person: "Ife Mensah",
    ..RIVER
};

#[test]
fn an_invite_whose_time_has_run_out_is_refused_and_a_new_one_is_good() -> Result<()> {
    let mut scene = scene()?;
    let (site, person) = scene.district.add(RIVER)?;
    let late = scene.district.invite(&site, &person)?;
    scene.district.kill_hub()?;
    intruder::expire_invites(&scene.district.hub_home())?;
    scene.district.serve()?;
    let river = scene.district.computer("River")?;

    let words = ["enrol", &late, "--no-wait"];
    let refused = river.posta.refused(&words)?;
    let said = river.posta.refusal(&words)?;
    let fresh = scene.district.invite(&site, &person)?;
    let (river, _words) = scene.district.enrol(river, &fresh)?;

    is(&refused, "inviteExpired")?;
    says(&said, "the invite has expired: ask for a new one")?;
    let report = river.posta.json(&["sync", "--once"])?;
    ensure!(report["charts"] == 0, "{report}");
    scene.still_works(0)
}

/// A hub, and River's computer, which was enrolled and has registered somebody after this copy of the hub was made.
fn after_the_copy() -> Result<(Scene, Clinic)> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let (site, person) = scene.district.add(RIVER)?;
    let before = scene.folder.path().join("hub-before");
    let home = scene.district.hub_home();
    scene.district.kill_hub()?;
    intruder::copy_home(&home, &before)?;
    scene.district.serve()?;
    let invite = scene.district.invite(&site, &person)?;
    let river = scene.district.computer("River")?;
    let (river, _words) = scene.district.enrol(river, &invite)?;
    let register = [
        "patient", "register", "--family", "Quispe", "--given", "Wayra", "--sex", "female",
    ];
    river.posta.json(&register)?;
    // The hub's disk is replaced by the older copy.
    scene.district.kill_hub()?;
    std::fs::remove_dir_all(&home)?;
    intruder::copy_home(&before, &home)?;
    scene.district.serve()?;
    Ok((scene, river))
}

#[test]
fn a_computer_that_a_hub_put_back_has_forgotten_comes_in_again_with_its_work() -> Result<()> {
    let (mut scene, river) = after_the_copy()?;

    let report = river.posta.json(&["sync", "--once"])?;

    ensure!(
        report["setAside"] == 0 && report["stored"] == report["pushed"],
        "{report}"
    );
    let verified = river.posta.json(&["verify"])?;
    ensure!(verified["ok"] == true, "{verified}");
    scene.still_works(2)
}

#[test]
fn a_computer_whose_number_the_hub_gave_again_is_told_so_and_keeps_its_work() -> Result<()> {
    let (mut scene, river) = after_the_copy()?;
    let (site, person) = scene.district.add(LAKE)?;
    let invite = scene.district.invite(&site, &person)?;
    let lake = scene.district.computer("Lake")?;
    scene.district.enrol(lake, &invite)?;

    let refused = river.posta.refused(&["sync", "--once"])?;
    let said = river.posta.refusal(&["sync", "--once"])?;

    is(&refused, "deviceUnknown")?;
    says(&said, "the hub does not know this computer")?;
    let found = river.posta.run(&["patient", "find", "quispe"])?;
    says(&found, "Wayra Quispe")?;
    let verified = river.posta.json(&["verify"])?;
    ensure!(verified["ok"] == true, "{verified}");
    scene.still_works(1)
}
