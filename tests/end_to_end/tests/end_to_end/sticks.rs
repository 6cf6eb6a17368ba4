//! Records on a stick: two clinics and a hub that no network joins.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use end_to_end::district::{Clinic, District};

use crate::two_clinics;

/// Enrols both clinics, and takes the network away for good.
fn scene(folder: &Path) -> Result<(District, [Clinic; 2])> {
    let (mut district, clinics) = two_clinics(folder)?;
    district.network.cut();
    district.kill_hub()?;
    Ok((district, clinics))
}

fn register(clinic: &Clinic, family: &str) -> Result<()> {
    let words = [
        "patient", "register", "--family", family, "--given", "Juma", "--sex", "male",
    ];
    clinic.posta.json(&words).map(drop)
}

fn unsent(clinic: &Clinic) -> Result<u64> {
    let status = clinic.posta.json(&["status"])?;
    Ok(status["unsent"].as_u64().unwrap_or(u64::MAX))
}

/// Has the clinic write a file for the hub.
fn from_clinic(clinic: &Clinic, stick: &Path, name: &str) -> Result<PathBuf> {
    let file = stick.join(name);
    clinic
        .posta
        .json(&["bundle", "write", &file.display().to_string()])?;
    Ok(file)
}

/// Has the hub write a file for the clinic.
fn from_hub(district: &District, clinic: &Clinic, stick: &Path, name: &str) -> Result<PathBuf> {
    let file = stick.join(name);
    let (device, path) = (clinic.device.to_string(), file.display().to_string());
    district
        .hub
        .json(&["bundle", "write", "--device", &device, &path])?;
    Ok(file)
}

fn read_at_hub(district: &District, file: &Path) -> Result<serde_json::Value> {
    district
        .hub
        .json(&["bundle", "read", &file.display().to_string()])
}

fn read_at(clinic: &Clinic, file: &Path) -> Result<serde_json::Value> {
    clinic
        .posta
        .json(&["bundle", "read", &file.display().to_string()])
}

#[test]
fn two_clinics_that_no_network_reaches_hold_the_same_charts() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (district, [uphill, downhill]) = scene(folder.path())?;
    let stick = folder.path();
    register(&uphill, "Wekesa")?;
    register(&downhill, "Achieng")?;

    // The stick goes round: up, to the hub, down, to the hub again, and up once more.
    let up = from_clinic(&uphill, stick, "up-1")?;
    let read = read_at_hub(&district, &up)?;
    ensure!(read["fresh"].as_u64() > Some(2), "the hub took {read}");
    let twice = read_at_hub(&district, &up)?;
    ensure!(twice["fresh"] == 0, "the hub took it twice: {twice}");
    let late = from_hub(&district, &uphill, stick, "for-up-1")?;
    let down = from_clinic(&downhill, stick, "down-1")?;
    read_at_hub(&district, &down)?;
    let for_down = from_hub(&district, &downhill, stick, "for-down-1")?;
    let for_up = from_hub(&district, &uphill, stick, "for-up-2")?;
    for file in [&for_up, &late, &for_up] {
        read_at(&uphill, file)?;
    }
    read_at(&downhill, &for_down)?;

    for clinic in [&uphill, &downhill] {
        let status = clinic.posta.json(&["status"])?;
        ensure!(status["charts"] == 2, "{} holds {status}", clinic.name);
        let verified = clinic.posta.json(&["verify"])?;
        ensure!(verified["ok"] == true, "{} does not verify", clinic.name);
    }
    ensure!(
        unsent(&uphill)? < 20,
        "the receipt came back, and what was written since is all that waits"
    );
    let verified = district.hub.json(&["audit", "verify"])?;
    ensure!(verified["ok"] == true, "the hub does not verify");
    Ok(())
}

#[test]
fn a_network_after_a_stick_finds_nothing_twice() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut district, [uphill, downhill]) = scene(folder.path())?;
    register(&uphill, "Wekesa")?;
    let up = from_clinic(&uphill, folder.path(), "up")?;
    read_at_hub(&district, &up)?;

    district.network.restore();
    district.serve()?;
    for clinic in [&uphill, &downhill] {
        let report = clinic.posta.json(&["sync", "--once"])?;
        ensure!(report["charts"] == 1, "{} took {report}", clinic.name);
    }

    ensure!(unsent(&uphill)? == 0, "all of it is at the hub");
    Ok(())
}

#[test]
fn what_is_wrong_with_a_stick_is_said_and_loses_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (district, [uphill, downhill]) = scene(folder.path())?;
    register(&uphill, "Wekesa")?;
    let up = from_clinic(&uphill, folder.path(), "up")?;
    let for_up = from_hub(&district, &uphill, folder.path(), "for-up")?;
    let cut = folder.path().join("cut");
    let whole = fs::read(&for_up)?;
    fs::write(&cut, &whole[..whole.len() / 2])?;
    let path = |file: &Path| file.display().to_string();

    let words = |file: &Path| uphill.posta.refusal(&["bundle", "read", &path(file)]);
    says(&words(&cut)?, "cut or damaged")?;
    says(&words(&up)?, "not one of our hub for this computer")?;
    says(&words(&folder.path().join("none"))?, "could not be read")?;
    let other = downhill
        .posta
        .refusal(&["bundle", "read", &path(&for_up)])?;
    says(&other, "bring it to where it belongs")?;
    let again = uphill.posta.refusal(&["bundle", "write", &path(&up)])?;
    says(&again, "is there already")?;
    let hub = district.hub.refusal(&["bundle", "read", &path(&for_up)])?;
    says(&hub, "sealed to another key")?;
    sticks_without_room(&district, &uphill, folder.path())?;
    let patient = fs::read(&up)?;
    ensure!(
        !patient.windows(6).any(|it| it == b"Wekesa"),
        "a stick that is lost tells nobody anything"
    );
    let status = uphill.posta.json(&["status"])?;
    ensure!(status["charts"] == 1, "the clinic holds {status}");
    Ok(())
}

/// `/dev/full` is a stick without room.
fn sticks_without_room(district: &District, clinic: &Clinic, stick: &Path) -> Result<()> {
    let (file, part) = (stick.join("full"), stick.join("full.part"));
    let (path, device) = (file.display().to_string(), clinic.device.to_string());
    #[cfg(target_os = "linux")]
    for words in [
        vec!["bundle", "write", &path],
        vec!["bundle", "write", "--device", &device, &path],
    ] {
        std::os::unix::fs::symlink("/dev/full", &part)?;
        let said = if words.len() == 3 {
            clinic.posta.refusal(&words)?
        } else {
            district.hub.refusal(&words)?
        };
        says(&said, "make room")?;
        ensure!(!file.exists() && !part.exists(), "something is left of it");
    }
    Ok(())
}

#[track_caller]
fn says(said: &str, words: &str) -> Result<()> {
    ensure!(said.contains(words), "it says {said:?}, without {words:?}");
    Ok(())
}
