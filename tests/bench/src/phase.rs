//! What one process measures: one phase of a site's work, and the memory it took.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, ensure};
use audit::LogPosition;
use desktop_client::{
    Carried, Client, CommandError, CorrectionInput, DiagnosisInput, MedicineInput, OsHost,
    PhoneInput, RegisterInput, VisitInput, VitalsInput,
};
use harness::population::{Person, Population, Visit};
use record::{ChartId, DeviceId};
use serde_json::{Value, json};
use sync::ClientEffect;
use wire::{FeedBatch, FeedDigest, FeedItem};

use crate::{Held, Phase};

/// The passphrase of every person of the bench.
pub(crate) const PASSPHRASE: &str = "a long passphrase for the bench";
/// How many patients are looked for and opened.
const LOOKS: u32 = 500;
/// Who was born before this is an adult at the date that the people are generated for.
pub(crate) const ADULT_BORN: &str = "2005";
/// The least weight that is written for one, in tenths of a kilogram.
const ADULT_WEIGHT_TENTHS: u32 = 400;
/// The day's people are none of those imported.
pub(crate) const NEW_PEOPLE: u32 = 900_000;

/// Runs a phase and returns its figures.
pub(crate) fn measure(phase: &Phase) -> Result<Value> {
    let mut figures = match phase {
        Phase::Import { home, files } => import(home, files)?,
        Phase::Sync { home } => sync(home)?,
        Phase::Lose { home } => lose(home)?,
        Phase::Look { home, held } => look(home, *held)?,
        Phase::Visit { home, held } => visit(home, *held)?,
        Phase::Day { home, held, json } => day(home, *held, json)?,
        Phase::Samples { held, folder } => return crate::samples::write(*held, folder),
        Phase::Parts { held } => return crate::parts::measure(*held),
        Phase::Hub { devices, feeds } => return crate::hub::measure(*devices, feeds),
        Phase::Peers { step } => crate::peers::take(step)?,
    };
    figures["peak_bytes"] = json!(peak_bytes()?);
    Ok(figures)
}

pub(crate) fn open(home: &Path) -> Result<Client> {
    Client::unlock(home, None, PASSPHRASE, Box::new(OsHost)).map_err(failed)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that map_err wants"
)]
pub(crate) fn failed(error: CommandError) -> anyhow::Error {
    anyhow!("{error:?}")
}

fn import(home: &Path, files: &Path) -> Result<Value> {
    let mut client = open(home)?;
    let start = Instant::now();
    let report = client
        .import_fhir(&[files.to_path_buf()], &mut |_progress| {})
        .map_err(failed)?;
    Ok(json!({
        "seconds": start.elapsed().as_secs_f64(),
        "imported": report.imported,
        "refused": report.refused,
    }))
}

/// Meets the hub as a computer does by itself: nobody unlocks it to work, so there is no entry to send for that. The
/// processor time is that of the meeting, without what unlocking costs on purpose.
pub(crate) fn sync(home: &Path) -> Result<Value> {
    let client = Client::unlock_for_upkeep(home, None, PASSPHRASE, Box::new(OsHost));
    let mut client = client.map_err(failed)?;
    let unlocked = processor_seconds()?;
    let report = client.sync_once().map_err(failed)?;
    let mut figures = serde_json::to_value(report)?;
    figures["cpu_seconds"] = json!(processor_seconds()? - unlocked);
    Ok(figures)
}

/// Lets a replica forget how far it took each feed, as it does after a batch that does not fit what it holds.
fn lose(home: &Path) -> Result<Value> {
    let mut client = open(home)?;
    let cursors = client.driver().store().cursors()?;
    for cursor in &cursors {
        // A chart leaves that nobody has, and the digest does not say so.
        let position = LogPosition {
            device: DeviceId::HUB,
            epoch: 0,
            seq: 0,
        };
        let chart = ChartId::new([1; 16]);
        let batch = FeedBatch::new(
            cursor.scope,
            cursor.feed_epoch,
            cursor.position,
            FeedDigest(cursor.digest),
            vec![FeedItem::Leave { position, chart }],
        )?;
        let carried = client.driver_mut().carry_out(ClientEffect::Take(batch));
        ensure!(
            matches!(carried, Ok(Carried::Aborted(_))),
            "a batch that does not fit was taken"
        );
    }
    ensure!(
        client.driver().store().cursors()?.is_empty(),
        "cursors are left"
    );
    Ok(json!({"cursors": cursors.len()}))
}

