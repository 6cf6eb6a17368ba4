//! What Posta wrote itself goes out as FHIR and comes back saying the same.

mod contents;
mod registers;
mod values;

use proptest::collection::vec;
use proptest::prelude::*;
use record::{Chart, ChartId, Content, Item, ItemId, Statement, StatementId, When};

use contents::said;
use registers::{item, single};

use super::support::{Imported, Memory, import, register, stamp};
use crate::RegisterValue;

/// Makes a chart as Posta writes it; every second statement was made in the first visit.
fn written(registers: &[RegisterValue], said: &[(Content, Option<When>)]) -> Chart {
    let mut chart = Chart::empty(ChartId::new([7; 16]));
    for value in registers.iter().cloned() {
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
    let visit = said
        .iter()
        .position(|(content, _)| matches!(content, Content::Encounter(_)));
    let id = |index: usize| StatementId::new([u8::try_from(index).unwrap() + 1; 16]);
    for (index, (content, occurred)) in said.iter().enumerate() {
        let is_visit = matches!(content, Content::Encounter(_));
        chart.statements.push(Statement {
            id: id(index),
            replaces: Vec::new(),
            encounter: visit.filter(|_| index % 2 == 1 && !is_visit).map(id),
            stamp: stamp(1_700_000_000_000),
            role: "nurse".to_owned(),
            occurred: occurred.clone(),
            reason: None,
            source: None,
            content: content.clone(),
        });
    }
    chart
}

/// The registers without the names of their items, in the items' order.
fn spelled(registers: &[RegisterValue]) -> Vec<String> {
    let mut sorted: Vec<(u8, Option<ItemId>, String)> = registers
        .iter()
        .map(|it| match it {
            RegisterValue::BirthDate(it) => (0, None, format!("{it:?}")),
            RegisterValue::Sex(it) => (1, None, format!("{it:?}")),
            RegisterValue::Deceased(it) => (2, None, format!("{it:?}")),
            RegisterValue::Name(id, it) => (3, Some(*id), format!("{it:?}")),
            RegisterValue::Identifier(id, it) => (4, Some(*id), format!("{it:?}")),
            RegisterValue::Telecom(id, it) => (5, Some(*id), format!("{it:?}")),
            RegisterValue::Address(id, it) => (6, Some(*id), format!("{it:?}")),
            RegisterValue::Contact(id, it) => (7, Some(*id), format!("{it:?}")),
            RegisterValue::Language(id, it) => (8, Some(*id), format!("{it:?}")),
        })
        .collect();
    sorted.sort();
    sorted.into_iter().map(|it| it.2).collect()
}

proptest! {
    #[test]
    fn what_posta_wrote_comes_back_saying_the_same(
        single in single(), items in vec(item(), 0..8), said in vec(said(), 0..6),
    ) {
        let registers: Vec<RegisterValue> = single.into_iter().chain(items).collect();
        let chart = written(&registers, &said);

        let out = crate::export(&chart);
        let Imported { charts, outcomes } = import(crate::bundle(&out.resources).as_bytes(), &mut Memory::default());

        prop_assert_eq!(&out.left_out, &[]);
        prop_assert_eq!(charts.len(), 1, "{:?}", outcomes);
        let again = &charts[0];
        prop_assert_eq!(spelled(&again.registers), spelled(&registers));
        // The first statement carries the patient's source.
        let statements = &again.statements[1..];
        prop_assert_eq!(statements.len(), said.len(), "{:?}", outcomes);
        let place = |id: Option<StatementId>| statements.iter().position(|it| Some(it.id) == id);
        let place_before = |id: Option<StatementId>| chart.statements.iter().position(|it| Some(it.id) == id);
        for (after, before) in statements.iter().zip(&chart.statements) {
            let mut content = after.content.clone();
            if let Content::Note(note) = &mut content {
                // Who wrote it where it came from.
                let rest = note.rest.take().map(|it| it.0).unwrap_or_default();
                prop_assert!(rest.contains("author"), "{}", rest);
            }
            prop_assert_eq!(&content, &before.content);
            prop_assert_eq!(&after.occurred, &before.occurred);
            prop_assert_eq!(place(after.encounter), place_before(before.encounter));
        }
    }
}
