//! The kinds of statement that FHIR resources become, and back.
//!
//! Each kind says what it reads and what it writes; the difference is kept in the content's `rest`. What a
//! statement's surroundings already say (whose it is, in which visit, when) is written from them.

mod care;
mod document;
mod note;
mod observation;
mod problem;
mod visit;

use record::{Content, Json, Kind, Opaque, When};
use serde_json::json;

use crate::Refusal;
use crate::json::{At, Damaged, Object, diff, kept, overlay};
use crate::values::{put, put_text, put_when};

/// What stands around a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The resource's id.
    pub(crate) id: String,
    /// How a resource points to the patient.
    pub(crate) subject: Option<String>,
    /// How a resource points to the visit.
    pub(crate) encounter: Option<String>,
    /// When it happened.
    pub(crate) occurred: Option<When>,
    /// For what was written in Posta: what FHIR demands and the statement may leave out.
    pub(crate) born: Option<Born>,
}

/// What is known about a statement written in Posta.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Born {
    /// When it was recorded.
    pub(crate) recorded: When,
    /// By whom: a number of the roster.
    pub(crate) person: u32,
}

/// Begins a resource: its type and its id.
pub(crate) fn header(resource_type: &str, id: &str) -> Object {
    let mut members = Object::new();
    put_text(&mut members, "resourceType", Some(resource_type));
    put_text(&mut members, "id", Some(id));
    members
}

impl Setting {
    /// Begins a resource: its type, its id, whose it is and in which visit.
    fn begin(&self, resource_type: &str) -> Object {
        let mut members = header(resource_type, &self.id);
        let subject = subject_name(resource_type);
        if let Some(reference) = &self.subject {
            put(&mut members, subject, json!({ "reference": reference }));
        }
        if let Some(reference) = &self.encounter {
            put(&mut members, "encounter", json!({ "reference": reference }));
        }
        members
    }

    /// Writes when it happened.
    fn put_occurred(&self, members: &mut Object, name: &str) {
        put_when(members, name, self.occurred.as_ref());
    }

    /// Returns what FHIR demands and a statement written in Posta may leave out.
    fn or_default<'a>(&self, value: Option<&'a str>, default: &'a str) -> Option<&'a str> {
        value.or_else(|| self.born.as_ref().map(|_| default))
    }
}

/// What a resource says, and when.
pub(crate) struct Said {
    /// What it says.
    pub(crate) content: Content,
    /// When it happened.
    pub(crate) occurred: Option<When>,
}

/// Tells whether resources of this type become typed statements.
pub(crate) fn is_typed(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "Encounter"
            | "Observation"
            | "Condition"
            | "AllergyIntolerance"
            | "MedicationRequest"
            | "Immunization"
            | "Procedure"
            | "DiagnosticReport"
    )
}

/// Returns the member that says whom a resource of this type is about.
pub(crate) fn subject_name(resource_type: &str) -> &'static str {
    match resource_type {
        "AllergyIntolerance" | "Immunization" => "patient",
        _ => "subject",
    }
}

/// Reads a resource. `setting` is what will stand around it, `occurred` excepted: the resource says that itself.
pub(crate) fn read(
    members: &Object,
    setting: &Setting,
    at: &At<'_>,
) -> Result<Option<Said>, Refusal> {
    let Some(resource_type) = members.get("resourceType").and_then(|it| it.as_str()) else {
        return Err(Refusal::NoResourceType);
    };
    let mut said = match resource_type {
        "Encounter" => visit::read(members, at)?,
        "Observation" => observation::read(members, at)?,
        "Condition" => problem::read_condition(members, at)?,
        "AllergyIntolerance" => problem::read_allergy(members, at)?,
        "MedicationRequest" => care::read_medication(members, at)?,
        "Immunization" => care::read_immunization(members, at)?,
        "Procedure" => care::read_procedure(members, at)?,
        "DiagnosticReport" => care::read_report(members, at)?,
        "DocumentReference" if document::is_ours(members) => document::read(members, at)?,
        "Composition" if note::is_note(members) => note::read(members, at)?,
        _ => return Ok(None),
    };
    let setting = Setting {
        occurred: said.occurred.clone(),
        ..setting.clone()
    };
    let written =
        write_bare(&said.content, &setting).map_err(|Damaged| at.refuse("could not be kept"))?;
    if let Some(rest) = rest_mut(&mut said.content) {
        *rest = diff(members, &written);
    }
    Ok(Some(said))
}

