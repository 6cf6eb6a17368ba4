//! The last chapters: the network returns; everything merges; the conflict is decided; the history tells all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use harness::intruder;
use serde_json::Value;

use super::away::Away;
use super::scene::{Scene, Who, number, text};
use super::watched::Refused;
use crate::resources;

/// The most entries that `audit list` is asked for.
const ENTRIES: &str = "10000";

impl Scene<'_> {
    /// The network returns, and goes, and returns.
    pub(super) fn come_back(&mut self, away: &Away) -> Result<()> {
        self.narrator.chapter("The network returns");
        self.district.network.restore();
        let unsent = number(&self.at(Who::Kilima, &["status"])?, "unsent")?;
        self.killed_in_the_middle(Who::Kilima, unsent)?;
        let left = number(&self.at(Who::Kilima, &["status"])?, "unsent")?;
        self.check(
            left > 0,
            &format!("`kill -9` takes Kilima's program while it sends: {left} of its {unsent} entries are left"),
        )?;
        for who in [Who::Kilima, Who::River, Who::Office, Who::Kilima] {
            self.meet(who)?;
        }
        let held = number(&self.at(Who::River, &["status"])?, "charts")?;
        self.check(
            held == away.charts,
            &format!("River holds all {held} charts, those that Kilima made too"),
        )?;
        self.same_everywhere("all three hold the same charts again, byte for byte")?;
        self.same_exports()?;
        let status = self.district.hub.json(&["status"])?;
        let set_aside = number(&status, "quarantined")?
            + number(&status, "waiting")?
            + number(&status, "forks")?;
        self.check(set_aside == 0, "the hub set nothing aside")
    }

    /// What two computers export is equal, file by file.
    fn same_exports(&mut self) -> Result<()> {
        let (river, office) = (
            self.export(Who::River, "before")?,
            self.export(Who::Office, "before")?,
        );
        let (mine, theirs) = (resources::files(&river)?, resources::files(&office)?);
        let same = mine.len() == theirs.len()
            && mine.iter().zip(&theirs).all(|(a, b)| {
                a.file_name() == b.file_name() && fs::read(a).ok() == fs::read(b).ok()
            });
        self.check(
            same,
            &format!(
                "River and the office export the same {} files, byte for byte",
                mine.len()
            ),
        )
    }

    fn export(&self, who: Who, when: &str) -> Result<PathBuf> {
        let folder = self
            .district
            .folder()
            .join(format!("{}-export-{when}", self.clinic(who).name));
        let path = folder.to_str().context("a path of plain letters")?;
        self.at(who, &["export", "fhir", "--out", path])?;
        Ok(folder)
    }

    /// Both birth dates are there; the second clinic decides, with a reason.
    pub(super) fn settle_conflict(&mut self, away: &Away) -> Result<()> {
        self.narrator.chapter("Two birth dates, one decision");
        let conflicts = self.at(Who::River, &["conflict", "list"])?;
        let ours = conflicts
            .as_array()
            .into_iter()
            .flatten()
            .find(|it| it["chart"] == away.amina.as_str());
        let values = ours.context("Amina's conflict is not listed")?["values"].clone();
        let values = values.as_array().context("the values of the conflict")?;
        for value in values {
            let (date, author, site) = (
                text(value, "value")?,
                text(value, "author")?,
                text(value, "site")?,
            );
            self.say(&format!(
                "{date}, says {author} at {site}: “{}”",
                value["reason"].as_str().unwrap_or("")
            ));
        }
        let dates: BTreeSet<&str> = values
            .iter()
            .filter_map(|it| it["value"].as_str())
            .collect();
        self.check(
            dates == BTreeSet::from(["1983-03-12", "1985-12-03"]),
            "both are kept and shown",
        )?;
        self.both_are_shown(away)?;
        let reason = "born in the year of the flood, and the card says so";
        let named = [
            "conflict",
            "resolve",
            &away.amina,
            "--register",
            "birth-date",
        ];
        self.at(
            Who::River,
            &[
                named.as_slice(),
                &["--value", "1983-03-12", "--reason", reason],
            ]
            .concat(),
        )?;
        self.say(&format!(
            "Daniel at River decides for 1983-03-12: “{reason}”"
        ));
        for who in [Who::River, Who::Kilima, Who::Office] {
            self.meet(who)?;
        }
        let open = self
            .at(Who::Kilima, &["conflict", "list"])?
            .as_array()
            .map_or(1, Vec::len);
        let shown = self.at(Who::Kilima, &["patient", "show", &away.amina])?;
        self.check(
            open == 0 && shown["birthDate"] == "1983-03-12",
            "at Kilima the decision stands and nothing is open",
        )?;
        self.same_everywhere("all three agree")
    }

    /// What both clinics wrote of the same patient is there: phones, villages, visits.
    fn both_are_shown(&mut self, away: &Away) -> Result<()> {
        let shown = self.at(Who::River, &["patient", "show", &away.amina])?;
        let phones = both(&shown["phones"], "value");
        self.check(
            phones == ["+999 700 111 333", "+999 700 111 444"],
            "of two phones the later is shown, the other stands beside it",
        )?;
        let villages = both(&shown["addresses"], "text");
        let [one, other] = villages.as_slice() else {
            bail!("{} villages are shown", villages.len());
        };
        self.check(
            one.contains("Old Ferry") && other.contains("Three Palms"),
            "so it is with the two villages",
        )?;
        let visits = shown["visits"].as_array().context("the visits")?;
        let mut authors: Vec<&str> = visits
            .iter()
            .filter_map(|it| it["author"].as_str())
            .collect();
        authors.sort_unstable();
        self.check(
            authors == ["Asha Njoroge", "Daniel Okafor"] && shown["visitCount"] == 2,
            "both visits are there, each under the name of who wrote it",
        )
    }

    /// The hub's history holds every opening made offline, and verifies.
    pub(super) fn read_history(&mut self, away: &Away) -> Result<()> {
        self.narrator.chapter("Who looked");
        let device = self.kilima.device.to_string();
        self.meet(Who::Kilima)?;
        let words = [
            "audit", "list", "--device", &device, "--kind", "access", "--limit", ENTRIES,
        ];
        let listed = self.district.hub.json(&words)?;
        let lines = listed["entries"].as_array().context("the history")?;
        let openings = lines.iter().rev().filter(|it| it["what"] == "open chart");
        let mut charts = openings.filter_map(|it| it["chart"].as_str());
        let all = away
            .opened
            .iter()
            .all(|opened| charts.any(|it| it == opened));
        let count = away.opened.len();
        self.check(
            all,
            &format!(
                "the hub's history holds all {count} openings made with no network, in their order"
            ),
        )?;
        let verified = self.district.hub.json(&["audit", "verify"])?;
        let entries = number(&verified, "entries")?;
        self.check(
            verified["ok"] == true,
            &format!("`audit verify` finds nothing wrong in {entries} entries"),
        )
    }

    /// What was imported comes out as it came in.
    pub(super) fn compare_with_originals(
        &mut self,
        records: &Path,
        refused: &Refused,
    ) -> Result<()> {
        self.narrator.chapter("What came in goes out");
        let folder = self.export(Who::Office, "after")?;
        let (exported, originals) = (resources::of(&folder)?, resources::of(records)?);
        let missing = resources::missing(&originals, &exported);
        let unexplained = missing
            .iter()
            .filter(|it| !refused.named.contains(**it))
            .count() as u64;
        let equal = originals.len() - missing.len();
        self.check(
            unexplained <= refused.unnamed && equal > 0,
            &format!(
                "all {equal} resources that were taken are equal as JSON to what was imported"
            ),
        )
    }

    /// A meeting with nothing to do costs one round trip.
    pub(super) fn meet_with_nothing_to_do(&mut self) -> Result<()> {
        self.narrator.chapter("Nothing to do");
        // Verifying and listing were noted; this meeting takes that up, and the next has nothing.
        self.meet(Who::River)?;
        let report = self.meet(Who::River)?;
        let bytes = number_of(&report, "appUp") + number_of(&report, "appDown");
        let idle = number(&report, "roundTrips")? == 1 && number(&report, "pushed")? == 0;
        self.check(
            idle && bytes < 1_000.0,
            "a meeting with nothing to do is one round trip of less than a kilobyte",
        )
    }

    /// One byte of a copy of the hub's history is altered.
    pub(super) fn tamper(&mut self) -> Result<()> {
        self.narrator.chapter("An intruder");
        let copy = self.district.folder().join("hub-altered");
        self.district.kill_hub()?;
        intruder::copy_home(&self.district.hub_home(), &copy)?;
        self.district.serve()?;
        let device = u32::try_from(self.kilima.device).context("a device's number")?;
        let altered = intruder::alter_access(&copy, device)?;
        self.say(&format!(
            "On a copy of the hub, one byte of one access is altered: device {}, entry {}",
            altered.device, altered.seq
        ));
        let hub = self.district.programs().hub(&copy);
        let refusal = hub.end(&["audit", "verify", "--json"])?;
        ensure!(
            !refusal.success,
            "`audit verify` accepts an altered history"
        );
        let found: Value =
            serde_json::from_str(refusal.out.trim()).context("what `audit verify` says")?;
        let problems = found["problems"].as_array().context("the problems")?;
        for problem in problems.iter().take(3) {
            self.say(&format!("audit verify: {}", text(problem, "text")?));
        }
        let named = problems.iter().any(|it| {
            it["leaf"] == altered.leaf
                || (it["device"] == altered.device && it["seq"] == altered.seq)
        });
        self.check(named, "`audit verify` fails on the copy and says where")?;
        let verified = self.district.hub.json(&["audit", "verify"])?;
        self.check(verified["ok"] == true, "the hub itself is untouched")
    }
}

/// Returns what the first item shows and what else is recorded for it, sorted.
fn both(items: &Value, name: &str) -> Vec<String> {
    let shown = items[0][name].as_str();
    let also = items[0]["alsoRecorded"].as_array().into_iter().flatten();
    let also = also.filter_map(|it| it["value"].as_str());
    let mut all: Vec<String> = shown.into_iter().chain(also).map(str::to_owned).collect();
    all.sort_unstable();
    all
}

fn number_of(report: &Value, name: &str) -> f64 {
    report[name].as_f64().unwrap_or(f64::MAX)
}
