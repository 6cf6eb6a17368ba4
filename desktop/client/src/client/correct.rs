//! Correcting who a patient is, with a reason.

use audit::{AccessEvent, Outcome};
use record::{Address, Chart, ContactPoint, ContactSystem, HumanName, Item, ItemId, Register};
use replica::{ChartDoc, Intent};
use roster::Action;
use store::Commit;

use super::access::Deed;
use super::pen::Pen;
use super::{Client, chart_id};
use crate::driver::update_of;
use crate::inputs::{
    MAX_NAME_BYTES, MAX_REASON_BYTES, birth_date, deceased, optional, required, sex, words,
};
use crate::views::{
    AddressInput, ChartView, CommandError, CorrectionInput, ErrorCode, NameInput, PhoneInput,
};

impl Client {
    /// Corrects who a patient is. What the input leaves out stays as it is.
    pub fn correct(
        &mut self,
        chart: &str,
        input: &CorrectionInput,
    ) -> Result<ChartView, CommandError> {
        let chart = chart_id(chart)?;
        let reason = required(&input.reason, "reason", MAX_REASON_BYTES)?;
        let deed = Deed::to(AccessEvent::Correct, chart).because(&reason);
        self.permit(Action::CorrectIdentity, &deed)?;
        let mut doc = self.driver.held_chart(chart)?;
        let view = doc.view();
        self.edit(&mut doc, &deed, |client, pen| {
            client.corrections(&view, input, &reason, pen)
        })?;
        self.view(&doc)
    }

    /// Writes one change into a chart, with its access entry, in one transaction. Whoever changes a chart is shown
    /// all of it afterwards, and the log cannot know whether they had it open: that it was opened is in it too.
    pub(super) fn edit(
        &mut self,
        doc: &mut ChartDoc,
        deed: &Deed,
        write: impl FnOnce(&mut Self, &mut Pen) -> Result<Vec<Intent>, CommandError>,
    ) -> Result<(), CommandError> {
        self.driver.actor()?;
        let mut entries = self.begin()?;
        entries.push(self.access(deed, Outcome::Done)?);
        let mut pen = self.pen()?;
        let intents = write(self, &mut pen)?;
        entries.push(self.driver.change(doc, self.person, pen.at(), &intents)?);
        let opened = Deed::to(AccessEvent::OpenChart, doc.id());
        entries.push(self.access(&opened, Outcome::Done)?);
        let charts = vec![update_of(doc)];
        self.commit(Commit {
            entries,
            charts,
            ..Commit::default()
        })
    }

    fn corrections(
        &self,
        chart: &Chart,
        input: &CorrectionInput,
        reason: &str,
        pen: &mut Pen,
    ) -> Result<Vec<Intent>, CommandError> {
        let mut intents = self.corrected_registers(chart, input, reason, pen)?;
        if let Some(input) = &input.phone {
            intents.extend(corrected_phone(chart, input, reason, pen)?);
        }
        if let Some(input) = &input.address {
            intents.extend(corrected_address(chart, input, reason, pen)?);
        }
        if let Some(input) = &input.name {
            intents.extend(corrected_name(chart, input, reason, pen)?);
        }
        if intents.is_empty() {
            return Err(CommandError::new(ErrorCode::NothingToChange));
        }
        Ok(intents)
    }

    fn corrected_registers(
        &self,
        chart: &Chart,
        input: &CorrectionInput,
        reason: &str,
        pen: &Pen,
    ) -> Result<Vec<Intent>, CommandError> {
        let today = self.driver.today();
        let mut intents = Vec::new();
        let shown = chart.birth_date.as_ref().map(|it| &it.shown.value);
        let date = match (&input.birth_date, input.birth_estimated) {
            (Some(date), estimated) => Some((date.clone(), estimated.unwrap_or(false))),
            (None, Some(estimated)) => shown.map(|it| (it.date.as_str().to_owned(), estimated)),
            (None, None) => None,
        };
        if let Some((date, estimated)) = date {
            let value = birth_date(&date, estimated, &today, "birthDate")?;
            if is_news(chart.birth_date.as_ref(), &value) {
                intents.push(Intent::SetBirthDate(pen.stamped(value, Some(reason))));
            }
        }
        if let Some(text) = &input.sex {
            let value = sex(text, "sex")?;
            if is_news(chart.sex.as_ref(), &value) {
                intents.push(Intent::SetSex(pen.stamped(value, Some(reason))));
            }
        }
        if let Some(text) = &input.deceased {
            let value = deceased(text, &today, "deceased")?;
            if is_news(chart.deceased.as_ref(), &value) {
                intents.push(Intent::SetDeceased(pen.stamped(value, Some(reason))));
            }
        }
        Ok(intents)
    }
}

