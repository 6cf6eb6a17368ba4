//! Which entry of a file belongs to which chart.

use std::collections::HashMap;

use record::ChartId;

use super::Registry;
use super::index::{Indexed, Unread, index};
use crate::json::{At, Object};
use crate::patient::Person;
use crate::{Document, Outcome, Refusal, Verdict, kinds, source};

/// A file's entries, sorted into charts.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) charts: Vec<Planned>,
    /// The places of the charts, by name.
    places: HashMap<ChartId, usize>,
    pub(super) refused: Vec<Outcome>,
    pub(super) entries: Vec<Indexed<'a>>,
    /// Entries by source and by `Type/id`; none where two entries share the name.
    names: HashMap<String, Option<usize>>,
    /// The entries of patients that were refused, by source and by `Type/id`.
    refused_patients: HashMap<String, usize>,
}

/// One chart and the entries that go into it.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) chart: ChartId,
    pub(super) is_new: bool,
    /// The patient's source; none for the directory.
    pub(super) patient: Option<String>,
    /// The entries, by their place in the plan.
    pub(super) entries: Vec<usize>,
}

/// Where an entry goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Goes {
    /// To the chart of the patient at this place among the entries.
    Patient(usize),
    /// To a chart that is held, whose patient has this source.
    Held(ChartId, String),
    /// It is about nobody.
    Directory,
}

impl<'a> Plan<'a> {
    pub(super) fn of(document: &Document<'a>, registry: &mut impl Registry) -> Self {
        let mut plan = Self {
            charts: Vec::new(),
            places: HashMap::new(),
            refused: Vec::new(),
            entries: Vec::new(),
            names: HashMap::new(),
            refused_patients: HashMap::new(),
        };
        for entry in document.iter() {
            match index(entry, registry) {
                Ok(indexed) => plan.add(indexed),
                Err(unread) => plan.unread(entry.number, unread),
            }
        }
        plan.sort(registry);
        plan
    }

    /// Finds the entry that a reference means, seen from a resource of this source.
    pub(super) fn find(&self, reference: &str, seen_from: &str) -> Option<usize> {
        let reference = source::unversioned(reference);
        let absolute = source::absolute(reference, seen_from);
        let found = absolute
            .and_then(|it| self.names.get(&it))
            .or_else(|| self.names.get(reference));
        found.copied().flatten()
    }

    fn unread(&mut self, entry: usize, unread: Unread) {
        if unread.resource_type.as_deref() == Some("Patient") {
            self.refused_patients
                .extend(unread.names.into_iter().map(|name| (name, entry)));
        }
        self.refused.push(Outcome {
            entry,
            resource_type: unread.resource_type,
            id: unread.id,
            verdict: Verdict::Refused(unread.refusal),
        });
    }

    fn add(&mut self, indexed: Indexed<'a>) {
        if let Some(Some(first)) = self.names.get(&indexed.source) {
            let entry = self.entries.get(*first).map_or(0, |it| it.number);
            self.refused
                .push(refused(&indexed, Refusal::Twice { entry }));
            return;
        }
        let place = self.entries.len();
        self.names.insert(indexed.source.clone(), Some(place));
        if let Some(local) = &indexed.local
            && *local != indexed.source
        {
            self.names
                .entry(local.clone())
                .and_modify(|it| *it = None)
                .or_insert(Some(place));
        }
        self.entries.push(indexed);
    }

    fn sort(&mut self, registry: &mut impl Registry) {
        let mut chart_of_patient: HashMap<usize, usize> = HashMap::new();
        for place in 0..self.entries.len() {
            if let Some(planned) = self.patient(place, registry) {
                chart_of_patient.insert(place, self.chart(planned));
            }
        }
        for place in 0..self.entries.len() {
            let Some(entry) = self.entries.get(place).filter(|it| !it.is_patient()) else {
                continue;
            };
            let source = entry.source.clone();
            let chart = match self.goes(place, registry) {
                Err(refusal) => {
                    self.refused.push(refused(entry, refusal));
                    continue;
                }
                Ok(Goes::Patient(patient)) => chart_of_patient.get(&patient).copied(),
                Ok(Goes::Held(chart, patient)) => Some(self.chart(Planned {
                    chart,
                    is_new: false,
                    patient: Some(patient),
                    entries: Vec::new(),
                })),
                Ok(Goes::Directory) => {
                    // What is held stays where it is, also when a new directory was begun since.
                    let held = registry.held(&source);
                    let bytes = entry.text.len();
                    let chart = held.map_or_else(|| registry.directory(bytes), |it| it.chart);
                    Some(self.chart(Planned {
                        chart,
                        is_new: false,
                        patient: None,
                        entries: Vec::new(),
                    }))
                }
            };
            if let Some(planned) = chart.and_then(|it| self.charts.get_mut(it)) {
                planned.entries.push(place);
            }
        }
    }

