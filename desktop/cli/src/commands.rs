//! The commands, one module each.

pub(crate) mod conflict;
pub(crate) mod enrol;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod patient;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod verify;
pub(crate) mod visit;

use std::path::PathBuf;

use desktop_client::{Client, CommandError, ErrorCode, OsHost};

use crate::arguments::Common;
use crate::passphrase::{Asking, passphrase};
use crate::run::Failure;

/// Returns the home's folder.
pub(crate) fn home(common: &Common) -> Result<PathBuf, Failure> {
    let missing = || Failure::Words("which home? add --home DIR".to_owned());
    common.home.clone().ok_or_else(missing)
}

/// Unlocks, does something as the person, and locks: the person signs what was done.
pub(crate) fn work<T>(
    common: &Common,
    does: impl FnOnce(&mut Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let folder = home(common)?;
    Client::home(&folder)?;
    let passphrase = passphrase(common, Asking::Once)?;
    let mut client = Client::unlock(&folder, common.person, &passphrase, Box::new(OsHost))?;
    let done = does(&mut client);
    client.lock()?;
    done
}

/// Unlocks for what shows nothing of any patient.
pub(crate) fn upkeep(common: &Common) -> Result<Client, Failure> {
    let folder = home(common)?;
    Client::home(&folder)?;
    let passphrase = passphrase(common, Asking::Once)?;
    Ok(Client::unlock_for_upkeep(
        &folder,
        common.person,
        &passphrase,
        Box::new(OsHost),
    )?)
}

/// Finds the chart that was meant: by its identifier, or by the patient's number.
pub(crate) fn chart(client: &mut Client, text: &str) -> Result<String, Failure> {
    let is_identifier = text.len() == 26 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_identifier {
        return Ok(text.to_owned());
    }
    let digits = |it: &str| it.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted = digits(text);
    let mut found = client
        .find(text)?
        .into_iter()
        .filter(|it| digits(&it.number) == wanted);
    match (found.next(), found.next()) {
        (Some(row), None) => Ok(row.chart),
        (Some(_), Some(_)) => Err(Failure::Words(
            "several charts have this number: name the chart itself".to_owned(),
        )),
        (None, _) => Err(CommandError::new(ErrorCode::ChartNotFound).into()),
    }
}
