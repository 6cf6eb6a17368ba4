//! What must not break the programs: each case ends with words that help, nothing lost, and a hub that goes on.

mod copied;
#[cfg(unix)]
mod disk;
#[cfg(unix)]
mod faults;
mod files;
mod membership;
mod network;
mod passphrase;
mod restored;
mod twice;

use anyhow::{Result, ensure};
use end_to_end::district::{Clinic, District, Staff};
use serde_json::Value;
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

/// Checks the code of a refusal.
#[track_caller]
fn is(refusal: &Value, code: &str) -> Result<()> {
    ensure!(
        refusal["code"] == code,
        "the code is {}, not {code}",
        refusal["code"]
    );
    Ok(())
}
