//! Attachments with the real programs: attached at one clinic, seen at the other, byte for byte; cut on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::district::{Clinic, District, Staff};

use crate::programs;

const KILIMA: Staff<'static> = Staff {
    site: "Kilima",
    kind: "clinic",
    person: "Asha Njoroge",
    role: "clinician",
};
const MTO: Staff<'static> = Staff {
    site: "Mto",
    kind: "clinic",
    person: "Ben Otieno",
    role: "nurse",
};

/// The most bytes that a cut costs: the group that was under way, and what it takes to meet again.
const REPEATED: f64 = 64.0 * 1024.0 + 16_000.0;

/// How long the network may take to carry some hundred kilobytes.
const PATIENCE: Duration = Duration::from_secs(60);

struct Scene {
    district: District,
    kilima: Clinic,
    mto: Clinic,
    chart: String,
    folder: PathBuf,
}

/// Two clinics that hold one chart.
fn scene(folder: &Path) -> Result<Scene> {
    let mut district = District::found(programs().clone(), folder)?;
    district.serve()?;
    let mut clinics = Vec::new();
    for staff in [KILIMA, MTO] {
        let (site, person) = district.add(staff)?;
        let invite = district.invite(&site, &person)?;
        let computer = district.computer(staff.site)?;
        clinics.push(district.enrol(computer, &invite)?.0);
    }
    let mto = clinics.pop().context("two clinics")?;
    let kilima = clinics.pop().context("two clinics")?;
    let words = [
        "patient", "register", "--family", "Wekesa", "--given", "Juma", "--sex", "male",
    ];
    let view = kilima.posta.json(&words)?;
    let chart = view["chart"].as_str().context("a chart")?.to_owned();
    for clinic in [&kilima, &mto] {
        clinic.posta.json(&["sync", "--once"])?;
    }
    Ok(Scene {
        district,
        kilima,
        mto,
        chart,
        folder: folder.to_owned(),
    })
}

impl Scene {
    /// Makes a file that does not compress, and attaches it at Kilima. Returns its bytes.
    fn attach(&self, name: &str, size: usize) -> Result<Vec<u8>> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ size as u64;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()
        })
        .flatten()
        .take(size)
        .collect();
        let file = self.folder.join(name);
        fs::write(&file, &bytes)?;
        let file = file.display().to_string();
        let words = ["attach", self.chart.as_str(), &file];
        let view = self.kilima.posta.json(&words)?;
        ensure!(view["isHere"] == true && view["atHub"] == false, "{view}");
        Ok(bytes)
    }

    fn listed(&self, clinic: &Clinic) -> Result<serde_json::Value> {
        clinic.posta.json(&["attachments", &self.chart])
    }

    /// Takes the newest attachment out at a clinic.
    fn saved(&self, clinic: &Clinic, name: &str) -> Result<Vec<u8>> {
        let listed = self.listed(clinic)?;
        let id = listed[0]["id"].as_str().context("an attachment")?;
        let out = self.folder.join(format!("{name} at {}", clinic.name));
        let path = out.display().to_string();
        clinic
            .posta
            .json(&["attachment", "save", &self.chart, id, "--out", &path])?;
        Ok(fs::read(out)?)
    }

    /// Everything everywhere is what it should be.
    fn verified(&self) -> Result<()> {
        for clinic in [&self.kilima, &self.mto] {
            let verified = clinic.posta.json(&["verify"])?;
            ensure!(verified["ok"] == true, "{}: {verified}", clinic.name);
        }
        let verified = self.district.hub.json(&["audit", "verify"])?;
        ensure!(verified["ok"] == true, "the hub: {verified}");
        Ok(())
    }
}

#[test]
fn a_scan_is_seen_at_the_other_clinic_byte_for_byte() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scene = scene(folder.path())?;
    let bytes = scene.attach("scan.pdf", 200_001)?;
    ensure!(
        scene.saved(&scene.kilima, "scan")? == bytes,
        "it is there at once, with no network"
    );
    let waiting = scene.kilima.posta.json(&["status"])?;
    ensure!(waiting["attachmentsToGo"] == 1, "{waiting}");

    let up = scene.kilima.posta.json(&["sync", "--once"])?;
    let down = scene.mto.posta.json(&["sync", "--once"])?;

    ensure!(
        up["attachmentsSent"] == 1 && up["attachmentsLeft"] == 0,
        "{up}"
    );
    ensure!(down["attachmentsTaken"] == 1, "{down}");
    let listed = scene.listed(&scene.mto)?;
    ensure!(listed[0]["title"] == "scan.pdf", "{listed}");
    ensure!(listed[0]["contentType"] == "application/pdf", "{listed}");
    ensure!(
        listed[0]["isHere"] == true && listed[0]["atHub"] == true,
        "{listed}"
    );
    ensure!(scene.saved(&scene.mto, "scan")? == bytes, "byte for byte");
    let history = scene.district.hub.json(&["audit", "list"])?.to_string();
    ensure!(history.contains("attach"), "{history}");
    let status = scene.kilima.posta.json(&["status"])?;
    ensure!(status["attachmentsToGo"] == 0, "{status}");
    scene.verified()
}

