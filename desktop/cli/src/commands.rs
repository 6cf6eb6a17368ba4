//! The commands, one module each.

pub(crate) mod attachment;
pub(crate) mod bundle;
pub(crate) mod chart;
pub(crate) mod conflict;
pub(crate) mod enrol;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod lan;
pub(crate) mod patient;
pub(crate) mod people;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod sync;
pub(crate) mod verify;
pub(crate) mod visit;

use std::io::Write;
use std::path::PathBuf;

use desktop_client::{Client, CommandError, OsHost};

use crate::arguments::Common;
use crate::explain::explain;
use crate::passphrase::{Asking, passphrase};
use crate::run::Failure;

/// Returns the home's folder.
pub(crate) fn home(common: &Common) -> Result<PathBuf, Failure> {
    let missing = || Failure::Words("which home? add --home DIR".to_owned());
    let home = common.home.clone().ok_or_else(missing)?;
    if home.to_str().is_none() {
        return Err(Failure::Words(format!(
            "{}: the name of a home must be text (UTF-8); choose another --home",
            home.display()
        )));
    }
    Ok(home)
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
    closed(done, client.lock(), &mut std::io::stderr())
}

/// Returns what was done, however the locking ended: what is stored is stored, and who is told that it failed
/// does it again.
fn closed<T>(
    done: Result<T, Failure>,
    locked: Result<(), CommandError>,
    err: &mut dyn Write,
) -> Result<T, Failure> {
    if let Err(error) = locked {
        let problem = explain(&error);
        let warning =
            format!("posta: warning: your signature under this could not be stored: {problem}");
        // With nowhere left to say it, what was done is still to be told.
        let _unsaid = writeln!(err, "{warning}").is_err();
    }
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

/// Finds the chart that was meant: by its identifier, or by the patient's number. Never by a name.
pub(crate) fn chart(client: &mut Client, text: &str) -> Result<String, Failure> {
    Ok(client.chart_named(text)?)
}

#[cfg(test)]
mod tests {
    use desktop_client::ErrorCode;

    use super::*;

    #[test]
    fn what_was_done_is_told_also_if_locking_fails() {
        let mut err = Vec::new();
        let locked = || Err(CommandError::new(ErrorCode::DiskFull));

        let done = closed(Ok("written"), locked(), &mut err);
        assert!(matches!(done, Ok("written")));
        let warning = String::from_utf8(err).unwrap();
        assert!(warning.contains("disk is full"), "{warning}");

        let failed: Result<(), Failure> = Err(CommandError::new(ErrorCode::ChartNotFound).into());
        let ended = closed(failed, locked(), &mut Vec::new());
        assert!(matches!(ended, Err(Failure::Client(it)) if it.code == ErrorCode::ChartNotFound));
    }
}
