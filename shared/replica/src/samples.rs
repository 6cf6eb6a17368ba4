//! What tests write into charts.

use proptest::prelude::*;
use record::{
    BirthDate, ChartId, CodeableConcept, Coding, Condition, ContactPoint, Content, DeviceId,
    Encounter, EncounterStatus, EnteredInError, Hlc, HumanName, ItemId, Note, Observation,
    ObservationComponent, ObservationValue, Period, PersonId, Quantity, Sex, SiteId, Stamp,
    Stamped, Statement, StatementId, Vital, When,
};

use crate::{Actor, Change, ChartDoc, CheckedChange, EditError, Intent, check};

pub(crate) const CHART: ChartId = ChartId::new([1; 16]);

/// The noon on which the samples begin.
pub(crate) const START_MS: u64 = 1_790_000_000_000;

pub(crate) fn actor(number: u8) -> Actor {
    Actor::new([number; 16])
}

pub(crate) fn stamp(at: Hlc, device: u32) -> Stamp {
    Stamp {
        at,
        device: DeviceId(device),
        person: PersonId(device),
        site: SiteId(device),
    }
}

pub(crate) fn stamped<T>(value: T, at: Hlc, device: u32) -> Stamped<T> {
    Stamped {
        value,
        stamp: stamp(at, device),
        reason: None,
    }
}

pub(crate) fn birth_date(text: &str) -> BirthDate {
    BirthDate {
        date: When::parse(text).unwrap(),
        estimated: false,
    }
}

/// Returns what passed the check of a change made here.
pub(crate) fn checked(change: &Change) -> CheckedChange {
    check(&change.bytes).unwrap()
}

/// Writes the birth date, as a device does.
pub(crate) fn set_birth_date(doc: &mut ChartDoc, device: u8, ms: u64, text: &str) -> CheckedChange {
    let value = stamped(birth_date(text), Hlc::new(ms, 0), u32::from(device));
    let change = doc.edit(
        &actor(device),
        Hlc::new(ms, 0),
        &[Intent::SetBirthDate(value)],
    );
    checked(&change.unwrap())
}

/// A new patient: a name, a sex, a birth date, a phone.
pub(crate) fn registration(at: Hlc, device: u32) -> Vec<Intent> {
    let id = |index| ItemId::in_series(at, [3; 6], index);
    let name = HumanName {
        family: Some("Wanjiru".to_owned()),
        given: vec!["Grace".to_owned()],
        ..HumanName::default()
    };
    let phone = ContactPoint {
        value: Some("+254 722 000 111".to_owned()),
        ..ContactPoint::default()
    };
    vec![
        Intent::PutName(id(0), stamped(name, at, device)),
        Intent::SetSex(stamped(Sex::Female, at, device)),
        Intent::SetBirthDate(stamped(birth_date("1984-03-12"), at, device)),
        Intent::PutTelecom(id(1), stamped(phone, at, device)),
    ]
}

/// A visit: the encounter, four vital signs, a diagnosis and a note of 300 characters.
pub(crate) fn visit(at: Hlc, device: u32, random: [u8; 6]) -> Vec<Intent> {
    let id = |index| StatementId::in_series(at, random, index);
    let when = When::from_ms(at.ms());
    let encounter = Content::Encounter(Encounter {
        status: Some(EncounterStatus::Closed),
        reason_code: vec![concept("", "fever and headache for three days")],
        period: Some(Period {
            start: Some(when),
            end: None,
        }),
        ..Encounter::default()
    });
    let pressure = Content::Observation(Observation {
        code: concept("85354-9", ""),
        component: [(Vital::Systolic, "128"), (Vital::Diastolic, "82")]
            .map(|(vital, value)| ObservationComponent {
                code: concept(vital.loinc(), ""),
                value: Some(ObservationValue::Quantity(quantity(vital, value))),
                rest: None,
            })
            .to_vec(),
        ..Observation::default()
    });
    let measured = |vital: Vital, value: &str| {
        Content::Observation(Observation {
            code: concept(vital.loinc(), ""),
            value: Some(ObservationValue::Quantity(quantity(vital, value))),
            ..Observation::default()
        })
    };
    let diagnosis = Content::Condition(Condition {
        code: concept("B54", "Unspecified malaria"),
        ..Condition::default()
    });
    let note = "Patient reports three days of fever with chills in the evening, headache and poor \
        appetite; no cough, no vomiting. Travelled to the lake last week, slept without a net. \
        Looks tired but alert, neck supple, chest clear, spleen not palpable. Rapid test positive. \
        Started on AL, first dose here, review in 3 days.";
    let contents = [
        encounter,
        pressure,
        measured(Vital::Temperature, "38.6"),
        measured(Vital::HeartRate, "96"),
        measured(Vital::Weight, "61.5"),
        diagnosis,
        Content::Note(Note {
            text: note.to_owned(),
            rest: None,
        }),
    ];
    let statement = |(index, content): (usize, Content)| {
        let index = u16::try_from(index).unwrap();
        Intent::AddStatement(Box::new(Statement {
            id: id(index),
            replaces: Vec::new(),
            encounter: (index > 0).then(|| id(0)),
            stamp: stamp(at, device),
            role: "clinician".to_owned(),
            occurred: None,
            reason: None,
            source: None,
            content,
        }))
    };
    contents.into_iter().enumerate().map(statement).collect()
}

