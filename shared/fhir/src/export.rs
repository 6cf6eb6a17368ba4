//! From charts to FHIR resources.

use record::{Chart, StatementId};

/// A chart as FHIR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The resources: the patient first.
    pub resources: Vec<Resource>,
    /// What could not be written as FHIR.
    pub left_out: Vec<LeftOut>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its address in a Bundle.
    pub full_url: String,
    /// Its type.
    pub resource_type: String,
    /// The resource as JSON text.
    pub json: String,
}

/// A statement that could not be written as FHIR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The statement.
    pub statement: StatementId,
    /// Why.
    pub reason: &'static str,
}

/// Writes a chart as FHIR resources: what stands, not what was replaced or withdrawn.
#[must_use]
pub fn export(_chart: &Chart) -> Exported {
    todo!()
}

/// Writes resources as one collection Bundle.
#[must_use]
pub fn bundle(_resources: &[Resource]) -> String {
    todo!()
}

/// Writes resources as NDJSON, one a line.
#[must_use]
pub fn ndjson(_resources: &[Resource]) -> String {
    todo!()
}
