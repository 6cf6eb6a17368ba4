//! `posta patient`

use desktop_client::{
    AddressInput, ChartView, Client, CorrectionInput, NameInput, PatientRow, PhoneInput,
    RegisterInput,
};

use super::{chart, work};
use crate::arguments::{Common, Correct, Patient, Register};
use crate::output::Output;
use crate::run::Failure;
use crate::show;

/// Registers, finds, shows and corrects.
pub(crate) fn run(
    common: &Common,
    command: &Patient,
    output: &mut Output<'_>,
) -> Result<(), Failure> {
    match command {
        Patient::Register(it) => {
            let input = registration(it);
            let view = work(common, |client| Ok(client.register(&input)?))?;
            output.result(&view, show::chart)
        }
        Patient::Find { text } => {
            let text = text.join(" ");
            let rows = work(common, |client| Ok(client.find(&text)?))?;
            output.result(&rows, |rows: &Vec<PatientRow>| show::rows(rows))
        }
        Patient::Show { chart: named } => {
            let view = work(common, |client| {
                let named = chart(client, named)?;
                Ok(client.open(&named)?)
            })?;
            output.result(&view, show::chart)
        }
        Patient::Correct(it) => {
            let view = work(common, |client| correct(client, it))?;
            output.result(&view, show::chart)
        }
    }
}

fn registration(command: &Register) -> RegisterInput {
    RegisterInput {
        family: command.family.clone(),
        given: command.given.clone(),
        sex: command.sex.clone(),
        birth_date: command.birth_date.clone(),
        birth_estimated: command.estimated,
        phone: command.phone.clone(),
        village: command.village.clone(),
        district: command.district.clone(),
        mother_name: command.mother.clone(),
    }
}

fn correct(client: &mut Client, command: &Correct) -> Result<ChartView, Failure> {
    let named = chart(client, &command.chart)?;
    let has_items = command.phone.is_some() || command.family.is_some() || has_address(command);
    // What is corrected is what is recorded first, unless something is to be added beside it.
    let recorded = if has_items && !command.add {
        Some(client.open(&named)?)
    } else {
        None
    };
    let phone_id = recorded
        .as_ref()
        .and_then(|it| it.phones.first())
        .map(|it| it.id.clone());
    let address_id = recorded
        .as_ref()
        .and_then(|it| it.addresses.first())
        .map(|it| it.id.clone());
    let name_id = recorded.and_then(|it| it.name_id);
    let input = CorrectionInput {
        birth_date: command.birth_date.clone(),
        birth_estimated: command.estimated,
        sex: command.sex.clone(),
        deceased: command.deceased.clone(),
        phone: command.phone.clone().map(|value| PhoneInput {
            id: phone_id,
            value,
        }),
        address: has_address(command).then(|| AddressInput {
            id: address_id,
            line: command.line.clone(),
            city: command.city.clone(),
            district: command.district.clone(),
        }),
        name: command
            .family
            .clone()
            .zip(command.given.clone())
            .map(|(family, given)| NameInput {
                id: name_id,
                family,
                given,
            }),
        reason: command.reason.clone(),
    };
    Ok(client.correct(&named, &input)?)
}

const fn has_address(command: &Correct) -> bool {
    command.line.is_some() || command.city.is_some() || command.district.is_some()
}