/// Tells whether writing a value changes what is recorded: another value, or one of several.
fn is_news<T: PartialEq>(register: Option<&Register<T>>, value: &T) -> bool {
    register.is_none_or(|it| it.shown.value != *value || !it.others.is_empty())
}

/// Finds the item that an input names; a new one if it names none.
fn item<'a, T: Clone + Default>(
    items: &'a [Item<T>],
    id: Option<&str>,
    field: &str,
    pen: &mut Pen,
) -> Result<(ItemId, T, Option<&'a Register<T>>), CommandError> {
    let Some(id) = id else {
        return Ok((pen.item(), T::default(), None));
    };
    items
        .iter()
        .find(|it| it.id.to_string() == id)
        .map(|it| (it.id, it.register.shown.value.clone(), Some(&it.register)))
        .ok_or_else(|| CommandError::field(ErrorCode::FieldInvalid, field))
}

fn corrected_phone(
    chart: &Chart,
    input: &PhoneInput,
    reason: &str,
    pen: &mut Pen,
) -> Result<Option<Intent>, CommandError> {
    let (id, old, register) = item(&chart.telecoms, input.id.as_deref(), "phone.id", pen)?;
    let value = ContactPoint {
        system: old.system.or(Some(ContactSystem::Phone)),
        value: Some(required(&input.value, "phone.value", MAX_NAME_BYTES)?),
        // What FHIR said beyond these was said of the old number.
        rest: None,
        ..old
    };
    let news = is_news(register, &value);
    Ok(news.then(|| Intent::PutTelecom(id, pen.stamped(value, Some(reason)))))
}

fn corrected_address(
    chart: &Chart,
    input: &AddressInput,
    reason: &str,
    pen: &mut Pen,
) -> Result<Option<Intent>, CommandError> {
    let (id, old, register) = item(&chart.addresses, input.id.as_deref(), "address.id", pen)?;
    let text = |it: &Option<String>, field: &str| optional(it.as_deref(), field, MAX_NAME_BYTES);
    let line = match &input.line {
        Some(_) => text(&input.line, "address.line")?.into_iter().collect(),
        None => old.line.clone(),
    };
    let city = if input.city.is_some() {
        text(&input.city, "address.city")?
    } else {
        old.city.clone()
    };
    let district = if input.district.is_some() {
        text(&input.district, "address.district")?
    } else {
        old.district.clone()
    };
    if line.is_empty() && city.is_none() && district.is_none() {
        return Err(CommandError::field(ErrorCode::FieldMissing, "address.city"));
    }
    // The one-line text and what FHIR said beyond were said of the old address.
    let value = Address {
        line,
        city,
        district,
        text: None,
        rest: None,
        ..old
    };
    let news = is_news(register, &value);
    Ok(news.then(|| Intent::PutAddress(id, pen.stamped(value, Some(reason)))))
}

fn corrected_name(
    chart: &Chart,
    input: &NameInput,
    reason: &str,
    pen: &mut Pen,
) -> Result<Option<Intent>, CommandError> {
    let (id, old, register) = item(&chart.names, input.id.as_deref(), "name.id", pen)?;
    let value = HumanName {
        family: Some(required(&input.family, "name.family", MAX_NAME_BYTES)?),
        given: words(&required(&input.given, "name.given", MAX_NAME_BYTES)?),
        // The one-line text and what FHIR said beyond were said of the old name.
        text: None,
        rest: None,
        ..old
    };
    let news = is_news(register, &value);
    Ok(news.then(|| Intent::PutName(id, pen.stamped(value, Some(reason)))))
}
