//! A district: a hub, the sites that meet it, and the network between them, all in one folder.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::network::Network;
use harness::programs::{Program, Programs, Serving};
use serde_json::Value;

/// The scope that the clinics share: a patient of one may walk into the other.
const SCOPE: &str = "district";

/// A district.
pub struct District {
    folder: PathBuf,
    programs: Programs,
    /// The network between the sites and the hub.
    pub network: Network,
    /// The hub's program on its home.
    pub hub: Program,
    serving: Option<Serving>,
}

/// A computer of a site, enrolled, with the person who uses it.
#[derive(Debug, Clone)]
pub struct Clinic {
    /// What the site is called.
    pub name: String,
    /// The device's number.
    pub device: u64,
    /// The program on the computer's home.
    pub posta: Program,
    /// The home.
    pub home: PathBuf,
    /// The file with the passphrase.
    pub passphrase: PathBuf,
}

/// Who works where, for a site to be added.
#[derive(Debug, Clone, Copy)]
pub struct Staff<'a> {
    /// The site's name.
    pub site: &'a str,
    /// `clinic` or `office`.
    pub kind: &'a str,
    /// The person's name.
    pub person: &'a str,
    /// Their role.
    pub role: &'a str,
}

impl District {
    /// Makes a hub in a folder and leads the network to nobody yet.
    pub fn found(programs: Programs, folder: &Path) -> Result<Self> {
        let network = Network::new()?;
        let hub = programs.hub(&folder.join("hub"));
        let address = network.address().to_string();
        hub.run(&["init", "--name", "District hub", "--address", &address])?;
        Ok(Self {
            folder: folder.to_owned(),
            programs,
            network,
            hub,
            serving: None,
        })
    }

    /// Returns the folder that everything is in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the hub's home.
    #[must_use]
    pub fn hub_home(&self) -> PathBuf {
        self.folder.join("hub")
    }

    /// Returns the programs.
    #[must_use]
    pub const fn programs(&self) -> &Programs {
        &self.programs
    }

    /// Starts the hub and leads the network to it.
    pub fn serve(&mut self) -> Result<()> {
        self.serve_with(&[])
    }

    /// Does so with more words.
    pub fn serve_with(&mut self, more: &[&str]) -> Result<()> {
        let serving = Serving::start_with(&self.hub, more)?;
        self.network.lead_to(serving.address());
        self.serving = Some(serving);
        Ok(())
    }

    /// Starts the hub so that TCP leads to it past the network, at the same address, and cuts the network: no UDP
    /// gets through.
    pub fn serve_without_udp(&mut self) -> Result<()> {
        let address = self.network.address().to_string();
        let serving = Serving::start_with(&self.hub, &["--tcp", &address])?;
        self.network.cut();
        self.serving = Some(serving);
        Ok(())
    }

    /// Tells whether the hub still serves.
    pub fn is_serving(&mut self) -> Result<bool> {
        self.serving.as_mut().map_or(Ok(false), Serving::is_alive)
    }

    /// Kills the hub as `kill -9` does.
    pub fn kill_hub(&mut self) -> Result<()> {
        self.serving
            .take()
            .context("the hub does not serve")?
            .kill()
    }

    /// Adds a site with one person; returns their numbers.
    pub fn add(&self, staff: Staff<'_>) -> Result<(String, String)> {
        let mut words = vec!["site", "add", staff.site, "--kind", staff.kind];
        if staff.kind == "clinic" {
            words.extend(["--scope", SCOPE]);
        }
        let site = id(&self.hub.json(&words)?)?;
        let words = [
            "person",
            "add",
            staff.person,
            "--role",
            staff.role,
            "--site",
            &site,
        ];
        let person = id(&self.hub.json(&words)?)?;
        Ok((site, person))
    }

    /// Makes an invite for a computer of a site.
    pub fn invite(&self, site: &str, person: &str) -> Result<String> {
        let words = [
            "device", "invite", "--site", site, "--person", person, "--label", "desk",
        ];
        let invited = self.hub.json(&words)?;
        Ok(invited["invite"].as_str().context("an invite")?.to_owned())
    }

    /// Returns a computer's program on a home of its own, not enrolled yet.
    pub fn computer(&self, name: &str) -> Result<Clinic> {
        let home = self.folder.join(name);
        let passphrase = self.folder.join(format!("{name}.passphrase"));
        fs::write(&passphrase, format!("a long walk to {name}\n"))?;
        let posta = self.programs.posta(&home, &passphrase);
        Ok(Clinic {
            name: name.to_owned(),
            device: 0,
            posta,
            home,
            passphrase,
        })
    }

    /// Enrols a computer with an invite: both sides must show the same six words.
    pub fn enrol(&self, mut clinic: Clinic, invite: &str) -> Result<(Clinic, String)> {
        let label = format!("{} desk", clinic.name);
        let pending = clinic
            .posta
            .json(&["enrol", invite, "--label", &label, "--no-wait"])?;
        let words = pending["words"].as_array().context("six words")?;
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        let words = words.join(" ");
        let listed = self.hub.json(&["device", "list"])?;
        let request = listed["requests"].get(0).context("a request to enrol")?;
        ensure!(
            request["words"] == words.as_str(),
            "the hub shows other words than the computer"
        );
        let approved = self.hub.json(&[
            "device",
            "approve",
            &request["id"].to_string(),
            "--words",
            &words,
        ])?;
        clinic.device = approved["device"].as_u64().context("the device's number")?;
        let state = clinic.posta.json(&["enrol", "--no-wait"])?;
        ensure!(
            state["state"] == "approved",
            "the computer was not told of its approval"
        );
        Ok((clinic, words))
    }
}

fn id(added: &Value) -> Result<String> {
    Ok(added["id"]
        .as_u64()
        .context("the number of what was added")?
        .to_string())
}
