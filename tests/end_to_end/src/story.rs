//! The main job, told and checked: two clinics work with no network, meet the hub, and everything merges.
//!
//! Every sentence that ends with "✓" was checked; the first that does not hold ends the story with an error.

mod away;
mod back;
mod enrolled;
mod records;
mod scene;
mod watched;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::programs::Programs;
use tempfile::TempDir;

use crate::district::{Clinic, District};
use crate::narrator::Narrator;
use scene::Scene;

/// What the story is told with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// How many people to generate.
    pub people: u32,
    /// FHIR records to import instead: a file, a folder or a `.tar.zst`.
    pub records: Option<PathBuf>,
    /// Where everything is left; otherwise it is gone when the story is dropped.
    pub keep: Option<PathBuf>,
}

/// The story, told; everything in it is still there.
pub struct Told {
    district: District,
    clinics: [Clinic; 3],
    folder: Folder,
}

/// The folder that everything is in.
enum Folder {
    Kept(PathBuf),
    /// Removed when the story is dropped.
    Passing(TempDir),
}

/// Tells the story.
pub fn run(programs: &Programs, options: &Options, narrator: &mut dyn Narrator) -> Result<Told> {
    let folder = match &options.keep {
        Some(folder) => {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            let is_empty = fs::read_dir(folder)?.next().is_none();
            ensure!(
                is_empty,
                "{} is not empty; name a new folder",
                folder.display()
            );
            Folder::Kept(folder.canonicalize()?)
        }
        None => Folder::Passing(tempfile::tempdir()?),
    };
    let root = match &folder {
        Folder::Kept(folder) => folder.clone(),
        Folder::Passing(folder) => folder.path().to_owned(),
    };
    let records = records::gather(options, &root, narrator)?;
    let district = enrolled::found(programs, &root, narrator)?;
    let mut scene = enrolled::enrol(district, narrator)?;
    let refused = scene.bring_in(&records)?;
    scene.share()?;
    let away = scene.work_apart()?;
    scene.come_back(&away)?;
    scene.settle_conflict(&away)?;
    scene.read_history(&away)?;
    scene.compare_with_originals(&records, &refused)?;
    scene.meet_with_nothing_to_do()?;
    scene.tamper()?;
    let Scene {
        district,
        kilima,
        river,
        office,
        ..
    } = scene;
    Ok(Told {
        district,
        clinics: [kilima, river, office],
        folder,
    })
}

impl Told {
    /// Returns the first clinic.
    #[must_use]
    pub const fn clinic(&self) -> &Clinic {
        let [clinic, ..] = &self.clinics;
        clinic
    }

    /// Returns the first clinic's passphrase.
    pub fn passphrase(&self) -> Result<String> {
        Ok(fs::read_to_string(&self.clinic().passphrase)?
            .trim()
            .to_owned())
    }

    /// Says how to go on with everything, if it is kept: as commands for a shell.
    pub fn explain(&self, narrator: &mut dyn Narrator) {
        let Folder::Kept(folder) = &self.folder else {
            return;
        };
        narrator.chapter("Everything is left to explore");
        narrator
            .say("The hub stops with this program. In a shell, these start it again and go on:");
        let shown = |path: &Path| format!("'{}'", path.display());
        let programs = shown(self.district.programs().folder());
        narrator.say(&format!("  PATH={programs}:\"$PATH\""));
        // The computers know the hub by the address that the network had.
        narrator.say(&format!(
            "  posta-hub --home {} serve --listen {} &",
            shown(&self.district.hub_home()),
            self.district.network.address()
        ));
        for clinic in &self.clinics {
            let home = shown(&clinic.home);
            let file = shown(&clinic.passphrase);
            for command in ["sync --once", "status"] {
                narrator.say(&format!(
                    "  posta --home {home} --passphrase-file {file} {command}"
                ));
            }
        }
        narrator.say(&format!(
            "The records and exports are in {}",
            folder.display()
        ));
    }
}
