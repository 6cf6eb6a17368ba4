//! The homes that trials begin with.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use harness::intruder::copy_home;
use harness::network::Network;
use harness::programs::{Program, Programs, Serving};

use serde_json::Value;

use crate::district::{District, Staff};

/// Who works at the clinic.
const KILIMA: Staff<'static> = Staff {
    site: "Kilima",
    kind: "clinic",
    person: "Asha Njoroge",
    role: "clinician",
};

/// The homes of each stage, and what they have in common.
pub(super) struct Stages {
    district: District,
    folder: PathBuf,
    passphrase: PathBuf,
    /// The invite that the clinic enrols with.
    pub(super) invite: String,
    /// The number on the card of the patient whom the clinic knows.
    pub(super) card: String,
}

/// How far the clinic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// There is no hub.
    Nothing,
    /// The clinic has an invite and no home.
    Invited,
    /// The clinic was approved and does not know.
    Approved,
    /// The clinic has one patient whom the hub knows, and one whom it does not.
    AtWork,
}

/// One trial's homes and the programs on them.
pub(super) struct Place<'a> {
    network: &'a Network,
    programs: &'a Programs,
    folder: tempfile::TempDir,
    passphrase: &'a Path,
}

impl Stages {
    /// Leads a district through all stages and keeps copies of each.
    pub(super) fn make(programs: &Programs, folder: &Path) -> Result<Self> {
        let district = District::found(programs.clone(), folder)?;
        let (site, person) = district.add(KILIMA)?;
        let invite = district.invite(&site, &person)?;
        let passphrase = district.computer(KILIMA.site)?.passphrase;
        let mut made = Self {
            district,
            folder: folder.to_owned(),
            passphrase,
            invite,
            card: String::new(),
        };
        copy(folder, &made.kept(Stage::Invited))?;
        made.approve()?;
        made.card = made.work()?;
        Ok(made)
    }

    fn kept(&self, stage: Stage) -> PathBuf {
        self.folder.join(format!("{stage:?}"))
    }

    /// The clinic asks with its invite, and is approved.
    fn approve(&self) -> Result<()> {
        let place = self.place(Stage::Invited)?;
        let (serving, hub) = (place.serve()?, place.hub());
        let enrol = ["enrol", &self.invite, "--label", "desk", "--no-wait"];
        let asked = place.posta().json(&enrol)?;
        let words = asked["words"].as_array().context("six words")?;
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        let listed = hub.json(&["device", "list"])?;
        let id = listed["requests"][0]["id"].to_string();
        hub.json(&["device", "approve", &id, "--words", &words.join(" ")])?;
        serving.kill()?;
        copy(place.folder.path(), &self.kept(Stage::Approved))
    }

    /// The clinic registers a patient, meets the hub, and registers another. Returns the number on the first one's card.
    fn work(&self) -> Result<String> {
        let place = self.place(Stage::Approved)?;
        let (serving, posta) = (place.serve()?, place.posta());
        let register = [
            "patient", "register", "--family", "Otieno", "--given", "Juma", "--sex", "male",
        ];
        posta.json(&["enrol", "--no-wait"])?;
        let chart = posta.json(&register)?;
        posta.json(&["sync", "--once"])?;
        posta.json(&register)?;
        serving.kill()?;
        copy(place.folder.path(), &self.kept(Stage::AtWork))?;
        let card = chart["number"].as_str().context("a number on the card")?;
        Ok(card.to_owned())
    }

    /// Returns copies of a stage's homes.
    pub(super) fn place(&self, stage: Stage) -> Result<Place<'_>> {
        let folder = tempfile::tempdir_in(&self.folder).context("making a folder")?;
        if stage != Stage::Nothing {
            copy(&self.kept(stage), folder.path())?;
        }
        Ok(Place {
            network: &self.district.network,
            programs: self.district.programs(),
            folder,
            passphrase: &self.passphrase,
        })
    }
}

/// Copies both homes from one folder to another, as far as they are there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for home in ["hub", KILIMA.site] {
        let from = from.join(home);
        if from.is_dir() {
            copy_home(&from, &to.join(home))?;
        }
    }
    Ok(())
}

impl Place<'_> {
    /// Returns the hub's program.
    pub(super) fn hub(&self) -> Program {
        self.programs.hub(&self.hub_home())
    }

    /// Returns the clinic's program.
    pub(super) fn posta(&self) -> Program {
        self.programs.posta(&self.clinic_home(), self.passphrase)
    }

    /// Returns the hub's home.
    pub(super) fn hub_home(&self) -> PathBuf {
        self.folder.path().join("hub")
    }

    /// Returns the clinic's home.
    pub(super) fn clinic_home(&self) -> PathBuf {
        self.folder.path().join(KILIMA.site)
    }

    /// Returns a file beside the homes.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns where devices reach the hub.
    pub(super) fn address(&self) -> String {
        self.network.address().to_string()
    }

    /// Starts the hub and leads the network to it.
    pub(super) fn serve(&self) -> Result<Serving> {
        self.serve_by(&self.hub())
    }

    /// Starts a hub's program and leads the network to it.
    pub(super) fn serve_by(&self, hub: &Program) -> Result<Serving> {
        let serving = Serving::start(hub)?;
        self.network.lead_to(serving.address());
        Ok(serving)
    }
}
