//! Files that are not what they should be. Nothing here may panic, hang or take more memory than the file has.

use proptest::prelude::*;

use super::support::{Memory, import};
use crate::parts::MAX_RESOURCE_BYTES;
use crate::patient::{MAX_ITEM_BYTES, MAX_ITEMS};
use crate::read::MAX_ENTRIES;
use crate::source;
use crate::{Document, Import, ReadError, Refusal, Verdict};

#[track_caller]
fn check_refused(bytes: &[u8], expected: &str) {
    let found = Document::read(bytes).err().map(|it| it.to_string());
    assert_eq!(
        found.as_deref(),
        Some(expected),
        "reading {:?}",
        String::from_utf8_lossy(bytes)
    );
}

#[test]
fn what_is_not_fhir_is_refused_with_words_that_help() {
    check_refused(b"", "not a FHIR JSON file: it is empty");
    check_refused(b" \n", "not a FHIR JSON file: it is empty");
    check_refused(b"\xff\xfe{", "not a FHIR JSON file: it is not text (UTF-8)");
    check_refused(
        b"PK\x03\x04",
        "not a FHIR JSON file: it does not begin with a JSON object",
    );
    check_refused(
        b"<Bundle/>",
        "not a FHIR JSON file: it is XML; export it as JSON",
    );
    check_refused(
        b"[{}]",
        "not a FHIR JSON file: it is a list; export it as a Bundle or as NDJSON",
    );
    check_refused(b"{}", "not a FHIR JSON file: it has no resourceType");
    check_refused(b"{oh no}", "not a FHIR JSON file: it is not JSON");
    check_refused(b"{\"resourceType\"", "not a FHIR JSON file: it is not JSON");
    check_refused(
        b"{\"entry\":[{}",
        "not a FHIR JSON file: it breaks off or is not JSON",
    );
    check_refused(
        br#"{"resourceType":"Bundle","type":"history","entry":[]}"#,
        "not a FHIR JSON file: a history Bundle has several versions of each resource; export a collection",
    );
}

#[test]
fn a_line_that_is_none_refuses_only_itself_wherever_it_stands() {
    let good = r#"{"resourceType":"Patient","id":"1"}"#;
    for bad in ["{\"resourceType\"", "hello", "[]", "}", "{}", "\u{0}"] {
        for file in [
            format!("{bad}\n{good}\n\n{good}"),
            format!("{good}\r\n{bad}\n{good}"),
        ] {
            let document = Document::read_lines(file.as_bytes()).unwrap();

            let broken = document.iter().filter(|it| it.text.is_err()).count();
            assert_eq!((document.entries(), broken), (3, 1), "{file:?}");
        }
    }
}

#[test]
fn a_line_that_is_no_text_refuses_only_itself() {
    let good: &[u8] = br#"{"resourceType":"Patient","id":"1"}"#;
    let file = [b"\xef\xbb\xbf".as_slice(), good, b"\n\xff\xfe\n", good].concat();

    let document = Document::read_lines(&file).unwrap();

    let read: Vec<bool> = document.iter().map(|it| it.text.is_ok()).collect();
    assert_eq!(read, [true, false, true]);
    assert!(Document::read_lines(b" \n\n").is_err());
}

#[test]
fn a_member_that_is_repeated_refuses_its_resource_and_is_named_without_its_value() {
    let file = r#"{"resourceType":"Patient","id":"1","gender":"female","gend\u0065r":"male"}
{"resourceType":"Patient","id":"2","name":[{"family":"A"},{"family":"Abeke","family":"Mwangi"}]}
{"resourceType":"Patient","id":"3","contained":[{"id":"1","id":"1"}]}
{"resourceType":"Patient","id":"4","gender":"female","name":[{"family":"A"},{"family":"B"}]}"#;

    let imported = import(file.as_bytes(), &mut Memory::default());

    let problems: Vec<String> = imported
        .outcomes
        .iter()
        .map(|it| match &it.verdict {
            Verdict::Refused(refusal) => refusal.to_string(),
            other @ (Verdict::Patient | Verdict::Statement(_) | Verdict::AlreadyHeld) => {
                format!("{other:?}")
            }
        })
        .collect();
    assert_eq!(
        problems,
        [
            "Patient.gender: stands there more than once; keep the one that is right",
            "Patient.name[1].family: stands there more than once; keep the one that is right",
            "Patient.contained[0].id: stands there more than once; keep the one that is right",
            "Patient",
        ]
    );
}

