//! What can be typed after `posta`.

mod attachment;
mod bundle;
mod cap;
mod lan;
mod people;
mod settings;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use attachment::{Attach, Attachment};
pub(crate) use bundle::Bundle;
pub(crate) use cap::Cap;
pub(crate) use lan::Lan;
pub(crate) use people::{AddColleague, Colleague, NewPassphrase, Passphrase, Recover};
pub(crate) use settings::{MeteredChoice, SetLink, Settings};

/// A clinic's records, offline first.
#[derive(Parser)]
#[command(name = "posta", version, about, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Clone, Args)]
pub(crate) struct Common {
    /// The folder that this computer's records are in.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    /// Who you are, by number; needed only if several people use this computer.
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) person: Option<u32>,
    /// A file whose first line is the passphrase; otherwise it is asked for.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Print JSON, for scripts.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Enrol this computer with an invite, or go on with an enrolment that waits.
    Enrol(Enrol),
    /// Bring in records of another system.
    #[command(subcommand)]
    Import(Import),
    /// Take records out.
    #[command(subcommand)]
    Export(Export),
    /// Meet the hub by a file on a stick.
    #[command(subcommand)]
    Bundle(Bundle),
    /// Meet another computer of the same hub where the hub is not in reach.
    #[command(subcommand)]
    Lan(Lan),
    /// Register, find, show and correct patients.
    #[command(subcommand)]
    Patient(Patient),
    /// Write visits.
    #[command(subcommand)]
    Visit(Visit),
    /// List and decide what was recorded in two ways.
    #[command(subcommand)]
    Conflict(Conflict),
    /// Ask the hub for charts that this site does not hold.
    #[command(subcommand)]
    Chart(Chart),
    /// Attach a scan or a photograph to a chart.
    Attach(Attach),
    /// List what is attached to a chart.
    Attachments {
        /// The chart, or the patient's number.
        chart: String,
    },
    /// Take attachments out, and say which come by themselves.
    #[command(subcommand)]
    Attachment(Attachment),
    /// Meet the hub: again and again, or once. Between two meetings other commands can use the home.
    Sync(Sync),
    /// Say where this computer stands.
    Status,
    /// List who unlocks this computer, and let a colleague come.
    #[command(subcommand)]
    Colleague(Colleague),
    /// Change your passphrase.
    #[command(subcommand)]
    Passphrase(Passphrase),
    /// Open this computer with a recovery key, for a person whom --person names, when nobody else can.
    Recover(Recover),
    /// Show what was set for this computer alone, or set it.
    Settings {
        #[command(subcommand)]
        set: Option<Settings>,
    },
    /// Derive everything again from the log.
    Verify(Verify),
}