    /// Returns the chart of the patient at this place, or refuses the patient.
    fn patient(&mut self, place: usize, registry: &mut impl Registry) -> Option<Planned> {
        let entry = self.entries.get(place).filter(|it| it.is_patient())?;
        let is_another = || {
            let is_another = registry.is_another(&entry.source, entry.text);
            is_another.then_some(Refusal::AnotherPatient)
        };
        if let Some(refusal) = refusal_of_patient(entry.text).or_else(is_another) {
            let number = entry.number;
            let names: Vec<String> = entry.local.iter().chain([&entry.source]).cloned().collect();
            let unread = Unread {
                resource_type: Some(entry.resource_type.clone()),
                id: entry.id().map(str::to_owned),
                names,
                refusal,
            };
            for name in &unread.names {
                self.names.remove::<String>(name);
            }
            self.unread(number, unread);
            return None;
        }
        let held = registry.held(&entry.source);
        Some(Planned {
            chart: held.map_or_else(|| registry.chart_id(), |it| it.chart),
            is_new: held.is_none(),
            patient: Some(entry.source.clone()),
            entries: vec![place],
        })
    }

    /// Returns the place of a planned chart, joined with an earlier plan of the same chart.
    fn chart(&mut self, planned: Planned) -> usize {
        let at = *self
            .places
            .entry(planned.chart)
            .or_insert(self.charts.len());
        match self.charts.get_mut(at) {
            Some(earlier) => earlier.entries.extend(planned.entries),
            None => self.charts.push(planned),
        }
        at
    }

    fn goes(&self, place: usize, registry: &impl Registry) -> Result<Goes, Refusal> {
        let Some(entry) = self.entries.get(place) else {
            return Ok(Goes::Directory);
        };
        let mut found = None;
        for pointer in &entry.pointers {
            let goes = self.points(&pointer.reference, &entry.source, registry)?;
            match goes {
                Some(Goes::Directory) => found = Some(Goes::Directory),
                Some(goes) => return Ok(goes),
                None if pointer.demands => {
                    return Err(Refusal::UnknownPatient {
                        path: pointer.path.clone(),
                    });
                }
                None => {}
            }
        }
        if found.is_none() && kinds::is_typed(&entry.resource_type) {
            let name = kinds::subject_name(&entry.resource_type);
            return Err(At::resource(&entry.resource_type)
                .member(name)
                .refuse("is missing"));
        }
        Ok(found.unwrap_or(Goes::Directory))
    }

    /// Says whose chart a reference points to: a patient's, nobody's, or none that is known.
    fn points(
        &self,
        reference: &str,
        seen_from: &str,
        registry: &impl Registry,
    ) -> Result<Option<Goes>, Refusal> {
        if let Some(place) = self.find(reference, seen_from) {
            let is_patient = self.entries.get(place).is_some_and(Indexed::is_patient);
            return Ok(Some(if is_patient {
                Goes::Patient(place)
            } else {
                Goes::Directory
            }));
        }
        let plain = source::unversioned(reference);
        for name in source::absolute(plain, seen_from)
            .into_iter()
            .chain([plain.to_owned()])
        {
            if let Some(entry) = self.refused_patients.get(&name) {
                return Err(Refusal::PatientRefused { entry: *entry });
            }
            if let Some(held) = registry.held(&name) {
                return Ok(Some(Goes::Held(held.chart, name)));
            }
        }
        // A group, a device, a place: what is about it is about nobody.
        let names_other = !plain.starts_with("urn:")
            && !plain.starts_with('#')
            && source::type_of(plain).is_some_and(|it| it != "Patient");
        Ok(names_other.then_some(Goes::Directory))
    }
}

fn refused(entry: &Indexed<'_>, refusal: Refusal) -> Outcome {
    Outcome {
        entry: entry.number,
        resource_type: Some(entry.resource_type.clone()),
        id: entry.id().map(str::to_owned),
        verdict: Verdict::Refused(refusal),
    }
}

fn refusal_of_patient(text: &str) -> Option<Refusal> {
    match serde_json::from_str::<Object>(text) {
        Ok(members) => Person::read(&members, &At::resource("Patient")).err(),
        Err(problem) => Some(crate::read::not_json(&problem)),
    }
}
