//! What `tests/bench/peers` needs of Posta: the charts and the days as JSON that every system is given, and Posta's own
//! part of the comparison on exactly these.
//!
//! Posta is written to through its client, as if each edit were typed. Which chart an edit is about is named by a key
//! that is the same for every system; a file beside the homes tells which chart of Posta's that became.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use desktop_client::{Client, CorrectionInput, RegisterInput, VisitInput};
use harness::population::{Person, Population};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Held;
use crate::fleet::Hub;
use crate::phase::{
    ADULT_BORN, Day, NEW_PEOPLE, correction_input, every_so_many, failed, open, register_input,
    sync, visit_input,
};

/// How many days of work are written: one for loopback, one for the bad link, and ten for bad links of other seeds.
const DAYS: u64 = 12;

/// One step of the comparison.
#[derive(Debug, Subcommand)]
pub(crate) enum Step {
    /// Writes the charts, twelve days of edits and the edits made apart as JSON, one edit a line.
    Data { held: Held, folder: PathBuf },
    /// Sets up a hub and two clinics below a folder; they are told the second address.
    Found {
        root: PathBuf,
        listen: String,
        told: String,
    },
    /// Writes the edits of a file; `--open` opens each chart first, as whoever sees a patient does.
    Write {
        home: PathBuf,
        edits: PathBuf,
        keys: PathBuf,
        #[arg(long)]
        open: bool,
    },
    /// Meets the hub once.
    Meet { home: PathBuf },
    /// Shows what a home has of the charts that a file of edits is about.
    Show {
        home: PathBuf,
        edits: PathBuf,
        keys: PathBuf,
    },
}

/// One edit.
#[derive(Serialize, Deserialize)]
struct Edit {
    /// Which chart, in every system.
    chart: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    Register(RegisterInput),
    Visit(Box<VisitInput>),
    Correction(Box<CorrectionInput>),
}

/// Takes one step and returns its figures.
pub(crate) fn take(step: &Step) -> Result<Value> {
    match step {
        Step::Data { held, folder } => data(*held, folder),
        Step::Found { root, listen, told } => found(root, listen, told),
        Step::Write {
            home,
            edits,
            keys,
            open,
        } => write(home, edits, keys, *open),
        Step::Meet { home } => sync(home),
        Step::Show { home, edits, keys } => show(home, edits, keys),
    }
}

fn data(held: Held, folder: &Path) -> Result<Value> {
    std::fs::create_dir_all(folder)?;
    let people = Population::new(held.seed).people(held.charts);
    let charts = keep(&folder.join("charts.jsonl"), people.flat_map(history))?;
    let mut days = Vec::new();
    for number in 1..=DAYS {
        let edits = day(held, number);
        days.push(keep(&folder.join(format!("day-{number}.jsonl")), edits)?);
    }
    let (here, there) = apart(held);
    keep(&folder.join("apart-a.jsonl"), here)?;
    keep(&folder.join("apart-b.jsonl"), there)?;
    Ok(json!({"charts": held.charts, "json_bytes": charts, "day_json_bytes": days}))
}

/// Keeps edits in a file; returns how many bytes that took.
fn keep(file: &Path, edits: impl IntoIterator<Item = Edit>) -> Result<u64> {
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    write_edits(&mut out, edits)?;
    out.flush()?;
    Ok(std::fs::metadata(file)?.len())
}

/// Writes all that is held as JSON, in the order in which people came.
pub(crate) fn write_charts(people: Population, charts: u32, out: &mut dyn Write) -> Result<()> {
    write_edits(out, people.people(charts).flat_map(history))
}

