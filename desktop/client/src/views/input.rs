//! What people type, before it is checked.
//!
//! Numbers arrive as the text that was typed, so that 72.50 stays 72.50; the client checks them.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::ConflictRegister;

/// A new patient.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RegisterInput {
    /// Family name.
    pub family: String,
    /// Given names, apart by spaces.
    pub given: String,
    /// FHIR `AdministrativeGender`: female, male, other, unknown.
    pub sex: String,
    /// As far as known: `1984`, `1984-03` or `1984-03-12`.
    pub birth_date: Option<String>,
    /// Whether the birth date is guessed.
    pub birth_estimated: bool,
    /// Phone.
    pub phone: Option<String>,
    /// Village, town or city.
    pub village: Option<String>,
    /// District.
    pub district: Option<String>,
    /// The mother's name.
    pub mother_name: Option<String>,
}

/// A correction to who a patient is. What is absent stays as it is.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct CorrectionInput {
    /// The birth date, as far as known.
    pub birth_date: Option<String>,
    /// Whether the birth date is guessed.
    pub birth_estimated: Option<bool>,
    /// FHIR `AdministrativeGender`.
    pub sex: Option<String>,
    /// `living`, `dead`, or the date of death.
    pub deceased: Option<String>,
    /// A phone.
    pub phone: Option<PhoneInput>,
    /// An address.
    pub address: Option<AddressInput>,
    /// A name.
    pub name: Option<NameInput>,
    /// Why. Required.
    pub reason: String,
}

/// A phone: a new one without an identifier, else another value for a recorded one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PhoneInput {
    /// The recorded phone.
    pub id: Option<String>,
    /// The number.
    pub value: String,
}

/// An address: a new one without an identifier, else another value for a recorded one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AddressInput {
    /// The recorded address.
    pub id: Option<String>,
    /// Street, house, landmark.
    pub line: Option<String>,
    /// Village, town or city.
    pub city: Option<String>,
    /// District.
    pub district: Option<String>,
}

/// A name: a new one without an identifier, else another value for a recorded one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct NameInput {
    /// The recorded name.
    pub id: Option<String>,
    /// Family name.
    pub family: String,
    /// Given names, apart by spaces.
    pub given: String,
}

/// A visit.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VisitInput {
    /// Why the patient came. Required.
    pub reason: String,
    /// What was measured.
    pub vitals: VitalsInput,
    /// What was diagnosed.
    pub diagnosis: Option<DiagnosisInput>,
    /// What the clinician writes.
    pub note: String,
    /// An allergy that was found or told.
    pub allergy: Option<AllergyInput>,
    /// Whether the patient was asked and has no known allergy. Not together with an allergy.
    pub no_known_allergies: bool,
    /// A medicine ordered.
    pub medicine: Option<MedicineInput>,
    /// Whether unlikely values were measured again and are right.
    pub confirmed: bool,
}

/// Vital signs, each as it was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct VitalsInput {
    /// Systolic blood pressure, mmHg.
    pub systolic: Option<String>,
    /// Diastolic blood pressure, mmHg.
    pub diastolic: Option<String>,
    /// Body temperature, °C.
    pub temperature: Option<String>,
    /// Body weight, kg.
    pub weight: Option<String>,
    /// Body height, cm.
    pub height: Option<String>,
    /// Heart rate, per minute.
    pub pulse: Option<String>,
    /// Respiratory rate, per minute.
    pub respiration: Option<String>,
    /// Oxygen saturation, %.
    pub oxygen: Option<String>,
}

/// A diagnosis.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DiagnosisInput {
    /// The words.
    pub text: String,
    /// An ICD-10 code.
    pub code: Option<String>,
}

/// An allergy.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AllergyInput {
    /// To what.
    pub substance: String,
    /// Low, high, unable-to-assess.
    pub criticality: Option<String>,
    /// What happens.
    pub reaction: Option<String>,
}

/// A medicine.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MedicineInput {
    /// The medicine.
    pub text: String,
    /// How to take it.
    pub dosage: Option<String>,
}

/// A decision between values that were written apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ResolveInput {
    /// The chart's identifier.
    pub chart: String,
    /// Which register.
    pub register: ConflictRegister,
    /// The value that is right, by the key that the conflict gives it.
    pub value: String,
    /// The keys of all values that the person saw. If others stand by now the decision is refused, for it would
    /// override what nobody looked at. Absent, it is between whatever stands.
    pub shown: Option<Vec<String>>,
    /// Why. Required.
    pub reason: String,
}
