//! One clinic at work: a command after another, many of them killed.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use harness::programs::Ended;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::Told;
use super::laws::Killing;
use super::ledger::Ledger;
use crate::district::Clinic;

/// How long a meeting is waited for. One whose hub was killed would go on waiting for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long any other command may take.
const LIMIT: Duration = Duration::from_secs(120);
/// How many patients an import brings.
const IMPORTED: usize = 3;
/// What a meeting says whose hub is gone, or busy after its start.
const AWAY: [&str; 4] = ["hubUnreachable", "linkLost", "hubTimeout", "hubBusy"];

/// What a clinic does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Register,
    Visit,
    Import,
    Sync,
}

/// When a command is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was started.
    AfterStart(Duration),
    /// So long after it had the store open: from then on it writes.
    AfterOpening(Duration),
}

/// A clinic at work.
pub(super) struct Desk<'a> {
    clinic: &'a Clinic,
    told: &'a Told,
    rng: ChaCha8Rng,
    ledger: Ledger,
    /// How long the last command of each kind took that was not killed: from its start, and from when it had the store
    /// open. The first of each kind is never killed.
    took: [Option<(Duration, Duration)>; 4],
    file: PathBuf,
}

impl<'a> Desk<'a> {
    pub(super) fn new(clinic: &'a Clinic, told: &'a Told, seed: u64, folder: &Path) -> Self {
        Self {
            clinic,
            told,
            rng: ChaCha8Rng::seed_from_u64(seed),
            ledger: Ledger::default(),
            took: [None; 4],
            file: folder.join(format!("{}.json", clinic.name)),
        }
    }

    /// Works until enough was killed.
    pub(super) fn work(mut self, killing: &Killing) -> Result<Ledger> {
        while killing.goes_on() {
            let act = self.choose();
            let done = self.act(act);
            let was_killed = done.with_context(|| format!("{}: {act:?}", self.clinic.name))?;
            if was_killed {
                self.ledger.kills += 1;
                killing.one_of_a_clinic();
                self.starts_again()?;
            }
        }
        Ok(self.ledger)
    }

    fn choose(&mut self) -> Act {
        match self.rng.random_range(0..10) {
            0..=2 if !self.ledger.cards.is_empty() => Act::Visit,
            0..=4 => Act::Register,
            5 => Act::Import,
            _sync => Act::Sync,
        }
    }

    /// Does one thing; tells whether it was killed.
    fn act(&mut self, act: Act) -> Result<bool> {
        match act {
            Act::Register => self.register(),
            Act::Visit => self.visit(),
            Act::Import => self.import(),
            Act::Sync => self.sync(),
        }
    }

    fn register(&mut self) -> Result<bool> {
        let word = self.ledger.word(&self.clinic.name);
        let words = [
            "patient", "register", "--family", &word, "--given", "Juma", "--sex", "male",
        ];
        let ended = self.run(Act::Register, &words)?;
        if let Some(card) = ended
            .as_ref()
            .and_then(|it| answer(&it.out)["number"].as_str().map(str::to_owned))
        {
            self.ledger.cards.push(card);
        }
        self.ledger.note(vec![word], ended.is_some());
        Ok(ended.is_none())
    }

    fn visit(&mut self) -> Result<bool> {
        let word = self.ledger.word(&self.clinic.name);
        let at = self.rng.random_range(0..self.ledger.cards.len());
        let card = self.ledger.cards.get(at).cloned().context("a card")?;
        let words = ["visit", "add", &card, "--reason", &word, "--note", "seen"];
        let ended = self.run(Act::Visit, &words)?;
        self.ledger.note(vec![word], ended.is_some());
        Ok(ended.is_none())
    }

