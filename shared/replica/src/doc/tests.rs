//! Editing, merging, loading.

mod golden;
mod hostile;
mod laws;

use record::{Agreement, Chart, Content, Hlc, Note, Statement, StatementId};

use super::*;
use crate::samples::{
    CHART, START_MS, actor, chart_with_visits, checked, registration, set_birth_date, stamp, visit,
};

fn at(ms: u64) -> Hlc {
    Hlc::new(START_MS + ms, 0)
}

fn note(id: u8, text: &str) -> Intent {
    Intent::AddStatement(Box::new(Statement {
        id: StatementId::new([id; 16]),
        replaces: Vec::new(),
        encounter: None,
        stamp: stamp(at(0), 1),
        role: String::new(),
        occurred: None,
        reason: None,
        source: None,
        content: Content::Note(Note {
            text: text.to_owned(),
            rest: None,
        }),
    }))
}

#[test]
fn an_empty_chart_is_the_same_everywhere() {
    let doc = ChartDoc::new(CHART);

    assert_eq!(doc.view(), Chart::empty(CHART));
    assert_eq!(doc.heads(), [genesis::HASH]);
    assert!(doc.changes().is_empty());
}

#[test]
fn what_is_written_is_read() {
    let (doc, changes) = chart_with_visits(3);

    let chart = doc.view();

    assert_eq!(changes.len(), 4);
    assert_eq!(chart.statements.len(), 21);
    assert_eq!(chart.visits().len(), 3);
    assert_eq!(
        chart.names[0].register.shown.value.family.as_deref(),
        Some("Wanjiru")
    );
    assert_eq!(chart.telecoms.len(), 1);
    assert!(chart.damaged.is_empty() && chart.unknown_registers.is_empty());
    assert!(!chart.has_conflict());
}

#[test]
fn birth_dates_written_apart_are_both_kept() {
    let mut here = ChartDoc::new(CHART);
    let mut there = here.clone();
    let mine = set_birth_date(&mut here, 1, 10, "1984-03-12");
    let theirs = set_birth_date(&mut there, 2, 20, "1985-03-12");

    here.apply(&[theirs]).unwrap();
    there.apply(&[mine]).unwrap();

    assert_eq!(here.view(), there.view());
    assert_eq!(here.heads(), there.heads());
    let settled = here.view().birth_date.unwrap();
    assert_eq!(settled.agreement, Agreement::Conflict);
    assert_eq!(settled.all().count(), 2);

    let resolution = set_birth_date(&mut here, 1, 30, "1985-03-12");
    there.apply(&[resolution]).unwrap();
    assert_eq!(
        there.view().birth_date.unwrap().agreement,
        Agreement::Agreed
    );
}

#[test]
fn a_snapshot_and_the_changes_give_the_same_chart() {
    let (doc, changes) = chart_with_visits(4);

    let loaded = ChartDoc::load(CHART, &doc.save()).unwrap();
    let mut rebuilt = ChartDoc::new(CHART);
    rebuilt.apply(&changes).unwrap();

    assert_eq!(loaded.view(), doc.view());
    assert_eq!(rebuilt.view(), doc.view());
    assert_eq!(rebuilt.heads(), doc.heads());
    let kept: Vec<ChangeHash> = doc.changes().iter().map(|it| checked(it).hash()).collect();
    assert_eq!(
        kept,
        changes.iter().map(CheckedChange::hash).collect::<Vec<_>>()
    );
}

#[test]
fn changes_wait_for_those_they_depend_on() {
    let (_, changes) = chart_with_visits(2);
    let mut doc = ChartDoc::new(CHART);

    let early = doc.apply(&changes[2..]);

    let missing = vec![changes[1].hash()];
    assert_eq!(early, Err(ApplyError::MissingDependencies(missing.clone())));
    assert_eq!(doc.missing(&changes[2]), missing);
    assert!(!doc.contains(&changes[2].hash()));
    let mut reversed = changes.clone();
    reversed.reverse();
    doc.apply(&reversed).unwrap();
    assert!(doc.contains(&changes[2].hash()));
    assert!(doc.missing(&changes[2]).is_empty());
}

