//! The population is the same from the same seed, and people in it are plausible.

use super::*;

#[test]
fn the_same_seed_gives_the_same_people_at_any_count() {
    let few: Vec<_> = Population::new(7).people(3).map(|it| it.bundle()).collect();
    let many: Vec<_> = Population::new(7)
        .people(30)
        .map(|it| it.bundle())
        .collect();
    let others: Vec<_> = Population::new(8).people(3).map(|it| it.bundle()).collect();

    assert_eq!(few[..], many[..3]);
    assert_ne!(few, others);
}

#[test]
fn the_same_people_may_have_fewer_visits() {
    let few = Population::new(7).with_visits(1);

    for (whole, brief) in Population::new(7).people(20).zip(few.people(20)) {
        assert_eq!(whole.uuid, brief.uuid);
        assert_eq!(brief.visits.len(), 1);
        let newest = whole.visits.last().map(|it| &it.note);
        assert_eq!(brief.visits.last().map(|it| &it.note), newest);
    }
}

#[test]
fn people_are_plausible() {
    for person in Population::new(1).people(200) {
        assert!((5..=20).contains(&person.visits.len()));
        for visit in &person.visits {
            let letters = visit.note.chars().count();
            assert!(
                (200..=600).contains(&letters),
                "a note of {letters} letters"
            );
            assert!(visit.vitals.diastolic < visit.vitals.systolic);
            assert!(visit.date.as_str() > person.birth_date.as_str());
        }
        assert!(person.visits.is_sorted_by(|a, b| a.date <= b.date));
    }
}

#[test]
fn notes_compress_like_what_nurses_write() {
    let notes: Vec<String> = Population::new(1)
        .people(120)
        .flat_map(|it| it.visits)
        .map(|it| it.note)
        .collect();
    let text = notes.join("\n");

    let packed = zstd::encode_all(text.as_bytes(), 19).unwrap();

    let millibits = packed.len() * 8_000 / text.len();
    assert!(
        (1_800..=2_700).contains(&millibits),
        "{millibits} thousandths of a bit a character"
    );
}

#[test]
fn names_are_many() {
    let people: Vec<_> = Population::new(1).people(2_000).collect();

    let names: std::collections::BTreeSet<_> = people
        .iter()
        .map(|it| format!("{} {}", it.given, it.family))
        .collect();

    assert!(
        names.len() > 1_700,
        "{} of 2,000 names are distinct",
        names.len()
    );
}

#[test]
fn every_record_is_accepted_by_the_import() {
    for person in Population::new(1).people(5) {
        let bundle = person.bundle().to_string();
        let document = fhir::Document::read(bundle.as_bytes()).unwrap();
        let mut desk = Desk(0);
        let mut import = fhir::Import::begin(&document, &mut desk);
        let chart = import.next_chart(&mut desk).unwrap();

        let kinds = chart.outcomes.iter().map(|it| &it.verdict);
        assert_eq!(import.refused(), []);
        assert!(
            kinds
                .clone()
                .all(|it| matches!(it, fhir::Verdict::Patient | fhir::Verdict::Statement(_)))
        );
        let notes = kinds.filter(|it| **it == fhir::Verdict::Statement(record::Kind::Note));
        assert_eq!(notes.count(), person.visits.len());
    }
}

/// Hands out counted identifiers.
struct Desk(u8);

impl Desk {
    fn next(&mut self) -> [u8; 16] {
        self.0 = self.0.wrapping_add(1);
        [self.0; 16]
    }
}

impl fhir::Registry for Desk {
    fn chart_id(&mut self) -> record::ChartId {
        record::ChartId::new(self.next())
    }

    fn statement_id(&mut self) -> record::StatementId {
        record::StatementId::new(self.next())
    }

    fn item_id(&mut self) -> record::ItemId {
        record::ItemId::new(self.next())
    }

    fn held(&self, _source: &str) -> Option<fhir::Held> {
        None
    }

    fn is_another(&mut self, _source: &str, _text: &str) -> bool {
        false
    }

    fn directory(&mut self, _bytes: usize) -> record::ChartId {
        record::ChartId::new([0; 16])
    }
}

#[test]
fn households_share_a_family_name_and_a_village() {
    let people: Vec<_> = Population::new(1).people(4).collect();

    assert!(
        people
            .iter()
            .all(|it| it.family == people[0].family && it.village == people[0].village)
    );
}

#[test]
fn days_are_counted_back_across_leap_years() {
    assert_eq!(days_ago(0), "2026-10-30");
    assert_eq!(days_ago(30), "2026-09-30");
    assert_eq!(days_ago(974), "2024-02-29");
}
