//! What is said of a patient: statements, registers, FHIR files.

use fhir::{Document, Held, Import, Registry};
use record::{
    About, Address, BirthDate, ChartId, CodeableConcept, Contact, ContactPoint, Content, Deceased,
    DeviceId, Hlc, HumanName, Identifier, ItemId, Language, Note, Observation, ObservationValue,
    PatientNumber, PersonId, Quantity, Sex, SiteId, Stamp, Stamped, Statement, StatementId, When,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const ID: StatementId = StatementId::new([1; 16]);

/// Reads the bytes as a statement, as the value of each register, and as what a person types.
pub(crate) fn record(bytes: &[u8]) {
    if let Ok(statement) = Statement::open(ID, bytes)
        && let Ok(sealed) = statement.seal()
    {
        assert!(Statement::open(ID, &sealed) == Ok(statement));
    }
    register::<About>(bytes);
    register::<BirthDate>(bytes);
    register::<Sex>(bytes);
    register::<Deceased>(bytes);
    register::<HumanName>(bytes);
    register::<Identifier>(bytes);
    register::<ContactPoint>(bytes);
    register::<Address>(bytes);
    register::<Contact>(bytes);
    register::<Language>(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        typed(text);
    }
}

fn register<T: Serialize + DeserializeOwned + PartialEq>(bytes: &[u8]) {
    let Ok(value) = serde_ipld_dagcbor::from_slice::<Stamped<T>>(bytes) else {
        return;
    };
    if let Ok(written) = serde_ipld_dagcbor::to_vec(&value) {
        let again = serde_ipld_dagcbor::from_slice::<Stamped<T>>(&written);
        assert!(again.is_ok_and(|it| it == value), "it is read again alike");
    }
}

fn typed(text: &str) {
    if let Ok(when) = When::parse(text) {
        assert_eq!(When::parse(when.as_str()), Ok(when.clone()));
        let (_first, _parts, _date) = (when.first_ms(), when.parts(), when.date());
    }
    if let Ok(number) = PatientNumber::parse(text) {
        assert_eq!(PatientNumber::parse(&number.to_string()), Ok(number));
    }
    let _read = text.parse::<ChartId>();
    let folded = record::fold(text);
    assert_eq!(
        record::fold(&folded),
        folded,
        "folding twice is folding once"
    );
}

/// Imports the bytes as a FHIR file of either form.
pub(crate) fn fhir(bytes: &[u8]) {
    for document in [Document::read(bytes), Document::read_lines(bytes)] {
        let Ok(document) = document else { continue };
        let mut registry = Numbers(0);
        let mut import = Import::begin(&document, &mut registry);
        let mut charts = 0;
        while let Some(chart) = import.next_chart(&mut registry) {
            charts += 1;
            assert!(charts <= document.entries().max(1));
            for statement in chart.statements {
                let content = statement.content;
                drop(sealed(content));
            }
        }
    }
}

fn sealed(content: Content) -> Option<Vec<u8>> {
    let statement = Statement {
        id: ID,
        replaces: Vec::new(),
        encounter: None,
        stamp: stamp(),
        role: "nurse".to_owned(),
        occurred: When::parse("2026-02-28T09:30:00Z").ok(),
        reason: None,
        source: None,
        content,
    };
    statement.seal().ok()
}

/// Names by counting.
struct Numbers(u8);

impl Numbers {
    fn next(&mut self) -> [u8; 16] {
        self.0 = self.0.wrapping_add(1);
        [self.0; 16]
    }
}

impl Registry for Numbers {
    fn chart_id(&mut self) -> ChartId {
        ChartId::new(self.next())
    }

    fn statement_id(&mut self) -> StatementId {
        StatementId::new(self.next())
    }

    fn item_id(&mut self) -> ItemId {
        ItemId::new(self.next())
    }

    fn held(&self, _source: &str) -> Option<Held> {
        None
    }

    fn is_another(&mut self, _source: &str, _text: &str) -> bool {
        false
    }

    fn directory(&mut self, _bytes: usize) -> ChartId {
        ChartId::new([0; 16])
    }
}

fn stamp() -> Stamp {
    Stamp {
        at: Hlc::new(1_790_000_000_000, 0),
        device: DeviceId(1),
        person: PersonId(2),
        site: SiteId(3),
    }
}

pub(crate) fn record_seeds() -> Vec<Vec<u8>> {
    let note = Content::Note(Note {
        text: "fever".to_owned(),
        rest: None,
    });
    let measured = Content::Observation(Observation {
        code: CodeableConcept {
            text: Some("temperature".to_owned()),
            ..CodeableConcept::default()
        },
        value: Some(ObservationValue::Quantity(Quantity::default())),
        ..Observation::default()
    });
    let name = Stamped {
        value: HumanName {
            family: Some("Wanjiru".to_owned()),
            given: vec!["Grace".to_owned()],
            ..HumanName::default()
        },
        stamp: stamp(),
        reason: None,
    };
    let texts = [
        "2026-02-28T09:30:00+03:00",
        "1984-03",
        "0000-0098",
        "Mélanie",
    ];
    let sealed = [note, measured].into_iter().filter_map(sealed);
    let name = serde_ipld_dagcbor::to_vec(&name).ok();
    let texts = texts.map(|it| it.as_bytes().to_vec());
    sealed.chain(name).chain(texts).collect()
}

pub(crate) fn fhir_seeds() -> Vec<Vec<u8>> {
    [
        &include_bytes!("../../fixtures/fhir/visit.json")[..],
        include_bytes!("../../fixtures/fhir/lines.ndjson"),
        include_bytes!("../../fixtures/fhir/awkward.json"),
        include_bytes!("../../fixtures/fhir/broken.json"),
    ]
    .map(<[u8]>::to_vec)
    .to_vec()
}