#[test]
fn one_bad_change_is_named_and_nothing_is_merged() {
    let (_, mut changes) = chart_with_visits(2);
    let mut other = ChartDoc::new(CHART);
    let twin = other
        .edit(&actor(1), at(5), &registration(at(5), 9))
        .unwrap();
    let twin = checked(&twin);
    changes.insert(1, twin.clone());
    let mut doc = ChartDoc::new(CHART);

    let refused = doc.apply(&changes);

    // Which of the two comes first is for the hash to say; the other has taken its place.
    let reason = ApplyRefusal::SequenceTaken;
    let culprits = [changes[0].hash(), twin.hash()];
    assert!(
        matches!(refused, Err(ApplyError::Refused { change, reason: it }) if it == reason && culprits.contains(&change)),
        "{refused:?}"
    );
    assert_eq!(doc.heads(), [genesis::HASH]);
}

#[test]
fn an_edit_that_says_nothing_new_is_not_made() {
    let (mut doc, _) = chart_with_visits(0);
    let heads = doc.heads();
    let again = registration(Hlc::new(START_MS, 0), 1);

    assert_eq!(
        doc.edit(&actor(1), at(1), &[]),
        Err(EditError::NothingToWrite)
    );
    assert_eq!(
        doc.edit(&actor(1), at(1), &again),
        Err(EditError::NothingToWrite)
    );
    assert_eq!(doc.heads(), heads);
}

#[test]
fn writing_again_what_stands_beside_a_conflict_deletes_nothing() {
    let mut here = ChartDoc::new(CHART);
    let mut there = here.clone();
    set_birth_date(&mut here, 1, 10, "1984");
    here.apply(&[set_birth_date(&mut there, 2, 20, "1985")])
        .unwrap();
    let standing = here.view().birth_date.unwrap();

    for value in standing.all() {
        let again = here.edit(&actor(1), at(5), &[Intent::SetBirthDate(value.clone())]);
        assert_eq!(again, Err(EditError::NothingToWrite));
    }

    assert_eq!(here.view().birth_date, Some(standing));
}

#[test]
fn a_statement_is_written_once() {
    let mut doc = ChartDoc::new(CHART);
    doc.edit(&actor(1), at(0), &[note(1, "fever")]).unwrap();

    let again = doc.edit(&actor(1), at(1), &[note(1, "no fever")]);
    let twice = doc.edit(&actor(1), at(1), &[note(2, "a"), note(2, "b")]);

    assert_eq!(again, Err(EditError::StatementExists));
    assert_eq!(twice, Err(EditError::WrittenTwice));
    assert_eq!(doc.view().statements.len(), 1);
}

#[test]
fn an_edit_too_large_for_a_change_is_made_in_parts() {
    let mut doc = ChartDoc::new(CHART);
    let intents: Vec<Intent> = (0..12).map(|id| note(id, &"x".repeat(20_000))).collect();

    assert_eq!(
        doc.edit(&actor(1), at(0), &intents),
        Err(EditError::TooLarge)
    );
    let parts: Vec<&[Intent]> = Intent::parts(&intents).unwrap();
    for part in &parts {
        doc.edit(&actor(1), at(0), part).unwrap();
    }

    assert_eq!(parts.len(), 4);
    assert_eq!(doc.view().statements.len(), 12);
}

#[test]
fn the_largest_statement_fits_a_change() {
    let mut doc = ChartDoc::new(CHART);
    let room = Statement::MAX_BYTES - 200;

    doc.edit(&actor(1), at(0), &[note(1, &"x".repeat(room))])
        .unwrap();
    let more = doc.edit(&actor(1), at(0), &[note(2, &"x".repeat(room + 200))]);

    assert!(matches!(
        more,
        Err(EditError::Statement(StatementError::TooLarge { .. }))
    ));
}

