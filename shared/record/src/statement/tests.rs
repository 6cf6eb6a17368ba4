//! Sealing and opening: what goes in comes out, and nothing that comes in can hurt.

use proptest::prelude::*;

use super::*;
use crate::{
    CodeableConcept, Coding, Condition, DeviceId, DocumentReference, EnteredInError, Hlc, Json,
    Note, Observation, ObservationValue, Opaque, PersonId, Quantity, SiteId,
};

const ID: StatementId = StatementId::new([7; 16]);

fn statement(content: Content) -> Statement {
    Statement {
        id: ID,
        replaces: Vec::new(),
        encounter: None,
        stamp: Stamp {
            at: Hlc::new(1_700_000_000_000, 3),
            device: DeviceId(2),
            person: PersonId(5),
            site: SiteId(1),
        },
        role: "clinician".to_owned(),
        occurred: None,
        reason: None,
        source: None,
        content,
    }
}

fn concept() -> impl Strategy<Value = CodeableConcept> {
    (
        proptest::option::of(".{0,12}"),
        proptest::option::of("[A-Z][0-9]{2}"),
    )
        .prop_map(|(text, code)| CodeableConcept {
            coding: code
                .map(|it| Coding {
                    code: Some(it),
                    ..Coding::default()
                })
                .into_iter()
                .collect(),
            text,
            rest: None,
        })
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        ".{0,40}".prop_map(|text| Content::Note(Note { text, rest: None })),
        concept().prop_map(|code| Content::Condition(Condition {
            code,
            ..Condition::default()
        })),
        (concept(), "[0-9]{1,3}\\.[0-9]{2}").prop_map(|(code, value)| {
            let quantity = Quantity {
                value: Some(value),
                ..Quantity::default()
            };
            Content::Observation(Observation {
                code,
                value: Some(ObservationValue::Quantity(quantity)),
                ..Observation::default()
            })
        }),
        ".{0,20}".prop_map(|text| Content::Opaque(Opaque {
            resource_type: "CarePlan".to_owned(),
            json: Json(format!("{{\"title\":\"{text}\"}}")),
        })),
        (
            proptest::option::of(".{0,20}"),
            any::<[u8; 32]>(),
            any::<u32>()
        )
            .prop_map(|(title, hash, size)| Content::DocumentReference(
                DocumentReference {
                    title,
                    content_type: "image/jpeg".to_owned(),
                    hash,
                    size: u64::from(size),
                    rest: None,
                }
            )),
        Just(Content::EnteredInError(EnteredInError::default())),
    ]
}

prop_compose! {
    fn any_statement()(
        content in content(),
        id in any::<[u8; 16]>(),
        replaces in proptest::collection::vec(any::<[u8; 16]>(), 0..3),
        encounter in proptest::option::of(any::<[u8; 16]>()),
        ms in 0_u64..(1 << 48),
        reason in proptest::option::of(".{0,20}"),
        source in proptest::option::of("[A-Z][a-z]{3,9}/[0-9]{1,6}"),
        occurred in proptest::option::of("20[0-9]{2}-0[1-9]"),
    ) -> Statement {
        let mut statement = statement(content);
        statement.id = StatementId::new(id);
        statement.replaces = replaces.into_iter().map(StatementId::new).collect();
        statement.encounter = encounter.map(StatementId::new);
        statement.stamp.at = Hlc::new(ms, 0);
        statement.reason = reason;
        statement.source = source;
        statement.occurred = occurred.and_then(|it| When::parse(&it).ok());
        statement
    }
}

proptest! {
    #[test]
    fn what_was_sealed_is_opened(statement in any_statement()) {
        let sealed = statement.seal().unwrap();

        prop_assert_eq!(Statement::open(statement.id, &sealed), Ok(statement.clone()));
        prop_assert_eq!(statement.seal().unwrap(), sealed, "the encoding is deterministic");
    }

    #[test]
    fn any_bytes_are_opened_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let opened = Statement::open(ID, &bytes);

        prop_assert!(opened.is_ok() || opened == Err(StatementError::Damaged));
    }

    #[test]
    fn altered_bytes_are_opened_or_refused(
        statement in any_statement(),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
    ) {
        let mut sealed = statement.seal().unwrap();
        let at = at.index(sealed.len());
        sealed[at] = to;

        let opened = Statement::open(ID, &sealed);

        prop_assert!(opened.is_ok() || opened == Err(StatementError::Damaged));
    }
}

/// What a newer release could write: a member more in the statement and in its content.
#[derive(Serialize)]
struct Newer<'a> {
    kind: &'a str,
    by: Stamp,
    content: ByteBuf,
    mood: &'a str,
}

fn newer(kind: &str, content: Vec<u8>) -> Vec<u8> {
    let by = statement(Content::EnteredInError(EnteredInError::default())).stamp;
    let content = ByteBuf::from(content);
    serde_ipld_dagcbor::to_vec(&Newer {
        kind,
        by,
        content,
        mood: "new",
    })
    .unwrap()
}

#[test]
fn a_kind_of_a_newer_release_is_shown_as_unknown() {
    let opened = Statement::open(ID, &newer("Horoscope", vec![0xff])).unwrap();

    assert_eq!(
        opened.content,
        Content::Unknown(UnknownContent {
            kind: "Horoscope".to_owned()
        })
    );
    assert_eq!(opened.kind(), Kind::Unknown);
    assert_eq!(
        opened.seal(),
        Err(StatementError::Damaged),
        "its own bytes are what is kept"
    );
}

#[test]
fn members_of_a_newer_release_do_not_hide_what_this_one_knows() {
    #[derive(Serialize)]
    struct NewerNote<'a> {
        text: &'a str,
        tone: &'a str,
    }
    let note = serde_ipld_dagcbor::to_vec(&NewerNote {
        text: "Well.",
        tone: "calm",
    })
    .unwrap();

    let opened = Statement::open(ID, &newer("Note", note)).unwrap();

    assert_eq!(
        opened.content,
        Content::Note(Note {
            text: "Well.".to_owned(),
            rest: None
        })
    );
}

#[test]
fn a_statement_too_long_for_a_change_is_refused_both_ways() {
    let note = Content::Note(Note {
        text: "x".repeat(Statement::MAX_BYTES),
        rest: None,
    });

    let sealed = statement(note).seal();

    assert!(matches!(
        sealed,
        Err(StatementError::TooLarge {
            limit: Statement::MAX_BYTES,
            ..
        })
    ));
    let opened = Statement::open(ID, &vec![0; Statement::MAX_BYTES + 1]);
    assert!(matches!(opened, Err(StatementError::TooLarge { .. })));
}

#[test]
fn nesting_without_end_is_refused() {
    // A map of one member, `a`, whose value is arrays in arrays: what a recursive decoder overflows on.
    let mut bytes = vec![0xa1, 0x61, b'a'];
    bytes.resize(Statement::MAX_BYTES - 1, 0x81);
    bytes.push(0x80);

    assert_eq!(Statement::open(ID, &bytes), Err(StatementError::Damaged));
}

#[test]
fn every_kind_has_its_own_name() {
    let mut names: Vec<&str> = Kind::ALL.iter().map(|it| it.name()).collect();
    names.sort_unstable();
    names.dedup();

    assert_eq!(names.len(), Kind::ALL.len());
}