fn look(home: &Path, held: Held) -> Result<Value> {
    let start = Instant::now();
    let mut client = open(home)?;
    let open_ms = millis(start);
    let mut finds = Vec::new();
    let mut charts = Vec::new();
    for person in every_so_many(held, LOOKS) {
        let typed: String = person
            .family
            .chars()
            .take(4)
            .chain([' '])
            .chain(person.given.chars().take(2))
            .collect();
        let start = Instant::now();
        let rows = client.find(&typed).map_err(failed)?;
        finds.push(millis(start));
        if let Some(row) = rows.first() {
            let start = Instant::now();
            client.open(&row.chart).map_err(failed)?;
            charts.push(millis(start));
        }
    }
    finds.sort_by(f64::total_cmp);
    charts.sort_by(f64::total_cmp);
    Ok(json!({
        "open_ms": open_ms,
        "find_p50_ms": quantile(&finds, 50),
        "find_p99_ms": quantile(&finds, 99),
        "chart_p50_ms": quantile(&charts, 50),
        "chart_p99_ms": quantile(&charts, 99),
        "found": charts.len(),
    }))
}

fn visit(home: &Path, held: Held) -> Result<Value> {
    work_a_visit(&mut open(home)?, held)?;
    Ok(json!({}))
}

/// Finds a patient and writes a visit.
pub(crate) fn work_a_visit(client: &mut Client, held: Held) -> Result<()> {
    let chart = some_charts(client, held, 1)?
        .pop()
        .context("the replica holds nobody")?;
    let input = visit_input(&Population::new(held.seed).visit_today(0));
    client.record_visit(&chart, &input).map_err(failed)?;
    Ok(())
}

/// Works a day and writes the same edits as JSON, which is what a general compressor would be given.
fn day(home: &Path, held: Held, json: &Path) -> Result<Value> {
    let edits = work_a_day(&mut open(home)?, held, &Day::busy(held), &mut || {})?;
    let text = serde_json::to_vec(&edits)?;
    std::fs::write(json, &text)?;
    Ok(json!({"edits": edits.len(), "json_bytes": text.len()}))
}

/// What is written in a day, and by which generated people it is said.
pub(crate) struct Day {
    pub(crate) visits: u32,
    pub(crate) registrations: u32,
    pub(crate) corrections: u32,
    pub(crate) seed: u64,
}

impl Day {
    /// A busy day of a small clinic.
    pub(crate) const fn busy(held: Held) -> Self {
        Self {
            visits: 60,
            registrations: 10,
            corrections: 30,
            seed: held.seed + 1,
        }
    }
}

/// Works a day and returns the edits as JSON. Time may pass before each.
pub(crate) fn work_a_day(
    client: &mut Client,
    held: Held,
    day: &Day,
    time_passes: &mut dyn FnMut(),
) -> Result<Vec<Value>> {
    let mut edits = Vec::new();
    let charts = some_charts(client, held, day.visits + day.corrections)?;
    let people = Population::new(day.seed);
    for (index, chart) in (0..day.visits).zip(&charts) {
        time_passes();
        let input = visit_input(&people.visit_today(index + 1));
        client.record_visit(chart, &input).map_err(failed)?;
        edits.push(json!({"chart": chart, "visit": input}));
    }
    for index in 0..day.registrations {
        time_passes();
        let input = register_input(people.person(NEW_PEOPLE + index));
        client.register(&input).map_err(failed)?;
        edits.push(json!({"register": input}));
    }
    for (index, chart) in (0..day.corrections).zip(charts.iter().rev()) {
        time_passes();
        let input = correction_input(index);
        client.correct(chart, &input).map_err(failed)?;
        edits.push(json!({"chart": chart, "correction": input}));
    }
    Ok(edits)
}

