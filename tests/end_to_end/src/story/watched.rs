//! The second chapter: records come in at one clinic and reach everybody, though a program is killed on the way.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::scene::{Scene, Who, number, text};

/// How long a transfer may take to reach the point where it is held still.
const LIMIT: Duration = Duration::from_secs(120);
/// A meeting is under way once this much passed: more than the handshake, less than anybody's records.
const MIDDLE_BYTES: u64 = 24_000;

impl Scene<'_> {
    /// The first clinic imports the records.
    pub(super) fn bring_in(&mut self, records: &Path) -> Result<()> {
        self.narrator.chapter("Kilima brings in its records");
        let path = records.to_str().context("a path of plain letters")?;
        self.narrator.begin("importing", 1);
        let report = self.at(Who::Kilima, &["import", "fhir", path]);
        self.narrator.end();
        let report = report?;
        let (imported, charts) = (number(&report, "imported")?, number(&report, "charts")?);
        self.say(&format!(
            "{imported} resources in {charts} charts, {} refused",
            number(&report, "refused")?
        ));
        self.check(number(&report, "refused")? == 0, "nothing was refused")?;
        let again = self.at(Who::Kilima, &["import", "fhir", path])?;
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
        Ok(())
    }

    /// Everything reaches everybody, though first the clinic's program and then the hub are killed in the middle.
    pub(super) fn share(&mut self) -> Result<()> {
        self.narrator.chapter("The first meetings");
        self.killed_in_the_middle(Who::Kilima)?;
        self.say("`kill -9` takes Kilima's program in the middle of its first meeting");
        self.meet(Who::Kilima)?;
        let unsent = number(&self.at(Who::Kilima, &["status"])?, "unsent")?;
        self.check(
            unsent == 0,
            "started again, it sent what was left: all of Kilima is at the hub",
        )?;
        self.killed_in_the_middle(Who::River)?;
        self.district.kill_hub()?;
        self.say(
            "`kill -9` takes River's program and the hub in the middle of River's first replica",
        );
        self.district.serve()?;
        self.meet(Who::River)?;
        self.meet(Who::Office)?;
        self.same_everywhere("all three hold the same charts, byte for byte")
    }

    /// Starts a meeting and kills it once it is under way.
    pub(super) fn killed_in_the_middle(&mut self, who: Who) -> Result<()> {
        self.district.network.hold_after(MIDDLE_BYTES);
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
