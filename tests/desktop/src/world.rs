//! A hub and two clinics that share their patients, with the real programs and generated records.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::network::Network;
use harness::population::{Person, Population};
use harness::programs::{Program, Programs, Serving};
use serde_json::Value;
use tempfile::TempDir;

/// Everybody's passphrase.
pub const PASSPHRASE: &str = "seven bicycles by the well";
/// Who works at the clinic with the window.
pub const NURSE: &str = "Claire Mukamana";

/// Which people are in the records.
const SEED: u64 = 20;
/// How many.
const PATIENTS: u32 = 24;

/// The hub, the network, and two enrolled clinics.
pub struct World {
    folder: TempDir,
    programs: Programs,
    hub: Program,
    serving: Option<Serving>,
    network: Network,
}

impl World {
    /// Founds a hub, enrols both clinics and gives the first one records.
    pub fn found() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let programs = Programs::here()?;
        let network = Network::new()?;
        let hub = programs.hub(&folder.path().join("hub"));
        let address = network.address().to_string();
        hub.run(&["init", "--name", "District hub", "--address", &address])?;
        let scope = ["--scope", "the valley"];
        hub.run(&["site", "add", "Gihanga Clinic", scope[0], scope[1]])?;
        hub.run(&["site", "add", "Ruvubu Health Post", scope[0], scope[1]])?;
        hub.run(&["person", "add", NURSE, "--role", "nurse", "--site", "1"])?;
        hub.run(&[
            "person",
            "add",
            "Jean Bosco Ndayizeye",
            "--role",
            "clinician",
            "--site",
            "2",
        ])?;
        let mut world = Self {
            folder,
            programs,
            hub,
            serving: None,
            network,
        };
        std::fs::write(world.folder.path().join("passphrase"), PASSPHRASE)?;
        world.start_hub()?;
        world.enrol("clinic", "1", "Front desk")?;
        world.enrol("post", "2", "Laptop")?;
        let records = world.folder.path().join("records");
        Population::new(SEED).write_bundles(&records, PATIENTS)?;
        world.clinic().run(&["import", "fhir", path(&records)?])?;
        Ok(world)
    }

    /// Returns one of the people in the records.
    #[must_use]
    pub fn person(&self, index: u32) -> Person {
        Population::new(SEED).person(index)
    }

    /// Returns the first grown woman with an allergy: her chart shows most of what a chart can show.
    pub fn patient(&self) -> Result<Person> {
        let mut people = Population::new(SEED).people(PATIENTS);
        let found = people
            .find(|it| it.is_female && it.allergy.is_some() && it.birth_date.as_str() < "2005");
        found.context("a grown woman with an allergy among the patients")
    }

    /// Returns the folder that the clinic's device lives in.
    #[must_use]
    pub fn clinic_home(&self) -> PathBuf {
        self.folder.path().join("clinic")
    }

    /// Returns the client without a window at the clinic.
    #[must_use]
    pub fn clinic(&self) -> Program {
        self.posta("clinic")
    }

    /// Returns the client without a window at the health post.
    #[must_use]
    pub fn post(&self) -> Program {
        self.posta("post")
    }

    /// Returns the hub's program.
    #[must_use]
    pub const fn hub(&self) -> &Program {
        &self.hub
    }

    /// Returns the network.
    #[must_use]
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the window's program.
    pub fn window(&self) -> Result<PathBuf> {
        let built = self.programs.window();
        built.context("posta-desktop is not built: `cargo build -p desktop-shell` makes it")
    }

    /// Returns a folder in which nothing is enrolled.
    #[must_use]
    pub fn empty_home(&self) -> PathBuf {
        self.folder.path().join("nobody")
    }

    /// Finds the one patient that a text finds at the clinic.
    pub fn chart(&self, text: &str) -> Result<Value> {
        let found = self.clinic().json(&["patient", "find", text])?;
        let rows = found.as_array().context("a list of patients")?;
        ensure!(!rows.is_empty(), "no patient was found");
        rows.first().cloned().context("a patient")
    }

    fn posta(&self, home: &str) -> Program {
        self.programs.posta(
            &self.folder.path().join(home),
            &self.folder.path().join("passphrase"),
        )
    }

    fn start_hub(&mut self) -> Result<()> {
        let serving = Serving::start(&self.hub)?;
        self.network.lead_to(serving.address());
        self.serving = Some(serving);
        Ok(())
    }

    /// Makes an invite for a computer at a site, for the person of the same number.
    pub fn invite(&self, site: &str, label: &str) -> Result<String> {
        let words = [
            "device", "invite", "--site", site, "--person", site, "--label", label,
        ];
        Ok(text(&self.hub.json(&words)?, "invite")?.to_owned())
    }

    /// Lets in the one computer that waits, as an administrator who was read these words.
    pub fn approve(&self, words: &[&str]) -> Result<()> {
        let list = self.hub.json(&["device", "list"])?;
        let request = list.pointer("/requests/0/id").and_then(Value::as_u64);
        let request = request.context("a computer that waits")?.to_string();
        self.hub
            .run(&["device", "approve", &request, "--words", &words.join(" ")])?;
        Ok(())
    }

    fn enrol(&self, home: &str, site: &str, label: &str) -> Result<()> {
        let file = self.folder.path().join(format!("{home}.invite"));
        std::fs::write(&file, self.invite(site, label)?)?;
        let posta = self.posta(home);
        let ask = [
            "enrol",
            "--invite-file",
            path(&file)?,
            "--label",
            label,
            "--no-wait",
        ];
        let asked = posta.json(&ask)?;
        let words = asked
            .get("words")
            .and_then(Value::as_array)
            .context("six words")?;
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        self.approve(&words)?;
        posta.run(&["enrol"])?;
        Ok(())
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .with_context(|| format!("no {name} in the answer"))
}

fn path(path: &Path) -> Result<&str> {
    path.to_str().context("a folder with a plain name")
}
