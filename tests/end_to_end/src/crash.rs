//! `kill -9` on the real programs, again and again, at random moments, while clinics work and meet the hub.
//!
//! Each clinic registers, writes visits, imports and syncs, one command after another, and many of its commands are
//! killed. Meanwhile the hub that serves them is killed and started again. What must hold: whatever was killed starts
//! again at once; a command that ended well is never undone; what a clinic counts as stored at the hub is there; in the end
//! all logs verify and all replicas are the same.
//!
//! The seed decides what is done and when it is killed, as far as a clock can: two runs of one seed are alike, not equal.

mod desk;
mod laws;
mod ledger;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use harness::programs::Programs;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::district::{Clinic, District, Staff};
use crate::narrator::Narrator;
use desk::Desk;
use ledger::Ledger;

/// The clinics, who all share one scope.
const CLINICS: [Staff<'static>; 3] = [
    staff("Kilima", "Asha Njoroge"),
    staff("River", "Daniel Okafor"),
    staff("Lake", "Neema Achieng"),
];

/// The longest that the hub serves until it is killed: several meetings.
const LONGEST_SERVICE_MS: u64 = 1_500;

/// How often and when is killed.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Decides what is done and killed.
    pub seed: u64,
    /// How many commands of clinics are killed, and as many times the hub.
    pub kills: u32,
    /// How many clinics there are, at most three.
    pub clinics: usize,
}

/// What a run came to, if every law held.
#[derive(Debug, Clone, Copy, Default)]
pub struct Report {
    /// How many commands of clinics were killed before they ended.
    pub clinic_kills: u32,
    /// How often the hub was killed.
    pub hub_kills: u32,
    /// How many meetings broke off because the hub was gone.
    pub broken_meetings: u32,
    /// How many commands that write ended well.
    pub acknowledged: usize,
    /// How many were killed, so that nobody knows whether they were done.
    pub unknown: usize,
    /// How many of those were done.
    pub done_though_killed: usize,
    /// How many charts everybody holds in the end.
    pub charts: u64,
    /// How many entries the hub's history has.
    pub entries: u64,
}

const fn staff(site: &'static str, person: &'static str) -> Staff<'static> {
    Staff {
        site,
        kind: "clinic",
        person,
        role: "clinician",
    }
}

/// What a clinic tells of itself while it works.
#[derive(Debug, Default)]
struct Told {
    /// How many of its entries it has counted as stored at the hub.
    at_hub: AtomicU64,
}

/// Runs a plan; the first law that does not hold ends it with an error.
pub fn run(programs: &Programs, plan: Plan, narrator: &mut dyn Narrator) -> Result<Report> {
    let folder = tempfile::tempdir().context("making a folder")?;
    narrator.chapter(&format!(
        "{} kills of clinics and of the hub, seed {}",
        plan.kills, plan.seed
    ));
    let mut district = District::found(programs.clone(), folder.path())?;
    district.serve()?;
    let clinics = CLINICS
        .iter()
        .take(plan.clinics)
        .map(|it| enrolled(&district, *it))
        .collect::<Result<Vec<Clinic>>>()?;
    let mut report = Report::default();
    let ledgers = under_load(&mut district, &clinics, plan, &mut report, narrator)?;
    narrator.begin("the last meetings");
    let judged = laws::judge(&district, &clinics, &ledgers, &mut report);
    narrator.end();
    judged?;
    Ok(report)
}

fn enrolled(district: &District, staff: Staff<'_>) -> Result<Clinic> {
    let (site, person) = district.add(staff)?;
    let invite = district.invite(&site, &person)?;
    let (clinic, _words) = district.enrol(district.computer(staff.site)?, &invite)?;
    clinic.posta.json(&["sync", "--once"])?;
    Ok(clinic)
}

/// Lets the clinics work and be killed, and kills the hub, until both were killed often enough.
fn under_load(
    district: &mut District,
    clinics: &[Clinic],
    plan: Plan,
    report: &mut Report,
    narrator: &mut dyn Narrator,
) -> Result<Vec<Ledger>> {
    let told: Vec<Told> = clinics.iter().map(|_| Told::default()).collect();
    let folder = district.folder().to_owned();
    let killing = laws::Killing::new(plan.kills);
    narrator.begin("killing");
    let ended = thread::scope(|scope| {
        let (failed, failures) = channel();
        let desks: Vec<_> = (clinics.iter().zip(&told).zip(1_u64..))
            .map(|((clinic, told), number)| {
                let desk = Desk::new(clinic, told, plan.seed ^ (number << 32), &folder);
                let (failed, killing) = (failed.clone(), &killing);
                scope.spawn(move || {
                    let worked = desk.work(killing);
                    if worked.is_err() {
                        killing.give_up();
                        // The hub's end listens as long as it kills.
                        failed.send(()).unwrap_or_default();
                    }
                    worked
                })
            })
            .collect();
        let mut rng = ChaCha8Rng::seed_from_u64(plan.seed);
        let served = kill_the_hub(district, &killing, (&told, clinics), (&mut rng, &failures));
        if served.is_err() {
            killing.give_up();
        }
        let worked = desks.into_iter().map(|it| match it.join() {
            Ok(worked) => worked,
            Err(_panic) => bail!("a clinic's thread panicked"),
        });
        let worked: Vec<Result<Ledger>> = worked.collect();
        (served, worked)
    });
    narrator.end();
    let (served, worked) = ended;
    let ledgers = worked.into_iter().collect::<Result<Vec<_>>>()?;
    report.hub_kills = served?;
    report.clinic_kills = ledgers.iter().map(|it| it.kills).sum();
    report.broken_meetings = ledgers.iter().map(|it| it.broken_meetings).sum();
    Ok(ledgers)
}

/// Kills the hub at random moments; it must start each time, and have what the clinics count as stored there.
fn kill_the_hub(
    district: &mut District,
    killing: &laws::Killing,
    (told, clinics): (&[Told], &[Clinic]),
    (rng, failures): (&mut ChaCha8Rng, &Receiver<()>),
) -> Result<u32> {
    let mut kills = 0;
    while killing.goes_on() {
        let service = Duration::from_millis(rng.random_range(0..LONGEST_SERVICE_MS));
        if !matches!(
            failures.recv_timeout(service),
            Err(RecvTimeoutError::Timeout)
        ) {
            break;
        }
        let counted: Vec<u64> = (told.iter().map(|it| it.at_hub.load(Ordering::SeqCst))).collect();
        district.kill_hub()?;
        killing.one_of_the_hub();
        kills += 1;
        district
            .serve()
            .with_context(|| format!("after kill {kills} of the hub"))?;
        let stored = stored(&district.hub.json(&["device", "list"])?, clinics)?;
        for ((clinic, counted), stored) in clinics.iter().zip(counted).zip(stored) {
            ensure!(
                stored >= counted,
                "{} counts {counted} entries as stored at the hub; after kill {kills} it has {stored}",
                clinic.name
            );
        }
    }
    Ok(kills)
}

/// Returns how many entries the hub has of each clinic.
fn stored(listed: &Value, clinics: &[Clinic]) -> Result<Vec<u64>> {
    let devices = listed["devices"].as_array().context("the devices")?;
    let of = |clinic: &Clinic| {
        let device = devices.iter().find(|it| it["id"] == clinic.device);
        device.and_then(|it| it["stored"].as_u64())
    };
    let stored: Option<Vec<u64>> = clinics.iter().map(of).collect();
    stored.context("how many entries the hub has of each clinic")
}
