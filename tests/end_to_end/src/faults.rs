//! The real programs on a disk that is full, or fails, from any of their calls on a file on.
//!
//! Each trial begins with copies of a clinic's and a hub's home, runs one command whose disk fails, and then has a whole disk
//! again. What must hold: the command says that it is the disk, the next start succeeds, the command can be done again, and
//! nothing that was acknowledged is lost. The small files beside the databases are among those that fail.

mod stage;
mod trial;

use anyhow::{Context as _, Result, ensure};
use harness::programs::Programs;
use harness::tracer;

use crate::narrator::Narrator;
use stage::Stages;
use trial::Case;

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// At how many calls of each command, spread over all of them; none for each of them.
    pub calls: Option<usize>,
    /// Whether only the commands are tried that touch most.
    pub few: bool,
}

/// What a run came to, if every law held.
#[derive(Debug, Clone, Copy, Default)]
pub struct Report {
    /// How many commands were tried.
    pub commands: u32,
    /// How many trials there were in which a call failed.
    pub trials: u32,
    /// In how many of them the command ended well nevertheless.
    pub ended_well: u32,
}

/// Runs a plan; none where nothing can be traced. The first law that does not hold ends it with an error.
pub fn run(programs: &Programs, plan: Plan, narrator: &mut dyn Narrator) -> Result<Option<Report>> {
    if !tracer::is_here() {
        return Ok(None);
    }
    narrator.chapter("Commands on a disk that is full, or fails");
    let folder = tempfile::tempdir().context("making a folder")?;
    let stages = Stages::make(programs, folder.path())?;
    let mut report = Report::default();
    let cases: &[Case] = if plan.few { &Case::FEW } else { &Case::ALL };
    for (case, number) in cases.iter().copied().zip(0..) {
        narrator.begin(case.name());
        let tried = try_all(&stages, case, (plan, number), &mut report);
        narrator.end();
        let trials = tried.with_context(|| case.name().to_owned())?;
        narrator.say(&format!("{}: {trials} failing calls ✓", case.name()));
        report.commands += 1;
    }
    Ok(Some(report))
}

/// Tries a command with each call failing, or some.
fn try_all(
    stages: &Stages,
    case: Case,
    (plan, number): (Plan, usize),
    report: &mut Report,
) -> Result<u32> {
    let counted = trial::run(stages, case, None)?;
    let all = [counted.full, counted.broken].concat();
    ensure!(!all.is_empty(), "it touches no file");
    let count = plan.calls.unwrap_or(all.len()).min(all.len());
    let mut trials = 0;
    for point in 0..count {
        // Spread over all, and elsewhere for each command.
        let at = (all.len() * (2 * point + 1) / (2 * count) + number) % all.len();
        let Some(fault) = all.get(if count == all.len() { point } else { at }) else {
            continue;
        };
        let tried = trial::run(stages, case, Some(fault));
        let tried = tried.with_context(|| format!("{fault:?}"))?;
        if tried.failed > 0 {
            trials += 1;
            report.ended_well += u32::from(tried.ended_well);
        }
    }
    report.trials += trials;
    Ok(trials)
}
