//! A synthetic population: families in villages, with visits, from one seed.
//!
//! The same seed gives the same people at any count: person 17 of 20 is person 17 of 20,000. Nobody here
//! exists; names are common ones of several languages, put together by chance.

mod bundle;
mod clinic;
mod names;
mod notes;
mod words;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub use clinic::{Allergy, Diagnosis, Visit, Vitals};

/// People share an address and a phone in households of this many.
const HOUSEHOLD: u32 = 4;
/// How many people's Bundles go into one file.
const PEOPLE_PER_FILE: usize = 100;
/// The day on which the last visits took place: the population is as old as this, not as the clock.
const TODAY: (i32, u32, u32) = (2026, 10, 30);

/// A source of people.
#[derive(Debug, Clone, Copy)]
pub struct Population {
    seed: u64,
    /// How many of a person's visits are written down, the newest.
    newest: usize,
}

/// One synthetic person with their record.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their place in the population.
    pub index: u32,
    /// A UUID that other systems know them by.
    pub uuid: String,
    /// Family name.
    pub family: String,
    /// Given names, apart by spaces.
    pub given: String,
    /// Whether female.
    pub is_female: bool,
    /// Birth date: a day, or a year where only that is known.
    pub birth_date: String,
    /// A phone, shared by the household.
    pub phone: Option<String>,
    /// The village.
    pub village: &'static str,
    /// The district.
    pub district: &'static str,
    /// The mother's name.
    pub mother: String,
    /// What they may not take.
    pub allergy: Option<Allergy>,
    /// Their visits, oldest first.
    pub visits: Vec<Visit>,
}

/// What was written to disk.
#[derive(Debug, Clone)]
pub struct Written {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Their bytes together.
    pub json_bytes: u64,
}

impl Population {
    /// Makes the population of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let newest = usize::MAX;
        Self { seed, newest }
    }

    /// Leaves each person no more visits than so many, the newest; the people are the same.
    #[must_use]
    pub const fn with_visits(self, newest: usize) -> Self {
        Self { newest, ..self }
    }

    /// Returns the first so many people.
    pub fn people(self, count: u32) -> impl Iterator<Item = Person> {
        (0..count).map(move |index| self.person(index))
    }

    /// Returns the person at a place, each with 5 to 20 visits.
    #[must_use]
    pub fn person(self, index: u32) -> Person {
        let mut home = self.random(1, index / HOUSEHOLD);
        let mut own = self.random(2, index);
        let names = pick(&mut home, names::LANGUAGES.as_slice());
        let family = (*pick(&mut home, &names.family)).to_owned();
        let (village, district) = *pick(&mut home, names::VILLAGES);
        let phone = home.random_bool(0.85).then(|| notes::phone(&mut home));
        let mother = format!("{} {family}", pick(&mut home, &names.female));
        let is_female = own.random_bool(0.55);
        let given_names = if is_female {
            &names.female
        } else {
            &names.male
        };
        let given = pick(&mut own, given_names);
        let second = pick(&mut own, given_names);
        let given = if own.random_bool(0.3) && second != given {
            format!("{given} {second}")
        } else {
            (*given).to_owned()
        };
        let age = own.random_range(0_i32..85);
        let birth_date = birth_date(&mut own, age);
        let visits = (0..own.random_range(5_u32..=20)).collect::<Vec<_>>();
        let mut days: Vec<u32> = visits
            .iter()
            .map(|_visit| own.random_range(0..1000))
            .collect();
        days.sort_unstable_by(|a, b| b.cmp(a));
        let mut visits: Vec<Visit> = days
            .iter()
            .map(|ago| clinic::visit(&mut own, age, is_female, *ago))
            .collect();
        visits.drain(..visits.len().saturating_sub(self.newest));
        let allergy = own.random_bool(0.12).then(|| clinic::allergy(&mut own));
        let uuid = bundle::uuid(&mut own);
        Person {
            index,
            uuid,
            family,
            given,
            is_female,
            birth_date,
            phone,
            village,
            district,
            mother,
            allergy,
            visits,
        }
    }

    /// Returns a visit made today, for a day of work.
    #[must_use]
    pub fn visit_today(self, index: u32) -> Visit {
        let mut rng = self.random(3, index);
        let age = rng.random_range(1..80);
        clinic::visit(&mut rng, age, true, 0)
    }

    /// Writes people as FHIR Bundles into a folder, a hundred a file.
    pub fn write_bundles(self, folder: &Path, count: u32) -> Result<Written> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let mut written = Written {
            files: Vec::new(),
            json_bytes: 0,
        };
        let mut people = self.people(count).peekable();
        while people.peek().is_some() {
            let path = folder.join(format!("people-{:05}.ndjson", written.files.len() + 1));
            let mut file = BufWriter::new(File::create(&path)?);
            for person in people.by_ref().take(PEOPLE_PER_FILE) {
                let line = serde_json::to_vec(&person.bundle())?;
                written.json_bytes += line.len() as u64 + 1;
                file.write_all(&line)?;
                file.write_all(b"\n")?;
            }
            file.into_inner()
                .context("finishing the file")?
                .sync_all()?;
            written.files.push(path);
        }
        Ok(written)
    }

    fn random(self, stream: u64, index: u32) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream((stream << 32) | u64::from(index));
        rng
    }
}

impl Person {
    /// Returns the person's record as a FHIR R4 transaction Bundle.
    #[must_use]
    pub fn bundle(&self) -> serde_json::Value {
        bundle::of(self)
    }
}

/// Picks one of a table, which is never empty.
fn pick<'a, T>(rng: &mut ChaCha8Rng, table: &'a [T]) -> &'a T {
    let at = rng.random_range(0..table.len());
    table.get(at).expect("the place was drawn within the table")
}

/// Returns the date so many days before today.
fn days_ago(days: u32) -> String {
    let (year, month, day) = TODAY;
    // Days since 1970 and back, after Howard Hinnant's "chrono-compatible low-level date algorithms".
    let shifted = i64::from(days_of(year, month, day)) - i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the days from 1970 to a date.
fn days_of(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = i32::try_from(month).unwrap_or(1);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5
        + i32::try_from(day).unwrap_or(1)
        - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn birth_date(rng: &mut ChaCha8Rng, age: i32) -> String {
    let days = u32::try_from(age).unwrap_or(0) * 365 + rng.random_range(1000..1365);
    let date = days_ago(days);
    if age > 40 && rng.random_bool(0.3) {
        date.chars().take(4).collect()
    } else {
        date
    }
}

#[cfg(test)]
mod tests;
