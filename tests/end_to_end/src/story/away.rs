//! The third chapter: no network. Both clinics go on working, on the same patient too.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::scene::{Scene, Who, number, text};

/// What was done while the network was gone.
pub(super) struct Away {
    /// The chart that both clinics edited.
    pub(super) amina: String,
    /// The charts that the first clinic opened, in order.
    pub(super) opened: Vec<String>,
    /// How many charts there are together.
    pub(super) charts: u64,
}

/// What each clinic finds out about the same patient: birth date, phone, village, reason.
const NEWS: [(Who, [&str; 4]); 2] = [
    (
        Who::Kilima,
        [
            "1983-03-12",
            "+999 700 111 333",
            "Three Palms",
            "seen on her card",
        ],
    ),
    (
        Who::River,
        [
            "1985-12-03",
            "+999 700 111 444",
            "Old Ferry",
            "her mother says so",
        ],
    ),
];

const NEWBORNS: [(Who, [[&str; 4]; 2]); 2] = [
    (
        Who::Kilima,
        [
            ["Otieno", "Baraka", "male", "2026-10-01"],
            ["Mwangi", "Neema", "female", "2026-09-14"],
        ],
    ),
    (
        Who::River,
        [
            ["Quispe", "Wayra", "female", "2026-10-20"],
            ["Đặng", "Minh", "male", "2026-08-02"],
        ],
    ),
];

impl Scene<'_> {
    /// Both clinics work with no network.
    pub(super) fn work_apart(&mut self) -> Result<Away> {
        self.narrator.chapter("The network is gone");
        self.district.network.cut();
        let refusal = self.kilima.posta.refusal(&["sync", "--once"])?;
        self.say(&format!("Kilima tries all the same: {}", refusal.trim()));
        let before = number(&self.at(Who::Kilima, &["status"])?, "charts")?;
        for (who, people) in NEWBORNS {
            for person in people {
                self.register(who, person)?;
            }
        }
        let amina = self.find(Who::Kilima, "amina wanjiru")?;
        for (who, news) in NEWS {
            self.correct(who, &amina, news)?;
        }
        let opened = self.open_charts(&amina)?;
        let unsent = number(&self.at(Who::Kilima, &["status"])?, "unsent")?;
        self.check(
            unsent > 0,
            &format!("Kilima says honestly that {unsent} entries are only on this computer"),
        )?;
        Ok(Away {
            amina,
            opened,
            charts: before + 4,
        })
    }

    /// Registers a newborn and writes the first visit.
    fn register(&mut self, who: Who, [family, given, sex, born]: [&str; 4]) -> Result<()> {
        let words = [
            "patient",
            "register",
            "--family",
            family,
            "--given",
            given,
            "--sex",
            sex,
            "--birth-date",
            born,
        ];
        let chart = text(&self.at(who, &words)?, "chart")?.to_owned();
        self.at(
            who,
            &[
                "visit",
                "add",
                &chart,
                "--reason",
                "first visit",
                "--weight",
                "4.20",
                "--temperature",
                "36.8",
                "--diagnosis",
                "Health supervision and care of healthy infant",
                "--code",
                "Z00.129",
                "--note",
                "Feeds well, cord dry. Mother shown how to keep the baby warm; back in four weeks.",
            ],
        )?;
        let name = self.clinic(who).name.clone();
        self.say(&format!(
            "{name} registers {given} {family} and writes the first visit"
        ));
        Ok(())
    }

    /// Corrects the patient whom both clinics know, and writes a visit.
    fn correct(&mut self, who: Who, chart: &str, news: [&str; 4]) -> Result<()> {
        let [birth_date, phone, village, reason] = news;
        let named = ["patient", "correct", chart, "--reason", reason];
        let values = [
            "--birth-date",
            birth_date,
            "--phone",
            phone,
            "--city",
            village,
        ];
        self.at(who, &[named.as_slice(), &values].concat())?;
        self.at(who, &[
            "visit", "add", chart, "--reason", "headache in the morning", "--systolic", "148", "--diastolic", "96",
            "--pulse", "84", "--diagnosis", "Essential (primary) hypertension", "--code", "I10",
            "--medicine", "Amlodipine 5 mg", "--dosage", "one tablet every morning",
            "--note", "Headache on waking for two weeks, no visual change, no swelling. Pressure repeated after rest.",
        ])?;
        let name = self.clinic(who).name.clone();
        self.say(&format!(
            "{name} corrects Amina: born {birth_date}, {phone}, {village}; and writes a visit"
        ));
        Ok(())
    }

    pub(super) fn find(&self, who: Who, words: &str) -> Result<String> {
        let rows = self.at(who, &["patient", "find", words])?;
        let row = rows.get(0).context("nobody was found")?;
        Ok(text(row, "chart")?.to_owned())
    }

    /// The first clinic's nurse opens charts: some that a search finds, and the shared patient's.
    fn open_charts(&mut self, amina: &str) -> Result<Vec<String>> {
        let rows = self.at(Who::Kilima, &["patient", "find", "a"])?;
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        let found = rows.iter().filter_map(|it: &Value| it["chart"].as_str());
        let mut opened: Vec<String> = found.take(4).map(str::to_owned).collect();
        opened.push(amina.to_owned());
        for chart in &opened {
            let shown = self.at(Who::Kilima, &["patient", "show", chart])?;
            anyhow::ensure!(shown["chart"] == chart.as_str(), "another chart was shown");
        }
        self.say(&format!(
            "Asha looks for “a” and opens {} charts",
            opened.len()
        ));
        Ok(opened)
    }
}
