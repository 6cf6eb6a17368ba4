//! A chart as a line of a search: what is shown, and what it is found by.

use record::{BirthDate, Chart, Deceased, Identifier, When, fold_digits};
use store::SearchRow;

use super::texts::{address_text, age, deceased_text, name_text, sex_code, telecom_text};
use crate::views::PatientRow;

/// Derives the line of a chart.
pub(crate) fn search_row(chart: &Chart) -> SearchRow {
    let number = number_of(chart);
    let name = chart
        .names
        .first()
        .map(|it| name_text(&it.register.shown.value))
        .unwrap_or_default();
    let address = chart.addresses.first().map(|it| &it.register.shown.value);
    let place = address.map(|it| {
        let parts = it.city.iter().chain(&it.district).map(|it| it.trim());
        parts
            .filter(|it| !it.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    });
    let phone = chart
        .telecoms
        .first()
        .map(|it| telecom_text(&it.register.shown.value));
    SearchRow {
        chart: chart.id,
        number,
        name,
        birth_date: chart
            .birth_date
            .as_ref()
            .map(|it| it.shown.value.date.as_str().to_owned())
            .unwrap_or_default(),
        sex: chart
            .sex
            .as_ref()
            .map(|it| sex_code(it.shown.value).to_owned())
            .unwrap_or_default(),
        place: place
            .filter(|it| !it.is_empty())
            .unwrap_or_else(|| address.map(address_text).unwrap_or_default()),
        phone: phone.unwrap_or_default(),
        about: chart.about,
        conflict: chart.has_conflict(),
        also: also_found_by(chart),
    }
}

/// Returns the number that Posta issued; the first, if two charts of one person were ever joined.
pub(crate) fn number_of(chart: &Chart) -> String {
    chart
        .identifiers
        .iter()
        .map(|it| &it.register.shown.value)
        .find(|it| it.system.as_deref() == Some(Identifier::POSTA))
        .and_then(|it| it.value.clone())
        .unwrap_or_default()
}

/// Returns what a chart is found by beside what its line shows: every current value, a line each.
fn also_found_by(chart: &Chart) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in &chart.names {
        for name in item.register.all() {
            lines.push(name_text(&name.value));
            lines.extend(name.value.text.clone());
        }
    }
    for item in &chart.identifiers {
        lines.extend(item.register.all().filter_map(|it| it.value.value.clone()));
    }
    for item in &chart.telecoms {
        lines.extend(
            item.register
                .all()
                .filter_map(|it| it.value.value.as_deref().map(phone_line)),
        );
    }
    for item in &chart.addresses {
        lines.extend(item.register.all().map(|it| address_text(&it.value)));
    }
    for item in &chart.contacts {
        for contact in item.register.all() {
            lines.extend(contact.value.name.clone());
            lines.extend(contact.value.phone.as_deref().map(phone_line));
        }
    }
    let births = chart.birth_date.iter().flat_map(|it| it.all());
    lines.extend(births.map(|it| it.value.date.as_str().to_owned()));
    lines.retain(|it| !it.is_empty());
    lines.sort();
    lines.dedup();
    lines
}

/// Phones are found by their digits, e-mail by its words.
fn phone_line(text: &str) -> String {
    if text.contains('@') {
        text.to_owned()
    } else {
        fold_digits(text)
    }
}

/// Makes the view of a line.
pub(crate) fn patient_row(row: &SearchRow, today: &When, only_here: bool) -> PatientRow {
    let birth = When::parse(&row.birth_date).ok().map(|date| BirthDate {
        date,
        estimated: false,
    });
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    PatientRow {
        chart: row.chart.to_string(),
        number: row.number.clone(),
        name: row.name.clone(),
        sex: some(&row.sex),
        birth_date: some(&row.birth_date),
        age: age(birth.as_ref(), None, today),
        place: row.place.clone(),
        phone: row.phone.clone(),
        conflict: row.conflict,
        only_here,
    }
}

/// Returns whether, and when, the patient died.
pub(crate) fn death(deceased: Option<&Deceased>) -> Option<Option<String>> {
    match deceased? {
        Deceased::Living => None,
        Deceased::Dead => Some(None),
        on @ Deceased::On(_) => Some(Some(deceased_text(on))),
    }
}
