//! A chart on one screen.

use record::{
    Address, Chart, ContactPoint, HumanName, Identifier, Item, Kind, Register, Stamped, Statement,
};

use super::row::{death, number_of};
use super::texts::{
    address_text, age, concept_code, concept_text, name_text, sex_code, telecom_text,
};
use super::visit::visit_view;
use super::{Lens, conflicts_of, recorded};
use crate::views::{
    AddressView, AllergyView, AlsoRecorded, ChartView, ContactView, DeceasedView, IdentifierView,
    ItemView, MedicineView, ProblemView,
};

/// Makes the view of a chart.
pub(crate) fn chart_view(chart: &Chart, lens: &Lens<'_>) -> ChartView {
    let shown = chart.names.first().map(|it| &it.register.shown.value);
    let birth = chart.birth_date.as_ref().map(|it| &it.shown.value);
    let deceased = chart.deceased.as_ref().map(|it| &it.shown.value);
    let allergies = chart.allergies();
    let visits = chart.visits();
    ChartView {
        chart: chart.id.to_string(),
        number: number_of(chart),
        name: shown_name(chart),
        name_id: chart.names.first().map(|it| it.id.to_string()),
        family: shown.and_then(|it| it.family.clone()).unwrap_or_default(),
        given: shown.map(|it| it.given.join(" ")).unwrap_or_default(),
        name_also_recorded: name_also_recorded(chart, lens),
        other_names: chart
            .names
            .iter()
            .skip(1)
            .map(|it| name_view(it, lens))
            .collect(),
        sex: chart
            .sex
            .as_ref()
            .map(|it| sex_code(it.shown.value).to_owned()),
        birth_date: birth.map(|it| it.date.as_str().to_owned()),
        birth_estimated: birth.is_some_and(|it| it.estimated),
        age: age(birth, deceased, lens.today),
        deceased: death(deceased).map(|when| DeceasedView { when }),
        phones: chart
            .telecoms
            .iter()
            .map(|it| telecom_view(it, lens))
            .collect(),
        addresses: chart
            .addresses
            .iter()
            .map(|it| address_view(it, lens))
            .collect(),
        contacts: chart.contacts.iter().map(contact_view).collect(),
        identifiers: chart
            .identifiers
            .iter()
            .filter_map(identifier_view)
            .collect(),
        no_known_allergies: allergies.iter().any(|(_, it)| it.is_none_known()),
        no_allergies_recorded: allergies.is_empty(),
        allergies: allergy_views(chart, lens),
        problems: problem_views(chart, lens),
        medicines: medicine_views(chart, lens),
        visit_count: count(visits.len()),
        visits: visits
            .iter()
            .take(lens.visits)
            .map(|it| visit_view(it, lens))
            .collect(),
        conflicts: conflicts_of(chart, lens),
        unsent: u32::try_from(lens.unsent.len()).unwrap_or(u32::MAX),
        from_newer_release: count(
            chart
                .statements
                .iter()
                .filter(|it| it.kind() == Kind::Unknown)
                .count()
                + chart.unknown_registers.len(),
        ),
        damaged: count(chart.damaged.len()),
    }
}

/// Returns the name to show.
pub(super) fn shown_name(chart: &Chart) -> String {
    chart
        .names
        .first()
        .map(|it| name_text(&it.register.shown.value))
        .unwrap_or_default()
}

