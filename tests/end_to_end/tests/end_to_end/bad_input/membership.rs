//! Who may not come in, or not any more.

use anyhow::{Result, ensure};

use super::{is, says, scene};

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
