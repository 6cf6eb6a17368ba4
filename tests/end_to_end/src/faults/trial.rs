//! One command on a failing disk, and what must hold afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use harness::programs::Program;
use harness::tracer::{self, Fault, How, Traced};
use serde_json::Value;

use super::stage::{Place, Stage, Stages};

/// The files of a clinic's home.
const CLINIC: [&str; 17] = [
    "",
    "facts",
    "facts.new",
    "generation",
    "generation.new",
    "lock",
    "keys",
    "keys/device.secret",
    "keys/device.new",
    "keys/1.slot",
    "keys/1.new",
    "keys/dbk.age",
    "keys/dbk.new",
    "replica.db",
    "replica.db-wal",
    "replica.db.new",
    "replica.db.new-journal",
];

/// The files of a hub's home.
const HUB: [&str; 9] = [
    "",
    "generation",
    "generation.new",
    "hub.db",
    "hub.db-wal",
    "hub.db.new",
    "hub.db.new-journal",
    "hub.key",
    "lock",
];

/// What the clinic says of a disk.
const CODES: [&str; 3] = ["diskFull", "diskFailed", "fileFailed"];

/// A command that is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Register,
    Visit,
    Import,
    Sync,
    Enrol,
    EnrolAgain,
    HubInit,
    HubAdd,
    HubServe,
}

/// What a trial came to.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    /// How many calls on its files failed.
    pub(super) failed: usize,
    /// Whether the command ended well.
    pub(super) ended_well: bool,
    /// Every call that could be the first to fail.
    pub(super) full: Vec<Fault>,
    /// The same on a disk that fails in everything.
    pub(super) broken: Vec<Fault>,
}

impl Case {
    pub(super) const ALL: [Self; 9] = [
        Self::Register,
        Self::Visit,
        Self::Import,
        Self::Sync,
        Self::Enrol,
        Self::EnrolAgain,
        Self::HubInit,
        Self::HubAdd,
        Self::HubServe,
    ];

    /// Those that touch most.
    pub(super) const FEW: [Self; 3] = [Self::Register, Self::Sync, Self::HubServe];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Register => "posta patient register",
            Self::Visit => "posta visit add",
            Self::Import => "posta import",
            Self::Sync => "posta sync",
            Self::Enrol => "posta enrol with an invite",
            Self::EnrolAgain => "posta enrol after the approval",
            Self::HubInit => "posta-hub init",
            Self::HubAdd => "posta-hub site add",
            Self::HubServe => "posta-hub serve",
        }
    }

    const fn stage(self) -> Stage {
        match self {
            Self::HubInit => Stage::Nothing,
            Self::Enrol => Stage::Invited,
            Self::EnrolAgain => Stage::Approved,
            Self::Register
            | Self::Visit
            | Self::Import
            | Self::Sync
            | Self::HubAdd
            | Self::HubServe => Stage::AtWork,
        }
    }

    const fn is_of_the_hub(self) -> bool {
        matches!(self, Self::HubInit | Self::HubAdd | Self::HubServe)
    }

    const fn meets_the_hub(self) -> bool {
        matches!(self, Self::Sync | Self::Enrol | Self::EnrolAgain)
    }

    /// How many patients the clinic has more when it is done.
    const fn adds(self) -> u64 {
        match self {
            Self::Register | Self::Import => 1,
            Self::Visit
            | Self::Sync
            | Self::Enrol
            | Self::EnrolAgain
            | Self::HubInit
            | Self::HubAdd
            | Self::HubServe => 0,
        }
    }

    /// What is typed.
    fn words(self, stages: &Stages, place: &Place<'_>) -> Result<Vec<String>> {
        let words = match self {
            Self::Register => {
                "patient register --family Mwangi --given Neema --sex female".to_owned()
            }
            Self::Visit => format!("visit add {} --reason cough", stages.card),
            Self::Import => {
                let file = place.file("in.json");
                let patient = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Mutua"}]}"#;
                fs::write(&file, patient)?;
                format!("import fhir {}", file.display())
            }
            Self::Sync => "sync --once".to_owned(),
            Self::Enrol => format!("enrol {} --label desk --no-wait", stages.invite),
            Self::EnrolAgain => "enrol --no-wait".to_owned(),
            Self::HubInit => format!("init --name Hub --address {}", place.address()),
            Self::HubAdd => "site add River".to_owned(),
            Self::HubServe => "serve".to_owned(),
        };
        let words = words.split(' ').chain(["--json"]);
        Ok(words.map(str::to_owned).collect())
    }
}

/// Runs a command on a failing disk, then everything on a whole one.
pub(super) fn run(stages: &Stages, case: Case, fault: Option<&Fault>) -> Result<Tried> {
    let place = stages.place(case.stage())?;
    let (program, home, files) = if case.is_of_the_hub() {
        (place.hub(), place.hub_home(), HUB.as_slice())
    } else {
        (place.posta(), place.clinic_home(), CLINIC.as_slice())
    };
    let files: Vec<PathBuf> = files.iter().map(|it| path(&home, it)).collect();
    let traced = tracer::trace(&program, &files, fault, &place.file("traced"));
    let words = case.words(stages, &place)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ended_well = if case == Case::HubServe {
        serves(&place, &traced, fault)?
    } else {
        let serving = case.meets_the_hub().then(|| place.serve()).transpose()?;
        let ended = traced.program.end(&words)?;
        drop(serving);
        if !ended.success {
            ensure!(fault.is_some(), "it fails on a whole disk: {}", ended.err);
            ensure!(
                ended.code == Some(1),
                "it ended with {:?}: {}",
                ended.code,
                ended.err
            );
            says(case, &ended.err)?;
        }
        ended.success
    };
    let failed = traced.failed()?;
    if failed > 0 || fault.is_none() {
        is_whole_again(&place, case, &words, ended_well)?;
    }
    Ok(Tried {
        failed,
        ended_well,
        full: traced.faults(How::Full)?,
        broken: traced.faults(How::Broken)?,
    })
}