    fn import(&mut self) -> Result<bool> {
        let families: Vec<String> = (0..IMPORTED)
            .map(|_| self.ledger.word(&self.clinic.name))
            .collect();
        let entries: Vec<Value> = families
            .iter()
            .map(|it| {
                json!({"resource": {"resourceType": "Patient", "id": it, "name": [{"family": it}]}})
            })
            .collect();
        let bundle = json!({"resourceType": "Bundle", "type": "collection", "entry": entries});
        std::fs::write(&self.file, bundle.to_string())?;
        let file = self.file.clone();
        let path = file.to_str().context("a path of plain letters")?;
        let ended = self.run(Act::Import, &["import", "fhir", path])?;
        self.ledger.note(families, ended.is_some());
        Ok(ended.is_none())
    }

    fn sync(&mut self) -> Result<bool> {
        let (ended, is_planned) = self.start(Act::Sync, &["sync", "--once"], PATIENCE)?;
        if ended.success {
            return Ok(false);
        }
        if ended.code.is_none() {
            self.ledger.broken_meetings += u32::from(!is_planned);
            return Ok(true);
        }
        let refusal = answer(&ended.err);
        let is_away = AWAY.iter().any(|it| refusal["code"] == *it);
        ensure!(is_away, "the meeting failed: {}", ended.err.trim());
        self.ledger.broken_meetings += 1;
        Ok(false)
    }

    /// Runs a command that writes, which may be killed: then there is no answer. Any other end but a good one is a fault.
    fn run(&mut self, act: Act, words: &[&str]) -> Result<Option<Ended>> {
        let (ended, _is_planned) = self.start(act, words, LIMIT)?;
        if !ended.success && ended.code.is_some() {
            bail!("it failed: {}", ended.err.trim());
        }
        Ok(ended.success.then_some(ended))
    }

    /// Runs a command to its end, or to the moment at which it is killed; tells whether that was planned.
    fn start(&mut self, act: Act, words: &[&str], limit: Duration) -> Result<(Ended, bool)> {
        let words = [words, &["--json"]].concat();
        let journal = self.clinic.home.join("replica.db-wal");
        let moment = self.moment(act);
        let start = Instant::now();
        let mut running = self.clinic.posta.start(&words)?;
        let ended = if let Some(Moment::AfterStart(moment)) = moment {
            running.wait_or_kill(moment)?
        } else {
            running.wait_until(|| journal.exists())?;
            let opened = start.elapsed();
            let ended = match moment {
                Some(Moment::AfterStart(it) | Moment::AfterOpening(it)) => {
                    running.wait_or_kill(it)?
                }
                None => running.wait_or_kill(limit)?,
            };
            if let Some(it) = self.took.get_mut(act as usize).filter(|_| ended.success) {
                let took = start.elapsed();
                *it = Some((took, took.saturating_sub(opened)));
            }
            ended
        };
        Ok((ended, moment.is_some()))
    }

    /// Draws when to kill a command, if it is to be killed.
    fn moment(&mut self, act: Act) -> Option<Moment> {
        let (whole, open) = self.took.get(act as usize).copied()??;
        match self.rng.random_range(0..6) {
            0 => Some(Moment::AfterStart(
                whole.mul_f64(self.rng.random_range(0.0..1.2)),
            )),
            1..=3 => Some(Moment::AfterOpening(
                open.mul_f64(self.rng.random_range(0.0..1.2)),
            )),
            _never => None,
        }
    }

    /// After a kill: the next start succeeds, and nothing that was at the hub is counted as lost.
    fn starts_again(&self) -> Result<()> {
        let status = self.clinic.posta.json(&["status"]);
        let kills = self.ledger.kills;
        let status = status.with_context(|| format!("{} after kill {kills}", self.clinic.name))?;
        let at_hub = status["atHub"].as_u64().context("what is at the hub")?;
        let before = self.told.at_hub.fetch_max(at_hub, Ordering::SeqCst);
        ensure!(
            at_hub >= before,
            "{} counted {before} entries as stored at the hub, after kill {kills} {at_hub}",
            self.clinic.name
        );
        Ok(())
    }
}

/// Returns the JSON that a command printed; nothing if it was killed first.
fn answer(printed: &str) -> Value {
    printed
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())
        .unwrap_or_default()
}