fn concept(code: &str, text: &str) -> CodeableConcept {
    let some = |it: &str| (!it.is_empty()).then(|| it.to_owned());
    let coding = some(code).map(|code| Coding {
        system: Some("http://loinc.org".to_owned()),
        code: Some(code),
        ..Coding::default()
    });
    CodeableConcept {
        coding: coding.into_iter().collect(),
        text: some(text),
        rest: None,
    }
}

fn quantity(vital: Vital, value: &str) -> Quantity {
    Quantity {
        value: Some(value.to_owned()),
        code: Some(vital.unit().to_owned()),
        ..Quantity::default()
    }
}

/// A chart with a registration and as many visits, by two devices in turn.
pub(crate) fn chart_with_visits(visits: u8) -> (ChartDoc, Vec<CheckedChange>) {
    let mut doc = ChartDoc::new(CHART);
    let at = Hlc::new(START_MS, 0);
    let mut changes = vec![doc.edit(&actor(1), at, &registration(at, 1)).unwrap()];
    for number in 0..visits {
        let at = Hlc::new(START_MS + u64::from(number) * 86_400_000, 1);
        let device = 1 + number % 2;
        let intents = visit(at, u32::from(device), [number; 6]);
        changes.push(doc.edit(&actor(device), at, &intents).unwrap());
    }
    (doc, changes.iter().map(checked).collect())
}

/// One thing that a test's device writes, before it is known when and where.
#[derive(Debug, Clone)]
pub(crate) enum Word {
    BirthDate(&'static str),
    Sex(Sex),
    Name(u8, &'static str),
    Phone(u8, &'static str),
    Note(&'static str),
    Correct(usize),
    Withdraw(usize),
}

/// Few values and few ids, so that devices meet.
pub(crate) fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        prop::sample::select(vec!["1984", "1984-03", "1984-03-12", "1985", "1990-01-01"])
            .prop_map(Word::BirthDate),
        prop::sample::select(vec![Sex::Female, Sex::Male, Sex::Unknown]).prop_map(Word::Sex),
        (
            0_u8..3,
            prop::sample::select(vec!["Amina", "Grace", "Grâce"])
        )
            .prop_map(|(id, name)| Word::Name(id, name)),
        (0_u8..2, prop::sample::select(vec!["0722", "0733"]))
            .prop_map(|(id, phone)| Word::Phone(id, phone)),
        prop::sample::select(vec!["well", "fever"]).prop_map(Word::Note),
        any::<usize>().prop_map(Word::Correct),
        any::<usize>().prop_map(Word::Withdraw),
    ]
}

/// Makes an intent of a word. `serial` makes its ids its own; what it corrects is picked from the chart.
pub(crate) fn intent(doc: &ChartDoc, word: &Word, at: Hlc, device: u32, serial: u16) -> Intent {
    let item = |id: u8| ItemId::new([id; 16]);
    let statement = |content: Content, replaces: Vec<StatementId>| {
        let random = [u8::try_from(device).unwrap(); 6];
        Intent::AddStatement(Box::new(Statement {
            id: StatementId::in_series(at, random, serial),
            replaces,
            encounter: None,
            stamp: stamp(at, device),
            role: String::new(),
            occurred: None,
            reason: Some("test".to_owned()),
            source: None,
            content,
        }))
    };
    let picked = |pick: usize| {
        let all = doc.view().statements;
        let at = pick.checked_rem(all.len());
        at.map(|it| all[it].id).into_iter().collect::<Vec<_>>()
    };
    let note = |text: &str| {
        Content::Note(Note {
            text: text.to_owned(),
            rest: None,
        })
    };
    match word {
        Word::BirthDate(text) => Intent::SetBirthDate(stamped(birth_date(text), at, device)),
        Word::Sex(sex) => Intent::SetSex(stamped(*sex, at, device)),
        Word::Name(id, name) => {
            let name = HumanName {
                given: vec![(*name).to_owned()],
                ..HumanName::default()
            };
            Intent::PutName(item(*id), stamped(name, at, device))
        }
        Word::Phone(id, phone) => {
            let phone = ContactPoint {
                value: Some((*phone).to_owned()),
                ..ContactPoint::default()
            };
            Intent::PutTelecom(item(*id), stamped(phone, at, device))
        }
        Word::Note(text) => statement(note(text), Vec::new()),
        Word::Correct(pick) => statement(note("corrected"), picked(*pick)),
        Word::Withdraw(pick) => statement(
            Content::EnteredInError(EnteredInError::default()),
            picked(*pick),
        ),
    }
}

/// Writes words as one change; `None` if they say nothing new or one thing twice.
pub(crate) fn write(
    doc: &mut ChartDoc,
    writer: (&Actor, u32),
    at: Hlc,
    words: &[(u16, Word)],
) -> Option<CheckedChange> {
    let intents: Vec<Intent> = words
        .iter()
        .map(|(serial, word)| intent(doc, word, at, writer.1, *serial))
        .collect();
    match doc.edit(writer.0, at, &intents) {
        Ok(change) => Some(checked(&change)),
        Err(EditError::NothingToWrite | EditError::WrittenTwice) => None,
        Err(error) => panic!("an edit failed: {error}"),
    }
}
