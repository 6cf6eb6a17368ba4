//! What the one-screen summary shows and leaves out.

use super::*;
use crate::{
    ChartId, Coding, DeviceId, EnteredInError, Hlc, Note, Period, PersonId, SiteId, Stamp,
};

fn id(number: u8) -> StatementId {
    StatementId::new([number; 16])
}

/// Makes the statement of this number, recorded at as many milliseconds.
fn statement(number: u8, content: Content) -> Statement {
    Statement {
        id: id(number),
        replaces: Vec::new(),
        encounter: None,
        stamp: Stamp {
            at: Hlc::new(u64::from(number), 0),
            device: DeviceId(1),
            person: PersonId(1),
            site: SiteId(1),
        },
        role: String::new(),
        occurred: None,
        reason: None,
        source: None,
        content,
    }
}

fn chart(statements: Vec<Statement>) -> Chart {
    Chart {
        statements,
        ..Chart::empty(ChartId::new([1; 16]))
    }
}

fn words(text: &str) -> CodeableConcept {
    CodeableConcept {
        text: Some(text.to_owned()),
        ..CodeableConcept::default()
    }
}

fn code(code: &str) -> CodeableConcept {
    let coding = Coding {
        code: Some(code.to_owned()),
        ..Coding::default()
    };
    CodeableConcept {
        coding: vec![coding],
        ..CodeableConcept::default()
    }
}

fn allergy(substance: &str, status: Option<&str>) -> Content {
    Content::AllergyIntolerance(AllergyIntolerance {
        code: words(substance),
        clinical_status: status.map(code),
        ..AllergyIntolerance::default()
    })
}

fn problem(concept: CodeableConcept, status: Option<&str>) -> Content {
    Content::Condition(Condition {
        code: concept,
        clinical_status: status.map(code),
        ..Condition::default()
    })
}

fn medicine(name: &str, status: Option<&str>) -> Content {
    Content::MedicationRequest(MedicationRequest {
        medication: words(name),
        status: status.map(str::to_owned),
        ..MedicationRequest::default()
    })
}

fn ids<T>(listed: &[(&Statement, &T)]) -> Vec<StatementId> {
    listed.iter().map(|(it, _content)| it.id).collect()
}

#[test]
fn one_allergy_outweighs_none_known() {
    let none = Content::AllergyIntolerance(AllergyIntolerance {
        code: code("716186003"),
        ..AllergyIntolerance::default()
    });
    let with = chart(vec![
        statement(1, allergy("penicillin", None)),
        statement(2, none.clone()),
    ]);
    let without = chart(vec![
        statement(1, allergy("No known allergies", None)),
        statement(2, none),
    ]);

    assert_eq!(ids(&with.allergies()), [id(1)]);
    assert_eq!(ids(&without.allergies()), [id(2), id(1)]);
    assert!(chart(Vec::new()).allergies().is_empty(), "nobody has asked");
}

#[test]
fn an_allergy_that_is_over_is_not_listed_and_one_without_status_is() {
    let chart = chart(vec![
        statement(1, allergy("latex", Some("resolved"))),
        statement(2, allergy("aspirin", Some("active"))),
        statement(3, allergy("peanut", None)),
    ]);

    assert_eq!(ids(&chart.allergies()), [id(3), id(2)]);
}

#[test]
fn a_withdrawn_allergy_is_not_listed() {
    let mut withdrawal = statement(2, Content::EnteredInError(EnteredInError::default()));
    withdrawal.replaces = vec![id(1)];
    let chart = chart(vec![statement(1, allergy("latex", None)), withdrawal]);

    assert!(chart.allergies().is_empty());
}

#[test]
fn a_problem_is_listed_once_however_often_it_was_diagnosed() {
    let chart = chart(vec![
        statement(1, problem(code("B54"), Some("active"))),
        statement(2, problem(code("B54"), None)),
        statement(3, problem(words("Asthma"), None)),
        statement(4, problem(words("ASTHMA."), None)),
        statement(5, problem(code("I10"), Some("resolved"))),
        statement(6, problem(CodeableConcept::default(), None)),
        statement(7, problem(CodeableConcept::default(), None)),
    ]);

    assert_eq!(ids(&chart.problems()), [id(7), id(6), id(4), id(2)]);
}

#[test]
fn medicines_that_were_stopped_are_not_listed() {
    let chart = chart(vec![
        statement(1, medicine("metformin", Some("active"))),
        statement(2, medicine("amoxicillin", Some("stopped"))),
        statement(3, medicine("warfarin", Some("on-hold"))),
    ]);

    assert_eq!(ids(&chart.medicines()), [id(3), id(1)]);
}

#[test]
fn visits_come_newest_first_with_what_was_said_in_them() {
    let visit = |number: u8, day: &str| {
        let start = When::parse(day).ok();
        let period = Some(Period { start, end: None });
        statement(
            number,
            Content::Encounter(Encounter {
                period,
                ..Encounter::default()
            }),
        )
    };
    let note = |number: u8, encounter: u8| Statement {
        encounter: Some(id(encounter)),
        ..statement(number, Content::Note(Note::default()))
    };
    let signed = Statement {
        replaces: vec![id(1)],
        ..visit(5, "2026-02-01")
    };
    let chart = chart(vec![
        visit(1, "2026-02-01"),
        note(2, 1),
        visit(3, "2020-05-05"),
        note(4, 3),
        signed,
        note(6, 5),
        note(7, 99),
    ]);

    let visits: Vec<(StatementId, Vec<StatementId>)> = chart
        .visits()
        .iter()
        .map(|it| {
            (
                it.statement.id,
                it.statements.iter().map(|it| it.id).collect(),
            )
        })
        .collect();

    assert_eq!(visits, [(id(5), vec![id(2), id(6)]), (id(3), vec![id(4)])]);
}

#[test]
fn what_was_made_in_a_draft_that_two_visits_replaced_is_in_the_newer_of_them() {
    let visit = |number: u8, replaces: Vec<StatementId>| Statement {
        replaces,
        ..statement(number, Content::Encounter(Encounter::default()))
    };
    let note = |number: u8, encounter: u8| Statement {
        encounter: Some(id(encounter)),
        ..statement(number, Content::Note(Note::default()))
    };
    // 1 ← 2 ← 3 and 2 ← 4: of two that end the same drafts the newer comes first. 8 and 9 go round in a circle.
    let chart = chart(vec![
        visit(1, vec![]),
        visit(2, vec![id(1)]),
        visit(3, vec![id(2)]),
        visit(4, vec![id(2)]),
        note(5, 1),
        note(6, 3),
        note(7, 4),
        visit(8, vec![id(9)]),
        visit(9, vec![id(8)]),
    ]);

    let visits: Vec<(StatementId, Vec<StatementId>)> = chart
        .visits()
        .iter()
        .map(|it| {
            let made = it.statements.iter().map(|it| it.id).collect();
            (it.statement.id, made)
        })
        .collect();

    assert_eq!(visits, [(id(4), vec![id(5), id(7)]), (id(3), vec![id(6)])]);
}