fn name_also_recorded(chart: &Chart, lens: &Lens<'_>) -> Vec<AlsoRecorded> {
    let shown = chart.names.first();
    shown
        .map(|it| also_recorded(&it.register, lens, name_text))
        .unwrap_or_default()
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn also_recorded<T>(
    register: &Register<T>,
    lens: &Lens<'_>,
    text: impl Fn(&T) -> String,
) -> Vec<AlsoRecorded> {
    let also = |it: &Stamped<T>| AlsoRecorded {
        value: text(&it.value),
        by: lens.provenance(&it.stamp, it.reason.as_deref()),
    };
    register.others.iter().map(also).collect()
}

fn name_view(item: &Item<HumanName>, lens: &Lens<'_>) -> ItemView {
    let shown = &item.register.shown.value;
    ItemView {
        id: item.id.to_string(),
        value: name_text(shown),
        usage: shown.usage.clone(),
        also_recorded: also_recorded(&item.register, lens, name_text),
    }
}

fn telecom_view(item: &Item<ContactPoint>, lens: &Lens<'_>) -> ItemView {
    let shown = &item.register.shown.value;
    ItemView {
        id: item.id.to_string(),
        value: telecom_text(shown),
        usage: shown.usage.clone(),
        also_recorded: also_recorded(&item.register, lens, telecom_text),
    }
}

fn address_view(item: &Item<Address>, lens: &Lens<'_>) -> AddressView {
    let shown = &item.register.shown.value;
    AddressView {
        id: item.id.to_string(),
        text: address_text(shown),
        line: shown.line.join(", "),
        city: shown.city.clone().unwrap_or_default(),
        district: shown.district.clone().unwrap_or_default(),
        also_recorded: also_recorded(&item.register, lens, address_text),
    }
}

fn contact_view(item: &Item<record::Contact>) -> ContactView {
    let shown = &item.register.shown.value;
    ContactView {
        id: item.id.to_string(),
        relationship: shown.relationship.clone().unwrap_or_default(),
        name: shown.name.clone().unwrap_or_default(),
        phone: shown.phone.clone().unwrap_or_default(),
    }
}

/// Returns the view of a number of another system; Posta's own is shown by itself.
fn identifier_view(item: &Item<Identifier>) -> Option<IdentifierView> {
    let shown = &item.register.shown.value;
    (shown.system.as_deref() != Some(Identifier::POSTA)).then(|| IdentifierView {
        id: item.id.to_string(),
        system: shown.system.clone().unwrap_or_default(),
        value: shown.value.clone().unwrap_or_default(),
    })
}

fn allergy_views(chart: &Chart, lens: &Lens<'_>) -> Vec<AllergyView> {
    let known = chart
        .allergies()
        .into_iter()
        .filter(|(_, it)| !it.is_none_known());
    let mut views: Vec<AllergyView> = known
        .map(|(statement, it)| AllergyView {
            id: statement.id.to_string(),
            text: concept_text(&it.code),
            criticality: it.criticality.clone(),
            reaction: it.reaction.clone(),
            status: it.clinical_status.as_ref().and_then(concept_code),
            when: since(statement, it.recorded_date.as_ref()),
            site: lens.site(statement.stamp.site),
            only_here: lens.is_only_here(&statement.stamp),
        })
        .collect();
    // What could kill comes first; of what is not known, nothing is assumed.
    views.sort_by_key(|it| match it.criticality.as_deref() {
        Some("high") => 0,
        Some("low") => 2,
        Some(_) | None => 1,
    });
    views
}

fn problem_views(chart: &Chart, lens: &Lens<'_>) -> Vec<ProblemView> {
    let view = |(statement, it): (&Statement, &record::Condition)| ProblemView {
        id: statement.id.to_string(),
        text: concept_text(&it.code),
        code: concept_code(&it.code),
        since: since(statement, it.onset.as_ref().or(it.recorded_date.as_ref())),
        status: it.clinical_status.as_ref().and_then(concept_code),
        only_here: lens.is_only_here(&statement.stamp),
    };
    chart.problems().into_iter().map(view).collect()
}

fn medicine_views(chart: &Chart, lens: &Lens<'_>) -> Vec<MedicineView> {
    let view = |(statement, it): (&Statement, &record::MedicationRequest)| MedicineView {
        id: statement.id.to_string(),
        text: concept_text(&it.medication),
        dosage: it.dosage.clone(),
        since: since(statement, it.authored_on.as_ref()),
        status: it.status.clone(),
        only_here: lens.is_only_here(&statement.stamp),
    };
    chart.medicines().into_iter().map(view).collect()
}

/// Returns since when something is known to be so.
fn since(statement: &Statement, said: Option<&record::When>) -> String {
    said.or(statement.occurred.as_ref())
        .map_or_else(|| recorded(&statement.stamp), |it| it.as_str().to_owned())
}