#[test]
fn a_file_that_breaks_off_gives_what_stands_before() {
    let whole = br#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","id":"1"}},{"resource":{"resourceType":"Patient","id":"2"}}]}"#;
    let cut = &whole[..whole.len() - 20];

    let imported = import(cut, &mut Memory::default());

    assert_eq!(imported.outcomes[0].verdict, Verdict::Patient);
    assert!(matches!(
        &imported.outcomes[1].verdict,
        Verdict::Refused(Refusal::NotJson(_))
    ));
}

#[test]
fn nesting_without_end_refuses_only_the_entry() {
    let deep = format!(
        "{}1{}",
        "{\"extension\":[".repeat(50_000),
        "]}".repeat(50_000)
    );
    let file = format!(
        r#"{{"resourceType":"Bundle","type":"batch","entry":[{{"resource":{deep}}},{{"resource":{{"resourceType":"Patient","id":"2"}}}}]}}"#
    );

    let imported = import(file.as_bytes(), &mut Memory::default());

    assert!(matches!(
        &imported.outcomes[0].verdict,
        Verdict::Refused(Refusal::NotJson(_))
    ));
    assert_eq!(imported.outcomes[1].verdict, Verdict::Patient);
}

#[test]
fn a_resource_beyond_the_limit_is_refused() {
    let of = |size: usize| {
        let around = r#"{"resourceType":"Basic","x":""}"#.len();
        let text = "a".repeat(size - around);
        import(
            format!(r#"{{"resourceType":"Basic","x":"{text}"}}"#).as_bytes(),
            &mut Memory::default(),
        )
    };

    let (most, more) = (of(MAX_RESOURCE_BYTES), of(MAX_RESOURCE_BYTES + 1));

    assert!(matches!(&most.outcomes[0].verdict, Verdict::Statement(_)));
    let (size, limit) = (MAX_RESOURCE_BYTES + 1, MAX_RESOURCE_BYTES);
    assert_eq!(
        more.outcomes[0].verdict,
        Verdict::Refused(Refusal::TooLarge { size, limit })
    );
}

#[test]
fn more_entries_than_the_limit_are_refused() {
    let file = format!(
        r#"{{"resourceType":"Bundle","entry":[{}1]}}"#,
        "1,".repeat(MAX_ENTRIES)
    );

    let problem = Document::read(file.as_bytes()).err();

    assert_eq!(problem, Some(ReadError::TooMany { limit: MAX_ENTRIES }));
}

#[test]
fn more_names_than_a_person_has_are_refused() {
    let refused = |names: &[String]| {
        let names = names.join(",");
        let file = format!(r#"{{"resourceType":"Patient","name":[{names}]}}"#);
        let imported = import(file.as_bytes(), &mut Memory::default());
        match &imported.outcomes[0].verdict {
            Verdict::Refused(refusal) => Some(refusal.to_string()),
            Verdict::Patient | Verdict::Statement(_) | Verdict::AlreadyHeld => None,
        }
    };
    let short = || r#"{"family":"x"}"#.to_owned();
    let long = |bytes: usize| {
        let around = r#"{"text":""}"#.len();
        format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes - around))
    };

    assert_eq!(refused(&vec![short(); MAX_ITEMS]), None);
    assert_eq!(
        refused(&vec![short(); MAX_ITEMS + 1]),
        Some(format!("Patient.name: more than {MAX_ITEMS}"))
    );
    assert_eq!(refused(&[long(MAX_ITEM_BYTES)]), None);
    assert_eq!(
        refused(&[short(), long(MAX_ITEM_BYTES + 1)]),
        Some(format!("Patient.name[1]: more than {MAX_ITEM_BYTES} bytes"))
    );
}

