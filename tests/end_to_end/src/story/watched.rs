//! The second chapter: records come in at one clinic and reach everybody, though a program is killed on the way.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::scene::{Scene, Who, number, text};

/// How long a transfer may take to reach the point where it is held still.
const LIMIT: Duration = Duration::from_secs(120);
/// Less than the smallest meeting, and hardly more than the handshake.
const HANDSHAKE_BYTES: u64 = 6_000;
/// Half of the least that an entry takes on its way.
const ENTRY_BYTES: u64 = 25;
/// The middle of a large transfer: no need to wait for more.
const MAX_MIDDLE_BYTES: u64 = 24_000;
/// How many refusals are told one by one.
const MAX_TOLD: usize = 5;

/// The resources that an import did not take.
pub(super) struct Refused {
    /// The addresses of those whose address was told.
    pub(super) named: BTreeSet<String>,
    /// How many others there are.
    pub(super) unnamed: u64,
}

impl Scene<'_> {
    /// The first clinic imports the records. Returns what it did not take.
    pub(super) fn bring_in(&mut self, records: &Path) -> Result<Refused> {
        self.narrator.chapter("Kilima brings in its records");
        let path = records.to_str().context("a path of plain letters")?;
        self.narrator.begin("importing");
        let report = self.import(path);
        self.narrator.end();
        let report = report?;
        let (imported, charts) = (number(&report, "imported")?, number(&report, "charts")?);
        self.say(&format!("{imported} resources in {charts} charts"));
        let refused = self.tell_refusals(&report)?;
        anyhow::ensure!(imported > 0, "nothing could be imported from {path}");
        let again = self.import(path)?;
        self.check(
            number(&again, "imported")? == 0,
            "importing the same again changes nothing",
        )?;
        self.at(
            Who::Kilima,
            &[
                "patient",
                "register",
                "--family",
                "Wanjiru",
                "--given",
                "Amina Zawadi",
                "--sex",
                "female",
                "--birth-date",
                "1983",
                "--phone",
                "+999 700 111 222",
                "--village",
                "Upper Well",
            ],
        )?;
        self.say("Asha registers Amina Zawadi Wanjiru, born in 1983");
        Ok(refused)
    }

    /// Imports. A file that cannot be read makes the program fail, but it takes the others.
    fn import(&self, path: &str) -> Result<Value> {
        let words = ["import", "fhir", path, "--json"];
        let ended = self.clinic(Who::Kilima).posta.end(&words)?;
        serde_json::from_str(&ended.out)
            .with_context(|| format!("the import failed: {}", ended.err.trim()))
    }

    /// Says what was refused, and why.
    fn tell_refusals(&mut self, report: &Value) -> Result<Refused> {
        let lines = report["lines"].as_array().context("the refusals")?;
        let count = number(report, "refused")?;
        if count == 0 && lines.is_empty() {
            self.say("nothing was refused ✓");
        } else {
            self.say(&format!(
                "{count} resources were refused, all others taken:"
            ));
        }
        for line in lines.iter().take(MAX_TOLD) {
            let named = line["resource"].as_str().map(|it| format!(", {it}"));
            let (file, why) = (text(line, "file")?, text(line, "reason")?);
            self.say(&format!("  {file}{}: {why}", named.unwrap_or_default()));
        }
        let named = lines.iter().filter_map(|it| it["resource"].as_str());
        let named: BTreeSet<String> = named
            .filter(|it| it.contains('/'))
            .map(str::to_owned)
            .collect();
        let told = lines.iter().filter(|it| it["at"] == 0).count() + named.len();
        Ok(Refused {
            unnamed: count.saturating_sub(told as u64),
            named,
        })
    }

    /// Everything reaches everybody, though first the clinic's program and then the hub are killed in the middle.
    pub(super) fn share(&mut self) -> Result<()> {
        self.narrator.chapter("The first meetings");
        let unsent = number(&self.at(Who::Kilima, &["status"])?, "unsent")?;
        self.killed_in_the_middle(Who::Kilima, unsent)?;
        self.say("`kill -9` takes Kilima's program in the middle of its first meeting");
        self.meet(Who::Kilima)?;
        let unsent = number(&self.at(Who::Kilima, &["status"])?, "unsent")?;
        self.check(
            unsent == 0,
            "started again, it sent what was left: all of Kilima is at the hub",
        )?;
        let entries = number(&self.district.hub.json(&["status"])?, "entries")?;
        self.killed_in_the_middle(Who::River, entries)?;
        self.district.kill_hub()?;
        self.say(
            "`kill -9` takes River's program and the hub in the middle of River's first replica",
        );
        self.district.serve()?;
        self.meet(Who::River)?;
        self.meet(Who::Office)?;
        self.same_everywhere("all three hold the same charts, byte for byte")
    }

    /// Starts a meeting in which so many entries are to pass, and kills it when half of them may have.
    pub(super) fn killed_in_the_middle(&mut self, who: Who, entries: u64) -> Result<()> {
        let middle = HANDSHAKE_BYTES.saturating_add(entries.saturating_mul(ENTRY_BYTES));
        let middle = middle.min(MAX_MIDDLE_BYTES);
        self.district.network.hold_after(middle);
        let meeting = self.clinic(who).posta.start(&["sync", "--once"])?;
        let held = self.district.network.wait_until_held(LIMIT);
        meeting.kill()?;
        self.district.network.restore();
        anyhow::ensure!(
            held,
            "the meeting ended before it could be killed in the middle"
        );
        Ok(())
    }

    /// Checks that all three derive the same charts from their logs.
    pub(super) fn same_everywhere(&mut self, what: &str) -> Result<()> {
        let mut digests = Vec::new();
        for who in [Who::Kilima, Who::River, Who::Office] {
            let verified = self.at(who, &["verify"])?;
            anyhow::ensure!(
                verified["ok"] == true,
                "{} does not verify",
                self.clinic(who).name
            );
            digests.push(text(&verified, "digest")?.to_owned());
        }
        digests.dedup();
        self.check(digests.len() == 1, what)
    }
}