fn path(home: &Path, name: &str) -> PathBuf {
    if name.is_empty() {
        home.to_owned()
    } else {
        home.join(name)
    }
}

/// Has the hub serve on a failing disk while the clinic meets it; tells whether the meeting succeeded.
fn serves(place: &Place<'_>, hub: &Traced, fault: Option<&Fault>) -> Result<bool> {
    let serving = match place.serve_by(&hub.program) {
        Ok(serving) => serving,
        Err(error) if fault.is_none() => return Err(error),
        Err(error) => {
            says(Case::HubServe, &error.to_string())?;
            return Ok(false);
        }
    };
    let met = place.posta().end(&["sync", "--once", "--json"])?;
    hub.kill()?;
    serving.wait()?;
    if !met.success {
        let refusal = last(&met.err);
        let away = ["hubBusy", "linkLost", "hubUnreachable", "hubTimeout"];
        ensure!(
            away.iter().any(|it| refusal["code"] == *it),
            "the clinic is told: {}",
            met.err
        );
    }
    Ok(met.success)
}

/// What is said must name the disk or the file, and no fault of ours.
fn says(case: Case, said: &str) -> Result<()> {
    ensure!(!said.contains("panicked"), "{said}");
    if case.is_of_the_hub() {
        let names = [
            "disk",
            "hub.db",
            "hub.key",
            "generation",
            "lock",
            "could not",
        ];
        ensure!(names.iter().any(|it| said.contains(it)), "it says {said:?}");
        return Ok(());
    }
    let refusal = last(said);
    let is_named = CODES.iter().any(|it| refusal["code"] == *it);
    ensure!(is_named, "it says {said:?}");
    Ok(())
}

fn last(said: &str) -> Value {
    let lines = said.lines().rev();
    lines
        .filter_map(|it| serde_json::from_str(it).ok())
        .next()
        .unwrap_or_default()
}

/// With a whole disk again: everything starts, the command can be done again, and nothing is lost.
fn is_whole_again(place: &Place<'_>, case: Case, words: &[&str], ended_well: bool) -> Result<()> {
    if case == Case::HubInit {
        return init_again(place, words, ended_well);
    }
    let serving = place.serve().context("the hub's next start")?;
    let before = match case {
        Case::Register | Case::Visit | Case::Import | Case::Sync => {
            let status = place.posta().json(&["status"]).context("the next start")?;
            let charts = status["charts"].as_u64().context("the charts")?;
            ensure!(
                charts >= 2 + u64::from(ended_well) * case.adds(),
                "it lost: {status}"
            );
            charts
        }
        Case::Enrol | Case::EnrolAgain | Case::HubAdd | Case::HubInit | Case::HubServe => 2,
    };
    match case {
        Case::HubServe => {}
        Case::EnrolAgain | Case::HubAdd if ended_well => {}
        Case::EnrolAgain => again(&place.posta(), words, "alreadyEnrolled")?,
        Case::HubAdd => again(&place.hub(), words, "there is a site called")?,
        Case::Register | Case::Visit | Case::Import | Case::Sync | Case::Enrol | Case::HubInit => {
            drop(place.posta().run(words).context("done again")?);
        }
    }
    if case == Case::Enrol {
        return Ok(()); // it waits for its approval
    }
    place
        .posta()
        .json(&["sync", "--once"])
        .context("meeting again")?;
    let status = place.posta().json(&["status"])?;
    for never in ["restored", "hubRestored"] {
        ensure!(status[never].is_null(), "{never}: {status}");
    }
    ensure!(status["unsent"] == 0, "{status}");
    let enough = if case == Case::EnrolAgain { 0 } else { before };
    ensure!(
        status["charts"].as_u64() >= Some(enough),
        "it lost: {status}"
    );
    ensure!(
        place.posta().json(&["verify"])?["ok"] == true,
        "the clinic does not verify"
    );
    serving.kill()?;
    ensure!(
        place.hub().json(&["audit", "verify"])?["ok"] == true,
        "the hub does not verify"
    );
    let status = place.hub().json(&["status"])?;
    ensure!(
        status["restored"] == 0 && status["quarantined"] == 0,
        "{status}"
    );
    Ok(())
}

/// What can be done only once is done now, or was done when the disk failed after it: then it is said so.
fn again(program: &Program, words: &[&str], said_if_done: &str) -> Result<()> {
    let ended = program.end(words)?;
    let is_done = ended.success || ended.err.contains(said_if_done);
    ensure!(is_done, "done again: {}", ended.err);
    Ok(())
}

/// A hub that could not be made is made again, at the place it says or after its folder was removed as it says.
fn init_again(place: &Place<'_>, words: &[&str], ended_well: bool) -> Result<()> {
    if !ended_well {
        let again = place.hub().end(words)?;
        if !again.success {
            let unfinished = place.hub().end(&["status"])?.err;
            let tells = again.err.contains("delete") || unfinished.contains("delete");
            ensure!(tells, "nobody says what to do: {} {unfinished}", again.err);
            if let Err(error) = fs::remove_dir_all(place.hub_home()) {
                bail!("removing what was begun: {error}");
            }
            place.hub().run(words)?;
        }
    }
    place.serve()?.kill()
}