#[derive(Args)]
pub(crate) struct Enrol {
    /// The invite, `posta1-…`; not needed to go on with an enrolment that waits.
    pub(crate) invite: Option<String>,
    /// A file that the invite is in.
    #[arg(long, value_name = "FILE", conflicts_with = "invite")]
    pub(crate) invite_file: Option<PathBuf>,
    /// What people call this computer, if not what the invite says.
    #[arg(long, default_value = "")]
    pub(crate) label: String,
    /// Ask the hub once and do not wait for the approval.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Subcommand)]
pub(crate) enum Import {
    /// FHIR R4: Bundles, NDJSON, and folders of them. The exit status is 1 if a file could not be read, or if all
    /// was refused; a refusal among others is only told.
    Fhir {
        /// Files and folders.
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Write what became of each resource to a new file, one JSON object a line: `file`, `at` (its place in
        /// the file, from 1; 0 for a file that could not be read), `resource` (its type), `id`, `outcome`
        /// (imported, unchanged or refused) and `reason`. The identifiers in it come from the source system:
        /// keep the file as you keep the source.
        #[arg(long, value_name = "FILE")]
        results: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Export {
    /// FHIR R4: a Bundle for each chart.
    Fhir {
        /// A new or empty folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// One NDJSON file for each type of resource instead.
        #[arg(long)]
        ndjson: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum Chart {
    /// Fetch a patient's chart for some days. That it was asked for, and why, is in the log first.
    Fetch {
        /// The number on the patient's card.
        number: String,
        /// Why it is needed.
        #[arg(long)]
        reason: String,
    },
}

#[derive(Subcommand)]
pub(crate) enum Patient {
    /// Register a patient under a number of this computer's block.
    Register(Register),
    /// Find patients by any part of name, number, phone or place.
    Find {
        /// What to look for.
        #[arg(required = true)]
        text: Vec<String>,
    },
    /// Show a chart.
    Show {
        /// The chart, or the patient's number.
        chart: String,
    },
    /// Correct who a patient is.
    Correct(Correct),
}

#[derive(Args)]
pub(crate) struct Register {
    /// Family name.
    #[arg(long)]
    pub(crate) family: String,
    /// Given names.
    #[arg(long)]
    pub(crate) given: String,
    /// female, male, other or unknown.
    #[arg(long)]
    pub(crate) sex: String,
    /// As far as known: 1984, 1984-03 or 1984-03-12.
    #[arg(long)]
    pub(crate) birth_date: Option<String>,
    /// The birth date is a guess.
    #[arg(long)]
    pub(crate) estimated: bool,
    /// Phone.
    #[arg(long)]
    pub(crate) phone: Option<String>,
    /// Village, town or city.
    #[arg(long)]
    pub(crate) village: Option<String>,
    /// District.
    #[arg(long)]
    pub(crate) district: Option<String>,
    /// The mother's name.
    #[arg(long)]
    pub(crate) mother: Option<String>,
}

#[derive(Args)]
pub(crate) struct Correct {
    /// The chart, or the patient's number.
    pub(crate) chart: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
    /// The birth date, as far as known.
    #[arg(long)]
    pub(crate) birth_date: Option<String>,
    /// Whether the birth date is a guess.
    #[arg(long)]
    pub(crate) estimated: Option<bool>,
    /// female, male, other or unknown.
    #[arg(long)]
    pub(crate) sex: Option<String>,
    /// living, dead, or the date of death.
    #[arg(long)]
    pub(crate) deceased: Option<String>,
    /// The phone's number.
    #[arg(long)]
    pub(crate) phone: Option<String>,
    /// Street, house, landmark.
    #[arg(long)]
    pub(crate) line: Option<String>,
    /// Village, town or city.
    #[arg(long)]
    pub(crate) city: Option<String>,
    /// District.
    #[arg(long)]
    pub(crate) district: Option<String>,
    /// Family name.
    #[arg(long, requires = "given")]
    pub(crate) family: Option<String>,
    /// Given names.
    #[arg(long, requires = "family")]
    pub(crate) given: Option<String>,
    /// Add the phone, address or name beside the one recorded, instead of correcting it.
    #[arg(long)]
    pub(crate) add: bool,
}

#[derive(Subcommand)]
pub(crate) enum Visit {
    /// Write a visit.
    Add(Box<AddVisit>),
}

#[derive(Args)]
pub(crate) struct AddVisit {
    /// The chart, or the patient's number.
    pub(crate) chart: String,
    /// Why the patient came.
    #[arg(long)]
    pub(crate) reason: String,
    /// What the clinician writes.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    /// A file that the note is in.
    #[arg(long, value_name = "FILE", conflicts_with = "note")]
    pub(crate) note_file: Option<PathBuf>,
    /// Systolic blood pressure, mmHg.
    #[arg(long)]
    pub(crate) systolic: Option<String>,
    /// Diastolic blood pressure, mmHg.
    #[arg(long)]
    pub(crate) diastolic: Option<String>,
    /// Body temperature, °C.
    #[arg(long)]
    pub(crate) temperature: Option<String>,
    /// Weight, kg.
    #[arg(long)]
    pub(crate) weight: Option<String>,
    /// Height, cm.
    #[arg(long)]
    pub(crate) height: Option<String>,
    /// Heart rate, per minute.
    #[arg(long)]
    pub(crate) pulse: Option<String>,
    /// Respiratory rate, per minute.
    #[arg(long)]
    pub(crate) respiration: Option<String>,
    /// Oxygen saturation, %.
    #[arg(long)]
    pub(crate) oxygen: Option<String>,
    /// A diagnosis.
    #[arg(long)]
    pub(crate) diagnosis: Option<String>,
    /// The diagnosis's ICD-10 code.
    #[arg(long, requires = "diagnosis")]
    pub(crate) code: Option<String>,
    /// An allergy: to what.
    #[arg(long)]
    pub(crate) allergy: Option<String>,
    /// The allergy's criticality: low, high or unable-to-assess.
    #[arg(long, requires = "allergy")]
    pub(crate) criticality: Option<String>,
    /// What the allergy does.
    #[arg(long, requires = "allergy")]
    pub(crate) reaction: Option<String>,
    /// The patient was asked and has no known allergy.
    #[arg(long, conflicts_with = "allergy")]
    pub(crate) no_known_allergies: bool,
    /// A medicine ordered.
    #[arg(long)]
    pub(crate) medicine: Option<String>,
    /// How to take the medicine.
    #[arg(long, requires = "medicine")]
    pub(crate) dosage: Option<String>,
    /// Unlikely values were measured again and are right.
    #[arg(long)]
    pub(crate) confirmed: bool,
}

#[derive(Subcommand)]
pub(crate) enum Conflict {
    /// List what a person must decide.
    List,
    /// Decide.
    Resolve(Resolve),
}

#[derive(Args)]
pub(crate) struct Resolve {
    /// The chart, or the patient's number.
    pub(crate) chart: String,
    /// What it is about.
    #[arg(long)]
    pub(crate) register: Disputed,
    /// The value that is right, as the list shows it.
    #[arg(long)]
    pub(crate) value: String,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
}

/// What can be in conflict.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Disputed {
    BirthDate,
    Sex,
    Deceased,
    Statement,
}

#[derive(Args)]
pub(crate) struct Sync {
    /// Meet the hub once and end.
    #[arg(long)]
    pub(crate) once: bool,
    /// Seconds between two meetings. The passphrase is asked for once and kept in memory.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    pub(crate) every: u64,
}

#[derive(Args)]
pub(crate) struct Verify {
    /// Write what differs again, from the log.
    #[arg(long)]
    pub(crate) repair: bool,
}
