//! The scene: who is there, and how what they do is told and checked.

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::district::{Clinic, District};
use crate::narrator::Narrator;

/// The district with its three computers, and who tells of it.
pub(super) struct Scene<'a> {
    pub(super) district: District,
    pub(super) kilima: Clinic,
    pub(super) river: Clinic,
    pub(super) office: Clinic,
    pub(super) narrator: &'a mut dyn Narrator,
}

/// Which computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Kilima,
    River,
    Office,
}

impl Scene<'_> {
    pub(super) const fn clinic(&self, who: Who) -> &Clinic {
        match who {
            Who::Kilima => &self.kilima,
            Who::River => &self.river,
            Who::Office => &self.office,
        }
    }

    /// Runs a command at a computer and returns its JSON.
    pub(super) fn at(&self, who: Who, words: &[&str]) -> Result<Value> {
        self.clinic(who).posta.json(words)
    }

    pub(super) fn say(&mut self, line: &str) {
        self.narrator.say(line);
    }

    /// Says a thing that must hold; if it does not, the story ends.
    pub(super) fn check(&mut self, held: bool, what: &str) -> Result<()> {
        if !held {
            bail!("this does not hold: {what}");
        }
        self.narrator.say(&format!("{what} ✓"));
        Ok(())
    }

    /// Lets a computer meet the hub and says what that cost.
    pub(super) fn meet(&mut self, who: Who) -> Result<Value> {
        let name = self.clinic(who).name.clone();
        self.narrator.begin(&format!("{name} meets the hub"));
        let report = self.at(who, &["sync", "--once"]);
        self.narrator.end();
        let report = report?;
        let line = spell(&name, &report).context("a report of the meeting")?;
        self.narrator.say(&line);
        plausible(&report).with_context(|| format!("{name}'s report of the meeting"))?;
        let status = self.at(who, &["status"])?;
        ensure!(
            status["lastContact"].is_string() && status["lastAttempt"]["problem"].is_null(),
            "{name} met the hub and does not know it"
        );
        Ok(report)
    }
}

/// Fails on a report that no meeting can have.
fn plausible(report: &Value) -> Result<()> {
    let bytes = |name: &str| report[name].as_f64().context("bytes are missing");
    for (app, udp) in [("appUp", "udpUp"), ("appDown", "udpDown")] {
        let (app, udp) = (bytes(app)?, bytes(udp)?);
        ensure!(app > 0.0 && udp >= app, "{app} bytes in {udp} as UDP");
    }
    let (pushed, stored) = (number(report, "pushed")?, number(report, "stored")?);
    ensure!(pushed == stored, "{stored} of {pushed} entries are stored");
    ensure!(
        number(report, "roundTrips")? > 0,
        "nobody waited for the hub"
    );
    Ok(())
}

/// Says what a meeting did and cost.
fn spell(name: &str, report: &Value) -> Option<String> {
    let number = |name: &str| report[name].as_f64();
    let kilo = |name: &str| number(name).map(|it| format!("{:.1} kB", it / 1_000.0));
    Some(format!(
        "{name} ⇄ hub: {} entries up, {} down, {} charts held; {} up and {} down ({} and {} as UDP), {} round trips, {:.0} ms",
        number("pushed")?,
        number("taken")?,
        number("charts")?,
        kilo("appUp")?,
        kilo("appDown")?,
        kilo("udpUp")?,
        kilo("udpDown")?,
        number("roundTrips")?,
        number("seconds")? * 1_000.0,
    ))
}

/// Returns a text member.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name]
        .as_str()
        .with_context(|| format!("{name} is missing"))
}

/// Returns a number member.
pub(super) fn number(value: &Value, name: &str) -> Result<u64> {
    value[name]
        .as_u64()
        .with_context(|| format!("{name} is missing"))
}
