//! Replacements, one after another and apart.

use crate::{
    Chart, ChartId, Content, DeviceId, EnteredInError, Hlc, Note, PersonId, SiteId, Stamp,
    Statement, StatementId,
};

fn id(number: u8) -> StatementId {
    StatementId::new([number; 16])
}

fn chart(statements: Vec<Statement>) -> Chart {
    Chart {
        statements,
        ..Chart::empty(ChartId::new([1; 16]))
    }
}

fn note(number: u8, replaces: &[u8]) -> Statement {
    Statement {
        id: id(number),
        replaces: replaces.iter().copied().map(id).collect(),
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
        content: Content::Note(Note {
            text: "…".to_owned(),
            rest: None,
        }),
    }
}

fn withdrawal(number: u8, replaces: &[u8]) -> Statement {
    let content = Content::EnteredInError(EnteredInError::default());
    Statement {
        content,
        ..note(number, replaces)
    }
}

/// Checks which statements conflict: for each conflict the statement replaced and what stands in its place.
#[track_caller]
fn check(statements: Vec<Statement>, expected: &[(u8, &[u8])]) {
    let chart = chart(statements);
    let found: Vec<(StatementId, Vec<StatementId>)> = chart
        .conflicting_statements()
        .iter()
        .map(|it| {
            let replaced = it.replaced.map_or(id(0), |it| it.id);
            (replaced, it.replacements.iter().map(|it| it.id).collect())
        })
        .collect();
    let expected: Vec<(StatementId, Vec<StatementId>)> = expected
        .iter()
        .map(|(replaced, by)| (id(*replaced), by.iter().copied().map(id).collect()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(chart.has_conflict(), !expected.is_empty());
}

#[test]
fn a_correction_of_a_correction_is_no_conflict() {
    check(vec![note(1, &[]), note(2, &[1]), note(3, &[2])], &[]);
}

#[test]
fn two_corrections_made_apart_are_a_conflict() {
    check(
        vec![note(1, &[]), note(2, &[1]), note(3, &[1])],
        &[(1, &[3, 2])],
    );
}

#[test]
fn a_conflict_is_found_however_far_its_ends_went() {
    check(
        vec![
            note(1, &[]),
            note(2, &[1]),
            note(3, &[1]),
            note(4, &[3]),
            note(5, &[4]),
        ],
        &[(1, &[5, 2])],
    );
}

#[test]
fn one_statement_in_place_of_both_resolves_it() {
    check(
        vec![note(1, &[]), note(2, &[1]), note(3, &[1]), note(4, &[2, 3])],
        &[],
    );
}

#[test]
fn a_withdrawal_against_a_correction_shows_first() {
    check(
        vec![note(1, &[]), withdrawal(2, &[1]), note(3, &[1])],
        &[(1, &[2, 3])],
    );
}

#[test]
fn two_withdrawals_agree() {
    check(
        vec![note(1, &[]), withdrawal(2, &[1]), withdrawal(3, &[1])],
        &[],
    );
}

#[test]
fn a_conflict_about_what_has_not_arrived_is_still_one() {
    check(vec![note(2, &[1]), note(3, &[1])], &[(0, &[3, 2])]);
}

#[test]
fn statements_that_replace_each_other_in_a_circle_end_nothing() {
    check(vec![note(1, &[2]), note(2, &[1]), note(3, &[1])], &[]);
}
