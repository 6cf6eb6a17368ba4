//! From charts to FHIR resources.
//!
//! What stands is written: neither what was replaced nor what was withdrawn. A resource that came in goes out equal
//! as JSON, unless a person edited a register of the patient since; then the register is what goes out.

use std::collections::BTreeMap;

use record::{About, Chart, Content, Item, ItemId, Register, Statement, StatementId, When};
use serde_json::Value;

use crate::json::{Damaged, Object, kept};
use crate::kinds::{self, Born, Setting};
use crate::parts::{Parts, Piece};
use crate::patient::Person;
use crate::source;

/// A chart as FHIR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The resources: the patient first.
    pub resources: Vec<Resource>,
    /// What could not be written as FHIR.
    pub left_out: Vec<LeftOut>,
}

/// One resource.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its address in a Bundle.
    pub full_url: String,
    /// Its type.
    pub resource_type: String,
    /// The resource as JSON text.
    pub json: String,
}

/// A statement that could not be written as FHIR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOut {
    /// The statement; none for the patient itself.
    pub statement: Option<StatementId>,
    /// Why.
    pub reason: &'static str,
}

/// Writes a chart as FHIR resources: what stands, not what was replaced or withdrawn.
#[must_use]
pub fn export(chart: &Chart) -> Exported {
    let mut exporter = Exporter {
        chart,
        by_id: chart.statements.iter().map(|it| (it.id, it)).collect(),
        parts: Parts::gather(&chart.statements),
        subject: None,
        exported: Exported {
            resources: Vec::new(),
            left_out: Vec::new(),
        },
    };
    if chart.about == About::Patient {
        exporter.patient();
    }
    for statement in chart.live() {
        exporter.statement(statement);
    }
    for damaged in &chart.damaged {
        exporter.leave_out(Some(*damaged), "its bytes are damaged");
    }
    exporter.exported
}

/// Writes resources as one collection Bundle.
#[must_use]
pub fn bundle(resources: &[Resource]) -> String {
    let entries: Vec<String> = resources
        .iter()
        .map(|it| {
            format!(
                "{{\"fullUrl\":{},\"resource\":{}}}",
                Value::from(it.full_url.as_str()),
                it.json
            )
        })
        .collect();
    // FHIR has no empty lists.
    let list = if entries.is_empty() {
        String::new()
    } else {
        format!(",\"entry\":[\n{}\n]", entries.join(",\n"))
    };
    format!("{{\"resourceType\":\"Bundle\",\"type\":\"collection\"{list}}}\n")
}

/// Writes resources as NDJSON, one a line.
#[must_use]
pub fn ndjson(resources: &[Resource]) -> String {
    resources
        .iter()
        .map(|it| format!("{}\n", it.json))
        .collect()
}

struct Exporter<'a> {
    chart: &'a Chart,
    by_id: BTreeMap<StatementId, &'a Statement>,
    parts: Parts,
    /// How the resources point to the patient.
    subject: Option<String>,
    exported: Exported,
}

impl<'a> Exporter<'a> {
    fn leave_out(&mut self, statement: Option<StatementId>, reason: &'static str) {
        self.exported.left_out.push(LeftOut { statement, reason });
    }

    fn push(&mut self, full_url: String, members: Object) {
        let resource_type = members
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned();
        let json = Value::Object(members).to_string();
        self.exported.resources.push(Resource {
            full_url,
            resource_type,
            json,
        });
    }

    fn patient(&mut self) {
        let chart = self.chart;
        let remainder = chart.live().find(|it| is_remainder(it));
        let source = remainder
            .and_then(|it| it.source.clone())
            .unwrap_or_else(|| source::of_bytes(chart.id.as_bytes()));
        self.subject = Some(source::reference("Patient", &source));
        let header = kinds::header("Patient", source::id_of(&source));
        let members = match remainder.map(|it| (it.id, self.opaque(it))) {
            None => Object::new(),
            Some((_, Ok(members))) => members,
            Some((id, Err(Damaged))) => {
                self.leave_out(Some(id), "the patient's further members are damaged");
                Object::new()
            }
        };
        match person(chart).compose(header, members) {
            Ok(members) => self.push(source, members),
            Err(Damaged) => self.leave_out(None, "the patient's registers are damaged"),
        }
    }

    /// Reads an opaque statement's JSON, joined from its parts.
    fn opaque(&self, statement: &Statement) -> Result<Object, Damaged> {
        match (self.parts.piece(statement), &statement.content) {
            (Piece::First(Some(text)), _) => {
                serde_json::from_str(&text).map_err(|_damaged| Damaged)
            }
            (Piece::Whole, Content::Opaque(opaque)) => kept(&opaque.json),
            (Piece::First(None) | Piece::Later | Piece::Whole, _) => Err(Damaged),
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        if is_remainder(statement) {
            return;
        }
        let written = match self.parts.piece(statement) {
            Piece::Later => return,
            Piece::First(_) => self.opaque(statement).map(Some),
            Piece::Whole => kinds::write(&statement.content, &self.setting(statement)),
        };
        match written {
            Ok(Some(members)) => self.push(source_of(statement), members),
            Ok(None) => self.leave_out(Some(statement.id), "recorded by a newer version"),
            Err(Damaged) => self.leave_out(Some(statement.id), "its content is damaged"),
        }
    }

    fn setting(&self, statement: &Statement) -> Setting {
        let visit = statement.encounter.map(|it| match self.by_id.get(&it) {
            Some(visit) => source_of(visit),
            None => source::of_bytes(it.as_bytes()),
        });
        let born = statement.source.is_none().then(|| Born {
            recorded: When::from_ms(statement.stamp.at.ms()),
            person: statement.stamp.person.0,
        });
        Setting {
            id: source::id_of(&source_of(statement)).to_owned(),
            subject: self.subject.clone(),
            encounter: visit.map(|it| source::reference("Encounter", &it)),
            occurred: statement.occurred.clone(),
            born,
        }
    }
}

/// The remainder of a Patient is an opaque statement of that type in the patient's own chart.
fn is_remainder(statement: &Statement) -> bool {
    matches!(&statement.content, Content::Opaque(opaque) if opaque.resource_type == "Patient")
}

fn source_of(statement: &Statement) -> String {
    statement
        .source
        .clone()
        .unwrap_or_else(|| source::of_bytes(statement.id.as_bytes()))
}

fn person(chart: &Chart) -> Person {
    fn shown<T: Clone>(register: Option<&Register<T>>) -> Option<T> {
        register.map(|it| it.shown.value.clone())
    }
    // The importer named the items in their order.
    fn all<T: Clone>(items: &[Item<T>]) -> Vec<T> {
        let sorted: BTreeMap<ItemId, &Item<T>> = items.iter().map(|it| (it.id, it)).collect();
        sorted
            .into_values()
            .map(|it| it.register.shown.value.clone())
            .collect()
    }
    Person {
        birth_date: shown(chart.birth_date.as_ref()),
        sex: shown(chart.sex.as_ref()),
        deceased: shown(chart.deceased.as_ref()),
        names: all(&chart.names),
        identifiers: all(&chart.identifiers),
        telecoms: all(&chart.telecoms),
        addresses: all(&chart.addresses),
        contacts: all(&chart.contacts),
        languages: all(&chart.languages),
    }
}

record::discreet!(Resource);
