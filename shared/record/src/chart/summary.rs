//! What the one-screen summary shows: allergies, problems, medicines, visits.
//!
//! Everything here errs on the safe side: what has no status counts as active, and one allergy outweighs any
//! number of "none known".

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    AllergyIntolerance, Chart, CodeableConcept, Condition, Content, DocumentReference, Encounter,
    MedicationRequest, Statement, StatementId, When, fold,
};

/// A visit and what was said in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit<'a> {
    /// The statement that opened it, as it stands.
    pub statement: &'a Statement,
    /// What that statement says.
    pub encounter: &'a Encounter,
    /// The statements made in it that stand, in the order of recording.
    pub statements: Vec<&'a Statement>,
}

/// SNOMED CT's concepts that say there is no allergy: none, of any kind, to a drug, to food, to the environment.
const NO_ALLERGY: [&str; 4] = ["716186003", "409137002", "429625007", "428607008"];

impl AllergyIntolerance {
    /// Tells whether this says that no allergy is known.
    #[must_use]
    pub fn is_none_known(&self) -> bool {
        let coded = self.code.coding.iter().filter_map(|it| it.code.as_deref());
        let mut coded = coded.filter(|it| NO_ALLERGY.contains(it));
        let words = self.code.text.as_deref().map(fold);
        coded.next().is_some()
            || words.is_some_and(|it| it.starts_with("no known") && it.contains("allerg"))
    }
}

impl Chart {
    /// Returns the allergies that stand, newest first. "None known" is among them only if nothing else is; if the
    /// list is empty, nobody has asked.
    #[must_use]
    pub fn allergies(&self) -> Vec<(&Statement, &AllergyIntolerance)> {
        let mut allergies = self.newest(|content| {
            let Content::AllergyIntolerance(it) = content else {
                return None;
            };
            is_current(it.clinical_status.as_ref(), it.verification_status.as_ref()).then_some(it)
        });
        if allergies.iter().any(|(_statement, it)| !it.is_none_known()) {
            allergies.retain(|(_statement, it)| !it.is_none_known());
        }
        allergies
    }

    /// Returns the attachments that stand, newest first.
    #[must_use]
    pub fn documents(&self) -> Vec<(&Statement, &DocumentReference)> {
        self.newest(|content| {
            let Content::DocumentReference(it) = content else {
                return None;
            };
            Some(it)
        })
    }

    /// Returns the problems that are active, newest first, each once.
    #[must_use]
    pub fn problems(&self) -> Vec<(&Statement, &Condition)> {
        let problems = self.newest(|content| {
            let Content::Condition(it) = content else {
                return None;
            };
            is_current(it.clinical_status.as_ref(), it.verification_status.as_ref()).then_some(it)
        });
        once_each(problems, |it| &it.code)
    }

    /// Returns the medicines that are active or on hold, newest first, each once.
    #[must_use]
    pub fn medicines(&self) -> Vec<(&Statement, &MedicationRequest)> {
        let medicines = self.newest(|content| {
            let Content::MedicationRequest(it) = content else {
                return None;
            };
            let status = it.status.as_deref();
            matches!(status, None | Some("active" | "on-hold" | "unknown")).then_some(it)
        });
        once_each(medicines, |it| &it.medication)
    }

    /// Returns the visits, newest first, with what was said in each.
    ///
    /// A statement belongs to the visit as it stands now, also if it was made while the visit was a draft.
    #[must_use]
    pub fn visits(&self) -> Vec<Visit<'_>> {
        let encounters = self.newest(|content| {
            let Content::Encounter(it) = content else {
                return None;
            };
            Some(it)
        });
        let place = self.places(
            encounters
                .iter()
                .map(|(statement, _encounter)| statement.id),
        );
        let mut visits: Vec<Visit<'_>> = encounters
            .into_iter()
            .map(|(statement, encounter)| Visit {
                statement,
                encounter,
                statements: Vec::new(),
            })
            .collect();
        for statement in self.live() {
            let at = statement.encounter.and_then(|it| place.get(&it));
            if let Some(visit) = at.and_then(|it| visits.get_mut(*it)) {
                visit.statements.push(statement);
            }
        }
        visits
    }

    /// Returns, for each of these visits and for all that they took the place of, which of them it is now: the
    /// first that leads there. What one has reached is reached no further by the others, so that each statement
    /// is looked at once, however many visits took the place of the same drafts.
    fn places(&self, visits: impl Iterator<Item = StatementId>) -> BTreeMap<StatementId, usize> {
        let replaced: BTreeMap<StatementId, &[StatementId]> = self
            .statements
            .iter()
            .map(|it| (it.id, it.replaces.as_slice()))
            .collect();
        let mut place = BTreeMap::new();
        for (at, visit) in visits.enumerate() {
            let mut waiting = vec![visit];
            while let Some(id) = waiting.pop() {
                if let Entry::Vacant(it) = place.entry(id) {
                    it.insert(at);
                    waiting.extend(replaced.get(&id).copied().unwrap_or_default());
                }
            }
        }
        place
    }

    /// Returns the live statements that `pick` takes, by when they happened, newest first.
    fn newest<'a, T>(
        &'a self,
        pick: impl Fn(&'a Content) -> Option<&'a T>,
    ) -> Vec<(&'a Statement, &'a T)> {
        let live = self.live();
        let mut picked: Vec<(&Statement, &T)> = live
            .filter_map(|it| pick(&it.content).map(|content| (it, content)))
            .collect();
        picked.sort_by_cached_key(|(it, _content)| Reverse((it.happened_ms(), it.stamp, it.id)));
        picked
    }
}

impl Statement {
    /// Returns when it happened or, if that is not known, when it was recorded, in milliseconds since 1970.
    #[must_use]
    pub fn happened_ms(&self) -> i64 {
        let began = if let Content::Encounter(it) = &self.content {
            it.period.as_ref().and_then(|it| it.start.as_ref())
        } else {
            None
        };
        let recorded = || i64::try_from(self.stamp.at.ms()).unwrap_or(i64::MAX);
        self.occurred
            .as_ref()
            .or(began)
            .map_or_else(recorded, When::first_ms)
    }
}

/// Tells whether a problem or allergy holds: not over, and never ruled out.
fn is_current(clinical: Option<&CodeableConcept>, verification: Option<&CodeableConcept>) -> bool {
    let says = |concept: Option<&CodeableConcept>, words: &[&str]| {
        concept.is_some_and(|it| {
            let codes = it.coding.iter().filter_map(|it| it.code.as_deref());
            codes
                .chain(it.text.as_deref())
                .any(|it| words.contains(&it))
        })
    };
    !says(clinical, &["inactive", "resolved", "remission"])
        && !says(verification, &["refuted", "entered-in-error"])
}

/// Keeps the newest of those that name the same thing: by its first code or else by its words.
fn once_each<'a, T>(
    newest_first: Vec<(&'a Statement, &'a T)>,
    concept: impl Fn(&T) -> &CodeableConcept,
) -> Vec<(&'a Statement, &'a T)> {
    let mut seen = BTreeSet::new();
    let mut is_new = |it: &T| name(concept(it)).is_none_or(|name| seen.insert(name));
    newest_first
        .into_iter()
        .filter(|(_statement, it)| is_new(it))
        .collect()
}

/// Returns what a concept is recognised by; what has neither code nor words is like nothing else.
fn name(concept: &CodeableConcept) -> Option<String> {
    let coding = concept.coding.first();
    let code = coding.and_then(|it| Some(format!("{:?} {}", it.system, it.code.as_ref()?)));
    code.or_else(|| concept.words().map(fold))
        .filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests;
