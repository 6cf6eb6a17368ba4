//! What must not break the programs: each case ends with words that help, nothing lost, and a hub that goes on.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use end_to_end::district::{Clinic, District, Staff};
use tempfile::TempDir;

use crate::programs;

const KILIMA: Staff<'static> = Staff {
    site: "Kilima",
    kind: "clinic",
    person: "Asha Njoroge",
    role: "clinician",
};

/// A district with one clinic, gone when dropped.
struct Scene {
    district: District,
    clinic: Clinic,
    invite: String,
    folder: TempDir,
}

fn scene() -> Result<Scene> {
    let folder = tempfile::tempdir()?;
    let mut district = District::found(programs().clone(), folder.path())?;
    district.serve()?;
    let (site, person) = district.add(KILIMA)?;
    let invite = district.invite(&site, &person)?;
    let computer = district.computer("Kilima")?;
    let (clinic, _words) = district.enrol(computer, &invite)?;
    Ok(Scene {
        district,
        clinic,
        invite,
        folder,
    })
}

impl Scene {
    fn register(&self, family: &str) -> Result<()> {
        let words = [
            "patient", "register", "--family", family, "--given", "Juma", "--sex", "male",
        ];
        self.clinic.posta.json(&words).map(drop)
    }

    /// The clinic still works, verifies and meets the hub, and the hub serves.
    fn still_works(&mut self, charts: u64) -> Result<()> {
        ensure!(self.district.is_serving()?, "the hub stopped");
        let report = self.clinic.posta.json(&["sync", "--once"])?;
        ensure!(
            report["charts"] == charts,
            "{} charts are held, not {charts}",
            report["charts"]
        );
        let verified = self.clinic.posta.json(&["verify"])?;
        ensure!(verified["ok"] == true, "the clinic does not verify");
        let verified = self.district.hub.json(&["audit", "verify"])?;
        ensure!(verified["ok"] == true, "the hub does not verify");
        Ok(())
    }
}

#[track_caller]
fn says(said: &str, word: &str) -> Result<()> {
    ensure!(said.contains(word), "it says {said:?}, without {word:?}");
    Ok(())
}

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
fn files_that_are_not_what_they_should_be_are_told_apart() -> Result<()> {
    let mut scene = scene()?;
    let path = |name: &str| scene.folder.path().join(name);
    fs::write(path("not.json"), b"PK\x03\x04 a zip")?;
    fs::create_dir(path("empty"))?;
    let large = File::create(path("large.json"))?;
    large.set_len(2 << 30)?;
    fs::write(
        path("broken.json"),
        include_bytes!("../../../fixtures/fhir/broken.json"),
    )?;
    let import = |name: &str| -> Result<(bool, String)> {
        let file = path(name);
        let file = file.to_str().context("a path of plain letters")?;
        let ended = scene
            .clinic
            .posta
            .end(&["import", "fhir", file, "--json"])?;
        ensure!(!ended.err.contains("panicked"), "{}", ended.err);
        Ok((ended.success, ended.out + &ended.err))
    };

    let (accepted, said) = import("not.json")?;
    ensure!(!accepted, "{said}");
    says(&said, "JSON")?;
    let (accepted, said) = import("large.json")?;
    ensure!(!accepted, "{said}");
    says(&said, "512")?;
    import("empty")?;
    let (accepted, said) = import("broken.json")?;
    ensure!(
        accepted,
        "a broken resource must refuse only itself: {said}"
    );
    says(&said, "there is no such day in the calendar")?;
    scene.still_works(1)
}

#[test]
fn a_second_process_on_one_home_is_told_so() -> Result<()> {
    let mut scene = scene()?;
    // The first process is held in the middle of a meeting.
    scene.register("Otieno")?;
    scene.district.network.hold_after(1_000);
    let first = scene.clinic.posta.start(&["sync", "--once"])?;
    let held = scene
        .district
        .network
        .wait_until_held(std::time::Duration::from_secs(60));
    let said = scene.clinic.posta.refusal(&["status"])?;
    first.kill()?;
    scene.district.network.restore();

    ensure!(held, "the first process was not held");
    says(&said, "another")?;
    scene.still_works(1)
}

#[test]
fn garbage_from_the_network_stops_nobody() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    for size in [0_usize, 1, 20, 1_200, 1_472, 60_000] {
        for byte in [0_u8, 0x40, 0xc0, 0xff] {
            socket.send_to(&vec![byte; size], scene.district.network.address())?;
        }
    }

    scene.still_works(1)
}

#[test]
fn a_device_that_was_shut_out_is_told_so_and_keeps_its_work() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    scene
        .district
        .hub
        .json(&["device", "revoke", &scene.clinic.device.to_string()])?;

    let said = scene.clinic.posta.refusal(&["sync", "--once"])?;

    says(&said, "hub")?;
    ensure!(scene.district.is_serving()?, "the hub stopped");
    let status = scene.clinic.posta.json(&["status"])?;
    ensure!(status["charts"] == 1, "the work is gone: {status}");
    Ok(())
}

#[test]
fn a_wrong_passphrase_touches_nothing() -> Result<()> {
    let mut scene = scene()?;
    scene.register("Otieno")?;
    let right = fs::read(&scene.clinic.passphrase)?;
    fs::write(&scene.clinic.passphrase, "not this one\n")?;
    let said = scene.clinic.posta.refusal(&["status"])?;
    fs::write(&scene.clinic.passphrase, right)?;

    says(&said, "passphrase")?;
    ensure!(scene.district.is_serving()?, "the hub stopped");
    Ok(())
}

#[test]
fn a_full_disk_loses_nothing() -> Result<()> {
    let mut scene = scene()?;
    let Some(small) = SmallDisk::mount(&scene.folder.path().join("small"))? else {
        return Ok(());
    };
    let home = small.0.join("home");
    harness::intruder::copy_home(&scene.clinic.home, &home)?;
    harness::intruder::copy_home(&scene.clinic.home.join("keys"), &home.join("keys"))?;
    scene.clinic.posta = scene
        .district
        .programs()
        .posta(&home, &scene.clinic.passphrase);
    scene.register("Otieno")?;
    fs::write(small.0.join("filler"), vec![0; small.free()?]).unwrap_or_default();

    let said = scene.clinic.posta.refusal(&[
        "patient", "register", "--family", "Mwangi", "--given", "Neema", "--sex", "female",
    ])?;
    fs::remove_file(small.0.join("filler"))?;

    says(&said, "space")?;
    scene.still_works(1)
}

/// A disk of a few megabytes, in memory. Dropped, it is gone.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// Mounts one, where that is permitted.
    fn mount(at: &Path) -> Result<Option<Self>> {
        fs::create_dir_all(at)?;
        let words = ["-t", "tmpfs", "-o", "size=8m", "tmpfs"];
        let mounted = Command::new("mount")
            .args(words)
            .arg(at)
            .output()
            .is_ok_and(|it| it.status.success());
        if !mounted {
            #[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
            {
                eprintln!("skipped: mounting a small disk is not permitted here");
            }
        }
        Ok(mounted.then(|| Self(at.to_owned())))
    }

    /// Returns the bytes that are left.
    fn free(&self) -> Result<usize> {
        let out = Command::new("df")
            .args(["--output=avail", "-B1"])
            .arg(&self.0)
            .output()?;
        let text = String::from_utf8(out.stdout)?;
        Ok(text.lines().last().context("df's answer")?.trim().parse()?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).status());
    }
}
