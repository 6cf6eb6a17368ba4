//! A chart on one screen.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Age, ConflictView};

/// One patient: who they are, what is dangerous to them, what they have and take, and their last visits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChartView {
    /// The chart's identifier.
    pub chart: String,
    /// The number on the card; empty if none was issued.
    pub number: String,
    /// The name to show; empty if none is recorded.
    pub name: String,
    /// The shown name's item, for correcting it.
    pub name_id: Option<String>,
    /// The shown name's family part.
    pub family: String,
    /// The shown name's given part.
    pub given: String,
    /// What else is recorded for the shown name.
    pub name_also_recorded: Vec<AlsoRecorded>,
    /// Other names.
    pub other_names: Vec<ItemView>,
    /// FHIR `AdministrativeGender`: female, male, other, unknown.
    pub sex: Option<String>,
    /// As far as known.
    pub birth_date: Option<String>,
    /// Whether the birth date was guessed.
    pub birth_estimated: bool,
    /// How old the patient is today (or was, at death).
    pub age: Option<Age>,
    /// Set if the patient died.
    pub deceased: Option<DeceasedView>,
    /// Phones and other ways to reach the patient.
    pub phones: Vec<ItemView>,
    /// Where the patient lives.
    pub addresses: Vec<AddressView>,
    /// Relatives and neighbours.
    pub contacts: Vec<ContactView>,
    /// Numbers of other systems.
    pub identifiers: Vec<IdentifierView>,
    /// Allergies, the most dangerous first.
    pub allergies: Vec<AllergyView>,
    /// Whether somebody recorded that no allergy is known (and no allergy is recorded).
    pub no_known_allergies: bool,
    /// Whether nothing was recorded about allergies: neither one, nor that none is known.
    pub no_allergies_recorded: bool,
    /// Problems, active ones first.
    pub problems: Vec<ProblemView>,
    /// Medicines, active ones first.
    pub medicines: Vec<MedicineView>,
    /// The last visits, newest first.
    pub visits: Vec<VisitView>,
    /// How many visits there are in all.
    pub visit_count: u32,
    /// What a person must decide.
    pub conflicts: Vec<ConflictView>,
    /// How many entries of this chart were written here and are not yet at the hub.
    pub unsent: u32,
    /// How many statements a newer release wrote: carried, not shown.
    pub from_newer_release: u32,
    /// How many statements could not be read: kept, not shown.
    pub damaged: u32,
}

/// Who wrote something, where and when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Who.
    pub author: String,
    /// At which site.
    pub site: String,
    /// On which device.
    pub device: String,
    /// When.
    pub when: String,
    /// Why, in the writer's words.
    pub reason: Option<String>,
}

/// A value that was written at the same time as the one shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AlsoRecorded {
    /// The value.
    pub value: String,
    /// Who wrote it.
    pub by: Provenance,
}

/// One entry of a repeating register.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ItemView {
    /// Its identifier, for correcting it.
    pub id: String,
    /// The value to show.
    pub value: String,
    /// Home, work, mobile, maiden …
    pub usage: Option<String>,
    /// The other current values.
    pub also_recorded: Vec<AlsoRecorded>,
}

/// Where the patient lives.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddressView {
    /// Its identifier, for correcting it.
    pub id: String,
    /// The address in one line.
    pub text: String,
    /// Street, house, landmark.
    pub line: String,
    /// Village, town or city.
    pub city: String,
    /// District.
    pub district: String,
    /// The other current values.
    pub also_recorded: Vec<AlsoRecorded>,
}

/// Someone to call.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ContactView {
    /// Its identifier.
    pub id: String,
    /// Mother, husband, neighbour.
    pub relationship: String,
    /// Their name.
    pub name: String,
    /// Their phone.
    pub phone: String,
}

/// A number that some system gave the patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct IdentifierView {
    /// Its identifier.
    pub id: String,
    /// The system that gave it.
    pub system: String,
    /// The number.
    pub value: String,
}

/// That the patient died.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DeceasedView {
    /// When, if it is known.
    pub when: Option<String>,
}

/// An allergy or intolerance.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllergyView {
    /// The statement's identifier.
    pub id: String,
    /// To what.
    pub text: String,
    /// Low, high, unable-to-assess.
    pub criticality: Option<String>,
    /// What happens.
    pub reaction: Option<String>,
    /// Active, inactive, resolved.
    pub status: Option<String>,
    /// When it was recorded.
    pub when: String,
    /// Where it was recorded.
    pub site: String,
    /// Whether it is not yet at the hub.
    pub only_here: bool,
}

/// A problem.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ProblemView {
    /// The statement's identifier.
    pub id: String,
    /// The problem.
    pub text: String,
    /// Its code, if it has one.
    pub code: Option<String>,
    /// Since when, if it is known; else when it was recorded.
    pub since: String,
    /// Active, resolved, inactive …
    pub status: Option<String>,
    /// Whether it is not yet at the hub.
    pub only_here: bool,
}

/// A medicine ordered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MedicineView {
    /// The statement's identifier.
    pub id: String,
    /// The medicine.
    pub text: String,
    /// How to take it.
    pub dosage: Option<String>,
    /// Since when.
    pub since: String,
    /// Active, completed, stopped …
    pub status: Option<String>,
    /// Whether it is not yet at the hub.
    pub only_here: bool,
}

/// A visit with what was found.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VisitView {
    /// The encounter's identifier.
    pub id: String,
    /// When it was.
    pub when: String,
    /// Where it was recorded, or brought in.
    pub site: String,
    /// Who recorded it, or brought it in.
    pub author: String,
    /// Whether it was brought in from another system: then nobody here saw the patient.
    pub imported: bool,
    /// Why the patient came, or what sort of visit it was.
    pub reason: String,
    /// What was diagnosed.
    pub diagnoses: Vec<DiagnosisView>,
    /// Vital signs.
    pub vitals: Vec<VitalView>,
    /// What else was measured or asked.
    pub results: Vec<VitalView>,
    /// Vaccinations, procedures, medicines, allergies, reports: what was given or done.
    pub others: Vec<OtherView>,
    /// What was written.
    pub note: String,
    /// Whether something of it is not yet at the hub.
    pub only_here: bool,
}

/// Something given or done in a visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OtherView {
    /// FHIR's name for what it is: `Immunization`, `Procedure`, `MedicationRequest` …
    pub kind: String,
    /// The words.
    pub text: String,
}

/// A diagnosis of a visit.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosisView {
    /// The words.
    pub text: String,
    /// The code, if it has one.
    pub code: Option<String>,
}

/// Something measured.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalView {
    /// What was measured.
    pub name: String,
    /// Its LOINC code, if it has one.
    pub code: Option<String>,
    /// The number, or the words.
    pub value: String,
    /// The unit.
    pub unit: String,
}

record::discreet!(
    ChartView,
    Provenance,
    AlsoRecorded,
    ItemView,
    AddressView,
    ContactView,
    IdentifierView,
    DeceasedView,
    AllergyView,
    ProblemView,
    MedicineView,
    VisitView,
    OtherView,
    DiagnosisView,
    VitalView
);
