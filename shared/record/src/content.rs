//! What a statement says, by kind, in FHIR R4's names where one fits.
//!
//! `rest` keeps the members of an imported resource that our fields do not name (or cannot give back exactly);
//! on the way out it wins over them.

use serde::{Deserialize, Serialize};

use crate::{CodeableConcept, Json, Period, Quantity, Reference, When};

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A visit.
    Encounter(Encounter),
    /// Something measured or asked.
    Observation(Observation),
    /// A problem or diagnosis.
    Condition(Condition),
    /// An allergy or intolerance.
    AllergyIntolerance(AllergyIntolerance),
    /// A medicine ordered.
    MedicationRequest(MedicationRequest),
    /// A vaccination.
    Immunization(Immunization),
    /// Something done.
    Procedure(Procedure),
    /// A report on tests.
    DiagnosticReport(DiagnosticReport),
    /// What a clinician wrote (FHIR Composition).
    Note(Note),
    /// A scan, a photograph, a letter: an attachment.
    DocumentReference(DocumentReference),
    /// An imported resource outside the subset, kept whole.
    Opaque(Opaque),
    /// Withdraws what it replaces.
    EnteredInError(EnteredInError),
    /// A kind that a newer release wrote; its bytes are carried unharmed.
    Unknown(UnknownContent),
}

/// Where a visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncounterStatus {
    /// Being written.
    Open,
    /// Done, not yet signed.
    Closed,
    /// Signed: later changes are addenda.
    Signed,
}

macro_rules! content {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
            /// The members of the imported resource that the fields above do not give back.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub rest: Option<Json>,
        }

        crate::discreet!($name);
    };
}

content! {
    /// A visit.
    Encounter {
        /// Where it stands, for a visit written here.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<EncounterStatus>,
        /// FHIR's own status, for an imported visit.
        #[serde(skip_serializing_if = "Option::is_none")]
        fhir_status: Option<String>,
        /// What sort of visit.
        #[serde(rename = "type", skip_serializing_if = "Vec::is_empty")]
        types: Vec<CodeableConcept>,
        /// Why the patient came.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        reason_code: Vec<CodeableConcept>,
        /// From when to when.
        #[serde(skip_serializing_if = "Option::is_none")]
        period: Option<Period>,
    }
}

content! {
    /// Something measured or asked.
    Observation {
        /// FHIR's status.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// Vital signs, laboratory, survey.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        category: Vec<CodeableConcept>,
        /// What was measured.
        code: CodeableConcept,
        /// The result.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<ObservationValue>,
        /// The parts of a result: systolic and diastolic.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        component: Vec<ObservationComponent>,
    }
}

/// The result of an observation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObservationValue {
    /// A number with its unit.
    Quantity(Quantity),
    /// A concept.
    Concept(CodeableConcept),
    /// Words.
    Text(String),
}

/// A part of an observation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObservationComponent {
    /// What was measured.
    pub code: CodeableConcept,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<ObservationValue>,
    /// What FHIR has beyond these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rest: Option<Json>,
}

content! {
    /// A problem or diagnosis.
    Condition {
        /// Active, recurrence, relapse, inactive, remission, resolved.
        #[serde(skip_serializing_if = "Option::is_none")]
        clinical_status: Option<CodeableConcept>,
        /// Confirmed, provisional, refuted …
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_status: Option<CodeableConcept>,
        /// Problem list, visit diagnosis.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        category: Vec<CodeableConcept>,
        /// The problem.
        code: CodeableConcept,
        /// Since when.
        #[serde(rename = "onsetDateTime", skip_serializing_if = "Option::is_none")]
        onset: Option<When>,
        /// Until when.
        #[serde(rename = "abatementDateTime", skip_serializing_if = "Option::is_none")]
        abatement: Option<When>,
        /// When it was recorded, by the other system.
        #[serde(skip_serializing_if = "Option::is_none")]
        recorded_date: Option<When>,
    }
}

content! {
    /// An allergy or intolerance. "None known" is a concept of its own, never an absence.
    AllergyIntolerance {
        /// Active, inactive, resolved.
        #[serde(skip_serializing_if = "Option::is_none")]
        clinical_status: Option<CodeableConcept>,
        /// Confirmed, unconfirmed, refuted.
        #[serde(skip_serializing_if = "Option::is_none")]
        verification_status: Option<CodeableConcept>,
        /// Low, high, unable-to-assess.
        #[serde(skip_serializing_if = "Option::is_none")]
        criticality: Option<String>,
        /// To what.
        code: CodeableConcept,
        /// What happens.
        #[serde(skip_serializing_if = "Option::is_none")]
        reaction: Option<String>,
        /// When it was recorded, by the other system.
        #[serde(skip_serializing_if = "Option::is_none")]
        recorded_date: Option<When>,
    }
}

content! {
    /// A medicine ordered.
    MedicationRequest {
        /// Active, on-hold, cancelled, completed, stopped …
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// Order, plan, proposal.
        #[serde(skip_serializing_if = "Option::is_none")]
        intent: Option<String>,
        /// The medicine.
        #[serde(rename = "medicationCodeableConcept")]
        medication: CodeableConcept,
        /// How to take it, in words.
        #[serde(skip_serializing_if = "Option::is_none")]
        dosage: Option<String>,
        /// When it was ordered.
        #[serde(skip_serializing_if = "Option::is_none")]
        authored_on: Option<When>,
    }
}

content! {
    /// A vaccination.
    Immunization {
        /// Completed, not-done, entered-in-error.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// The vaccine.
        vaccine_code: CodeableConcept,
        /// When.
        #[serde(rename = "occurrenceDateTime", skip_serializing_if = "Option::is_none")]
        occurrence: Option<When>,
    }
}

content! {
    /// Something done.
    Procedure {
        /// Completed, in-progress, not-done …
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// What was done.
        code: CodeableConcept,
        /// From when to when.
        #[serde(rename = "performedPeriod", skip_serializing_if = "Option::is_none")]
        performed: Option<Period>,
    }
}

content! {
    /// A report on tests.
    DiagnosticReport {
        /// Final, preliminary …
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<String>,
        /// What sort of report.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        category: Vec<CodeableConcept>,
        /// Which report.
        code: CodeableConcept,
        /// The observations it is made of.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        result: Vec<Reference>,
        /// When it was issued.
        #[serde(skip_serializing_if = "Option::is_none")]
        issued: Option<When>,
        /// What it concludes, in words.
        #[serde(skip_serializing_if = "Option::is_none")]
        conclusion: Option<String>,
    }
}

content! {
    /// What a clinician wrote.
    Note {
        /// The words.
        text: String,
    }
}

content! {
    /// An attachment: a scan, a photograph, a letter. Its bytes are kept beside the chart, named by their hash.
    DocumentReference {
        /// What people call it.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// What the bytes are: image/jpeg, application/pdf.
        content_type: String,
        /// The BLAKE3 hash of the bytes.
        #[serde(with = "serde_bytes")]
        hash: [u8; 32],
        /// How many bytes there are.
        size: u64,
    }
}

/// An imported resource outside the subset.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opaque {
    /// The resource's type: Claim, CarePlan …
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The whole resource as JSON text.
    pub json: Json,
}

/// Withdraws what the statement replaces. The reason stands in the statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredInError {}

/// The content of a kind that this release does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownContent {
    /// The kind's name.
    pub kind: String,
}

crate::discreet!(ObservationValue, Opaque);
