//! One chart's resources, read into registers and statements.

use std::collections::HashMap;

use record::{About, Content, ItemId, Json, Kind, Opaque, StatementId, When};
use serde_json::Value;

use super::index::Indexed;
use super::plan::{Plan, Planned};
use super::{ImportedChart, ImportedStatement, RegisterValue, Registry};
use crate::json::{At, Damaged, Object};
use crate::kinds::{Said, Setting};
use crate::patient::Person;
use crate::read::not_json;
use crate::values::put_text;
use crate::{Outcome, Refusal, Verdict, kinds, parts, source};

/// Builds a chart.
pub(super) fn chart<R: Registry>(
    plan: &Plan<'_>,
    planned: &Planned,
    registry: &mut R,
) -> ImportedChart {
    let mut builder = Builder {
        plan,
        planned,
        registry,
        visits: HashMap::new(),
        chart: ImportedChart {
            chart: planned.chart,
            is_new: planned.is_new,
            about: if planned.patient.is_some() {
                About::Patient
            } else {
                About::Directory
            },
            registers: Vec::new(),
            statements: Vec::new(),
            outcomes: Vec::new(),
        },
    };
    builder.read_visits();
    for place in &planned.entries {
        builder.entry(*place);
    }
    builder.chart
}

/// A visit of this chart: its statement, or why it was refused.
struct Visit {
    id: StatementId,
    said: Option<Result<Said, Refusal>>,
}

struct Builder<'a, R> {
    plan: &'a Plan<'a>,
    planned: &'a Planned,
    registry: &'a mut R,
    /// The chart's visits by their place among the entries: read first, for others point to them.
    visits: HashMap<usize, Visit>,
    chart: ImportedChart,
}