#[test]
fn two_statements_of_one_id_are_shown_as_damaged_and_alike_everywhere() {
    let mut here = ChartDoc::new(CHART);
    let mut there = here.clone();
    let mine = here.edit(&actor(1), at(0), &[note(1, "fever")]).unwrap();
    let theirs = there
        .edit(&actor(2), at(0), &[note(1, "no fever")])
        .unwrap();

    here.apply(&[checked(&theirs)]).unwrap();
    there.apply(&[checked(&mine)]).unwrap();

    assert_eq!(here.view(), there.view());
    assert_eq!(here.view().damaged, [StatementId::new([1; 16])]);
    assert_eq!(here.view().statements.len(), 1);
}

#[test]
fn a_chart_that_many_wrote_apart_can_still_be_written() {
    let mut doc = ChartDoc::new(CHART);
    let branches: Vec<CheckedChange> = (1..=70)
        .map(|device| set_birth_date(&mut ChartDoc::new(CHART), device, 5, "1984"))
        .collect();
    doc.apply(&branches).unwrap();
    assert_eq!(doc.heads().len(), 70);

    let first = set_birth_date(&mut doc, 70, 6, "1985");
    let second = set_birth_date(&mut doc, 200, 7, "1986");
    let third = set_birth_date(&mut doc, 70, 8, "1987");

    assert_eq!((first.deps().len(), doc.heads().len()), (64, 1));
    assert_eq!((second.seq(), third.seq()), (1, 3));
    let mut rebuilt = ChartDoc::new(CHART);
    rebuilt
        .apply(&[branches, vec![third, second, first]].concat())
        .unwrap();
    assert_eq!(rebuilt.view(), doc.view());
}

#[test]
fn a_snapshot_that_is_none_is_refused() {
    let (doc, _) = chart_with_visits(1);
    let mut cut = doc.save();
    cut.truncate(cut.len() / 2);
    let other = Automerge::new().save();

    for bytes in [&[][..], b"garbage", &cut, genesis::GENESIS] {
        assert!(matches!(
            ChartDoc::load(CHART, bytes),
            Err(LoadError::Damaged)
        ));
    }
    assert!(matches!(
        ChartDoc::load(CHART, &other),
        Err(LoadError::NotAChart)
    ));
}

#[test]
fn nothing_of_a_patient_is_in_what_is_logged() {
    let (doc, changes) = chart_with_visits(1);
    let change = doc.changes().remove(0);

    let logged = format!(
        "{doc:?} {changes:?} {change:?} {:?}",
        changes[0].writes().next()
    );

    assert!(
        !logged.contains("Wanjiru") && !logged.contains("87, 97, 110"),
        "{logged}"
    );
}

#[test]
fn the_writes_of_a_change_are_listed() {
    let (mut doc, changes) = chart_with_visits(1);
    let fields: Vec<Option<Field>> = changes[0].writes().map(|it| it.field).collect();
    let correction = set_birth_date(&mut doc, 1, 9, "1985");

    assert_eq!(
        fields,
        [
            Field::Names,
            Field::Registers,
            Field::Registers,
            Field::Telecoms
        ]
        .map(Some)
    );
    assert!(
        changes[1]
            .writes()
            .all(|it| it.field == Some(Field::Statements) && !it.replaces)
    );
    let [write] = correction.writes().collect::<Vec<_>>()[..] else {
        panic!("one write")
    };
    assert_eq!((write.key, write.replaces), ("birth_date", true));
}

#[test]
fn a_visit_change_stays_small() {
    let mut doc = ChartDoc::new(CHART);
    let change = doc
        .edit(&actor(1), at(0), &visit(at(0), 1, [9; 6]))
        .unwrap();

    assert!(change.bytes.len() < 3_000, "{} bytes", change.bytes.len());
}