#[test]
fn a_transfer_that_is_killed_goes_on_where_it_was() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scene = scene(folder.path())?;
    let size = 10 * 64 * 1024;
    let bytes = scene.attach("large.jpg", size)?;

    for clinic in [&scene.kilima, &scene.mto] {
        let mut cost = 0.0;
        for after in [200_000_u64, 250_000] {
            scene.district.network.hold_after(after);
            let running = clinic.posta.start(&["sync", "--once"])?;
            let held = scene.district.network.wait_until_held(PATIENCE);
            running.kill()?;
            scene.district.network.restore();
            ensure!(held, "{}: there was not so much to carry", clinic.name);
            cost += after as f64;
        }
        let report = clinic.posta.json(&["sync", "--once"])?;
        let both = |name: &str| report[name].as_f64().context("bytes");
        cost += both("udpUp")? + both("udpDown")?;
        let whole = size as f64 * 1.08;
        ensure!(
            cost < 2.0f64.mul_add(REPEATED, whole),
            "{}: {cost} bytes for {size}",
            clinic.name
        );
        ensure!(cost > size as f64, "{}: {cost} bytes", clinic.name);
    }

    ensure!(scene.saved(&scene.mto, "large")? == bytes, "byte for byte");
    scene.verified()
}

#[test]
fn a_hub_that_is_killed_on_the_way_has_what_it_answered() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut scene = scene(folder.path())?;
    let bytes = scene.attach("large.jpg", 5 * 64 * 1024 + 77)?;
    scene.district.network.hold_after(150_000);
    let running = scene.kilima.posta.start(&["sync", "--once"])?;
    ensure!(
        scene.district.network.wait_until_held(PATIENCE),
        "too little"
    );
    scene.district.kill_hub()?;
    running.kill()?;
    scene.district.network.restore();
    scene.district.serve()?;

    let up = scene.kilima.posta.json(&["sync", "--once"])?;
    scene.mto.posta.json(&["sync", "--once"])?;

    ensure!(up["attachmentsSent"] == 1, "{up}");
    let sent = up["appUp"].as_f64().context("bytes")?;
    ensure!(sent < 4.5 * 64.0 * 1024.0, "{sent} bytes were sent again");
    ensure!(scene.saved(&scene.mto, "large")? == bytes, "byte for byte");
    scene.verified()
}

#[test]
fn what_may_not_be_attached_is_refused_in_words() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let scene = scene(folder.path())?;
    for (name, size) in [("empty.jpg", 0), ("vast.jpg", 16 * 1024 * 1024 + 1)] {
        let file = folder.path().join(name);
        fs::write(&file, vec![7; size])?;
        let words = ["attach", &scene.chart, &file.display().to_string()];
        let said = scene.kilima.posta.refusal(&words)?;
        ensure!(said.contains("at most 16 MB"), "{said}");
    }

    // The other clinic takes nothing of itself, until somebody opens it.
    scene.mto.posta.run(&["attachment", "limit", "10"])?;
    let bytes = scene.attach("scan.pdf", 20_000)?;
    scene.kilima.posta.json(&["sync", "--once"])?;
    let down = scene.mto.posta.json(&["sync", "--once"])?;
    ensure!(down["attachmentsTaken"] == 0, "{down}");
    let listed = scene.listed(&scene.mto)?;
    ensure!(listed[0]["isHere"] == false, "{listed}");
    let id = listed[0]["id"].as_str().context("an attachment")?;
    let out = folder.path().join("early").display().to_string();
    let words = ["attachment", "save", &scene.chart, id, "--out", &out];
    let said = scene.mto.posta.refusal(&words)?;
    ensure!(said.contains("not on this computer yet"), "{said}");
    let down = scene.mto.posta.json(&["sync", "--once"])?;
    ensure!(down["attachmentsTaken"] == 1, "{down}");
    ensure!(scene.saved(&scene.mto, "scan")? == bytes, "byte for byte");
    scene.verified()
}