impl<R: Registry> Builder<'_, R> {
    fn read_visits(&mut self) {
        if self.planned.patient.is_none() {
            return;
        }
        for place in &self.planned.entries {
            let Some(entry) = self.plan.entries.get(*place) else {
                continue;
            };
            if entry.resource_type != "Encounter" {
                continue;
            }
            let said = members(entry).and_then(|it| self.read(entry, &it, None));
            let held = self
                .registry
                .held(&entry.source)
                .filter(|it| it.chart == self.planned.chart);
            // A visit that is held keeps its name, so that what is new in it is linked to the one that stays.
            let id = held.map_or_else(|| self.registry.statement_id(), |it| it.statement);
            self.visits.insert(
                *place,
                Visit {
                    id,
                    said: Some(said),
                },
            );
        }
    }

    fn entry(&mut self, place: usize) {
        let Some(entry) = self.plan.entries.get(place) else {
            return;
        };
        let verdict = self.take(place, entry).unwrap_or_else(Verdict::Refused);
        self.chart.outcomes.push(Outcome {
            entry: entry.number,
            resource_type: Some(entry.resource_type.clone()),
            id: entry.id().map(str::to_owned),
            verdict,
        });
    }

    fn take(&mut self, place: usize, entry: &Indexed<'_>) -> Result<Verdict, Refusal> {
        if entry.is_patient() {
            return self.patient(entry);
        }
        let members = members(entry)?;
        let visit = self.visit_of(&members, &entry.source);
        let said = match self.visits.get_mut(&place).and_then(|it| it.said.take()) {
            Some(said) => said?,
            None => self.read(entry, &members, visit.as_ref().map(|it| it.1.as_str()))?,
        };
        let kind = self.keep(place, entry, said, visit.map(|it| it.0));
        Ok(Verdict::Statement(kind))
    }

    fn read(
        &self,
        entry: &Indexed<'_>,
        members: &Object,
        visit: Option<&str>,
    ) -> Result<Said, Refusal> {
        let opaque = || kinds::read_opaque(&entry.resource_type, members);
        let Some(patient) = &self.planned.patient else {
            return Ok(opaque());
        };
        let setting = Setting {
            id: source::id_of(&entry.source).to_owned(),
            subject: Some(source::reference("Patient", patient)),
            encounter: visit.map(str::to_owned),
            occurred: None,
            born: None,
        };
        let said = kinds::read(members, &setting, &At::resource(&entry.resource_type))?;
        Ok(said.unwrap_or_else(opaque))
    }

    /// Finds the visit that a resource was made in: its statement, and how others point to it.
    fn visit_of(&self, members: &Object, seen_from: &str) -> Option<(StatementId, String)> {
        let reference = visit_reference(members)?;
        if let Some(place) = self.plan.find(reference, seen_from) {
            let visit = self.visits.get(&place)?;
            let refused = matches!(visit.said, Some(Err(_)));
            let entry = self.plan.entries.get(place)?;
            return (!refused).then(|| (visit.id, source::reference("Encounter", &entry.source)));
        }
        let plain = source::unversioned(reference);
        let names = source::absolute(plain, seen_from)
            .into_iter()
            .chain([plain.to_owned()]);
        let mut held = names.filter_map(|it| self.registry.held(&it).map(|held| (held, it)));
        let (held, name) = held.find(|(held, _)| held.chart == self.planned.chart)?;
        Some((held.statement, source::reference("Encounter", &name)))
    }

    /// Keeps what a resource says as a statement, or as several where it is too large for one.
    fn keep(
        &mut self,
        place: usize,
        entry: &Indexed<'_>,
        said: Said,
        encounter: Option<StatementId>,
    ) -> Kind {
        let held = self
            .registry
            .held(&entry.source)
            .filter(|it| it.chart == self.planned.chart);
        let visit = self
            .visits
            .get(&place)
            .filter(|_| held.is_none())
            .map(|it| it.id);
        let id = visit.unwrap_or_else(|| self.registry.statement_id());
        let contents = if parts::fits(&said.content, entry.text.len(), &entry.source) {
            vec![said.content]
        } else {
            parts::split(&entry.resource_type, entry.text, id)
        };
        self.push(
            entry,
            contents,
            &Keeping {
                id,
                held: held.map(|it| it.statement),
                encounter,
                occurred: said.occurred,
            },
        )
    }

    fn push(&mut self, entry: &Indexed<'_>, contents: Vec<Content>, keeping: &Keeping) -> Kind {
        let kind = contents.first().map_or(Kind::Opaque, kinds::kind_of);
        for (index, content) in contents.into_iter().enumerate() {
            let first = index == 0;
            self.chart.statements.push(ImportedStatement {
                entry: entry.number,
                id: if first {
                    keeping.id
                } else {
                    self.registry.statement_id()
                },
                held: keeping.held.filter(|_| first),
                part_of: (!first).then_some(keeping.id),
                encounter: keeping.encounter,
                occurred: keeping.occurred.clone(),
                source: first.then(|| entry.source.clone()),
                content,
            });
        }
        kind
    }

    /// Takes in who the patient is: the registers, and the remainder as a statement that also carries the source.
    fn patient(&mut self, entry: &Indexed<'_>) -> Result<Verdict, Refusal> {
        if !self.planned.is_new {
            return Ok(Verdict::AlreadyHeld);
        }
        let at = At::resource("Patient");
        let members = members(entry)?;
        let person = Person::read(&members, &at)?;
        let header = kinds::header("Patient", source::id_of(&entry.source));
        let unkept = |_: Damaged| at.refuse("could not be kept");
        let mut remainder = person.remainder(&members, &header).map_err(unkept)?;
        put_text(&mut remainder, "resourceType", Some("Patient"));
        self.registers(person);
        let text = Value::Object(remainder).to_string();
        let id = self.registry.statement_id();
        let whole = Content::Opaque(Opaque {
            resource_type: "Patient".to_owned(),
            json: Json(text.clone()),
        });
        let contents = if parts::fits(&whole, text.len(), &entry.source) {
            vec![whole]
        } else {
            parts::split("Patient", &text, id)
        };
        self.push(
            entry,
            contents,
            &Keeping {
                id,
                held: None,
                encounter: None,
                occurred: None,
            },
        );
        Ok(Verdict::Patient)
    }

    fn registers(&mut self, person: Person) {
        let mut registers: Vec<RegisterValue> = Vec::new();
        registers.extend(person.birth_date.map(RegisterValue::BirthDate));
        registers.extend(person.sex.map(RegisterValue::Sex));
        registers.extend(person.deceased.map(RegisterValue::Deceased));
        registers.extend(self.named(person.names, RegisterValue::Name));
        registers.extend(self.named(person.identifiers, RegisterValue::Identifier));
        registers.extend(self.named(person.telecoms, RegisterValue::Telecom));
        registers.extend(self.named(person.addresses, RegisterValue::Address));
        registers.extend(self.named(person.contacts, RegisterValue::Contact));
        registers.extend(self.named(person.languages, RegisterValue::Language));
        self.chart.registers = registers;
    }

    /// Names the items of a repeating register so that the names sort in the items' order: export can give the
    /// order back, though the register is a map.
    fn named<T>(
        &mut self,
        items: Vec<T>,
        make: fn(ItemId, T) -> RegisterValue,
    ) -> Vec<RegisterValue> {
        let mut names: Vec<ItemId> = items.iter().map(|_| self.registry.item_id()).collect();
        names.sort_unstable();
        names
            .into_iter()
            .zip(items)
            .map(|(id, item)| make(id, item))
            .collect()
    }
}

/// What a statement is kept under.
struct Keeping {
    id: StatementId,
    held: Option<StatementId>,
    encounter: Option<StatementId>,
    occurred: Option<When>,
}

fn members(entry: &Indexed<'_>) -> Result<Object, Refusal> {
    serde_json::from_str(entry.text).map_err(|problem| not_json(&problem))
}

/// Returns the member that says in which visit a resource was made.
fn visit_reference(members: &Object) -> Option<&str> {
    let visit = members
        .get("encounter")
        .or_else(|| members.get("context")?.get("encounter"))?;
    visit
        .get("reference")
        .or_else(|| visit.get(0)?.get("reference"))?
        .as_str()
}