/// Finds so many different charts of adults through the search, as a person would: the vitals that are then
/// written are those of adults.
fn some_charts(client: &mut Client, held: Held, count: u32) -> Result<Vec<String>> {
    let mut charts = Vec::new();
    let adults = every_so_many(held, 4 * count).filter(|it| it.birth_date.as_str() < ADULT_BORN);
    for person in adults {
        for row in client
            .find(&format!("{} {}", person.family, person.given))
            .map_err(failed)?
        {
            let is_adult = row.birth_date.as_deref().is_some_and(|it| it < ADULT_BORN);
            if is_adult && !charts.contains(&row.chart) {
                charts.push(row.chart);
            }
            if charts.len() == count as usize {
                return Ok(charts);
            }
        }
    }
    anyhow::bail!("only {} charts of {count} were found", charts.len())
}

/// The people of a site, spread evenly over all of them; at most so many.
pub(crate) fn every_so_many(held: Held, many: u32) -> impl Iterator<Item = Person> {
    let step = held.charts.div_ceil(many.max(1)).max(1);
    let people = Population::new(held.seed);
    (0..held.charts)
        .step_by(step as usize)
        .map(move |index| people.person(index))
}

/// What is typed of a new patient.
pub(crate) fn register_input(person: Person) -> RegisterInput {
    RegisterInput {
        family: person.family,
        given: person.given,
        sex: if person.is_female { "female" } else { "male" }.to_owned(),
        birth_date: Some(person.birth_date),
        phone: person.phone,
        village: Some(person.village.to_owned()),
        district: Some(person.district.to_owned()),
        mother_name: Some(person.mother),
        ..RegisterInput::default()
    }
}

/// Another phone for a patient, which is what is corrected most.
pub(crate) fn correction_input(index: u32) -> CorrectionInput {
    let phone = format!("+999 799 {:03} {:03}", index * 7 % 1000, index * 131 % 1000);
    CorrectionInput {
        phone: Some(PhoneInput {
            id: None,
            value: phone,
        }),
        reason: "told at the desk".to_owned(),
        ..CorrectionInput::default()
    }
}

pub(crate) fn visit_input(visit: &Visit) -> VisitInput {
    let tenths = |value: u32| Some(format!("{}.{}", value / 10, value % 10));
    let vitals = &visit.vitals;
    VisitInput {
        reason: visit.diagnosis.complaint.to_owned(),
        vitals: VitalsInput {
            systolic: Some(vitals.systolic.to_string()),
            diastolic: Some(vitals.diastolic.to_string()),
            temperature: tenths(vitals.temperature_tenths),
            weight: tenths(vitals.weight_tenths.max(ADULT_WEIGHT_TENTHS)),
            pulse: Some(vitals.pulse.to_string()),
            oxygen: Some(vitals.oxygen.to_string()),
            ..VitalsInput::default()
        },
        diagnosis: Some(DiagnosisInput {
            text: visit.diagnosis.text.to_owned(),
            code: Some(visit.diagnosis.code.to_owned()),
        }),
        note: visit.note.clone(),
        medicine: Some(MedicineInput {
            text: visit.diagnosis.medicine.to_owned(),
            dosage: Some(visit.diagnosis.dosage.to_owned()),
        }),
        confirmed: true,
        ..VisitInput::default()
    }
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

/// Returns the value that so many per cent of the sorted values do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

/// Reads the most memory this process has had resident.
fn peak_bytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|it| it.strip_prefix("VmHWM:"))
        .context("no VmHWM")?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024)
}

/// Reads the processor time that this process has taken.
fn processor_seconds() -> Result<f64> {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Ok(std::time::Duration::try_from(spent)?.as_secs_f64())
}
