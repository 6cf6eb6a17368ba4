//! FHIR R4 to the record and back.