/// Writes edits one a line, without what was left empty.
fn write_edits(out: &mut dyn Write, edits: impl IntoIterator<Item = Edit>) -> Result<()> {
    for edit in edits {
        let mut line = serde_json::to_value(edit)?;
        prune(&mut line);
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn prune(value: &mut Value) {
    if let Value::Object(members) = value {
        members.retain(|_name, it| !it.is_null());
        members.values_mut().for_each(prune);
    }
}

/// A person's registration and visits, oldest first.
fn history(person: Person) -> Vec<Edit> {
    let chart = key(&person);
    let visits = person.visits.iter().map(|it| Edit {
        chart: chart.clone(),
        what: What::Visit(Box::new(visit_input(it))),
    });
    let visits: Vec<Edit> = visits.collect();
    let mut edits = vec![Edit {
        chart,
        what: What::Register(register_input(person)),
    }];
    edits.extend(visits);
    edits
}

fn key(person: &Person) -> String {
    format!("p{}", person.index)
}

/// The same day as the bench's others have: visits and corrections of adults' charts, and registrations.
fn day(held: Held, number: u64) -> Vec<Edit> {
    let day = Day {
        seed: held.seed + number,
        ..Day::busy(held)
    };
    let patients: Vec<String> = adults(held, day.visits + day.corrections)
        .map(|it| key(&it))
        .collect();
    let people = Population::new(day.seed);
    let visits = (0..day.visits).zip(&patients).map(|(index, chart)| Edit {
        chart: chart.clone(),
        what: What::Visit(Box::new(visit_input(&people.visit_today(index + 1)))),
    });
    let registrations = (0..day.registrations).map(|index| Edit {
        chart: format!("day-{number}-{index}"),
        what: What::Register(register_input(people.person(NEW_PEOPLE + index))),
    });
    let corrected = patients.iter().rev();
    let corrections = (0..day.corrections).zip(corrected).map(|(index, chart)| {
        let number = day.corrections * u32::try_from(number).unwrap_or_default() + index;
        Edit {
            chart: chart.clone(),
            what: What::Correction(Box::new(correction_input(number))),
        }
    });
    visits.chain(registrations).chain(corrections).collect()
}

fn adults(held: Held, count: u32) -> impl Iterator<Item = Person> {
    every_so_many(held, 4 * count)
        .filter(|it| it.birth_date.as_str() < ADULT_BORN)
        .take(count as usize)
}

/// What two clinics write apart about the same three charts: the same field, two different fields, a visit each.
fn apart(held: Held) -> (Vec<Edit>, Vec<Edit>) {
    let charts: Vec<String> = adults(held, 3).map(|it| key(&it)).collect();
    let correction = |birth_date: Option<&str>, sex: Option<&str>| {
        What::Correction(Box::new(CorrectionInput {
            birth_date: birth_date.map(str::to_owned),
            sex: sex.map(str::to_owned),
            reason: "written apart".to_owned(),
            ..CorrectionInput::default()
        }))
    };
    let people = Population::new(held.seed + DAYS + 1);
    let visit = |index| What::Visit(Box::new(visit_input(&people.visit_today(index))));
    let side = |whats: [What; 3]| {
        let edits = charts.iter().cloned().zip(whats);
        edits.map(|(chart, what)| Edit { chart, what }).collect()
    };
    (
        side([
            correction(Some("1971-03-12"), None),
            correction(Some("1972-04-13"), None),
            visit(1),
        ]),
        side([
            correction(Some("1981-12-03"), None),
            correction(None, Some("unknown")),
            visit(2),
        ]),
    )
}

fn found(root: &Path, listen: &str, told: &str) -> Result<Value> {
    let hub = Hub::start_at(&root.join("hub"), listen, told)?;
    hub.enrol(1, &root.join("a"))?;
    hub.enrol(2, &root.join("b"))?;
    Ok(json!({}))
}

fn edits(file: &Path) -> Result<impl Iterator<Item = Result<Edit>>> {
    let lines = BufReader::new(std::fs::File::open(file)?).lines();
    Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
}

/// Which chart of Posta's each key became.
type Keys = BTreeMap<String, String>;

fn keys(file: &Path) -> Result<Keys> {
    if file.exists() {
        Ok(serde_json::from_slice(&std::fs::read(file)?)?)
    } else {
        Ok(Keys::new())
    }
}

fn write(home: &Path, file: &Path, keys_file: &Path, opening: bool) -> Result<Value> {
    let mut client = open(home)?;
    let mut known = keys(keys_file)?;
    let (start, mut written) = (Instant::now(), 0_u32);
    for edit in edits(file)? {
        let Edit { chart, what } = edit?;
        if let What::Register(input) = &what {
            let view = client.register(input).map_err(failed)?;
            known.insert(chart, view.chart);
        } else {
            let chart = known.get(&chart).context("a chart nobody registered")?;
            if opening {
                client.open(chart).map_err(failed)?;
            }
            amend(&mut client, chart, &what)?;
        }
        written += 1;
    }
    std::fs::write(keys_file, serde_json::to_vec(&known)?)?;
    Ok(json!({"edits": written, "seconds": start.elapsed().as_secs_f64()}))
}

fn amend(client: &mut Client, chart: &str, what: &What) -> Result<()> {
    match what {
        What::Register(_) => {}
        What::Visit(input) => {
            client.record_visit(chart, input).map_err(failed)?;
        }
        What::Correction(input) => {
            client.correct(chart, input).map_err(failed)?;
        }
    }
    Ok(())
}

fn show(home: &Path, file: &Path, keys_file: &Path) -> Result<Value> {
    let mut client = open(home)?;
    let known = keys(keys_file)?;
    let mut shown = Vec::new();
    for edit in edits(file)? {
        let chart = known
            .get(&edit?.chart)
            .context("a chart nobody registered")?;
        let view = client.open(chart).map_err(failed)?;
        let told = view.conflicts.iter().map(|conflict| {
            let values: Vec<&str> = conflict.values.iter().map(|it| it.value.as_str()).collect();
            values.join(" or ")
        });
        shown.push(json!({
            "birthDate": view.birth_date,
            "sex": view.sex,
            "visits": view.visit_count,
            "told": told.collect::<Vec<String>>(),
        }));
    }
    Ok(json!({"charts": shown}))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELD: Held = Held {
        seed: 1,
        charts: 400,
    };

    #[test]
    fn an_edit_reads_back_whole_although_what_was_left_empty_is_not_written() {
        let person = Population::new(1).person(3);
        let (here, there) = apart(HELD);
        let written = history(person).into_iter().chain(day(HELD, 1));

        for edit in written.chain(here).chain(there) {
            let whole = serde_json::to_value(&edit).unwrap();
            let mut pruned = whole.clone();
            prune(&mut pruned);
            let read: Edit = serde_json::from_value(pruned).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), whole);
        }
    }

    #[test]
    fn each_day_has_the_visits_registrations_and_corrections_of_the_benchs_own() {
        for number in 1..=DAYS {
            let edits = day(HELD, number);

            let many = |is: fn(&What) -> bool| edits.iter().filter(|it| is(&it.what)).count();
            assert_eq!(many(|it| matches!(it, What::Visit(_))), 60);
            assert_eq!(many(|it| matches!(it, What::Register(_))), 10);
            assert_eq!(many(|it| matches!(it, What::Correction(_))), 30);
        }
    }
}