/// Reads any resource as one that is kept whole.
pub(crate) fn read_opaque(resource_type: &str, members: &Object) -> Said {
    let date = [
        "date",
        "created",
        "authoredOn",
        "recordedDate",
        "issued",
        "started",
    ];
    let period = || members.get("period").and_then(|it| it.get("start"));
    let occurred = date.iter().find_map(|it| members.get(*it)).or_else(period);
    let occurred = occurred
        .and_then(|it| it.as_str())
        .and_then(|it| When::parse(it).ok());
    let json = Json(serde_json::Value::Object(members.clone()).to_string());
    Said {
        content: Content::Opaque(Opaque {
            resource_type: resource_type.to_owned(),
            json,
        }),
        occurred,
    }
}

/// Writes a statement as a resource; `None` for what FHIR has no resource for.
pub(crate) fn write(content: &Content, setting: &Setting) -> Result<Option<Object>, Damaged> {
    match content {
        Content::Opaque(opaque) => return kept(&opaque.json).map(Some),
        Content::EnteredInError(_) | Content::Unknown(_) => return Ok(None),
        Content::Encounter(_)
        | Content::Observation(_)
        | Content::Condition(_)
        | Content::AllergyIntolerance(_)
        | Content::MedicationRequest(_)
        | Content::Immunization(_)
        | Content::Procedure(_)
        | Content::DiagnosticReport(_)
        | Content::Note(_)
        | Content::DocumentReference(_) => {}
    }
    let mut written = write_bare(content, setting)?;
    let mut content = content.clone();
    if let Some(rest) = rest_mut(&mut content) {
        overlay(&mut written, rest.as_ref())?;
    }
    Ok(Some(written))
}

fn write_bare(content: &Content, setting: &Setting) -> Result<Object, Damaged> {
    match content {
        Content::Encounter(it) => visit::write(it, setting),
        Content::Observation(it) => observation::write(it, setting),
        Content::Condition(it) => problem::write_condition(it, setting),
        Content::AllergyIntolerance(it) => problem::write_allergy(it, setting),
        Content::MedicationRequest(it) => care::write_medication(it, setting),
        Content::Immunization(it) => care::write_immunization(it, setting),
        Content::Procedure(it) => care::write_procedure(it, setting),
        Content::DiagnosticReport(it) => care::write_report(it, setting),
        Content::Note(it) => Ok(note::write(it, setting)),
        Content::DocumentReference(it) => Ok(document::write(it, setting)),
        Content::Opaque(_) | Content::EnteredInError(_) | Content::Unknown(_) => Ok(Object::new()),
    }
}

const fn rest_mut(content: &mut Content) -> Option<&mut Option<Json>> {
    match content {
        Content::Encounter(it) => Some(&mut it.rest),
        Content::Observation(it) => Some(&mut it.rest),
        Content::Condition(it) => Some(&mut it.rest),
        Content::AllergyIntolerance(it) => Some(&mut it.rest),
        Content::MedicationRequest(it) => Some(&mut it.rest),
        Content::Immunization(it) => Some(&mut it.rest),
        Content::Procedure(it) => Some(&mut it.rest),
        Content::DiagnosticReport(it) => Some(&mut it.rest),
        Content::Note(it) => Some(&mut it.rest),
        Content::DocumentReference(it) => Some(&mut it.rest),
        Content::Opaque(_) | Content::EnteredInError(_) | Content::Unknown(_) => None,
    }
}

/// Returns the kind of statement that a content makes.
pub(crate) const fn kind_of(content: &Content) -> Kind {
    match content {
        Content::Encounter(_) => Kind::Encounter,
        Content::Observation(_) => Kind::Observation,
        Content::Condition(_) => Kind::Condition,
        Content::AllergyIntolerance(_) => Kind::AllergyIntolerance,
        Content::MedicationRequest(_) => Kind::MedicationRequest,
        Content::Immunization(_) => Kind::Immunization,
        Content::Procedure(_) => Kind::Procedure,
        Content::DiagnosticReport(_) => Kind::DiagnosticReport,
        Content::Note(_) => Kind::Note,
        Content::DocumentReference(_) => Kind::DocumentReference,
        Content::Opaque(_) => Kind::Opaque,
        Content::EnteredInError(_) => Kind::EnteredInError,
        Content::Unknown(_) => Kind::Unknown,
    }
}