#[test]
fn an_address_longer_than_any_is_refused() {
    let of = |length: usize| {
        let url = format!("{:x<length$}", "https://");
        let file = format!(
            r#"{{"resourceType":"Bundle","entry":[{{"fullUrl":"{url}","resource":{{"resourceType":"Patient"}}}}]}}"#
        );
        import(file.as_bytes(), &mut Memory::default())
            .outcomes
            .remove(0)
            .verdict
    };

    assert_eq!(of(source::MAX_BYTES), Verdict::Patient);
    let Verdict::Refused(refusal) = of(source::MAX_BYTES + 1) else {
        panic!("accepted")
    };
    assert_eq!(
        refusal.to_string(),
        format!(
            "Patient: its fullUrl has more than {} bytes",
            source::MAX_BYTES
        )
    );
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    let wrong = [
        (r#""name":"Ana""#, "Patient.name: an array was expected"),
        (
            r#""name":[["Ana"]]"#,
            "Patient.name[0]: an array in an array is not FHIR",
        ),
        (
            r#""name":[{"given":"Ana"}]"#,
            "Patient.name[0].given: an array was expected",
        ),
        (
            r#""name":[{"given":[5]}]"#,
            "Patient.name[0].given[0]: a text was expected",
        ),
        (
            r#""gender":"F""#,
            "Patient.gender: none of male, female, other, unknown",
        ),
        (
            r#""birthDate":19840312"#,
            "Patient.birthDate: a text was expected",
        ),
        (
            r#""birthDate":"1984-03-12T00:00:00Z""#,
            "Patient.birthDate: a date without a time was expected",
        ),
        (
            r#""deceasedBoolean":"no""#,
            "Patient.deceasedBoolean: true or false was expected",
        ),
        (
            r#""deceasedBoolean":true,"deceasedDateTime":"2020""#,
            "Patient.deceasedBoolean: stands beside deceasedDateTime; only one may",
        ),
        (
            r#""birthDate":"1984","deceasedDateTime":"1983-05-05""#,
            "Patient.deceasedDateTime: before the birth date",
        ),
        (
            r#""telecom":[{"system":"drum"}]"#,
            "Patient.telecom[0].system: none of phone, fax, email, pager, url, sms, other",
        ),
        (
            r#""id":"Ana Ñandú""#,
            "Patient.id: 1 to 64 letters, digits, hyphens and dots were expected",
        ),
    ];
    for (member, expected) in wrong {
        let file = format!(r#"{{"resourceType":"Patient",{member}}}"#);

        let imported = import(file.as_bytes(), &mut Memory::default());

        let Verdict::Refused(refusal) = &imported.outcomes[0].verdict else {
            panic!("accepted {member}")
        };
        assert_eq!(refusal.to_string(), expected);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        take(&bytes);
    }

    #[test]
    fn arbitrary_json_like_text_never_panics(text in r#"[\{\}\[\]",:0-9a-z\\ \n]{0,60}"#) {
        take(text.as_bytes());
        take(format!(r#"{{"resourceType":"Bundle","entry":[{text}]}}"#).as_bytes());
        take(format!(r#"{{"resourceType":"Patient",{text}}}"#).as_bytes());
    }

    #[test]
    fn an_altered_file_never_panics(at in 0_usize..8_000, byte in any::<u8>()) {
        let mut bytes = include_bytes!("../../../../tests/fixtures/fhir/visit.json").to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        take(&bytes);
    }
}

fn take(bytes: &[u8]) {
    let mut registry = Memory::default();
    let Ok(document) = Document::read(bytes) else {
        return;
    };
    let mut import = Import::begin(&document, &mut registry);
    while let Some(made) = import.next_chart(&mut registry) {
        let out = crate::export(&super::support::chart(&made));
        assert_eq!(out.left_out, []);
    }
}
