//! Registering a patient, under a number that no other device issues.

use std::collections::BTreeMap;

use audit::{AccessEvent, Outcome};
use record::{
    About, Address, ChartId, Contact, ContactPoint, ContactSystem, HumanName, Identifier,
    PatientNumber, PatientNumberError,
};
use replica::{ChartDoc, Intent};
use roster::Action;
use store::Commit;

use super::Client;
use super::access::Deed;
use super::pen::Pen;
use crate::driver::update_of;
use crate::host::random;
use crate::inputs::{MAX_NAME_BYTES, birth_date, optional, required, sex, words};
use crate::meta;
use crate::views::{ChartView, CommandError, RegisterInput};

impl Client {
    /// Registers a patient under the next number of this device's block. The chart, the number's use, the log
    /// entry and what the chart is found by are stored together.
    pub fn register(&mut self, input: &RegisterInput) -> Result<ChartView, CommandError> {
        let chart = ChartId::new(random(self.driver.host()));
        let deed = Deed::to(AccessEvent::Register, chart);
        self.permit(Action::RegisterPatient, &deed)?;
        let (number, numbers) = self.next_number()?;
        self.driver.actor()?;

        let mut entries = self.begin()?;
        entries.push(self.access(&deed, Outcome::Done)?);
        let mut pen = self.pen()?;
        let intents = self.registration(input, number, &mut pen)?;
        let mut doc = ChartDoc::new(chart);
        entries.push(
            self.driver
                .change(&mut doc, self.person, pen.at(), &intents)?,
        );
        self.commit(Commit {
            entries,
            charts: vec![update_of(&doc)],
            meta: vec![(meta::NUMBERS.to_owned(), meta::to_bytes(&numbers))],
            ..Commit::default()
        })?;
        self.view(&doc)
    }

    fn registration(
        &self,
        input: &RegisterInput,
        number: PatientNumber,
        pen: &mut Pen,
    ) -> Result<Vec<Intent>, CommandError> {
        let name = HumanName {
            family: Some(required(&input.family, "family", MAX_NAME_BYTES)?),
            given: words(&required(&input.given, "given", MAX_NAME_BYTES)?),
            ..HumanName::default()
        };
        let issued = Identifier {
            system: Some(Identifier::POSTA.to_owned()),
            value: Some(number.to_string()),
            ..Identifier::default()
        };
        let mut intents = vec![
            Intent::SetAbout(pen.stamped(About::Patient, None)),
            Intent::PutName(pen.item(), pen.stamped(name, None)),
            Intent::PutIdentifier(pen.item(), pen.stamped(issued, None)),
            Intent::SetSex(pen.stamped(sex(&input.sex, "sex")?, None)),
        ];
        if let Some(text) = optional(input.birth_date.as_deref(), "birthDate", MAX_NAME_BYTES)? {
            let birth = birth_date(
                &text,
                input.birth_estimated,
                &self.driver.today(),
                "birthDate",
            )?;
            intents.push(Intent::SetBirthDate(pen.stamped(birth, None)));
        }
        if let Some(phone) = optional(input.phone.as_deref(), "phone", MAX_NAME_BYTES)? {
            let telecom = ContactPoint {
                system: Some(ContactSystem::Phone),
                value: Some(phone),
                ..ContactPoint::default()
            };
            intents.push(Intent::PutTelecom(pen.item(), pen.stamped(telecom, None)));
        }
        let city = optional(input.village.as_deref(), "village", MAX_NAME_BYTES)?;
        let district = optional(input.district.as_deref(), "district", MAX_NAME_BYTES)?;
        if city.is_some() || district.is_some() {
            let address = Address {
                city,
                district,
                ..Address::default()
            };
            intents.push(Intent::PutAddress(pen.item(), pen.stamped(address, None)));
        }
        if let Some(name) = optional(input.mother_name.as_deref(), "motherName", MAX_NAME_BYTES)? {
            let mother = Contact {
                relationship: Some("mother".to_owned()),
                name: Some(name),
                ..Contact::default()
            };
            intents.push(Intent::PutContact(pen.item(), pen.stamped(mother, None)));
        }
        Ok(intents)
    }

    /// Returns the next number of this device's blocks, and how many of each are used with it.
    fn next_number(&self) -> Result<(PatientNumber, BTreeMap<String, u32>), CommandError> {
        let mut used: BTreeMap<String, u32> =
            meta::read(self.driver.store(), meta::NUMBERS)?.unwrap_or_default();
        let store = self.driver.store();
        let log = store.log_head()?.epoch;
        // Before this device was restored it may have issued more numbers than it remembers.
        let forgot = !store.older_logs()?.is_empty();
        let device = self.driver.roster().device(self.driver.identity().device);
        for block in device.map(|it| it.blocks_in(log)).unwrap_or_default() {
            let serial = used.entry(block.to_string()).or_default();
            while let Ok(number) = PatientNumber::issue(block, *serial) {
                *serial += 1;
                if !forgot || !store.has_number(&number.to_string())? {
                    return Ok((number, used));
                }
            }
        }
        Err(PatientNumberError::BlockUsedUp.into())
    }
}
