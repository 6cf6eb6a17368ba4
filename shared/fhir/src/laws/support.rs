//! What the laws are tested with: a registry in memory, and charts made of what was imported.

use std::collections::HashMap;

use record::{
    Agreement, Chart, ChartId, DeviceId, Hlc, Item, ItemId, PersonId, Register, SiteId, Stamp,
    Stamped, Statement, StatementId,
};
use serde_json::Value;

use crate::{
    Document, Held, Import, ImportedChart, ImportedStatement, Outcome, RegisterValue, Registry,
    Verdict,
};

/// Hands out counted identifiers and remembers sources.
#[derive(Debug, Default)]
pub(super) struct Memory {
    count: u64,
    held: HashMap<String, Held>,
}

impl Memory {
    fn next(&mut self) -> [u8; 16] {
        self.count += 1;
        // Scattered, so that no test depends on the order of fresh identifiers.
        let scattered = self.count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&scattered.to_be_bytes());
        bytes[8..].copy_from_slice(&self.count.to_be_bytes());
        bytes
    }

    pub(super) fn keep(&mut self, imported: &ImportedChart) {
        for statement in &imported.statements {
            if let Some(source) = &statement.source {
                let held = Held {
                    chart: imported.chart,
                    statement: statement.id,
                };
                self.held.insert(source.clone(), held);
            }
        }
    }
}

impl Registry for Memory {
    fn chart_id(&mut self) -> ChartId {
        ChartId::new(self.next())
    }

    fn statement_id(&mut self) -> StatementId {
        StatementId::new(self.next())
    }

    fn item_id(&mut self) -> ItemId {
        ItemId::new(self.next())
    }

    fn held(&self, source: &str) -> Option<Held> {
        self.held.get(source).copied()
    }

    fn is_another(&mut self, _source: &str, _text: &str) -> bool {
        false
    }

    fn directory(&mut self, _bytes: usize) -> ChartId {
        ChartId::new([0xd1; 16])
    }
}

/// A file as it was imported.
pub(super) struct Imported {
    pub(super) charts: Vec<ImportedChart>,
    pub(super) outcomes: Vec<Outcome>,
}

/// Imports a file.
pub(super) fn import(bytes: &[u8], registry: &mut Memory) -> Imported {
    let document = Document::read(bytes).expect("a readable file");
    let mut import = Import::begin(&document, registry);
    let mut outcomes = import.refused().to_vec();
    let mut charts = Vec::new();
    while let Some(chart) = import.next_chart(registry) {
        registry.keep(&chart);
        outcomes.extend(chart.outcomes.iter().cloned());
        charts.push(chart);
    }
    outcomes.sort_by_key(|it| it.entry);
    assert_eq!(
        outcomes.len(),
        document.entries(),
        "every entry has one outcome"
    );
    Imported { charts, outcomes }
}

pub(super) fn stamp(ms: u64) -> Stamp {
    Stamp {
        at: Hlc::new(ms, 0),
        device: DeviceId(1),
        person: PersonId(2),
        site: SiteId(3),
    }
}

pub(super) fn register<T>(value: T) -> Register<T> {
    let shown = Stamped {
        value,
        stamp: stamp(1_700_000_000_000),
        reason: None,
    };
    Register {
        shown,
        others: Vec::new(),
        agreement: Agreement::Agreed,
    }
}

/// Makes the chart that a client would make of what was imported. Every statement goes through its sealed bytes.
pub(super) fn chart(imported: &ImportedChart) -> Chart {
    let mut chart = Chart {
        about: imported.about,
        ..Chart::empty(imported.chart)
    };
    for value in imported.registers.iter().cloned() {
        match value {
            RegisterValue::BirthDate(it) => chart.birth_date = Some(register(it)),
            RegisterValue::Sex(it) => chart.sex = Some(register(it)),
            RegisterValue::Deceased(it) => chart.deceased = Some(register(it)),
            RegisterValue::Name(id, it) => chart.names.push(Item {
                id,
                register: register(it),
            }),
            RegisterValue::Identifier(id, it) => chart.identifiers.push(Item {
                id,
                register: register(it),
            }),
            RegisterValue::Telecom(id, it) => chart.telecoms.push(Item {
                id,
                register: register(it),
            }),
            RegisterValue::Address(id, it) => chart.addresses.push(Item {
                id,
                register: register(it),
            }),
            RegisterValue::Contact(id, it) => chart.contacts.push(Item {
                id,
                register: register(it),
            }),
            RegisterValue::Language(id, it) => chart.languages.push(Item {
                id,
                register: register(it),
            }),
        }
    }
    // Whatever order a replica shows them in, export gives the file's.
    chart.names.reverse();
    chart.statements = imported.statements.iter().map(statement).collect();
    chart
}

pub(super) fn statement(imported: &ImportedStatement) -> Statement {
    let statement = Statement {
        id: imported.id,
        replaces: imported.held.into_iter().collect(),
        encounter: imported.encounter,
        stamp: stamp(1_700_000_000_000),
        role: "registrar".to_owned(),
        occurred: imported.occurred.clone(),
        reason: None,
        source: imported.source.clone(),
        content: imported.content.clone(),
    };
    let sealed = statement.seal().expect("what is imported fits a statement");
    let opened = Statement::open(statement.id, &sealed).expect("what was sealed opens");
    assert_eq!(opened, statement);
    opened
}

/// Returns the resources of a Bundle, a single resource or NDJSON, in order.
pub(super) fn resources(bytes: &[u8]) -> Vec<Value> {
    let stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>();
    let mut values: Vec<Value> = stream.map(Result::unwrap).collect();
    if values.len() == 1 && values[0]["resourceType"] == "Bundle" {
        let entries = values.remove(0)["entry"].take();
        let entries = entries.as_array().cloned().unwrap_or_default();
        return entries
            .into_iter()
            .map(|mut it| it["resource"].take())
            .collect();
    }
    values
}

/// Checks the law: every accepted resource of the file goes out equal as JSON. Returns how many were accepted.
#[track_caller]
pub(super) fn check_lossless(bytes: &[u8]) -> usize {
    let imported = import(bytes, &mut Memory::default());
    let originals = resources(bytes);
    let mut exported: HashMap<String, Vec<Value>> = HashMap::new();
    for made in &imported.charts {
        let out = crate::export(&chart(made));
        assert_eq!(out.left_out, [], "nothing is left out");
        for resource in out.resources {
            let json: Value = serde_json::from_str(&resource.json).unwrap();
            exported.entry(name(&json)).or_default().push(json);
        }
    }
    let mut accepted = 0;
    for (outcome, original) in imported.outcomes.iter().zip(&originals) {
        if matches!(outcome.verdict, Verdict::Refused(_)) {
            continue;
        }
        accepted += 1;
        let found = exported
            .get(&name(original))
            .is_some_and(|it| it.contains(original));
        assert!(
            found,
            "entry {} ({}) went out other than it came in",
            outcome.entry,
            name(original)
        );
    }
    assert_eq!(
        accepted,
        exported.values().map(Vec::len).sum::<usize>(),
        "nothing is made up"
    );
    accepted
}

fn name(json: &Value) -> String {
    format!(
        "{}/{}",
        json["resourceType"].as_str().unwrap_or("?"),
        json["id"].as_str().unwrap_or("?")
    )
}
